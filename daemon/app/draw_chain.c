/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path that is used goes down from the server certificate to the anchor, one line each, with
 * what is wrong with a certificate right below it; a dotted line leads to what was not sent. What
 * was sent and is not on the path stands under it.
 */
#include "daemon/app/draw_chain.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/repair.h"
#include "daemon/app/wrap.h"
#include "daemon/probe/examine.h"

#include <stdio.h>
#include <string.h>

#define ROUGH_FROM_S (14 * 86400)
#define YEAR_S INT64_C(31556952)
#define YEARS_FROM 3
#define LABEL_COLUMNS_MOST 40 /* longer names push their own line, not all of them */

struct pen {
        const char *used, *missing, *anchor, *nothing, *besides; /* one column each */
        const char *line, *dotted;
};

static const struct pen ASCII = { "o", "?", "*", "x", "-", "|", ":" };
static const struct pen UTF8 = { "●", "○", "★", "✗", "·", "│", "┊" };

struct drawing {
        struct buf *out;
        const struct exam_report *report;
        const struct verdict *v;
        const struct terminal *t;
        const struct pen *pen;
        size_t label_columns;
};

#define BOLD "\033[1m"
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define FAINT "\033[2m"
#define PLAIN "\033[0m"

static void widen(struct drawing *d, const char *label)
{
        size_t n = wrap_columns(label);

        if (n > d->label_columns && n <= LABEL_COLUMNS_MOST)
                d->label_columns = n;
}

static void put_colour(struct drawing *d, const char *colour)
{
        buf_puts(d->out, d->t->colour ? colour : "");
}

/* "    1  o  example.com        and what there is to say" */
static void put_line(struct drawing *d, const char *where, const char *mark, const char *colour,
                     const char *label, const char *say)
{
        size_t wide = wrap_columns(label);
        size_t pad = wide < d->label_columns ? d->label_columns - wide : 0;

        buf_printf(d->out, "  %3s  ", where);
        put_colour(d, colour);
        buf_printf(d->out, "%s %s", mark, label);
        put_colour(d, *colour ? PLAIN : "");
        buf_printf(d->out, "%*s  ", (int)pad, "");
        wrap_text(d->out, say, 11 + wide + pad, d->t->width);
}

/* Nobody counts the hours of weeks, nor the days of years. */
static const char *rough_span(int64_t s, char out[static SPAN_STR_MAX])
{
        if (s < YEARS_FROM * YEAR_S)
                return span_str(s < ROUGH_FROM_S ? s : s - s % 86400, out);
        snprintf(out, SPAN_STR_MAX, "%lld years", (long long)(s / YEAR_S));
        return out;
}

/* "ends 2026-11-29, in 59 d" */
static char *lifetime(const struct cert *c, int64_t now_s)
{
        char when[TIME_STR_MAX], left[SPAN_STR_MAX];

        if (!c->dates_ok)
                return mem_strdup("its dates cannot be read");
        if (now_s < c->not_before_s)
                return mem_printf("begins %.10s, in %s", time_str(c->not_before_s, when),
                                  rough_span(c->not_before_s - now_s, left));
        if (now_s > c->not_after_s)
                return mem_printf("ended %.10s, %s ago", time_str(c->not_after_s, when),
                                  rough_span(now_s - c->not_after_s, left));
        return mem_printf("ends %.10s, in %s", time_str(c->not_after_s, when),
                          rough_span(c->not_after_s - now_s, left));
}

/* What is wrong with one certificate, in the words of the table: the sentences follow below. */
static void put_findings(struct drawing *d, const struct cert *c, int position, const char *line)
{
        for (size_t i = 0; i < d->v->findings.n; i++) {
                const struct finding *f = &d->v->findings.items[i];
                bool its = f->position >= 0 ? f->position == position
                                            : f->fingerprint &&
                                                      strcmp(f->fingerprint, c->fingerprint) == 0;

                if (!its || f->severity < SEVERITY_WARNING ||
                    f->code == FINDING_MISSING_INTERMEDIATE) /* its line says so */
                        continue;
                buf_printf(d->out, "       %s   ", line);
                put_colour(d, f->severity == SEVERITY_ERROR ? RED : YELLOW);
                buf_printf(d->out, "^ %s: %s", severity_str(f->severity), FINDINGS[f->code].title);
                put_colour(d, PLAIN);
                buf_puts(d->out, "\n");
        }
}

static void put_link(struct drawing *d, const char *line)
{
        buf_printf(d->out, "       %s\n", line);
}

/* The URL that @c was fetched from: among the facts, it follows the certificate's own. */
static const char *url_of(const struct verdict *v, const struct cert *c)
{
        const struct finding *f = finding_find(&v->findings, FINDING_MISSING_INTERMEDIATE);
        bool its = false;

        for (size_t i = 0; f && i < f->n_facts; i++) {
                if (strcmp(f->facts[i].key, "missing_sha256") == 0)
                        its = strcmp(f->facts[i].value, c->fingerprint) == 0;
                else if (its && strcmp(f->facts[i].key, "url") == 0)
                        return f->facts[i].value;
        }
        return NULL;
}

