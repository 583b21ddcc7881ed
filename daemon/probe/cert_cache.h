/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/cert_cache.h - certificates that one thread has decoded, kept for the next handshake
 * that shows the same bytes. Internal to tls_client.c and tls_witness.c.
 *
 * What differs in a single byte is another certificate, and what cannot be decoded is not kept. So
 * a handshake with the cache is the handshake without it, at half the price; see cert_cache.c for
 * the way in which OpenSSL is made to use it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cert;
struct cert_cache;
struct x509_st; /* OpenSSL's X509 */

/*
 * A cache for one thread. The least recently used certificates go when there are more than
 * @max_entries, or they take more than @max_bytes of memory in all, decoded: an estimate that a
 * certificate made to be large does not exceed. Usual ones take 10 to 15 kB and count for up to 20.
 */
struct cert_cache *cert_cache_new(size_t max_entries, size_t max_bytes);
void cert_cache_free(struct cert_cache *c); /* NULL is fine */

/* From now on what OpenSSL decodes on this thread goes through @c; NULL = through none. */
void cert_cache_use(struct cert_cache *c);

/* As cert_from_x509(), and the same struct cert each time for an X509 that this thread keeps. */
int cert_cache_read(struct cert **ret, struct x509_st *x509, const char **ret_reason);

struct cert_cache_stats {
        uint64_t hits, misses;
        size_t entries, bytes; /* estimated, as above */
};

struct cert_cache_stats cert_cache_stats(const struct cert_cache *c);
