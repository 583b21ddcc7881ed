/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in news.h. */
#include "daemon/monitor/news.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/monitor/alerts.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/notify.h"
#include "daemon/monitor/roster.h"
#include "daemon/monitor/saving.h"
#include "daemon/monitor/sighting.h"
#include "daemon/store/past.h"
#include "daemon/store/store.h"

#include <assert.h>
#include <stdlib.h>

void news_add(struct news *n, struct member *member, struct endpoint_state *before,
              struct transition_list *transitions)
{
        assert(n->n < NEWS_MAX);
        if (!n->items)
                n->items = mem_new0(NEWS_MAX, sizeof(*n->items));
        n->items[n->n++] = (struct news_item){
                .member = member, .before = *before, .transitions = *transitions,
                .sighting = TAKE(member->sighting),
        };
        *before = (struct endpoint_state){ 0 };
        *transitions = (struct transition_list){ 0 };
        member->unsaved = false; /* only news_keep() may write this state */
}

/* A problem that is over. */
static int keep_past(const struct transition *t, struct store *store, const char *endpoint)
{
        const struct past_problem past = {
                .code = t->code,
                .severity = t->worst,
                .opened_s = t->since_s,
                .ended_s = t->at_s,
                .message = t->message,
        };

        return t->kind == TRANSITION_RESOLVED ? store_past_put(store, endpoint, &past) : 0;
}

static int write_item(const struct news_item *item, struct store *store, struct alerts *alerts)
{
        const struct config_endpoint *e = item->member->cfg;
        int r = store_put_endpoint(store, e->id, &item->member->state);

        if (r == 0)
                r = sighting_keep(item->sighting, store, e->id);
        for (size_t i = 0; i < item->transitions.n && r == 0; i++)
                r = keep_past(&item->transitions.items[i], store, e->id);
        if (r < 0)
                return r;
        return alerts_note(alerts, e->id, e, &item->member->state, &item->transitions);
}

static int write_all(const struct news *n, struct store *store, struct alerts *alerts)
{
        int r = store_begin(store), committed;

        if (r < 0)
                return r;
        for (size_t i = 0; i < n->n && r == 0; i++)
                r = write_item(&n->items[i], store, alerts);
        if (r == 0)
                r = alerts_settle(alerts, clock_wall_s());
        committed = store_commit(store);
        return r < 0 ? r : committed;
}

static void take_back(struct news_item *item)
{
        endpoint_state_done(&item->member->state);
        item->member->state = item->before;
        item->before = (struct endpoint_state){ 0 };
        if (sighting_is_of(item->sighting, &item->member->state)) /* unsaved since before */
                item->member->sighting = TAKE(item->sighting);
        item->member->blind = true;
        saving_note(item->member); /* news_add() had said otherwise */
        roster_note(item->member);
}

int news_keep(struct news *n, struct store *store, struct alerts *alerts)
{
        int r = write_all(n, store, alerts);

        for (size_t i = 0; i < n->n; i++) {
                struct member *member = n->items[i].member;

                if (!member->announced)
                        notify_log(member->cfg->id, member->cfg, &n->items[i].transitions);
                member->announced = r < 0; /* it will be found again, and told only once */
                if (r < 0)
                        take_back(&n->items[i]);
        }
        return r;
}

void news_clear(struct news *n)
{
        for (size_t i = 0; i < n->n; i++) {
                endpoint_state_done(&n->items[i].before);
                transition_list_done(&n->items[i].transitions);
                sighting_free(n->items[i].sighting);
        }
        free(n->items);
        *n = (struct news){ 0 };
}
