/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/path.h - the certification path search (RFC 4158), ours because OpenSSL's does not
 * backtrack: depth first over served certificates, extra intermediates and trust anchors.
 *
 * An edge from child to issuer needs matching names, matching key identifiers when both are present,
 * and a signature that verifies. Every path found is judged; the search keeps the best.
 */
#pragma once

#include "common/cert/cert.h"
#include "common/cert/chain.h"
#include "common/cert/trust.h"

#define PATH_MAX_LENGTH 12    /* certificates, leaf and anchor included */
#define PATH_MAX_CHECKS 100   /* signatures verified in one search (Go's limit) */

enum path_source { PATH_SERVED, PATH_EXTRA, PATH_ANCHOR };

struct path_step {
        struct cert *cert;       /* borrowed from the input of the search */
        enum path_source source;
        int position;            /* in the served chain; -1 when it was not served */
};

struct path {
        struct path_step steps[PATH_MAX_LENGTH]; /* leaf first */
        size_t n;
        bool anchored;     /* ends in a trust anchor */
        size_t n_extra;    /* steps that the server should have sent and did not */
        unsigned faults;   /* how many rules the path breaks at now_s; 0 = a good path */
};

struct path_search {
        const struct chain *served;
        size_t leaf;                /* index of the server certificate in @served */
        const struct trust *anchors;
        const struct trust *extra;  /* intermediates that may be added; NULL = none */
        int64_t now_s;
        /* results */
        struct path best;           /* the best path; .n = 1 at least (the leaf alone) */
        bool exhausted;             /* a limit ended the search early */
        int bad_signature_child;    /* served certificate whose named issuer does not verify it... */
        int bad_signature_issuer;   /* ...and that issuer (served position), or -1 */
};

/*
 * Searches. Prefers, in this order: anchored paths; fewer faults; fewer certificates the server did
 * not send; shorter; later expiry.
 */
void path_search_run(struct path_search *s);

/* Is served certificate @position linked to the path: by it some anchor could be reached? */
bool path_search_links(const struct path_search *s, size_t position);
