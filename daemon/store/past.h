/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/store/past.h - problems that are over, the last of each endpoint. They go with the
 * endpoint. As in store.h: 0 or -errno.
 */
#pragma once

#include "common/cert/finding.h"

#include <stdint.h>

struct store;

#define STORE_MAX_PAST 32 /* of one endpoint: one that comes and goes shall not fill the disk */

struct past_problem {
        enum finding_code code;
        enum severity severity; /* the worst that it was */
        int64_t opened_s, ended_s;
        const char *message;    /* as last seen, or NULL */
};

/* @endpoint is in the store. The oldest go when there are too many. */
int store_past_put(struct store *s, const char *endpoint, const struct past_problem *p);

/* Calls @fn for each, that which ended last at first; what it is given is borrowed. */
typedef void store_past_fn(const struct past_problem *p, void *arg);
int store_past_load(struct store *s, const char *endpoint, store_past_fn *fn, void *arg);
