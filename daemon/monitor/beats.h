/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/beats.h - when the endpoints of a fleet are looked at: on their beats, sooner
 * after a failure, later when many want the same address, and never all at once. It is told the
 * time.
 *
 * An endpoint is in the schedule until it is due; then it may go back there until its turn at its
 * address has come; then it is in the limiter, until that has a place for it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct fleet;
struct member;

/*
 * Schedules all that are not in flight: those that have a beat as they were, the others spread over
 * the next time, with beats of their own from now on.
 */
void beats_begin(struct fleet *f, int64_t now_ms);

/* Whoever is due goes on. Call it when schedule_next_ms() has come. */
void beats_due(struct fleet *f, int64_t now_ms);

/*
 * The wall clock was set by @by_ms, so that what was seen is that much older now: whoever is not
 * looked at that often is looked at soon, as at a start; the beats stay.
 */
void beats_clock_set(struct fleet *f, int64_t now_ms, int64_t by_ms);

/*
 * Somebody wants @m looked at: it is due now, as a retry is, unless it is due or in flight already.
 * False when it can be neither: between its look and beats_next().
 */
bool beats_now(struct member *m, int64_t now_ms);

/* The look at @m is over, and m->state and m->blind tell what came of it. */
void beats_next(struct member *m, int64_t now_ms);

/* @m, which is due, is back from resolving, and m->address_key is known. */
void beats_resolved(struct member *m, int64_t now_ms);
