/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/web/scrape_internal.h - the parts of /metrics, for scrape.c only. */
#pragma once

#include "daemon/metrics/metrics_table.h"

#include <stddef.h>

struct member;
struct monitor;
struct silence_list;

/* Where samples go, and what there is to know besides an endpoint. */
struct scrape_out {
        struct metrics_writer writer;
        const struct silence_list *silences; /* at .now_s, wall clock */
        int64_t now_s;
};

/* Writes the samples of one metric that @m has. */
typedef void scrape_fn(struct scrape_out *o, const struct member *m);

struct scrape_row {
        enum metric_id metric;
        scrape_fn *write;
};

extern const struct scrape_row SCRAPE_ROWS[];
extern const size_t SCRAPE_N_ROWS;

/*
 * All that is said of the daemon itself, and of the endpoints together, of which at most @max_shown
 * have series of their own.
 */
void scrape_daemon(struct metrics_writer *w, struct monitor *m, size_t max_shown);
