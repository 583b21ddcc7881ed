/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/monitor/summary.h - the message of the day: counts, what is open, what ends next. */
#pragma once

#include "daemon/alert/message.h"

#include <stdint.h>

struct config_summary;
struct fleet;
struct store;

/* When the first after @last_s is due, wall clock. */
int64_t summary_next_s(const struct config_summary *c, int64_t last_s);

/* Everything in @m is its own: message_done() it. */
void summary_message(const struct fleet *f, struct store *store, int64_t now_s, struct message *m);

/*
 * In a transaction of its own: if one is due, it is in the outbox for everybody who gets it; of
 * those that fell due while nobody asked, one. 1 = it was so, 0 = none is due, -errno.
 */
int summary_due(const struct fleet *f, struct store *store, int64_t now_s);
