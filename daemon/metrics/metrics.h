/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/metrics/metrics.h - the metrics we export, declared once, and how they are written:
 * Prometheus text format 0.0.4, or OpenMetrics 1.0.
 *
 * All samples of one metric stand together, so whoever writes walks what is measured once for each
 * metric. What is unknown is left out, never 0; times are timestamps, never what is left.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_INFO };

struct metric {
        const char *name; /* as users graph it: of counters with _total, of infos with _info */
        enum metric_type type;
        const char *unit; /* "seconds", a suffix of the name; or NULL */
        const char *help;
};

struct metric_label {
        const char *name, *value; /* the value is escaped when it is written */
};

struct metrics_writer {
        struct evbuffer *out;
        bool openmetrics;
};

#define METRICS_TYPE_TEXT "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_TYPE_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* By the request's Accept header (or NULL); the same choice as Prometheus' own client libraries. */
bool metrics_wants_openmetrics(const char *accept);

void metrics_begin(struct metrics_writer *w, const struct metric *m); /* # HELP, # TYPE */
void metrics_sample(struct metrics_writer *w, const struct metric *m,
                    const struct metric_label *labels, size_t n_labels, double value);
void metrics_end(struct metrics_writer *w); /* # EOF of OpenMetrics */
