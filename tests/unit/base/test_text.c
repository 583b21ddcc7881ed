/* SPDX-License-Identifier: Apache-2.0 */
/* Foreign bytes: what may be shown as it is, and what becomes \xNN. */
#include "tests/unit/base/unit.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/text.h"

#include <stdlib.h>
#include <string.h>

#define BYTES(s) (s), sizeof(s) - 1

static void foreign_bytes_are_escaped_one_by_one(void **state)
{
        static const struct {
                const char *bytes;
                size_t n;
                const char *shown;
        } ROWS[] = {
                { BYTES(""), "" },
                { BYTES("plain ASCII, with \\ and \"quotes\""),
                  "plain ASCII, with \\ and \"quotes\"" },
                { BYTES("a\0b"), "a\\x00b" },
                { BYTES("\t\n\r\x1b[31m"), "\\x09\\x0A\\x0D\\x1B[31m" },
                { BYTES("\x7f"), "\\x7F" },
                /* valid sequences, at both ends of each length */
                { BYTES("\xc2\xa0\xc3\xa9\xdf\xbf"), "\xc2\xa0\xc3\xa9\xdf\xbf" },
                { BYTES("\xe0\xa0\x80\xe2\x82\xac\xef\xbf\xbf"),
                  "\xe0\xa0\x80\xe2\x82\xac\xef\xbf\xbf" },
                { BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
                { BYTES("\xed\x9f\xbf\xee\x80\x80"), "\xed\x9f\xbf\xee\x80\x80" },
                /* overlong */
                { BYTES("\xc0\x80"), "\\xC0\\x80" },
                { BYTES("\xc1\xbf"), "\\xC1\\xBF" },
                { BYTES("\xe0\x80\xaf"), "\\xE0\\x80\\xAF" },
                { BYTES("\xe0\x9f\xbf"), "\\xE0\\x9F\\xBF" },
                { BYTES("\xf0\x8f\xbf\xbf"), "\\xF0\\x8F\\xBF\\xBF" },
                /* surrogates, and past the end of Unicode */
                { BYTES("\xed\xa0\x80"), "\\xED\\xA0\\x80" },
                { BYTES("\xed\xbf\xbf"), "\\xED\\xBF\\xBF" },
                { BYTES("\xf4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80" },
                { BYTES("\xf8\x88\x80\x80\x80"), "\\xF8\\x88\\x80\\x80\\x80" },
                { BYTES("\xff\xfe"), "\\xFF\\xFE" },
                /* broken off, and what follows is shown again */
                { BYTES("\xe2\x82"), "\\xE2\\x82" },
                { BYTES("\xe2\x82z"), "\\xE2\\x82z" },
                { BYTES("\xc3"), "\\xC3" },
                { BYTES("\x80z"), "\\x80z" },
                { BYTES("\xc3\xc3\xa9"), "\\xC3\xc3\xa9" },
                /* C1, bidirectional overrides, separators, byte order mark */
                { BYTES("\xc2\x80\xc2\x9b"), "\\xC2\\x80\\xC2\\x9B" },
                { BYTES("\xd8\x9c"), "\\xD8\\x9C" },
                { BYTES("\xe2\x80\x8e"), "\\xE2\\x80\\x8E" },
                { BYTES("\xe2\x80\x8f"), "\\xE2\\x80\\x8F" },
                { BYTES("\xe2\x80\xa8"), "\\xE2\\x80\\xA8" },
                { BYTES("\xe2\x80\xa9"), "\\xE2\\x80\\xA9" },
                { BYTES("\xe2\x80\xae" "moc"), "\\xE2\\x80\\xAEmoc" },
                { BYTES("\xe2\x81\xa6"), "\\xE2\\x81\\xA6" },
                { BYTES("\xe2\x81\xa9"), "\\xE2\\x81\\xA9" },
                { BYTES("\xef\xbb\xbf"), "\\xEF\\xBB\\xBF" },
                /* their neighbours are harmless */
                { BYTES("\xe2\x80\xa7\xe2\x80\xaf"), "\xe2\x80\xa7\xe2\x80\xaf" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *shown = text_escaped(ROWS[i].bytes, ROWS[i].n);

                assert_string_equal(shown, ROWS[i].shown);
        }
}

/* Slow and obvious: is the code point at @s one that must be hidden? Up to 3 bytes long. */
static size_t reference(const unsigned char *s)
{
        unsigned cp, len;

        if (s[0] < 0x80)
                return s[0] >= 0x20 && s[0] != 0x7f;
        if (s[0] >= 0xc2 && s[0] <= 0xdf && s[1] >= 0x80 && s[1] <= 0xbf) {
                cp = (s[0] - 0xc0U) * 64 + (s[1] - 0x80U);
                len = 2;
        } else if (s[0] >= 0xe0 && s[0] <= 0xef && s[1] >= 0x80 && s[1] <= 0xbf && s[2] >= 0x80 &&
                   s[2] <= 0xbf) {
                cp = (s[0] - 0xe0U) * 4096 + (s[1] - 0x80U) * 64 + (s[2] - 0x80U);
                len = 3;
                if (cp < 0x800 || (cp >= 0xd800 && cp < 0xe000))
                        return 0;
        } else {
                return 0;
        }
        return cp < 0xa0 || cp == 0x61c || cp == 0x200e || cp == 0x200f ||
               (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff
                       ? 0 : len;
}

static void every_two_and_three_byte_sequence_is_judged_as_rfc_3629_says(void **state)
{
        unsigned char s[3];

        (void)state;
        for (unsigned a = 0; a < 0xf0; a++)
                for (unsigned b = 0; b < 256; b++)
                        for (unsigned c = 0x7e; c < 0xc2; c++) {
                                s[0] = (unsigned char)a;
                                s[1] = (unsigned char)b;
                                s[2] = (unsigned char)c;
                                if (text_printable((const char *)s, 3) != reference(s))
                                        fail_msg("%02x %02x %02x", a, b, c);
                        }
}

static void nothing_is_printable_in_no_bytes(void **state)
{
        (void)state;
        assert_int_equal(text_printable("a", 0), 0);
        assert_int_equal(text_printable("\xe2\x82\xac", 2), 0);
        assert_int_equal(text_printable("\xe2\x82\xac", 3), 3);
}

static void escaping_into_a_full_buffer_leaves_valid_text(void **state)
{
        (void)state;
        for (size_t max = 1; max < 20; max++) {
                struct buf b = BUF_INIT(max);

                text_escape(&b, BYTES("\xe2\x82\xac\x01\xc3\xa9\xf0\x9f\x94\x92\xe2\x82\xac"));
                for (size_t i = 0; i < b.len;) {
                        size_t len = text_printable(b.data + i, b.len - i);

                        assert_int_not_equal(len, 0);
                        i += len;
                }
                assert_int_equal(b.full, max < 16);
                buf_done(&b);
        }
}

static void folding_knows_ascii_only(void **state)
{
        (void)state;
        for (int c = -128; c < 128; c++) {
                bool upper = c >= 'A' && c <= 'Z';

                assert_int_equal(text_lower((char)c), (char)(upper ? c + 32 : c));
        }
        assert_true(text_ieq("", ""));
        assert_true(text_ieq("Example.COM", "eXAMPLE.com"));
        assert_false(text_ieq("example.com", "example.co"));
        assert_false(text_ieq("example.co", "example.com"));
        assert_false(text_ieq("@", "`")); /* 32 apart, as letters are */
        assert_false(text_ieq("[", "{"));
        assert_false(text_ieq("\xc3\x89", "\xc3\xa9"));
}

static void patterns_fit_a_whole_text(void **state)
{
        static const struct {
                const char *pattern, *text;
                bool fits;
        } ROWS[] = {
                { "", "", true },           { "", "a", false },
                { "a", "", false },         { "*", "", true },
                { "**", "", true },         { "?", "", false },
                { "web", "web", true },     { "web", "web1", false },
                { "web", "Web", false },    { "web-*", "web-1", true },
                { "web-*", "web-", true },  { "*-1", "web-1", true },
                { "*-1", "web-12", false }, { "a*b*c", "aXbYbZc", true },
                { "a*b*c", "aXcYb", false }, { "*ab", "aab", true },
                { "a?c", "abc", true },     { "a?c", "ac", false },
                { "[::1]:443", "[::1]:443", true }, { "[a]", "a", false },
                { "*a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                if (text_fits(ROWS[i].pattern, ROWS[i].text) != ROWS[i].fits)
                        fail_msg("\"%s\" and \"%s\"", ROWS[i].pattern, ROWS[i].text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(foreign_bytes_are_escaped_one_by_one),
                cmocka_unit_test(every_two_and_three_byte_sequence_is_judged_as_rfc_3629_says),
                cmocka_unit_test(nothing_is_printable_in_no_bytes),
                cmocka_unit_test(escaping_into_a_full_buffer_leaves_valid_text),
                cmocka_unit_test(folding_knows_ascii_only),
                cmocka_unit_test(patterns_fit_a_whole_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
