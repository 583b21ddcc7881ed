/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/app/check_print.h - the answers of `notafter check`: for people, programs and Nagios.
 */
#pragma once

#include <stdint.h>

struct exam_report;
struct policy;

/* EXIT_OK ... EXIT_UNKNOWN: unknown when nothing could be looked at. */
int check_exit_code(const struct exam_report *r);

/* The verdict first, then what was seen, then every problem with its remedy. */
void check_print_text(const char *target, const struct exam_report *r, int colour);

/* One JSON object on one line. */
void check_print_json(const char *target, const struct exam_report *r);

/* One line with performance data (Monitoring Plugins' guidelines). */
void check_print_nagios(const char *target, const struct exam_report *r,
                        const struct policy *policy);
