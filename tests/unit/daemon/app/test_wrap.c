/* SPDX-License-Identifier: Apache-2.0 */
/* Paragraphs, and what is known of the terminal. */
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "daemon/app/wrap.h"

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

static void check_wrapped(const char *text, size_t indent, size_t width, const char *expected)
{
        struct buf out = BUF_INIT(4096);

        wrap_text(&out, text, indent, width);
        assert_string_equal(buf_str(&out), expected);
        buf_done(&out);
}

static void lines__are_broken_at_spaces(void **state)
{
        (void)state;
        check_wrapped("one two three", 0, 7, "one two\nthree\n");
        check_wrapped("one two three", 2, 9, "one two\n  three\n");
        check_wrapped("one two three", 0, 100, "one two three\n");
        check_wrapped("", 4, 10, "\n");
}

static void a_long_word__stays_whole(void **state)
{
        (void)state;
        check_wrapped("a bbbbbbbbbbbb c", 1, 5, "a\n bbbbbbbbbbbb\n c\n");
}

static void columns__are_characters(void **state)
{
        (void)state;
        assert_int_equal(wrap_columns("gr\xc3\xbc\xc3\x9f"), 4);
        check_wrapped("\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4", 0, 5,
                      "\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4\n");
}

static void a_file__is_no_terminal(void **state)
{
        FILE *f = tmpfile();

        (void)state;
        setenv("LC_ALL", "C.UTF-8", 1);
        unsetenv("COLUMNS");
        struct terminal t = terminal_of(f);

        assert_false(t.colour);
        assert_false(t.utf8);
        assert_int_equal(t.width, 100);
        assert_int_equal(t.height, 0);
        setenv("COLUMNS", "50", 1);
        assert_int_equal(terminal_of(f).width, 50);
        fclose(f);
}

static void a_cell__keeps_both_ends(void **state)
{
        static const struct {
                const char *text, *cell;
        } ROWS[] = {
                { "abc", "abc   |" },
                { "abcdef", "abcdef|" },
                { "abcdefghij", "abc\xe2\x80\xa6ij|" },
                { "\xc3\xa4\xc3\xa4\xc3\xa4xyz\xc3\xb6\xc3\xb6",
                  "\xc3\xa4\xc3\xa4\xc3\xa4\xe2\x80\xa6\xc3\xb6\xc3\xb6|" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct buf out = BUF_INIT(256);

                wrap_cell(&out, ROWS[i].text, 6);
                buf_puts(&out, "|");
                assert_string_equal(buf_str(&out), ROWS[i].cell);
                buf_done(&out);
        }
}

static void a_clipped_line__keeps_its_colours(void **state)
{
        static const struct {
                const char *line, *clipped;
        } ROWS[] = {
                { "abcd\nnext", "abcd" },
                { "abcde", "abc\xe2\x80\xa6" },
                { "\033[31mabcdefg\033[0m\n", "\033[31mabc\xe2\x80\xa6\033[0m" },
                { "ab\033[1mcd\033[0m", "ab\033[1mcd\033[0m" },
                { "a\033", "a\033" },
                { "", "" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct buf out = BUF_INIT(256);

                assert_int_equal(wrap_clip(&out, ROWS[i].line, 4), strcspn(ROWS[i].line, "\n"));
                assert_string_equal(buf_str(&out), ROWS[i].clipped);
                buf_done(&out);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lines__are_broken_at_spaces),
                cmocka_unit_test(a_long_word__stays_whole),
                cmocka_unit_test(columns__are_characters),
                cmocka_unit_test(a_file__is_no_terminal),
                cmocka_unit_test(a_cell__keeps_both_ends),
                cmocka_unit_test(a_clipped_line__keeps_its_colours),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
