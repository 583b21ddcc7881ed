/* SPDX-License-Identifier: Apache-2.0 */
/* Records for syslog and the journal, byte for byte; and the tables they are made from. */
#include "sample.h"

#include "daemon/alert/journal_fields.h"
#include "daemon/alert/syslog_line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static void syslog_line_is_rfc_5424(void **state)
{
        struct message m = sample();
        AUTO_FREE char *line = syslog_line(&m, 16, "host.example", 42);

        (void)state;
        assert_string_equal(line,
                "<130>1 2026-11-23T09:00:00Z host.example notafter 42 opened [notafter@32473"
                " id=\"" SAMPLE_ID "\" endpoint=\"www\" name=\"Web shop\""
                " target=\"example.com:443\" transition=\"opened\" code=\"leaf-expired\""
                " severity=\"critical\" previous_severity=\"ok\" since=\"2026-11-23T08:59:00Z\""
                " certificate_sha256=\"" SAMPLE_SHA256 "\"]"
                " Web shop: certificate has expired. Remedy: Renew it.");
        message_done(&m);
}

static void syslog_local_line_is_what_journald_reads(void **state)
{
        struct message m = sample();
        AUTO_FREE char *line = syslog_line_local(&m, 3, 42);

        (void)state;
        assert_string_equal(line, "<26>notafter[42]: Web shop: certificate has expired"
                                  ". Remedy: Renew it.");
        message_done(&m);
}

static void syslog_escapes_three_characters_and_marks_unicode(void **state)
{
        struct message m = sample();

        (void)state;
        replace_text(&m.name, "a\"b\\c]d[\n\xff");
        replace_text(&m.summary, "caf\xc3\xa9");
        replace_text(&m.remedy, "");
        replace_text(&m.fingerprint, NULL);
        AUTO_FREE char *line = syslog_line(&m, 3, "", 1);

        assert_non_null(strstr(line, "<26>1 2026-11-23T09:00:00Z - notafter 1 "));
        assert_non_null(strstr(line, " name=\"a\\\"b\\\\c\\]d[\\\\x0A\\\\xFF\" target="));
        assert_null(strstr(line, "certificate_sha256"));
        assert_non_null(strstr(line, "Z\"] \xef\xbb\xbf" "caf\xc3\xa9"));
        message_done(&m);
}

static void syslog_host_name_is_one_word_of_ascii(void **state)
{
        struct message m = sample();
        AUTO_FREE char *line = syslog_line(&m, 3, "my host\xc3\xa9\n", 1);

        (void)state;
        assert_non_null(strstr(line, "Z my?host??? notafter 1 "));
        message_done(&m);
}

static void long_texts_are_cut(void **state)
{
        struct message m = sample();
        char *text = mem_new0(100001, 1);

        (void)state;
        memset(text, ']', 100000);
        replace_text(&m.endpoint, text);
        replace_text(&m.name, text);
        replace_text(&m.target, text);
        replace_text(&m.fingerprint, text);
        replace_text(&m.summary, text);
        replace_text(&m.remedy, text);
        AUTO_FREE char *line = syslog_line(&m, 3, text, 1);
        AUTO_FREE char *fields = journal_fields(&m);
        const char *end = strstr(line, "\"] ");

        assert_non_null(end);
        assert_true(strlen(end + 3) <= SYSLOG_MAX_TEXT_BYTES + 3);
        assert_true(strlen(line) < 8000);
        assert_non_null(strstr(fields, "NOTAFTER_CERTIFICATE_SHA256="));
        assert_int_equal(fields[strlen(fields) - 1], '\n');
        free(text);
        message_done(&m);
}

static void facilities_have_their_numbers(void **state)
{
        (void)state;
        assert_int_equal(syslog_facility_parse("kern"), 0);
        assert_int_equal(syslog_facility_parse("daemon"), 3);
        assert_int_equal(syslog_facility_parse("authpriv"), 10);
        assert_int_equal(syslog_facility_parse("local0"), 16);
        assert_int_equal(syslog_facility_parse("local7"), 23);
        assert_int_equal(syslog_facility_parse("LOCAL0"), -EINVAL);
        assert_int_equal(syslog_facility_parse(""), -EINVAL);
        for (int i = 0; i < SYSLOG_FACILITIES; i++) {
                bool known_hole = i >= 12 && i <= 15;

                assert_int_equal(SYSLOG_FACILITY[i] == NULL, known_hole);
                if (!known_hole)
                        assert_int_equal(syslog_facility_parse(SYSLOG_FACILITY[i]), i);
        }
}

