/* SPDX-License-Identifier: Apache-2.0 */
/* The server certificates that are shown, and one of them with all who show it. */
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "daemon/web/exchange.h"
#include "daemon/web/html.h"
#include "daemon/web/page.h"
#include "daemon/web/parts.h"
#include "daemon/web/routes.h"

#include <inttypes.h>

/* --- all of them ------------------------------------------------------------------------------ */

static void put_search(struct buf *b, const struct web_exchange *x)
{
        const char *q = web_param(x, "q");

        html_printf(b, "<form class=\"filter\" role=\"search\" action=\"/certificates\">"
                       "<label class=\"search\">Search<input type=\"search\" name=\"q\" "
                       "value=\"%s\" placeholder=\"name or SHA-256\"></label>"
                       "<button>Search</button></form>\n", q ? q : "");
}

static void put_summary(struct buf *b, const json_t *c, int64_t now_s)
{
        int64_t n = json_integer_value(json_object_get(c, "endpoints"));

        html_printf(b, "<tr><td>");
        page_badge(b, html_text_of(c, "worst"));
        html_printf(b, "</td><td class=\"who\">");
        part_certificate_link(b, c);
        html_printf(b, "</td><td class=\"date\" data-name=\"Expires\">");
        html_time(b, json_object_get(c, "expires"), now_s);
        html_printf(b, "</td><td class=\"num\" data-name=\"Endpoints\">");
        html_count(b, n);
        html_printf(b, "</td><td class=\"wide\">");
        page_endpoint_link(b, json_object_get(c, "example"));
        html_printf(b, "</td></tr>\n");
}

static void put_list(struct buf *b, const struct web_exchange *x, const json_t *doc, int64_t now_s)
{
        const json_t *list = json_object_get(doc, "certificates");
        size_t i;
        json_t *c;

        if (json_array_size(list) == 0) {
                html_printf(b, "<p class=\"empty\">%s</p>\n",
                            web_param(x, "q") ? "No certificate fits."
                                              : "No certificate has been seen yet.");
                return;
        }
        html_printf(b, "<div class=\"table\"><table class=\"cards\"><thead><tr>"
                       "<th scope=\"col\">Worst</th>"
                       "<th scope=\"col\">Certificate</th>"
                       "<th scope=\"col\" aria-sort=\"ascending\">Expires</th>"
                       "<th scope=\"col\" class=\"num\">Endpoints</th>"
                       "<th scope=\"col\">One of them</th></tr></thead><tbody>");
        json_array_foreach(list, i, c)
                put_summary(b, c, now_s);
        html_printf(b, "</tbody></table></div>\n");
}

void answer_certificates(struct web_exchange *x)
{
        json_t *doc = web_ask(x, "certificates");
        struct buf b = BUF_INIT(PAGE_MAX_BYTES);

        if (!doc)
                return;
        page_begin(&b, PAGE_CERTIFICATES, "Certificates");
        html_printf(&b, "<h1>Certificates</h1>\n");
        put_search(&b, x);
        html_printf(&b, "<section class=\"panel\">");
        put_list(&b, x, doc, html_instant(json_object_get(doc, "at")));
        page_pager(&b, x, "/certificates", doc);
        html_printf(&b, "</section>\n");
        page_end(x, &b, 200);
        json_decref(doc);
}

/* --- one of them ------------------------------------------------------------------------------ */

/* Its name, and what is to be known at once. */
static void put_head(struct buf *b, const json_t *doc, int64_t now_s)
{
        const json_t *c = json_object_get(doc, "certificate");
        int64_t n = json_integer_value(json_object_get(doc, "endpoints_total"));

        html_printf(b, "<header class=\"subject\"><h1>%s</h1><p class=\"muted\">Certificate by %s"
                       "</p></header>\n<dl class=\"strip\"><div><dt>Expires</dt><dd>",
                    html_text_of(c, "label"), html_text_of(c, "issuer"));
        html_time(b, json_object_get(c, "not_after"), now_s);
        html_printf(b, "</dd></div><div><dt>First seen</dt><dd>");
        html_time(b, json_object_get(doc, "first_seen"), now_s);
        html_printf(b, "</dd></div><div><dt>Shown by</dt><dd>");
        html_count(b, n);
        html_printf(b, " %s</dd></div></dl>\n", n == 1 ? "endpoint" : "endpoints");
}

