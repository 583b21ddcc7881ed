/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in routing.h. Whoever explains walks the same way as whoever decides: through
 * next_taking().
 */
#include "daemon/notice/routing.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "config/model.h"
#include "daemon/notice/quiet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define EXPLAIN_MAX_BYTES (1024 * 1024)

static const struct config_receiver *receiver_of(const struct config *c, const char *name)
{
        for (size_t i = 0; i < c->n_receivers; i++)
                if (strcmp(c->receivers[i].name, name) == 0)
                        return &c->receivers[i];
        assert(!"the loader lets no unknown receiver through");
        return NULL;
}

static void add(struct routed_list *l, const struct config_receiver *r,
                const struct config_route *route)
{
        for (size_t i = 0; i < l->n; i++)
                if (l->items[i].receiver == r)
                        return;
        l->items = mem_resize(l->items, l->n + 1, sizeof(*l->items));
        l->items[l->n++] = (struct routed){ r, route };
}

static void add_named(struct routed_list *l, const struct config *c, char *const *names, size_t n,
                      const struct config_route *route)
{
        for (size_t i = 0; i < n; i++)
                add(l, receiver_of(c, names[i]), route);
}

/* The first route from @i on that takes it; c->n_routes when none does. */
static size_t next_taking(const struct config *c, size_t i, const struct subject *s)
{
        while (i < c->n_routes && !match_takes(&c->routes[i].match, s))
                i++;
        return i;
}

static void add_defaults(struct routed_list *l, const struct config *c)
{
        add_named(l, c, c->alerts.receivers, c->alerts.n_receivers, NULL);
        for (size_t i = 0; c->alerts.n_receivers == 0 && i < c->n_receivers; i++)
                add(l, &c->receivers[i], NULL);
}

void routing_find(const struct config *c, const struct subject *s, struct routed_list *ret)
{
        size_t i = next_taking(c, 0, s);

        *ret = (struct routed_list){ 0 };
        if (i == c->n_routes)
                add_defaults(ret, c);
        while (i < c->n_routes) {
                const struct config_route *r = &c->routes[i];

                add_named(ret, c, r->receivers, r->n_receivers, r);
                i = r->goes_on ? next_taking(c, i + 1, s) : c->n_routes;
        }
}

void routed_list_done(struct routed_list *l)
{
        free(l->items);
        *l = (struct routed_list){ 0 };
}

/* --- for people ------------------------------------------------------------------------------- */

static void put_names(struct buf *out, char *const *names, size_t n)
{
        for (size_t i = 0; i < n; i++)
                buf_printf(out, "%s%s", i ? ", " : "", names[i]);
        if (n == 0)
                buf_puts(out, "nobody");
}

static void put_quiet(struct buf *out, const struct config_quiet *q, enum severity severity,
                      int64_t now_s)
{
        int64_t until_s = quiet_until_s(q, severity, now_s);
        char until[TIME_STR_MAX];

        if (q->from_min == q->to_min || (q->except != SEVERITY_OK && severity >= q->except))
                return;
        buf_printf(out, "; quiet from %02d:%02d to %02d:%02d%s", q->from_min / 60,
                   q->from_min % 60, q->to_min / 60, q->to_min % 60, q->utc ? " UTC" : "");
        if (until_s)
                buf_printf(out, ", now until %s", time_str(until_s, until));
}

static void put_terms(struct buf *out, const struct config *c, const struct routed *r,
                      enum severity severity, int64_t now_s)
{
        int64_t repeat_s = r->route ? r->route->repeat_s[severity] : -1;
        char span[SPAN_STR_MAX];

        if (repeat_s < 0)
                repeat_s = c->alerts.repeat_s[severity];
        buf_printf(out, "  %s, ", r->receiver->name);
        if (repeat_s > 0)
                buf_printf(out, "again every %s", span_exact(repeat_s, span));
        else
                buf_puts(out, "once");
        if (r->route)
                put_quiet(out, &r->route->quiet, severity, now_s);
        buf_puts(out, "\n");
}

static void put_routes(struct buf *out, const struct config *c, const struct subject *s)
{
        size_t taking = next_taking(c, 0, s);
        bool taken = taking < c->n_routes;

        for (size_t i = 0; i < c->n_routes; i++) {
                const struct config_route *r = &c->routes[i];
                AUTO_FREE char *refusal = match_refusal(&r->match, s);

                buf_printf(out, "route %zu (%s:%d) ", i + 1, r->file, r->line);
                if (i < taking) {
                        buf_printf(out, "does not take it: %s\n", refusal);
                } else if (i > taking) {
                        buf_puts(out, "is not asked\n");
                } else {
                        buf_puts(out, "takes it: ");
                        put_names(out, r->receivers, r->n_receivers);
                        buf_puts(out, r->goes_on ? "; it goes on\n" : "\n");
                        taking = r->goes_on ? next_taking(c, i + 1, s) : i;
                }
        }
        if (!taken)
                buf_printf(out, "no route takes it: it goes to %s\n",
                           c->alerts.n_receivers ? "the receivers of alerts" : "every receiver");
}

char *routing_explain(const struct config *c, const struct subject *s, int64_t now_s)
{
        struct buf out = BUF_INIT(EXPLAIN_MAX_BYTES);
        struct routed_list told;

        routing_find(c, s, &told);
        put_routes(&out, c, s);
        buf_puts(&out, told.n ? "told to:\n" : "told to nobody\n");
        for (size_t i = 0; i < told.n; i++)
                put_terms(&out, c, &told.items[i], s->severity, now_s);
        routed_list_done(&told);
        return buf_steal(&out);
}
