/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/learned.h - intermediates that verified paths of any endpoint have shown. They
 * complete the path of a server that does not send its own, and give no trust.
 *
 * Workers search an immutable snapshot. What is new is in the next one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct learned;
struct store;
struct trust;
struct verdict;

#define LEARNED_SNAPSHOT_MS 1000 /* while the set grows, no more often */

/* Starts with what @store knows; what has expired at @now_s is left out. 0 or -errno. */
int learned_new(struct learned **ret, struct store *store, int64_t now_s);
void learned_free(struct learned *l); /* NULL is fine */

/* Notes the intermediates of a verdict that is trusted; of another one, nothing. */
void learned_note(struct learned *l, const struct verdict *v, int64_t now_s);

/* The set as of now, or up to LEARNED_SNAPSHOT_MS ago. Borrowed until the next call. */
struct trust *learned_snapshot(struct learned *l, int64_t now_ms);

/*
 * Writes what is new, within the caller's transaction; 0 or -errno. learned_saved() when that is on
 * disk, with nothing noted in between: until then it is written again.
 */
int learned_save(struct learned *l, struct store *store, int64_t now_s);
void learned_saved(struct learned *l);

/* Is there anything to write? */
bool learned_unsaved(const struct learned *l);
