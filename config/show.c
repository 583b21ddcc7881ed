/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The effective configuration as YAML: the schema's rows, walked in order. What comes out loads to
 * an equal configuration again, but for webhooks' URLs, of which no more than the host is told.
 */
#include "config/loader.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "config/model.h"
#include "config/value.h"

#include <stdlib.h>
#include <string.h>

#define SHOW_MAX_BYTES ((size_t)4 << 30) /* 1,000,000 endpoints with everything they can have */
#define INDENT 2

static void indent(struct buf *out, int depth)
{
        buf_printf(out, "%*s", depth * INDENT, "");
}

static void show_policy(struct buf *out, const int8_t *severity, int depth)
{
        bool empty = true;

        for (size_t i = 0; i < FINDING_COUNT; i++) {
                if (severity[i] < 0)
                        continue;
                if (empty) {
                        indent(out, depth);
                        buf_puts(out, "policy:\n");
                        empty = false;
                }
                indent(out, depth + 1);
                buf_printf(out, "%s: %s\n", FINDINGS[i].name, SCHEMA_SEVERITIES[severity[i]]);
        }
}

static void show_labels(struct buf *out, const struct config_label *labels, size_t n, int depth)
{
        if (n == 0)
                return;
        indent(out, depth);
        buf_puts(out, "labels:\n");
        for (size_t i = 0; i < n; i++) {
                indent(out, depth + 1);
                value_print_text(out, labels[i].key); /* may be a word such as "null" */
                buf_puts(out, ": ");
                value_print_text(out, labels[i].value);
                buf_puts(out, "\n");
        }
}

/* Of a mapping that nobody gave, what it needs is not there; or nothing at all is. */
static bool is_there(const struct schema *s, const void *base)
{
        bool any = false, choice = false, chosen = false;

        for (size_t i = 0; i < s->n; i++) {
                const struct schema_row *row = &s->rows[i];
                bool set = row->type == SCHEMA_MAPPING ? is_there(row->rows, base)
                                                       : value_is_set(row, base);

                if (!set && (row->flags & SCHEMA_REQUIRED))
                        return false;
                any |= set;
                choice |= (row->flags & SCHEMA_ONE_OF) != 0;
                chosen |= set && (row->flags & SCHEMA_ONE_OF);
        }
        return any && (chosen || !choice);
}

static void show_rows(struct buf *out, const struct schema *s, const void *base, int depth,
                      unsigned without);

static void show_row(struct buf *out, const struct schema_row *row, const void *base, int depth,
                     unsigned without)
{
        const char *p = (const char *)base + row->offset;

        if (row->type == SCHEMA_POLICY) {
                show_policy(out, (const int8_t *)p, depth);
        } else if (row->type == SCHEMA_LABELS) {
                show_labels(out, *(struct config_label *const *)p,
                            *(const size_t *)((const char *)base + row->offset_n), depth);
        } else if (row->type == SCHEMA_MAPPING) {
                if (!is_there(row->rows, base))
                        return;
                indent(out, depth);
                buf_printf(out, "%s:\n", row->key);
                show_rows(out, row->rows, base, depth + 1, without);
        } else if (value_is_set(row, base)) {
                indent(out, depth);
                buf_printf(out, "%s: ", row->key);
                value_print(out, row, base);
                buf_puts(out, "\n");
        }
}

/* Whatever is set, but lists of mappings; no rows @without. */
static void show_rows(struct buf *out, const struct schema *s, const void *base, int depth,
                      unsigned without)
{
        for (size_t i = 0; i < s->n; i++)
                if (!(s->rows[i].flags & without))
                        show_row(out, &s->rows[i], base, depth, without);
}

/* Target and name so that both, and the id, come out as they are: see add_endpoint(). */
static void show_identity(struct buf *out, const struct config_endpoint *e)
{
        AUTO_FREE char *target = target_str(&e->target);
        bool named = strcmp(e->id, target) != 0;

        buf_puts(out, "  - target: ");
        value_print_text(out, named ? target : e->name);
        if (named) {
                buf_puts(out, "\n    name: ");
                value_print_text(out, e->name);
        }
        buf_puts(out, "\n");
}

