/* SPDX-License-Identifier: Apache-2.0 */
/* The table of codes, walked for holes, and the list that findings are gathered in. */
#include "tests/unit/cert/forge.h"

#include "common/base/mem.h"
#include "common/cert/finding.h"

#include <errno.h>

static void every_code_has_a_unique_kebab_case_name(void **state)
{
        (void)state;
        for (int i = 0; i < FINDING_COUNT; i++) {
                const char *name = FINDINGS[i].name;

                assert_non_null(name);
                assert_in_range(strlen(name), 3, 40);
                assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                                 strlen(name));
                assert_true(name[0] != '-' && name[strlen(name) - 1] != '-' && !strstr(name, "--"));
                for (int k = 0; k < i; k++)
                        assert_string_not_equal(name, FINDINGS[k].name);
        }
}

static void every_code_has_a_title_and_a_severity(void **state)
{
        (void)state;
        for (int i = 0; i < FINDING_COUNT; i++) {
                assert_non_null(FINDINGS[i].title);
                assert_in_range(strlen(FINDINGS[i].title), 3, 60);
                assert_in_range(FINDINGS[i].severity, SEVERITY_INFO, SEVERITY_ERROR);
                assert_in_range(FINDINGS[i].class, FINDING_CERTIFICATE, FINDING_EVENT);
        }
}

static void every_code_is_explained_in_sentences(void **state)
{
        (void)state;
        for (int i = 0; i < FINDING_COUNT; i++) {
                const char *const TEXTS[] = { FINDINGS[i].meaning, FINDINGS[i].found,
                                              FINDINGS[i].mend };

                for (size_t k = 0; k < ARRAY_LEN(TEXTS); k++) {
                        assert_non_null(TEXTS[k]);
                        assert_in_range(strlen(TEXTS[k]), 10, 300);
                        assert_true(TEXTS[k][0] < 'a' || TEXTS[k][0] > 'z' ||
                                    strncmp(TEXTS[k], "key", 3) == 0 ||
                                    strncmp(TEXTS[k], "path", 4) == 0 ||
                                    strncmp(TEXTS[k], "not", 3) == 0);
                        assert_int_equal(TEXTS[k][strlen(TEXTS[k]) - 1], '.');
                        assert_null(strstr(TEXTS[k], "  "));
                }
        }
}

static void every_name_reads_back_as_its_code(void **state)
{
        static const char *const UNKNOWN[] = { "", "leaf", "Leaf-Expired", "leaf-expired ",
                                               "renewing" };
        enum finding_code code = FINDING_COUNT;

        (void)state;
        for (int i = 0; i < FINDING_COUNT; i++) {
                assert_int_equal(finding_code_parse(FINDINGS[i].name, &code), 0);
                assert_int_equal(code, i);
        }
        for (size_t i = 0; i < ARRAY_LEN(UNKNOWN); i++)
                assert_int_equal(finding_code_parse(UNKNOWN[i], &code), -EINVAL);
        assert_int_equal(code, FINDING_COUNT - 1);
}

static void every_code_is_of_the_certificate_the_network_or_an_event(void **state)
{
        (void)state;
        for (int i = 0; i < FINDING_COUNT; i++) {
                const char *name = FINDINGS[i].name;
                bool network = strncmp(name, "dns-", 4) == 0 || strncmp(name, "connect-", 8) == 0 ||
                               strncmp(name, "starttls-", 9) == 0 ||
                               strncmp(name, "handshake-", 10) == 0;

                bool event = i == FINDING_RENEWED || i == FINDING_CHANGED;

                assert_int_equal(FINDINGS[i].class, network ? FINDING_NETWORK
                                                    : event ? FINDING_EVENT
                                                            : FINDING_CERTIFICATE);
        }
}

