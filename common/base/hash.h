/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/base/hash.h - for hash tables of ours: quick, and no secret keeps others from finding
 * collisions. FNV-1a, 64 bits (draft-eastlake-fnv).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH_INIT UINT64_C(0xcbf29ce484222325)

static inline uint64_t hash_byte(uint64_t h, uint8_t byte)
{
        return (h ^ byte) * UINT64_C(0x100000001b3);
}

/* Mixes @n bytes into @h, which began as HASH_INIT. */
static inline uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
        for (const uint8_t *p = bytes; n > 0; p++, n--)
                h = hash_byte(h, *p);
        return h;
}
