/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/aia/climb.h - which issuers of an answer are used, and which URL to ask next. Pure: bytes
 * in, certificates out.
 */
#pragma once

#include "common/cert/cert.h"
#include "common/cert/chain.h"
#include "common/cert/trust.h"
#include "daemon/aia/aia.h"

#define CLIMB_MAX_LINKS 32 /* certificates of one chase: more is a maze, and no chain */

struct climb_link {
        struct cert *cert;
        const char *url; /* it was fetched from, of the certificate of another link */
        int depth;      /* issuers below it; 0 = the orphan */
        size_t n_asked; /* of its URLs */
};

struct climb {
        struct climb_link links[CLIMB_MAX_LINKS]; /* the orphan, and issuers as they were found */
        size_t n;
        size_t n_checks;
        struct trust *anchors;
        bool anchored; /* an anchor has signed one of them: there is no more to find */
};

/* Both gain references; climb_done() it. */
void climb_begin(struct climb *c, struct cert *orphan, struct trust *anchors);
void climb_done(struct climb *c);

/* The next URL to ask (borrowed), and the link it is for; NULL when there is none. */
const char *climb_next_url(struct climb *c, size_t *ret_link);

/* DER, PEM or PKCS#7; a chain without certificates when it holds none. */
struct chain *climb_parse(const char *url, const void *bytes, size_t n);

/*
 * Takes the issuers of link @child from the answer of its last URL, and theirs when they came
 * along. Returns the first one (borrowed), or NULL when there is none.
 */
const struct cert *climb_take(struct climb *c, size_t child, const struct chain *answer);

/* All that was taken, or NULL for nothing. */
struct trust *climb_found(const struct climb *c);
