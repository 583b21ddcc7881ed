/* SPDX-License-Identifier: Apache-2.0 */
/* Opening: new, again, twice, damaged, foreign, too new, and where nothing can be written. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void write_file(const char *path, const void *bytes, size_t n)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes, n), n);
        close(fd);
}

static void sql(const struct scratch *s, const char *text)
{
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);
        sqlite3 *db;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int count_matches(const struct scratch *s, const char *pattern)
{
        AUTO_FREE char *path = scratch_path(s, pattern);
        glob_t g;
        int n = glob(path, 0, NULL, &g) == 0 ? (int)g.gl_pathc : 0;

        globfree(&g);
        return n;
}

static mode_t mode_of(const struct scratch *s, const char *file)
{
        AUTO_FREE char *path = scratch_path(s, file);
        struct stat st;

        assert_int_equal(stat(path, &st), 0);
        return st.st_mode & 07777;
}

static int open_failing(const struct scratch *s, const char *dir, const char *expected)
{
        AUTO_FREE char *error = NULL;
        struct store *store = NULL;
        int r = store_open(&store, dir, &error);

        (void)s;
        assert_true(r < 0);
        assert_null(store);
        assert_non_null(error);
        if (!strstr(error, expected))
                fail_msg("\"%s\" does not say \"%s\"", error, expected);
        return r;
}

static void missing_directory_is_made_and_private(void **state)
{
        struct scratch *s = *state;

        assert_int_equal(rmdir(s->dir), 0);
        scratch_open(s);
        assert_int_equal(mode_of(s, "."), 0700);
        assert_int_equal(mode_of(s, STORE_FILE), 0600);
        assert_int_equal(mode_of(s, STORE_FILE "-wal"), 0600);
}

static void loose_mode_is_tightened(void **state)
{
        struct scratch *s = *state;
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);

        write_file(path, "", 0);
        scratch_open(s);
        assert_int_equal(mode_of(s, STORE_FILE), 0600);
}

static void opening_again_finds_what_was_there(void **state)
{
        struct scratch *s = *state;

        assert_int_equal(store_outbox_add(scratch_open(s), "msg_1", "ops", "ep", "{}", 100), 0);
        assert_int_equal(store_outbox_next_due_s(scratch_reopen(s), "ops"), 100);
        assert_int_equal(count_matches(s, STORE_FILE ".damaged*"), 0);
}

static void second_daemon_is_refused(void **state)
{
        struct scratch *s = *state;

        scratch_open(s);
        assert_int_equal(open_failing(s, s->dir, "another notafter"), -EBUSY);
        assert_int_equal(store_outbox_add(s->store, "msg_1", "ops", "ep", "{}", 100), 0);
}

static void newer_schema_is_refused_and_left_alone(void **state)
{
        struct scratch *s = *state;

        scratch_open(s);
        scratch_close(s);
        sql(s, "PRAGMA user_version = 999");
        assert_int_equal(open_failing(s, s->dir, "newer version"), -EPROTO);
        assert_int_equal(count_matches(s, STORE_FILE ".damaged*"), 0);
        assert_int_equal(count_matches(s, STORE_FILE), 1);
}

static void foreign_database_is_refused_and_left_alone(void **state)
{
        struct scratch *s = *state;

        sql(s, "CREATE TABLE music (title TEXT)");
        assert_int_equal(open_failing(s, s->dir, "not a notafter database"), -EPROTO);
        assert_int_equal(count_matches(s, STORE_FILE ".damaged*"), 0);
}

/* Opens over damage: said loudly, the old bytes kept, the new store usable. */
static void assert_replaced(struct scratch *s)
{
        AUTO_FREE char *error = NULL;

        assert_int_equal(store_open(&s->store, s->dir, &error), 0);
        assert_non_null(error);
        assert_non_null(strstr(error, STORE_FILE ".damaged-"));
        assert_int_equal(count_matches(s, STORE_FILE ".damaged-????????T??????"), 1);
        assert_int_equal(store_outbox_next_due_s(s->store, "ops"), -1);
        assert_int_equal(store_outbox_add(s->store, "msg_1", "ops", "ep", "{}", 100), 0);
        assert_int_equal(store_outbox_next_due_s(scratch_reopen(s), "ops"), 100);
}

