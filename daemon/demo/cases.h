/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/demo/cases.h - what can go wrong with a certificate, as a table of small PKIs.
 */
#pragma once

#include "common/cert/finding.h"
#include "daemon/demo/mint.h"
#include "daemon/demo/server.h"

#define DEMO_CASES 24
#define DEMO_NO_FINDING FINDING_COUNT /* all is well */
#define DEMO_MAX_CHAIN 4

struct demo_case {
        const char *name;  /* "expired": the endpoint is expired.demo.test unless .host says else */
        const char *about; /* what is (or is not) wrong, in a few words */
        const char *host;
        enum demo_manner manner;
        enum finding_code expected;
};

extern const struct demo_case DEMO[DEMO_CASES];

/* The CAs of the demo, and the chains of its cases, made at a time. */
struct demo_pki;

struct demo_chain {
        const struct minted *certs[DEMO_MAX_CHAIN]; /* in the order they are served */
        size_t n;
        const struct minted *key; /* whose key the server uses: the leaf */
};

struct demo_pki *demo_pki_new(int64_t now_s);
void demo_pki_free(struct demo_pki *p); /* NULL is fine */

/* The chain of case @i; borrowed. */
const struct demo_chain *demo_pki_chain(const struct demo_pki *p, size_t i);

/* What clients of the demo trust, and what they know without trusting it: PEM, borrowed. */
const char *demo_pki_root(const struct demo_pki *p);
const char *demo_pki_intermediate(const struct demo_pki *p);

/* Mints a good certificate for case @i, as an administrator would: its chain changes. */
void demo_pki_mend(struct demo_pki *p, size_t i, int64_t now_s);

/* The host name of a case, as it is put into the configuration; malloc'ed. */
char *demo_host(const struct demo_case *c);
