/* SPDX-License-Identifier: Apache-2.0 */
/* Which templates are taken, and what is said of those that are not. */
#include "tests/unit/config/helpers.h"

#include "common/base/cleanup.h"
#include "config/template.h"

static void what_is_json__is_taken_in_one_line(void **state)
{
        static const struct {
                const char *text, *compact;
        } ROWS[] = {
                { "{}", "{}" },
                { "[ \"{{summary}}\" ]", "[\"{{summary}}\"]" },
                { "{\n \"a\": {\"b\": [1, true, null, \"x {{ labels.team }} y\"]}\n}\n",
                  "{\"a\":{\"b\":[1,true,null,\"x {{ labels.team }} y\"]}}" },
                { "{\"\xc3\xbc\": \"}} {\"}", "{\"\\u00FC\":\"}} {\"}" },
                { "{\"t\": \"{{token}}{{type}}{{members}}\"}",
                  "{\"t\":\"{{token}}{{type}}{{members}}\"}" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *compact = NULL;
                AUTO_FREE char *error = NULL;
                AUTO_FREE char *again = NULL;

                if (template_check(ROWS[i].text, &compact, &error) < 0)
                        fail_msg("%s: %s", ROWS[i].text, error);
                assert_string_equal(compact, ROWS[i].compact);
                assert_int_equal(template_check(compact, &again, &error), 0);
                assert_string_equal(again, compact);
        }
}

static void anything_else__is_refused(void **state)
{
        static const struct {
                const char *text, *says;
        } ROWS[] = {
                { "", "that is no JSON: line 1" },
                { "{{summary}}", "that is no JSON: line 1" },
                { "{\n\"a\": {{summary}}\n}", "that is no JSON: line 2" },
                { "\"{{summary}}\"", "that is no JSON" },
                { "{\"a\": 1, \"a\": 2}", "that is no JSON" },
                { "{\"a\": \"\xff\"}", "that is no JSON" },
                { "{\"a\": \"\\u0000\"}", "that is no JSON" },
                { "{\"a\": \"{{sumary}}\"}", "there is no placeholder \"sumary\"" },
                { "{\"a\": \"{{}}\"}", "there is no placeholder" },
                { "{\"a\": \"{{labels.}}\"}", "there is no placeholder \"labels.\"" },
                { "{\"a\": [\"{{id}} {{id\"]}", "a placeholder ends in }}" },
                { "{\"{{id}}\": 1}", "placeholders stand in values" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *compact = NULL;
                AUTO_FREE char *error = NULL;

                assert_int_equal(template_check(ROWS[i].text, &compact, &error), -EINVAL);
                assert_null(compact);
                if (!strstr(error, ROWS[i].says))
                        fail_msg("%s: %s", ROWS[i].text, error);
        }
}

static void a_placeholder__is_found(void **state)
{
        (void)state;
        assert_true(template_has("[\"{{id}} {{ token }}\"]", "token"));
        assert_false(template_has("[\"{{id}} {{ tokens }} token\"]", "token"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_json__is_taken_in_one_line),
                cmocka_unit_test(anything_else__is_refused),
                cmocka_unit_test(a_placeholder__is_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
