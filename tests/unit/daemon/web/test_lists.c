/* SPDX-License-Identifier: Apache-2.0 */
/* Overview, endpoints, queue and silences, made of the documents in documents.json. */
#include "daemon/web/page.h"

#include "common/base/cleanup.h"
#include "fake_page.h"

static int documents_load(void **state)
{
        (void)state;
        fake_begin(&x, "/", "documents.json");
        return 0;
}

static json_t *document(const char *command)
{
        return json_object_get(x.documents, command);
}

static const char *asked(const char *command, const char *key)
{
        return json_string_value(json_object_get(json_object_get(x.asked, command), key));
}

/* --- overview --------------------------------------------------------------------------------- */

static json_t *counts(void)
{
        return json_object_get(document("health"), "endpoints_total");
}

static void the_overview_begins_with_what_is_worst(void **state)
{
        (void)state;
        answer_overview(&x);
        assert_int_equal(x.status, 200);
        shows("<title>3 critical - notafter</title>");
        shows("<h1>3 endpoints need you now</h1>");
        shows("as of 2026-11-29 00:00 UTC");
        shows("<a href=\"/endpoints?state=failing\"><b>1</b>");
        shows("<b>1,314</b>");
        assert_true(strstr(buf_str(&x.body), "shop.example.com ended 2 h ago") <
                    strstr(buf_str(&x.body), "ldap.example.net ends in 12 days"));
        shows("-----BEGIN CERTIFICATE-----\nMII");
        shows("1 receiver is switched off");
}

