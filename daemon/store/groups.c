/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and their members as rows. Codes and severities are stored by name, as in endpoints.c. */
#include "daemon/store/groups.h"

#include "daemon/store/database.h"

#include "common/base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The columns of GROUP_COLUMNS in store.c, in order. */
enum column {
        COLUMN_ROW,
        COLUMN_ID,
        COLUMN_RECEIVER,
        COLUMN_CAUSE,
        COLUMN_CODE,
        COLUMN_OPENED,
        COLUMN_TOLD_AT,
        COLUMN_MESSAGES,
        COLUMN_TOLD,
        COLUMN_DUE,
        COLUMN_WAIT,
        COLUMN_CALM,
        COLUMN_N_OPEN,
        COLUMN_N_GONE,
        COLUMN_MEMBER, /* of a membership: what follows is of the member */
};

static const char *column_str(sqlite3_stmt *stmt, int column)
{
        const char *s = (const char *)sqlite3_column_text(stmt, column);

        return s ? s : "";
}

/* A name that only a newer version knows counts for the worst. */
static enum severity column_severity(sqlite3_stmt *stmt, int column)
{
        enum severity severity = SEVERITY_ERROR;

        (void)severity_parse(column_str(stmt, column), &severity);
        return severity;
}

/* --- groups ----------------------------------------------------------------------------------- */

void store_group_done(struct store_group *g)
{
        free(g->receiver);
        free(g->cause);
        *g = (struct store_group){ 0 };
}

/* False for a code that only a newer version knows. */
static bool read_group(sqlite3_stmt *stmt, struct store_group *ret)
{
        enum finding_code code;

        if (finding_code_parse(column_str(stmt, COLUMN_CODE), &code) < 0)
                return false;
        *ret = (struct store_group){
                .row      = sqlite3_column_int64(stmt, COLUMN_ROW),
                .receiver = database_text(stmt, COLUMN_RECEIVER),
                .cause    = database_text(stmt, COLUMN_CAUSE),
                .code     = code,
                .opened_s = sqlite3_column_int64(stmt, COLUMN_OPENED),
                .told_s   = sqlite3_column_int64(stmt, COLUMN_TOLD_AT),
                .messages = sqlite3_column_int64(stmt, COLUMN_MESSAGES),
                .told     = column_severity(stmt, COLUMN_TOLD),
                .due_s    = sqlite3_column_int64(stmt, COLUMN_DUE),
                .wait_s   = sqlite3_column_int64(stmt, COLUMN_WAIT),
                .calm     = column_severity(stmt, COLUMN_CALM),
                .n_open   = sqlite3_column_int64(stmt, COLUMN_N_OPEN),
                .n_gone   = sqlite3_column_int64(stmt, COLUMN_N_GONE),
        };
        if (sqlite3_column_type(stmt, COLUMN_DUE) == SQLITE_NULL)
                ret->due_s = -1;
        snprintf(ret->id, sizeof(ret->id), "%s", column_str(stmt, COLUMN_ID));
        return true;
}

/* Reads the one group that the bound query gives. */
static int take_group(struct store *s, sqlite3_stmt *stmt, struct store_group *ret)
{
        int r = database_step(s, stmt);

        if (r <= 0)
                return r;
        r = read_group(stmt, ret);
        sqlite3_reset(stmt);
        return r;
}

int store_group_find(struct store *s, const char *receiver, const char *cause,
                     struct store_group *ret)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_GROUP_FIND, "tt", receiver, cause);

        return r < 0 ? r : take_group(s, stmt, ret);
}

int store_group_load(struct store *s, int64_t row, struct store_group *ret)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_GROUP_LOAD, "i", row);

        return r < 0 ? r : take_group(s, stmt, ret);
}

int store_group_add(struct store *s, struct store_group *g, const char *cause)
{
        int r = database_run(s, STATEMENT_GROUP_ADD, "ttttiii", g->id, g->receiver, cause,
                             FINDINGS[g->code].name, g->opened_s, g->due_s, g->n_open);

        if (r == 0)
                g->row = sqlite3_last_insert_rowid(s->db);
        return r;
}

int store_group_put(struct store *s, const struct store_group *g)
{
        return database_run(s, STATEMENT_GROUP_PUT, "iiitiitii", g->row, g->told_s, g->messages,
                            severity_str(g->told), g->due_s, g->wait_s, severity_str(g->calm),
                            g->n_open, g->n_gone);
}

int store_group_remove(struct store *s, int64_t row)
{
        return database_run(s, STATEMENT_GROUP_REMOVE, "i", row);
}

int store_groups_due(struct store *s, int64_t now_s, int64_t *rows, int max)
{
        sqlite3_stmt *stmt;
        int n = 0, r = database_bind(s, &stmt, STATEMENT_GROUPS_DUE, "ii", now_s, (int64_t)max);

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                rows[n++] = sqlite3_column_int64(stmt, 0);
                r = 0;
        }
        return r < 0 ? r : n;
}

int64_t store_groups_next_due_s(struct store *s)
{
        int64_t due_s;
        int r = database_answer(s, STATEMENT_GROUPS_NEXT_DUE, -1, &due_s, "");

        return r < 0 ? -1 : due_s;
}

int store_groups_wake(struct store *s, int64_t now_s)
{
        return database_run(s, STATEMENT_GROUPS_WAKE, "i", now_s);
}

