/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A head, the table, a foot. Where there is no room for all, the foot is shortened first, then each
 * problem to one line, and then the table ends early. What the document of another version lacks
 * reads as 0.
 */
#include "daemon/app/status_print.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/app/doc.h"
#include "daemon/app/silence_print.h"
#include "daemon/app/status_view.h"
#include "daemon/app/wrap.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX_BYTES (256U << 20)
#define STATE_COLUMNS 9
#define EXPIRES_COLUMNS 16
#define LAST_COLUMNS 15
#define NAME_MIN_COLUMNS 8
#define NAME_MAX_COLUMNS 60
#define RECEIVER_COLUMNS 16
#define ERROR_COLUMN (RECEIVER_COLUMNS + 21)
#define WIDE 60 /* from here on there is room for the last probe, and to indent */
#define FOOT_SHARE 3 /* a third of the lines, when not all fit */
#define INDENT_WIDE 10
#define INDENT_NARROW 2
#define BESIDE_LEAST 30 /* columns for a text beside its heading; else it begins at the indent */

#define RED "\033[1;31m"
#define YELLOW "\033[33m"
#define MAGENTA "\033[35m"
#define GREEN "\033[32m"
#define FAINT "\033[2m"
#define PLAIN "\033[0m"

static const struct {
        const char *severity, *word, *colour;
} STATES[] = {
        { "error", "CRITICAL", RED }, { "warning", "WARNING", YELLOW },
        { "failing", "FAILING", MAGENTA }, { "unknown", "-", FAINT },
        { "info", "ok", GREEN }, { "ok", "ok", GREEN },
};

struct table {
        struct buf *out;
        const struct terminal *t;
        size_t name_columns, indent;
        bool brief; /* a problem is one line, and is cut where the terminal ends */
};

static void put_coloured(const struct table *d, const char *colour, const char *text)
{
        bool colourful = d->t->colour && *colour;

        buf_printf(d->out, "%s%s%s", colourful ? colour : "", text, colourful ? PLAIN : "");
}

static void put_indent(const struct table *d)
{
        buf_printf(d->out, "%*s", (int)d->indent, "");
}

/* To the end of a line in which @heading stands already, behind the indent. */
static void put_beside(const struct table *d, const char *heading, const char *text)
{
        size_t column = d->indent + wrap_columns(heading);

        if (d->brief)
                buf_printf(d->out, "%s\n", text);
        else if (column + BESIDE_LEAST <= d->t->width)
                wrap_text(d->out, text, column, d->t->width);
        else
                wrap_from(d->out, text, column, d->indent + INDENT_NARROW, d->t->width);
}

/* --- the table -------------------------------------------------------------------------------- */

static size_t state_of(const json_t *object)
{
        const char *severity = doc_text(object, "severity", "unknown");
        size_t i = 0;

        while (i < ARRAY_LEN(STATES) && strcmp(severity, STATES[i].severity) != 0)
                i++;
        return i;
}

static void put_state(const struct table *d, const json_t *e)
{
        size_t i = state_of(e);
        /* a newer daemon knows more states than we do */
        AUTO_FREE char *cell = mem_printf("%-*s", STATE_COLUMNS, i < ARRAY_LEN(STATES)
                                          ? STATES[i].word : doc_text(e, "severity", ""));

        put_coloured(d, i < ARRAY_LEN(STATES) ? STATES[i].colour : "", cell);
}

static void put_flapping(const struct table *d, const json_t *flapping)
{
        const char *now = doc_text(flapping, "now", NULL);
        char since[RELATIVE_STR_MAX];

        if (!now)
                return;
        AUTO_FREE char *text = mem_printf("comes and goes, held open: %s; last change %s",
                                          strcmp(now, "ok") == 0 ? "gone" : now,
                                          doc_relative(flapping, "since", since));

        put_indent(d);
        put_beside(d, "", text);
}

