/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox: order, due times, retries, dead letters, numbers and the bound. */
#include "scratch.h"

#include <sqlite3.h>
#include <string.h>

static void assert_next(struct store *store, const char *receiver, int64_t now_s,
                        const char *payload)
{
        struct store_outbox_row row;
        int r = store_outbox_next(store, receiver, now_s, &row);

        assert_int_equal(r, payload ? 1 : 0);
        if (!payload)
                return;
        assert_string_equal(row.payload, payload);
        free(row.payload);
}

static int64_t row_of(struct store *store, const char *receiver, int64_t now_s)
{
        struct store_outbox_row row;

        assert_int_equal(store_outbox_next(store, receiver, now_s, &row), 1);
        free(row.payload);
        return row.row;
}

static struct store *open_with_three(struct scratch *s)
{
        struct store *store = scratch_open(s);

        assert_int_equal(store_outbox_add(store, "msg_1", "ops", "one", 100), 0);
        assert_int_equal(store_outbox_add(store, "msg_2", "ops", "two", 100), 0);
        assert_int_equal(store_outbox_add(store, "msg_3", "dev", "three", 150), 0);
        return store;
}

static void oldest_comes_first_and_receivers_are_apart(void **state)
{
        struct store *store = open_with_three(*state);

        assert_next(store, "ops", 99, NULL);
        assert_next(store, "ops", 100, "one");
        assert_next(store, "dev", 149, NULL);
        assert_next(store, "dev", 150, "three");
        assert_next(store, "nobody", 1000, NULL);
        assert_int_equal(store_outbox_next_due_s(store, "ops"), 100);
        assert_int_equal(store_outbox_next_due_s(store, "dev"), 150);
        assert_int_equal(store_outbox_next_due_s(store, "nobody"), -1);
}

static void done_row_goes_and_its_number_is_not_used_again(void **state)
{
        struct store *store = open_with_three(*state);
        int64_t dev = row_of(store, "dev", 200);

        assert_int_equal(store_outbox_done(store, row_of(store, "ops", 100)), 0);
        assert_next(store, "ops", 100, "two");
        assert_int_equal(store_outbox_done(store, dev), 0);
        assert_int_equal(store_outbox_done(store, dev), 0);
        assert_int_equal(store_outbox_add(store, "msg_4", "dev", "four", 200), 0);
        assert_true(row_of(store, "dev", 200) > dev);
}

static void retried_row_waits_and_then_keeps_its_place(void **state)
{
        struct scratch *s = *state;
        struct store *store = open_with_three(s);
        struct store_outbox_row row;

        assert_int_equal(store_outbox_retry(store, row_of(store, "ops", 100), 160, "HTTP 503"), 0);
        assert_next(store, "ops", 159, "two");
        assert_int_equal(store_outbox_next_due_s(store, "ops"), 100);
        store = scratch_reopen(s);
        assert_int_equal(store_outbox_next(store, "ops", 160, &row), 1);
        assert_string_equal(row.payload, "one");
        assert_int_equal(row.attempts, 1);
        assert_int_equal(row.created_s, 100);
        free(row.payload);
}

static void stats_count_and_name_the_last_error(void **state)
{
        struct store *store = open_with_three(*state);
        struct store_outbox_stats *stats;
        size_t n;

        store_outbox_retry(store, row_of(store, "ops", 100), 160, "HTTP 503");
        store_outbox_dead(store, row_of(store, "ops", 160), 200, "too old");
        assert_int_equal(store_outbox_stats(store, &stats, &n), 0);
        assert_int_equal(n, 2);
        assert_string_equal(stats[0].receiver, "dev");
        assert_int_equal(stats[0].waiting, 1);
        assert_int_equal(stats[0].dead, 0);
        assert_int_equal(stats[0].oldest_s, 150);
        assert_null(stats[0].last_error);
        assert_string_equal(stats[1].receiver, "ops");
        assert_int_equal(stats[1].waiting, 1);
        assert_int_equal(stats[1].dead, 1);
        assert_int_equal(stats[1].oldest_s, 100);
        assert_string_equal(stats[1].last_error, "too old; last answer: HTTP 503");
        store_outbox_stats_free(stats, n);
}

static void empty_outbox_has_no_stats(void **state)
{
        struct store_outbox_stats *stats;
        size_t n = 1;

        assert_int_equal(store_outbox_stats(scratch_open(*state), &stats, &n), 0);
        assert_int_equal(n, 0);
        store_outbox_stats_free(stats, n);
}

static void dead_row_is_not_sent_any_more(void **state)
{
        struct store *store = open_with_three(*state);
        int64_t row = row_of(store, "ops", 100);

        assert_int_equal(store_outbox_dead(store, row, 200, "no"), 0);
        assert_next(store, "ops", 1000, "two");
        assert_int_equal(store_outbox_retry(store, row, 300, "late"), 0);
        assert_int_equal(store_outbox_done(store, row), 0);
        assert_next(store, "ops", 1000, "two");
}

/* Rows put there by the thousand, faster than one by one. */
static void bulk(struct scratch *s, const char *state, int n)
{
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);
        AUTO_FREE char *text = mem_printf(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                " INSERT INTO outbox (id, receiver, created_s, due_s, state, payload)"
                " SELECT 'msg_' || i, 'bulk', 10, 5000, '%s', 'p' || i FROM n", n, state);
        sqlite3 *db;

        scratch_close(s);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        scratch_open(s);
}

static void outbox_that_is_full_pushes_out_its_oldest(void **state)
{
        struct scratch *s = *state;
        struct store_outbox_stats *stats;
        size_t n;

        open_with_three(s);
        bulk(s, "waiting", STORE_MAX_OUTBOX - 3);
        bulk(s, "dead", STORE_MAX_DEAD);
        assert_int_equal(store_outbox_add(s->store, "msg_x", "dev", "new", 300), 0);
        assert_next(s->store, "ops", 300, "two");
        assert_int_equal(store_outbox_stats(s->store, &stats, &n), 0);
        int64_t waiting = 0, dead = 0;

        for (size_t i = 0; i < n; i++) {
                waiting += stats[i].waiting;
                dead += stats[i].dead;
        }
        assert_int_equal(waiting, STORE_MAX_OUTBOX);
        assert_int_equal(dead, STORE_MAX_DEAD);
        assert_non_null(strstr(stats[n - 1].last_error, "pushed out"));
        store_outbox_stats_free(stats, n);
}

static void undone_transaction_does_not_upset_the_count(void **state)
{
        struct scratch *s = *state;

        open_with_three(s);
        bulk(s, "waiting", STORE_MAX_OUTBOX - 4);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(store_begin(s->store), 0);
                assert_int_equal(store_outbox_add(s->store, "msg_x", "dev", "new", 300), 0);
                assert_true(store_outbox_add(s->store, NULL, "dev", "bad", 300) < 0);
                assert_true(store_commit(s->store) < 0);
        }
        assert_int_equal(store_outbox_add(s->store, "msg_x", "dev", "new", 300), 0);
        assert_next(s->store, "ops", 300, "one");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(oldest_comes_first_and_receivers_are_apart),
                SCRATCH_TEST(done_row_goes_and_its_number_is_not_used_again),
                SCRATCH_TEST(retried_row_waits_and_then_keeps_its_place),
                SCRATCH_TEST(stats_count_and_name_the_last_error),
                SCRATCH_TEST(empty_outbox_has_no_stats),
                SCRATCH_TEST(dead_row_is_not_sent_any_more),
                SCRATCH_TEST(outbox_that_is_full_pushes_out_its_oldest),
                SCRATCH_TEST(undone_transaction_does_not_upset_the_count),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
