/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in database.h. */
#include "daemon/store/database.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
        int code; /* SQLite's primary result */
        int error;
        const char *text; /* NULL = SQLite's own words */
} RESULTS[] = {
        { SQLITE_FULL,     -ENOSPC, "the disk is full" },
        { SQLITE_BUSY,     -EBUSY,  "another process uses it" },
        { SQLITE_LOCKED,   -EBUSY,  "another process uses it" },
        { SQLITE_PERM,     -EACCES, "permission denied" },
        { SQLITE_READONLY, -EACCES, "it cannot be written" },
        { SQLITE_CORRUPT,  DATABASE_DAMAGED, NULL },
        { SQLITE_NOTADB,   DATABASE_DAMAGED, NULL },
        { SQLITE_TOOBIG,   -E2BIG,  NULL },
};

/* What the system said, when SQLite remembers: its own words are poorer ("disk I/O error"). */
static int system_error(const struct store *s)
{
        int e = sqlite3_system_errno(s->db);

        return e > 0 ? -e : -EIO;
}

static void set_error(struct store *s, char *text)
{
        free(s->error);
        s->error = text;
}

static int spoil(struct store *s, int r)
{
        if (s->in_transaction && s->failed == 0)
                s->failed = r;
        return r;
}

int database_failed(struct store *s, const char *what)
{
        int code = sqlite3_extended_errcode(s->db), primary = code & 0xff, r = 0;
        const char *text = sqlite3_errmsg(s->db);

        if (primary == SQLITE_NOMEM)
                mem_exhausted();
        for (size_t i = 0; i < ARRAY_LEN(RESULTS); i++)
                if (RESULTS[i].code == primary) {
                        r = RESULTS[i].error;
                        text = RESULTS[i].text ? RESULTS[i].text : text;
                }
        if (r == 0) {
                r = system_error(s);
                text = sqlite3_system_errno(s->db) > 0 ? strerror(-r) : text;
        }
        set_error(s, mem_printf("cannot %s %s: %s (SQLite %d)", what, s->path, text, code));
        return spoil(s, r);
}

int database_refuse(struct store *s, int r, const char *fmt, ...)
{
        char *text = NULL;
        va_list ap;

        va_start(ap, fmt);
        if (vasprintf(&text, fmt, ap) < 0)
                mem_exhausted();
        va_end(ap);
        set_error(s, text);
        return spoil(s, r);
}

int database_exec(struct store *s, const char *sql)
{
        if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
                return database_failed(s, "set up");
        return 0;
}

int database_number(struct store *s, const char *sql, int64_t *ret)
{
        sqlite3_stmt *stmt = NULL;
        int r = 0;

        if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
            sqlite3_step(stmt) == SQLITE_ROW)
                *ret = sqlite3_column_int64(stmt, 0);
        else
                r = database_failed(s, "read");
        sqlite3_finalize(stmt);
        return r;
}

static int bind_one(sqlite3_stmt *stmt, int position, char type, va_list *ap)
{
        switch (type) {
        case 't':
                return sqlite3_bind_text(stmt, position, va_arg(*ap, const char *), -1,
                                         SQLITE_STATIC);
        case 'b': {
                const void *bytes = va_arg(*ap, const void *);

                return sqlite3_bind_blob64(stmt, position, bytes, va_arg(*ap, size_t),
                                           SQLITE_STATIC);
        }
        case 'i':
                return sqlite3_bind_int64(stmt, position, va_arg(*ap, int64_t));
        }
        abort(); /* a letter that database.h does not know */
}

static int bind_all(struct store *s, sqlite3_stmt **ret, enum statement which, const char *types,
                    va_list *ap)
{
        sqlite3_stmt **stmt = &s->statements[which];

        if (!*stmt && sqlite3_prepare_v3(s->db, STATEMENTS[which], -1, SQLITE_PREPARE_PERSISTENT,
                                         stmt, NULL) != SQLITE_OK)
                return database_failed(s, "use");
        assert(!sqlite3_stmt_busy(*stmt));
        assert((size_t)sqlite3_bind_parameter_count(*stmt) == strlen(types));
        for (int i = 0; types[i]; i++)
                if (bind_one(*stmt, i + 1, types[i], ap) != SQLITE_OK)
                        return database_failed(s, "use");
        *ret = *stmt;
        return 0;
}

int database_bind(struct store *s, sqlite3_stmt **ret, enum statement which, const char *types, ...)
{
        va_list ap;

        va_start(ap, types);
        int r = bind_all(s, ret, which, types, &ap);
        va_end(ap);
        return r;
}

int database_step(struct store *s, sqlite3_stmt *stmt)
{
        int code = sqlite3_step(stmt), r = 0;

        if (code == SQLITE_ROW)
                return 1;
        if (code != SQLITE_DONE)
                r = database_failed(s, "use");
        sqlite3_reset(stmt);
        return r;
}

int database_run(struct store *s, enum statement which, const char *types, ...)
{
        sqlite3_stmt *stmt;
        va_list ap;

        va_start(ap, types);
        int r = bind_all(s, &stmt, which, types, &ap);
        va_end(ap);
        if (r == 0)
                while ((r = database_step(s, stmt)) > 0)
                        ;
        return r;
}

int database_answer(struct store *s, enum statement which, int64_t none, int64_t *ret,
                    const char *types, ...)
{
        sqlite3_stmt *stmt;
        va_list ap;

        va_start(ap, types);
        int r = bind_all(s, &stmt, which, types, &ap);
        va_end(ap);
        if (r == 0)
                r = database_step(s, stmt);
        if (r < 0)
                return r;
        *ret = r > 0 ? sqlite3_column_int64(stmt, 0) : none;
        if (r > 0)
                sqlite3_reset(stmt);
        return 0;
}

char *database_text(sqlite3_stmt *stmt, int column)
{
        return mem_strdup((const char *)sqlite3_column_text(stmt, column));
}

int database_names(struct store *s, enum statement which, store_receiver_fn *fn, void *arg)
{
        char **names = NULL;
        size_t n = 0;
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, which, "");

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                names = mem_resize(names, n + 1, sizeof(*names));
                names[n++] = database_text(stmt, 0);
                r = 0;
        }
        for (size_t i = 0; i < n; i++) {
                if (r == 0)
                        fn(names[i], arg);
                free(names[i]);
        }
        free(names);
        return r;
}

int database_enter(struct store *s, bool *ret_own)
{
        *ret_own = !s->in_transaction;
        return *ret_own ? store_begin(s) : 0;
}

int database_leave(struct store *s, bool own, int r)
{
        return own ? store_commit(s) : r;
}
