/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/store/store.h - what survives a restart, in one SQLite database (WAL, one writer): the
 * state of every endpoint, the outbox of alerts, and who has been told.
 *
 * Functions return 0 or -errno and keep a text for people in store_error(). Everything between
 * store_begin() and store_commit() happens or does not; a failure inside makes the commit fail.
 */
#pragma once

#include "common/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct endpoint_state;
struct store;

#define STORE_FILE "notafter.db"
#define STORE_MAX_OUTBOX 100000 /* waiting rows; see store_outbox_add() */
#define STORE_MAX_DEAD 10000 /* dead letters kept for people to see; then the oldest goes */

/*
 * Opens or makes the database in directory @dir (made if missing) and brings its schema up to date.
 * A damaged database is moved aside (its new name is in *ret_error, with a return of 0) and a new
 * one is made. Another process that has it open: -EBUSY; written by a newer notafter, or not by
 * notafter at all: -EPROTO, and the file is left alone. *ret_error is malloc'ed, NULL when there is
 * nothing to say.
 */
int store_open(struct store **ret, const char *dir, char **ret_error);
void store_close(struct store *s); /* NULL is fine */
CLEANUP_DEFINE(struct store, store_close)

/* What went wrong last, for people. Never NULL; borrowed until the next call. */
const char *store_error(const struct store *s);

int store_begin(struct store *s);
int store_commit(struct store *s); /* on failure everything since store_begin() is undone */

/* What it takes on disk, as far as that can be told. */
int64_t store_bytes(const struct store *s);

/* How many were begun so far: what was read in another may have been undone. */
int64_t store_transactions(const struct store *s);

/* Calls @fn for each endpoint known; @state is borrowed. @fn must not call the store. */
typedef void store_endpoint_fn(const char *endpoint, const struct endpoint_state *state, void *arg);
int store_load_endpoints(struct store *s, store_endpoint_fn *fn, void *arg);

/* Inserts or replaces an endpoint with all its problems. */
int store_put_endpoint(struct store *s, const char *endpoint, const struct endpoint_state *state);
int store_remove_endpoint(struct store *s, const char *endpoint);

/* --- outbox: times are wall-clock seconds ----------------------------------------------------- */

/*
 * Rows for one @receiver with the same @line, what they are about, stand in the order in which they
 * were added: only the head, the oldest that waits, is ever next. When the head is done or dead,
 * the one behind it is.
 *
 * When STORE_MAX_OUTBOX wait, the receiver for which most of them wait pays for it, and nobody
 * else: the oldest hundredth of its rows, but one at the least, become dead letters.
 */
int store_outbox_add(struct store *s, const char *id, const char *receiver, const char *line,
                     const char *payload, int64_t now_s);

/* How many that were, since the store was opened; those of undone transactions count, too. */
int64_t store_outbox_pushed_out(const struct store *s);

struct store_outbox_row {
        int64_t row;
        char *payload; /* malloc'ed */
        int64_t created_s;
        int64_t attempts;
};

/*
 * Of the heads of @receiver's lines the one that is due first, the older of two, if it is due at
 * @now_s: 1 and *ret, 0 none, -errno. A row is due from when it was added, or postponed to.
 */
int store_outbox_next(struct store *s, const char *receiver, int64_t now_s,
                      struct store_outbox_row *ret);
/* When that one is due; -1 = none waits. */
int64_t store_outbox_next_due_s(struct store *s, const char *receiver);
int store_outbox_done(struct store *s, int64_t row);
/* Counts an attempt and keeps what it had to say; the row is as due as before, or at @due_s. */
int store_outbox_retry(struct store *s, int64_t row, const char *reason);
int store_outbox_postpone(struct store *s, int64_t row, int64_t due_s, const char *reason);
/* The row's last_error becomes @reason and, after it, what the last attempt had to say. */
int store_outbox_dead(struct store *s, int64_t row, int64_t now_s, const char *reason);
/* The same for all that wait for @receiver and were added before @created_before_s; how many. */
int store_outbox_bury(struct store *s, const char *receiver, int64_t created_before_s,
                      int64_t now_s, const char *reason, int64_t *ret_n);
/* Does anything wait in that line of @receiver? 1, 0 or -errno. */
int store_outbox_waits(struct store *s, const char *receiver, const char *line);

/* All that waits for @receiver (NULL: for anybody) is due now. */
int store_outbox_hurry(struct store *s, const char *receiver, int64_t now_s);

struct store_outbox_letter {
        const char *id, *receiver, *last_error, *payload; /* borrowed; .last_error may be NULL */
        int64_t created_s, attempts;
        int64_t due_s; /* of a waiting one */
        int64_t ended_s; /* of a dead one; 0 = it waits */
};

/*
 * Calls @fn for the first @max that wait, the oldest first, or of the dead ones, the youngest
 * first; @receiver NULL: for anybody. @fn must not call the store.
 */
typedef void store_outbox_fn(const struct store_outbox_letter *letter, void *arg);
int store_outbox_list(struct store *s, bool dead, const char *receiver, int64_t max,
                      store_outbox_fn *fn, void *arg);

struct store_outbox_stats {
        char *receiver;
        int64_t waiting, dead;
        int64_t oldest_s;  /* created, of the waiting ones; 0 = none */
        char *last_error;  /* of a waiting or dead row, newest; NULL = none */
};

/* One entry for each receiver with rows; *ret is malloc'ed, store_outbox_stats_free() it. */
int store_outbox_stats(struct store *s, struct store_outbox_stats **ret, size_t *ret_n);
void store_outbox_stats_free(struct store_outbox_stats *stats, size_t n);

/* --- receivers that have been told of what is open -------------------------------------------- */

int store_receiver_known(struct store *s, const char *name); /* 1, 0 or -errno */
int store_receiver_remember(struct store *s, const char *name);
int store_receiver_forget(struct store *s, const char *name); /* 0 even if it was not known */

/* Calls @fn for each, by name. They are read before the first call: @fn may call the store. */
typedef void store_receiver_fn(const char *name, void *arg);
int store_receivers(struct store *s, store_receiver_fn *fn, void *arg);

/* --- single numbers by name ------------------------------------------------------------------- */

int store_keep(struct store *s, const char *name, int64_t value);
int store_kept(struct store *s, const char *name, int64_t none, int64_t *ret); /* or @none */

/* --- receivers that said that they are gone for good, as they were configured (a hash) -------- */

int store_receiver_disable(struct store *s, const char *name, uint32_t config, int64_t now_s,
                           const char *reason);
/* 1 with when and why (malloc'ed), 0, -errno. */
int store_receiver_disabled(struct store *s, const char *name, uint32_t config,
                            int64_t *ret_since_s, char **ret_reason);
int store_receiver_enable(struct store *s, const char *name); /* 0 even if it was not disabled */
