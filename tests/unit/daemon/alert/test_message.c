/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: there and back again, whatever stands in them, and never too long. */
#include "sample.h"

#include "daemon/alert/excerpt.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

static void assert_text(const char *a, const char *b)
{
        if (a && b)
                assert_string_equal(a, b);
        else
                assert_true(a == b);
}

static void assert_same(const struct message *a, const struct message *b)
{
        assert_string_equal(a->id, b->id);
        assert_text(a->endpoint, b->endpoint);
        assert_text(a->name, b->name);
        assert_text(a->target, b->target);
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->code, b->code);
        assert_int_equal(a->severity, b->severity);
        assert_int_equal(a->previous, b->previous);
        assert_int_equal(a->since_s, b->since_s);
        assert_int_equal(a->at_s, b->at_s);
        assert_int_equal(a->deadline_s, b->deadline_s);
        assert_int_equal(a->flapping, b->flapping);
        assert_text(a->summary, b->summary);
        assert_text(a->remedy, b->remedy);
        assert_text(a->evidence, b->evidence);
        assert_text(a->fingerprint, b->fingerprint);
        assert_text(a->missing_pem, b->missing_pem);
        assert_int_equal(a->n_labels, b->n_labels);
        for (size_t i = 0; i < a->n_labels; i++) {
                assert_string_equal(a->labels[i].key, b->labels[i].key);
                assert_string_equal(a->labels[i].value, b->labels[i].value);
        }
        assert_text(a->group, b->group);
        assert_int_equal(a->n_open, b->n_open);
        assert_int_equal(a->n_opened, b->n_opened);
        assert_int_equal(a->n_resolved, b->n_resolved);
        assert_int_equal(a->n_members, b->n_members);
        for (size_t i = 0; i < a->n_members; i++) {
                assert_string_equal(a->members[i].endpoint, b->members[i].endpoint);
                assert_string_equal(a->members[i].name, b->members[i].name);
                assert_string_equal(a->members[i].target, b->members[i].target);
                assert_int_equal(a->members[i].kind, b->members[i].kind);
                assert_int_equal(a->members[i].severity, b->members[i].severity);
                assert_int_equal(a->members[i].since_s, b->members[i].since_s);
        }
}

static void assert_round_trip(const struct message *m)
{
        AUTO_FREE char *json = message_to_json(m);
        struct message back;

        assert_int_equal(message_from_json(json, &back), 0);
        assert_same(m, &back);
        message_done(&back);
}

static void json_is_as_documented(void **state)
{
        struct message m = sample();
        AUTO_FREE char *json = message_to_json(&m);

        (void)state;
        assert_string_equal(json,
                "{\"type\":\"notafter.problem.opened\",\"timestamp\":\"2026-11-23T09:00:00Z\","
                "\"data\":{\"id\":\"" SAMPLE_ID "\",\"transition\":\"opened\","
                "\"code\":\"leaf-expired\",\"severity\":\"critical\",\"previous_severity\":\"ok\","
                "\"since\":\"2026-11-23T08:59:00Z\",\"at\":\"2026-11-23T09:00:00Z\","
                "\"deadline\":\"2026-11-23T08:58:00Z\",\"flapping\":false,"
                "\"endpoint\":\"www\",\"name\":\"Web shop\",\"target\":\"example.com:443\","
                "\"summary\":\"Web shop: certificate has expired\",\"remedy\":\"Renew it.\","
                "\"evidence\":null,"
                "\"certificate_sha256\":\"" SAMPLE_SHA256 "\",\"group\":null,"
                "\"missing_pem\":null,"
                "\"labels\":{\"team\":\"web\",\"site\":\"M\xc3\xbcnchen\"},"
                "\"counts\":{\"open\":0,\"opened\":0,\"resolved\":0},\"members\":[]}}");
        message_done(&m);
}

