/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/san_check.h - do the names of a certificate resolve? Renewal by ACME's http-01 fails
 * for the whole certificate when one of them does not.
 */
#pragma once

#include "common/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAN_MAX_NAMES 100 /* asked for one certificate; Let's Encrypt allows no more in one */
#define SAN_AT_ONCE 8     /* queries in flight, so that no name server takes us for a flood */

struct cert;
struct event_base;
struct policy;
struct resolver;
struct san_check;
struct verdict;

struct san_names {
        char **missing; /* there is no such name, or no address (NXDOMAIN, NODATA); printable */
        size_t n_missing;
        size_t n_asked;
        size_t n_unknown;  /* no name server answered, or not in time: nothing is known */
        size_t n_left_out; /* over SAN_MAX_NAMES */
        bool done;         /* false: nobody asked */
};

void san_names_done(struct san_names *n);

/* Runs once, from the loop, never inside san_check_start(). @names is the callee's. */
typedef void san_check_fn(struct san_names *names, void *arg);

/*
 * Looks up every DNS name of @leaf that is no wildcard, once each, for @timeout_ms in all; names
 * that are no host names are not asked for. Never fails.
 */
struct san_check *san_check_start(struct event_base *base, struct resolver *resolver,
                                  const struct cert *leaf, int64_t timeout_ms,
                                  san_check_fn *on_done, void *arg);
void san_check_free(struct san_check *c); /* cancels; NULL is fine */

/* Adds san-unresolvable to @v when names are missing; what is not known is no finding. */
void san_check_judge(const struct san_names *n, const struct policy *policy, struct verdict *v);
