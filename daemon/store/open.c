/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening: directory, lock, file, health, schema; in this order, and each only when the one before
 * it was well.
 *
 * The lock is a file of its own and held until the end: it is taken before the database is looked
 * at, so that two daemons can never both move a damaged one aside. SQLite's own exclusive mode then
 * keeps other programs from making a commit wait, and needs no shared memory file.
 *
 * synchronous=FULL: in WAL mode NORMAL may lose the last transactions to a power cut, and a
 * transition that was judged but whose alert is lost is never told again. One fsync per commit is
 * the price; results are batched, so it is paid a few times a second at most.
 */
#include "daemon/store/database.h"
#include "daemon/store/schema.h"

#include "common/base/clock.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_FILE "notafter.lock"
#define BUSY_TIMEOUT_MS 2000 /* somebody looks into the file with another program just now */

static const char PRAGMAS[] =
        "PRAGMA locking_mode = EXCLUSIVE;"
        "PRAGMA journal_mode = WAL;"
        "PRAGMA synchronous = FULL;"
        "PRAGMA wal_autocheckpoint = 4000;" /* 16 MB: a page of many writes goes once */
        "PRAGMA cache_size = -8192;" /* kB: what a thousand endpoints that change write */
        "PRAGMA temp_store = MEMORY;" /* no files elsewhere, where we may not be allowed to write */
        "PRAGMA foreign_keys = ON;"
        "PRAGMA trusted_schema = OFF;"
        "PRAGMA cell_size_check = ON;"
        "PRAGMA journal_size_limit = 67108864;"; /* give back what one large batch took */

static int refuse_errno(struct store *s, const char *what, const char *path)
{
        int e = errno;

        return database_refuse(s, -e, "cannot %s %s: %s", what, path, strerror(e));
}

static int make_directory(struct store *s, const char *dir)
{
        struct stat st;

        if (mkdir(dir, 0700) < 0 && errno != EEXIST)
                return refuse_errno(s, "make directory", dir);
        if (stat(dir, &st) < 0)
                return refuse_errno(s, "use directory", dir);
        if (!S_ISDIR(st.st_mode))
                return database_refuse(s, -ENOTDIR, "%s is not a directory", dir);
        return 0;
}

static int take_lock(struct store *s, const char *dir)
{
        AUTO_FREE char *path = mem_printf("%s/" LOCK_FILE, dir);

        s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (s->lock_fd < 0)
                return refuse_errno(s, "open", path);
        if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
                return 0;
        if (errno == EWOULDBLOCK)
                return database_refuse(s, -EBUSY, "another notafter is running on %s", dir);
        return refuse_errno(s, "lock", path);
}

/* Makes the file before SQLite would: it holds names of endpoints, which are nobody's business. */
static int make_private(struct store *s)
{
        int fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        if (fd < 0)
                return refuse_errno(s, "open", s->path);
        int r = fchmod(fd, 0600) < 0 ? refuse_errno(s, "protect", s->path) : 0;

        close(fd);
        return r;
}

static int check_health(struct store *s)
{
        sqlite3_stmt *stmt = NULL;
        int r = 0;

        if (sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &stmt, NULL) != SQLITE_OK ||
            sqlite3_step(stmt) != SQLITE_ROW)
                r = database_failed(s, "check");
        else if (strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") != 0)
                r = database_refuse(s, DATABASE_DAMAGED, "cannot use %s: %s", s->path,
                                    (const char *)sqlite3_column_text(stmt, 0));
        sqlite3_finalize(stmt);
        return r;
}

static void close_database(struct store *s)
{
        for (size_t i = 0; i < STATEMENT_COUNT; i++)
                sqlite3_finalize(TAKE(s->statements[i]));
        int code = sqlite3_close(TAKE(s->db));

        assert(code == SQLITE_OK);
        (void)code;
        s->in_transaction = false;
}

static int open_database(struct store *s)
{
        int r = make_private(s);

        if (r < 0)
                return r;
        if (sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK) {
                if (!s->db)
                        mem_exhausted();
                return database_failed(s, "open");
        }
        sqlite3_extended_result_codes(s->db, 1);
        sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
        r = database_exec(s, PRAGMAS);
        if (r == 0)
                r = check_health(s);
        if (r == 0)
                r = schema_migrate(s);
        return r;
}

/* "notafter.db.damaged-20261123T121500", with the log beside it, as sqlite3(1) wants to find it. */
static int move_aside(struct store *s, char **ret_name)
{
        static const char *const SUFFIXES[] = { "-wal", "-shm", "" };
        time_t now = (time_t)clock_wall_s();
        char stamp[sizeof("YYYYmmddTHHMMSS")] = "";
        struct tm tm;

        if (!gmtime_r(&now, &tm) || strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &tm) == 0)
                strcpy(stamp, "undated");
        AUTO_FREE char *name = mem_printf("%s.damaged-%s", s->path, stamp);

        for (size_t i = 0; i < ARRAY_LEN(SUFFIXES); i++) {
                AUTO_FREE char *from = mem_printf("%s%s", s->path, SUFFIXES[i]);
                AUTO_FREE char *to = mem_printf("%s%s", name, SUFFIXES[i]);

                if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0 &&
                    errno != ENOENT)
                        return refuse_errno(s, "move aside the damaged", from);
        }
        *ret_name = TAKE(name);
        return 0;
}

/* The old file is evidence, and may hold alerts that were not delivered: it is kept, and named. */
static int replace_damaged(struct store *s, char **ret_error)
{
        AUTO_FREE char *why = TAKE(s->error);
        AUTO_FREE char *name = NULL;

        close_database(s);
        int r = move_aside(s, &name);

        if (r == 0)
                r = open_database(s);
        if (r == 0)
                *ret_error = mem_printf("%s; the damaged file is kept as %s and a new one is made: "
                                        "open problems are reported again, alerts that waited in "
                                        "the old file are not delivered",
                                        why, name);
        return r;
}

int store_open(struct store **ret, const char *dir, char **ret_error)
{
        CLEANUP(store_close_at_exit) struct store *s = mem_new0(1, sizeof(*s));

        *s = (struct store){
                .path = mem_printf("%s/" STORE_FILE, dir),
                .lock_fd = -1,
                .counts = { -1, -1 },
        };
        *ret_error = NULL;
        int r = make_directory(s, dir);

        if (r == 0)
                r = take_lock(s, dir);
        if (r == 0)
                r = open_database(s);
        if (r == DATABASE_DAMAGED)
                r = replace_damaged(s, ret_error);
        if (r < 0)
                *ret_error = TAKE(s->error);
        else
                *ret = TAKE(s);
        return r;
}

void store_close(struct store *s)
{
        if (!s)
                return;
        close_database(s);
        if (s->lock_fd >= 0)
                close(s->lock_fd);
        free(s->path);
        free(s->error);
        free(s);
}
