/* SPDX-License-Identifier: Apache-2.0 */
/* How many probes run at once, in all and per host. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/monitor/limiter.h"

#include <stdlib.h>
#include <string.h>

/* Hands out as many as may start; "0 1 4" as digits in @out. */
static const char *started(struct limiter *l, char out[16])
{
        size_t id, n = 0;

        while (limiter_next(l, &id))
                out[n++] = (char)('0' + id);
        out[n] = '\0';
        return out;
}

static void enter(struct limiter *l, const char *ids)
{
        for (; *ids; ids++)
                limiter_enter(l, (size_t)(*ids - '0'));
}

static void nothing_starts_that_did_not_enter(void **state)
{
        struct limiter *l = limiter_new(NULL, 0, 1, 1, 1);
        char out[16];

        (void)state;
        assert_string_equal(started(l, out), "");
        assert_int_equal(limiter_running(l), 0);
        assert_int_equal(limiter_waiting(l), 0);
        limiter_free(l);
        limiter_free(NULL);
}

static void they_start_in_the_order_they_entered(void **state)
{
        static const size_t HOSTS[] = { 0, 1, 2, 3, 4 };
        struct limiter *l = limiter_new(HOSTS, 5, 5, 10, 1);
        char out[16];

        (void)state;
        enter(l, "31420");
        assert_int_equal(limiter_waiting(l), 5);
        assert_string_equal(started(l, out), "31420");
        assert_int_equal(limiter_waiting(l), 0);
        assert_int_equal(limiter_running(l), 5);
        limiter_free(l);
}

static void no_more_run_than_the_limit_in_all(void **state)
{
        static const size_t HOSTS[] = { 0, 1, 2, 3, 4 };
        struct limiter *l = limiter_new(HOSTS, 5, 5, 2, 1);
        char out[16];

        (void)state;
        enter(l, "01234");
        assert_string_equal(started(l, out), "01");
        limiter_leave(l, 1);
        assert_string_equal(started(l, out), "2");
        limiter_leave(l, 0);
        limiter_leave(l, 2);
        assert_string_equal(started(l, out), "34");
        assert_int_equal(limiter_running(l), 2);
        limiter_free(l);
}

static void a_host_at_its_limit_holds_up_its_own_only(void **state)
{
        static const size_t HOSTS[] = { 0, 0, 0, 0, 1, 2 };
        struct limiter *l = limiter_new(HOSTS, 6, 3, 10, 2);
        char out[16];

        (void)state;
        enter(l, "012345");
        assert_string_equal(started(l, out), "0145");
        assert_int_equal(limiter_waiting(l), 2);
        limiter_leave(l, 4);
        assert_string_equal(started(l, out), "");
        limiter_leave(l, 1);
        assert_string_equal(started(l, out), "2");
        limiter_leave(l, 0);
        limiter_leave(l, 2);
        assert_string_equal(started(l, out), "3");
        limiter_free(l);
}

static void at_one_host_they_start_in_the_order_they_entered(void **state)
{
        static const size_t HOSTS[] = { 0, 0, 0, 0 };
        struct limiter *l = limiter_new(HOSTS, 4, 1, 10, 1);
        char out[16];

        (void)state;
        enter(l, "2031");
        assert_string_equal(started(l, out), "2");
        limiter_leave(l, 2);
        enter(l, "2");
        assert_string_equal(started(l, out), "0");
        limiter_leave(l, 0);
        assert_string_equal(started(l, out), "3");
        limiter_leave(l, 3);
        assert_string_equal(started(l, out), "1");
        limiter_leave(l, 1);
        assert_string_equal(started(l, out), "2");
        limiter_free(l);
}

/* --- a long walk ----------------------------------------------------------------------------- */

static unsigned next_random(unsigned *seed)
{
        *seed = *seed * 1664525U + 1013904223U;
        return *seed >> 8;
}

#define ENDPOINTS 40
#define HOSTS_ 7

enum place { OUT, WAITING, RUNNING };

