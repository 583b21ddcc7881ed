/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Not sorted: the key of the last one that is in is found digit by digit, which takes three walks.
 * The contract is in urgent.h.
 */
#include "daemon/web/urgent.h"

#include "common/base/mem.h"
#include "daemon/monitor/roster.h"

#include <assert.h>

#define DIGIT_BITS 12
#define DIGITS (1 << DIGIT_BITS)
#define KEY_BITS 36 /* 32 of a time, and those of a condition */

static uint64_t key_of(const struct roster *r, size_t i)
{
        return (uint64_t)r->condition[i] << 32 | r->expires_s[i];
}

/* The key of number @rank (from 0) in their order, and how many before it have the same one. */
static uint64_t key_at(const struct roster *r, size_t rank, size_t *ret_same)
{
        uint64_t key = 0;

        for (int shift = KEY_BITS - DIGIT_BITS; shift >= 0; shift -= DIGIT_BITS) {
                size_t counts[DIGITS] = { 0 };
                uint64_t digit = 0;

                for (size_t i = 0; i < r->n; i++) {
                        uint64_t k = key_of(r, i) >> shift;

                        counts[k % DIGITS] += k >> DIGIT_BITS == key;
                }
                for (; rank >= counts[digit]; digit++)
                        rank -= counts[digit];
                key = key << DIGIT_BITS | digit;
        }
        *ret_same = rank;
        return key;
}

uint32_t *urgent_of(const struct roster *r, size_t max)
{
        uint32_t *numbers = mem_new0(max, sizeof(*numbers));
        size_t same = 0, n = 0;

        assert(max < r->n);
        uint64_t last = key_at(r, max, &same); /* the first that is out */

        for (size_t i = 0; i < r->n && n < max; i++) {
                uint64_t key = key_of(r, i);
                bool in = key < last || (key == last && same > 0);

                same -= in && key == last;
                if (in)
                        numbers[n++] = (uint32_t)i;
        }
        return numbers;
}
