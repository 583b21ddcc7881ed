/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/clocks.h - what befalls the wall clock: whether anybody keeps it right, and
 * whether somebody sets it. It is told how the clocks are, and says what changes in the log.
 */
#pragma once

#include "common/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

struct clocks { /* zero it to start */
        bool known;
        int64_t ahead_ms;
        enum clock_sync sync;
};

/*
 * By how many milliseconds the wall clock was set since the last look, forward or back; 0 = it was
 * not, or by so little that it does not matter. @ahead_ms is clock_ahead_ms().
 */
int64_t clocks_look(struct clocks *c, int64_t ahead_ms, enum clock_sync sync);
