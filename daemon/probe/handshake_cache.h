/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/handshake_cache.h - what OpenSSL makes anew for each handshake and could keep: the
 * client's X25519 key share, and the key derivation function. For one thread, a few seconds long.
 * Internal to tls_client.c; see handshake_cache.c for what it saves, and why that is safe.
 */
#pragma once

#include <stdint.h>

#define HANDSHAKE_CACHE_KEY_MS 10000 /* a key share is as old as this at the most */

struct handshake_cache;

struct handshake_cache *handshake_cache_new(void);
void handshake_cache_free(struct handshake_cache *c); /* NULL is fine */

/*
 * From now on handshakes on this thread go through @c, and it is @now_ms by the monotonic clock;
 * NULL = through none.
 */
void handshake_cache_use(struct handshake_cache *c, int64_t now_ms);
