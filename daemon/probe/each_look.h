/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/each_look.h - a probe of each address of a host, some of them side by side. Every
 * address gets its share of the time: black holes do not keep us from asking the last one.
 */
#pragma once

#include "daemon/probe/probe.h"
#include "daemon/probe/race.h"

/* Those of one endpoint; limits.per_host counts endpoints, and these are different machines. As
   many as one probe may have sockets: descriptors are budgeted by that. */
#define EACH_AT_ONCE RACE_MAX_SOCKETS
#define EACH_MAX_ADDRESSES 64 /* of one host: honest names have a dozen at the most */

struct each_look;

struct each_seen {
        struct probe_result found; /* the search for the addresses, with .total_us of all */
        struct probe_result *results; /* of each address, in ascending order; they and what they own
                                         are the callee's. NULL = none was found: .found says why */
        size_t n;
        size_t n_addresses; /* that the host has */
};

/* Runs once, from the loop, never inside each_look_start(); it may free the look. */
typedef void each_look_fn(struct each_seen *seen, void *arg);

/* As probe_start(). What @req points to is borrowed until the callback. */
struct each_look *each_look_start(struct event_base *base, struct resolver *resolver,
                                  struct tls_client *tls, const struct probe_request *req,
                                  each_look_fn *on_done, void *arg);

/* Cancels and frees; the callback will not run. NULL is fine. */
void each_look_free(struct each_look *l);
