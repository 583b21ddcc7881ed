/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Databases that earlier versions wrote: released.sql has them, and what must be left of them. Who
 * edits a step that was released, or adds one without its rows, is told so here.
 */
#include "scratch.h"

#include "daemon/judge/state.h"
#include "daemon/store/certificates.h"
#include "daemon/store/database.h"
#include "daemon/store/groups.h"
#include "daemon/store/schema.h"

#include <sqlite3.h>
#include <string.h>

static char *read_file(const char *path, size_t *ret_n)
{
        FILE *file = fopen(path, "re");
        char *bytes = mem_new0(1 << 20, 1);

        assert_non_null(file);
        *ret_n = fread(bytes, 1, (1 << 20) - 1, file);
        assert_in_range(*ret_n, 1, (1 << 20) - 2);
        assert_int_equal(fclose(file), 0);
        return bytes;
}

/* What stands below "--- STEP N", or NULL. */
static char *released(const char *part, int n)
{
        size_t size;
        AUTO_FREE char *text = read_file(TEST_DATA_DIR "/released.sql", &size);
        AUTO_FREE char *head = mem_printf("\n--- %s %d\n", part, n);
        const char *at = strstr(text, head);

        if (!at)
                return NULL;
        at += strlen(head);
        const char *end = strstr(at, "\n--- ");

        return mem_printf("%.*s", (int)(end ? (size_t)(end - at) + 1 : strlen(at)), at);
}

static void run_sql(sqlite3 *db, const char *sql)
{
        char *error = NULL;

        if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
                fail_msg("%s: %s", error, sql);
}

static int64_t number(sqlite3 *db, const char *sql)
{
        sqlite3_stmt *stmt;
        int64_t n;

        if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
                fail_msg("%s: %s", sqlite3_errmsg(db), sql);
        n = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;
        sqlite3_finalize(stmt);
        return n;
}

static char *text_of(sqlite3 *db, const char *sql)
{
        sqlite3_stmt *stmt;
        char *text;

        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        text = mem_strdup((const char *)sqlite3_column_text(stmt, 0));
        sqlite3_finalize(stmt);
        return text;
}

static sqlite3 *edit(const struct scratch *s)
{
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);
        sqlite3 *db;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        return db;
}

/* The database as @version left it, when it grew with each version since the first. */
static void write_released(const struct scratch *s, int version)
{
        AUTO_FREE char *mark = mem_printf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                          SCHEMA_APPLICATION_ID, version);
        sqlite3 *db = edit(s);

        run_sql(db, "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON");
        for (int i = 1; i <= version; i++) {
                AUTO_FREE char *step = released("step", i), *rows = released("rows", i);

                assert_non_null(step);
                assert_non_null(rows);
                run_sql(db, step);
                run_sql(db, rows);
        }
        run_sql(db, mark);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void every_version_is_here(void **state)
{
        AUTO_FREE char *latest = released("step", schema_version());
        AUTO_FREE char *later = released("step", schema_version() + 1);

        (void)state;
        assert_non_null(latest);
        assert_null(later);
}

