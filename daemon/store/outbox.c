/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox as rows. Its size is counted once and then kept in step, because counting is a walk;
 * an undone transaction forgets the numbers, and they are counted anew when they are next needed.
 */
#include "daemon/store/database.h"

#include <assert.h>

#define PUSH_OUT_SHARE 100 /* of what waits for a receiver, this part goes at once */

enum outbox_state { OUTBOX_WAITING, OUTBOX_DEAD, OUTBOX_STATE_COUNT };

static const struct {
        const char *name;
        int64_t max;
} STATES[OUTBOX_STATE_COUNT] = {
        [OUTBOX_WAITING] = { "waiting", STORE_MAX_OUTBOX },
        [OUTBOX_DEAD]    = { "dead",    STORE_MAX_DEAD },
};

static_assert(OUTBOX_STATE_COUNT == sizeof(((struct store *)0)->counts) / sizeof(int64_t),
              "one count per state");

static int count(struct store *s, enum outbox_state state, int64_t *ret)
{
        if (s->counts[state] < 0) {
                int r = database_answer(s, STATEMENT_OUTBOX_COUNT, 0, &s->counts[state], "t",
                                        STATES[state].name);

                if (r < 0)
                        return r;
        }
        *ret = s->counts[state];
        return 0;
}

static void counted(struct store *s, enum outbox_state state, int64_t change)
{
        if (s->counts[state] >= 0)
                s->counts[state] += change;
}

static int forget(struct store *s, int64_t row, enum outbox_state state)
{
        int r = database_run(s, STATEMENT_OUTBOX_DONE, "it", row, STATES[state].name);

        if (r == 0 && sqlite3_changes(s->db) > 0)
                counted(s, state, -1);
        return r;
}

static int forget_oldest_dead(struct store *s)
{
        int64_t n, row;
        int r = count(s, OUTBOX_DEAD, &n);

        if (r < 0 || n < STATES[OUTBOX_DEAD].max)
                return r;
        r = database_answer(s, STATEMENT_OUTBOX_OLDEST, -1, &row, "t", STATES[OUTBOX_DEAD].name);
        return r < 0 || row < 0 ? r : forget(s, row, OUTBOX_DEAD);
}

static int make_dead(struct store *s, int64_t row, int64_t now_s, const char *reason)
{
        int r = forget_oldest_dead(s);

        if (r == 0)
                r = database_run(s, STATEMENT_OUTBOX_DEAD, "iit", row, now_s, reason);
        if (r == 0 && sqlite3_changes(s->db) > 0) {
                counted(s, OUTBOX_WAITING, -1);
                counted(s, OUTBOX_DEAD, 1);
        }
        return r;
}

int store_outbox_dead(struct store *s, int64_t row, int64_t now_s, const char *reason)
{
        bool own;
        int r = database_enter(s, &own);

        return r < 0 ? r : database_leave(s, own, make_dead(s, row, now_s, reason));
}

/* Keeps the youngest dead letters that may be kept. */
static int trim_dead(struct store *s)
{
        int r = database_run(s, STATEMENT_OUTBOX_TRIM, "i", (int64_t)STORE_MAX_DEAD);

        if (r == 0)
                counted(s, OUTBOX_DEAD, -sqlite3_changes64(s->db));
        return r;
}

static int bury(struct store *s, const char *receiver, int64_t created_before_s, int64_t now_s,
                const char *reason, int64_t *ret_n)
{
        int r = database_run(s, STATEMENT_OUTBOX_BURY, "tiit", receiver, created_before_s, now_s,
                             reason);

        if (r < 0)
                return r;
        *ret_n = sqlite3_changes64(s->db); /* those of triggers do not count */
        counted(s, OUTBOX_WAITING, -*ret_n);
        counted(s, OUTBOX_DEAD, *ret_n);
        return *ret_n > 0 ? trim_dead(s) : 0;
}

int store_outbox_bury(struct store *s, const char *receiver, int64_t created_before_s,
                      int64_t now_s, const char *reason, int64_t *ret_n)
{
        int64_t n = 0;
        bool own;
        int r = database_enter(s, &own);

        if (r == 0)
                r = database_leave(s, own, bury(s, receiver, created_before_s, now_s, reason, &n));
        if (r == 0)
                *ret_n = n;
        return r;
}

/* The receiver for which most wait, malloc'ed, and how many those are. */
static int find_fullest(struct store *s, char **ret_receiver, int64_t *ret_n)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_OUTBOX_FULLEST, "");

        if (r == 0)
                r = database_step(s, stmt);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        *ret_receiver = database_text(stmt, 0);
        *ret_n = sqlite3_column_int64(stmt, 1);
        sqlite3_reset(stmt);
        return 0;
}

/* To find the receiver is a walk over all that waits: many at once make it worth its while. */
static int push_out(struct store *s, int64_t now_s)
{
        AUTO_FREE char *receiver = NULL;
        int64_t n;
        int r = find_fullest(s, &receiver, &n);

        if (r == 0)
                r = database_run(s, STATEMENT_OUTBOX_PUSH_OUT, "titi", receiver, now_s,
                                 "pushed out: too many messages wait",
                                 n > PUSH_OUT_SHARE ? n / PUSH_OUT_SHARE : 1);
        if (r < 0)
                return r;
        int64_t pushed = sqlite3_changes64(s->db);

        counted(s, OUTBOX_WAITING, -pushed);
        counted(s, OUTBOX_DEAD, pushed);
        s->pushed_out += pushed;
        return trim_dead(s);
}

