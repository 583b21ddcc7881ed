/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One endpoint: first what is wrong and what to do, then how it is known, then what was before. All
 * of it is the document `endpoint`, in its order of urgency.
 */

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "daemon/web/bars.h"
#include "daemon/web/chain_draw.h"
#include "daemon/web/html.h"
#include "daemon/web/page.h"
#include "daemon/web/parts.h"
#include "daemon/web/routes.h"

#include <inttypes.h>
#include <string.h>

/* --- the head --------------------------------------------------------------------------------- */

/* Up to the end of its first sentence. */
static int first_sentence(const char *text)
{
        for (size_t i = 0; text[i]; i++)
                if (strchr(".;", text[i]) && (text[i + 1] == ' ' || text[i + 1] == '\0'))
                        return (int)i;
        return (int)strlen(text);
}

static void put_worst(struct buf *b, const json_t *problems)
{
        const json_t *worst = json_array_get(problems, 0);
        const char *title = html_text_of(worst, "title"), *remedy = html_text_of(worst, "remedy");
        size_t n = json_array_size(problems);

        html_printf(b, "<strong>");
        part_sentence(b, title);
        html_printf(b, "</strong> %.*s.", first_sentence(remedy), remedy);
        if (n > 1)
                html_printf(b, " <span class=\"muted\">And %zu more.</span>", n - 1);
}

/* What is the matter in one line, and what to do. */
static void put_headline(struct buf *b, const json_t *endpoint, int64_t now_s)
{
        const json_t *problems = json_object_get(endpoint, "problems");
        const char *state = html_text_of(endpoint, "severity");

        html_printf(b, "<p class=\"verdict %s\">", state);
        if (strcmp(state, "error") == 0 || strcmp(state, "warning") == 0) {
                put_worst(b, problems);
        } else if (strcmp(state, "failing") == 0) {
                html_printf(b, "<strong>It did not answer the last time.</strong> %s",
                            html_text_of(endpoint, "last_error"));
        } else if (strcmp(state, "ok") == 0) {
                html_printf(b, "<strong>All is well.</strong> What it serves works until ");
                part_date(b, json_object_get(endpoint, "expires"));
                html_printf(b, ", ");
                html_time(b, json_object_get(endpoint, "expires"), now_s);
                html_printf(b, ".");
        } else {
                html_printf(b, "<strong>It has not been looked at yet.</strong>");
        }
        html_printf(b, "</p>\n");
}

static void put_moment(struct buf *b, const char *name, const json_t *at, int64_t now_s)
{
        html_printf(b, "<div><dt>%s</dt><dd>", name);
        html_time(b, at, now_s);
        html_printf(b, "</dd></div>");
}

static void put_labels(struct buf *b, const json_t *labels)
{
        const char *key;
        json_t *value;

        if (json_object_size(labels) == 0)
                return;
        html_printf(b, "<ul class=\"chips\" aria-label=\"Labels\">");
        json_object_foreach((json_t *)labels, key, value) { /* the macro wants no const */
                AUTO_FREE char *name = html_url_component(key);
                AUTO_FREE char *text = html_url_component(json_string_value(value));

                html_printf(b, "<li><a class=\"tag\" href=\"/endpoints?label=%s%%3D%s\">%s=%s"
                               "</a></li>", name, text, key, json_string_value(value));
        }
        html_printf(b, "</ul>\n");
}

static void put_head(struct buf *b, const json_t *doc, int64_t now_s)
{
        const json_t *endpoint = json_object_get(doc, "endpoint");

        html_printf(b, "<header class=\"subject\"><h1>%s</h1>", html_text_of(endpoint, "name"));
        page_badge(b, html_text_of(endpoint, "severity"));
        html_printf(b, "<p class=\"mono muted\">%s</p></header>\n",
                    html_text_of(endpoint, "target"));
        put_headline(b, endpoint, now_s);
        html_printf(b, "<dl class=\"strip\">");
        put_moment(b, "Expires", json_object_get(endpoint, "expires"), now_s);
        put_moment(b, "Last look", json_object_get(endpoint, "last_probe"), now_s);
        put_moment(b, "Last answer", json_object_get(endpoint, "last_success"), now_s);
        put_moment(b, "Next look", json_object_get(json_object_get(doc, "settings"), "next_probe"),
                   now_s);
        html_printf(b, "</dl>\n");
        put_labels(b, json_object_get(endpoint, "labels"));
}

/* --- what is, and what it should be ----------------------------------------------------------- */

