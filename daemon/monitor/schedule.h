/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/schedule.h - who is due when: a binary heap over endpoint numbers. Pure; times are
 * milliseconds since boot, given by the caller: they go on while the machine sleeps.
 *
 * Every endpoint has a beat (first + k * interval) that never drifts, however late a probe was, and
 * is probed a small jitter after it, so that equal intervals do not march in step.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct schedule;

/* For endpoints 0 to @n - 1; nothing is due yet. */
struct schedule *schedule_new(size_t n);
void schedule_free(struct schedule *s); /* NULL is fine */

/* Endpoint @id, which must not be in the schedule, is due at @due_ms. */
void schedule_put(struct schedule *s, size_t id, int64_t due_ms);

/* Takes out the endpoint that is due longest; false when none is due at @now_ms. */
bool schedule_pop(struct schedule *s, int64_t now_ms, size_t *ret_id, int64_t *ret_due_ms);

/* Takes out endpoint @id; false when it is not in the schedule. */
bool schedule_remove(struct schedule *s, size_t id);

/* When the next one is due; -1 = the schedule is empty. */
int64_t schedule_next_ms(const struct schedule *s);

/* Which one that is; false when the schedule is empty. */
bool schedule_first(const struct schedule *s, size_t *ret_id);

/*
 * The first beat of endpoint @seed of @n at start: spread over 1 s and up, at 100 probes a second,
 * but over no more than its interval.
 */
int64_t schedule_first_beat_ms(int64_t now_ms, int64_t interval_ms, uint32_t seed, size_t n);

/* The beat after @beat_ms that is not past at @now_ms; missed beats are left out, not made up. */
int64_t schedule_next_beat_ms(int64_t beat_ms, int64_t interval_ms, int64_t now_ms);

/*
 * How soon to look again after @failures in a row: @retry_ms while they are fewer than @tolerated.
 * Then a dead host is not hammered: twice as long with every further one, and longer by as many
 * times as endpoints of this host fail (@mates, this one included), as if it had but one. At most
 * @interval_ms.
 */
int64_t schedule_retry_ms(int64_t retry_ms, int64_t failures, int64_t tolerated, uint32_t mates,
                          int64_t interval_ms);

/* How long after @beat_ms to probe: up to 5 % of the interval and 30 s, from @seed and the beat. */
int64_t schedule_jitter_ms(int64_t beat_ms, int64_t interval_ms, uint32_t seed);

/* A number that is the same for the same text on every machine (FNV-1a). */
uint32_t schedule_seed(const char *text);