static int make_room(struct store *s, int64_t now_s)
{
        int64_t n;
        int r = count(s, OUTBOX_WAITING, &n);

        return r < 0 || n < STATES[OUTBOX_WAITING].max ? r : push_out(s, now_s);
}

int64_t store_outbox_pushed_out(const struct store *s)
{
        return s->pushed_out;
}

static int add(struct store *s, const char *id, const char *receiver, const char *line,
               const char *payload, int64_t now_s)
{
        int r = make_room(s, now_s);

        if (r == 0)
                r = database_run(s, STATEMENT_OUTBOX_ADD, "tttti", id, receiver, line,
                                 payload, now_s);
        if (r == 0)
                counted(s, OUTBOX_WAITING, 1);
        return r;
}

int store_outbox_add(struct store *s, const char *id, const char *receiver, const char *line,
                     const char *payload, int64_t now_s)
{
        bool own;
        int r = database_enter(s, &own);

        return r < 0 ? r : database_leave(s, own, add(s, id, receiver, line, payload, now_s));
}

int store_outbox_next(struct store *s, const char *receiver, int64_t now_s,
                      struct store_outbox_row *ret)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_OUTBOX_NEXT, "ti", receiver, now_s);

        if (r == 0)
                r = database_step(s, stmt);
        if (r <= 0)
                return r;
        *ret = (struct store_outbox_row){
                .row       = sqlite3_column_int64(stmt, 0),
                .created_s = sqlite3_column_int64(stmt, 1),
                .attempts  = sqlite3_column_int64(stmt, 2),
                .payload   = database_text(stmt, 3),
        };
        sqlite3_reset(stmt);
        return 1;
}

int64_t store_outbox_next_due_s(struct store *s, const char *receiver)
{
        int64_t due_s;
        int r = database_answer(s, STATEMENT_OUTBOX_NEXT_DUE, -1, &due_s, "t", receiver);

        return r < 0 ? -1 : due_s;
}

int store_outbox_waits(struct store *s, const char *receiver, const char *line)
{
        int64_t waits;
        int r = database_answer(s, STATEMENT_OUTBOX_WAITS, 0, &waits, "tt", receiver, line);

        return r < 0 ? r : (int)waits;
}

int store_outbox_done(struct store *s, int64_t row)
{
        return forget(s, row, OUTBOX_WAITING);
}

int store_outbox_retry(struct store *s, int64_t row, const char *reason)
{
        return database_run(s, STATEMENT_OUTBOX_RETRY, "it", row, reason);
}

int store_outbox_postpone(struct store *s, int64_t row, int64_t due_s, const char *reason)
{
        return database_run(s, STATEMENT_OUTBOX_POSTPONE, "iit", row, due_s, reason);
}

int store_outbox_hurry(struct store *s, const char *receiver, int64_t now_s)
{
        return database_run(s, STATEMENT_OUTBOX_HURRY, "ti", receiver, now_s);
}

int store_outbox_list(struct store *s, bool dead, const char *receiver, int64_t max,
                      store_outbox_fn *fn, void *arg)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, dead ? STATEMENT_OUTBOX_LIST_DEAD
                                             : STATEMENT_OUTBOX_LIST_WAITING, "ti", receiver, max);

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                fn(&(struct store_outbox_letter){
                           .id         = (const char *)sqlite3_column_text(stmt, 0),
                           .receiver   = (const char *)sqlite3_column_text(stmt, 1),
                           .created_s  = sqlite3_column_int64(stmt, 2),
                           .attempts   = sqlite3_column_int64(stmt, 3),
                           .due_s      = sqlite3_column_int64(stmt, 4),
                           .ended_s    = sqlite3_column_int64(stmt, 5),
                           .last_error = (const char *)sqlite3_column_text(stmt, 6),
                           .payload    = (const char *)sqlite3_column_text(stmt, 7),
                   }, arg);
                r = 0;
        }
        return r;
}

static void read_stats(sqlite3_stmt *stmt, struct store_outbox_stats *ret)
{
        *ret = (struct store_outbox_stats){
                .receiver   = database_text(stmt, 0),
                .waiting    = sqlite3_column_int64(stmt, 1),
                .dead       = sqlite3_column_int64(stmt, 2),
                .oldest_s   = sqlite3_column_int64(stmt, 3),
                .last_error = database_text(stmt, 4),
        };
}

int store_outbox_stats(struct store *s, struct store_outbox_stats **ret, size_t *ret_n)
{
        struct store_outbox_stats *stats = NULL;
        size_t n = 0;
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_OUTBOX_STATS, "");

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                stats = mem_resize(stats, n + 1, sizeof(*stats));
                read_stats(stmt, &stats[n++]);
                r = 0;
        }
        if (r < 0) {
                store_outbox_stats_free(stats, n);
                return r;
        }
        *ret = stats;
        *ret_n = n;
        return 0;
}

void store_outbox_stats_free(struct store_outbox_stats *stats, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(stats[i].receiver);
                free(stats[i].last_error);
        }
        free(stats);
}
