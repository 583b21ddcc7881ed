/* SPDX-License-Identifier: Apache-2.0 */
/* The row of `endpoints`: a page of those that fit, in some order. */
#include "daemon/monitor/commands_internal.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/json_text.h"
#include "daemon/monitor/endpoint_json.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/roster_find.h"
#include "daemon/monitor/silences.h"
#include "daemon/monitor/status.h"

#include <string.h>

static const char *const SORTS[] = {
        [ROSTER_URGENCY] = "urgency",
        [ROSTER_NAME] = "name",
        [ROSTER_EXPIRES] = "expires",
        [ROSTER_LAST_PROBE] = "last_probe",
};

struct order {
        size_t sort; /* an enum roster_order */
        bool descending;
};

/* NULL, or an error to answer with. */
static json_t *read_order(struct order *ret, const json_t *request)
{
        const char *sort = command_text(request, "sort"), *order = command_text(request, "order");

        ret->sort = ROSTER_URGENCY;
        while (sort && ret->sort < ARRAY_LEN(SORTS) && strcmp(sort, SORTS[ret->sort]) != 0)
                ret->sort++;
        if (ret->sort == ARRAY_LEN(SORTS))
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
        struct roster_filter filter;
        struct order order;
        struct page page;
        size_t total;
        json_t *error = command_page(request, &page);

        if (!error)
                error = command_filter(request, &filter);
        if (!error)
                error = read_order(&order, request);
        if (error)
                return error;

        AUTO_FREE uint8_t *fitting = roster_fitting(f->roster, &filter);
        AUTO_FREE uint32_t *shown = mem_new0((size_t)page.limit, sizeof(*shown));
        size_t n = roster_page(f->roster, fitting, (enum roster_order)order.sort, order.descending,
                               (size_t)page.offset, (size_t)page.limit, shown, &total);
        json_t *doc = page_json(&page, total, hush.now_s);
        json_t *endpoints = json_must(json_array());

        for (size_t i = 0; i < n; i++)
                json_array_append_new(endpoints, endpoint_json(&f->members[shown[i]], &hush));
        json_object_set_new(doc, "counts", status_counts(f));
        json_object_set_new(doc, "endpoints", endpoints);
        return doc;
}