/* Gives @m @n members, whose texts are @text. */
static void add_members(struct message *m, size_t n, const char *text)
{
        replace_text(&m->group, "grp_00112233445566778899aabbccddeeff");
        m->n_open = INT64_MAX;
        m->n_opened = INT64_MIN;
        m->n_resolved = INT64_MIN;
        m->members = mem_new0(n, sizeof(*m->members));
        m->n_members = n;
        for (size_t i = 0; i < n; i++)
                m->members[i] = (struct message_member){
                        .endpoint = mem_strdup(text),
                        .name = mem_strdup(text),
                        .target = mem_strdup(text),
                        .kind = (enum message_kind)(i % MESSAGE_KIND_COUNT),
                        .severity = (enum severity)(i % SEVERITY_COUNT),
                        .since_s = SAMPLE_AT_S + (int64_t)i,
                };
}

static void members_and_counts_come_back(void **state)
{
        struct message m = sample();

        (void)state;
        m.kind = MESSAGE_AMENDED;
        add_members(&m, MESSAGE_MAX_MEMBERS, "www.example.com:443");
        m.n_open = 500;
        m.n_opened = 3;
        m.n_resolved = 0;
        assert_round_trip(&m);
        AUTO_FREE char *json = message_to_json(&m);

        assert_non_null(strstr(json, "\"group\":\"grp_00112233445566778899aabbccddeeff\""));
        assert_non_null(strstr(json,
                "\"counts\":{\"open\":500,\"opened\":3,\"resolved\":0},"
                "\"members\":[{\"endpoint\":\"www.example.com:443\","
                "\"name\":\"www.example.com:443\",\"target\":\"www.example.com:443\","
                "\"transition\":\"opened\",\"severity\":\"ok\","
                "\"since\":\"2026-11-23T09:00:00Z\"},{"));
        message_done(&m);
}

