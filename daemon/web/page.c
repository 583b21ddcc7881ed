/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in page.h. */
#include "daemon/web/page.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/web/assets.h"
#include "daemon/web/exchange.h"
#include "daemon/web/html.h"
#include "daemon/web/parts.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define URL_MAX_BYTES 16384 /* more than any request that is let in */

static const struct {
        const char *path, *name;
} PLACES[] = {
        [PAGE_OVERVIEW] = { "/", "Overview" },
        [PAGE_ENDPOINTS] = { "/endpoints", "Endpoints" },
        [PAGE_CERTIFICATES] = { "/certificates", "Certificates" },
        [PAGE_QUEUE] = { "/queue", "Queue" },
        [PAGE_SILENCES] = { "/silences", "Silences" },
};

/* A state is told three times: in colour, by the shape of its sign, and by its word. */
static const struct state {
        const char *state, *word, *sign; /* the path of a 16 by 16 drawing */
} STATES[] = {
        { "error", "critical", "M5 1h6l4 4v6l-4 4H5l-4-4V5zM5 6.4 6.6 8 5 9.6 6.4 11 8 9.4 9.6 11"
                               " 11 9.6 9.4 8 11 6.4 9.6 5 8 6.6 6.4 5z" },
        { "warning", "warning", "M8 1 15.5 15H.5zM7.1 6v4.6h1.8V6zm0 5.7v1.8h1.8v-1.8z" },
        { "info", "info", "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zM7.1 7v5h1.8V7zm0-3v1.8h1.8V4z" },
        { "failing", "failing", "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zM4 7v2h8V7z" },
        { "unknown", "unknown", "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm0 2a5 5 0 1 0 0 10A5 5 0 0 0 8"
                                " 3z" },
        { "ok", "ok", "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zM4.9 7 3.5 8.4 7 11.9l5.6-5.6L11.2 4.9"
                      " 7 9.1z" },
};

/* By the name it has in a document, or by the word that people read, as in messages. */
static const struct state *state_of(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(STATES); i++)
                if (strcmp(STATES[i].state, name) == 0 || strcmp(STATES[i].word, name) == 0)
                        return &STATES[i];
        return state_of("unknown");
}

static void put_navigation(struct buf *b, enum page_place place)
{
        html_printf(b, "<nav aria-label=\"Pages\"><ul>");
        for (size_t i = 0; i < ARRAY_LEN(PLACES); i++)
                html_printf(b, "<li><a href=\"%s\"%s>%s</a></li>", PLACES[i].path,
                            i == place ? " aria-current=page" : "", PLACES[i].name);
        html_printf(b, "</ul></nav>");
}

void page_begin(struct buf *b, enum page_place place, const char *title)
{
        html_printf(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n"
                       "<title>%s - notafter</title>\n", title);
        html_printf(b, "<link rel=\"icon\" type=\"image/svg+xml\" href=\"/static/icon.svg?v=%s\">\n"
                       "<link rel=\"stylesheet\" href=\"/static/style.css?v=%s\">\n"
                       "<script src=\"/static/page.js?v=%s\"></script>\n</head>\n",
                    asset_hash("icon.svg"), asset_hash("style.css"), asset_hash("page.js"));
        html_printf(b, "<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n"
                       "<header class=\"top\"><a class=\"brand\" href=\"/\">"
                       "<img src=\"/static/icon.svg?v=%s\" alt=\"\" width=\"22\" height=\"22\">"
                       "notafter</a>", asset_hash("icon.svg"));
        put_navigation(b, place);
        html_printf(b, "<button type=\"button\" id=\"theme\" hidden>Theme</button></header>\n"
                       "<main id=\"main\" tabindex=\"-1\">\n");
}

void page_end(struct web_exchange *x, struct buf *b, int status)
{
        html_printf(b, "</main>\n<footer class=\"foot\"><p>notafter %s</p><ul>"
                       "<li><a href=\"/api/v1/openapi.yaml\">API</a></li>"
                       "<li><a href=\"/metrics\">Metrics</a></li>"
                       "<li><a href=\"/calendar.ics\">Calendar</a></li></ul></footer>\n"
                       "</body>\n</html>\n", NOTAFTER_VERSION);
        if (b->full) {
                buf_done(b);
                web_fail(x, 500, "This page would be too large. Ask for less at a time.");
                return;
        }
        web_reply(x, status, "text/html; charset=utf-8", b);
}