static void put_problem(const struct table *d, const json_t *problem)
{
        AUTO_FREE char *heading = mem_printf("%s: ", doc_text(problem, "code", "?"));
        const char *silence = doc_text(problem, "silence", NULL);
        size_t i = state_of(problem);

        put_indent(d);
        put_coloured(d, silence ? FAINT : i < ARRAY_LEN(STATES) ? STATES[i].colour : "", heading);
        put_beside(d, heading, doc_text(problem, "message", ""));
        if (d->brief)
                return;
        put_flapping(d, json_object_get(problem, "flapping"));
        put_indent(d);
        buf_puts(d->out, "-> ");
        put_beside(d, "-> ", doc_text(problem, "remedy", ""));
        if (silence) {
                put_indent(d);
                buf_printf(d->out, "nobody is told: silence %s\n", silence);
        }
}

static void put_endpoint(const struct table *d, const json_t *e)
{
        const json_t *problems = json_object_get(e, "problems"), *problem;
        const char *last_error = doc_text(e, "last_error", NULL);
        char expires[RELATIVE_STR_MAX], last[RELATIVE_STR_MAX];
        size_t i;

        put_state(d, e);
        buf_puts(d->out, " ");
        wrap_cell(d->out, doc_text(e, "name", "?"), d->name_columns);
        if (d->t->width >= WIDE)
                buf_printf(d->out, " %-*s %s\n", EXPIRES_COLUMNS,
                           doc_relative(e, "expires", expires),
                           doc_relative(e, "last_probe", last));
        else
                buf_printf(d->out, " %s\n", doc_relative(e, "expires", expires));
        json_array_foreach(problems, i, problem)
                put_problem(d, problem);
        if (i == 0 && last_error) {
                put_indent(d);
                put_beside(d, "", last_error);
        }
}

/* As wide as the longest name, if there is room for that beside the other columns. */
static size_t name_columns(const json_t *endpoints, size_t width)
{
        size_t others = STATE_COLUMNS + 1 + 1 + EXPIRES_COLUMNS;
        size_t most = width - others - (width >= WIDE ? 1 + LAST_COLUMNS : 0), i;
        size_t widest = NAME_MIN_COLUMNS;
        const json_t *e;

        json_array_foreach(endpoints, i, e) {
                size_t n = wrap_columns(doc_text(e, "name", "?"));

                widest = n > widest ? n : widest;
        }
        most = most < NAME_MAX_COLUMNS ? most : NAME_MAX_COLUMNS;
        return widest < most ? widest : most;
}

static size_t count_lines(const char *text)
{
        size_t n = 0;

        for (; (text = strchr(text, '\n')); text++)
                n++;
        return n;
}

static void put_titles(const struct table *d)
{
        AUTO_FREE char *titles = mem_printf("%-*s %-*s %s", STATE_COLUMNS, "STATE",
                                            (int)d->name_columns, "ENDPOINT", "EXPIRES");

        put_coloured(d, FAINT, titles);
        if (d->t->width >= WIDE) {
                buf_printf(d->out, "%*s", EXPIRES_COLUMNS - (int)strlen("EXPIRES") + 1, "");
                put_coloured(d, FAINT, "LAST PROBE");
        }
        buf_puts(d->out, "\n");
}

static bool is_narrowed(const json_t *filter)
{
        return json_object_size(filter) > (json_object_get(filter, "limit") ? 1 : 0);
}

/* In @lines at the most, 0 = as many as it takes; the last one says how many more there are. */
static void put_table(struct buf *out, const struct status_view *v, const struct terminal *t,
                      size_t lines, bool brief)
{
        const json_t *endpoints = json_object_get(v->endpoints, "endpoints"), *e;
        json_int_t total = doc_number(v->endpoints, "total");
        struct buf row = BUF_INIT(TEXT_MAX_BYTES);
        struct table d = {
                .out = &row, .t = t, .brief = brief,
                .name_columns = name_columns(endpoints, t->width),
                .indent = t->width < WIDE ? INDENT_NARROW : INDENT_WIDE,
        };
        size_t i, used = 1;

        if (json_array_size(endpoints) > 0)
                put_titles(&d);
        json_array_foreach(endpoints, i, e) {
                buf_append(out, buf_str(&row), row.len);
                buf_clear(&row);
                put_endpoint(&d, e);
                used += count_lines(buf_str(&row));
                if (lines && used + ((json_int_t)i + 1 < total) > lines)
                        break;
        }
        if (i == json_array_size(endpoints)) /* the last one has room, too */
                buf_append(out, buf_str(&row), row.len);
        if ((json_int_t)i < total)
                buf_printf(out, "... and %lld more%s\n", (long long)total - (long long)i,
                           lines || is_narrowed(v->filter) ? "" : "; --json has them all");
        buf_done(&row);
}

