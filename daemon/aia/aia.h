/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/aia/aia.h - fetching the issuer that a server does not send, from the caIssuers URLs of
 * the certificate (RFC 5280 section 4.2.2.1), and its issuer, up to a trust anchor.
 *
 * Whoever made the certificate chose the URLs, so nothing about them is believed: what comes is
 * used only when its key verifies the signature of the certificate it was asked for.
 */
#pragma once

#include "common/cert/aia_reach.h"
#include "common/cert/cert.h"
#include "common/cert/trust.h"

#define AIA_MAX_URLS 3             /* asked of one certificate; honest ones have one or two */
#define AIA_MAX_DEPTH 4            /* issuers above the first certificate */
#define AIA_MAX_REDIRECTS 3
#define AIA_MAX_ANSWER_BYTES 65536 /* as Chrome; a certificate has 2 kB */
#define AIA_MAX_CERTS 32           /* of one answer: PKCS#7 bundles of bridge CAs have dozens */
#define AIA_MAX_REQUESTS 12        /* of one chase */
#define AIA_MAX_CHECKS 100         /* signatures verified in one chase, as in the path search */
#define AIA_MAX_AT_ONCE 16         /* requests of all chases; each may cost a resolver's thread */
#define AIA_REQUEST_TIMEOUT_MS 5000
#define AIA_CHASE_TIMEOUT_MS 15000

struct event_base;
struct http_client;
struct aia;
struct aia_chase;

/*
 * What outlives the process, with .arg first; either function may be NULL. How long an answer or a
 * failure is good for is the memory's decision: a CA may renew what stands at its URL.
 */
struct aia_memory {
        /*
         * 1 = these bytes came from @url before; 2 = it failed for this reason, and is not to be
         * asked again yet; 3 = as 1, but long ago: ask again unless they help; 0 = ask. *ret_bytes
         * and *ret_reason are malloc'ed, and set only then.
         */
        int (*recall)(void *arg, const char *url, int64_t now_s, uint8_t **ret_bytes, size_t *ret_n,
                      char **ret_reason);
        /* Certificates came, or, with a @reason such as "answered 404", nothing that is one. */
        void (*remember)(void *arg, const char *url, int64_t now_s, const uint8_t *bytes, size_t n,
                         const char *reason);
        void *arg;
};

/* On the loop of @http; @memory is copied. */
int aia_new(struct aia **ret, struct event_base *base, struct http_client *http,
            const struct aia_memory *memory);
void aia_free(struct aia *a); /* cancels all; before @http; NULL is fine */

/*
 * Once, from the loop, never inside aia_chase(). @fetched holds issuers, each verified, or is NULL
 * when there are none; trust_ref() to keep it. @note says what came of each URL, for
 * validate_input.fetching: "http://ca.example/x.crt answered 404"; borrowed.
 */
typedef void aia_done_fn(struct trust *fetched, const char *note, void *arg);

/*
 * Looks for the issuers of @orphan (verdict.orphan) until one is signed by an anchor. Both gain
 * references. Chases that need the same URL at the same time share one request.
 */
struct aia_chase *aia_chase(struct aia *a, struct cert *orphan, struct trust *anchors,
                            enum aia_reach reach, aia_done_fn *on_done, void *arg);

void aia_cancel(struct aia_chase *c); /* the callback will not run; NULL is fine */
