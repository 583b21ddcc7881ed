/* SPDX-License-Identifier: Apache-2.0 */
/* Problems that are over: the last ones of each endpoint, for as long as that is watched. */
#include "scratch.h"

#include "daemon/judge/state.h"
#include "daemon/store/past.h"

#include <sqlite3.h>
#include <string.h>

struct seen {
        size_t n;
        int64_t ended_s[2 * STORE_MAX_PAST];
        enum finding_code last;
};

static void note(const struct past_problem *p, void *arg)
{
        struct seen *seen = arg;

        assert_true(seen->n < ARRAY_LEN(seen->ended_s));
        assert_int_equal(p->severity, SEVERITY_ERROR);
        assert_int_equal(p->opened_s, p->ended_s - 10);
        assert_string_equal(p->message, "it was so");
        seen->ended_s[seen->n++] = p->ended_s;
        seen->last = p->code;
}

static struct seen load(struct store *store, const char *endpoint)
{
        struct seen seen = { 0 };

        assert_int_equal(store_past_load(store, endpoint, note, &seen), 0);
        return seen;
}

static int put(struct store *store, const char *endpoint, enum finding_code code, int64_t ended_s)
{
        return store_past_put(store, endpoint, &(struct past_problem){
                .code = code, .severity = SEVERITY_ERROR, .opened_s = ended_s - 10,
                .ended_s = ended_s, .message = "it was so",
        });
}

static void add_endpoint(struct store *store, const char *endpoint)
{
        assert_int_equal(store_put_endpoint(store, endpoint, &(struct endpoint_state){ 0 }), 0);
}

static void the_last_ones_of_each_are_kept(void **state)
{
        struct scratch *s = *state;

        scratch_open(s);
        add_endpoint(s->store, "a");
        add_endpoint(s->store, "b");
        assert_int_equal(put(s->store, "b", FINDING_WEAK_KEY, 5), 0);
        for (int64_t i = 0; i < STORE_MAX_PAST + 7; i++)
                assert_int_equal(put(s->store, "a", FINDING_LEAF_EXPIRED, 1000 + i), 0);
        struct seen a = load(scratch_reopen(s), "a"), b = load(s->store, "b");

        assert_int_equal(a.n, STORE_MAX_PAST);
        for (size_t i = 0; i < a.n; i++)
                assert_int_equal(a.ended_s[i], 1000 + STORE_MAX_PAST + 6 - (int64_t)i);
        assert_int_equal(b.n, 1);
        assert_int_equal(b.last, FINDING_WEAK_KEY);
}

static void they_stay_while_the_state_changes_and_go_with_the_endpoint(void **state)
{
        struct scratch *s = *state;

        scratch_open(s);
        add_endpoint(s->store, "a");
        assert_int_equal(put(s->store, "a", FINDING_LEAF_EXPIRED, 1000), 0);
        add_endpoint(s->store, "a");
        assert_int_equal(load(s->store, "a").n, 1);
        assert_int_equal(store_remove_endpoint(s->store, "a"), 0);
        add_endpoint(s->store, "a");
        assert_int_equal(load(s->store, "a").n, 0);
}

static void a_code_of_a_newer_version_is_left_out(void **state)
{
        struct scratch *s = *state;
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);
        sqlite3 *db;

        scratch_open(s);
        add_endpoint(s->store, "a");
        assert_int_equal(put(s->store, "a", FINDING_LEAF_EXPIRED, 1000), 0);
        assert_int_equal(put(s->store, "a", FINDING_WEAK_KEY, 1000), 0);
        scratch_close(s);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "UPDATE past SET code = 'quantum-broken'"
                                          " WHERE code = 'leaf-expired'", NULL, NULL, NULL), 0);
        sqlite3_close(db);
        struct seen seen = load(scratch_open(s), "a");

        assert_int_equal(seen.n, 1);
        assert_int_equal(seen.last, FINDING_WEAK_KEY);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(the_last_ones_of_each_are_kept),
                SCRATCH_TEST(they_stay_while_the_state_changes_and_go_with_the_endpoint),
                SCRATCH_TEST(a_code_of_a_newer_version_is_left_out),
        };

        return cmocka_run_group_tests_name("store: past", tests, NULL, NULL);
}
