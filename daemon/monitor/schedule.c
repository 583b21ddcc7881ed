/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in schedule.h. A libevent timer costs 136 bytes, an entry of this heap 20. */
#include "daemon/monitor/schedule.h"

#include "common/base/mem.h"

#include <assert.h>
#include <stdlib.h>

#define SPREAD_LEAST_MS 1000
#define SPREAD_PER_ENDPOINT_MS 10
#define JITTER_PART 20 /* a twentieth of the interval */
#define JITTER_MOST_MS 30000

struct entry {
        int64_t due_ms;
        size_t id;
};

struct schedule {
        struct entry *heap;
        uint32_t *place; /* of each endpoint: where it is in the heap, from 1; 0 = it is not */
        size_t n, size;
};

struct schedule *schedule_new(size_t n)
{
        struct schedule *s = mem_new0(1, sizeof(*s));

        s->heap = mem_new0(n, sizeof(*s->heap));
        s->place = mem_new0(n, sizeof(*s->place));
        s->size = n;
        return s;
}

void schedule_free(struct schedule *s)
{
        if (!s)
                return;
        free(s->heap);
        free(s->place);
        free(s);
}

static void set(struct schedule *s, size_t i, struct entry e)
{
        s->heap[i] = e;
        s->place[e.id] = (uint32_t)i + 1;
}

/* Puts @e where it belongs, from the empty place @i upwards. */
static void sift_up(struct schedule *s, size_t i, struct entry e)
{
        for (; i > 0 && s->heap[(i - 1) / 2].due_ms > e.due_ms; i = (i - 1) / 2)
                set(s, i, s->heap[(i - 1) / 2]);
        set(s, i, e);
}

/* The same downwards. */
static void sift_down(struct schedule *s, size_t i, struct entry e)
{
        size_t child;

        while ((child = 2 * i + 1) < s->n) {
                if (child + 1 < s->n && s->heap[child + 1].due_ms < s->heap[child].due_ms)
                        child++;
                if (s->heap[child].due_ms >= e.due_ms)
                        break;
                set(s, i, s->heap[child]);
                i = child;
        }
        set(s, i, e);
}

void schedule_put(struct schedule *s, size_t id, int64_t due_ms)
{
        assert(s->n < s->size && s->place[id] == 0);
        sift_up(s, s->n++, (struct entry){ .due_ms = due_ms, .id = id });
}

bool schedule_pop(struct schedule *s, int64_t now_ms, size_t *ret_id, int64_t *ret_due_ms)
{
        if (s->n == 0 || s->heap[0].due_ms > now_ms)
                return false;
        *ret_id = s->heap[0].id;
        *ret_due_ms = s->heap[0].due_ms;
        schedule_remove(s, *ret_id);
        return true;
}

bool schedule_remove(struct schedule *s, size_t id)
{
        size_t i = s->place[id];

        if (i-- == 0)
                return false;
        s->place[id] = 0;
        struct entry last = s->heap[--s->n];

        if (i == s->n)
                return true;
        if (i > 0 && s->heap[(i - 1) / 2].due_ms > last.due_ms)
                sift_up(s, i, last);
        else
                sift_down(s, i, last);
        return true;
}

int64_t schedule_next_ms(const struct schedule *s)
{
        return s->n > 0 ? s->heap[0].due_ms : -1;
}

bool schedule_first(const struct schedule *s, size_t *ret_id)
{
        if (s->n == 0)
                return false;
        *ret_id = s->heap[0].id;
        return true;
}

/* A well-mixed 32-bit number (the finalizer of MurmurHash3). */
static uint32_t mix(uint32_t v)
{
        v ^= v >> 16;
        v *= 0x85ebca6bU;
        v ^= v >> 13;
        v *= 0xc2b2ae35U;
        return v ^ v >> 16;
}

int64_t schedule_first_beat_ms(int64_t now_ms, int64_t interval_ms, uint32_t seed, size_t n)
{
        int64_t spread = (int64_t)n * SPREAD_PER_ENDPOINT_MS;

        if (spread < SPREAD_LEAST_MS)
                spread = SPREAD_LEAST_MS;
        if (spread > interval_ms)
                spread = interval_ms;
        return now_ms + (int64_t)((uint64_t)mix(seed) * (uint64_t)spread >> 32);
}

int64_t schedule_next_beat_ms(int64_t beat_ms, int64_t interval_ms, int64_t now_ms)
{
        int64_t next = beat_ms + interval_ms;

        if (next <= now_ms)
                next += (now_ms - next) / interval_ms * interval_ms + interval_ms;
        return next;
}

int64_t schedule_retry_ms(int64_t retry_ms, int64_t failures, int64_t tolerated, uint32_t mates,
                          int64_t interval_ms)
{
        if (failures >= tolerated) {
                for (int64_t i = tolerated; i <= failures && retry_ms < interval_ms; i++)
                        retry_ms *= 2;
                retry_ms *= mates ? mates : 1;
        }
        return retry_ms < interval_ms ? retry_ms : interval_ms;
}

int64_t schedule_jitter_ms(int64_t beat_ms, int64_t interval_ms, uint32_t seed)
{
        int64_t most = interval_ms / JITTER_PART;

        if (most > JITTER_MOST_MS)
                most = JITTER_MOST_MS;
        return (int64_t)((uint64_t)mix(seed ^ (uint32_t)beat_ms) * (uint64_t)most >> 32);
}

uint32_t schedule_seed(const char *text)
{
        uint32_t h = 2166136261U;

        for (; *text; text++)
                h = (h ^ (unsigned char)*text) * 16777619U;
        return h;
}
