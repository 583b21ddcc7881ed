/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/status_view.h - the documents that `notafter status` shows. */
#pragma once

#include <jansson.h>

/* Of the running daemon; zero it to start. */
struct status_view {
        json_t *endpoints, *health, *silences;
        json_t *problems; /* only how many of which code; NULL when it cannot be asked for */
        json_t *filter;   /* what was asked for: q, state, code, label, limit */
};

/*
 * Asks who listens at @socket, which blocks, and replaces what *@v holds on success. Returns 0, or
 * -errno; when the daemon objects, -EPROTO and a sentence in *@ret_error, which the caller frees.
 */
int status_view_ask(struct status_view *v, const char *socket, const json_t *filter,
                    char **ret_error);
void status_view_done(struct status_view *v);
