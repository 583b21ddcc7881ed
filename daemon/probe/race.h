/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/race.h - a connection to the first of several addresses that answers, in the spirit
 * of RFC 8305: the families take turns, and while one address keeps silent the next is tried too.
 * So a dead address costs RACE_DELAY_US, whatever the time-out.
 */
#pragma once

#include "daemon/probe/probe.h"

#define RACE_DELAY_US 250000 /* until the next address is tried too (RFC 8305 section 8); less when
                                the time would not do for all of them */
#define RACE_MAX_SOCKETS 4   /* of one race at a time; the oldest gives way to the next */

struct race;

struct race_result {
        enum probe_outcome outcome; /* PROBE_OK: .fd is connected, and the callee's */
        int fd;
        struct addr address; /* the one connected to, or the first of which .detail speaks */
        char detail[PROBE_DETAIL_MAX]; /* why nobody did: "connection refused (all 3 addresses)" */
};

/* Runs once, from the loop, never inside race_start(); it may free the race. */
typedef void race_done_fn(struct race_result *result, void *arg);

/* @addrs (at least one) are copied. The race itself never times out; @time_us is what it has. */
struct race *race_start(struct event_base *base, const struct addr *addrs, size_t n,
                        int64_t time_us, race_done_fn *on_done, void *arg);

/* The time is up: what there is to say. The race is over then, and the callback will not run. */
void race_give_up(struct race *r, struct race_result *ret);

void race_free(struct race *r); /* closes its sockets, the callback will not run; NULL is fine */
