/* SPDX-License-Identifier: Apache-2.0 */
/* How often probes begin at one address. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "common/base/addr.h"
#include "common/base/cleanup.h"
#include "daemon/monitor/pace.h"

#include <stdlib.h>

#define NOW INT64_C(5000000)

static uint64_t key_of(const char *ip, uint16_t port)
{
        struct addr a;

        assert_true(addr_parse_ip(ip, port, &a));
        return pace_key(&a);
}

static void an_idle_address_gives_its_burst_and_then_its_rate(void **state)
{
        static const struct {
                int64_t per_second;
                int64_t turns[8]; /* after NOW */
        } ROWS[] = {
                { 10, { 0, 0, 0, 0, 0, 100, 200, 300 } },
                { 1, { 0, 1000, 2000, 3000, 4000, 5000, 6000, 7000 } },
                { 3, { 0, 0, 0, 334, 667, 1000, 1334, 1667 } }, /* never before its time */
                { 1000, { 0, 0, 0, 0, 0, 1, 2, 3 } },
                { 1000000, { 0, 0, 0, 0, 0, 1, 1, 1 } },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct pace *p = pace_new(ROWS[i].per_second);

                for (size_t k = 0; k < ARRAY_LEN(ROWS[i].turns); k++)
                        assert_int_equal(pace_turn(p, 7, NOW) - NOW, ROWS[i].turns[k]);
                pace_free(p);
        }
        pace_free(NULL);
}

static void addresses_do_not_wait_for_each_other(void **state)
{
        struct pace *p = pace_new(1);

        (void)state;
        for (int i = 0; i < 100; i++)
                pace_turn(p, 1, NOW);
        assert_int_equal(pace_turn(p, 1, NOW), NOW + 100000);
        assert_int_equal(pace_turn(p, 2, NOW), NOW);
        pace_free(p);
}

static void a_pause_brings_back_the_burst_and_no_more(void **state)
{
        struct pace *p = pace_new(10);

        (void)state;
        for (int i = 0; i < 8; i++)
                pace_turn(p, 1, NOW);
        for (int i = 0; i < PACE_BURST; i++)
                assert_int_equal(pace_turn(p, 1, NOW + 3600000), NOW + 3600000);
        assert_int_equal(pace_turn(p, 1, NOW + 3600000), NOW + 3600100);
        pace_free(p);
}

/* Whenever they ask: no second has more turns than rate and burst, and nobody goes back in time. */
static void no_second_has_more_than_the_rate_and_the_burst(void **state)
{
        enum { N = 20000, RATE = 20 };
        static int64_t turns[N];
        struct pace *p = pace_new(RATE);
        unsigned seed = 5;
        int64_t now = NOW;

        (void)state;
        for (size_t i = 0; i < N; i++) {
                seed = seed * 1664525U + 1013904223U;
                now += (seed >> 8) % 97; /* about as fast as the turns go */
                turns[i] = pace_turn(p, 1, now);
                assert_true(turns[i] >= now);
                assert_true(i == 0 || turns[i] >= turns[i - 1]);
                if (i >= RATE + PACE_BURST)
                        assert_true(turns[i] - turns[i - RATE - PACE_BURST] >= 1000);
        }
        pace_free(p);
}

static void addresses_where_nobody_waits_are_forgotten(void **state)
{
        struct pace *p = pace_new(10);
        size_t most = 0;

        (void)state;
        for (uint64_t i = 0; i < 1000000; i++) { /* a thousand new addresses a second */
                pace_turn(p, i * 0x9e3779b97f4a7c15U + 1, NOW + (int64_t)i);
                most = pace_size(p) > most ? pace_size(p) : most;
        }
        assert_in_range(most, 100, 1000);
        pace_free(p);
}

static void turns_ahead_are_not_forgotten(void **state)
{
        struct pace *p = pace_new(1);

        (void)state;
        for (uint64_t key = 1; key <= 50000; key++)
                pace_turn(p, key << 32, NOW);
        assert_int_equal(pace_size(p), 50000);
        for (uint64_t key = 1; key <= 50000; key++)
                assert_int_equal(pace_turn(p, key << 32, NOW), NOW + 1000);
        pace_free(p);
}

static void a_key_is_the_address_without_its_port(void **state)
{
        (void)state;
        assert_int_equal(key_of("192.0.2.1", 443), key_of("192.0.2.1", 25));
        assert_int_not_equal(key_of("192.0.2.1", 443), key_of("192.0.2.2", 443));
        assert_int_equal(key_of("2001:db8::1", 443), key_of("2001:db8:0::1", 25));
        assert_int_not_equal(key_of("2001:db8::1", 443), key_of("2001:db8::2", 443));
        assert_int_not_equal(key_of("0.0.0.0", 1), 0);
        assert_int_not_equal(pace_name_key(""), 0);
        assert_int_equal(pace_name_key("a.example"), pace_name_key("a.example"));
        assert_int_not_equal(pace_name_key("a.example"), pace_name_key("b.example"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_idle_address_gives_its_burst_and_then_its_rate),
                cmocka_unit_test(addresses_do_not_wait_for_each_other),
                cmocka_unit_test(a_pause_brings_back_the_burst_and_no_more),
                cmocka_unit_test(no_second_has_more_than_the_rate_and_the_burst),
                cmocka_unit_test(addresses_where_nobody_waits_are_forgotten),
                cmocka_unit_test(turns_ahead_are_not_forgotten),
                cmocka_unit_test(a_key_is_the_address_without_its_port),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
