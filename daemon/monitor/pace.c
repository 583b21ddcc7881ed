/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Per address the time when it would be idle again if its turns were spaced evenly (GCRA, as of ATM
 * Forum TM 4.0); a turn may come before that by as much as the burst allows. The table is open-
 * addressed; when it is half full, those that are idle go and it gets the size that the rest needs.
 */
#include "daemon/monitor/pace.h"

#include "common/base/addr.h"
#include "common/base/hash.h"
#include "common/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_SLOTS 64 /* a power of two */
#define US_PER_S 1000000

struct slot {
        uint64_t key; /* 0 = free */
        int64_t idle_us;
};

struct pace {
        int64_t spacing_us, early_us;
        struct slot *slots;
        size_t n_slots; /* a power of two */
        size_t used;
};

struct pace *pace_new(int64_t per_second)
{
        struct pace *p = mem_new0(1, sizeof(*p));
        int64_t burst = per_second < PACE_BURST ? per_second : PACE_BURST;

        p->spacing_us = US_PER_S / per_second;
        p->early_us = (burst - 1) * p->spacing_us;
        p->n_slots = LEAST_SLOTS;
        p->slots = mem_new0(p->n_slots, sizeof(*p->slots));
        return p;
}

void pace_free(struct pace *p)
{
        if (!p)
                return;
        free(p->slots);
        free(p);
}

/* --- keys ------------------------------------------------------------------------------------- */

/* 0 says that there is none. */
static uint64_t key_of(const void *bytes, size_t n)
{
        uint64_t h = hash_bytes(HASH_INIT, bytes, n);

        return h ? h : 1;
}

uint64_t pace_key(const struct addr *a)
{
        size_t n;
        const uint8_t *bytes = addr_ip_bytes(a, &n);

        return key_of(bytes, n);
}

uint64_t pace_name_key(const char *name)
{
        return key_of(name, strlen(name));
}

/* --- turns ------------------------------------------------------------------------------------ */

/* The slot of @key, or the free one where it would stand. */
static struct slot *slot_of(const struct pace *p, uint64_t key)
{
        size_t i = (key ^ key >> 32) & (p->n_slots - 1);

        while (p->slots[i].key != 0 && p->slots[i].key != key)
                i = (i + 1) & (p->n_slots - 1);
        return &p->slots[i];
}

static void forget_idle(struct pace *p, int64_t now_us)
{
        struct slot *old = p->slots;
        size_t n = p->n_slots;

        p->used = 0;
        for (size_t i = 0; i < n; i++)
                p->used += old[i].key != 0 && old[i].idle_us > now_us;
        p->n_slots = LEAST_SLOTS;
        while (p->n_slots < p->used * 4)
                p->n_slots *= 2;
        p->slots = mem_new0(p->n_slots, sizeof(*p->slots));
        for (size_t i = 0; i < n; i++)
                if (old[i].key != 0 && old[i].idle_us > now_us)
                        *slot_of(p, old[i].key) = old[i];
        free(old);
}

int64_t pace_turn(struct pace *p, uint64_t key, int64_t now_ms)
{
        int64_t now_us = now_ms * 1000;

        if (p->used * 2 >= p->n_slots)
                forget_idle(p, now_us);

        struct slot *s = slot_of(p, key);

        if (s->key == 0) {
                *s = (struct slot){ .key = key };
                p->used++;
        }
        if (s->idle_us < now_us)
                s->idle_us = now_us;
        int64_t turn_us = s->idle_us - p->early_us;

        s->idle_us += p->spacing_us;
        return turn_us <= now_us ? now_ms : (turn_us + 999) / 1000;
}

size_t pace_size(const struct pace *p)
{
        return p->used;
}
