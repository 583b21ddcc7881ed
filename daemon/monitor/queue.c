/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in queue.h. */
#include "daemon/monitor/queue.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/monitor/alerts.h"
#include "daemon/monitor/fleet.h"
#include "daemon/store/groups.h"
#include "daemon/store/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define GREET_PART 500 /* endpoints with problems, so that the loop is not held up */

static struct store *store_of(void *ctx)
{
        return ((struct queue *)ctx)->store;
}

static int outbox_next(void *ctx, const char *receiver, int64_t now_s, struct outbox_item *ret)
{
        struct store_outbox_row row;
        int r = store_outbox_next(store_of(ctx), receiver, now_s, &row);

        if (r == 1)
                *ret = (struct outbox_item){
                        .row = row.row, .payload = row.payload, .created_s = row.created_s,
                        .attempts = row.attempts,
                };
        return r;
}

static int64_t outbox_next_due_s(void *ctx, const char *receiver)
{
        return store_outbox_next_due_s(store_of(ctx), receiver);
}

static int outbox_done(void *ctx, int64_t row, int64_t now_s)
{
        (void)now_s;
        return store_outbox_done(store_of(ctx), row);
}

static int outbox_retry(void *ctx, int64_t row, const char *reason)
{
        return store_outbox_retry(store_of(ctx), row, reason);
}

static int outbox_postpone(void *ctx, int64_t row, int64_t due_s, const char *reason)
{
        return store_outbox_postpone(store_of(ctx), row, due_s, reason);
}

static int outbox_dead(void *ctx, int64_t row, int64_t now_s, const char *reason)
{
        return store_outbox_dead(store_of(ctx), row, now_s, reason);
}

static int outbox_disable(void *ctx, const char *receiver, uint32_t config, int64_t now_s,
                          const char *reason)
{
        return store_receiver_disable(store_of(ctx), receiver, config, now_s, reason);
}

static int outbox_disabled(void *ctx, const char *receiver, uint32_t config, int64_t *ret_since_s,
                           char **ret_reason)
{
        return store_receiver_disabled(store_of(ctx), receiver, config, ret_since_s, ret_reason);
}

static int outbox_enable(void *ctx, const char *receiver)
{
        return store_receiver_enable(store_of(ctx), receiver);
}

static int outbox_open(void *ctx, const char *receiver, char **after, struct message *ret, int max)
{
        struct queue *q = ctx;

        return alerts_open(q->alerts, receiver, after, clock_wall_s(), ret, max);
}

struct outbox queue_outbox(struct queue *q)
{
        return (struct outbox){
                .ctx = q, .next = outbox_next, .next_due_s = outbox_next_due_s,
                .done = outbox_done, .retry = outbox_retry, .postpone = outbox_postpone,
                .dead = outbox_dead, .disable = outbox_disable, .disabled = outbox_disabled,
                .enable = outbox_enable, .open = outbox_open,
        };
}

static bool is_configured(const struct config *config, const char *receiver)
{
        for (size_t i = 0; i < config->n_receivers; i++)
                if (strcmp(config->receivers[i].name, receiver) == 0)
                        return true;
        return false;
}

struct forgetting {
        struct store *store;
        const struct config *config;
        int64_t before_s;
};

static void forget_groups(const char *receiver, void *arg)
{
        const struct forgetting *f = arg;

        if (!is_configured(f->config, receiver))
                store_groups_forget(f->store, receiver, f->before_s);
}

void queue_bury_orphans(struct store *store, const struct config *config, int64_t now_s)
{
        struct forgetting forgetting = { store, config, now_s - QUEUE_ORPHAN_MAX_AGE_S };
        struct store_outbox_stats *stats = NULL;
        size_t n = 0;

        store_groups_receivers(store, forget_groups, &forgetting);
        if (store_outbox_stats(store, &stats, &n) < 0)
                return;
        for (size_t i = 0; i < n; i++) {
                int64_t buried = 0;

                if (stats[i].waiting == 0 || is_configured(config, stats[i].receiver))
                        continue;
                if (store_outbox_bury(store, stats[i].receiver, now_s - QUEUE_ORPHAN_MAX_AGE_S,
                                      now_s, "the receiver is not configured", &buried) < 0)
                        log_error("cannot give up messages: %s", store_error(store));
                else if (buried > 0)
                        log_error("receiver %s is not configured: giving up %" PRId64 " message%s",
                                  stats[i].receiver, buried, buried == 1 ? "" : "s");
        }
        store_outbox_stats_free(stats, n);
}

/* --- new receivers ---------------------------------------------------------------------------- */

/* Which receivers are new, in the order of the configuration; true if there are any. */
static int find_new(struct store *store, const struct config *config, bool *is_new)
{
        bool any = false;

        for (size_t i = 0; i < config->n_receivers; i++) {
                int r = store_receiver_known(store, config->receivers[i].name);

                if (r < 0)
                        return r;
                is_new[i] = r == 0;
                any |= is_new[i];
        }
        return any;
}

static int greet_with(struct alerts *alerts, const struct config *config, const bool *is_new,
                      const struct member *member, int64_t now_s)
{
        int r = 0;

        for (size_t i = 0; i < config->n_receivers && r == 0; i++)
                if (is_new[i])
                        r = alerts_greet(alerts, config->receivers[i].name, member->cfg,
                                         &member->state, now_s);
        return r;
}

/* Tells the new ones of a part of what is open, from *@at on; after the last they are known. */
static int greet_part(struct store *store, struct alerts *alerts, const struct fleet *fleet,
                      size_t *at, int64_t now_s)
{
        const struct config *config = fleet->config;
        AUTO_FREE bool *is_new = mem_new0(config->n_receivers + 1, sizeof(*is_new));
        int r = find_new(store, config, is_new);

        if (r == 0)
                *at = fleet->n;
        if (r > 0)
                r = 0;
        for (int n = 0; *at < fleet->n && n < GREET_PART && r == 0; (*at)++) {
                const struct member *member = &fleet->members[*at];

                n += member->state.n_problems > 0;
                r = greet_with(alerts, config, is_new, member, now_s);
        }
        for (size_t i = 0; *at >= fleet->n && i < config->n_receivers && r == 0; i++)
                if (is_new[i])
                        r = store_receiver_remember(store, config->receivers[i].name);
        return r;
}

struct names {
        char **items;
        size_t n;
};

static void add_name(const char *name, void *arg)
{
        struct names *names = arg;

        names->items = mem_resize(names->items, names->n + 1, sizeof(*names->items));
        names->items[names->n++] = mem_strdup(name);
}

/* Those that are configured no longer: should they come back, they will have missed something. */
static int forget_gone(struct store *store, const struct config *config)
{
        struct names known = { 0 };
        int r = store_receivers(store, add_name, &known);

        for (size_t i = 0; i < known.n; i++) {
                if (r == 0 && !is_configured(config, known.items[i]))
                        r = store_receiver_forget(store, known.items[i]);
                free(known.items[i]);
        }
        free(known.items);
        return r;
}

int queue_greet(struct store *store, struct alerts *alerts, const struct fleet *fleet, size_t *at,
                int64_t now_s)
{
        size_t next = *at;
        int r = store_begin(store), committed;

        if (r < 0)
                return r;
        r = forget_gone(store, fleet->config);
        if (r == 0)
                r = greet_part(store, alerts, fleet, &next, now_s);
        if (r == 0)
                r = alerts_settle(alerts, now_s);
        committed = store_commit(store);
        if (r < 0 || committed < 0)
                return r < 0 ? r : committed;
        *at = next;
        return next < fleet->n;
}
