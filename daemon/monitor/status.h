/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/status.h - what the monitor shows of itself. Reads, changes nothing.
 */
#pragma once

#include "daemon/monitor/delays.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fleet;
struct hush;
struct silences;
struct store;

struct monitor_counts {
        int64_t probes;         /* since the start */
        int64_t local_failures; /* probes that we could not even begin */
        struct delays delays;   /* from when a probe was due to when it began */
};

void status_summary(const struct fleet *f, struct store *store, char *out, size_t size);

/* A new reference: how many there are of each condition. */
json_t *status_counts(const struct fleet *f);

/* A new reference: what is to be said in numbers and words. */
json_t *status_json(const struct fleet *f, struct store *store,
                    const struct monitor_counts *counts, bool store_fails);

/* And the lists: of what waits for receivers, silences and endpoints, at most @max_endpoints. */
void status_add_lists(json_t *status, const struct fleet *f, struct store *store,
                      const struct silences *silences, size_t max_endpoints);
