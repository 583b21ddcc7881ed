/* SPDX-License-Identifier: Apache-2.0 */
/* The last looks at an endpoint, in few bytes. */
#include "daemon/monitor/looks.h"
#include "daemon/probe/examine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void add(struct looks *l, int64_t at_s, enum probe_outcome outcome, int64_t total_us)
{
        looks_add(l, &(struct exam_report){
                .at_s = at_s, .probe = { .outcome = outcome, .total_us = total_us },
        });
}

static void the_last_ones_are_kept(void **state)
{
        struct looks l = { 0 };

        (void)state;
        assert_null(looks_at(&l, 0));
        for (int64_t i = 1; i <= 3 * LOOKS_KEPT; i++) {
                add(&l, 1800000000 + i, PROBE_OK, i * 1000);
                for (int64_t back = 0; back < i && back < LOOKS_KEPT; back++) {
                        const struct look *look = looks_at(&l, (size_t)back);

                        assert_non_null(look);
                        assert_int_equal(look->at_s, 1800000000 + i - back);
                        assert_int_equal(look->ms, i - back);
                }
                assert_null(looks_at(&l, i < LOOKS_KEPT ? (size_t)i : LOOKS_KEPT));
        }
}

static void what_came_of_each_is_known(void **state)
{
        struct looks l = { 0 };

        (void)state;
        add(&l, 1, PROBE_LOCAL, 0);
        assert_int_equal(looks_at(&l, 0)->outcome, PROBE_LOCAL);
        assert_int_equal(looks_at(&l, 0)->ms, 0);
        add(&l, 1, PROBE_HANDSHAKE_TIMEOUT, 1);
        assert_int_equal(looks_at(&l, 0)->outcome, PROBE_HANDSHAKE_TIMEOUT);
        assert_int_equal(looks_at(&l, 0)->ms, 1);
        add(&l, 1, PROBE_OK, INT64_MAX / 2);
        assert_int_equal(looks_at(&l, 0)->outcome, PROBE_OK);
        assert_int_equal(looks_at(&l, 0)->ms, (1 << 24) - 1);
        looks_add(&l, &(struct exam_report){ .at_s = 1, .file_error = -ENOENT });
        assert_int_equal(looks_at(&l, 0)->outcome, LOOK_UNREADABLE);
}

static void they_take_few_bytes(void **state)
{
        (void)state;
        assert_in_range(sizeof(struct looks), 1, 64);
        assert_in_range(PROBE_OUTCOME_COUNT, 1, LOOK_UNREADABLE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_last_ones_are_kept),
                cmocka_unit_test(what_came_of_each_is_known),
                cmocka_unit_test(they_take_few_bytes),
        };

        return cmocka_run_group_tests_name("monitor: looks", tests, NULL, NULL);
}
