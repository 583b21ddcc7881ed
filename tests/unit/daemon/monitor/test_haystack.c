/* SPDX-License-Identifier: Apache-2.0 */
/* Every text that has the needle is found, and no other. */
#include "../../base/unit.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/monitor/haystack.h"

#include <stdio.h>
#include <string.h>

static void assert_found(const struct haystack *h, const char *needle, const char *expected)
{
        AUTO_FREE uint8_t *found = mem_new0(h->n, 1);

        haystack_find(h, needle, found);
        for (size_t i = 0; i < h->n; i++)
                if (found[i] != (expected[i] == 'x'))
                        fail_msg("%s: text %zu", needle, i);
}

static void texts_are_found_whatever_their_case(void **state)
{
        struct haystack h = { 0 };

        (void)state;
        assert_found(&h, "a", ""); /* in nothing is nothing */
        assert_int_equal(haystack_add(&h, "Web.Example.com:443"), 0);
        assert_int_equal(haystack_add(&h, ""), 1);
        assert_int_equal(haystack_add(&h, "example.com example.com"), 2);
        assert_int_equal(haystack_add(&h, "two\nlines"), 3);
        haystack_trim(&h);
        assert_found(&h, "example", "x-x-");
        assert_found(&h, "web.example.com:443", "x---");
        assert_found(&h, "443example", "----"); /* not across texts */
        assert_found(&h, "two lines", "---x");
        assert_found(&h, "s", "---x"); /* at the very end */
        haystack_done(&h);
        assert_null(h.text);
}

static void what_is_too_long_is_found_by_its_begin(void **state)
{
        struct haystack h = { 0 };
        AUTO_FREE char *text = mem_new0(HAYSTACK_TEXT_MAX + 2, 1);

        (void)state;
        memset(text, 'a', HAYSTACK_TEXT_MAX);
        memcpy(text, "begin", 5);
        text[HAYSTACK_TEXT_MAX] = 'z';
        haystack_add(&h, text);
        haystack_add(&h, "next");
        assert_found(&h, "begin", "x-");
        assert_found(&h, "z", "--");
        assert_found(&h, "next", "-x");
        haystack_done(&h);
}

static void what_is_kept_has_one_number_for_each_text(void **state)
{
        struct haystack h = { 0 };
        char text[32];

        (void)state;
        for (int round = 0; round < 2; round++)
                for (size_t i = 0; i < 1000; i++) {
                        snprintf(text, sizeof(text), round ? "CN=Host%zu" : "cn=host%zu", i);
                        assert_int_equal(haystack_keep(&h, text), i);
                }
        assert_int_equal(h.n, 1000);
        assert_int_equal(haystack_keep(&h, "cn=host"), 1000); /* the begin of others */
        assert_int_equal(haystack_keep(&h, ""), 1001);
        assert_int_equal(haystack_keep(&h, ""), 1001);
        AUTO_FREE uint8_t *found = mem_new0(h.n, 1);

        haystack_find(&h, "host99", found);
        for (size_t i = 0, n = 0; i < h.n; i++) {
                n += found[i];
                if (i + 1 == h.n)
                        assert_int_equal(n, 11); /* 99, 990 to 999 */
        }
        haystack_done(&h);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(texts_are_found_whatever_their_case),
                cmocka_unit_test(what_is_too_long_is_found_by_its_begin),
                cmocka_unit_test(what_is_kept_has_one_number_for_each_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
