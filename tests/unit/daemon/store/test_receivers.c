/* SPDX-License-Identifier: Apache-2.0 */
/* Receivers that have been told: remembered across restarts, forgotten once, listed by name. */
#include "scratch.h"

#include "common/base/buf.h"

struct listing {
        struct store *store;
        struct buf *names;
};

static void list_and_forget(const char *name, void *arg)
{
        struct listing *l = arg;

        buf_printf(l->names, "%s ", name);
        assert_int_equal(store_receiver_forget(l->store, name), 0);
}

static void known_once_remembered_until_forgotten(void **state)
{
        struct scratch *s = *state;
        struct store *store = scratch_open(s);

        assert_int_equal(store_receiver_known(store, "ops"), 0);
        assert_int_equal(store_receiver_remember(store, "ops"), 0);
        assert_int_equal(store_receiver_remember(store, "ops"), 0);
        assert_int_equal(store_receiver_known(store, "ops"), 1);
        assert_int_equal(store_receiver_known(store, "OPS"), 0);
        store = scratch_reopen(s);
        assert_int_equal(store_receiver_known(store, "ops"), 1);
        assert_int_equal(store_receiver_forget(store, "ops"), 0);
        assert_int_equal(store_receiver_forget(store, "ops"), 0);
        assert_int_equal(store_receiver_known(store, "ops"), 0);
}

static void listed_by_name_and_may_be_forgotten_meanwhile(void **state)
{
        struct store *store = scratch_open(*state);
        struct buf names = BUF_INIT(100);

        store_receiver_remember(store, "ops");
        store_receiver_remember(store, "dev");
        store_receiver_remember(store, "night");
        for (int i = 0; i < 2; i++)
                assert_int_equal(store_receivers(store, list_and_forget,
                                                 &(struct listing){ store, &names }), 0);
        assert_string_equal(buf_str(&names), "dev night ops ");
        buf_done(&names);
}

static void undone_transaction_remembers_nobody(void **state)
{
        struct store *store = scratch_open(*state);

        assert_int_equal(store_begin(store), 0);
        assert_int_equal(store_receiver_remember(store, "ops"), 0);
        assert_int_equal(store_receiver_known(store, "ops"), 1);
        assert_true(store_receiver_remember(store, NULL) < 0);
        assert_true(store_commit(store) < 0);
        assert_int_equal(store_receiver_known(store, "ops"), 0);
}

static void disabled_as_it_was_configured_until_enabled(void **state)
{
        struct scratch *s = *state;
        struct store *store = scratch_open(s);
        AUTO_FREE char *reason = NULL;
        int64_t since_s = 0;

        assert_int_equal(store_receiver_disabled(store, "ops", 7, &since_s, &reason), 0);
        assert_int_equal(store_receiver_disable(store, "ops", UINT32_MAX, 90, "HTTP 404"), 0);
        assert_int_equal(store_receiver_disable(store, "ops", UINT32_MAX, 100, "HTTP 410"), 0);
        store = scratch_reopen(s);
        assert_int_equal(store_receiver_disabled(store, "dev", UINT32_MAX, &since_s, &reason), 0);
        assert_int_equal(store_receiver_disabled(store, "ops", 7, &since_s, &reason), 0);
        assert_null(reason);
        assert_int_equal(store_receiver_disabled(store, "ops", UINT32_MAX, &since_s, &reason), 1);
        assert_int_equal(since_s, 100);
        assert_string_equal(reason, "HTTP 410");
        free(TAKE(reason));
        assert_int_equal(store_receiver_enable(store, "ops"), 0);
        assert_int_equal(store_receiver_enable(store, "ops"), 0);
        assert_int_equal(store_receiver_disabled(store, "ops", UINT32_MAX, &since_s, &reason), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(known_once_remembered_until_forgotten),
                SCRATCH_TEST(listed_by_name_and_may_be_forgotten_meanwhile),
                SCRATCH_TEST(undone_transaction_remembers_nobody),
                SCRATCH_TEST(disabled_as_it_was_configured_until_enabled),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