static void journal_record_has_all_fields(void **state)
{
        struct message m = sample();
        AUTO_FREE char *fields = journal_fields(&m);

        (void)state;
        assert_string_equal(fields,
                "MESSAGE=Web shop: certificate has expired. Remedy: Renew it.\n"
                "MESSAGE_ID=1a93aeb94a2c499fa41717bb77edf82a\n"
                "PRIORITY=2\n"
                "SYSLOG_IDENTIFIER=notafter\n"
                "NOTAFTER_ID=" SAMPLE_ID "\n"
                "NOTAFTER_ENDPOINT=www\n"
                "NOTAFTER_NAME=Web shop\n"
                "NOTAFTER_TARGET=example.com:443\n"
                "NOTAFTER_TRANSITION=opened\n"
                "NOTAFTER_CODE=leaf-expired\n"
                "NOTAFTER_SEVERITY=critical\n"
                "NOTAFTER_PREVIOUS_SEVERITY=ok\n"
                "NOTAFTER_SINCE=2026-11-23T08:59:00Z\n"
                "NOTAFTER_REMEDY=Renew it.\n"
                "NOTAFTER_CERTIFICATE_SHA256=" SAMPLE_SHA256 "\n");
        message_done(&m);
}

static void a_group_and_its_counts_are_fields(void **state)
{
        struct message m = sample();

        (void)state;
        replace_text(&m.group, "grp_1]");
        m.n_open = 500;
        m.n_opened = 3;
        AUTO_FREE char *line = syslog_line(&m, 3, "host", 1);
        AUTO_FREE char *fields = journal_fields(&m);

        assert_non_null(strstr(line, " group=\"grp_1\\]\" open=\"500\" opened=\"3\""
                                     " resolved=\"0\"] Web"));
        assert_non_null(strstr(fields, "\nNOTAFTER_GROUP=grp_1]\nNOTAFTER_OPEN=500\n"
                                       "NOTAFTER_OPENED=3\nNOTAFTER_RESOLVED=0\n"));
        message_done(&m);
}

static void journal_values_cannot_make_fields(void **state)
{
        struct message m = sample();

        (void)state;
        replace_text(&m.summary, "x\nPRIORITY=0\n");
        replace_text(&m.name, "x\n_UID=0");
        AUTO_FREE char *fields = journal_fields(&m);

        assert_null(strstr(fields, "\nPRIORITY=0"));
        assert_null(strstr(fields, "\n_UID"));
        message_done(&m);
}

static void message_ids_are_complete_and_differ(void **state)
{
        (void)state;
        for (int i = 0; i < MESSAGE_KIND_COUNT; i++) {
                assert_non_null(JOURNAL_MESSAGE_IDS[i]);
                assert_int_equal(strlen(JOURNAL_MESSAGE_IDS[i]), 32);
                assert_int_equal(strspn(JOURNAL_MESSAGE_IDS[i], "0123456789abcdef"), 32);
                for (int j = 0; j < i; j++)
                        assert_string_not_equal(JOURNAL_MESSAGE_IDS[i], JOURNAL_MESSAGE_IDS[j]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(syslog_line_is_rfc_5424),
                cmocka_unit_test(syslog_local_line_is_what_journald_reads),
                cmocka_unit_test(syslog_escapes_three_characters_and_marks_unicode),
                cmocka_unit_test(syslog_host_name_is_one_word_of_ascii),
                cmocka_unit_test(long_texts_are_cut),
                cmocka_unit_test(facilities_have_their_numbers),
                cmocka_unit_test(journal_record_has_all_fields),
                cmocka_unit_test(a_group_and_its_counts_are_fields),
                cmocka_unit_test(journal_values_cannot_make_fields),
                cmocka_unit_test(message_ids_are_complete_and_differ),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