static void put_endpoint(struct buf *b, const json_t *e, int64_t now_s)
{
        html_printf(b, "<tr><td>");
        page_badge(b, html_text_of(e, "severity"));
        html_printf(b, "</td><td class=\"who\">");
        page_endpoint_link(b, e);
        html_printf(b, "</td><td class=\"wide mono muted\">%s</td>"
                       "<td class=\"date\" data-name=\"Expires\">",
                    html_text_of(e, "target"));
        html_time(b, json_object_get(e, "expires"), now_s);
        html_printf(b, "</td></tr>\n");
}

static void put_endpoints(struct buf *b, const json_t *doc, int64_t now_s)
{
        const json_t *list = json_object_get(doc, "endpoints");
        int64_t total = json_integer_value(json_object_get(doc, "endpoints_total"));
        size_t i;
        json_t *e;

        html_printf(b, "<section class=\"panel\"><h2>Endpoints that show it</h2>\n");
        if (json_array_size(list) == 0) {
                html_printf(b, "<p class=\"empty\">None shows it now.</p></section>\n");
                return;
        }
        html_printf(b, "<div class=\"table\"><table class=\"cards\"><thead><tr>"
                       "<th scope=\"col\">State</th>"
                       "<th scope=\"col\">Endpoint</th><th scope=\"col\">Target</th>"
                       "<th scope=\"col\">Expires</th></tr></thead><tbody>");
        json_array_foreach(list, i, e)
                put_endpoint(b, e, now_s);
        html_printf(b, "</tbody></table></div>");
        if (total > (int64_t)json_array_size(list)) {
                html_printf(b, "<p><a href=\"/endpoints?certificate=%s\">All ",
                            html_text_of(json_object_get(doc, "certificate"), "sha256"));
                html_count(b, total);
                html_printf(b, "</a></p>");
        }
        html_printf(b, "</section>\n");
}

static void put_earlier(struct buf *b, const json_t *list, int64_t now_s)
{
        size_t i;
        json_t *e;

        if (json_array_size(list) == 0)
                return;
        html_printf(b, "<section class=\"panel\"><h2>Endpoints that showed it before</h2>\n"
                       "<div class=\"table\"><table class=\"cards\"><thead><tr>"
                       "<th scope=\"col\">Endpoint</th>"
                       "<th scope=\"col\">Last seen there</th></tr></thead><tbody>");
        json_array_foreach(list, i, e) {
                AUTO_FREE char *id = html_url_component(html_text_of(e, "id"));

                html_printf(b, "<tr><td class=\"wide\"><a class=\"name\" "
                               "href=\"/endpoint?id=%s\">%s</a></td><td class=\"date\">", id,
                            html_text_of(e, "id"));
                html_time(b, json_object_get(e, "last_seen"), now_s);
                html_printf(b, "</td></tr>\n");
        }
        html_printf(b, "</tbody></table></div></section>\n");
}

void answer_certificate(struct web_exchange *x)
{
        json_t *doc = web_ask(x, "certificate");
        struct buf b = BUF_INIT(PAGE_MAX_BYTES);

        if (!doc)
                return;

        const json_t *c = json_object_get(doc, "certificate");
        int64_t now_s = html_instant(json_object_get(doc, "at"));

        page_begin(&b, PAGE_CERTIFICATES, html_text_of(c, "label"));
        put_head(&b, doc, now_s);
        put_endpoints(&b, doc, now_s);
        html_printf(&b, "<section class=\"panel\"><h2>Certificate</h2>\n");
        part_certificate(&b, c, now_s);
        html_printf(&b, "</section>\n");
        put_earlier(&b, json_object_get(doc, "earlier"), now_s);
        page_end(x, &b, 200);
        json_decref(doc);
}
