/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/delivery.h - empties the outbox: for every receiver one message at a time, oldest
 * first, with exponential back-off. A receiver in trouble never delays another; a message that it
 * rejects, or that brings it into trouble again and again, delays only those behind it about the
 * same group, which never overtake it. A message is given up only after this process has tried.
 * A receiver that says that it is gone for good (HTTP 410) is disabled.
 */
#pragma once

#include "daemon/alert/outbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct delivery;
struct event_base;
struct http_client;

/*
 * Starts delivery for the receivers of @cfg. @outbox is copied (its ctx is borrowed); @base, @http
 * and @cfg outlive it. A receiver that cannot be opened (secret file missing) is logged, retried,
 * and its messages wait. Never fails.
 */
struct delivery *delivery_new(struct event_base *base, const struct config *cfg,
                              struct http_client *http, const struct outbox *outbox);

/*
 * Goes on with @cfg, which from now on is borrowed instead of the former; that one may go when this
 * has returned. A receiver that is equal in every value keeps the message that is on its way, and
 * its back-off, but reads its secret again; one that changed begins anew, and what was on its way
 * is sent again with the same id.
 */
void delivery_reload(struct delivery *d, const struct config *cfg);

/* Stops: what is under way is abandoned and will be sent again with the same id. NULL is fine. */
void delivery_free(struct delivery *d);

/* Something was put into the outbox: look now. */
void delivery_kick(struct delivery *d);

/*
 * Asks @receiver (NULL: all) again now, even if it rests or was disabled. How many there are of
 * that name.
 */
size_t delivery_retry(struct delivery *d, const char *receiver);

struct delivery_lane {
        const char *receiver;
        bool sending;         /* a message is on its way */
        const char *disabled; /* why nothing is sent, until somebody sees to it; NULL = it is not */
        int64_t disabled_s;   /* wall clock; since when */
        int64_t rest_s;       /* it is in trouble, and asked again after so long; 0 = it is not */
        const int64_t *results; /* attempts since the start, by enum send_result */
};

/* Calls @fn for each receiver, in the order of the configuration; all is borrowed. */
typedef void delivery_lane_fn(const struct delivery_lane *lane, void *arg);
void delivery_each(const struct delivery *d, delivery_lane_fn *fn, void *arg);

/* True while a message is on its way; a stopping daemon may wait a little for it. */
int delivery_busy(const struct delivery *d);

#define DELIVERY_MAX_BACKOFF_S 3600 /* however long a receiver asks us to wait */

/*
 * Seconds to wait after @attempts failures (1 or more): 5 s doubling to 1 h, of which @random takes
 * off up to 20 %, so that daemons that failed together do not come back together.
 */
int64_t delivery_backoff_s(int64_t attempts, uint32_t random);
