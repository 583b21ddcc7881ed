/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/store/silences.h - the silences that were made through the socket. Functions return 0 or
 * -errno, as those of store.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct store;

struct store_silence {
        char *id;
        char *match; /* JSON, as below `match:` of the configuration */
        int64_t start_s, end_s; /* wall clock */
        char *reason, *author;
};

/* All of them, what ends first before the others; store_silences_free() it. */
int store_silences(struct store *s, struct store_silence **ret, size_t *ret_n);
void store_silences_free(struct store_silence *items, size_t n);

int store_silence_put(struct store *s, const struct store_silence *silence); /* a new one */
int store_silence_remove(struct store *s, const char *id); /* 0 even if there is none */
int store_silences_trim(struct store *s, int64_t now_s); /* those that are over go */
