/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/loop/resolver.h - names to addresses, with c-ares on a libevent loop. One per thread.
 * /etc/hosts, resolv.conf, TCP fallback and EDNS are c-ares' work.
 *
 * Addresses are kept for as long as the name servers allow (the least TTL of the answer), an hour
 * at the most, and not at all when they are of /etc/hosts. That a name does not exist, or that
 * nobody answers, is never kept: who has mended it wants to see it. Who asks for a name that is
 * being asked for gets the same answer.
 */
#pragma once

#include "common/base/addr.h"

struct event_base;
struct resolver;
struct resolver_query;

#define RESOLVER_MAX_ADDRESSES 128 /* more addresses of one name are left out */
#define RESOLVER_MAX_TTL_S 3600
/* A probe finds its name again within seconds if at all: so many are as many as one thread asks. */
#define RESOLVER_MAX_KEPT 16384
#define RESOLVER_MAX_KEPT_BYTES (4U << 20) /* names with two addresses; fewer, if they have more */

enum resolve_outcome { RESOLVE_OK, RESOLVE_NOT_FOUND, RESOLVE_TIMEOUT, RESOLVE_FAILED };

/*
 * Runs once, from the loop, never inside resolver_start(). @addrs (borrowed) are in the order to
 * try (RFC 6724); @detail is for people, borrowed, NULL when all is well.
 */
typedef void resolver_done_fn(enum resolve_outcome outcome, const struct addr *addrs, size_t n,
                              const char *detail, void *arg);

/* Whom to ask, and how patiently; what is left out is as usual. Only tests say anything. */
struct resolver_options {
        const char *servers; /* "127.0.0.1:5353,..." instead of resolv.conf's */
        int try_ms;          /* of the first try, 2 s otherwise; the second and last takes double */
};

/* 0 or -errno. @options may be NULL. */
int resolver_new(struct resolver **ret, struct event_base *base,
                 const struct resolver_options *options);
void resolver_free(struct resolver *r); /* no callback runs any more; NULL is fine */

/* Asks for @host (canonical; a literal is answered too) with @port filled into the answers. */
struct resolver_query *resolver_start(struct resolver *r, const char *host, uint16_t port,
                                      enum addr_family family, resolver_done_fn *on_done,
                                      void *arg);

/* The callback will not run. NULL is fine. */
void resolver_cancel(struct resolver_query *q);