int store_clock_set(struct store *s, int64_t by_s)
{
        bool own;
        int r = database_enter(s, &own);

        if (r < 0)
                return r;
        r = database_run(s, STATEMENT_GROUPS_MOVE, "i", by_s);
        if (r == 0)
                r = database_run(s, STATEMENT_OUTBOX_MOVE, "i", by_s);
        return database_leave(s, own, r);
}

int store_groups_receivers(struct store *s, store_receiver_fn *fn, void *arg)
{
        return database_names(s, STATEMENT_GROUPS_RECEIVERS, fn, arg);
}

int store_groups_forget(struct store *s, const char *receiver, int64_t wait_before_s)
{
        return database_run(s, STATEMENT_GROUPS_FORGET, "ti", receiver, wait_before_s);
}

int store_groups_told(struct store *s, const char *receiver, char **cause, int64_t *rows, int max)
{
        sqlite3_stmt *stmt;
        int n = 0, r = database_bind(s, &stmt, STATEMENT_GROUPS_TOLD, "tti", receiver,
                                     *cause ? *cause : "", (int64_t)max);
        AUTO_FREE char *last = NULL;

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                rows[n++] = sqlite3_column_int64(stmt, 0);
                free(last);
                last = database_text(stmt, 1);
                r = 0;
        }
        if (r < 0)
                return r;
        if (last) {
                free(*cause);
                *cause = TAKE(last);
        }
        return n;
}

/* --- members ---------------------------------------------------------------------------------- */

int store_member_put(struct store *s, const struct store_member *m)
{
        return database_run(s, STATEMENT_MEMBER_PUT, "ittt" "iiii" "tttt", m->group, m->endpoint,
                            severity_str(m->severity), severity_str(m->told), m->since_s,
                            m->gone_s, m->silent_until_s, (int64_t)m->retired, m->message,
                            m->remedy, m->evidence, m->fingerprint);
}

int store_member_remove(struct store *s, int64_t group, const char *endpoint)
{
        return database_run(s, STATEMENT_MEMBER_REMOVE, "it", group, endpoint);
}

int store_members(struct store *s, int64_t group, store_member_fn *fn, void *arg)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_MEMBERS, "i", group);

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                fn(&(struct store_member){
                        .group          = group,
                        .endpoint       = column_str(stmt, 0),
                        .severity       = column_severity(stmt, 1),
                        .told           = column_severity(stmt, 2),
                        .since_s        = sqlite3_column_int64(stmt, 3),
                        .gone_s         = sqlite3_column_int64(stmt, 4),
                        .silent_until_s = sqlite3_column_int64(stmt, 5),
                        .retired        = sqlite3_column_int(stmt, 6) != 0,
                }, arg);
                r = 0;
        }
        return r;
}

int store_member_told(struct store *s, int64_t group, const char *endpoint, int64_t now_s)
{
        return database_run(s, STATEMENT_MEMBER_TOLD, "iti", group, endpoint, now_s);
}

int store_members_told(struct store *s, int64_t group, int64_t now_s)
{
        return database_run(s, STATEMENT_MEMBERS_TOLD, "ii", group, now_s);
}

int store_members_gone(struct store *s, int64_t group)
{
        return database_run(s, STATEMENT_MEMBERS_GONE, "i", group);
}

int store_member_silence(struct store *s, int64_t group, const char *endpoint, int64_t until_s)
{
        return database_run(s, STATEMENT_MEMBER_SILENCE, "iti", group, endpoint, until_s);
}

int store_memberships(struct store *s, const char *endpoint, enum finding_code code,
                      struct store_membership **ret, size_t *ret_n)
{
        struct store_membership *all = NULL;
        size_t n = 0;
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_MEMBERSHIPS, "tt", endpoint, FINDINGS[code].name);

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                all = mem_resize(all, n + 1, sizeof(*all));
                all[n] = (struct store_membership){
                        .severity = column_severity(stmt, COLUMN_MEMBER),
                        .told     = column_severity(stmt, COLUMN_MEMBER + 1),
                        .since_s  = sqlite3_column_int64(stmt, COLUMN_MEMBER + 2),
                        .gone_s   = sqlite3_column_int64(stmt, COLUMN_MEMBER + 3),
                        .silent_until_s = sqlite3_column_int64(stmt, COLUMN_MEMBER + 4),
                };
                n += read_group(stmt, &all[n].group);
                r = 0;
        }
        if (r < 0) {
                store_memberships_free(all, n);
                return r;
        }
        *ret = all;
        *ret_n = n;
        return 0;
}

void store_memberships_free(struct store_membership *m, size_t n)
{
        for (size_t i = 0; i < n; i++)
                store_group_done(&m[i].group);
        free(m);
}

int store_member_words(struct store *s, const struct store_group *g, const char *endpoint,
                       struct store_words *ret)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_MEMBER_WORDS, "itt", g->row, endpoint,
                              FINDINGS[g->code].name);

        if (r == 0)
                r = database_step(s, stmt);
        if (r <= 0)
                return r;
        *ret = (struct store_words){
                .message     = database_text(stmt, 0),
                .remedy      = database_text(stmt, 1),
                .evidence    = database_text(stmt, 2),
                .fingerprint = database_text(stmt, 3),
                .missing_pem = database_text(stmt, 4),
                .deadline_s  = sqlite3_column_int64(stmt, 5),
                .flapping    = sqlite3_column_type(stmt, 6) != SQLITE_NULL,
        };
        sqlite3_reset(stmt);
        return 1;
}

void store_words_done(struct store_words *w)
{
        free(w->message);
        free(w->remedy);
        free(w->evidence);
        free(w->fingerprint);
        free(w->missing_pem);
        *w = (struct store_words){ 0 };
}
