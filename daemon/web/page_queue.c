/* SPDX-License-Identifier: Apache-2.0 */
/* /queue: who is told, what waits to be told, and what could not be. */
#include "common/base/buf.h"
#include "common/cert/json_text.h"
#include "daemon/web/exchange.h"
#include "daemon/web/html.h"
#include "daemon/web/page.h"
#include "daemon/web/routes.h"

#include <inttypes.h>
#include <string.h>

#define LETTERS "100" /* of each kind */

/* States of a receiver: the colour that they have, and what they mean to people. */
static const struct {
        const char *state, *as, *word;
} STATES[] = {
        { "ready", "ok", "ready" },
        { "sending", "ok", "sending" },
        { "resting", "warning", "resting" },
        { "disabled", "error", "switched off" },
        { "unconfigured", "unknown", "no longer configured" },
};

static void put_state(struct buf *b, const char *state)
{
        for (size_t i = 0; i < sizeof(STATES) / sizeof(*STATES); i++)
                if (strcmp(STATES[i].state, state) == 0) {
                        page_badge_word(b, STATES[i].as, STATES[i].word);
                        return;
                }
        page_badge_word(b, "unknown", state);
}

static int64_t number(const json_t *doc, const char *key)
{
        return json_integer_value(json_object_get(doc, key));
}

static void put_why(struct buf *b, const json_t *receiver, int64_t now_s)
{
        const char *reason = html_text_of(receiver, "disabled_reason");

        if (*reason) {
                html_printf(b, "%s, since ", reason);
                html_time(b, json_object_get(receiver, "disabled_since"), now_s);
        } else {
                html_printf(b, "%s", html_text_of(receiver, "last_error"));
        }
        if (json_is_integer(json_object_get(receiver, "rests_s")))
                html_printf(b, " <span class=\"muted\">tries again in %" PRId64 " s</span>",
                            number(receiver, "rests_s"));
}

static void put_receiver(struct buf *b, const json_t *receiver, int64_t now_s)
{
        html_printf(b, "<tr><td>");
        put_state(b, html_text_of(receiver, "state"));
        html_printf(b, "</td><td class=\"who\"><span class=\"name\">%s</span></td>"
                       "<td class=\"num\" data-name=\"waiting\">",
                    html_text_of(receiver, "receiver"));
        html_count(b, number(receiver, "waiting"));
        html_printf(b, "</td><td class=\"num\" data-name=\"given up\">");
        html_count(b, number(receiver, "dead"));
        html_printf(b, "</td><td class=\"date\" data-name=\"oldest\">");
        html_time(b, json_object_get(receiver, "oldest"), now_s);
        html_printf(b, "</td><td class=\"wide\">");
        put_why(b, receiver, now_s);
        html_printf(b, "</td></tr>\n");
}

static void put_receivers(struct buf *b, const json_t *doc, int64_t now_s)
{
        const json_t *receivers = json_object_get(doc, "receivers"), *receiver;
        size_t i;

        html_printf(b, "<section class=\"panel\" aria-labelledby=\"receivers\">"
                       "<h2 id=\"receivers\">Receivers</h2>\n");
        if (json_array_size(receivers) == 0) {
                html_printf(b, "<p class=\"empty\">Nobody is told. List whom to tell below "
                               "<code>receivers:</code> in the configuration.</p></section>\n");
                return;
        }
        html_printf(b, "<div class=\"table\"><table class=\"cards\"><thead><tr>"
                       "<th scope=\"col\">State</th><th scope=\"col\">Name</th>"
                       "<th scope=\"col\" class=\"num\">Waiting</th>"
                       "<th scope=\"col\" class=\"num\">Given up</th>"
                       "<th scope=\"col\">Oldest</th><th scope=\"col\">Last error</th></tr></thead>"
                       "<tbody>\n");
        json_array_foreach(receivers, i, receiver)
                put_receiver(b, receiver, now_s);
        html_printf(b, "</tbody></table></div></section>\n");
}

static void put_letter(struct buf *b, const json_t *letter, const char *when, int64_t now_s)
{
        const char *severity = html_text_of(letter, "severity");
        const char *summary = html_text_of(letter, "summary");

        html_printf(b, "<tr><td>");
        page_badge(b, *severity ? severity : "unknown");
        html_printf(b, "</td><td class=\"wide\">%s <span class=\"muted\">%s</span></td>"
                       "<td class=\"short\" data-name=\"to\">%s</td>"
                       "<td class=\"date\" data-name=\"%s\">",
                    *summary ? summary : "(a message of another version, it cannot be read)",
                    html_text_of(letter, "last_error"), html_text_of(letter, "receiver"),
                    *when == 'd' ? "next" : "given up");
        if (*when == 'd' && html_instant(json_object_get(letter, when)) <= now_s)
                buf_puts(b, "as soon as can be");
        else
                html_time(b, json_object_get(letter, when), now_s);
        html_printf(b, "</td><td class=\"num\" data-name=\"attempts\">");
        html_count(b, number(letter, "attempts"));
        html_printf(b, "</td></tr>\n");
}

/* The messages at @key, and the date of each at @when: those that wait, or those that are dead. */
static void put_letters(struct buf *b, const json_t *doc, const char *key, const char *title,
                        const char *when, int64_t now_s)
{
        const json_t *letters = json_object_get(doc, key), *letter;
        size_t i;

        html_printf(b, "<section class=\"panel\" aria-labelledby=\"%s\"><h2 id=\"%s\">%s</h2>\n",
                    key, key, title);
        if (json_array_size(letters) == 0) {
                html_printf(b, "<p class=\"empty\">None.</p></section>\n");
                return;
        }
        html_printf(b, "<div class=\"table\"><table class=\"cards\"><thead><tr>"
                       "<th scope=\"col\">Severity</th><th scope=\"col\">Message</th>"
                       "<th scope=\"col\">To</th><th scope=\"col\">%s</th>"
                       "<th scope=\"col\" class=\"num\">Attempts</th></tr></thead><tbody>\n",
                    strcmp(when, "due") == 0 ? "Next attempt" : "Given up");
        json_array_foreach(letters, i, letter)
                put_letter(b, letter, when, now_s);
        html_printf(b, "</tbody></table></div></section>\n");
}

void answer_queue(struct web_exchange *x)
{
        struct buf b = BUF_INIT(PAGE_MAX_BYTES);
        json_t *doc = web_ask_for(x, json_must(json_pack("{s:s, s:s}", "command", "queue", "max",
                                                         LETTERS)));

        if (!doc)
                return;

        int64_t now_s = html_instant(json_object_get(doc, "at"));

        page_begin(&b, PAGE_QUEUE, "Queue");
        html_printf(&b, "<h1>Queue</h1>\n");
        put_receivers(&b, doc, now_s);
        put_letters(&b, doc, "waiting", "Waiting", "due", now_s);
        put_letters(&b, doc, "dead", "Given up", "given_up", now_s);
        if (json_array_size(json_object_get(doc, "dead")) > 0)
                html_printf(&b, "<p class=\"note\">To try again what was given up: "
                                "<code>notafter alert retry</code>.</p>\n");
        page_end(x, &b, 200);
        json_decref(doc);
}