/* ... or the questions prove nothing. */
static void every_table_has_rows(void **state)
{
        struct scratch *s = *state;

        write_released(s, schema_version());
        sqlite3 *db = edit(s);
        int64_t n = number(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'");

        for (int64_t i = 0; i < n; i++) {
                AUTO_FREE char *which = mem_printf("SELECT name FROM sqlite_schema"
                                                   " WHERE type = 'table' LIMIT 1 OFFSET %d",
                                                   (int)i);
                AUTO_FREE char *table = text_of(db, which);
                AUTO_FREE char *count = mem_printf("SELECT count(*) FROM %s", table);

                if (number(db, count) == 0)
                        fail_msg("%s is empty", table);
        }
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Asks what stands below "--- kept N", a question a line. */
static void assert_kept(const struct scratch *s, int version, int n)
{
        AUTO_FREE char *questions = released("kept", n);
        char *rest = NULL;

        assert_non_null(questions);
        for (char *q = strtok_r(questions, "\n", &rest); q; q = strtok_r(NULL, "\n", &rest))
                if (strncmp(q, "--", 2) != 0 && number(s->store->db, q) != 1)
                        fail_msg("of version %d is not kept: %s", version, q);
}

/* All that the database says of itself. */
static char *schema_of(const struct scratch *s)
{
        return text_of(s->store->db, "SELECT group_concat(sql, char(10)) FROM"
                                     " (SELECT sql FROM sqlite_schema ORDER BY name)");
}

static void whichever_version_wrote_it_all_is_kept(void **state)
{
        struct scratch *s = *state;

        scratch_open(s);
        AUTO_FREE char *made = schema_of(s);

        for (int version = 1; version <= schema_version(); version++) {
                scratch_teardown(state);
                scratch_setup(state);
                s = *state;
                write_released(s, version);
                scratch_open(s);
                AUTO_FREE char *grown = schema_of(s);
                AUTO_FREE char *health = text_of(s->store->db, "PRAGMA integrity_check");

                assert_string_equal(made, grown);
                assert_string_equal(health, "ok");
                assert_int_equal(number(s->store->db, "PRAGMA foreign_key_check"), -1);
                assert_int_equal(number(s->store->db, "PRAGMA user_version"), schema_version());
                for (int i = 1; i <= version; i++)
                        assert_kept(s, version, i);
        }
}

/* All steps are one: what cannot be brought up to date stays as it was. */
static void a_step_that_fails_changes_nothing(void **state)
{
        struct scratch *s = *state;
        char *error = NULL;

        write_released(s, 1);
        sqlite3 *db = edit(s);

        run_sql(db, "CREATE TABLE past (ours TEXT)");
        AUTO_FREE char *before = text_of(db, "SELECT group_concat(sql) FROM sqlite_schema");

        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        assert_int_not_equal(store_open(&s->store, s->dir, &error), 0);
        assert_non_null(strstr(error, "past"));
        free(error);
        db = edit(s);
        AUTO_FREE char *after = text_of(db, "SELECT group_concat(sql) FROM sqlite_schema");

        assert_string_equal(before, after);
        assert_int_equal(number(db, "PRAGMA user_version"), 1);
        assert_int_equal(number(db, "SELECT count(*) FROM outbox"), 5);
        assert_int_equal(number(db, "SELECT leaf_fingerprint = 'ab' FROM endpoint"
                                    " WHERE id = 'web'"), 1);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void what_a_newer_version_wrote_stays_to_the_byte(void **state)
{
        struct scratch *s = *state;
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);
        AUTO_FREE char *newer = mem_printf("PRAGMA user_version = %d", schema_version() + 1);
        char *error = NULL;
        size_t n_before, n_after;

        write_released(s, schema_version());
        sqlite3 *db = edit(s);

        run_sql(db, "CREATE TABLE tomorrow (day TEXT); INSERT INTO tomorrow VALUES ('fair')");
        run_sql(db, newer);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        AUTO_FREE char *before = read_file(path, &n_before);

        for (int i = 0; i < 2; i++) { /* systemd tries again */
                assert_int_equal(store_open(&s->store, s->dir, &error), -EPROTO);
                assert_non_null(strstr(error, "written by a newer version"));
                free(error);
        }
        AUTO_FREE char *after = read_file(path, &n_after);

        assert_int_equal(n_before, n_after);
        assert_memory_equal(before, after, n_before);
}

static void note_endpoint(const char *endpoint, const struct endpoint_state *state, void *arg)
{
        const struct problem *p = endpoint_state_find(state, FINDING_MISSING_INTERMEDIATE);

        if (strcmp(endpoint, "web") != 0)
                return;
        assert_non_null(p);
        assert_int_equal(p->since_s, 90);
        assert_null(p->missing_pem);
        assert_string_equal(state->leaf_fingerprint, ""); /* the certificate itself is not there */
        *(int *)arg += 1;
}

static void what_an_earlier_version_knew_is_kept(void **state)
{
        struct scratch *s = *state;
        int n = 0;

        write_released(s, 1);
        assert_int_equal(store_load_endpoints(scratch_open(s), note_endpoint, &n), 0);
        assert_int_equal(n, 1);
        assert_int_equal(store_outbox_next_due_s(s->store, "ops"), 90);
        assert_int_equal(store_leaf_seen(s->store, "web", "ab"), 0);
}

/* Else nobody would hear the end of what that version has told. */
static void what_an_earlier_version_told_is_known(void **state)
{
        struct scratch *s = *state;
        struct store_membership *known = NULL;
        size_t n = 0;

        write_released(s, 1);
        assert_int_equal(store_memberships(scratch_open(s), "web", FINDING_MISSING_INTERMEDIATE,
                                           &known, &n), 0);
        assert_int_equal(n, 1);
        assert_string_equal(known->group.receiver, "ops");
        assert_int_equal(strncmp(known->group.id, "grp_", 4), 0);
        assert_int_equal(strlen(known->group.id), STORE_GROUP_ID_SIZE - 1);
        assert_int_equal(known->group.told, SEVERITY_ERROR);
        assert_int_equal(known->group.n_open, 1);
        assert_int_equal(known->told, SEVERITY_ERROR);
        assert_int_equal(known->since_s, 90);
        assert_int_equal(known->gone_s, 0);
        store_memberships_free(known, n);
}

/* Else its end is another line, and comes first. */
static void the_end_of_what_waits__waits_for_it(void **state)
{
        struct scratch *s = *state;
        struct store_membership *known = NULL;
        struct store_outbox_row row;
        size_t n = 0;

        write_released(s, 1);
        assert_int_equal(store_memberships(scratch_open(s), "web", FINDING_MISSING_INTERMEDIATE,
                                           &known, &n), 0);
        assert_int_equal(n, 1);
        assert_int_equal(store_outbox_waits(s->store, "ops", known->group.cause), 1);
        store_memberships_free(known, n);
        for (int64_t due_s = 90; due_s <= 93; due_s++) {
                assert_int_equal(store_outbox_next_due_s(s->store, "ops"), due_s);
                assert_int_equal(store_outbox_next(s->store, "ops", due_s, &row), 1);
                free(row.payload);
                assert_int_equal(store_outbox_done(s->store, row.row), 0);
        }
        assert_int_equal(store_outbox_next_due_s(s->store, "ops"), -1);
}

/* Else all reminders come at once, or none for a year; and what waits is too old to be sent. */
static void a_clock_that_is_set_moves_what_goes_by_spans(void **state)
{
        static const int64_t BY_S[] = { 31536000, -31536000, -63072000 };
        struct scratch *s = *state;

        write_released(s, schema_version());
        scratch_open(s);
        run_sql(s->store->db, "UPDATE outbox SET created_s = 40000000, due_s = 40000060;"
                              "UPDATE alert_group SET told_s = 40000000, wait_s = 40000120;"
                              "UPDATE alert_group SET told_s = 0, wait_s = 0 WHERE row <> 1000");
        for (size_t i = 0; i < ARRAY_LEN(BY_S); i++)
                assert_int_equal(store_clock_set(s->store, BY_S[i]), 0);
        assert_int_equal(number(s->store->db, "SELECT count(*) FROM outbox WHERE state = 'waiting'"
                                " AND created_s = -23072000 AND due_s = -23071940"), 4);
        assert_int_equal(number(s->store->db, "SELECT count(*) FROM outbox WHERE state = 'dead'"
                                " AND created_s = 40000000"), 1);
        assert_int_equal(number(s->store->db, "SELECT count(*) FROM alert_group WHERE row = 1000"
                                " AND (told_s, wait_s, due_s) = (1, 1, 0)"), 1);
        assert_int_equal(number(s->store->db, "SELECT count(*) FROM alert_group"
                                " WHERE row <> 1000 AND (told_s, wait_s, due_s) <> (0, 0, 0)"), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_version_is_here),
                SCRATCH_TEST(every_table_has_rows),
                SCRATCH_TEST(whichever_version_wrote_it_all_is_kept),
                SCRATCH_TEST(a_step_that_fails_changes_nothing),
                SCRATCH_TEST(what_a_newer_version_wrote_stays_to_the_byte),
                SCRATCH_TEST(what_an_earlier_version_knew_is_kept),
                SCRATCH_TEST(what_an_earlier_version_told_is_known),
                SCRATCH_TEST(the_end_of_what_waits__waits_for_it),
                SCRATCH_TEST(a_clock_that_is_set_moves_what_goes_by_spans),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
