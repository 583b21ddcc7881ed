/* SPDX-License-Identifier: Apache-2.0 */
/* The row of `endpoints`: a page of them. */
#include "daemon/monitor/commands_internal.h"

#include "common/base/clock.h"
#include "common/cert/json_text.h"
#include "daemon/monitor/endpoint_json.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/silences.h"
#include "daemon/monitor/status.h"

json_t *command_endpoints(struct monitor *m, const json_t *request)
{
        const struct fleet *f = monitor_fleet(m);
        const struct hush hush = { silences_list(monitor_silences(m)), clock_wall_s() };
        struct page page;
        json_t *error = command_page(request, &page);

        if (error)
                return error;
        json_t *doc = page_json(&page, f->n, hush.now_s);
        json_t *most = status_endpoints(f, &hush, (size_t)(page.offset + page.limit));
        json_t *endpoints = json_must(json_array());

        for (size_t i = (size_t)page.offset; i < json_array_size(most); i++)
                json_array_append(endpoints, json_array_get(most, i));
        json_decref(most);
        json_object_set_new(doc, "counts", status_counts(f));
        json_object_set_new(doc, "endpoints", endpoints);
        return doc;
}
