/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/store/database.h - inside the store: SQLite behind a small vocabulary.
 *
 * A statement is a row of a table, prepared at its first use and kept. Every failure passes through
 * database_failed(), which translates it to -errno, writes the text for people, and spoils the
 * transaction it happened in.
 */
#pragma once

#include "daemon/store/store.h"

#include "common/base/mem.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum statement {
        STATEMENT_BEGIN,
        STATEMENT_COMMIT,
        STATEMENT_ROLLBACK,
        STATEMENT_ENDPOINT_LOAD,
        STATEMENT_ENDPOINT_PUT,
        STATEMENT_ENDPOINT_REMOVE,
        STATEMENT_PROBLEMS_CLEAR,
        STATEMENT_PROBLEM_PUT,
        STATEMENT_PAST_PUT,
        STATEMENT_PAST_TRIM,
        STATEMENT_PAST_LOAD,
        STATEMENT_OUTBOX_ADD,
        STATEMENT_OUTBOX_COUNT,
        STATEMENT_OUTBOX_OLDEST,
        STATEMENT_OUTBOX_NEXT,
        STATEMENT_OUTBOX_NEXT_DUE,
        STATEMENT_OUTBOX_DONE,
        STATEMENT_OUTBOX_RETRY,
        STATEMENT_OUTBOX_POSTPONE,
        STATEMENT_OUTBOX_DEAD,
        STATEMENT_OUTBOX_BURY,
        STATEMENT_OUTBOX_FULLEST,
        STATEMENT_OUTBOX_PUSH_OUT,
        STATEMENT_OUTBOX_TRIM,
        STATEMENT_OUTBOX_HURRY,
        STATEMENT_OUTBOX_MOVE,
        STATEMENT_OUTBOX_LIST_WAITING,
        STATEMENT_OUTBOX_LIST_DEAD,
        STATEMENT_OUTBOX_WAITS,
        STATEMENT_OUTBOX_STATS,
        STATEMENT_RECEIVERS,
        STATEMENT_RECEIVER_KNOWN,
        STATEMENT_RECEIVER_REMEMBER,
        STATEMENT_RECEIVER_FORGET,
        STATEMENT_KEEP,
        STATEMENT_KEPT,
        STATEMENT_RECEIVER_DISABLE,
        STATEMENT_RECEIVER_DISABLED,
        STATEMENT_RECEIVER_ENABLE,
        STATEMENT_GROUP_FIND,
        STATEMENT_GROUP_LOAD,
        STATEMENT_GROUP_ADD,
        STATEMENT_GROUP_PUT,
        STATEMENT_GROUP_REMOVE,
        STATEMENT_GROUPS_DUE,
        STATEMENT_GROUPS_NEXT_DUE,
        STATEMENT_GROUPS_WAKE,
        STATEMENT_GROUPS_MOVE,
        STATEMENT_GROUPS_RECEIVERS,
        STATEMENT_GROUPS_FORGET,
        STATEMENT_GROUPS_TOLD,
        STATEMENT_MEMBER_PUT,
        STATEMENT_MEMBER_REMOVE,
        STATEMENT_MEMBER_SILENCE,
        STATEMENT_MEMBERS,
        STATEMENT_MEMBER_TOLD,
        STATEMENT_MEMBERS_TOLD,
        STATEMENT_MEMBERS_GONE,
        STATEMENT_MEMBERSHIPS,
        STATEMENT_MEMBER_WORDS,
        STATEMENT_INTERMEDIATES,
        STATEMENT_INTERMEDIATE_PUT,
        STATEMENT_INTERMEDIATES_TRIM,
        STATEMENT_LEAF_SEEN,
        STATEMENT_LEAF_LOAD,
        STATEMENT_LEAF_PUT,
        STATEMENT_LEAF_FIRST,
        STATEMENT_LEAF_SHOWERS,
        STATEMENT_SEEN_LOAD,
        STATEMENT_SEEN_PUT,
        STATEMENT_SEEN_STILL,
        STATEMENT_SEEN_TRIM,
        STATEMENT_SERVED_CLEAR,
        STATEMENT_SERVED_PUT,
        STATEMENT_SERVED_BY,
        STATEMENT_SERVED_COUNT,
        STATEMENT_SERVED_LOAD,
        STATEMENT_SILENCES,
        STATEMENT_SILENCE_PUT,
        STATEMENT_SILENCE_REMOVE,
        STATEMENT_SILENCES_TRIM,
        STATEMENT_AIA_GET,
        STATEMENT_AIA_PUT,
        STATEMENT_AIA_TRIM,
        STATEMENT_COUNT
};

extern const char *const STATEMENTS[STATEMENT_COUNT];

struct store {
        sqlite3 *db;
        sqlite3_stmt *statements[STATEMENT_COUNT];
        char *path;
        int lock_fd;
        char *error;             /* for people; NULL = nothing went wrong yet */
        bool in_transaction;
        int64_t transactions;    /* begun so far */
        int failed;              /* first -errno since store_begin(), 0 = none */
        int64_t counts[2];       /* outbox rows by state; -1 = not counted yet */
        int64_t pushed_out;      /* of the outbox since it was opened */
};

#define DATABASE_DAMAGED (-EBADMSG) /* the file is no database, or no longer one */

/* Translates what SQLite just said about @what; see above. Always negative. */
int database_failed(struct store *s, const char *what);

/* A failure that SQLite does not know of. Returns @r. */
int database_refuse(struct store *s, int r, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* Runs SQL texts that give no rows; and one that gives one number. */
int database_exec(struct store *s, const char *sql);
int database_number(struct store *s, const char *sql, int64_t *ret);

/*
 * The statement, ready to step, its parameters bound from the arguments: one letter of @types each,
 * 't' const char * (NULL is NULL; must live until the reset), 'i' int64_t, 'b' const void * and
 * size_t (likewise). 0 or -errno.
 */
int database_bind(struct store *s, sqlite3_stmt **ret, enum statement which, const char *types,
                  ...);

/* 1 = a row, 0 = no more, -errno. Resets the statement unless there is a row. */
int database_step(struct store *s, sqlite3_stmt *stmt);

/* Binds, steps to the end, ignores rows. 0 or -errno. */
int database_run(struct store *s, enum statement which, const char *types, ...);

/* Binds a query that gives one number: its answer, or @none when it gives no row. 0 or -errno. */
int database_answer(struct store *s, enum statement which, int64_t none, int64_t *ret,
                    const char *types, ...);

/* Calls @fn with each name that a query without parameters gives, when all are read. */
int database_names(struct store *s, enum statement which, store_receiver_fn *fn, void *arg);

/* A column's text, malloc'ed, NULL for NULL. */
char *database_text(sqlite3_stmt *stmt, int column);

/* Makes several statements one transaction, within the caller's if there is one. */
int database_enter(struct store *s, bool *ret_own);
int database_leave(struct store *s, bool own, int r);
