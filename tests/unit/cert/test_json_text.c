/* SPDX-License-Identifier: Apache-2.0 */
/* Values that may be missing. */
#include "tests/unit/cert/forge.h"

#include "common/cert/json_text.h"

static void check(json_t *j, const char *expected)
{
        AUTO_FREE char *text = json_dumps(j, JSON_ENCODE_ANY);

        assert_string_equal(text, expected);
        json_decref(j);
}

static void what_is_missing_is_null(void **state)
{
        (void)state;
        check(json_text(NULL), "null");
        check(json_text(""), "\"\"");
        check(json_text("a \"b\""), "\"a \\\"b\\\"\"");
        check(json_instant(0), "null");
        check(json_instant(NOW), "\"2027-01-15T08:00:00Z\"");
        check(json_must(json_true()), "true");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_missing_is_null),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