static void members_without_room_are_left_out(void **state)
{
        struct message m = sample(), back;
        char text[400];

        (void)state;
        memset(text, '"', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        add_members(&m, 1000, text);
        AUTO_FREE char *json = message_to_json(&m);

        assert_true(strlen(json) < MESSAGE_MAX_BYTES);
        assert_int_equal(message_from_json(json, &back), 0);
        assert_in_range(back.n_members, 5, 8);
        assert_string_equal(back.members[0].endpoint, text);
        message_done(&back);
        message_done(&m);
}

static void more_members_than_are_ever_listed_are_not_written(void **state)
{
        struct message m = sample(), back;

        (void)state;
        add_members(&m, MESSAGE_MAX_MEMBERS + 1, "x");
        AUTO_FREE char *json = message_to_json(&m);

        assert_int_equal(message_from_json(json, &back), 0);
        assert_int_equal(back.n_members, MESSAGE_MAX_MEMBERS);
        message_done(&back);
        message_done(&m);
}

/* What waits in the outbox while the package is upgraded. */
static void a_message_of_the_first_release_is_read(void **state)
{
        static const char JSON[] =
                "{\"type\":\"notafter.problem.opened\",\"timestamp\":\"2026-11-23T09:00:00Z\","
                "\"data\":{\"id\":\"" SAMPLE_ID "\",\"transition\":\"opened\","
                "\"code\":\"leaf-expired\",\"severity\":\"critical\",\"previous_severity\":\"ok\","
                "\"since\":\"2026-11-23T08:59:00Z\",\"at\":\"2026-11-23T09:00:00Z\","
                "\"endpoint\":\"www\",\"name\":\"Web shop\",\"target\":\"example.com:443\","
                "\"summary\":\"Web shop: certificate has expired\",\"remedy\":\"Renew it.\","
                "\"evidence\":null,\"certificate_sha256\":\"" SAMPLE_SHA256 "\","
                "\"missing_pem\":null,"
                "\"labels\":{\"team\":\"web\",\"site\":\"M\xc3\xbcnchen\"}}}";
        struct message m = sample(), back;

        (void)state;
        m.deadline_s = 0;
        assert_int_equal(message_from_json(JSON, &back), 0);
        assert_same(&m, &back);
        message_done(&back);
        message_done(&m);
}

static void a_test_and_a_summary_have_no_code(void **state)
{
        struct message m = sample();

        (void)state;
        m.kind = MESSAGE_TEST;
        m.code = (enum finding_code)0;
        assert_string_equal(message_code(&m), "test");
        assert_round_trip(&m);
        m.kind = MESSAGE_SUMMARY;
        assert_string_equal(message_code(&m), "summary");
        assert_round_trip(&m);
        AUTO_FREE char *json = message_to_json(&m);

        assert_non_null(strstr(json, "\"code\":\"summary\""));
        message_done(&m);
}

/* A PEM block of @n bytes in lines, as text. */
static char *pem_of(size_t n)
{
        char *pem = mem_new0(1, n + 1);

        memset(pem, 'A', n);
        for (size_t i = 64; i < n; i += 65)
                pem[i] = '\n';
        return pem;
}

static void a_pem_is_told_whole_or_not_at_all(void **state)
{
        struct message m = sample();
        struct message back;

        (void)state;
        for (size_t n = 0; n < 2 * MESSAGE_MAX_BYTES; n += 997) {
                free(m.missing_pem);
                m.missing_pem = pem_of(n);
                AUTO_FREE char *json = message_to_json(&m);

                assert_true(strlen(json) < MESSAGE_MAX_BYTES);
                assert_int_equal(message_from_json(json, &back), 0);
                if (back.missing_pem || n < MESSAGE_MAX_BYTES / 2)
                        assert_text(back.missing_pem, m.missing_pem);
                message_done(&back);
        }
        message_done(&m);
}

static void every_kind_code_and_severity_comes_back(void **state)
{
        struct message m = sample();

        (void)state;
        for (int i = 0; i < MESSAGE_KIND_COUNT; i++) {
                m.kind = (enum message_kind)i;
                m.code = message_has_code(&m) ? FINDING_LEAF_EXPIRED : (enum finding_code)0;
                assert_round_trip(&m);
        }
        m.kind = MESSAGE_OPENED;
        for (int i = 0; i < FINDING_COUNT; i++) {
                m.code = (enum finding_code)i;
                assert_round_trip(&m);
        }
        for (int i = 0; i < SEVERITY_COUNT; i++) {
                m.severity = (enum severity)i;
                m.previous = (enum severity)(SEVERITY_COUNT - 1 - i);
                assert_non_null(message_severity_str(m.severity));
                assert_in_range(message_priority(&m), 2, 6);
                assert_round_trip(&m);
        }
        replace_text(&m.fingerprint, NULL);
        m.deadline_s = 0;
        m.flapping = true;
        assert_round_trip(&m);
        replace_text(&m.evidence, "Its own key verifies it.");
        replace_text(&m.missing_pem, "-----BEGIN CERTIFICATE-----\nTUlJ\n");
        assert_round_trip(&m);
        message_done(&m);
}

static void priority_follows_severity_and_resolved_is_a_notice(void **state)
{
        struct message m = { .kind = MESSAGE_WORSENED, .severity = SEVERITY_ERROR };

        (void)state;
        assert_int_equal(message_priority(&m), 2);
        m.severity = SEVERITY_WARNING;
        assert_int_equal(message_priority(&m), 4);
        m.severity = SEVERITY_INFO;
        assert_int_equal(message_priority(&m), 6);
        m.severity = SEVERITY_ERROR;
        m.kind = MESSAGE_RESOLVED;
        assert_int_equal(message_priority(&m), 5);
}

/* What comes out must be JSON in UTF-8, short enough, and readable again. */
static void assert_tame(const struct message *m)
{
        AUTO_FREE char *json = message_to_json(m);
        struct message back;
        json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);

        assert_non_null(root);
        json_decref(root);
        assert_true(strlen(json) < MESSAGE_MAX_BYTES);
        for (const char *p = json; *p; p++)
                assert_true((unsigned char)*p >= 0x20);
        assert_int_equal(message_from_json(json, &back), 0);
        assert_string_equal(back.id, m->id);
        message_done(&back);
}

static void spoil(struct message *m, const char *text)
{
        replace_text(&m->endpoint, text);
        replace_text(&m->name, text);
        replace_text(&m->target, text);
        replace_text(&m->summary, text);
        replace_text(&m->remedy, text);
        replace_text(&m->evidence, text);
        replace_text(&m->fingerprint, text);
        replace_text(&m->group, text);
        for (size_t i = 0; i < m->n_labels; i++) {
                replace_text(&m->labels[i].key, text);
                replace_text(&m->labels[i].value, text);
        }
        for (size_t i = 0; i < m->n_members; i++) {
                replace_text(&m->members[i].endpoint, text);
                replace_text(&m->members[i].name, text);
                replace_text(&m->members[i].target, text);
        }
}