static void the_headline_says_how_it_stands(void **state)
{
        static const struct {
                int all, critical, warning, failing, ok;
                const char *headline;
        } ROWS[] = {
                { 9, 1, 1, 1, 6, "<h1>1 endpoint needs you now</h1>" },
                { 9, 0, 2, 1, 6, "<h1>2 endpoints need you soon</h1>" },
                { 9, 0, 0, 1, 8, "<h1>1 endpoint cannot be reached</h1>" },
                { 9, 0, 0, 0, 9, "<h1>All is well</h1>" },
                { 9, 0, 0, 0, 0, "<h1>The first looks are under way</h1>" },
                { 0, 0, 0, 0, 0, "<h1>Nothing is watched yet</h1>" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                json_object_set_new(counts(), "all", json_integer(ROWS[i].all));
                json_object_set_new(counts(), "critical", json_integer(ROWS[i].critical));
                json_object_set_new(counts(), "warning", json_integer(ROWS[i].warning));
                json_object_set_new(counts(), "failing", json_integer(ROWS[i].failing));
                json_object_set_new(counts(), "ok", json_integer(ROWS[i].ok));
                x.status = 0;
                buf_clear(&x.body);
                answer_overview(&x);
                shows(ROWS[i].headline);
        }
}

static void a_daemon_in_trouble_says_so_at_the_top(void **state)
{
        (void)state;
        json_object_set_new(document("health"), "healthy", json_false());
        json_object_set_new(document("health"), "trouble", json_string("a look does not <end>"));
        answer_overview(&x);
        assert_true(strstr(buf_str(&x.body), "in trouble: a look does not &lt;end&gt;") <
                    strstr(buf_str(&x.body), "<h1>"));
}

static void problems_of_one_kind_can_be_picked(void **state)
{
        (void)state;
        x.params[0][0] = "code";
        x.params[0][1] = "expired";
        answer_overview(&x);
        assert_string_equal(asked("problems", "code"), "expired");
        assert_null(asked("health", "code"));
        shows("<a class=\"chip\" href=\"/?code=weak_key#problems\">");
        shows("<a class=\"chip\" href=\"/#problems\" aria-current=true>");
}

static void the_timeline_draws_each_day_and_says_it_in_words(void **state)
{
        (void)state;
        answer_overview(&x);
        shows("<title>2027-02-01: 28 endpoints, 1 critical, 4 warning, 23 well now</title>");
        shows("<td class=\"date\">2027-02-01</td>");
        shows(">13 Dec</text>");
        shows("1 has expired, 1,201 end later, 1 is not known");
        hides("2026-12-01:");
}

static void a_timeline_without_an_end_is_a_sentence(void **state)
{
        (void)state;
        json_array_clear(json_object_get(document("timeline"), "days"));
        answer_overview(&x);
        shows("Nothing ends in this time.");
        hides("class=\"timeline\"");
}

/* --- the lists -------------------------------------------------------------------------------- */

static void endpoints_are_a_list_that_can_be_sorted(void **state)
{
        (void)state;
        x.params[0][0] = "q";
        x.params[0][1] = "\"<b>&";
        x.params[1][0] = "sort";
        x.params[1][1] = "expires";
        answer_endpoints(&x);
        assert_int_equal(x.status, 200);
        assert_string_equal(asked("endpoints", "q"), "\"<b>&");
        shows("value=\"&quot;&lt;b&gt;&amp;\"");
        shows("aria-sort=ascending><a href=\"/endpoints?q=%22%3Cb%3E%26&amp;sort=expires&amp;"
              "order=desc\">Chain ends</a>");
        shows("<a href=\"/endpoints?q=%22%3Cb%3E%26&amp;sort=name\">Endpoint</a>");
        shows("offset=100\">Next</a>");
        shows("<span class=\"muted\">connection refused by 192.0.2.9:443</span>");
        shows("href=\"/endpoints?label=team%3Dshop\">team=shop</a>");
        shows("and 1 more");
        hides("<b>&");
        hides("<img src=x");
}

static void a_press_on_a_column_that_is_turned_round_turns_it_back(void **state)
{
        (void)state;
        x.params[0][0] = "order";
        x.params[0][1] = "desc";
        answer_endpoints(&x);
        shows("aria-sort=descending><a href=\"/endpoints?sort=urgency\">State</a>");
        shows("<a href=\"/endpoints?sort=name\">Endpoint</a>");
}

static void what_narrows_the_list_can_be_taken_away(void **state)
{
        (void)state;
        x.params[0][0] = "label";
        x.params[0][1] = "team=shop";
        x.params[1][0] = "state";
        x.params[1][1] = "error,warning";
        answer_endpoints(&x);
        shows("href=\"/endpoints?state=error%2Cwarning\" aria-current=\"true\">label: team=shop");
        shows("<input type=\"hidden\" name=\"label\" value=\"team=shop\">");
        shows("<option selected>error,warning</option>");
}

static void a_list_without_endpoints_offers_all(void **state)
{
        (void)state;
        json_array_clear(json_object_get(document("endpoints"), "endpoints"));
        json_object_set_new(document("endpoints"), "total", json_integer(0));
        answer_endpoints(&x);
        shows("No endpoint fits. <a href=\"/endpoints\">Show all</a>");
        hides("class=\"pager\"");
}

static void the_queue_says_why_nothing_arrives(void **state)
{
        (void)state;
        answer_queue(&x);
        shows("</svg>switched off</span>");
        shows("the server answered 410 Gone, since <time");
        shows("tries again in 30 s");
        shows("&lt;b&gt;api.example.org&lt;/b&gt;: the name is not in the certificate");
        shows("notafter alert retry");
}

static void silences_say_what_they_hold_back_and_who_wanted_it(void **state)
{
        (void)state;
        answer_silences(&x);
        shows("<span class=\"tag\">code name_mismatch</span>");
        shows("<span class=\"tag\">team=api</span>");
        shows("ticket &lt;4711&gt;");
        shows(">ada</td>");
        shows("data-name=\"until\">for ever</td>");
        shows("<span class=\"tag\">everything</span>");
}

static void a_document_that_cannot_be_had_is_answered_once(void **state)
{
        static const char *const NEEDED[] = { "problems", "health", "timeline" };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(NEEDED); i++) {
                json_t *kept = json_incref(document(NEEDED[i]));

                json_object_del(x.documents, NEEDED[i]);
                x.status = 0;
                answer_overview(&x);
                assert_int_equal(x.status, 404);
                json_object_set_new(x.documents, NEEDED[i], kept);
        }
}

#define page_test(test) cmocka_unit_test_setup_teardown(test, documents_load, documents_free)

int main(void)
{
        const struct CMUnitTest tests[] = {
                page_test(the_overview_begins_with_what_is_worst),
                page_test(the_headline_says_how_it_stands),
                page_test(a_daemon_in_trouble_says_so_at_the_top),
                page_test(problems_of_one_kind_can_be_picked),
                page_test(the_timeline_draws_each_day_and_says_it_in_words),
                page_test(a_timeline_without_an_end_is_a_sentence),
                page_test(endpoints_are_a_list_that_can_be_sorted),
                page_test(a_press_on_a_column_that_is_turned_round_turns_it_back),
                page_test(what_narrows_the_list_can_be_taken_away),
                page_test(a_list_without_endpoints_offers_all),
                page_test(the_queue_says_why_nothing_arrives),
                page_test(silences_say_what_they_hold_back_and_who_wanted_it),
                page_test(a_document_that_cannot_be_had_is_answered_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
