/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/child.h - a program of the operator's, run once: no shell, a fixed input, bounded
 * time and output, and nothing of it left when it is over: it leads a process group of its own,
 * which is killed at the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHILD_MAX_OUTPUT_BYTES 4096 /* that are kept; what comes after 1 MB meets a closed pipe */

struct child;
struct event_base;

struct child_options {
        char *const *argv;        /* [0] is the path; NULL-terminated */
        char *const *environment; /* all of it; NULL-terminated */
        const char *input;        /* on standard input, which ends behind it */
        int64_t timeout_ms;
};

struct child_end {
        int status;         /* of waitpid(2) */
        bool timed_out;     /* and was killed for that */
        const char *output; /* standard output and standard error, the first bytes; may hold NUL */
        size_t n_output;
};

/* Runs once, from the loop, never inside child_start(), as the child's last act. */
typedef void child_done_fn(const struct child_end *end, void *arg);

/*
 * Everything in @options is copied. 0; -errno when it cannot be run: then nothing is started. The
 * child has none of our descriptors, signals as usual, and "/" as its folder.
 */
int child_start(struct child **ret, struct event_base *base, const struct child_options *options,
                child_done_fn *on_done, void *arg);

/* Kills it; the callback will not run. NULL is fine. */
void child_kill(struct child *c);
