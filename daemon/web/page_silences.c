/* SPDX-License-Identifier: Apache-2.0 */
/* /silences: what is not told although it is known, until when, and who wanted it so. */
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "daemon/web/exchange.h"
#include "daemon/web/html.h"
#include "daemon/web/page.h"
#include "daemon/web/routes.h"

#include <stdint.h>
#include <string.h>

static const struct {
        const char *state, *as, *word;
} STATES[] = {
        { "holds", "info", "holds" },
        { "later", "unknown", "later" },
        { "over", "unknown", "over" },
};

static void put_state(struct buf *b, const char *state)
{
        for (size_t i = 0; i < ARRAY_LEN(STATES); i++)
                if (strcmp(STATES[i].state, state) == 0)
                        page_badge_word(b, STATES[i].as, STATES[i].word);
}

static void put_patterns(struct buf *b, const json_t *match, const char *key, const char *word)
{
        const json_t *patterns = json_object_get(match, key), *pattern;
        size_t i;

        json_array_foreach(patterns, i, pattern)
                html_printf(b, "<span class=\"tag\">%s %s</span> ", word,
                            json_string_value(pattern));
}

/* What it holds back: names, codes, labels, or everything. */
static void put_match(struct buf *b, const json_t *match)
{
        const char *severity = html_text_of(match, "severity"), *key;
        json_t *labels = json_object_get(match, "labels"), *value;

        put_patterns(b, match, "names", "name");
        put_patterns(b, match, "codes", "code");
        json_object_foreach(labels, key, value)
                html_printf(b, "<span class=\"tag\">%s=%s</span> ", key, json_string_value(value));
        if (*severity && strcmp(severity, "any") != 0)
                html_printf(b, "<span class=\"tag\">severity %s</span> ", severity);
        else if (json_array_size(json_object_get(match, "names")) == 0 &&
                 json_array_size(json_object_get(match, "codes")) == 0 &&
                 json_object_size(labels) == 0)
                html_printf(b, "<span class=\"tag\">everything</span> ");
}

/* One without an end lasts until somebody ends it. */
static void put_bound(struct buf *b, const json_t *instant, const char *none, int64_t now_s)
{
        if (json_is_string(instant))
                html_time(b, instant, now_s);
        else
                html_printf(b, "%s", none);
}

static void put_silence(struct buf *b, const json_t *silence, int64_t now_s)
{
        const char *author = html_text_of(silence, "author");

        html_printf(b, "<tr><td>");
        put_state(b, html_text_of(silence, "state"));
        html_printf(b, "</td><td class=\"who\">");
        put_match(b, json_object_get(silence, "match"));
        html_printf(b, "</td><td class=\"wide\">%s</td><td class=\"short\" data-name=\"by\">%s</td>"
                       "<td class=\"date\" data-name=\"from\">", html_text_of(silence, "reason"),
                    *author ? author : "the configuration");
        put_bound(b, json_object_get(silence, "from"), "always", now_s);
        html_printf(b, "</td><td class=\"date\" data-name=\"until\">");
        put_bound(b, json_object_get(silence, "until"), "for ever", now_s);
        html_printf(b, "</td><td class=\"short mono\" data-name=\"id\">%s</td></tr>\n",
                    html_text_of(silence, "id"));
}

static void put_table(struct buf *b, const json_t *doc)
{
        const json_t *silences = json_object_get(doc, "silences"), *silence;
        int64_t now_s = html_instant(json_object_get(doc, "at"));
        size_t i;

        html_printf(b, "<div class=\"table\"><table class=\"cards\"><thead><tr>"
                       "<th scope=\"col\">State</th><th scope=\"col\">Holds back</th>"
                       "<th scope=\"col\">Reason</th><th scope=\"col\">By</th>"
                       "<th scope=\"col\">From</th><th scope=\"col\">Until</th>"
                       "<th scope=\"col\">Id</th></tr></thead><tbody>\n");
        json_array_foreach(silences, i, silence)
                put_silence(b, silence, now_s);
        html_printf(b, "</tbody></table></div>\n");
}

void answer_silences(struct web_exchange *x)
{
        struct buf b = BUF_INIT(PAGE_MAX_BYTES);
        json_t *doc = web_ask(x, "silences");

        if (!doc)
                return;
        page_begin(&b, PAGE_SILENCES, "Silences");
        html_printf(&b, "<h1>Silences</h1>\n<section class=\"panel\" aria-label=\"Silences\">\n");
        if (json_array_size(json_object_get(doc, "silences")) > 0)
                put_table(&b, doc);
        else
                html_printf(&b, "<p class=\"empty\">None: everything is told.</p>\n");
        html_printf(&b, "</section>\n<p class=\"note\">To hold something back: "
                        "<code>notafter silence add</code>; to end that: "
                        "<code>notafter silence expire ID</code>.</p>\n");
        page_end(x, &b, 200);
        json_decref(doc);
}
