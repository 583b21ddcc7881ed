/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/gauges.h - what the monitor knows of itself, in numbers: for metrics, beside what
 * fleet, store and delivery tell themselves (commands_internal.h).
 */
#pragma once

#include "daemon/monitor/delays.h"
#include "daemon/probe/examine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct monitor;

struct gauges {
        uint64_t generation;    /* of the fleet: with another one, the former may be gone */
        int64_t started_s;      /* wall clock, as is ... */
        int64_t configured_s;   /* ... when the configuration in effect was taken */
        bool refused;           /* a later one was not */
        int64_t looks, local_failures; /* since the start */
        int64_t lag_ms;         /* how late the endpoint is that has waited longest */
        struct delays_summary delay;
        size_t workers;
        struct exam_cache_stats caches[EXAM_CACHE_COUNT];
        bool store_fails;
        int64_t heartbeat_s;    /* when the last one was taken, wall clock; 0 = none was */
};

void monitor_gauges(const struct monitor *m, struct gauges *ret);

/* See .generation. */
uint64_t monitor_generation(const struct monitor *m);