static void garbage_is_moved_aside(void **state)
{
        static const size_t SIZES[] = { 16, 99, 4096, 100000 };
        struct scratch *s = *state;
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);
        char *garbage = mem_new0(1, 100000);

        memset(garbage, 'x', 100000);
        for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
                write_file(path, garbage, SIZES[i]);
                assert_replaced(s);
                scratch_teardown(state);
                scratch_setup(state);
                s = *state;
                free(path);
                path = scratch_path(s, STORE_FILE);
        }
        free(garbage);
}

static void fill(struct scratch *s)
{
        struct store *store = scratch_open(s);

        store_begin(store);
        for (int i = 0; i < 500; i++) {
                AUTO_FREE char *payload = mem_printf("%01000d", i);

                store_outbox_add(store, "msg_1", "ops", "ep", payload, 100);
        }
        assert_int_equal(store_commit(store), 0);
        scratch_close(s);
}

static void truncated_file_is_moved_aside(void **state)
{
        struct scratch *s = *state;
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);
        struct stat st;

        fill(s);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(truncate(path, st.st_size / 2), 0);
        assert_replaced(s);
}

static void overwritten_pages_are_moved_aside(void **state)
{
        struct scratch *s = *state;
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);
        char garbage[8192];

        fill(s);
        memset(garbage, 0xa5, sizeof(garbage));
        int fd = open(path, O_WRONLY);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, garbage, sizeof(garbage), 8192), sizeof(garbage));
        close(fd);
        assert_replaced(s);
}

static void directory_that_cannot_be_is_refused(void **state)
{
        struct scratch *s = *state;
        AUTO_FREE char *file = scratch_path(s, "file");
        AUTO_FREE char *below = scratch_path(s, "file/below");
        AUTO_FREE char *deep = scratch_path(s, "no/such/place");

        write_file(file, "", 0);
        assert_int_equal(open_failing(s, file, "not a directory"), -ENOTDIR);
        assert_int_equal(open_failing(s, below, "Not a directory"), -ENOTDIR);
        assert_int_equal(open_failing(s, deep, "No such file"), -ENOENT);
}

static void full_disk_is_reported_and_undone(void **state)
{
        struct scratch *s = *state;
        AUTO_FREE char *payload = mem_new0(1, 200001);
        struct rlimit limit = { .rlim_cur = 100000, .rlim_max = 100000 };

        memset(payload, 'x', 200000);
        scratch_open(s);
        scratch_close(s);
        pid_t pid = fork();

        if (pid == 0) { /* a limit on files' sizes is the nearest thing to a full disk */
                signal(SIGXFSZ, SIG_IGN);
                scratch_open(s);
                setrlimit(RLIMIT_FSIZE, &limit);
                int r = store_outbox_add(s->store, "msg_1", "ops", "ep", payload, 100);
                bool told = strstr(store_error(s->store), "cannot ") != NULL;
                bool small = store_outbox_add(s->store, "msg_2", "ops", "ep", "{}", 200) == 0;

                _exit(r < 0 && told && small && store_outbox_next_due_s(s->store, "ops") == 200
                              ? 0 : 1);
        }
        int status;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_int_equal(store_outbox_next_due_s(scratch_open(s), "ops"), 200);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(missing_directory_is_made_and_private),
                SCRATCH_TEST(loose_mode_is_tightened),
                SCRATCH_TEST(opening_again_finds_what_was_there),
                SCRATCH_TEST(second_daemon_is_refused),
                SCRATCH_TEST(newer_schema_is_refused_and_left_alone),
                SCRATCH_TEST(foreign_database_is_refused_and_left_alone),
                SCRATCH_TEST(garbage_is_moved_aside),
                SCRATCH_TEST(truncated_file_is_moved_aside),
                SCRATCH_TEST(overwritten_pages_are_moved_aside),
                SCRATCH_TEST(directory_that_cannot_be_is_refused),
                SCRATCH_TEST(full_disk_is_reported_and_undone),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
