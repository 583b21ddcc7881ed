/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database that an earlier version wrote. RELEASED_1 is what its first step said, letter by
 * letter: whoever edits that step instead of adding one is told so here.
 */
#include "scratch.h"

#include "daemon/judge/state.h"
#include "daemon/store/certificates.h"
#include "daemon/store/database.h"
#include "daemon/store/groups.h"
#include "daemon/store/schema.h"

#include <sqlite3.h>
#include <string.h>

#define OUTBOX_ADVANCE                                                                             \
        "UPDATE outbox SET head = 1 WHERE row ="                                                   \
        " (SELECT row FROM outbox WHERE receiver = OLD.receiver AND endpoint = OLD.endpoint"       \
        "  AND state = 'waiting' ORDER BY row LIMIT 1);"

static const char RELEASED_1[] =
        "CREATE TABLE endpoint ("
        "  id               TEXT PRIMARY KEY NOT NULL,"
        "  last_probe_s     INTEGER NOT NULL,"
        "  last_success_s   INTEGER NOT NULL,"
        "  failures         INTEGER NOT NULL,"
        "  expires_s        INTEGER NOT NULL,"
        "  trusted          INTEGER NOT NULL,"
        "  leaf_fingerprint TEXT NOT NULL,"
        "  leaf_subject     TEXT,"
        "  last_error       TEXT"
        ") WITHOUT ROWID;"

        "CREATE TABLE problem ("
        "  endpoint    TEXT NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,"
        "  code        TEXT NOT NULL,"
        "  severity    TEXT NOT NULL,"
        "  since_s     INTEGER NOT NULL,"
        "  message     TEXT,"
        "  remedy      TEXT,"
        "  fingerprint TEXT,"
        "  PRIMARY KEY (endpoint, code)"
        ") WITHOUT ROWID;"
        "CREATE TABLE outbox ("
        "  row        INTEGER PRIMARY KEY AUTOINCREMENT,"
        "  id         TEXT NOT NULL,"
        "  receiver   TEXT NOT NULL,"
        "  endpoint   TEXT NOT NULL,"
        "  created_s  INTEGER NOT NULL,"
        "  due_s      INTEGER NOT NULL,"
        "  head       INTEGER NOT NULL CHECK (head IN (0, 1)),"
        "  attempts   INTEGER NOT NULL DEFAULT 0,"
        "  state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dead')),"
        "  ended_s    INTEGER,"
        "  last_error TEXT,"
        "  payload    TEXT NOT NULL"
        ");"
        "CREATE INDEX outbox_line ON outbox (receiver, endpoint, row) WHERE state = 'waiting';"
        "CREATE INDEX outbox_due ON outbox (receiver, due_s, row)"
        " WHERE state = 'waiting' AND head = 1;"
        "CREATE INDEX outbox_oldest ON outbox (receiver, row) WHERE state = 'waiting';"
        "CREATE INDEX outbox_state ON outbox (state, row, receiver);"
        "CREATE INDEX outbox_error ON outbox (receiver, row) WHERE last_error IS NOT NULL;"
        "CREATE TRIGGER outbox_done AFTER DELETE ON outbox WHEN OLD.state = 'waiting'"
        " BEGIN " OUTBOX_ADVANCE " END;"
        "CREATE TRIGGER outbox_dead AFTER UPDATE OF state ON outbox"
        " WHEN OLD.state = 'waiting' AND NEW.state = 'dead'"
        " BEGIN " OUTBOX_ADVANCE " END;"
        "CREATE TABLE receiver (name TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;";

/* One endpoint with a problem that is open, and a message about it. */
static const char CONTENT_1[] =
        "INSERT INTO endpoint VALUES ('web', 100, 100, 0, 200, 0, 'ab', 'CN=web', NULL);"
        "INSERT INTO problem VALUES"
        " ('web', 'missing-intermediate', 'error', 90, 'Incomplete.', 'Append.', 'ab');"
        "INSERT INTO receiver VALUES ('ops');"
        "INSERT INTO outbox (id, receiver, endpoint, created_s, due_s, head, payload)"
        " VALUES ('msg_1', 'ops', 'web', 90, 90, 1,"
        " '{\"data\":{\"code\":\"missing-intermediate\"}}'),"
        " ('msg_2', 'ops', 'web', 91, 91, 0, '{\"data\":{\"code\":\"weak-key\"}}'),"
        " ('msg_3', 'ops', 'web', 92, 92, 0, '{\"data\":{\"code\":\"weak-key\"}}'),"
        " ('msg_4', 'ops', 'old', 93, 93, 1, 'not ours');";

static void write_released_1(const struct scratch *s)
{
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);
        AUTO_FREE char *mark = mem_printf("PRAGMA application_id = %d; PRAGMA user_version = 1",
                                          SCHEMA_APPLICATION_ID);
        const char *const steps[] = { RELEASED_1, CONTENT_1, mark };
        sqlite3 *db;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        for (size_t i = 0; i < ARRAY_LEN(steps); i++)
                assert_int_equal(sqlite3_exec(db, steps[i], NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void note_endpoint(const char *endpoint, const struct endpoint_state *state, void *arg)
{
        const struct problem *p = endpoint_state_find(state, FINDING_MISSING_INTERMEDIATE);

        assert_string_equal(endpoint, "web");
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

        write_released_1(s);
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

        write_released_1(s);
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

        write_released_1(s);
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

/* All that the database says of itself. */
static char *schema_of(const struct scratch *s)
{
        sqlite3_stmt *stmt;
        char *text = NULL;

        assert_int_equal(sqlite3_prepare_v2(s->store->db,
                                            "SELECT group_concat(sql, char(10)) FROM (SELECT sql"
                                            " FROM sqlite_schema ORDER BY name)", -1, &stmt, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        text = mem_strdup((const char *)sqlite3_column_text(stmt, 0));
        sqlite3_finalize(stmt);
        return text;
}

static void a_database_that_was_brought_up_to_date_is_like_a_new_one(void **state)
{
        struct scratch *s = *state;

        scratch_open(s);
        AUTO_FREE char *made = schema_of(s);

        scratch_teardown(state);
        scratch_setup(state);
        s = *state;
        write_released_1(s);
        scratch_open(s);
        AUTO_FREE char *grown = schema_of(s);

        assert_string_equal(made, grown);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(what_an_earlier_version_knew_is_kept),
                SCRATCH_TEST(what_an_earlier_version_told_is_known),
                SCRATCH_TEST(the_end_of_what_waits__waits_for_it),
                SCRATCH_TEST(a_database_that_was_brought_up_to_date_is_like_a_new_one),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
