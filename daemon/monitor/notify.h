/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/notify.h - from transitions to what people are told: the log, and one row in the
 * outbox for every receiver.
 */
#pragma once

#include "daemon/judge/transition.h"

struct config_endpoint;
struct config_receiver;
struct store;

/*
 * Puts a message for each transition and each of @n receivers into the outbox; the caller has begun
 * a transaction and commits it. @e may be NULL for an endpoint that is not known any more. 0 or
 * -errno.
 */
int notify_queue(struct store *store, const struct config_receiver *receivers, size_t n,
                 const char *endpoint, const struct config_endpoint *e,
                 const struct transition_list *transitions);

/* One line of log for each transition. */
void notify_log(const char *endpoint, const struct config_endpoint *e,
                const struct transition_list *transitions);

/* "name: what is wrong", or that it is no longer; malloc'ed. */
char *notify_summary(const char *name, const struct transition *t);
