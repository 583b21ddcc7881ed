/* SPDX-License-Identifier: Apache-2.0 */
/* How early is soon: spans, shares of a lifetime, and the shorter of both. */
#include "tests/unit/cert/forge.h"

#include "common/cert/policy.h"

#define YEARS_9999 (INT64_C(9999) * 366 * DAY)

static void a_threshold_is_a_span_a_share_or_the_shorter_of_both(void **state)
{
        static const struct {
                struct threshold t;
                int64_t lifetime_s, expected_s;
        } ROWS[] = {
                /* neither: never */
                { { 0, 0 }, 90 * DAY, 0 },
                { { 0, 0 }, YEARS_9999, 0 },
                /* a span alone, whatever the lifetime */
                { { 14 * DAY, 0 }, 90 * DAY, 14 * DAY },
                { { 14 * DAY, 0 }, 6 * DAY, 14 * DAY },
                { { 14 * DAY, 0 }, 0, 14 * DAY },
                /* a share alone */
                { { 0, 20000 }, 90 * DAY, 18 * DAY },
                { { 0, 20000 }, 6 * DAY, 103680 },
                { { 0, 7500 }, 1000, 75 },
                { { 0, 1 }, 100000, 1 },
                { { 0, 1 }, 99999, 0 },
                { { 0, 100000 }, 90 * DAY, 90 * DAY },
                { { 0, 100000 }, YEARS_9999, YEARS_9999 },
                /* both: the shorter */
                { { 30 * DAY, 20000 }, 3650 * (int64_t)DAY, 30 * DAY },
                { { 30 * DAY, 20000 }, 398 * (int64_t)DAY, 30 * DAY },
                { { 30 * DAY, 20000 }, 90 * DAY, 18 * DAY },
                { { 30 * DAY, 20000 }, 150 * DAY, 30 * DAY },
                { { 30 * DAY, 20000 }, 150 * DAY - 5, 30 * DAY - 1 },
                { { 30 * DAY, 20000 }, 6 * DAY, 103680 },
                { { 30 * DAY, 20000 }, YEARS_9999, 30 * DAY },
                { { 7 * DAY, 7000 }, 90 * DAY, 544320 },
                { { 7 * DAY, 7000 }, 6 * DAY, 36288 },
                { { INT64_MAX, 100000 }, INT64_MAX, INT64_MAX },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                if (threshold_seconds(&ROWS[i].t, ROWS[i].lifetime_s) != ROWS[i].expected_s)
                        fail_msg("row %zu: %lld", i, (long long)threshold_seconds(&ROWS[i].t,
                                 ROWS[i].lifetime_s));
}

static void a_share_is_exact_to_the_second(void **state)
{
        (void)state;
        for (int64_t lifetime = 0; lifetime < 10000000; lifetime += 3331)
                for (int milli = 0; milli <= 100000; milli += 997) {
                        const struct threshold t = { .millipercent = milli };

                        assert_int_equal(threshold_seconds(&t, lifetime),
                                         lifetime * milli / 100000);
                }
}

/* Renewal at a third of the lifetime, or at a half below ten days, is never late. */
static void the_default_warns_below_any_healthy_renewal_point(void **state)
{
        (void)state;
        for (int64_t days = 1; days < 4000; days++) {
                int64_t lifetime = days * DAY, renewal = days < 10 ? lifetime / 2 : lifetime / 3;
                int64_t warning = threshold_seconds(&POLICY_DEFAULT.warning, lifetime);
                int64_t critical = threshold_seconds(&POLICY_DEFAULT.critical, lifetime);

                assert_true(warning < renewal);
                assert_true(critical < warning && critical > 0);
        }
}

static void the_default_leaves_every_severity_to_the_table(void **state)
{
        (void)state;
        for (int i = 0; i < FINDING_COUNT; i++)
                assert_int_equal(POLICY_DEFAULT.severity[i], -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_threshold_is_a_span_a_share_or_the_shorter_of_both),
                cmocka_unit_test(a_share_is_exact_to_the_second),
                cmocka_unit_test(the_default_warns_below_any_healthy_renewal_point),
                cmocka_unit_test(the_default_leaves_every_severity_to_the_table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
