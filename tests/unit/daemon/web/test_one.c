/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of one endpoint and of certificates, made of the documents in one.json. */
#include "daemon/web/page.h"

#include "common/base/cleanup.h"
#include "fake_page.h"

static int documents_load(void **state)
{
        (void)state;
        fake_begin(&x, "/endpoint", "one.json");
        return 0;
}

static json_t *part(const char *document, const char *key)
{
        return json_object_get(json_object_get(x.documents, document), key);
}

static void set(json_t *doc, const char *key, const char *text)
{
        json_object_set_new(doc, key, text ? json_string(text) : json_null());
}

/* --- an endpoint ------------------------------------------------------------------------------ */

static void an_endpoint_begins_with_what_to_do(void **state)
{
        (void)state;
        answer_endpoint(&x);
        assert_int_equal(x.status, 200);
        shows("<h1>incomplete</h1>");
        shows("<p class=\"verdict error\"><strong>Intermediate is not sent.</strong> Append Demo "
              "Intermediate right after certificate 1 (incomplete.demo.test) of the chain file.");
        assert_true(strstr(buf_str(&x.body), "class=\"problem error\"") <
                    strstr(buf_str(&x.body), "<svg class=\"chain "));
        shows("href=\"/endpoints?label=env%3Da%20b\">env=a b</a>");
        shows("href=\"/chain.pem?id=incomplete\" download");
        shows("not sent: add it here");
        shows("/etc/notafter/notafter.yaml:60");
}

static void an_endpoint_shows_what_was_before(void **state)
{
        (void)state;
        answer_endpoint(&x);
        shows("<td class=\"date\" data-name=\"Ended\">open</td>");
        shows("title=\"2026-10-25 00:00 UTC\"");
        shows("<span class=\"tag\">shown now</span>");
        shows(">old.demo.test</a> <span class=\"muted\">O=Example\\, Inc.</span>");
        shows("handshake-timeout</td><td></td><td class=\"num none\">&ndash;</td>");
}

static void one_that_is_well_says_until_when(void **state)
{
        json_t *endpoint = part("endpoint", "endpoint");

        (void)state;
        set(endpoint, "severity", "ok");
        set(endpoint, "expires", "2027-01-23T00:00:00Z");
        json_array_clear(json_object_get(endpoint, "problems"));
        answer_endpoint(&x);
        shows("<strong>All is well.</strong> What it serves works until "
              "<span class=\"date\">2027-01-23</span>, <time");
        hides("<article class=\"problem");
}

static void one_that_never_answered_has_little_to_show(void **state)
{
        json_t *doc = json_object_get(x.documents, "endpoint");
        json_t *endpoint = part("endpoint", "endpoint");
        static const char *const NOTHING[] = { "report", "chain_pem" };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(NOTHING); i++)
                set(doc, NOTHING[i], NULL);
        json_array_clear(json_object_get(doc, "certificates"));
        json_array_clear(json_object_get(doc, "history"));
        json_array_clear(json_object_get(doc, "looks"));
        set(endpoint, "connection", NULL);
        set(endpoint, "severity", "failing");
        set(endpoint, "last_error", "connection refused");
        answer_endpoint(&x);
        assert_int_equal(x.status, 200);
        shows("<strong>It did not answer the last time.</strong> connection refused");
        shows("It has not answered since the start.");
        shows("The chain is not known here");
        hides("<svg class=\"chain ");
        hides("Validity");
}

static void one_that_never_had_a_certificate_has_no_chain(void **state)
{
        (void)state;
        set(json_object_get(x.documents, "endpoint"), "report", NULL);
        set(part("endpoint", "endpoint"), "certificate_sha256", NULL);
        answer_endpoint(&x);
        hides("<h2>Chain</h2>");
}

static void several_problems_are_counted(void **state)
{
        json_t *problems = json_object_get(part("endpoint", "endpoint"), "problems");

        (void)state;
        json_array_append(problems, json_array_get(problems, 0));
        answer_endpoint(&x);
        shows("And 1 more.");
        shows("<h2>Problems</h2>");
}

