/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/support/dns_server.h - a name server on the loopback that knows a table and nothing else,
 * over UDP and TCP. Names that are not in it do not exist.
 */
#pragma once

#include "common/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

struct dns_server;

#define DNS_NOT_KEPT (-1) /* a TTL of 0 */

struct dns_rule {
        const char *name;      /* NULL ends the table */
        const char *addresses; /* "192.0.2.1 2001:db8::1", in the order to answer; NULL = none */
        const char *alias;     /* of this name, whose rule says the rest (CNAME); NULL = none */
        int ttl_s;             /* 0 = a minute */
        int rcode;             /* 2 = SERVFAIL, 3 = NXDOMAIN, 5 = REFUSED */
        bool silent;           /* no answer at all */
        bool truncated;        /* over UDP only the word that there is more over TCP */
};

/* Serves until it is stopped; @rules are borrowed. Ends the process if it cannot. */
struct dns_server *dns_server_start(const struct dns_rule *rules);
void dns_server_stop(struct dns_server *s); /* NULL is fine */
CLEANUP_DEFINE(struct dns_server, dns_server_stop)

size_t dns_server_questions(const struct dns_server *s); /* how many have come */
const char *dns_server_str(const struct dns_server *s); /* "127.0.0.1:5353", for resolver_new() */
