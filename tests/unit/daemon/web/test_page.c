/* SPDX-License-Identifier: Apache-2.0 */
/* What all pages have in common. */
#include "daemon/web/page.h"

#include "common/base/cleanup.h"
#include "daemon/web/assets.h"
#include "daemon/web/html.h"
#include "fake_exchange.h"

#define NOW_S 1795910400 /* 2026-11-29T00:00:00Z */

static struct buf out;

static int out_begin(void **state)
{
        (void)state;
        out = BUF_INIT(PAGE_MAX_BYTES);
        return 0;
}

static int out_end(void **state)
{
        (void)state;
        buf_done(&out);
        return 0;
}

static void holds(const char *text)
{
        if (!strstr(buf_str(&out), text))
                fail_msg("no %s in %s", text, buf_str(&out));
}

static void lacks(const char *text)
{
        if (strstr(buf_str(&out), text))
                fail_msg("%s in %s", text, buf_str(&out));
}

static void a_page_says_where_one_is(void **state)
{
        struct web_exchange x = { .path = "/queue", .body = BUF_INIT(PAGE_MAX_BYTES) };

        (void)state;
        page_begin(&out, PAGE_QUEUE, "<Queue>");
        page_end(&x, &out, 200);
        assert_int_equal(x.status, 200);
        assert_string_equal(x.type, "text/html; charset=utf-8");
        assert_non_null(strstr(buf_str(&x.body), "<title>&lt;Queue&gt; - notafter</title>"));
        assert_non_null(strstr(buf_str(&x.body), "<a href=\"/queue\" aria-current=page>Queue</a>"));
        assert_non_null(strstr(buf_str(&x.body), "</html>"));
        buf_done(&x.body);
}

static void a_page_that_is_too_large_is_an_error_and_no_half_page(void **state)
{
        struct web_exchange x = { .body = BUF_INIT(PAGE_MAX_BYTES) };

        (void)state;
        out = BUF_INIT(2000);
        page_begin(&out, PAGE_QUEUE, "Queue");
        for (size_t i = 0; i < 2000; i++)
                html_printf(&out, "%c", '<');
        page_end(&x, &out, 200);
        assert_int_equal(x.status, 500);
        assert_null(strstr(buf_str(&x.body), "<html"));
        buf_done(&x.body);
}

static void a_problem_tells_what_to_do_and_lets_nothing_out(void **state)
{
        json_t *problem = json_pack(
                "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}}", "code", "expired",
                "severity", "error", "title", "certificate has expired", "since",
                "2026-11-28T22:00:00Z", "deadline", "2026-12-09T00:00:00Z", "message",
                "CN=<script>alert(1)</script>", "remedy", "Renew \"it\"", "missing_pem",
                "-----BEGIN <b>\n", "silence", "s<1>", "endpoint", "id", "a&b", "name", "<i>");

        (void)state;
        page_problem(&out, problem, NOW_S);
        holds("<span class=\"badge error\">");
        holds("</svg>critical</span>");
        holds("CN=&lt;script&gt;alert(1)&lt;/script&gt;");
        holds("Renew &quot;it&quot;");
        holds("2 hours ago");
        holds("in 10 days");
        holds("href=\"/endpoint?id=a%26b\">&lt;i&gt;</a>");
        holds("-----BEGIN &lt;b&gt;\n</pre>");
        holds("s&lt;1&gt;");
        lacks("<script");
        lacks("<i>");
        json_decref(problem);
}

static void a_state_that_is_new_is_shown_as_unknown(void **state)
{
        (void)state;
        page_badge(&out, "\"><script>");
        holds("<span class=\"badge unknown\">");
        lacks("<script");
}

static void a_message_and_a_document_name_states_alike(void **state)
{
        (void)state;
        page_badge(&out, "critical");
        holds("<span class=\"badge error\">");
        holds("critical</span>");
}

static void a_pager_keeps_what_was_asked_for(void **state)
{
        struct web_exchange x = { .params = { { "q", "a&b" }, { "offset", "200" },
                                              { "sort", "" } } };
        json_t *doc = json_pack("{s:i, s:i, s:i, s:i}", "total", 1234, "offset", 200, "limit", 100,
                                "next", 300);

        (void)state;
        page_pager(&out, &x, "/endpoints", doc);
        holds("<p>201 to 300 of 1,234</p>");
        holds("<a rel=\"prev\" href=\"/endpoints?q=a%26b&amp;offset=100\">Previous</a>");
        holds("<a rel=\"next\" href=\"/endpoints?q=a%26b&amp;offset=300\">Next</a>");
        json_decref(doc);
}

static void the_first_page_of_a_list_has_no_offset(void **state)
{
        struct web_exchange x = { .params = { { "offset", "50" } } };
        json_t *doc = json_pack("{s:i, s:i, s:i, s:n}", "total", 60, "offset", 50, "limit", 100,
                                "next");

        (void)state;
        page_pager(&out, &x, "/endpoints", doc);
        holds("<p>51 to 60 of 60</p>");
        holds("href=\"/endpoints\"");
        lacks("Next");
        json_decref(doc);
}

static void an_asset_is_fetched_once_and_never_old(void **state)
{
        struct web_exchange x = { .path = "/static/style.css", .body = BUF_INIT(PAGE_MAX_BYTES),
                                  .params = { { "v", asset_hash("style.css") } } };
        struct web_exchange again = { .path = "/static/style.css", .if_none_match = "W/\"x\"" };
        char etag[80];

        (void)state;
        answer_asset(&x);
        assert_int_equal(x.status, 200);
        assert_string_equal(x.type, "text/css; charset=utf-8");
        assert_non_null(strstr(x.headers, "max-age=31536000, immutable\n"));
        assert_non_null(strstr(buf_str(&x.body), "prefers-reduced-motion"));
        buf_done(&x.body);

        again.body = BUF_INIT(PAGE_MAX_BYTES);
        answer_asset(&again);
        assert_int_equal(again.status, 200);
        assert_non_null(strstr(again.headers, "no-cache\n"));
        buf_done(&again.body);

        (void)snprintf(etag, sizeof(etag), "\"%s\"", asset_hash("style.css"));
        again = (struct web_exchange){ .path = "/static/style.css", .if_none_match = etag };
        answer_asset(&again);
        assert_int_equal(again.status, 304);
        assert_int_equal(again.body.len, 0);
}

static void an_asset_that_does_not_exist_is_not_found(void **state)
{
        static const char *const PATHS[] = { "/static/", "/static/../page.c", "/static/x", "/" };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(PATHS); i++) {
                struct web_exchange x = { .path = PATHS[i], .body = BUF_INIT(4096) };

                answer_asset(&x);
                assert_int_equal(x.status, 404);
                buf_done(&x.body);
        }
}

#define page_test(test) cmocka_unit_test_setup_teardown(test, out_begin, out_end)

int main(void)
{
        const struct CMUnitTest tests[] = {
                page_test(a_page_says_where_one_is),
                page_test(a_page_that_is_too_large_is_an_error_and_no_half_page),
                page_test(a_problem_tells_what_to_do_and_lets_nothing_out),
                page_test(a_state_that_is_new_is_shown_as_unknown),
                page_test(a_message_and_a_document_name_states_alike),
                page_test(a_pager_keeps_what_was_asked_for),
                page_test(the_first_page_of_a_list_has_no_offset),
                page_test(an_asset_is_fetched_once_and_never_old),
                page_test(an_asset_that_does_not_exist_is_not_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
