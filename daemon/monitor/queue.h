/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/queue.h - the store's outbox as delivery wants to see it, so that neither knows
 * the other.
 */
#pragma once

#include "daemon/alert/outbox.h"

struct config;
struct store;

/* An interface that borrows @store. */
struct outbox queue_outbox(struct store *store);

/*
 * Messages that wait for a receiver that is configured no longer will never be sent: they become
 * dead letters, which the status shows, and the log says so.
 */
void queue_bury_orphans(struct store *store, const struct config *config, int64_t now_s);
