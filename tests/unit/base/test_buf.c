/* SPDX-License-Identifier: Apache-2.0 */
/* The buffer that has a limit: what fits is kept, what does not is known. */
#include "tests/unit/base/unit.h"

#include "common/base/buf.h"

#include <stdlib.h>
#include <string.h>

static void an_empty_buffer_is_an_empty_string(void **state)
{
        struct buf b = BUF_INIT(10);

        (void)state;
        assert_string_equal(buf_str(&b), "");
        buf_puts(&b, "");
        assert_string_equal(buf_str(&b), "");
        assert_int_equal(b.len, 0);
        assert_false(b.full);
        buf_done(&b);
}

static void appended_bytes_are_followed_by_a_nul_that_is_not_counted(void **state)
{
        struct buf b = BUF_INIT(100);

        (void)state;
        buf_append(&b, "a\0b", 3);
        buf_printf(&b, "%d-%s", 42, "x");
        assert_int_equal(b.len, 7);
        assert_memory_equal(b.data, "a\0b42-x", 8);
        buf_done(&b);
}

static void a_buffer_may_be_filled_to_the_last_byte(void **state)
{
        struct buf b = BUF_INIT(8);

        (void)state;
        buf_puts(&b, "1234");
        buf_puts(&b, "5678");
        assert_string_equal(buf_str(&b), "12345678");
        assert_false(b.full);
        buf_puts(&b, "");
        assert_false(b.full);
        buf_done(&b);
}

static void what_does_not_fit_is_cut_and_reported(void **state)
{
        struct buf b = BUF_INIT(8);

        (void)state;
        buf_puts(&b, "123456");
        buf_printf(&b, "%s", "789");
        assert_string_equal(buf_str(&b), "12345678");
        assert_int_equal(b.len, 8);
        assert_true(b.full);
        buf_puts(&b, "0");
        assert_string_equal(buf_str(&b), "12345678");
        buf_done(&b);
}

/* A message that is cut must stay a string that JSON accepts. */
static void text_is_never_cut_inside_a_character(void **state)
{
        static const struct {
                const char *text;
                size_t max;
                const char *kept;
        } ROWS[] = {
                { "ab\xc3\xa9", 4, "ab\xc3\xa9" },
                { "ab\xc3\xa9", 3, "ab" },
                { "a\xe2\x82\xac", 4, "a\xe2\x82\xac" },
                { "a\xe2\x82\xac", 3, "a" },
                { "a\xe2\x82\xac", 2, "a" },
                { "a\xe2\x82\xac", 1, "a" },
                { "\xf0\x9f\x94\x92z", 4, "\xf0\x9f\x94\x92" },
                { "\xf0\x9f\x94\x92z", 3, "" },
                { "\xf0\x9f\x94\x92z", 1, "" },
                { "\x80\x80\x80\x80\x80\x80", 5, "\x80\x80" }, /* no text: up to three bytes less */
        };

        (void)state;
        for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
                struct buf b = BUF_INIT(ROWS[i].max);

                buf_puts(&b, ROWS[i].text);
                assert_string_equal(buf_str(&b), ROWS[i].kept);
                assert_int_equal(b.full, strlen(ROWS[i].text) > ROWS[i].max);
                buf_done(&b);
        }
}

static void a_large_buffer_grows_to_its_limit_and_no_further(void **state)
{
        enum { LIMIT = 100000 };
        struct buf b = BUF_INIT(LIMIT);

        (void)state;
        for (int i = 0; i < LIMIT; i++)
                buf_append(&b, &"0123456789"[i % 10], 1);
        assert_false(b.full);
        assert_int_equal(b.len, LIMIT);
        assert_int_equal(b.data[LIMIT - 1], '9');
        assert_int_equal(b.data[LIMIT], '\0');
        buf_append(&b, "x", 1);
        assert_true(b.full);
        assert_int_equal(b.len, LIMIT);
        buf_done(&b);
}

static void stealing_moves_the_text_out_and_keeps_the_limit(void **state)
{
        struct buf b = BUF_INIT(3);

        (void)state;
        buf_puts(&b, "abcd");
        char *text = buf_steal(&b);

        assert_string_equal(text, "abc");
        assert_int_equal(b.len, 0);
        assert_false(b.full);
        assert_int_equal(b.max_bytes, 3);
        buf_puts(&b, "wxyz");
        assert_string_equal(buf_str(&b), "wxy");
        assert_string_equal(text, "abc");
        free(text);
        buf_done(&b);
}

static void stealing_nothing_gives_an_empty_string(void **state)
{
        struct buf b = BUF_INIT(3);
        char *text = buf_steal(&b);

        (void)state;
        assert_string_equal(text, "");
        free(text);
        buf_done(&b);
}

static void clearing_forgets_the_bytes_and_that_they_did_not_fit(void **state)
{
        struct buf b = BUF_INIT(3);

        (void)state;
        buf_clear(&b);
        buf_puts(&b, "abcd");
        buf_clear(&b);
        assert_string_equal(buf_str(&b), "");
        assert_false(b.full);
        buf_puts(&b, "xy");
        assert_string_equal(buf_str(&b), "xy");
        buf_done(&b);
        assert_string_equal(buf_str(&b), "");
        buf_puts(&b, "usable");
        assert_string_equal(buf_str(&b), "usa");
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_empty_buffer_is_an_empty_string),
                cmocka_unit_test(appended_bytes_are_followed_by_a_nul_that_is_not_counted),
                cmocka_unit_test(a_buffer_may_be_filled_to_the_last_byte),
                cmocka_unit_test(what_does_not_fit_is_cut_and_reported),
                cmocka_unit_test(text_is_never_cut_inside_a_character),
                cmocka_unit_test(a_large_buffer_grows_to_its_limit_and_no_further),
                cmocka_unit_test(stealing_moves_the_text_out_and_keeps_the_limit),
                cmocka_unit_test(stealing_nothing_gives_an_empty_string),
                cmocka_unit_test(clearing_forgets_the_bytes_and_that_they_did_not_fit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
