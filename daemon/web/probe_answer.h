/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/probe_answer.h - one look, in the metrics of blackbox_exporter and of ssl_exporter
 * together. What those leave out when they do not trust a certificate is said all the same.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct exam_report;
struct metrics_writer;

struct probe_manner {
        const char *file;  /* that was asked for instead of a server; or NULL */
        bool http;         /* asked as one asks a web server */
        int64_t took_us;   /* since it was asked for */
};

/* @report is NULL when there was no time for it. */
void probe_answer(struct metrics_writer *w, const struct exam_report *report,
                  const struct probe_manner *how);
