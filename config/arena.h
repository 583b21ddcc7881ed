/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/arena.h - memory that is taken piece by piece and given back all at once.
 *
 * A configuration is built once, read by many and dropped as a whole; 100,000 endpoints hold about
 * half a million small strings. One arena per struct config makes them cheap and freeing trivial.
 */
#pragma once

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* NULL is fine */

/* @n zeroed bytes, aligned for any type. Never NULL. */
void *arena_alloc(struct arena *a, size_t n);

/* A copy of @n bytes, followed by a NUL. */
char *arena_copy(struct arena *a, const char *s, size_t n);
char *arena_strdup(struct arena *a, const char *s); /* NULL for NULL */

/* A copy of the malloc'ed @s, which is freed; NULL for NULL. */
char *arena_adopt(struct arena *a, char *s);
