/* SPDX-License-Identifier: Apache-2.0 */
/* Which endpoint and diagnosis a person means, and what is said of them. */
#include "tests/unit/config/helpers.h"

#include "common/base/cleanup.h"
#include "common/base/parse.h"
#include "daemon/notice/explain.h"
#include "daemon/notice/silence.h"

static const char FILE_TEXT[] =
        "endpoints:\n"
        "  - Example.com\n"
        "  - { target: \"https://shop.example.com\", name: shop, policy: { revoked: ignore } }\n"
        "  - { target: imaps://mail.example.com, name: mail-a }\n"
        "  - { target: imaps://mail.example.com, name: mail-b }\n"
        "receivers:\n"
        "  - { name: ops, journald: }\n"
        "  - { name: pager, journald: }\n"
        "routes:\n"
        "  - { match: { names: shop, severity: error }, receivers: pager }\n"
        "alerts: { receivers: ops }\n";

static const struct silence_list NONE = { .n = 0 };

static void endpoints_are_found_by_name_and_by_any_spelling_of_their_target(void **state)
{
        static const struct {
                const char *text, *name; /* or ... */
                const char *error;
        } ROWS[] = {
                { "Example.com", "Example.com", NULL },
                { "example.com:443", "Example.com", NULL },
                { "tls://EXAMPLE.com", "Example.com", NULL },
                { "shop", "shop", NULL },
                { "shop.example.com", "shop", NULL },
                { "mail-b", "mail-b", NULL },
                { "mail.example.com:993", NULL,
                  "several endpoints have this target; say one of: mail-a, mail-b" },
                { "shpo", NULL, "there is no endpoint with the name or target 'shpo'; did you mean "
                                "'shop'?" },
                { "\x1b[31m", NULL, "there is no endpoint with the name or target '\\x1B[31m'" },
        };
        struct config *c = must_load(FILE_TEXT);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *error = NULL;
                struct subject s;
                int r = explain_find(c, ROWS[i].text, "revoked", NULL, &s, &error);

                if (ROWS[i].error)
                        assert_string_equal(error, ROWS[i].error);
                else
                        assert_string_equal(s.endpoint->name, ROWS[i].name);
                assert_int_equal(r, ROWS[i].error ? -EINVAL : 0);
        }
        config_unref(c);
}

static void a_slip_in_the_code_is_told(void **state)
{
        struct config *c = must_load(FILE_TEXT);
        AUTO_FREE char *error = NULL;
        struct subject s;

        (void)state;
        assert_int_equal(explain_find(c, "shop", "leaf-expird", NULL, &s, &error), -EINVAL);
        assert_string_equal(error, "there is no diagnosis 'leaf-expird'; did you mean "
                                   "'leaf-expired'?");
        config_unref(c);
}

static void the_severity_is_said_or_that_of_the_policy(void **state)
{
        static const struct {
                const char *endpoint, *said;
                int severity; /* -1 = there is none of that name */
        } ROWS[] = {
                { "example.com", NULL, SEVERITY_ERROR },
                { "example.com", "warning", SEVERITY_WARNING },
                { "shop", NULL, SEVERITY_OK },
                { "shop", "error", SEVERITY_ERROR },
                { "shop", "ok", -1 },
                { "shop", "critical", -1 },
        };
        struct config *c = must_load(FILE_TEXT);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *error = NULL;
                struct subject s = { .severity = SEVERITY_COUNT };
                int r = explain_find(c, ROWS[i].endpoint, "revoked", ROWS[i].said, &s, &error);

                assert_int_equal(r, ROWS[i].severity < 0 ? -EINVAL : 0);
                if (ROWS[i].severity >= 0)
                        assert_int_equal(s.severity, ROWS[i].severity);
                else
                        assert_non_null(strstr(error, "info, warning or error"));
        }
        config_unref(c);
}

static void check(const struct config *c, const struct silence_list *l, const char *endpoint,
                  const char *code, const char *expected)
{
        AUTO_FREE char *error = NULL;
        struct subject s;
        int64_t now_s = 0;

        assert_int_equal(parse_time("2026-11-24T12:00:00Z", &now_s), 0);
        assert_int_equal(explain_find(c, endpoint, code, NULL, &s, &error), 0);
        AUTO_FREE char *text = explain_subject(c, l, &s, now_s);

        assert_string_equal(text, expected);
}

static void it_says_who_is_told_and_what_holds_it_back(void **state)
{
        struct config *c = must_load(FILE_TEXT);
        char *names[] = { "shop" };
        const struct config_match match = { .names = names, .n_names = 1 };
        struct silence silence = { .id = "sil_1", .match = &match, .start_s = 0,
                                   .end_s = 1800000000, .reason = "migration", .author = "root" };
        const struct silence_list silences = { &silence, 1 };

        (void)state;
        check(c, &silences, "shop", "leaf-expired",
              "shop: leaf-expired, error\n"
              "route 1 (test.yaml:10) takes it: pager\n"
              "told to:\n"
              "  pager, again every 1d\n"
              "silence sil_1 holds until 2027-01-15 08:00 UTC, made by root: migration\n");
        check(c, &silences, "Example.com", "leaf-expired",
              "Example.com: leaf-expired, error\n"
              "route 1 (test.yaml:10) does not take it: name is \"Example.com\", not \"shop\"\n"
              "no route takes it: it goes to the receivers of alerts\n"
              "told to:\n"
              "  ops, again every 1d\n");
        check(c, &NONE, "shop", "renewed",
              "shop: renewed, info\n"
              "route 1 (test.yaml:10) does not take it: severity is info, below error\n"
              "no route takes it: it goes to the receivers of alerts\n"
              "told to:\n"
              "  ops, once\n");
        check(c, &NONE, "shop", "root-included",
              "shop: root-included, info\n"
              "information is no problem: told to nobody\n");
        check(c, &NONE, "shop", "revoked",
              "shop: revoked\n"
              "the policy ignores it: told to nobody\n");
        config_unref(c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(
                        endpoints_are_found_by_name_and_by_any_spelling_of_their_target),
                cmocka_unit_test(a_slip_in_the_code_is_told),
                cmocka_unit_test(the_severity_is_said_or_that_of_the_policy),
                cmocka_unit_test(it_says_who_is_told_and_what_holds_it_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
