/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/ask.h - what the commands that ask the running daemon have in common. */
#pragma once

#include "daemon/app/args.h"

#include <jansson.h>

/* What the values of such a command begin with. */
struct ask_options {
        const char *config, *socket;
};

extern const struct arg_option ASK_OPTIONS[];

/*
 * Where the daemon listens: as said, as configured, or at the usual place; also when its usual file
 * has errors, for it runs on with what it had. malloc'ed, or NULL.
 */
char *ask_where(const struct command *c, const struct ask_options *o);

/* Says on standard error why @socket gave no answer: -errno, or a sentence of the daemon. */
void ask_tell(const struct command *c, const struct ask_options *o, const char *socket, int r,
              const char *error);

/*
 * Consumes @request. The answer, or NULL: then standard error says that no daemon answers, or what
 * the daemon objects to.
 */
json_t *ask_daemon(const struct command *c, const struct ask_options *o, json_t *request);
