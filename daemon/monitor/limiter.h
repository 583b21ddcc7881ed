/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/limiter.h - how many probes run at once, in all and per host. Pure.
 *
 * Endpoints enter when they are due, are handed out in that order as far as the limits allow, and
 * leave when their probe is done. A host at its limit holds up its own endpoints only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct limiter;

/* Endpoint i (of @n) is on host @host_of[i] (of @n_hosts); the array is copied. Limits >= 1. */
struct limiter *limiter_new(const size_t *host_of, size_t n, size_t n_hosts, size_t concurrency,
                            size_t per_host);
void limiter_free(struct limiter *l); /* NULL is fine */

void limiter_enter(struct limiter *l, size_t id); /* once until limiter_leave() */
bool limiter_next(struct limiter *l, size_t *ret_id); /* false: nothing may start now */
void limiter_leave(struct limiter *l, size_t id);

/* Endpoint @id runs already, started under another limiter: it counts here, whatever the limits. */
void limiter_adopt(struct limiter *l, size_t id);

size_t limiter_running(const struct limiter *l);
size_t limiter_waiting(const struct limiter *l);
