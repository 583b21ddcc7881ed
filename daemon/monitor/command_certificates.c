/* SPDX-License-Identifier: Apache-2.0 */
/* The row of `certificates`: those that are shown now, and how many show each. */
#include "daemon/monitor/commands_internal.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/json_text.h"
#include "daemon/monitor/endpoint_json.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/leaves.h"
#include "daemon/monitor/roster.h"
#include "daemon/monitor/roster_find.h"

static json_t *leaf_json(const struct fleet *f, const struct leaf *leaf)
{
        const struct member *urgent = &f->members[leaf->urgent];
        const struct endpoint_state *state = &f->members[leaf->first].state;

        return json_must(json_pack("{s:s, s:o, s:o, s:I, s:s, s:o}",
                                   "sha256", state->leaf_fingerprint,
                                   "subject", json_text(state->leaf_subject),
                                   "expires", json_instant(state->expires_s),
                                   "endpoints", (json_int_t)leaf->n,
                                   "worst", condition_str(leaf->worst),
                                   "example", endpoint_name_json(urgent->cfg)));
}

json_t *command_certificates(struct monitor *m, const json_t *request)
{
        const struct fleet *f = monitor_fleet(m);
        const struct roster *r = f->roster;
        const struct leaf_columns columns = { r->n, r->leaf, r->expires_s, r->condition };
        struct roster_filter filter;
        struct page page;
        json_t *error = command_page(request, &page);
        size_t total;

        if (!error)
                error = command_filter(request, &filter);
        if (error)
                return error;
        AUTO_FREE uint8_t *fitting = roster_fitting(r, &filter);
        AUTO_FREE struct leaf *leaves = mem_new0((size_t)page.limit, sizeof(*leaves));
        size_t n = leaves_page(&columns, fitting, (size_t)page.offset, (size_t)page.limit, leaves,
                               &total);
        json_t *doc = page_json(&page, total, clock_wall_s()), *list = json_must(json_array());

        for (size_t i = 0; i < n; i++)
                json_array_append_new(list, leaf_json(f, &leaves[i]));
        json_object_set_new(doc, "certificates", list);
        return doc;
}
