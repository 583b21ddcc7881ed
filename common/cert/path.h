/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/path.h - the certification path search (RFC 4158), ours because OpenSSL's does not
 * backtrack: depth first over served certificates, extra intermediates and trust anchors.
 *
 * An edge from child to issuer needs matching names, matching key identifiers when both are
 * present, and a signature that verifies. Every path found is judged; the search keeps the best.
 */
#pragma once

#include "common/cert/cert.h"
#include "common/cert/chain.h"
#include "common/cert/trust.h"

#define PATH_MAX_LENGTH 12    /* certificates, leaf and anchor included */
#define PATH_MAX_CHECKS 100   /* signatures verified in one search (Go's limit) */
#define PATH_MAX_NAME_CHECKS (1U << 19) /* names held against constraints: 0.05 s of DNS, and
                                           0.7 s of mailboxes in Unicode */

/* Where a certificate of a path came from. */
enum path_source {
        PATH_SERVED,     /* the server sent it */
        PATH_CONFIGURED, /* an intermediate that the operator gave */
        PATH_LEARNED,    /* an intermediate that another server has sent */
        PATH_FETCHED,    /* an intermediate from a caIssuers URL */
        PATH_ANCHOR,     /* the trust store */
        PATH_SOURCE_COUNT
};

/* Intermediates that may complete a path, and give no trust; each may be NULL. */
struct path_pools {
        const struct trust *configured, *learned, *fetched;
};

struct path_step {
        struct cert *cert;       /* borrowed from the input of the search */
        enum path_source source;
        int position;            /* as sent; -1 when it was not */
        const struct cert *forbids; /* one below that its name constraints forbid, or NULL */
};

struct path {
        struct path_step steps[PATH_MAX_LENGTH]; /* leaf first */
        size_t n;
        bool anchored;  /* ends in a trust anchor */
        bool complete;  /* ends in an anchor or in a self-signed certificate */
        size_t n_added; /* steps from the pools: the server should have sent them */
        bool policies_fail; /* the certificate policies on it contradict each other */
        unsigned cost;  /* of the rules it breaks; 0 = a good path */
};

/* What may be wrong with one step of a path, as bits. */
enum path_fault {
        FAULT_EXPIRED = 1 << 0,
        FAULT_NOT_YET_VALID = 1 << 1,
        FAULT_BAD_DATES = 1 << 2,
        FAULT_NOT_CA = 1 << 3,
        FAULT_PATH_LENGTH = 1 << 4,
        FAULT_EKU = 1 << 5,
        FAULT_CRITICAL = 1 << 6,
        FAULT_WEAK_SIGNATURE = 1 << 7,
        FAULT_WEAK_KEY = 1 << 8,
        FAULT_NAME_CONSTRAINTS = 1 << 9,
        FAULT_UNUSABLE_EXTENSION = 1 << 10, /* one that every client decides by */
        FAULT_ODD_EXTENSION = 1 << 11,      /* another one that only strict clients mind */
        FAULT_OUTLIVED = 1 << 12, /* it ends before the leaf: good today, but others are better */
        FAULT_KEY_UNREADABLE = 1 << 13,
        FAULT_KEY_EXPLICIT = 1 << 14, /* the parameters of a curve instead of its name */
        FAULT_KEY_EXOTIC = 1 << 15,   /* an algorithm or curve that browsers do not know */
        FAULT_KEY_USAGE = 1 << 16,
        FAULT_KEY_EXCHANGE = 1 << 17, /* fit for the RSA key exchange of TLS 1.2 only */
        FAULT_SGC = 1 << 18,          /* a CA whose only right to TLS servers is Gated Crypto */
        FAULT_POLICY = 1 << 19,       /* of the leaf, and meant of the whole path */
        FAULT_PROFILE = 1 << 20,
        FAULT_SERIAL = 1 << 21,     /* negative */
        FAULT_ODD_SERIAL = 1 << 22, /* only strict clients mind */
        FAULT_VERSION = 1 << 23,
};

/*
 * The faults of step @i at @now_s (RFC 5280 section 6.1). An anchor is judged as OpenSSL judges it:
 * by its dates, its rights and its key. Nobody's own signature on himself is judged at all.
 */
unsigned path_faults(const struct path *p, size_t i, int64_t now_s);

/* The rules of the profile that step @i breaks, where it stands (enum cert_breach). */
unsigned path_breaches(const struct path *p, size_t i);

struct path_check {
        const struct cert *child, *issuer;
        bool verifies;
};

struct path_search {
        const struct chain *served;
        size_t leaf;                /* index of the server certificate in @served */
        const struct trust *anchors;
        struct path_pools pools;
        int64_t now_s;
        /* result */
        struct path best;           /* .n = 1 at least: the leaf alone */
        struct path mend;           /* a better one with .pools when somebody above the leaf of
                                       .best has expired or ends before it; .n = 0: none */
        bool exhausted;             /* a limit ended the search early */
        int64_t same_from_s, same_until_s; /* at any .now_s from here until before there, the search
                                              would have gone the same way */
        /* signatures verified so far; each pair once */
        struct path_check checks[PATH_MAX_CHECKS];
        size_t n_checks;
        size_t n_name_checks;
        unsigned visits;
};

/*
 * Searches first without .pools, and with them only when no anchor was reached: a path the server
 * itself sends is preferred even when it is broken, because its faults are what clients meet.
 * Prefers anchored, complete, cheapest, for want of an anchor the longest, and then the first one
 * found: anchors, served, pools.
 */
void path_search_run(struct path_search *s);

/* "served", "configured", "learned", "fetched", "trust_store". */
extern const char *const PATH_SOURCES[PATH_SOURCE_COUNT];

/* Is @c a step of it? */
bool path_has(const struct path *p, const struct cert *c);

/* Is it one from the pools? */
bool path_source_is_pool(enum path_source source);

/* Is @issuer named as @child's issuer, and does its signature verify? Remembers, and is bounded. */
bool path_search_edge(struct path_search *s, const struct cert *child, const struct cert *issuer);
