/* SPDX-License-Identifier: Apache-2.0 */
/* Of an endpoint: its last looks, what was before, and its settings. The contract is in parts.h. */
#include "daemon/web/parts.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/parse.h"
#include "daemon/web/html.h"
#include "daemon/web/page.h"

#include <inttypes.h>
#include <string.h>

/* --- the last looks --------------------------------------------------------------------------- */

static double slowest_of(const json_t *looks)
{
        double most = 0;
        size_t i;
        json_t *look;

        json_array_foreach(looks, i, look) {
                double seconds = json_number_value(json_object_get(look, "seconds"));

                most = seconds > most ? seconds : most;
        }
        return most;
}

/* How long it took, as a part of the slowest one. */
static void put_seconds(struct buf *b, const json_t *look, double most, bool ok)
{
        const json_t *seconds = json_object_get(look, "seconds");

        if (!json_is_number(seconds)) {
                html_printf(b, "<td></td><td class=\"num none\">&ndash;</td>");
                return;
        }
        html_printf(b, "<td class=\"wide\"><svg class=\"look\" viewBox=\"0 0 100 10\" "
                       "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"fill-%s\" "
                       "width=\"%.1f\" height=\"10\"/></svg></td><td class=\"num\">%.0f ms</td>",
                    ok ? "ok" : "failing",
                    most > 0 ? json_number_value(seconds) * 100 / most : 0,
                    json_number_value(seconds) * 1e3);
}

void part_looks(struct buf *b, const json_t *doc, int64_t now_s)
{
        const json_t *looks = json_object_get(doc, "looks");
        double most = slowest_of(looks);
        size_t i;
        json_t *look;

        html_printf(b, "<section class=\"panel\"><h2>Last looks</h2>\n");
        if (json_array_size(looks) == 0) {
                html_printf(b, "<p class=\"empty\">None since the start.</p></section>\n");
                return;
        }
        html_printf(b, "<div class=\"table\"><table><thead><tr><th scope=\"col\">When</th>"
                       "<th scope=\"col\">Outcome</th><th scope=\"col\" class=\"num\" "
                       "colspan=\"2\">Took</th></tr></thead><tbody>");
        json_array_foreach(looks, i, look) {
                const char *outcome = html_text_of(look, "outcome");
                bool ok = strcmp(outcome, "ok") == 0;

                html_printf(b, "<tr><td class=\"date\">");
                html_time(b, json_object_get(look, "at"), now_s);
                html_printf(b, "</td><td class=\"outcome\">%s</td>", ok ? "answered" : outcome);
                put_seconds(b, look, most, ok);
                html_printf(b, "</tr>\n");
        }
        html_printf(b, "</tbody></table></div></section>\n");
}

/* --- what was before -------------------------------------------------------------------------- */

static void put_past_problem(struct buf *b, const json_t *p, int64_t now_s)
{
        const json_t *ended = json_object_get(p, "ended");

        html_printf(b, "<tr><td>");
        page_badge(b, html_text_of(p, "severity"));
        html_printf(b, "</td><td class=\"wide\"><b>");
        part_sentence(b, html_text_of(p, "title"));
        html_printf(b, "</b> <span class=\"muted\">%s</span></td>"
                       "<td class=\"date\" data-name=\"Began\">", html_text_of(p, "message"));
        html_time(b, json_object_get(p, "opened"), now_s);
        html_printf(b, "</td><td class=\"date\" data-name=\"Ended\">");
        if (json_is_string(ended))
                html_time(b, ended, now_s);
        else
                html_printf(b, "open");
        html_printf(b, "</td></tr>\n");
}

static void put_history(struct buf *b, const json_t *history, int64_t now_s)
{
        size_t i;
        json_t *p;

        html_printf(b, "<section class=\"panel\"><h2>Problems until now</h2>\n");
        if (json_array_size(history) == 0) {
                html_printf(b, "<p class=\"empty\">None is known.</p></section>\n");
                return;
        }
        html_printf(b, "<div class=\"table\"><table class=\"cards past\"><thead><tr>"
                       "<th scope=\"col\">At worst</th>"
                       "<th scope=\"col\">Problem</th><th scope=\"col\">Began</th>"
                       "<th scope=\"col\">Ended</th></tr></thead><tbody>");
        json_array_foreach(history, i, p)
                put_past_problem(b, p, now_s);
        html_printf(b, "</tbody></table></div></section>\n");
}

static void put_shown(struct buf *b, const json_t *c, int64_t now_s)
{
        html_printf(b, "<tr><td class=\"wide\">");
        part_certificate_link(b, c);
        if (json_is_true(json_object_get(c, "current")))
                html_printf(b, " <span class=\"tag\">shown now</span>");
        html_printf(b, "<br><span class=\"muted\">by %s</span></td>"
                       "<td class=\"date\" data-name=\"Valid from\">", html_text_of(c, "issuer"));
        part_date(b, json_object_get(c, "not_before"));
        html_printf(b, "</td><td class=\"date\" data-name=\"until\">");
        part_date(b, json_object_get(c, "not_after"));
        html_printf(b, "</td><td class=\"date\" data-name=\"First seen\">");
        html_time(b, json_object_get(c, "first_seen"), now_s);
        html_printf(b, "</td><td class=\"date\" data-name=\"Last seen\">");
        html_time(b, json_object_get(c, "last_seen"), now_s);
        html_printf(b, "</td></tr>\n");
}

void part_past(struct buf *b, const json_t *doc, int64_t now_s)
{
        const json_t *certificates = json_object_get(doc, "certificates");
        size_t i;
        json_t *c;

        put_history(b, json_object_get(doc, "history"), now_s);
        if (json_array_size(certificates) == 0)
                return;
        html_printf(b, "<section class=\"panel\"><h2>Certificates until now</h2>\n"
                       "<div class=\"table\"><table class=\"cards past\"><thead><tr>"
                       "<th scope=\"col\">Certificate</th>"
                       "<th scope=\"col\">Valid from</th><th scope=\"col\">until</th>"
                       "<th scope=\"col\">First seen</th><th scope=\"col\">Last seen</th></tr>"
                       "</thead><tbody>");
        json_array_foreach(certificates, i, c)
                put_shown(b, c, now_s);
        html_printf(b, "</tbody></table></div></section>\n");
}

/* --- settings --------------------------------------------------------------------------------- */

void part_settings(struct buf *b, const json_t *doc)
{
        const json_t *settings = json_object_get(doc, "settings");
        int64_t interval_s = json_integer_value(json_object_get(settings, "interval_s"));
        char every[SPAN_STR_MAX];

        html_printf(b, "<section class=\"panel\"><h2>Settings</h2><dl class=\"facts\">");
        part_fact(b, "Server name", html_text_of(settings, "server_name"));
        part_fact(b, "Connects to", html_text_of(settings, "connect_to"));
        part_fact(b, "STARTTLS", html_text_of(settings, "starttls"));
        part_fact(b, "Proxy", html_text_of(settings, "proxy"));
        part_fact(b, "Looked at every", span_str(interval_s, every));
        html_printf(b, "<dt>Configured at</dt><dd class=\"mono\">%s:%" PRId64 "</dd></dl>"
                       "</section>\n", html_text_of(settings, "file"),
                    (int64_t)json_integer_value(json_object_get(settings, "line")));
}
