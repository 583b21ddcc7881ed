/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/rejudge.h - the chain that an endpoint served last, judged as of now. What the
 * network, the connection or a stapled answer had to say is not asked again: that is among its
 * problems.
 */
#pragma once

#include "common/cert/validate.h"

struct member;
struct store;

struct rejudged {
        struct chain *served;
        struct verdict verdict;
};

/*
 * 1 and *@ret, which is to be ended by rejudged_done(); 0: its chain is not known, or not yet on
 * disk. -errno. @learned as for a look.
 */
int rejudge(const struct member *m, struct trust *learned, struct store *store, int64_t now_s,
            struct rejudged *ret);
void rejudged_done(struct rejudged *r); /* zeroed is fine */

/* The chain it should serve: server certificate, intermediates in order; NULL: not known. */
char *rejudged_chain_pem(const struct rejudged *r);