void page_error(struct web_exchange *x, int status, const char *sentence)
{
        struct buf b = BUF_INIT(PAGE_MAX_BYTES);
        const char *title = status == 404 ? "Not found" : status < 500 ? "Cannot be shown"
                            : "Out of order";

        page_begin(&b, PAGE_ELSEWHERE, title);
        html_printf(&b, "<h1>%s</h1>\n<p>", title);
        if (*sentence >= 'a' && *sentence <= 'z')
                part_sentence(&b, sentence); /* a document's words, which are no sentence yet */
        else
                html_printf(&b, "%s", sentence);
        html_printf(&b, "</p>\n<p><a href=\"/\">Go to the overview</a></p>\n");
        page_end(x, &b, status);
}

void page_badge_word(struct buf *b, const char *state, const char *word)
{
        const struct state *s = state_of(state);

        html_printf(b, "<span class=\"badge %s\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\">"
                       "<path fill-rule=\"evenodd\" d=\"%s\"/></svg>%s</span>",
                    s->state, s->sign, word);
}

void page_badge(struct buf *b, const char *state)
{
        page_badge_word(b, state, page_state_word(state));
}

const char *page_state_word(const char *state)
{
        return state_of(state)->word;
}

void page_endpoint_link(struct buf *b, const json_t *endpoint)
{
        AUTO_FREE char *id = html_url_component(html_text_of(endpoint, "id"));

        html_printf(b, "<a class=\"name\" href=\"/endpoint?id=%s\">%s</a>", id,
                    html_text_of(endpoint, "name"));
}

void page_certificate_link(struct buf *b, const char *sha256, const char *text)
{
        AUTO_FREE char *hash = html_url_component(sha256);

        html_printf(b, "<a class=\"name\" href=\"/certificate?sha256=%s\">%s</a>", hash, text);
}

void page_pem(struct buf *b, const char *caption, const char *pem)
{
        html_printf(b, "<figure class=\"pem\"><figcaption>%s "
                       "<button type=\"button\" class=\"copy\" hidden>Copy</button></figcaption>"
                       "<pre tabindex=\"0\" aria-label=\"%s\">", caption, caption);
        html_lines(b, pem);
        html_printf(b, "</pre></figure>\n");
}

/* "mail.example.com: certificate has expired", or at the endpoint itself the title alone. */
static void put_problem_name(struct buf *b, const json_t *problem)
{
        const json_t *endpoint = json_object_get(problem, "endpoint");

        html_printf(b, "<h3>");
        if (endpoint) {
                page_endpoint_link(b, endpoint);
                html_printf(b, " <span class=\"title\">%s</span>", html_text_of(problem, "title"));
        } else {
                html_printf(b, "%s", html_text_of(problem, "title"));
        }
        html_printf(b, "</h3>");
}

static void put_problem_head(struct buf *b, const json_t *problem, int64_t now_s)
{
        const json_t *deadline = json_object_get(problem, "deadline");

        html_printf(b, "<header>");
        page_badge(b, html_text_of(problem, "severity"));
        put_problem_name(b, problem);
        html_printf(b, "<p class=\"when\">");
        if (html_instant(deadline) > now_s) {
                html_printf(b, "due ");
                html_time(b, deadline, now_s);
                html_printf(b, ", ");
        }
        html_printf(b, "opened ");
        html_time(b, json_object_get(problem, "since"), now_s);
        html_printf(b, "</p></header>\n");
}

static void put_problem_notes(struct buf *b, const json_t *problem, int64_t now_s)
{
        const json_t *flapping = json_object_get(problem, "flapping");
        const char *silence = html_text_of(problem, "silence");

        if (*silence)
                html_printf(b, "<p class=\"note\">Held back by the silence "
                               "<a href=\"/silences\">%s</a>.</p>", silence);
        if (json_is_object(flapping)) {
                html_printf(b, "<p class=\"note\">It comes and goes; now it is %s, since ",
                            page_state_word(html_text_of(flapping, "now")));
                html_time(b, json_object_get(flapping, "since"), now_s);
                html_printf(b, ".</p>\n");
        }
}

