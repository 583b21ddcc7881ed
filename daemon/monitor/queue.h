/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/queue.h - the store's outbox as delivery wants to see it, so that neither knows
 * the other.
 */
#pragma once

#include "daemon/alert/outbox.h"

#include <stddef.h>

struct alerts;
struct config;
struct fleet;
struct store;

#define QUEUE_ORPHAN_MAX_AGE_S (3 * 86400) /* as long as a receiver's own max_age, unless set */

struct queue {
        struct store *store;
        struct alerts *alerts;
};

/* An interface that borrows @q and what is in it. */
struct outbox queue_outbox(struct queue *q);

/*
 * Messages wait for a receiver that is not configured now as long as for one that does not answer:
 * it may be back with the next reload. Then they become dead letters, and the log says so; and what
 * it was told is forgotten.
 */
void queue_bury_orphans(struct store *store, const struct config *config, int64_t now_s);

/*
 * A receiver that is new, or back after a while, is told of every problem that is open and that it
 * does not know of, as when it opened. That is done in parts: 1 = call it again, 0 = all know all.
 * *@at is how far it has come in @fleet, 0 at first; who was not told to the end is told again from
 * the begin, of what it still does not know. Or -errno, and nothing is queued.
 */
int queue_greet(struct store *store, struct alerts *alerts, const struct fleet *fleet, size_t *at,
                int64_t now_s);