static void every_severity_reads_back_as_itself(void **state)
{
        static const char *const NAMED[SEVERITY_COUNT] = { "ok", "info", "warning", "error" };
        enum severity s = SEVERITY_COUNT;

        (void)state;
        for (int i = 0; i < SEVERITY_COUNT; i++) {
                assert_string_equal(severity_str((enum severity)i), NAMED[i]);
                assert_int_equal(severity_parse(NAMED[i], &s), 0);
                assert_int_equal(s, i);
        }
        assert_int_equal(severity_parse("ignore", &s), -EINVAL);
        assert_int_equal(severity_parse("", &s), -EINVAL);
        assert_int_equal(s, SEVERITY_ERROR);
}

static void a_new_finding_has_the_tables_severity_and_no_position(void **state)
{
        struct finding_list list = { 0 };

        (void)state;
        for (int i = 0; i < FINDING_COUNT; i++) {
                const struct finding *f = finding_add(&list, (enum finding_code)i);

                assert_int_equal(f->code, i);
                assert_int_equal(f->severity, FINDINGS[i].severity);
                assert_int_equal(f->position, FINDING_NO_POSITION);
                assert_null(f->message);
        }
        assert_int_equal(list.n, FINDING_COUNT);
        finding_list_done(&list);
        assert_int_equal(list.n, 0);
}

static void a_list_knows_its_members_and_its_worst(void **state)
{
        struct finding_list list = { 0 };

        (void)state;
        assert_int_equal(finding_worst(&list), SEVERITY_OK);
        assert_null(finding_find(&list, FINDING_ROOT_INCLUDED));
        finding_add(&list, FINDING_ROOT_INCLUDED);
        assert_int_equal(finding_worst(&list), SEVERITY_INFO);
        finding_add(&list, FINDING_LEAF_EXPIRED);
        finding_add(&list, FINDING_LEAF_EXPIRING_SOON);
        assert_int_equal(finding_worst(&list), SEVERITY_ERROR);
        assert_ptr_equal(finding_find(&list, FINDING_LEAF_EXPIRED), &list.items[1]);
        assert_null(finding_find(&list, FINDING_UNKNOWN_CA));
        finding_list_done(&list);
}

static void a_text_is_replaced_and_bounded(void **state)
{
        char *text = NULL, *endless = calloc(1, 3 * FINDING_TEXT_MAX);

        (void)state;
        finding_set(&text, "%s", "first");
        finding_set(&text, "%s and %d", "second", 2);
        assert_string_equal(text, "second and 2");
        memset(endless, 'x', 3 * FINDING_TEXT_MAX - 1);
        finding_set(&text, "%s", endless);
        assert_int_equal(strlen(text), FINDING_TEXT_MAX);
        free(endless);
        free(text);
}

static void who_goes_by_a_doubtful_clock_says_so(void **state)
{
        static const struct {
                bool by_clock;
                const char *before, *after;
        } ROWS[] = {
                { true, "It ends (now).",
                  "It ends (now) (the clock of this host is not synchronised)." },
                { true, "It ends", "It ends (the clock of this host is not synchronised)." },
                { true, NULL, NULL },
                { false, "It is weak.", "It is weak." },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct finding f = { .by_clock = ROWS[i].by_clock,
                                     .message = mem_strdup(ROWS[i].before) };

                finding_doubt_clock(&f);
                if (ROWS[i].after)
                        assert_string_equal(f.message, ROWS[i].after);
                else
                        assert_null(f.message);
                finding_done(&f);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_code_has_a_unique_kebab_case_name),
                cmocka_unit_test(every_code_has_a_title_and_a_severity),
                cmocka_unit_test(every_code_is_explained_in_sentences),
                cmocka_unit_test(every_name_reads_back_as_its_code),
                cmocka_unit_test(every_code_is_of_the_certificate_the_network_or_an_event),
                cmocka_unit_test(every_severity_reads_back_as_itself),
                cmocka_unit_test(a_new_finding_has_the_tables_severity_and_no_position),
                cmocka_unit_test(a_list_knows_its_members_and_its_worst),
                cmocka_unit_test(a_text_is_replaced_and_bounded),
                cmocka_unit_test(who_goes_by_a_doubtful_clock_says_so),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