static void hostile_texts_break_nothing(void **state)
{
        static const char *const TEXTS[] = {
                "", "\"", "\\", "\\\"},{\"", "\x01\x1b[31m\r\n\t\x7f", "\xff\xfe", "\xc0\xaf",
                "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xe2\x80\xae" "gnp.exe",
                "%s%n%x", "</script>", "\xf0\x9f\x94\x92",
        };
        struct message m = sample();

        (void)state;
        add_members(&m, 3, "");
        for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
                spoil(&m, TEXTS[i]);
                assert_tame(&m);
        }
        message_done(&m);
}

static void long_texts_of_any_byte_stay_below_the_limit(void **state)
{
        enum { LONG = 100000 };
        char *text = mem_new0(LONG + 1, 1);
        struct message m = sample();

        (void)state;
        add_members(&m, 3, "");
        for (int byte = 1; byte < 256; byte++) {
                memset(text, byte, LONG);
                spoil(&m, text);
                assert_tame(&m);
        }
        for (size_t i = 0; i < LONG; i++)
                text[i] = "\xe2\x82\xac\\\""[i % 5];
        spoil(&m, text);
        assert_tame(&m);
        free(text);
        message_done(&m);
}

static void labels_without_room_are_left_out(void **state)
{
        struct message m = sample(), back;
        size_t n = 500;

        (void)state;
        m.labels = mem_resize(m.labels, n, sizeof(*m.labels));
        for (; m.n_labels < n; m.n_labels++)
                m.labels[m.n_labels] = (struct message_label){
                        .key = mem_printf("key-%zu", m.n_labels),
                        .value = mem_printf("\"value\" number %0100zu", m.n_labels),
                };
        AUTO_FREE char *json = message_to_json(&m);

        assert_true(strlen(json) < MESSAGE_MAX_BYTES);
        assert_true(strlen(json) > MESSAGE_MAX_BYTES - 1500);
        assert_int_equal(message_from_json(json, &back), 0);
        assert_in_range(back.n_labels, 100, 499);
        assert_string_equal(back.labels[0].key, "team");
        message_done(&back);
        message_done(&m);
}

/* @json with the first @from replaced by @to. */
static char *altered(const char *json, const char *from, const char *to)
{
        const char *p = strstr(json, from);

        assert_non_null(p);
        return mem_printf("%.*s%s%s", (int)(p - json), json, to, p + strlen(from));
}

static void payload_that_is_not_ours_is_refused(void **state)
{
        static const char *const ALTERATIONS[][2] = {
                { "{\"type\"", "" },
                { "leaf-expired", "quantum-broken" },
                { "\"transition\":\"opened\"", "\"transition\":\"sideways\"" },
                { "\"critical\"", "\"mild\"" },
                { "\"critical\"", "7" },
                { "msg_", "gsm_" },
                { "msg_0011", "msg_0.11" },
                { "msg_", "msg_00000000" },
                { "2026-11-23T08:59:00Z", "yesterday" },
                { "2026-11-23T08:58:00Z", "today" },
                { "\"name\":\"Web shop\",", "" },
                { "\"web\"", "1" },
                { "\"labels\"", "\"libels\"" },
                { "\"members\":[", "\"members\":[{}," },
                { "\"members\":[", "\"members\":[7," },
                { "\"members\":[", "\"members\":\"x\",\"others\":[" },
                { "\"since\":\"2026-11-23T09:00:00Z\"}", "\"since\":null}" },
                { "\"transition\":\"opened\",\"severity\"", "\"severity\"" },
                { "Renew it.", "\\u0000" },
                { "Renew it.", "\xff" },
        };
        struct message m = sample(), back;

        (void)state;
        add_members(&m, 1, "shop");
        AUTO_FREE char *json = message_to_json(&m);

        for (size_t i = 0; i < ARRAY_LEN(ALTERATIONS); i++) {
                AUTO_FREE char *bad = altered(json, ALTERATIONS[i][0], ALTERATIONS[i][1]);

                assert_int_equal(message_from_json(bad, &back), -EBADMSG);
                assert_null(back.summary);
        }
        assert_int_equal(message_from_json("", &back), -EBADMSG);
        assert_int_equal(message_from_json("[]", &back), -EBADMSG);
        assert_int_equal(message_from_json("{\"data\":null}", &back), -EBADMSG);
        message_done(&m);
}

