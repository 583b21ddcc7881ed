/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in clock.h. */
#include "common/base/clock.h"

#include <sys/timex.h>
#include <time.h>

#define HELD_UP_MS 100

int64_t clock_mono_us(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_mono_ms(void)
{
        return clock_mono_us() / 1000;
}

int64_t clock_boot_us(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_BOOTTIME, &ts);
        return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_boot_ms(void)
{
        return clock_boot_us() / 1000;
}

int64_t clock_wall_s(void)
{
        return (int64_t)time(NULL);
}

/* Whoever is held up between two clocks reads two times: then once more. */
int64_t clock_ahead_ms(void)
{
        struct timespec wall;
        int64_t before_ms, after_ms = clock_boot_ms();

        do {
                before_ms = after_ms;
                clock_gettime(CLOCK_REALTIME, &wall);
                after_ms = clock_boot_ms();
        } while (after_ms - before_ms > HELD_UP_MS);
        return (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000 - after_ms;
}

enum clock_sync clock_sync_ask(void)
{
        struct timex ask = { .modes = 0 }; /* changes nothing, so anybody may */
        int state = adjtimex(&ask);

        if (state < 0)
                return CLOCK_SYNC_UNKNOWN; /* a sandbox says no */
        return state == TIME_ERROR ? CLOCK_UNSYNCHRONISED : CLOCK_SYNCHRONISED;
}
