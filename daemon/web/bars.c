/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in bars.h. Drawings are stretched to the width that there is, and therefore hold
 * no text; what they show stands beside them.
 */
#include "daemon/web/bars.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/parse.h"
#include "daemon/web/html.h"

#include <stdbool.h>
#include <string.h>

#define SCALE 1000 /* units of a drawing, from side to side */
#define MARGIN 40
#define DATE_CHARS 10 /* of an instant: "2027-01-23" */

/* --- validity --------------------------------------------------------------------------------- */

struct scale {
        int64_t from_s, until_s, now_s;
};

static int64_t date_of(const json_t *c, const char *key)
{
        return html_instant(json_object_get(c, key));
}

static void reach(struct scale *s, int64_t at_s)
{
        if (at_s && at_s < s->from_s)
                s->from_s = at_s;
        if (at_s > s->until_s)
                s->until_s = at_s;
}

/* All of the server certificate and today, and those ends of others that come before its end. */
static struct scale scale_of(const json_t *path, int64_t now_s)
{
        const json_t *leaf = json_array_get(path, 0);
        struct scale s = { now_s, now_s, now_s };
        size_t i;
        json_t *c;

        reach(&s, date_of(leaf, "not_before"));
        reach(&s, date_of(leaf, "not_after"));

        int64_t from_s = s.from_s, until_s = s.until_s, span_s = until_s - from_s + 1;

        json_array_foreach(path, i, c) {
                int64_t end_s = date_of(c, "not_after");

                if (end_s > from_s - span_s && end_s < until_s + span_s / 2)
                        reach(&s, end_s);
        }
        return s;
}

static int x_of(const struct scale *s, int64_t at_s)
{
        int64_t span_s = s->until_s - s->from_s + 1;

        if (at_s < s->from_s)
                return 0;
        if (at_s > s->until_s)
                return SCALE;
        return (int)(MARGIN + (at_s - s->from_s) * (SCALE - 2 * MARGIN) / span_s);
}

/* The severity of what is said of the dates of @c; by the dates alone if nothing is. */
static const char *state_of(const json_t *report, const json_t *c, int64_t now_s)
{
        bool valid = now_s >= date_of(c, "not_before") && now_s <= date_of(c, "not_after");
        size_t i;
        json_t *d;

        json_array_foreach(json_object_get(report, "diagnoses"), i, d)
                if (json_is_string(json_object_get(d, "deadline")) &&
                    strcmp(html_text_of(d, "sha256"), html_text_of(c, "sha256")) == 0)
                        return html_text_of(d, "severity");
        return valid ? "calm" : "error";
}

/* The bar; its ends are open where it goes on beyond the scale. */
static void put_bar(struct buf *b, const struct scale *s, const json_t *c, const char *state)
{
        int from = x_of(s, date_of(c, "not_before")), until = x_of(s, date_of(c, "not_after"));
        int now = x_of(s, s->now_s);

        html_printf(b, "<svg class=\"span\" viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" "
                    "aria-hidden=\"true\"><rect class=\"span-back\" width=\"%d\" height=\"10\" "
                    "y=\"0\"/>", SCALE, SCALE);
        html_printf(b, "<rect class=\"fill-%s\" x=\"%d\" y=\"3\" width=\"%d\" height=\"4\"/>",
                    state, from, until > from ? until - from : 2);
        if (until < SCALE)
                html_printf(b, "<rect class=\"fill-%s\" x=\"%d\" y=\"1\" width=\"3\" "
                            "height=\"8\"/>", state, until > 3 ? until - 3 : 0);
        html_printf(b, "<path class=\"today\" d=\"M%d 0v10\"/></svg>", now);
}