static void keys_of_a_newer_version_do_no_harm(void **state)
{
        struct message m = sample(), back;
        AUTO_FREE char *json = message_to_json(&m);
        AUTO_FREE char *newer = altered(json, "\"data\":{", "\"data\":{\"cluster\":[1,2],");

        (void)state;
        assert_int_equal(message_from_json(newer, &back), 0);
        assert_same(&m, &back);
        message_done(&back);
        message_done(&m);
}

static void ids_differ_and_fit(void **state)
{
        char a[MESSAGE_ID_SIZE], b[MESSAGE_ID_SIZE];

        (void)state;
        message_id_new(a);
        message_id_new(b);
        assert_int_equal(strlen(a), 36);
        assert_memory_equal(a, "msg_", 4);
        assert_string_not_equal(a, b);
}

static void text_says_the_remedy_unless_all_is_well(void **state)
{
        struct message m = sample();
        AUTO_FREE char *open = message_text(&m, 100);

        (void)state;
        assert_string_equal(open, "Web shop: certificate has expired. Remedy: Renew it.");
        m.kind = MESSAGE_RESOLVED;
        AUTO_FREE char *resolved = message_text(&m, 100);

        assert_string_equal(resolved, "Web shop: certificate has expired");
        message_done(&m);
}

static void a_body_says_what_to_do_and_where_to_look(void **state)
{
        struct message m = sample();

        (void)state;
        replace_text(&m.name, "example.com:443");
        replace_text(&m.evidence, "Its own key verifies it.");
        AUTO_FREE char *one = message_body(&m, 4000);

        assert_string_equal(one,
                "Web shop: certificate has expired\n"
                "\nRemedy: Renew it.\n"
                "\nHow we know: Its own key verifies it.\n"
                "\nSince: 2026-11-23 08:59 UTC (for 1 min)\n"
                "\nSee more:\n"
                "  notafter check -c /etc/notafter/notafter.yaml example.com:443\n"
                "  notafter explain leaf-expired\n"
                "  notafter status\n");
        m.kind = MESSAGE_TEST;
        replace_text(&m.evidence, NULL);
        AUTO_FREE char *test = message_body(&m, 4000);

        assert_string_equal(test, "Web shop: certificate has expired\n\nRemedy: Renew it.\n");
        message_done(&m);
}

/* What an endpoint is called may say nothing to whoever reads this, nor be fit for a shell. */
static void a_body_says_where_when_a_name_does_not(void **state)
{
        struct message m = sample();

        (void)state;
        m.since_s = m.at_s;
        AUTO_FREE char *spaced = message_body(&m, 4000);

        assert_string_equal(spaced,
                "Web shop: certificate has expired\n"
                "\nRemedy: Renew it.\n"
                "\nTarget: example.com:443\n"
                "\nSince: 2026-11-23 09:00 UTC\n"
                "\nSee more:\n"
                "  notafter check -c /etc/notafter/notafter.yaml example.com:443\n"
                "  notafter explain leaf-expired\n"
                "  notafter status\n");
        replace_text(&m.name, "shop");
        AUTO_FREE char *plain = message_body(&m, 4000);

        assert_non_null(strstr(plain, "\nTarget: example.com:443\n"));
        assert_non_null(strstr(plain, " -c /etc/notafter/notafter.yaml shop\n"));
        replace_text(&m.name, "the shop");
        replace_text(&m.target, "file:/srv/$(reboot).pem");
        AUTO_FREE char *neither = message_body(&m, 4000);

        assert_null(strstr(neither, "notafter check"));
        message_done(&m);
}