static void nothing_that_is_foreign_is_markup(void **state)
{
        json_t *endpoint = part("endpoint", "endpoint");
        json_t *settings = part("endpoint", "settings");
        json_t *cert = json_array_get(json_object_get(part("endpoint", "report"), "chain"), 0);
        static const char *const TEXTS[] = { "subject", "issuer", "label", "serial", "sha256",
                                             "key", "signature", "pem", "text" };

        (void)state;
        set(endpoint, "name", "<i>name");
        set(endpoint, "target", "<i>target");
        set(endpoint, "id", "\"><i>");
        json_object_clear(json_object_get(endpoint, "labels"));
        set(json_object_get(endpoint, "labels"), "<i>", "<i>");
        set(settings, "server_name", "<i>");
        set(settings, "file", "<i>");
        for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++)
                set(cert, TEXTS[i], "<i>\" onload=");
        json_array_append_new(json_object_get(cert, "names"), json_string("<i>"));
        answer_endpoint(&x);
        assert_int_equal(x.status, 200);
        hides("<i>");
        hides("\" onload=");
        shows("&lt;i&gt;target");
}

static void a_document_without_its_parts_ends_nothing(void **state)
{
        json_t *doc = json_object_get(x.documents, "endpoint");
        const char *key;
        json_t *value;
        void *next;

        (void)state;
        json_object_foreach_safe(doc, next, key, value) {
                json_t *kept = json_incref(value);
                char name[32];

                (void)snprintf(name, sizeof(name), "%s", key);
                json_object_set_new(doc, name, json_object());
                answer_endpoint(&x);
                assert_int_equal(x.status, 200);
                json_object_set_new(doc, name, kept);
                x.status = 0;
        }
}

/* --- certificates ----------------------------------------------------------------------------- */

static void certificates_are_a_list_that_leads_on(void **state)
{
        (void)state;
        x.params[0][0] = "q";
        x.params[0][1] = "\"<i>";
        answer_certificates(&x);
        assert_int_equal(x.status, 200);
        shows("value=\"&quot;&lt;i&gt;\"");
        shows("href=\"/certificate?sha256=");
        shows("1 to 2 of ");
        shows("rel=\"next\" href=\"/certificates?q=%22%3Ci%3E&amp;offset=2\"");
}

static void a_search_without_result_says_so(void **state)
{
        (void)state;
        json_array_clear(part("certificates", "certificates"));
        json_object_set_new(json_object_get(x.documents, "certificates"), "total", json_integer(0));
        answer_certificates(&x);
        shows("No certificate has been seen yet.");
        x.status = 0;
        x.params[0][0] = "q";
        x.params[0][1] = "x";
        answer_certificates(&x);
        shows("No certificate fits.");
}

static void a_certificate_names_who_shows_it(void **state)
{
        (void)state;
        answer_certificate(&x);
        assert_int_equal(x.status, 200);
        shows("<h1>incomplete.demo.test</h1>");
        shows("href=\"/endpoint?id=incomplete\">incomplete</a>");
        shows("href=\"/endpoint?id=was-here\">was-here</a>");
        shows("-----BEGIN CERTIFICATE-----\n");
        hides("endpoints?certificate=");
}

static void a_certificate_of_many_names_some(void **state)
{
        (void)state;
        json_object_set_new(json_object_get(x.documents, "certificate"), "endpoints_total",
                            json_integer(5000));
        answer_certificate(&x);
        shows("5,000 endpoints");
        shows("/endpoints?certificate=");
}

#define page_test(f) cmocka_unit_test_setup_teardown(f, documents_load, documents_free)

int main(void)
{
        const struct CMUnitTest tests[] = {
                page_test(an_endpoint_begins_with_what_to_do),
                page_test(an_endpoint_shows_what_was_before),
                page_test(one_that_is_well_says_until_when),
                page_test(one_that_never_answered_has_little_to_show),
                page_test(one_that_never_had_a_certificate_has_no_chain),
                page_test(several_problems_are_counted),
                page_test(nothing_that_is_foreign_is_markup),
                page_test(a_document_without_its_parts_ends_nothing),
                page_test(certificates_are_a_list_that_leads_on),
                page_test(a_search_without_result_says_so),
                page_test(a_certificate_names_who_shows_it),
                page_test(a_certificate_of_many_names_some),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
