/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/staple.h - the OCSP response that a server sends along with its certificate (RFC
 * 6066 section 8, RFC 6960): what it says, and whether it may be believed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAPLE_MAX_BYTES (64 * 1024) /* usual are 0.5 to 2 kB; with a responder's chain 6 kB */

struct cert;

enum staple_status {
        STAPLE_NONE,    /* nothing was stapled */
        STAPLE_GOOD,    /* and every check passed */
        STAPLE_REVOKED, /* and every check passed: believe it */
        STAPLE_INVALID, /* .fault says why nobody believes it */
        STAPLE_STATUS_COUNT
};

struct staple {
        enum staple_status status;
        int64_t this_update_s, next_update_s; /* wall clock; 0 = it does not say */
        int64_t revoked_at_s;                 /* of STAPLE_REVOKED */
        const char *reason;                   /* of it: static, "keyCompromise"; NULL = not said */
        const char *fault;                    /* of STAPLE_INVALID: static, "it has expired" */
        bool by_clock;                        /* .fault would be none at another time */
};

/*
 * Judges the response @der for @leaf at @now_s. @issuer is the certificate above the leaf; NULL
 * when nobody knows it, and then nothing can be believed.
 */
void staple_judge(const uint8_t *der, size_t n, const struct cert *leaf, const struct cert *issuer,
                  int64_t now_s, struct staple *ret);

/* "good", "revoked", "invalid"; NULL for STAPLE_NONE. */
const char *staple_status_str(enum staple_status s);

/* The name of a reason (RFC 5280 section 5.3.1), or NULL for a number that has none. Static. */
const char *revocation_reason_str(int64_t reason);