static void show_endpoint(struct buf *out, const struct config_endpoint *e)
{
        const struct config_endpoint_flat flat = { *e->set, *e };

        show_identity(out, e);
        show_rows(out, &SCHEMA_ENDPOINT, &flat, 2,
                  SCHEMA_NO_DEFAULT | (e->set->of_file ? SCHEMA_NET_ONLY : 0));
}

/* The pattern, which loads to the same again, and what it stands for as a comment. */
static void show_glob(struct buf *out, const struct config_glob *g)
{
        show_endpoint(out, &g->as);
        buf_printf(out, "    # %zu file%s now%s\n", g->n_paths, g->n_paths == 1 ? "" : "s",
                   g->n < g->n_paths ? ", of which some have an endpoint of their own" : "");
        for (size_t i = 0; i < g->n_paths; i++)
                buf_printf(out, "    #   %s\n", g->paths[i]);
}

static void show_endpoints(struct buf *out, const struct config *c)
{
        size_t n = c->n_globs ? c->globs[0].first : c->n_endpoints;

        buf_puts(out, n + c->n_globs ? "endpoints:\n" : "endpoints: []\n");
        for (size_t i = 0; i < n; i++)
                show_endpoint(out, &c->endpoints[i]);
        for (size_t i = 0; i < c->n_globs; i++)
                show_glob(out, &c->globs[i]);
}

static void show_receivers(struct buf *out, const struct config *c)
{
        buf_puts(out, c->n_receivers ? "receivers:\n" : "receivers: []\n");
        for (size_t i = 0; i < c->n_receivers; i++) {
                const struct config_receiver *r = &c->receivers[i];
                const char *kind = SCHEMA_RECEIVER_KINDS[r->kind];
                const struct schema *rows = schema_find(&SCHEMA_RECEIVER, kind)->rows;

                buf_puts(out, "  - name: ");
                value_print_text(out, r->name);
                buf_puts(out, "\n    max_age: ");
                value_print(out, schema_find(&SCHEMA_RECEIVER, "max_age"), r);
                buf_printf(out, "\n    %s:\n", kind);
                show_rows(out, rows, r, 3, 0);
        }
}

static void show_routes(struct buf *out, const struct config *c)
{
        if (c->n_routes > 0)
                buf_puts(out, "routes:\n");
        for (size_t i = 0; i < c->n_routes; i++) {
                buf_puts(out, "  -\n");
                show_rows(out, &SCHEMA_ROUTE, &c->routes[i], 2, 0);
        }
}

/* Of the standard only a word: written down, its addresses would be asked for. */
static void show_listens(struct buf *out, const struct config *c)
{
        if (c->n_listens == 0)
                buf_puts(out, "listen: []\n");
        else if (!c->listens[0].file)
                buf_printf(out, "# listen: %s, %s, as far as they can be had\n",
                           c->listens[0].address, c->listens[1].address);
        else
                buf_puts(out, "listen:\n");
        for (size_t i = 0; i < c->n_listens && c->listens[i].file; i++) {
                buf_puts(out, "  -\n");
                show_rows(out, &SCHEMA_LISTEN, &c->listens[i], 2, 0);
        }
}

static void show_silences(struct buf *out, const struct config *c)
{
        if (c->n_silences > 0)
                buf_puts(out, "silences:\n");
        for (size_t i = 0; i < c->n_silences; i++) {
                buf_puts(out, "  -\n");
                show_rows(out, &SCHEMA_SILENCE, &c->silences[i], 2, 0);
        }
}

char *config_show(const struct config *c)
{
        struct buf out = BUF_INIT(SHOW_MAX_BYTES);

        show_rows(&out, &SCHEMA_TOP, c, 0, 0);
        show_listens(&out, c);
        show_receivers(&out, c);
        show_routes(&out, c);
        show_silences(&out, c);
        show_endpoints(&out, c);
        return buf_steal(&out);
}
