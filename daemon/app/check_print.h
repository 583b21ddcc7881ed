/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/app/check_print.h - the answers of `notafter check`: for people (check_text.c), programs
 * and Nagios (check_print.c).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct exam_report;
struct policy;
struct verdict;

/* EXIT_OK ... EXIT_UNKNOWN: unknown when nothing could be looked at. */
int check_exit_code(const struct exam_report *r);
extern const char *const CHECK_WORDS[]; /* of an exit code: "CRITICAL" */

/* Is there a warning or an error, and how many more than the worst? */
bool check_has_problem(const struct verdict *v);
size_t check_other_problems(const struct verdict *v);

/* What there is to say of one target. */
struct check_answer {
        const char *target; /* as asked for, printable */
        const char *name;   /* that was looked for in the certificate, or NULL */
        const struct exam_report *report;
        const char *proxy;  /* that led there: "proxy.example:3128", or NULL */
        const struct policy *policy;
        bool show_certs;    /* each certificate whole, too */
};

/* The verdict first, then what was seen, then every problem with its remedy. */
void check_print_text(const struct check_answer *a);

/* One JSON object on one line: packaging/schema/check.schema.json. */
void check_print_json(const struct check_answer *a);

/* One line with performance data (Monitoring Plugins' guidelines). */
void check_print_nagios(const struct check_answer *a);
