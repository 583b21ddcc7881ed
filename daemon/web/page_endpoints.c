/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /endpoints: all of them, to be searched, narrowed down and sorted. Everything is in the address,
 * so a list can be kept as a bookmark or sent to somebody.
 */
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "daemon/web/exchange.h"
#include "daemon/web/html.h"
#include "daemon/web/page.h"
#include "daemon/web/routes.h"

#include <inttypes.h>
#include <string.h>

#define PATH "/endpoints"

static const char *const STATES[] = { "error", "warning", "failing", "unknown", "ok" };

/* What is kept while one searches, and shown as something to take away. */
static const char *const NARROWED[] = { "code", "label", "certificate" };

/* Columns: some can be sorted by. */
static const struct {
        const char *name, *sort, *css;
} COLUMNS[] = {
        { "State", "urgency", "" },
        { "Endpoint", "name", "" },
        { "What is wrong", NULL, "" },
        { "Chain ends", "expires", "date" },
        { "Last look", "last_probe", "date" },
};

static const char *param_or(const struct web_exchange *x, const char *name, const char *standard)
{
        const char *value = web_param(x, name);

        return value && *value ? value : standard;
}

/* --- the form --------------------------------------------------------------------------------- */

static void put_kept(struct buf *b, const struct web_exchange *x, const char *name)
{
        const char *value = param_or(x, name, NULL);

        if (value)
                html_printf(b, "<input type=\"hidden\" name=\"%s\" value=\"%s\">", name, value);
}

/* A choice of one state; several (state=error,warning) are a choice of their own. */
static void put_states(struct buf *b, const struct web_exchange *x)
{
        const char *chosen = param_or(x, "state", "");
        bool known = !*chosen;

        html_printf(b, "<label>State <select name=\"state\"><option value=\"\">any</option>");
        for (size_t i = 0; i < ARRAY_LEN(STATES); i++) {
                bool on = strcmp(chosen, STATES[i]) == 0;

                known = known || on;
                html_printf(b, "<option value=\"%s\"%s>%s</option>", STATES[i],
                            on ? " selected" : "", page_state_word(STATES[i]));
        }
        if (!known)
                html_printf(b, "<option selected>%s</option>", chosen);
        html_printf(b, "</select></label>\n");
}

static void put_form(struct buf *b, const struct web_exchange *x)
{
        html_printf(b, "<form class=\"filter\" action=\"" PATH "\" method=\"get\" role=\"search\">"
                       "<label class=\"search\">Search <input type=\"search\" name=\"q\" "
                       "value=\"%s\" maxlength=\"200\" placeholder=\"name, target, subject, "
                       "key=value\" autocomplete=\"off\" spellcheck=\"false\"></label>\n",
                    param_or(x, "q", ""));
        put_states(b, x);
        for (size_t i = 0; i < ARRAY_LEN(NARROWED); i++)
                put_kept(b, x, NARROWED[i]);
        put_kept(b, x, "sort");
        put_kept(b, x, "order");
        html_printf(b, "<button type=\"submit\">Search</button></form>\n");
}

static void put_narrowed(struct buf *b, const struct web_exchange *x)
{
        html_printf(b, "<ul class=\"chips\">");
        for (size_t i = 0; i < ARRAY_LEN(NARROWED); i++) {
                const char *value = param_or(x, NARROWED[i], NULL);

                if (!value)
                        continue;

                AUTO_FREE char *url = page_url_with(x, PATH, NARROWED[i], NULL);

                html_printf(b, "<li><a class=\"chip\" href=\"%s\" aria-current=\"true\">"
                               "%s: %.*s <span class=\"hidden\">(remove)</span></a></li>",
                            url, NARROWED[i], 60, value);
        }
        html_printf(b, "</ul>\n");
}

/* --- the table -------------------------------------------------------------------------------- */

/* A press on the column by which it is sorted turns the order round. */
static void put_sort(struct buf *b, const struct web_exchange *x, size_t column, bool turn)
{
        AUTO_FREE char *url = turn ? page_url_with(x, PATH, "order", "desc")
                                   : page_url_sorted(x, PATH, COLUMNS[column].sort);

        html_printf(b, "<a href=\"%s\">%s</a>", url, COLUMNS[column].name);
}

