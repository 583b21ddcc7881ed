/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/looks.h - what came of the last looks at one endpoint since the start. As many
 * bytes as it has, as many endpoints have them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct exam_report;

#define LOOKS_KEPT 7

struct look {
        uint32_t at_s;        /* wall clock */
        uint32_t ms : 24;     /* how long it took, up to 4 hours; of a file 0 */
        uint32_t outcome : 8; /* enum probe_outcome; or LOOK_UNREADABLE: a file, and it is that */
};

#define LOOK_UNREADABLE UINT8_MAX

/* Zeroed: there were none. */
struct looks {
        struct look ring[LOOKS_KEPT];
        uint8_t next, n;
};

void looks_add(struct looks *l, const struct exam_report *report);

/* The @i-th back from the last, which is 0; NULL: nobody remembers. */
const struct look *looks_at(const struct looks *l, size_t i);