/* --- above it --------------------------------------------------------------------------------- */

static void put_paragraph(struct table *d, const char *text)
{
        wrap_text(d->out, text, 0, d->t->width);
        buf_puts(d->out, d->brief ? "" : "\n");
}

/* "LEAD: text" as a paragraph, if there is a text. */
static void put_said(struct table *d, const char *lead, const char *text)
{
        AUTO_FREE char *said = text ? mem_printf("%s%s", lead, text) : NULL;

        if (said)
                put_paragraph(d, said);
}

/* Whoever is to raise the alarm when we are not heard of, may do so soon. */
static void put_heartbeat(struct table *d, const json_t *heartbeat)
{
        const char *withheld = doc_text(heartbeat, "withheld", NULL);

        put_said(d, "The heartbeat is withheld: ", withheld);
        if (!withheld)
                put_said(d, "The heartbeat cannot be sent: ",
                         doc_text(heartbeat, "last_error", NULL));
}

static void put_disabled(struct table *d, const json_t *receivers)
{
        const json_t *r;
        size_t i;

        json_array_foreach(receivers, i, r) {
                const char *name = doc_text(r, "receiver", "?");
                AUTO_FREE char *text = mem_printf(
                        "Receiver %s is DISABLED since %s: %s. To try it again: notafter alert "
                        "retry %s", name, doc_text(r, "since", "?"), doc_text(r, "reason", "?"),
                        name);

                put_paragraph(d, text);
        }
}

static void put_totals(struct table *d, const json_t *totals)
{
        json_int_t all = doc_number(totals, "all");
        AUTO_FREE char *text = mem_printf(
                "%lld endpoint%s: %lld critical, %lld warning, %lld failing, %lld ok, "
                "%lld not looked at yet", (long long)all, all == 1 ? "" : "s",
                (long long)doc_number(totals, "critical"),
                (long long)doc_number(totals, "warning"), (long long)doc_number(totals, "failing"),
                (long long)doc_number(totals, "ok"), (long long)doc_number(totals, "unknown"));

        wrap_text(d->out, text, 0, d->t->width);
}

/* "problems: leaf-expired (3), self-signed-leaf" */
static void put_codes(struct table *d, const json_t *codes)
{
        struct buf text = BUF_INIT(TEXT_MAX_BYTES);
        const json_t *c;
        size_t i;

        json_array_foreach(codes, i, c) {
                long long n = doc_number(c, "endpoints");

                buf_printf(&text, "%s%s", i ? ", " : "problems: ", doc_text(c, "code", "?"));
                if (n > 1)
                        buf_printf(&text, " (%lld)", n);
        }
        if (i > 0)
                put_beside(d, "", buf_str(&text));
        buf_done(&text);
}

static void put_head(struct table *d, const struct status_view *v)
{
        const json_t *health = v->health, *totals = json_object_get(v->endpoints, "counts");
        long long total = doc_number(v->endpoints, "total");

        put_said(d, "The daemon cannot write its state: ", doc_text(health, "store_error", NULL));
        put_said(d, "The daemon is not well: ", doc_text(health, "trouble", NULL));
        put_said(d, "A new configuration was not taken: ", doc_text(health, "refused", NULL));
        put_disabled(d, json_object_get(health, "disabled_receivers"));
        put_heartbeat(d, json_object_get(health, "heartbeat"));
        put_said(d, "", doc_text(health, "warning", NULL));
        if (json_is_false(json_object_get(health, "clock_synchronised")))
                put_said(d, "", "The clock of the daemon's host is not synchronised: ends of "
                                "certificates are judged by it all the same.");
        put_totals(d, totals);
        if (doc_number(totals, "all") == 0)
                put_beside(d, "", "Name some below 'endpoints' in the configuration, then run: "
                                  "systemctl reload notafter");
        put_codes(d, json_object_get(v->problems, "by_code"));
        if (is_narrowed(v->filter))
                buf_printf(d->out, "%lld of them %s what was asked for\n", total,
                           total == 1 ? "fits" : "fit");
        buf_puts(d->out, "\n");
}

