/* SPDX-License-Identifier: Apache-2.0 */
/* Routes, in the order in which the files are read: that in which they are asked. */
#include "config/bind_internal.h"

#include "common/base/mem.h"

static bool takes_all(const struct config_route *r)
{
        const struct config_match *m = &r->match;

        return m->n_labels == 0 && m->n_names == 0 && m->n_codes == 0 &&
               m->severity <= SEVERITY_INFO;
}

/* Whoever is named by a route that is never asked waits for alerts that never come. */
static void check_reach(struct bind *f, const struct yaml_item *it)
{
        const struct config *c = f->build->config;
        const struct config_route *last = c->n_routes > 0 ? &c->routes[c->n_routes - 1] : NULL;

        if (last && takes_all(last) && !last->goes_on)
                bind_error(f, it, "this route is never asked: the one before it, at %s:%d, takes "
                                  "everything and does not continue", last->file, last->line);
}

static void add_route(struct bind *f, const struct config_route *r, const struct yaml_item *it)
{
        struct config *c = f->build->config;

        if (c->n_routes == CONFIG_MAX_ROUTES) {
                bind_error(f, it, "more than %d routes", CONFIG_MAX_ROUTES);
                return;
        }
        if (r->quiet.from_min >= 0 && r->quiet.from_min == r->quiet.to_min)
                bind_error(f, it, "quiet: from and to are the same time; a whole day is from "
                                  "00:00 to 24:00");
        check_reach(f, it);
        c->routes = mem_resize(c->routes, c->n_routes + 1, sizeof(*c->routes));
        c->routes[c->n_routes] = *r;
        c->routes[c->n_routes].file = f->file.file;
        c->routes[c->n_routes++].line = it->line;
}

static void bind_route(struct bind *f, struct yaml_item *start)
{
        struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };
        struct config_route r = { 0 };

        value_clear(&SCHEMA_ROUTE, &r);
        bind_mapping(f, &SCHEMA_ROUTE, &r, seen, start);
        value_standard(&SCHEMA_ROUTE, &f->where, &r);
        add_route(f, &r, start);
}

void bind_routes(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        (void)base;
        bind_items(f, row, it, "a route", bind_route);
}
