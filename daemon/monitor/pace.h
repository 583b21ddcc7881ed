/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/pace.h - how often probes begin at one address, however many endpoints are behind
 * it. Pure; times are monotonic milliseconds given by the caller.
 *
 * Who is due takes the next turn at his address, and comes back at its time: a turn is an
 * appointment, so nobody is overtaken, and nobody asks twice. Addresses where no turn is ahead are
 * forgotten.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct addr;
struct pace;

#define PACE_BURST 5 /* turns that an idle address gives at once, if its rate has as many */

struct pace *pace_new(int64_t per_second); /* > 0 */
void pace_free(struct pace *p);            /* NULL is fine */

/* What stands for an address, without its port, or for a name; never 0. */
uint64_t pace_key(const struct addr *a);
uint64_t pace_name_key(const char *name);

/* Takes the next turn at @key that is not before @now_ms, and tells when it is. */
int64_t pace_turn(struct pace *p, uint64_t key, int64_t now_ms);

/* Addresses that are remembered now. */
size_t pace_size(const struct pace *p);
