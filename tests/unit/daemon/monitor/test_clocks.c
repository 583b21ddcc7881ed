/* SPDX-License-Identifier: Apache-2.0 */
/* Which changes of the wall clock count. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "common/base/cleanup.h"
#include "daemon/monitor/clocks.h"

#define START_MS INT64_C(1795000000000)
#define DAY_MS INT64_C(86400000)

static void a_clock_is_set_when_it_leaps(void **state)
{
        static const struct {
                int64_t by_ms, said_ms;
        } ROWS[] = {
                { 0, 0 },
                { 3, 0 }, /* it is slewed */
                { -9999, 0 },
                { 10000, 10000 },
                { 30 * DAY_MS, 30 * DAY_MS },
                { -31 * DAY_MS, -31 * DAY_MS },
                { 0, 0 }, /* and that once */
        };
        struct clocks c = { 0 };
        int64_t ahead_ms = START_MS;

        (void)state;
        assert_int_equal(clocks_look(&c, ahead_ms, CLOCK_SYNCHRONISED), 0); /* it began so */
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                ahead_ms += ROWS[i].by_ms;
                assert_int_equal(clocks_look(&c, ahead_ms, CLOCK_SYNCHRONISED), ROWS[i].said_ms);
        }
}

static void a_clock_that_is_slewed_never_leaps(void **state)
{
        struct clocks c = { 0 };

        (void)state;
        for (int64_t i = 0; i < 10000; i++)
                assert_int_equal(clocks_look(&c, START_MS + i * 5, CLOCK_SYNCHRONISED), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_clock_is_set_when_it_leaps),
                cmocka_unit_test(a_clock_that_is_slewed_never_leaps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
