/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/limiter.h - how many looks run at once, in all and per host. Pure.
 *
 * Endpoints enter when they are due, are handed out as far as the limits allow, and leave when
 * their probe is done. Those that keep silent, or were never seen, go in a lane of their own,
 * which holds at most three quarters of all places and of each host's: however many hang, those
 * that answer find a place. Files, of which one that is gone is waited for, take no place from
 * probes. The lanes take turns, so do the hosts within a lane, and at one host the endpoints start
 * in the order they entered.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limiter;

#define LIMITER_FILES_AT_ONCE 1024

enum lane { LANE_QUICK, LANE_SLOW, LANE_FILES, LANE_COUNT };

/* Endpoint i (of @n) is on host @host_of[i] (of @n_hosts). Limits >= 1. */
struct limiter *limiter_new(const uint32_t *host_of, size_t n, size_t n_hosts, size_t concurrency,
                            size_t per_host);
void limiter_free(struct limiter *l); /* NULL is fine */

void limiter_enter(struct limiter *l, size_t id, enum lane lane); /* once until limiter_leave() */
bool limiter_next(struct limiter *l, size_t *ret_id); /* false: nothing may start now */
void limiter_leave(struct limiter *l, size_t id);

/* Endpoint @id runs already, started under another limiter: it counts here, whatever the limits. */
void limiter_adopt(struct limiter *l, size_t id, enum lane lane);

size_t limiter_running(const struct limiter *l); /* probes, not files */
size_t limiter_waiting(const struct limiter *l);
