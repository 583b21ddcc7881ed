/* SPDX-License-Identifier: Apache-2.0 */
/* The row of `certificates`: those that are shown now, and how many show each. */
#include "daemon/monitor/commands_internal.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/monitor/condition.h"
#include "daemon/monitor/endpoint_json.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/leaves.h"
#include "daemon/monitor/picks.h"

#include <stdlib.h>
#include <string.h>

/* Who shows what, as columns; those that are not meant show nothing. */
static struct leaf_columns columns_of(const struct fleet *f, const struct picks_filter *filter)
{
        uint64_t *leaf = mem_new0(f->n, sizeof(*leaf));
        uint32_t *expires_s = mem_new0(f->n, sizeof(*expires_s));
        uint8_t *condition = mem_new0(f->n, 1);

        for (size_t i = 0; i < f->n; i++) {
                const struct endpoint_state *s = &f->members[i].state;

                if (picks_filter_takes(filter, &f->members[i]))
                        leaf[i] = strtoull(memcpy((char[17]){ 0 }, s->leaf_fingerprint, 16), NULL,
                                           16);
                expires_s[i] = s->expires_s < UINT32_MAX ? (uint32_t)s->expires_s : UINT32_MAX;
                condition[i] = (uint8_t)condition_of(&f->members[i]);
        }
        return (struct leaf_columns){ f->n, leaf, expires_s, condition };
}

static void columns_done(struct leaf_columns *c)
{
        free((void *)c->leaf);
        free((void *)c->expires_s);
        free((void *)c->condition);
}

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
        struct picks_filter filter;
        struct page page;
        json_t *error = command_page(request, &page);
        size_t total;

        if (!error)
                error = picks_filter_read(&filter, request);
        if (error)
                return error;
        struct leaf_columns columns = columns_of(f, &filter);
        AUTO_FREE struct leaf *leaves = mem_new0((size_t)page.limit, sizeof(*leaves));
        size_t n = leaves_page(&columns, NULL, (size_t)page.offset, (size_t)page.limit, leaves,
                               &total);
        json_t *doc = page_json(&page, total, clock_wall_s()), *list = json_must(json_array());

        for (size_t i = 0; i < n; i++)
                json_array_append_new(list, leaf_json(f, &leaves[i]));
        columns_done(&columns);
        json_object_set_new(doc, "certificates", list);
        return doc;
}
