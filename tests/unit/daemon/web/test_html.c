/* SPDX-License-Identifier: Apache-2.0 */
/* HTML out of texts that strangers wrote. */
#include "daemon/web/html.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW_S 1795910400 /* 2026-11-29T00:00:00Z */

#define assert_html(expected, ...)                                                                 \
        do {                                                                                       \
                struct buf b_ = BUF_INIT(4096);                                                    \
                html_printf(&b_, __VA_ARGS__);                                                     \
                assert_string_equal(buf_str(&b_), expected);                                       \
                buf_done(&b_);                                                                     \
        } while (0)

static void what_html_reads_is_escaped(void **state)
{
        (void)state;
        assert_html("<b title=\"&quot;&#39;\">&lt;/b&gt;&amp;amp;</b>", "<b title=\"%s\">%s</b>",
                    "\"'", "</b>&amp;");
        assert_html("&lt;", "%c", '<');
        assert_html("&lt;s", "%.*s", 2, "<script>");
        assert_html("", "%s%s", "", json_string_value(NULL));
}

static void what_cannot_be_seen_is_shown(void **state)
{
        (void)state;
        assert_html("a\\x0Ab\\x00", "%s%s", "a\nb", "\\x00");
        assert_html("\\xE2\\x80\\xAEgro.elpmaxe", "%s", "\xe2\x80\xaegro.elpmaxe");
        assert_html("\\xFF\xc3\xa4", "%s", "\xff\xc3\xa4");
}

static void numbers_are_printed_as_printf_does(void **state)
{
        (void)state;
        assert_html("-1 2 3 -4 5 100%", "%d %u %zu %" PRId64 " %lu %d%%", -1, 2u, (size_t)3,
                    INT64_C(-4), 5ul, 100);
        assert_html("1.5 007", "%.1f %03d", 1.49999, 7);
        assert_html("-9223372036854775808", "%lld", -9223372036854775807ll - 1);

        struct buf b = BUF_INIT(4096);

        html_printf(&b, "%.3f", 1e308);
        assert_int_equal(b.len, 309 + 4);
        buf_done(&b);
}

static void lines_stay_lines(void **state)
{
        struct buf b = BUF_INIT(4096);

        (void)state;
        html_lines(&b, "<a>\r\n\n b\x1b[0m\n");
        assert_string_equal(buf_str(&b), "&lt;a&gt;\n\n b\\x1B[0m\n");
        buf_done(&b);
}

static void counts_have_commas(void **state)
{
        static const struct {
                int64_t n;
                const char *text;
        } ROWS[] = {
                { 0, "0" },
                { 999, "999" },
                { 1000, "1,000" },
                { 1234567, "1,234,567" },
                { -1000, "-1,000" },
                { INT64_MIN, "-9,223,372,036,854,775,808" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct buf b = BUF_INIT(64);

                html_count(&b, ROWS[i].n);
                assert_string_equal(buf_str(&b), ROWS[i].text);
                buf_done(&b);
        }
}

static void a_component_of_a_url_holds_no_delimiter(void **state)
{
        AUTO_FREE char *url = html_url_component("smtp://a b:25?q=\xc3\xa4&\"<+%");

        (void)state;
        assert_string_equal(url, "smtp%3A%2F%2Fa%20b%3A25%3Fq%3D%C3%A4%26%22%3C%2B%25");
}

static void a_date_is_told_from_now_and_in_full(void **state)
{
        static const struct {
                const char *instant, *text;
        } ROWS[] = {
                { "2026-11-29T00:00:00Z", "now" },
                { "2026-11-29T00:00:01Z", "in 1 second" },
                { "2026-11-29T01:59:00Z", "in 1 hour" },
                { "2026-11-30T23:00:00Z", "in 47 hours" },
                { "2026-12-11T05:00:00Z", "in 12 days" },
                { "2126-12-11T00:00:00Z", "in 100 years" },
                { "2026-11-28T23:58:30Z", "1 minute ago" },
                { "2026-11-26T00:00:00Z", "3 days ago" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct buf b = BUF_INIT(4096), expected = BUF_INIT(4096);
                json_t *instant = json_string(ROWS[i].instant);

                html_time(&b, instant, NOW_S);
                html_printf(&expected, "<time datetime=\"%s\" title=\"%.*s %.*s UTC\">%s</time>",
                            ROWS[i].instant, 10, ROWS[i].instant, 5, ROWS[i].instant + 11,
                            ROWS[i].text);
                assert_string_equal(buf_str(&b), buf_str(&expected));
                json_decref(instant);
                buf_done(&expected);
                buf_done(&b);
        }
}

static void a_date_that_is_not_known_is_a_dash(void **state)
{
        struct buf b = BUF_INIT(4096);

        (void)state;
        html_time(&b, NULL, NOW_S);
        assert_string_equal(buf_str(&b), "<span class=\"none\">&ndash;</span>");
        assert_int_equal(html_instant(NULL), 0);
        assert_string_equal(html_text_of(NULL, "x"), "");
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_html_reads_is_escaped),
                cmocka_unit_test(what_cannot_be_seen_is_shown),
                cmocka_unit_test(numbers_are_printed_as_printf_does),
                cmocka_unit_test(lines_stay_lines),
                cmocka_unit_test(counts_have_commas),
                cmocka_unit_test(a_component_of_a_url_holds_no_delimiter),
                cmocka_unit_test(a_date_is_told_from_now_and_in_full),
                cmocka_unit_test(a_date_that_is_not_known_is_a_dash),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