static void put_row(struct buf *b, const struct scale *s, const json_t *report, const json_t *c,
                    const char *note)
{
        const json_t *from = json_object_get(c, "not_before");
        const json_t *until = json_object_get(c, "not_after");
        bool future = date_of(c, "not_before") > s->now_s;

        html_printf(b, "<tr><th scope=\"row\">%s <span class=\"muted\">%s</span></th>"
                    "<td class=\"date\">%s", html_text_of(c, "label"), note,
                    future ? "begins " : "");
        html_time(b, future ? from : until, s->now_s);
        html_printf(b, "</td><td class=\"wide\">");
        put_bar(b, s, c, state_of(report, c, s->now_s));
        html_printf(b, "</td><td class=\"date muted\">%.*s to %.*s</td></tr>\n",
                    DATE_CHARS, json_is_string(from) ? json_string_value(from) : "unknown",
                    DATE_CHARS, json_is_string(until) ? json_string_value(until) : "unknown");
}

static bool on_path(const json_t *path, const json_t *c)
{
        size_t i;
        json_t *step;

        json_array_foreach(path, i, step)
                if (strcmp(html_text_of(step, "sha256"), html_text_of(c, "sha256")) == 0)
                        return true;
        return false;
}

static const char *note_of(const json_t *step)
{
        const char *source = html_text_of(step, "source");

        if (strcmp(source, "trust_store") == 0)
                return "trust store";
        return strcmp(source, "served") == 0 ? "" : "not sent";
}

void bars_validity(struct buf *b, const json_t *report, int64_t now_s)
{
        const json_t *path = json_object_get(report, "path");
        const struct scale s = scale_of(path, now_s);
        size_t i;
        json_t *c;

        html_printf(b, "<div class=\"table\"><table class=\"cards spans\"><thead><tr>"
                    "<th scope=\"col\">Certificate</th><th scope=\"col\">Expires</th>"
                    "<th scope=\"col\">Around today, the dashed line</th>"
                    "<th scope=\"col\">Valid</th></tr></thead><tbody>");
        json_array_foreach(path, i, c)
                put_row(b, &s, report, c, note_of(c));
        json_array_foreach(json_object_get(report, "chain"), i, c)
                if (!on_path(path, c))
                        put_row(b, &s, report, c, "not needed");
        html_printf(b, "</tbody></table></div>\n");
}

/* --- timing ----------------------------------------------------------------------------------- */

static const struct {
        const char *key, *name;
} STEPS[] = {
        { "resolve", "find the address" },
        { "connect", "connect" },
        { "proxy", "proxy" },
        { "starttls", "STARTTLS" },
        { "handshake", "TLS handshake" },
};

static double seconds_of(const json_t *seconds, const char *key)
{
        return json_number_value(json_object_get(seconds, key));
}

void bars_timing(struct buf *b, const json_t *seconds)
{
        double total = seconds_of(seconds, "total"), at = 0;

        html_printf(b, "<svg class=\"timing\" viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" "
                    "aria-hidden=\"true\"><rect class=\"span-back\" width=\"%d\" height=\"10\"/>",
                    SCALE, SCALE);
        for (size_t i = 0; i < ARRAY_LEN(STEPS) && total > 0; i++) {
                double part = seconds_of(seconds, STEPS[i].key) * SCALE / total;

                html_printf(b, "<rect class=\"step-%zu\" x=\"%.1f\" width=\"%.1f\" "
                            "height=\"10\"/>", i, at, part);
                at += part;
        }
        html_printf(b, "</svg><ul class=\"steps\">");
        for (size_t i = 0; i < ARRAY_LEN(STEPS); i++)
                if (json_object_get(seconds, STEPS[i].key))
                        html_printf(b, "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect "
                                    "class=\"step-%zu\" width=\"10\" height=\"10\"/></svg>%s "
                                    "<span class=\"muted\">%.1f ms</span></li>", i, STEPS[i].name,
                                    seconds_of(seconds, STEPS[i].key) * 1e3);
        html_printf(b, "<li>in all <span class=\"muted\">%.1f ms</span></li></ul>\n", total * 1e3);
}
