/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/health.h - is the schedule kept? Who waits and who is looked at stands in two
 * heaps of the fleet, so that the latest is known without a walk. It is told the time.
 */
#pragma once

#include <stdint.h>

struct fleet;
struct member;

#define HEALTH_LAG_MS 60000 /* so late a look may begin, and twice that over its time may it end */

/* @m, which is no guest, waits, is looked at or chases, or does so no more. */
void health_note(const struct member *m);

/* Of those that are due and held up, by a limit, the one that is due longest; NULL = none is. */
const struct member *health_longest_waiting(const struct fleet *f);

/* How late that one is; 0 = none waits. */
int64_t health_lag_ms(const struct fleet *f, int64_t now_ms);

/* Why it is not, for people: somebody waits, or a look does not end; malloc'ed, NULL = it is. */
char *health_trouble(const struct fleet *f, int64_t now_ms);
