/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/status.h - what the monitor shows of itself. Reads, changes nothing.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct fleet;
struct store;

struct monitor_counts {
        int64_t probes;         /* since the start */
        int64_t local_failures; /* probes that we could not even begin */
        int64_t lag_ms;         /* how late the last endpoint was due */
};

void status_summary(const struct fleet *f, struct store *store, char *out, size_t size);

/* A new reference; at most @max_endpoints, the worst first. */
json_t *status_json(const struct fleet *f, struct store *store, const struct monitor_counts *counts,
                    size_t max_endpoints);
