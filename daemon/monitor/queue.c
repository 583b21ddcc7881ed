/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in queue.h. */
#include "daemon/monitor/queue.h"

#include "common/base/log.h"
#include "config/model.h"
#include "daemon/store/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int outbox_next(void *ctx, const char *receiver, int64_t now_s, struct outbox_item *ret)
{
        struct store_outbox_row row;
        int r = store_outbox_next(ctx, receiver, now_s, &row);

        if (r == 1)
                *ret = (struct outbox_item){
                        .row = row.row, .payload = row.payload, .created_s = row.created_s,
                        .attempts = row.attempts,
                };
        return r;
}

static int64_t outbox_next_due_s(void *ctx, const char *receiver)
{
        return store_outbox_next_due_s(ctx, receiver);
}

static int outbox_done(void *ctx, int64_t row, int64_t now_s)
{
        (void)now_s;
        return store_outbox_done(ctx, row);
}

static int outbox_retry(void *ctx, int64_t row, const char *reason)
{
        return store_outbox_retry(ctx, row, reason);
}

static int outbox_postpone(void *ctx, int64_t row, int64_t due_s, const char *reason)
{
        return store_outbox_postpone(ctx, row, due_s, reason);
}

static int outbox_dead(void *ctx, int64_t row, int64_t now_s, const char *reason)
{
        return store_outbox_dead(ctx, row, now_s, reason);
}

struct outbox queue_outbox(struct store *store)
{
        return (struct outbox){
                .ctx = store, .next = outbox_next, .next_due_s = outbox_next_due_s,
                .done = outbox_done, .retry = outbox_retry, .postpone = outbox_postpone,
                .dead = outbox_dead,
        };
}

static bool is_configured(const struct config *config, const char *receiver)
{
        for (size_t i = 0; i < config->n_receivers; i++)
                if (strcmp(config->receivers[i].name, receiver) == 0)
                        return true;
        return false;
}

/* All that waits for @receiver, in one transaction. */
static int bury(struct store *store, const char *receiver, int64_t now_s)
{
        struct store_outbox_row row;
        int r = store_begin(store), committed;

        if (r < 0)
                return r;
        while ((r = store_outbox_next(store, receiver, INT64_MAX, &row)) == 1) {
                free(row.payload);
                r = store_outbox_dead(store, row.row, now_s,
                                      "the receiver is configured no longer");
                if (r < 0)
                        break;
        }
        committed = store_commit(store);
        return r < 0 ? r : committed;
}

void queue_bury_orphans(struct store *store, const struct config *config, int64_t now_s)
{
        struct store_outbox_stats *stats = NULL;
        size_t n = 0;

        if (store_outbox_stats(store, &stats, &n) < 0)
                return;
        for (size_t i = 0; i < n; i++) {
                if (stats[i].waiting == 0 || is_configured(config, stats[i].receiver))
                        continue;
                log_error("receiver %s is not configured now: giving up its %" PRId64 " messages",
                          stats[i].receiver, stats[i].waiting);
                if (bury(store, stats[i].receiver, now_s) < 0)
                        log_error("cannot give them up: %s", store_error(store));
        }
        store_outbox_stats_free(stats, n);
}
