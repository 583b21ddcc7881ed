/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/asks.h - who waits for the next look at an endpoint, and the looks at guests:
 * targets that are no endpoints, and that `probe.allow` has. Of a guest nothing is judged or kept.
 *
 * The looks themselves are the monitor's business. monitor_look_cancel() is one of these functions.
 */
#pragma once

#include "daemon/monitor/monitor.h"

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct exam_report;
struct fleet;
struct asks;
struct member;

#define ASKS_GUESTS_AT_ONCE 128 /* each is another target */

/* What the monitor does. Neither may report from inside. */
struct asks_host {
        void (*want)(struct member *m, void *arg);  /* look at it soon, if that is not under way */
        void (*visit)(struct member *guest, void *arg); /* look at it now */
        void *arg;
};

struct asks *asks_new(struct event_base *base, const struct asks_host *host);

/* Drops everything, no callback runs. Not before the workers are gone. NULL is fine. */
void asks_free(struct asks *l);

/* monitor_look() among the members of @f. */
int asks_add(struct asks *l, struct fleet *f, struct monitor_look **ret,
              const struct monitor_ask *ask, monitor_look_fn *on_done, void *arg);

/* A look at @m is over: answers all who wait for it, and frees a guest. */
void asks_report(struct asks *l, struct member *m, const struct exam_report *report);

/* Endpoints are members of @f from now on; nobody is answered by another fleet's. */
void asks_follow(struct asks *l, const struct fleet *f);
