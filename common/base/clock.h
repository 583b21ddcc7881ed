/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/base/clock.h - one clock per meaning.
 *
 * Deadlines and timings use the monotonic clock; schedules, and what is good for a time, the one
 * that goes on while the machine sleeps; only certificate dates, and what people
 * read, use the wall clock. Pure code reads neither: it is given now_s or now_ms.
 */
#pragma once

#include <stdint.h>

int64_t clock_mono_ms(void);
int64_t clock_boot_ms(void); /* goes on while the machine sleeps */
int64_t clock_mono_us(void);
int64_t clock_boot_us(void);
int64_t clock_wall_s(void);
int64_t clock_ahead_ms(void); /* the wall clock, of clock_boot_ms(): it changes when it is set */

/* Does anybody keep the wall clock right? By what the kernel has been told (adjtimex(2)). */
enum clock_sync { CLOCK_SYNC_UNKNOWN, CLOCK_SYNCHRONISED, CLOCK_UNSYNCHRONISED };
enum clock_sync clock_sync_ask(void);
