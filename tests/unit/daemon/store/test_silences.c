/* SPDX-License-Identifier: Apache-2.0 */
/* Silences survive a restart as they were made, and go when they are over. */
#include "scratch.h"

#include "common/base/cleanup.h"
#include "daemon/store/silences.h"

static const struct store_silence ROWS[] = {
        { "sil_b", "{\"name\": \"web-*\"}", 100, 300, "the \xc3\xbc move", "root" },
        { "sil_a", "{\"code\": \"leaf-*\"}", -5, 200, "renewal", "uid 1000" },
        { "sil_c", "{}", 250, 300, "later", "alice" },
};

static void check(struct store *store, const size_t *which, size_t n_expected)
{
        struct store_silence *items = NULL;
        size_t n = 0;

        assert_int_equal(store_silences(store, &items, &n), 0);
        assert_int_equal(n, n_expected);
        for (size_t i = 0; i < n; i++) {
                const struct store_silence *row = &ROWS[which[i]];

                assert_string_equal(items[i].id, row->id);
                assert_string_equal(items[i].match, row->match);
                assert_int_equal(items[i].start_s, row->start_s);
                assert_int_equal(items[i].end_s, row->end_s);
                assert_string_equal(items[i].reason, row->reason);
                assert_string_equal(items[i].author, row->author);
        }
        store_silences_free(items, n);
}

static void kept_until_removed_or_over(void **state)
{
        struct scratch *s = *state;
        struct store *store = scratch_open(s);

        check(store, NULL, 0);
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                assert_int_equal(store_silence_put(store, &ROWS[i]), 0);
        assert_true(store_silence_put(store, &ROWS[0]) < 0);
        store = scratch_reopen(s);
        check(store, (size_t[]){ 1, 0, 2 }, 3);
        assert_int_equal(store_silences_trim(store, 199), 0);
        check(store, (size_t[]){ 1, 0, 2 }, 3);
        assert_int_equal(store_silences_trim(store, 200), 0);
        check(store, (size_t[]){ 0, 2 }, 2);
        assert_int_equal(store_silence_remove(store, "sil_b"), 0);
        assert_int_equal(store_silence_remove(store, "sil_b"), 0);
        check(store, (size_t[]){ 2 }, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(kept_until_removed_or_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
