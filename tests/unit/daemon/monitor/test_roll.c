/* SPDX-License-Identifier: Apache-2.0 */
/* Who of a group is listed in a message, and who speaks for it. */
#include "../store/scratch.h"

#include "daemon/monitor/roll.h"
#include "daemon/notice/silence.h"

#define NOW 1800000000

static const struct silence_list NO_SILENCES;

static const struct config_endpoint *find_nobody(const char *id, const void *arg)
{
        (void)id, (void)arg;
        return NULL;
}

/* A group of @n_gone that are well again, and then @n_open that are not, of which that was told. */
static int64_t make_group(struct store *store, int n_gone, int n_open)
{
        AUTO_FREE char *cause = mem_printf("%d and %d", n_gone, n_open);
        struct store_group g = { .id = "grp_1", .receiver = (char *)"hook",
                                 .code = FINDING_CONNECT_REFUSED, .opened_s = NOW - 100 };

        assert_int_equal(store_group_add(store, &g, cause), 0);
        for (int i = 0; i < n_gone + n_open; i++) {
                AUTO_FREE char *id = mem_printf("e%03d", i);
                struct store_member m = {
                        .group = g.row, .endpoint = id, .severity = SEVERITY_ERROR,
                        .told = SEVERITY_ERROR, .since_s = NOW - 100 + i,
                        .gone_s = i < n_gone ? NOW - 1 : 0,
                };

                assert_int_equal(store_member_put(store, &m), 0);
        }
        return g.row;
}

static void who_is_open_speaks_and_those_that_changed_come_next(void **state)
{
        static const struct {
                int gone, open;
                const char *first, *second;
                size_t n;
        } ROWS[] = {
                { 3, 0, "e000", "e001", 3 },
                { 3, 1, "e003", "e000", 4 },
                { 3, 2, "e003", "e000", 5 },
                { 0, 3, "e000", "e001", 3 },
                { 49, 1, "e049", "e000", 50 },
                { 50, 1, "e050", "e000", 50 },
                { 90, 500, "e090", "e000", 50 },
        };

        struct store *store = scratch_open(*state);

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                int64_t row = make_group(store, ROWS[i].gone, ROWS[i].open);
                struct store_group g;
                struct roll roll;

                assert_int_equal(store_group_load(store, row, &g), 1);
                assert_int_equal(roll_call(&roll, store, &g, &NO_SILENCES, find_nobody, NULL, NOW),
                                 0);
                assert_int_equal(roll.n_open, ROWS[i].open);
                assert_int_equal(roll.n_ended, ROWS[i].gone);
                assert_int_equal(roll.n_listed, ROWS[i].n);
                assert_string_equal(roll.listed[0].id, ROWS[i].first);
                assert_string_equal(roll.listed[1].id, ROWS[i].second);
                for (size_t k = 0; k < roll.n_listed; k++)
                        for (size_t j = 0; j < k; j++)
                                assert_string_not_equal(roll.listed[j].id, roll.listed[k].id);
                roll_done(&roll);
                store_group_done(&g);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(who_is_open_speaks_and_those_that_changed_come_next),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