static void check_limits(const struct limiter *l, const enum place *place, const size_t *host_of,
                         size_t concurrency, size_t per_host)
{
        size_t running = 0, waiting = 0, at_host[HOSTS_] = { 0 };

        for (size_t i = 0; i < ENDPOINTS; i++) {
                running += place[i] == RUNNING;
                waiting += place[i] == WAITING;
                at_host[host_of[i]] += place[i] == RUNNING;
        }
        assert_int_equal(limiter_running(l), running);
        assert_int_equal(limiter_waiting(l), waiting);
        assert_true(running <= concurrency);
        for (size_t h = 0; h < HOSTS_; h++)
                assert_true(at_host[h] <= per_host);
}

/* When nothing may start, then because a limit is reached for everyone who waits. */
static void check_nobody_waits_in_vain(const enum place *place, const size_t *host_of,
                                       size_t concurrency, size_t per_host)
{
        size_t running = 0, at_host[HOSTS_] = { 0 };

        for (size_t i = 0; i < ENDPOINTS; i++) {
                running += place[i] == RUNNING;
                at_host[host_of[i]] += place[i] == RUNNING;
        }
        for (size_t i = 0; i < ENDPOINTS && running < concurrency; i++)
                if (place[i] == WAITING)
                        assert_int_equal(at_host[host_of[i]], per_host);
}

static void a_long_walk_keeps_every_limit_and_forgets_nobody(void **state)
{
        static const struct {
                size_t concurrency, per_host;
        } LIMITS[] = { { 1, 1 }, { 5, 1 }, { 5, 2 }, { 8, 20 }, { 100, 1 }, { 100, 3 } };

        (void)state;
        for (size_t t = 0; t < sizeof(LIMITS) / sizeof(LIMITS[0]); t++) {
                enum place place[ENDPOINTS] = { OUT };
                size_t host_of[ENDPOINTS], finished = 0;
                unsigned seed = (unsigned)t + 1;

                for (size_t i = 0; i < ENDPOINTS; i++)
                        host_of[i] = next_random(&seed) % HOSTS_;
                struct limiter *l = limiter_new(host_of, ENDPOINTS, HOSTS_, LIMITS[t].concurrency,
                                                LIMITS[t].per_host);

                for (int step = 0; step < 20000; step++) {
                        size_t id = next_random(&seed) % ENDPOINTS;

                        if (place[id] == OUT) {
                                limiter_enter(l, id);
                                place[id] = WAITING;
                        } else if (place[id] == RUNNING) {
                                limiter_leave(l, id);
                                place[id] = OUT;
                                finished++;
                        }
                        while (next_random(&seed) % 4 && limiter_next(l, &id)) {
                                assert_int_equal(place[id], WAITING);
                                place[id] = RUNNING;
                        }
                        check_limits(l, place, host_of, LIMITS[t].concurrency, LIMITS[t].per_host);
                        if (step % 16 == 0) {
                                while (limiter_next(l, &id))
                                        place[id] = RUNNING;
                                check_nobody_waits_in_vain(place, host_of, LIMITS[t].concurrency,
                                                           LIMITS[t].per_host);
                        }
                }
                assert_true(finished > 100);
                limiter_free(l);
        }
}

static void the_adopted_take_their_places(void **state)
{
        static const size_t HOSTS[] = { 0, 0, 0, 1, 1 };
        struct limiter *l = limiter_new(HOSTS, 5, 2, 2, 1);
        char out[16];

        (void)state;
        limiter_adopt(l, 0);
        limiter_adopt(l, 1); /* one more than the host may have: it runs all the same */
        enter(l, "23");
        assert_string_equal(started(l, out), "");
        limiter_leave(l, 0);
        assert_string_equal(started(l, out), "3");
        limiter_leave(l, 1);
        assert_string_equal(started(l, out), "2");
        assert_int_equal(limiter_running(l), 2);
        limiter_free(l);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_starts_that_did_not_enter),
                cmocka_unit_test(they_start_in_the_order_they_entered),
                cmocka_unit_test(no_more_run_than_the_limit_in_all),
                cmocka_unit_test(a_host_at_its_limit_holds_up_its_own_only),
                cmocka_unit_test(at_one_host_they_start_in_the_order_they_entered),
                cmocka_unit_test(a_long_walk_keeps_every_limit_and_forgets_nobody),
                cmocka_unit_test(the_adopted_take_their_places),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
