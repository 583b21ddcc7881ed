/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/watch.h - `notafter status --watch`: what the daemon sees, again and again. */
#pragma once

#include <stdint.h>

struct status_view;
struct terminal;

struct watch {
        const char *socket;     /* of the daemon */
        struct status_view *v;  /* of which the first has been asked for; the filter stays */
        int64_t period_s;
        const char *colour;     /* "always", "never"; else as the terminal has it */
};

/*
 * Until somebody leaves (q, or a signal that ends programs), or nobody reads any more. On a
 * terminal every picture replaces the one before, and the terminal is left as it was; elsewhere
 * they follow each other as plain text. A daemon that does not answer is asked again.
 */
void watch_status(const struct watch *w);

/* What can be shown on standard output; @colour as above. */
struct terminal watch_terminal(const char *colour);
