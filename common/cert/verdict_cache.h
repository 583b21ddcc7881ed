/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/verdict_cache.h - what the search for a path found, kept for the next time the same
 * chain is seen: the same path without a signature verified again.
 *
 * Keyed by every certificate that was served, anchors, pools and revocation lists; not by host and
 * policy, which the search does not ask for: a certificate on a thousand names is one entry. Only
 * signatures and the path are kept, and only for as long as no date on the way is passed;
 * whatever depends on the time, and the staple, is judged anew. So a verdict with a cache is the
 * verdict without one. Not for use by several threads.
 */
#pragma once

#include "common/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct path_search;
struct validate_input;
struct verdict_cache;

#define VERDICT_CACHE_KEY_BYTES 32

struct verdict_key {
        uint8_t bytes[VERDICT_CACHE_KEY_BYTES]; /* SHA-256 */
};

/* Keeps @max_entries at most, the least recently used ones go; one takes about 500 bytes. */
struct verdict_cache *verdict_cache_new(size_t max_entries);
void verdict_cache_free(struct verdict_cache *c); /* NULL is fine */
CLEANUP_DEFINE(struct verdict_cache, verdict_cache_free)

struct verdict_cache_stats {
        uint64_t hits, misses;
        size_t entries;
};

struct verdict_cache_stats verdict_cache_stats(const struct verdict_cache *c);

/*
 * For validate(). Fills the result of @s, whose input is set, and returns true when it is known.
 * *ret_key is for verdict_cache_keep() otherwise. What was filled in is borrowed from @s->served
 * and the cache, until the next call.
 */
bool verdict_cache_find(struct verdict_cache *c, const struct validate_input *in,
                        struct path_search *s, struct verdict_key *ret_key);

/* Keeps the result of @s, and the signatures that were verified since; unless a limit ended it. */
void verdict_cache_keep(struct verdict_cache *c, const struct verdict_key *key,
                        const struct path_search *s);
