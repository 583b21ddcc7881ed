/* SPDX-License-Identifier: Apache-2.0 */
/* The contract and the reason are in arena.h. Strings are packed, everything else is aligned. */
#include "config/arena.h"

#include "common/base/mem.h"

#include <stdlib.h>
#include <string.h>

/*
 * Blocks begin small and get large. Large ones are beyond malloc's threshold (MMAP_THRESHOLD in
 * daemon/app/service.c), so they go back to the system when the arena goes, whatever else is in
 * memory by then.
 */
#define BLOCK_BYTES_FIRST (4U << 10)
#define BLOCK_BYTES_MOST (1U << 20)

struct block {
        struct block *next;
        size_t used, size;
        max_align_t data[];
};

struct arena {
        struct block *blocks; /* the one that is filled now is the first */
};

struct arena *arena_new(void)
{
        return mem_new0(1, sizeof(struct arena));
}

void arena_free(struct arena *a)
{
        if (!a)
                return;
        for (struct block *b = a->blocks, *next; b; b = next) {
                next = b->next;
                free(b);
        }
        free(a);
}

static void *take(struct arena *a, size_t n, size_t align)
{
        struct block *b = a->blocks;
        size_t start = b ? (b->used + align - 1) & ~(align - 1) : 0;

        if (!b || start > b->size || b->size - start < n) {
                size_t size = b ? b->size * 4 : BLOCK_BYTES_FIRST;

                size = size > BLOCK_BYTES_MOST ? BLOCK_BYTES_MOST : size;
                size = n > size ? n : size;
                b = mem_new0(1, sizeof(*b) + size);
                b->size = size;
                b->next = a->blocks;
                a->blocks = b;
                start = 0;
        }
        b->used = start + n;
        return (char *)b->data + start;
}

void *arena_alloc(struct arena *a, size_t n)
{
        return take(a, n, _Alignof(max_align_t));
}

char *arena_copy(struct arena *a, const char *s, size_t n)
{
        char *copy = take(a, n + 1, 1);

        if (n)
                memcpy(copy, s, n);
        copy[n] = '\0';
        return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
        return s ? arena_copy(a, s, strlen(s)) : NULL;
}

char *arena_adopt(struct arena *a, char *s)
{
        char *copy = arena_strdup(a, s);

        free(s);
        return copy;
}
