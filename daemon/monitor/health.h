/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/monitor/health.h - is the schedule kept? It is told the time. */
#pragma once

#include <stdint.h>

struct fleet;

#define HEALTH_LAG_MS 60000 /* so late a look may begin, and twice that over its time may it end */

/* Why it is not, for people: somebody waits, or a look does not end; malloc'ed, NULL = it is. */
char *health_trouble(const struct fleet *f, int64_t now_ms);
