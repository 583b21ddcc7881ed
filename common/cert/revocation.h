/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/revocation.h - the certificates of one path against a set of CRLs (RFC 5280 section
 * 6.3): indirect and partitioned ones, deltas and CRL keys of their own included. OpenSSL does the
 * looking, on exactly the path that our search chose.
 */
#pragma once

#include "common/cert/crls.h"
#include "common/cert/path.h"

enum revocation_status {
        REVOCATION_UNASKED, /* the anchor, and a top whose issuer nobody knows: no CRL can count */
        REVOCATION_GOOD,
        REVOCATION_REVOKED,
        REVOCATION_UNKNOWN, /* .why */
};

struct revocation {
        enum revocation_status status;
        int64_t revoked_at_s;  /* of REVOKED */
        const char *reason;    /* of it: static, "keyCompromise"; NULL = not said */
        const struct crl *crl; /* of it, or the one that is of no use; borrowed, or NULL */
        const char *why;       /* of UNKNOWN: static; "has expired", if .crl, else a sentence */
};

/*
 * Fills ret[0] to ret[@p->n - 1]. Signers of CRLs that are not on the path are looked for in
 * @served; they need a path to the same top. Costs a hash over each CRL that matters, twice.
 */
void revocation_check(const struct path *p, const struct crls *crls, const struct chain *served,
                      int64_t now_s, struct revocation ret[PATH_MAX_LENGTH]);
