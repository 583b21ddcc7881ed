/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/base/lookup.h - closed sets of names: index of a name, and the name somebody meant.
 */
#pragma once

#include <stddef.h>

/* Index of @name in @names (entries may be NULL), or -1. */
int lookup_index(const char *const *names, size_t n, const char *name);

/*
 * The entry of @names nearest to @word by edits (insert, delete, replace, swap neighbours), when it
 * is near enough to be a plausible slip: at most a third of the word, at least one, at most three
 * edits. NULL when nothing is. Borrowed from @names. Words over 64 bytes match nothing.
 */
const char *lookup_nearest(const char *const *names, size_t n, const char *word);
