/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/loader.h - from files to a struct config, with every error at once.
 */
#pragma once

#include "common/base/cleanup.h"

#include <stddef.h>

struct config;

#define DEFAULT_CONFIG "/etc/notafter/notafter.yaml" /* where no file is named */
#define CONFIG_MAX_ERRORS 200 /* reported of one load; then "and more" */

struct config_errors {
        char **items; /* "file:line:column: message", in file order */
        size_t n;
};

void config_errors_done(struct config_errors *e);

/*
 * Loads @path and what it includes. 0 and *ret (one reference), or -EINVAL and at least one error
 * in @errors (the caller frees them with config_errors_done()); *ret is then untouched.
 */
int config_load(struct config **ret, const char *path, struct config_errors *errors);

/* The same from memory, as if it stood in a file called @name; includes are relative to the cwd. */
int config_load_bytes(struct config **ret, const char *name, const char *bytes, size_t n,
                      struct config_errors *errors);

/*
 * The effective configuration as YAML; malloc'ed. It loads to an equal one, but for the URLs of
 * webhooks: user and password are shown as ***, and so are path and query, which are often the
 * only secret there is.
 */
char *config_show(const struct config *c);

/*
 * A configuration to begin with: it watches nothing, tells the journal, and has every other key as
 * a comment, from the same table; malloc'ed. A line "#  key: value" is in effect once its first
 * character is gone.
 */
char *config_new(void);

/* JSON Schema (draft 2020-12) of the file, from the same table; malloc'ed. */
char *config_json_schema(void);