void page_problem(struct buf *b, const json_t *problem, int64_t now_s)
{
        const char *evidence = html_text_of(problem, "evidence");
        const char *remedy = html_text_of(problem, "remedy");
        const char *pem = html_text_of(problem, "missing_pem");

        html_printf(b, "<article class=\"problem %s\">",
                    state_of(html_text_of(problem, "severity"))->state);
        put_problem_head(b, problem, now_s);
        html_printf(b, "<p class=\"message\">%s</p>\n", html_text_of(problem, "message"));
        if (*remedy)
                html_printf(b, "<p class=\"remedy\"><strong>To do</strong> %s</p>\n", remedy);
        put_problem_notes(b, problem, now_s);
        if (*pem)
                page_pem(b, "Append this to the chain that the server sends", pem);
        if (*evidence)
                html_printf(b, "<p class=\"evidence\"><strong>Seen</strong> %s</p>\n", evidence);
        html_printf(b, "</article>\n");
}

/* The parameters of a request, but for some, as the beginning of a query. */
struct query {
        struct buf text;
        const char *const *without; /* ends with NULL */
};

static void put_param(struct buf *b, const char *name, const char *value)
{
        AUTO_FREE char *escaped_name = html_url_component(name);
        AUTO_FREE char *escaped = html_url_component(value);

        buf_printf(b, "%c%s=%s", b->len ? '&' : '?', escaped_name, escaped);
}

static void add_param(const char *name, const char *value, void *arg)
{
        struct query *q = arg;
        bool kept = *value;

        for (size_t i = 0; q->without[i]; i++)
                kept = kept && strcmp(name, q->without[i]) != 0;
        if (kept)
                put_param(&q->text, name, value);
}

static char *url_of(const struct web_exchange *x, const char *path, const char *const *without,
                    const char *name, const char *value)
{
        struct query q = { .text = BUF_INIT(URL_MAX_BYTES), .without = without };

        web_params(x, add_param, &q);
        if (value)
                put_param(&q.text, name, value);

        char *url = mem_printf("%s%s", path, buf_str(&q.text));

        buf_done(&q.text);
        return url;
}

char *page_url_with(const struct web_exchange *x, const char *path, const char *name,
                    const char *value)
{
        return url_of(x, path, (const char *const[]){ name, "offset", NULL }, name, value);
}

char *page_url_sorted(const struct web_exchange *x, const char *path, const char *sort)
{
        static const char *const WITHOUT[] = { "sort", "order", "offset", NULL };

        return url_of(x, path, WITHOUT, "sort", sort);
}

static void put_step(struct buf *b, const struct web_exchange *x, const char *path, int64_t offset,
                     const char *rel)
{
        char number[32];

        (void)snprintf(number, sizeof(number), "%" PRId64, offset);

        AUTO_FREE char *url = page_url_with(x, path, "offset", offset ? number : NULL);

        html_printf(b, "<a rel=\"%s\" href=\"%s\">%s</a>", rel, url,
                    rel[0] == 'p' ? "Previous" : "Next");
}

void page_pager(struct buf *b, const struct web_exchange *x, const char *path, const json_t *doc)
{
        int64_t total = json_integer_value(json_object_get(doc, "total"));
        int64_t offset = json_integer_value(json_object_get(doc, "offset"));
        int64_t limit = json_integer_value(json_object_get(doc, "limit"));
        const json_t *next = json_object_get(doc, "next");

        if (total == 0)
                return;
        html_printf(b, "<nav class=\"pager\" aria-label=\"Pages of this list\"><p>");
        html_count(b, offset < total ? offset + 1 : total);
        html_printf(b, " to ");
        html_count(b, json_is_integer(next) ? json_integer_value(next) : total);
        html_printf(b, " of ");
        html_count(b, total);
        html_printf(b, "</p>");
        if (offset > 0)
                put_step(b, x, path, offset > limit ? offset - limit : 0, "prev");
        if (json_is_integer(next))
                put_step(b, x, path, json_integer_value(next), "next");
        html_printf(b, "</nav>\n");
}