static void put_head(struct buf *b, const struct web_exchange *x)
{
        const char *chosen = param_or(x, "sort", "urgency");
        bool descending = strcmp(param_or(x, "order", "asc"), "desc") == 0;

        html_printf(b, "<thead><tr>");
        for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++) {
                const char *sort = COLUMNS[i].sort;
                bool on = sort && strcmp(chosen, sort) == 0;

                html_printf(b, "<th scope=\"col\" class=\"%s\"%s%s>", COLUMNS[i].css,
                            on ? " aria-sort=" : "",
                            !on ? "" : descending ? "descending" : "ascending");
                if (sort)
                        put_sort(b, x, i, on && !descending);
                else
                        html_printf(b, "%s", COLUMNS[i].name);
                html_printf(b, "</th>");
        }
        html_printf(b, "</tr></thead>\n");
}

static void put_labels(struct buf *b, const json_t *labels)
{
        const char *key;
        json_t *value;

        json_object_foreach((json_t *)(uintptr_t)labels, key, value) {
                struct buf label = BUF_INIT(1024);

                buf_printf(&label, "%s=%s", key, json_string_value(value));

                AUTO_FREE char *url = html_url_component(buf_str(&label));

                html_printf(b, " <a class=\"tag\" href=\"" PATH "?label=%s\">%s</a>", url,
                            buf_str(&label));
                buf_done(&label);
        }
}

static void put_wrong(struct buf *b, const json_t *endpoint)
{
        const json_t *problems = json_object_get(endpoint, "problems");
        const json_t *worst = json_array_get(problems, 0);
        size_t n = json_array_size(problems);
        const char *error = html_text_of(endpoint, "last_error");

        if (worst) {
                html_printf(b, "%s", html_text_of(worst, "title"));
                if (n > 1)
                        html_printf(b, " <span class=\"muted\">and %zu more</span>", n - 1);
                if (*html_text_of(worst, "silence"))
                        html_printf(b, " <span class=\"tag\">silenced</span>");
        } else if (*error) {
                html_printf(b, "<span class=\"muted\">%s</span>", error);
        }
}

static void put_row(struct buf *b, const json_t *endpoint, int64_t now_s)
{
        const char *name = html_text_of(endpoint, "name"), *target = html_text_of(endpoint,
                                                                                  "target");

        html_printf(b, "<tr><td>");
        page_badge(b, html_text_of(endpoint, "severity"));
        html_printf(b, "</td><td class=\"who\">");
        page_endpoint_link(b, endpoint);
        if (strcmp(name, target) != 0)
                html_printf(b, " <span class=\"muted target\">%s</span>", target);
        put_labels(b, json_object_get(endpoint, "labels"));
        html_printf(b, "</td><td class=\"wide\">");
        put_wrong(b, endpoint);
        html_printf(b, "</td><td class=\"date\" data-name=\"ends\">");
        html_time(b, json_object_get(endpoint, "expires"), now_s);
        html_printf(b, "</td><td class=\"date\" data-name=\"seen\">");
        html_time(b, json_object_get(endpoint, "last_probe"), now_s);
        html_printf(b, "</td></tr>\n");
}

static void put_list(struct buf *b, const struct web_exchange *x, const json_t *doc)
{
        const json_t *endpoints = json_object_get(doc, "endpoints"), *endpoint;
        int64_t now_s = html_instant(json_object_get(doc, "at"));
        size_t i;

        html_printf(b, "<section class=\"panel\" id=\"results\" aria-label=\"Endpoints found\">\n");
        if (json_array_size(endpoints) > 0) {
                html_printf(b, "<div class=\"table\"><table class=\"cards\">");
                put_head(b, x);
                html_printf(b, "<tbody>\n");
                json_array_foreach(endpoints, i, endpoint)
                        put_row(b, endpoint, now_s);
                html_printf(b, "</tbody></table></div>\n");
        } else {
                html_printf(b, "<p class=\"empty\">No endpoint fits. "
                               "<a href=\"" PATH "\">Show all</a></p>\n");
        }
        page_pager(b, x, PATH, doc);
        html_printf(b, "</section>\n");
}

void answer_endpoints(struct web_exchange *x)
{
        struct buf b = BUF_INIT(PAGE_MAX_BYTES);
        json_t *doc = web_ask(x, "endpoints");

        if (!doc)
                return;
        page_begin(&b, PAGE_ENDPOINTS, "Endpoints");
        html_printf(&b, "<h1>Endpoints</h1>\n");
        put_form(&b, x);
        put_narrowed(&b, x);
        put_list(&b, x, doc);
        page_end(x, &b, 200);
        json_decref(doc);
}
