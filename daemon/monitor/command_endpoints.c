/* SPDX-License-Identifier: Apache-2.0 */
/* The row of `endpoints`: a page of those that fit, in some order. */
#include "daemon/monitor/commands_internal.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/monitor/condition.h"
#include "daemon/monitor/endpoint_json.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/picks.h"
#include "daemon/monitor/silences.h"
#include "daemon/monitor/status.h"

#include <string.h>

static int by_number(int64_t a, int64_t b)
{
        return a < b ? -1 : a > b;
}

static int by_urgency(const struct pick *a, const struct pick *b)
{
        enum condition x = condition_of(a->m), y = condition_of(b->m);

        return x != y ? by_number(x, y) : by_number(a->m->state.expires_s, b->m->state.expires_s);
}

static int by_name(const struct pick *a, const struct pick *b)
{
        return strcasecmp(a->m->cfg->name, b->m->cfg->name);
}

static int by_expires(const struct pick *a, const struct pick *b)
{
        return by_number(a->m->state.expires_s, b->m->state.expires_s);
}

static int by_last_probe(const struct pick *a, const struct pick *b)
{
        return by_number(a->m->state.last_probe_s, b->m->state.last_probe_s);
}

static const struct {
        const char *name;
        picks_order *order;
} SORTS[] = {
        { "urgency", by_urgency },
        { "name", by_name },
        { "expires", by_expires },
        { "last_probe", by_last_probe },
};

/* NULL, or an error to answer with. */
static json_t *read_order(struct picks *ret, const json_t *request)
{
        const char *sort = command_text(request, "sort"), *order = command_text(request, "order");

        ret->order = sort ? NULL : by_urgency;
        for (size_t i = 0; sort && i < ARRAY_LEN(SORTS); i++)
                if (strcmp(sort, SORTS[i].name) == 0)
                        ret->order = SORTS[i].order;
        if (!ret->order)
                return command_error("sort is urgency, name, expires or last_probe");
        ret->descending = order && strcmp(order, "desc") == 0;
        if (order && !ret->descending && strcmp(order, "asc") != 0)
                return command_error("order is asc or desc");
        return NULL;
}

json_t *command_endpoints(struct monitor *m, const json_t *request)
{
        const struct fleet *f = monitor_fleet(m);
        const struct hush hush = { silences_list(monitor_silences(m)), clock_wall_s() };
        struct picks_filter filter;
        struct picks picks = { 0 };
        struct page page;
        json_t *error = command_page(request, &page);

        if (!error)
                error = picks_filter_read(&filter, request);
        if (!error)
                error = read_order(&picks, request);
        if (error)
                return error;

        picks.max = (size_t)(page.offset + page.limit);
        for (size_t i = 0; i < f->n; i++)
                if (picks_filter_takes(&filter, &f->members[i]))
                        picks_offer(&picks, &(struct pick){ .m = &f->members[i] });
        picks_sort(&picks);

        json_t *doc = page_json(&page, picks.offered, hush.now_s);
        json_t *endpoints = json_must(json_array());

        for (size_t i = (size_t)page.offset; i < picks.n; i++)
                json_array_append_new(endpoints, endpoint_json(picks.items[i].m, &hush));
        picks_done(&picks);
        json_object_set_new(doc, "counts", status_counts(f));
        json_object_set_new(doc, "endpoints", endpoints);
        return doc;
}
