/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of the last probes' delays: of the last ones only, and of all of them. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/monitor/delays.h"

static struct delays delays;

static void assert_summary(uint32_t median, uint32_t p99, uint32_t max)
{
        struct delays_summary s = delays_summary(&delays);

        assert_int_equal(s.median_ms, median);
        assert_int_equal(s.p99_ms, p99);
        assert_int_equal(s.max_ms, max);
}

static int setup(void **state)
{
        (void)state;
        delays = (struct delays){ 0 };
        return 0;
}

static void nothing__is_zero(void **state)
{
        (void)state;
        assert_summary(0, 0, 0);
}

static void one__is_everything(void **state)
{
        (void)state;
        delays_add(&delays, 7);
        assert_summary(7, 7, 7);
}

static void of_a_hundred__one_is_beyond_the_99th(void **state)
{
        (void)state;
        for (int i = 100; i >= 1; i--)
                delays_add(&delays, i);
        assert_summary(50, 99, 100);
}

static void the_oldest__are_forgotten(void **state)
{
        (void)state;
        delays_add(&delays, 1000000);
        for (size_t i = 0; i < DELAYS_MAX; i++)
                delays_add(&delays, 5);
        assert_summary(5, 5, 5);
        for (size_t i = 0; i < DELAYS_MAX; i++)
                delays_add(&delays, 6);
        assert_summary(6, 6, 6);
}

static void what_is_out_of_range__is_cut(void **state)
{
        (void)state;
        delays_add(&delays, -3);
        assert_summary(0, 0, 0);
        delays_add(&delays, INT64_MAX);
        assert_summary(0, 0, UINT32_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(nothing__is_zero, setup),
                cmocka_unit_test_setup(one__is_everything, setup),
                cmocka_unit_test_setup(of_a_hundred__one_is_beyond_the_99th, setup),
                cmocka_unit_test_setup(the_oldest__are_forgotten, setup),
                cmocka_unit_test_setup(what_is_out_of_range__is_cut, setup),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
