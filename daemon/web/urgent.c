/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Not sorted: the key of the last one that is in is found digit by digit, which takes three walks.
 * The contract is in urgent.h.
 */
#include "daemon/web/urgent.h"

#include "common/base/mem.h"
#include "daemon/monitor/condition.h"
#include "daemon/monitor/fleet.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#define DIGIT_BITS 12
#define DIGITS (1 << DIGIT_BITS)
#define KEY_BITS 36 /* 32 of a time, and those of a condition */

struct urgent {
        uint8_t bits[1]; /* by their number */
};

uint64_t urgent_key(const struct member *m)
{
        int64_t at_s = m->state.expires_s;
        uint64_t end = at_s < 0 ? 0 : at_s > UINT32_MAX ? UINT32_MAX : (uint64_t)at_s;

        return (uint64_t)condition_of(m) << 32 | end;
}

/* The key of number @rank (from 0) in their order, and how many before it have the same one. */
static uint64_t key_at(const uint64_t *keys, size_t n, size_t rank, size_t *ret_same)
{
        uint64_t key = 0;

        for (int shift = KEY_BITS - DIGIT_BITS; shift >= 0; shift -= DIGIT_BITS) {
                size_t counts[DIGITS] = { 0 };
                uint64_t digit = 0;

                for (size_t i = 0; i < n; i++) {
                        uint64_t k = keys[i] >> shift;

                        counts[k % DIGITS] += k >> DIGIT_BITS == key;
                }
                for (; rank >= counts[digit]; digit++)
                        rank -= counts[digit];
                key = key << DIGIT_BITS | digit;
        }
        *ret_same = rank;
        return key;
}

struct urgent *urgent_new(const uint64_t *keys, size_t n, size_t max)
{
        struct urgent *u = mem_new0(1, sizeof(*u) + n / 8);
        size_t same = 0;
        uint64_t last;

        assert(max < n);
        last = key_at(keys, n, max, &same); /* the first that is out */
        for (size_t i = 0; i < n; i++) {
                bool in = keys[i] < last || (keys[i] == last && same > 0);

                same -= in && keys[i] == last;
                u->bits[i / 8] |= (uint8_t)(in << i % 8);
        }
        return u;
}

void urgent_free(struct urgent *u)
{
        free(u);
}

bool urgent_has(const struct urgent *u, size_t i)
{
        return u->bits[i / 8] >> i % 8 & 1;
}
