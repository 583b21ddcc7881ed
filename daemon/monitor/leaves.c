/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over the column of certificates, with a table of those met so far: as many can be met as
 * there are members, so its slots are four bytes each, and the certificates stand in the order in
 * which they were met.
 */
#include "daemon/monitor/leaves.h"

#include "common/base/mem.h"
#include "daemon/monitor/roster_find.h"

#include <stdlib.h>

#define NUMBER_BITS 20 /* CONFIG_MAX_ENDPOINTS */

struct table {
        struct leaf *leaves; /* with room for all; what is not met takes no memory */
        size_t n;
        uint32_t *slots; /* numbers + 1; 0 = free; open addressing */
        size_t n_slots;  /* a power of two, twice as many as members or more */
};

/* A certificate that nobody knows the end of comes last. */
static uint32_t ends_s(const struct leaf_columns *c, uint32_t member)
{
        return c->expires_s[member] ? c->expires_s[member] : UINT32_MAX;
}

static struct leaf *leaf_of(struct table *t, uint64_t key, uint32_t member, enum condition worst)
{
        size_t at = (size_t)key & (t->n_slots - 1); /* the key is a hash already */

        while (t->slots[at] && t->leaves[t->slots[at] - 1].key != key)
                at = (at + 1) & (t->n_slots - 1);
        if (t->slots[at])
                return &t->leaves[t->slots[at] - 1];
        t->leaves[t->n] = (struct leaf){ key, 0, member, member, worst };
        t->slots[at] = (uint32_t)++t->n;
        return &t->leaves[t->n - 1];
}

static void gather(const struct leaf_columns *c, const uint8_t *fitting, struct table *t)
{
        for (uint32_t i = 0; i < c->n; i++) {
                enum condition condition = c->condition[i];

                if (c->leaf[i] == 0 || (fitting && !fitting[i]))
                        continue;
                struct leaf *leaf = leaf_of(t, c->leaf[i], i, condition);

                leaf->n++;
                if (condition < leaf->worst) {
                        leaf->worst = condition;
                        leaf->urgent = i;
                }
                if (ends_s(c, i) < ends_s(c, leaf->first))
                        leaf->first = i;
        }
}

size_t leaves_page(const struct leaf_columns *c, const uint8_t *fitting, size_t offset, size_t max,
                   struct leaf *ret, size_t *ret_total)
{
        struct table t = { .n_slots = 2 };

        while (t.n_slots < 2 * c->n)
                t.n_slots *= 2;
        t.slots = mem_new0(t.n_slots, sizeof(*t.slots));
        t.leaves = mem_new0(c->n, sizeof(*t.leaves));
        gather(c, fitting, &t);
        uint64_t *keys = mem_new0(t.n, sizeof(*keys));

        for (size_t i = 0; i < t.n; i++)
                keys[i] = (uint64_t)ends_s(c, t.leaves[i].first) << NUMBER_BITS | i;
        max = roster_select(keys, t.n, offset, max);
        for (size_t i = 0; i < max; i++)
                ret[i] = t.leaves[keys[offset + i] & ((1U << NUMBER_BITS) - 1)];
        *ret_total = t.n;
        free(keys);
        free(t.leaves);
        free(t.slots);
        return max;
}