char *draw_source(const struct verdict *v, const struct cert *c, enum path_source source)
{
        const char *url = url_of(v, c);

        switch (source) {
        case PATH_CONFIGURED: return mem_strdup("the intermediates given");
        case PATH_LEARNED:    return mem_strdup("another server, which sent it");
        case PATH_FETCHED:    return mem_strdup(url ? url : "the URL in the one below it");
        case PATH_ANCHOR:     return mem_strdup("the trust store");
        case PATH_SERVED:
        case PATH_SOURCE_COUNT: break;
        }
        return mem_strdup("the server");
}

static bool is_disorder(const struct verdict *v)
{
        return finding_find(&v->findings, FINDING_CHAIN_ORDER_WRONG) ||
               finding_find(&v->findings, FINDING_LEAF_NOT_FIRST);
}

/* Where one of the path was sent, -1: it was not. */
static int sent_position(const struct drawing *d, const struct cert *c)
{
        const struct chain *served = d->report->probe.chain;

        for (size_t i = 0; served && i < served->n; i++)
                if (cert_same(served->certs[i], c))
                        return served->sent_at[i];
        return -1;
}

static char *say_of_step(const struct drawing *d, size_t i, int position)
{
        const struct cert *c = d->v->path[i];
        AUTO_FREE char *when = lifetime(c, d->report->at_s);

        if (path_source_is_pool(d->v->path_source[i])) {
                AUTO_FREE char *source = draw_source(d->v, c, d->v->path_source[i]);

                return mem_printf("NOT SENT, known from %s", source);
        }
        if (d->v->path_source[i] == PATH_ANCHOR)
                return mem_printf("in the trust store; %s", when);
        if (position >= 0 && position != (int)i && is_disorder(d->v))
                return mem_printf("%s; should be %zu", when, i + 1);
        return mem_strdup(when);
}

static void put_step(struct drawing *d, size_t i)
{
        const struct cert *c = d->v->path[i];
        bool missing = path_source_is_pool(d->v->path_source[i]);
        bool anchor = d->v->path_source[i] == PATH_ANCHOR;
        bool last = i + 1 == d->v->n_path && d->v->trusted;
        int position = sent_position(d, c);
        AUTO_FREE char *where = position >= 0 ? mem_printf("%d", position + 1) : mem_strdup("");
        AUTO_FREE char *say = say_of_step(d, i, position);

        if (i > 0)
                put_link(d, missing || path_source_is_pool(d->v->path_source[i - 1])
                                    ? d->pen->dotted : d->pen->line);
        put_line(d, where, missing ? d->pen->missing : anchor ? d->pen->anchor : d->pen->used,
                 missing ? RED : i == 0 ? BOLD : "", c->label, say);
        put_findings(d, c, position, last ? " " : missing ? d->pen->dotted : d->pen->line);
}

/* What stands above a path that ends without an anchor. */
static const char *end_label(const struct verdict *v)
{
        const struct cert *top = v->path[v->n_path - 1];

        return top->self_signed ? "nothing above" : top->issuer_label;
}

static void put_end(struct drawing *d)
{
        put_link(d, d->pen->dotted);
        put_line(d, "", d->pen->nothing, RED, end_label(d->v),
                 d->v->path[d->v->n_path - 1]->self_signed
                         ? "it vouches for itself, and is not in the trust store"
                         : "UNKNOWN: neither sent nor found anywhere");
}

static void put_besides(struct drawing *d)
{
        bool first = true;

        for (size_t i = 0; i < d->v->n_repair; i++) {
                const struct repair_step *step = &d->v->repair[i];

                if (step->action != REPAIR_DROP || (step->why == FINDING_ROOT_INCLUDED &&
                    sent_position(d, step->cert) == step->position &&
                    d->v->n_path > 0 && cert_same(d->v->path[d->v->n_path - 1], step->cert)))
                        continue; /* it is on the path, drawn already */
                if (first)
                        buf_puts(d->out, "\n  sent besides\n");
                first = false;
                AUTO_FREE char *where = mem_printf("%d", step->position + 1);
                AUTO_FREE char *when = lifetime(step->cert, d->report->at_s);

                put_line(d, where, d->pen->besides, FAINT, step->cert->label, when);
                put_findings(d, step->cert, step->position, " ");
        }
}

void draw_chain(struct buf *out, const struct exam_report *r, const struct terminal *t)
{
        struct drawing d = {
                .out = out, .report = r, .v = &r->verdict, .t = t,
                .pen = t->utf8 ? &UTF8 : &ASCII,
        };

        if (d.v->n_path == 0)
                return;
        for (size_t i = 0; i < d.v->n_path; i++)
                widen(&d, d.v->path[i]->label);
        for (size_t i = 0; i < d.v->n_repair; i++)
                widen(&d, d.v->repair[i].cert->label);
        if (!d.v->trusted)
                widen(&d, end_label(d.v));
        for (size_t i = 0; i < d.v->n_path; i++)
                put_step(&d, i);
        if (!d.v->trusted)
                put_end(&d);
        put_besides(&d);
}
