/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/haystack.h - many short texts that are searched all at once: in one piece of
 * memory, in lower case (ASCII), so that a million take some milliseconds.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HAYSTACK_TEXT_MAX 4096 /* bytes of one text; what is longer is found by its begin */

/* Zeroed it is empty. */
struct haystack {
        char *text;     /* one after the other, a newline behind each, and a NUL at the end */
        size_t len, size;
        uint32_t *at;   /* where each begins, and where the next one would */
        size_t n, at_size;
        uint32_t *slots; /* for haystack_keep(): by hash, numbers + 1; 0 = free */
        size_t n_slots;
};

void haystack_done(struct haystack *h); /* leaves an empty one */

/* Adds @text; its number, from 0 on. A newline in it is kept as a space. */
size_t haystack_add(struct haystack *h, const char *text);

/* The same, but a text that was added by this, in whatever case, has the number that it had. */
size_t haystack_keep(struct haystack *h, const char *text);

/* Nothing more is added: what was held for that is given back. */
void haystack_trim(struct haystack *h);

/* Sets @found[i] for each text i that has @needle, which is in lower case and without newline. */
void haystack_find(const struct haystack *h, const char *needle, uint8_t *found);
