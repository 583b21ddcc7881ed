/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/validate.h - the shared validator: what was served, against what is trusted, for a
 * host, at a time. Pure: no I/O, no clock, no globals; any thread may run it.
 */
#pragma once

#include "common/base/cleanup.h"
#include "common/cert/chain.h"
#include "common/cert/crls.h"
#include "common/cert/finding.h"
#include "common/cert/path.h"
#include "common/cert/policy.h"
#include "common/cert/staple.h"
#include "common/cert/trust.h"

struct repair_step;
struct verdict_cache;

struct validate_input {
        const struct chain *served;
        const struct trust *anchors;
        struct path_pools pools;     /* intermediates that may complete a path */
        const char *host;            /* canonical (host_canonical), NULL = names are not judged */
        const struct policy *policy; /* NULL = POLICY_DEFAULT */
        int64_t now_s;
        const char *fetching; /* what came of asking the caIssuers URLs, in a few words: evidence
                                 when no issuer is found; NULL = nobody has asked */
        const struct crls *crls; /* lists of what is revoked; NULL = nobody asks */
        const uint8_t *staple;   /* the OCSP response that came with the certificate; or NULL */
        size_t staple_len;
        bool staple_awaited; /* by a complete handshake that asked for one: none is a fault of a
                                certificate that must staple (RFC 7633). Never for a file */
        struct verdict_cache *cache; /* of this thread; NULL = none */
};

struct verdict {
        struct finding_list findings; /* worst first, policy applied, ignored ones left out */
        struct cert *leaf;            /* reference, or NULL when nothing was served */
        struct cert **path; /* references, leaf first, as used; may end before an anchor */
        enum path_source *path_source;
        size_t n_path;
        bool trusted;       /* .path ends in an anchor */
        struct cert *orphan; /* reference: the top of a path whose issuer is nowhere to be found,
                                with caIssuers URLs to ask; NULL = asking would not help */
        int64_t expires_s;  /* when the path first breaks by date; 0 = unknown */
        char **fix;         /* the chain to serve: "#0" = first one sent, "+label" = append */
        size_t n_fix;
        struct cert **fix_certs; /* references, one for each .fix */
        struct repair_step *repair; /* what to keep, add, move and drop to get there: repair.h */
        size_t n_repair;
        struct staple staple;    /* what was stapled, and whether it may be believed */
        bool unfinished;    /* the handshake: nothing is known of what it would have shown */
        bool partial;       /* of several addresses, some have shown no certificate */
        bool disk_unknown;  /* files that may hold a renewed one have not been read yet */
        bool names_unknown; /* name servers did not answer: it may be that a name has no address */
};

/* Never fails. *ret is zeroed first; verdict_done() it. */
void validate(const struct validate_input *in, struct verdict *ret);

/*
 * Adds one finding (texts are copied) and keeps the list as validate() leaves it: policy applied,
 * worst first. For what is known of the network and of ourselves; a zeroed verdict is fine to start
 * with.
 */
void verdict_add(struct verdict *v, enum finding_code code, const struct policy *policy,
                 const char *message, const char *remedy);

/* The same for a finding made elsewhere; takes over what @f holds. */
void verdict_take(struct verdict *v, struct finding *f, const struct policy *policy);

enum severity verdict_severity(const struct verdict *v);

/* Is .fix_certs a chain to install? Of an untrusted path, or without a leaf, it is not. */
bool verdict_knows_chain(const struct verdict *v);

/*
 * Of .fix_certs those to append, or all of them, as PEM, malloc'ed; NULL when there are none, or
 * when they take more than @max_bytes: a part of them is worse than nothing.
 */
enum fix_part { FIX_ADDED, FIX_ALL };
char *verdict_fix_pem(const struct verdict *v, enum fix_part part, size_t max_bytes);
void verdict_done(struct verdict *v);