static void a_body_lists_members_and_says_that_there_are_more(void **state)
{
        struct message m = sample();

        (void)state;
        m.kind = MESSAGE_AMENDED;
        replace_text(&m.remedy, "");
        add_members(&m, 2, "a; rm -rf \n/");
        m.n_open = 500;
        m.n_opened = 3;
        m.n_resolved = 0;
        AUTO_FREE char *body = message_body(&m, 4000);

        assert_string_equal(body,
                "Web shop: certificate has expired\n"
                "\nSince: 2026-11-23 08:59 UTC (for 1 min)\n"
                "\nOpen now: 500; opened since the last message: 3; resolved: 0.\n"
                "  opened    ok        a; rm -rf \\x0A/, since 2026-11-23 09:00 UTC\n"
                "  worsened  info      a; rm -rf \\x0A/, since 2026-11-23 09:00 UTC\n"
                "  ... and more: `notafter status` lists all that are open.\n"
                "\nSee more:\n"
                "  notafter check -c /etc/notafter/notafter.yaml example.com:443\n"
                "  notafter explain leaf-expired\n"
                "  notafter status\n");
        m.members[0].kind = MESSAGE_REMINDER;
        replace_text(&m.members[0].target, "shop.example.com:443");
        m.kind = MESSAGE_SUMMARY;
        m.n_open = 2;
        AUTO_FREE char *day = message_body(&m, 4000);

        assert_string_equal(day,
                "Web shop: certificate has expired\n"
                "\nOpen now: 2.\n"
                "  open      ok        a; rm -rf \\x0A/ (shop.example.com:443), "
                "since 2026-11-23 09:00 UTC\n"
                "  worsened  info      a; rm -rf \\x0A/, since 2026-11-23 09:00 UTC\n");
        AUTO_FREE char *brief = message_body(&m, 50);

        assert_int_equal(strlen(brief), 50);
        message_done(&m);
}

static void excerpts_are_cut_between_characters(void **state)
{
        static const struct {
                const char *in;
                size_t max;
                const char *out;
        } ROWS[] = {
                { NULL,            8, "" },
                { "short",         8, "short" },
                { "12345678",      8, "12345678" },
                { "123456789",     8, "12345\xe2\x80\xa6" },
                { "1234\xc3\xa9""67890", 8, "1234\xe2\x80\xa6" },
                { "12345\xc3\xa9" "8", 8, "12345\xc3\xa9" "8" },
                { "a\nb",          8, "a\\x0Ab" },
                { "abc\n\n",       8, "abc\xe2\x80\xa6" },
                { "\n\n",          4, "\xe2\x80\xa6" },
                { "\n",            4, "\\x0A" },
                { "\xf0\x9f\x94\x92", 4, "\xf0\x9f\x94\x92" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *out = excerpt(ROWS[i].in, ROWS[i].max);

                assert_string_equal(out, ROWS[i].out);
                assert_true(strlen(out) <= ROWS[i].max);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(json_is_as_documented),
                cmocka_unit_test(members_and_counts_come_back),
                cmocka_unit_test(members_without_room_are_left_out),
                cmocka_unit_test(more_members_than_are_ever_listed_are_not_written),
                cmocka_unit_test(a_message_of_the_first_release_is_read),
                cmocka_unit_test(a_test_and_a_summary_have_no_code),
                cmocka_unit_test(every_kind_code_and_severity_comes_back),
                cmocka_unit_test(a_pem_is_told_whole_or_not_at_all),
                cmocka_unit_test(priority_follows_severity_and_resolved_is_a_notice),
                cmocka_unit_test(hostile_texts_break_nothing),
                cmocka_unit_test(long_texts_of_any_byte_stay_below_the_limit),
                cmocka_unit_test(labels_without_room_are_left_out),
                cmocka_unit_test(payload_that_is_not_ours_is_refused),
                cmocka_unit_test(keys_of_a_newer_version_do_no_harm),
                cmocka_unit_test(ids_differ_and_fit),
                cmocka_unit_test(text_says_the_remedy_unless_all_is_well),
                cmocka_unit_test(a_body_says_what_to_do_and_where_to_look),
                cmocka_unit_test(a_body_says_where_when_a_name_does_not),
                cmocka_unit_test(a_body_lists_members_and_says_that_there_are_more),
                cmocka_unit_test(excerpts_are_cut_between_characters),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
