/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/query.h - the path and the parameters of a request target (RFC 9112, RFC 3986),
 * decoded. Pure; what it reads was written by strangers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define QUERY_MAX_PARAMS 100

struct query_param {
        char *name, *value; /* UTF-8 without NUL */
};

struct query {
        char *path; /* "/endpoint" */
        struct query_param *params;
        size_t n_params;
};

/*
 * Takes "/endpoint?id=a%20b" apart; "+" in a parameter is a space. False, and an empty *ret, when
 * it does not begin with a slash, is not UTF-8 when decoded, holds a NUL, or has too many
 * parameters.
 */
bool query_parse(struct query *ret, const char *target);
void query_done(struct query *q);

/* The value of the first parameter @name, or NULL. */
const char *query_param(const struct query *q, const char *name);