/* --- below it --------------------------------------------------------------------------------- */

static void put_receivers(struct table *d, const json_t *receivers)
{
        bool wide = d->t->width >= WIDE;
        const json_t *r;
        size_t i;

        json_array_foreach(receivers, i, r) {
                const char *error = doc_text(r, "last_error", wide ? "-" : "");

                if (i == 0)
                        buf_printf(d->out, "\nreceiver          waiting  given up%s\n",
                                   wide ? "  last error" : "");
                wrap_cell(d->out, doc_text(r, "receiver", "?"), RECEIVER_COLUMNS);
                buf_printf(d->out, " %8lld %9lld%s", (long long)doc_number(r, "waiting"),
                           (long long)doc_number(r, "dead"), wide ? "  " : "");
                wrap_from(d->out, error, wide ? ERROR_COLUMN : d->t->width, INDENT_NARROW,
                          d->t->width);
        }
}

/* Those that hold, or will. */
static void put_silences(struct table *d, const json_t *silences)
{
        const json_t *s;
        const char *heading = "\nsilences\n";
        size_t i;

        json_array_foreach(silences, i, s) {
                if (strcmp(doc_text(s, "state", ""), "over") == 0)
                        continue;
                buf_puts(d->out, heading);
                silence_put(d->out, s, d->t->width);
                heading = "";
        }
}

/* ---------------------------------------------------------------------------------------------- */

/* Appends the first @lines of @text. */
static void put_lines(struct buf *out, const char *text, size_t lines)
{
        for (; lines > 0 && *text; lines--) {
                size_t n = strcspn(text, "\n");

                n += text[n] == '\n';
                buf_append(out, text, n);
                text += n;
        }
}

/* @foot in its share of what is left below @head; then the table in the rest. */
static void put_fitted(struct buf *out, const struct status_view *v, const struct terminal *t,
                       const char *head, const char *foot)
{
        size_t n_head = count_lines(head), n_foot = count_lines(foot), n_table;
        size_t room = t->height > n_head ? t->height - n_head : 0;
        struct buf table = BUF_INIT(TEXT_MAX_BYTES);

        put_table(&table, v, t, 0, false);
        n_table = count_lines(buf_str(&table));
        if (n_table + n_foot > room) {
                if (n_foot > room / FOOT_SHARE)
                        n_foot = room / FOOT_SHARE;
                buf_clear(&table);
                put_table(&table, v, t, room - n_foot, true);
        }
        put_lines(out, head, t->height);
        put_lines(out, buf_str(&table), room - n_foot);
        put_lines(out, foot, n_foot);
        buf_done(&table);
}

void status_put(struct buf *out, const struct status_view *v, const struct terminal *t)
{
        struct buf head = BUF_INIT(TEXT_MAX_BYTES), foot = BUF_INIT(TEXT_MAX_BYTES);
        struct table above = { .out = &head, .t = t, .brief = t->height > 0 };
        struct table below = { .out = &foot, .t = t };

        put_head(&above, v);
        put_receivers(&below, json_object_get(v->health, "receivers"));
        put_silences(&below, json_object_get(v->silences, "silences"));
        if (t->height > 0) {
                put_fitted(out, v, t, buf_str(&head), buf_str(&foot));
        } else {
                buf_append(out, buf_str(&head), head.len);
                put_table(out, v, t, 0, false);
                buf_append(out, buf_str(&foot), foot.len);
        }
        buf_done(&head);
        buf_done(&foot);
}

void status_print(const struct status_view *v, const struct terminal *t)
{
        struct terminal endless = *t;
        struct buf out = BUF_INIT(TEXT_MAX_BYTES);

        endless.height = 0;
        status_put(&out, v, &endless);
        fputs(buf_str(&out), stdout);
        buf_done(&out);
}
