/* SPDX-License-Identifier: Apache-2.0 */
/* Who shows which certificate, by columns alone; held against the obvious way to count. */
#include "common/base/mem.h"
#include "daemon/monitor/leaves.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N 3000
#define LEAVES 700

static uint64_t leaf[N];
static uint32_t expires_s[N];
static uint8_t condition[N];
static const struct leaf_columns R = {
        .n = N, .leaf = leaf, .expires_s = expires_s, .condition = condition,
};

static unsigned next(unsigned *seed)
{
        *seed = *seed * 1664525U + 1013904223U;
        return *seed >> 8;
}

/* Keys that begin alike, so that they meet in the table; some members show nothing. */
static void fill(void)
{
        unsigned seed = 3;

        for (size_t i = 0; i < N; i++) {
                uint64_t which = next(&seed) % (LEAVES + 1);

                leaf[i] = which ? which << 32 | 5 : 0;
                expires_s[i] = next(&seed) % 9 * 1000;
                condition[i] = (uint8_t)(next(&seed) % CONDITION_COUNT);
        }
}

static uint32_t end_of(uint32_t i)
{
        return expires_s[i] ? expires_s[i] : UINT32_MAX;
}

static void assert_counted(const struct leaf *l, const uint8_t *fitting)
{
        uint32_t n = 0, first_s = UINT32_MAX;
        enum condition worst = CONDITION_OK;

        for (uint32_t i = 0; i < N; i++) {
                if (leaf[i] != l->key || (fitting && !fitting[i]))
                        continue;
                n++;
                if (condition[i] < worst)
                        worst = condition[i];
                if (end_of(i) < first_s)
                        first_s = end_of(i);
        }
        assert_int_equal(l->n, n);
        assert_int_equal(l->worst, worst);
        assert_true(leaf[l->urgent] == l->key);
        assert_true(leaf[l->first] == l->key);
        assert_int_equal(condition[l->urgent], worst);
        assert_int_equal(end_of(l->first), first_s);
}

static size_t count(const uint8_t *fitting)
{
        uint8_t *met = mem_new0(LEAVES + 1, 1);
        size_t n = 0;

        for (size_t i = 0; i < N; i++)
                if (leaf[i] && (!fitting || fitting[i]) && !met[leaf[i] >> 32]) {
                        met[leaf[i] >> 32] = 1;
                        n++;
                }
        free(met);
        return n;
}

static void check(const uint8_t *fitting)
{
        static struct leaf all[N], some[N];
        size_t total, n = leaves_page(&R, fitting, 0, N, all, &total);

        assert_int_equal(n, total);
        assert_int_equal(n, count(fitting));
        for (size_t i = 0; i < n; i++) {
                assert_counted(&all[i], fitting);
                assert_true(i == 0 || end_of(all[i - 1].first) <= end_of(all[i].first));
        }
        for (size_t at = 0; at < n + 20; at += 13) {
                size_t most = leaves_page(&R, fitting, at, 17, some, &total);

                assert_int_equal(total, n);
                assert_int_equal(most, at >= n ? 0 : n - at < 17 ? n - at : 17);
                for (size_t i = 0; i < most; i++)
                        assert_true(some[i].key == all[at + i].key);
        }
}

static void each_certificate_is_counted_with_who_shows_it(void **state)
{
        (void)state;
        fill();
        check(NULL);
}

static void only_those_count_that_fit(void **state)
{
        uint8_t fitting[N];

        (void)state;
        fill();
        for (size_t i = 0; i < N; i++)
                fitting[i] = i % 5 == 0;
        check(fitting);
        for (size_t i = 0; i < N; i++)
                fitting[i] = 0;
        check(fitting);
}

static void where_nobody_shows_anything_there_is_nothing(void **state)
{
        const struct leaf_columns none = { 0 };
        struct leaf one;
        size_t total = 1;

        (void)state;
        assert_int_equal(leaves_page(&none, NULL, 0, 1, &one, &total), 0);
        assert_int_equal(total, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_certificate_is_counted_with_who_shows_it),
                cmocka_unit_test(only_those_count_that_fit),
                cmocka_unit_test(where_nobody_shows_anything_there_is_nothing),
        };

        return cmocka_run_group_tests_name("monitor: leaves", tests, NULL, NULL);
}