static void put_problems(struct buf *b, const json_t *problems, int64_t now_s)
{
        size_t i;
        json_t *problem;

        if (json_array_size(problems) == 0)
                return;
        html_printf(b, "<section class=\"panel\"><h2>%s</h2>\n",
                    json_array_size(problems) > 1 ? "Problems" : "Problem");
        json_array_foreach(problems, i, problem)
                page_problem(b, problem, now_s);
        html_printf(b, "</section>\n");
}

static void put_chain_file(struct buf *b, const json_t *doc)
{
        AUTO_FREE char *id = html_url_component(
                html_text_of(json_object_get(doc, "endpoint"), "id"));
        const char *pem = html_text_of(doc, "chain_pem");

        if (!*pem)
                return;
        html_printf(b, "<details><summary>The chain to serve, as a file</summary>"
                    "<p class=\"note\">Server certificate first, then its intermediates in order, "
                    "without the root. <a href=\"/chain.pem?id=%s\" download>Download it</a></p>",
                    id);
        page_pem(b, "The chain to serve", pem);
        html_printf(b, "</details>\n");
}

static void put_chain(struct buf *b, const json_t *doc, int64_t now_s)
{
        const json_t *report = json_object_get(doc, "report");

        if (!json_is_object(report) &&
            !*html_text_of(json_object_get(doc, "endpoint"), "certificate_sha256"))
                return;
        html_printf(b, "<section class=\"panel\"><h2>Chain</h2>\n");
        if (!json_is_object(report)) {
                html_printf(b, "<p class=\"empty\">The chain is not known here: one that would "
                               "take long to judge is not kept. 'notafter check' shows it.</p>"
                               "</section>\n");
                return;
        }
        chain_draw(b, report, now_s);
        put_chain_file(b, doc);
        html_printf(b, "</section>\n");
}

static void put_certificates(struct buf *b, const json_t *report, int64_t now_s)
{
        if (!json_is_object(report))
                return;
        html_printf(b, "<section class=\"panel\"><h2>Validity</h2>\n");
        bars_validity(b, report, now_s);
        html_printf(b, "</section>\n<section class=\"panel\"><h2>Certificates as served</h2>\n");
        part_certificates(b, report, now_s);
        html_printf(b, "</section>\n");
}

static void put_connection(struct buf *b, const json_t *endpoint)
{
        const json_t *c = json_object_get(endpoint, "connection");

        if (strncmp(html_text_of(endpoint, "target"), "file:", 5) == 0)
                return; /* nobody connects to a file */
        html_printf(b, "<section class=\"panel\"><h2>Connection</h2>\n");
        if (!json_is_object(c)) {
                html_printf(b, "<p class=\"empty\">It has not answered since the start.</p>"
                               "</section>\n");
                return;
        }
        bars_timing(b, json_object_get(c, "seconds"));
        html_printf(b, "<dl class=\"facts\">");
        part_fact(b, "Address", html_text_of(c, "address"));
        part_fact(b, "Protocol", html_text_of(c, "protocol"));
        part_fact(b, "Cipher", html_text_of(c, "cipher"));
        part_fact(b, "Key exchange", html_text_of(c, "group"));
        part_fact(b, "Post-quantum",
                 json_is_true(json_object_get(c, "post_quantum")) ? "yes" : "no");
        part_fact(b, "ALPN", html_text_of(c, "alpn"));
        part_fact(b, "OCSP staple", html_text_of(c, "staple"));
        html_printf(b, "</dl></section>\n");
}

/* --- the page --------------------------------------------------------------------------------- */

void answer_endpoint(struct web_exchange *x)
{
        json_t *doc = web_ask(x, "endpoint");
        struct buf b = BUF_INIT(PAGE_MAX_BYTES);

        if (!doc)
                return;

        const json_t *endpoint = json_object_get(doc, "endpoint");
        int64_t now_s = html_instant(json_object_get(doc, "at"));

        page_begin(&b, PAGE_ENDPOINTS, html_text_of(endpoint, "name"));
        put_head(&b, doc, now_s);
        put_problems(&b, json_object_get(endpoint, "problems"), now_s);
        html_printf(&b, "<div class=\"pair chain-pair\">\n");
        put_chain(&b, doc, now_s);
        put_connection(&b, endpoint);
        html_printf(&b, "</div>\n");
        put_certificates(&b, json_object_get(doc, "report"), now_s);
        part_past(&b, doc, now_s);
        html_printf(&b, "<div class=\"pair\">\n");
        part_looks(&b, doc, now_s);
        part_settings(&b, doc);
        html_printf(&b, "</div>\n");
        page_end(x, &b, 200);
        json_decref(doc);
}
