/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/store/certificates.h - certificates that outlive a restart: intermediates learned from
 * verified paths, the server certificates that each endpoint has shown, and what came of asking
 * caIssuers URLs.
 *
 * As in store.h: 0 or -errno, and what belongs together stands between begin and commit.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct cert;
struct chain;
struct store;

#define STORE_MAX_INTERMEDIATES 4000 /* CCADB knows 2,000 for TLS; each takes 6 kB of memory */
#define STORE_MAX_SEEN 32 /* server certificates of one endpoint: nodes behind one address */
#define STORE_SEEN_AGE_S (INT64_C(90) * 86400) /* unseen that long, it is news when it comes back */

#define STORE_MAX_AIA 2000 /* URLs, one for each CA; then the one asked longest ago goes */

/* --- learned intermediates: they give no trust ------------------------------------------------ */

/* Calls @fn for each; @cert is borrowed, @last_s when it was last seen. */
typedef void store_intermediate_fn(struct cert *cert, int64_t last_s, void *arg);
int store_load_intermediates(struct store *s, store_intermediate_fn *fn, void *arg);

enum intermediate_source { INTERMEDIATE_SERVED, INTERMEDIATE_FETCHED, INTERMEDIATE_SOURCE_COUNT };

/* Adds one, or notes that it was seen at @now_s. */
int store_put_intermediate(struct store *s, const struct cert *cert,
                           enum intermediate_source source, int64_t now_s);

/* Forgets those that have expired, and those seen longest ago when there are too many. */
int store_trim_intermediates(struct store *s, int64_t now_s);

/* --- server certificates, by SHA-256 in hex --------------------------------------------------- */

/* Was this one seen at @endpoint? 1, 0 or -errno. */
int store_leaf_seen(struct store *s, const char *endpoint, const char *sha256);

/* Gives 1 and a new reference, 0 when it is not there, or -errno. */
int store_leaf_load(struct store *s, const char *sha256, struct cert **ret);

/*
 * @leaf is what @endpoint (which is in the store) serves at @now_s; until then it was @before
 * ("" = unknown). Too many and those that were not seen for long are forgotten.
 */
int store_leaf_put(struct store *s, const char *endpoint, const struct cert *leaf,
                   const char *before, int64_t now_s);

/* One that an endpoint has shown: first at any, and last at this one. */
struct store_seen {
        struct cert *cert; /* borrowed */
        int64_t first_s, last_s;
};

/* Calls @fn for each that @endpoint has shown, the one seen last at first. */
typedef void store_seen_fn(const struct store_seen *seen, void *arg);
int store_seen_load(struct store *s, const char *endpoint, store_seen_fn *fn, void *arg);

/* When that one was first seen at any endpoint; 0 = it is not there. 0 or -errno. */
int store_leaf_first(struct store *s, const char *sha256, int64_t *ret_s);

/* Calls @fn for each endpoint that has shown it, at most @max, in the order of their ids. */
typedef void store_shower_fn(const char *endpoint, int64_t last_s, void *arg); /* 0 = now */
int store_leaf_showers(struct store *s, const char *sha256, int64_t max, store_shower_fn *fn,
                       void *arg);

/* --- chains as served --------------------------------------------------------------------------*/

/* @endpoint (which is in the store) serves @chain at @now_s, and no other any more. */
int store_served_put(struct store *s, const char *endpoint, const struct chain *chain,
                     int64_t now_s);

/*
 * Calls @fn for each endpoint that serves the one called @sha256, at most @max, in the order of
 * their ids; *@ret_total is how many there are.
 */
int store_served_by(struct store *s, const char *sha256, int64_t max, store_shower_fn *fn,
                    void *arg, int64_t *ret_total);

/* The chain that @endpoint served last, as a new one; empty when none is known. */
int store_served_load(struct store *s, const char *endpoint, struct chain **ret);

/* --- caIssuers URLs --------------------------------------------------------------------------- */

struct store_aia {
        uint8_t *bytes; /* what came, n of them; NULL = it failed */
        size_t n;
        char *reason;   /* why it failed, or NULL */
        int64_t fetched_s;
        int64_t until_s; /* when to ask again */
        int64_t failures; /* in a row */
};

/* 1 and *ret (store_aia_done() it), 0 when the URL was never asked, or -errno. */
int store_aia_get(struct store *s, const char *url, struct store_aia *ret);
int store_aia_put(struct store *s, const char *url, const struct store_aia *aia);
void store_aia_done(struct store_aia *aia);
