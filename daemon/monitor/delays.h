/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/delays.h - how long after their time the last probes began. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DELAYS_MAX 16384 /* of the last probes: ten seconds at the speed of a small machine */

struct delays {
        uint32_t ms[DELAYS_MAX]; /* a ring */
        size_t next, n;
};

struct delays_summary {
        uint32_t median_ms, p99_ms, max_ms; /* 0 when there were no probes */
};

void delays_add(struct delays *d, int64_t ms); /* below 0 counts as 0 */
struct delays_summary delays_summary(const struct delays *d);
