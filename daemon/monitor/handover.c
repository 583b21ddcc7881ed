/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in handover.h. */
#include "daemon/monitor/handover.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/judge/judge.h"
#include "daemon/monitor/alerts.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/limiter.h"
#include "daemon/monitor/notify.h"
#include "daemon/monitor/saving.h"
#include "daemon/store/store.h"

#include <stdlib.h>
#include <string.h>

/* --- endpoints that are watched no longer ----------------------------------------------------- */

struct farewell {
        char *id;
        const struct config_endpoint *cfg; /* as it was configured, NULL = not known any more */
        struct endpoint_state state;       /* a copy */
        struct transition_list news;
};

struct farewells {
        struct farewell *items;
        size_t n;
};

static void add_farewell(struct farewells *all, const char *id, const struct config_endpoint *cfg,
                         const struct endpoint_state *state)
{
        all->items = mem_resize(all->items, all->n + 1, sizeof(*all->items));
        struct farewell *f = &all->items[all->n++];

        *f = (struct farewell){ .id = mem_strdup(id), .cfg = cfg };
        endpoint_state_copy(&f->state, state);
}

static int keep_farewell(struct farewell *f, struct alerts *alerts, struct store *store)
{
        judge_retire(&f->state, clock_wall_s(), &f->news);
        int r = alerts_note(alerts, f->id, f->cfg, &f->state, &f->news);

        return r < 0 ? r : store_remove_endpoint(store, f->id);
}

static void farewells_done(struct farewells *all)
{
        for (size_t i = 0; i < all->n; i++) {
                transition_list_done(&all->items[i].news);
                endpoint_state_done(&all->items[i].state);
                free(all->items[i].id);
        }
        free(all->items);
}

static int say_farewells(struct farewells *all, struct alerts *alerts, struct store *store,
                         char **ret_error)
{
        if (all->n == 0)
                return 0;
        int r = store_begin(store);

        if (r == 0) {
                for (size_t i = 0; i < all->n && r == 0; i++)
                        r = keep_farewell(&all->items[i], alerts, store);
                if (r == 0)
                        r = alerts_settle(alerts, clock_wall_s());
                int committed = store_commit(store);

                r = r < 0 ? r : committed;
        }
        if (r < 0) {
                *ret_error = mem_printf("cannot forget endpoints that are gone: %s",
                                        store_error(store));
                return r;
        }
        for (size_t i = 0; i < all->n; i++)
                notify_log(all->items[i].id, all->items[i].cfg, &all->items[i].news);
        return 0;
}

/* --- from the store --------------------------------------------------------------------------- */

struct recall {
        struct fleet *fleet;
        struct farewells gone;
};

static void recall_endpoint(const char *endpoint, const struct endpoint_state *state, void *arg)
{
        struct recall *r = arg;
        struct member *member = fleet_find(r->fleet, endpoint);

        if (!member) {
                add_farewell(&r->gone, endpoint, NULL, state);
                return;
        }
        endpoint_state_copy(&member->state, state);
        member->known = true;
        member->slow = endpoint_state_lost(state);
}

int handover_recall(struct fleet *f, struct alerts *alerts, struct store *store, char **ret_error)
{
        struct recall recall = { .fleet = f };
        int r = store_load_endpoints(store, recall_endpoint, &recall);

        if (r < 0)
                *ret_error = mem_printf("cannot read the state: %s", store_error(store));
        else
                r = say_farewells(&recall.gone, alerts, store, ret_error);
        farewells_done(&recall.gone);
        return r;
}

/* --- from the fleet before -------------------------------------------------------------------- */

/*
 * A probe under way is as good for the new fleet as for the old, unless it asks otherwise: then its
 * result is let go, and the endpoint is looked at soon.
 */
static void take_over(struct member *is, struct member *was)
{
        is->state = was->state;
        was->state = (struct endpoint_state){ 0 };
        is->known = was->known;
        if (was->unsaved)
                saving_note(is);
        is->sighting = TAKE(was->sighting);
        is->looks = was->looks;
        is->blind = was->blind;
        is->slow = was->slow;
        if (!fleet_same_member(was, is))
                return; /* it gets a beat as new ones do */
        is->address_key = was->address_key;
        is->beat_ms = was->beat_ms;
        is->due_ms = was->due_ms;
        is->waiting = was->waiting;
        if (was->in_flight) {
                is->in_flight = true;
                is->chasing = was->chasing;
                is->awaiting = was->awaiting ? was->awaiting : was;
                if (!is->chasing)
                        limiter_adopt(is->fleet->limiter, (size_t)(is - is->fleet->members),
                                      member_lane(is));
        }
}

int handover_inherit(struct fleet *f, struct fleet *old, struct alerts *alerts, struct store *store,
                     char **ret_error)
{
        struct farewells gone = { 0 };

        for (size_t i = 0; i < old->n; i++) {
                struct member *was = &old->members[i];

                if (was->known && !fleet_find(f, was->cfg->id))
                        add_farewell(&gone, was->cfg->id, was->cfg, &was->state);
        }
        int r = say_farewells(&gone, alerts, store, ret_error);

        farewells_done(&gone);
        if (r < 0)
                return r;
        for (size_t i = 0; i < old->n; i++) {
                struct member *is = fleet_find(f, old->members[i].cfg->id);

                if (is)
                        take_over(is, &old->members[i]);
        }
        return 0;
}
