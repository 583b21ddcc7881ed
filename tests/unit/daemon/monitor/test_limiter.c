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
                limiter_enter(l, (size_t)(*ids - '0'), LANE_QUICK);
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
        static const uint32_t HOSTS[] = { 0, 1, 2, 3, 4 };
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
        static const uint32_t HOSTS[] = { 0, 1, 2, 3, 4 };
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
        static const uint32_t HOSTS[] = { 0, 0, 0, 0, 1, 2 };
        struct limiter *l = limiter_new(HOSTS, 6, 3, 10, 2);
        char out[16];

        (void)state;
        enter(l, "012345");
        assert_string_equal(started(l, out), "0451"); /* the hosts take turns */
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
        static const uint32_t HOSTS[] = { 0, 0, 0, 0 };
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

struct walk {
        size_t concurrency, per_host;
        struct limiter *limiter;
        uint32_t host_of[ENDPOINTS];
        enum place place[ENDPOINTS];
        enum lane lane[ENDPOINTS];
};

static size_t share(size_t limit, enum lane lane)
{
        size_t slow = limit - (limit + 3) / 4;

        return lane == LANE_QUICK ? limit : slow > 0 ? slow : 1;
}

/* How many are at @place, of @host (HOSTS_ = all) and of @lane (LANE_COUNT = all). */
static size_t count(const struct walk *w, enum place place, uint32_t host, enum lane lane)
{
        size_t n = 0;

        for (size_t i = 0; i < ENDPOINTS; i++)
                n += w->place[i] == place && (host == HOSTS_ || w->host_of[i] == host) &&
                     (lane == LANE_COUNT || w->lane[i] == lane);
        return n;
}

static void check_limits(const struct walk *w)
{
        assert_int_equal(limiter_running(w->limiter), count(w, RUNNING, HOSTS_, LANE_COUNT));
        assert_int_equal(limiter_waiting(w->limiter), count(w, WAITING, HOSTS_, LANE_COUNT));
        assert_true(count(w, RUNNING, HOSTS_, LANE_COUNT) <= w->concurrency);
        assert_true(count(w, RUNNING, HOSTS_, LANE_SLOW) <= share(w->concurrency, LANE_SLOW));
        for (uint32_t h = 0; h < HOSTS_; h++) {
                assert_true(count(w, RUNNING, h, LANE_COUNT) <= w->per_host);
                assert_true(count(w, RUNNING, h, LANE_SLOW) <= share(w->per_host, LANE_SLOW));
        }
}

/* When nothing may start, then because a limit is reached for everyone who waits. */
static void check_nobody_waits_in_vain(const struct walk *w)
{
        for (size_t i = 0; i < ENDPOINTS; i++) {
                uint32_t h = w->host_of[i];
                enum lane lane = w->lane[i];

                if (w->place[i] == WAITING)
                        assert_true(
                                count(w, RUNNING, HOSTS_, LANE_COUNT) == w->concurrency ||
                                count(w, RUNNING, HOSTS_, lane) == share(w->concurrency, lane) ||
                                count(w, RUNNING, h, LANE_COUNT) == w->per_host ||
                                count(w, RUNNING, h, lane) == share(w->per_host, lane));
        }
}

/* True when a probe ended. */
static bool step(struct walk *w, unsigned *seed)
{
        size_t id = next_random(seed) % ENDPOINTS;

        switch (w->place[id]) {
        case OUT:
                w->lane[id] = next_random(seed) % 3 ? LANE_SLOW : LANE_QUICK;
                limiter_enter(w->limiter, id, w->lane[id]);
                w->place[id] = WAITING;
                return false;
        case WAITING:
                return false;
        case RUNNING:
                limiter_leave(w->limiter, id);
                w->place[id] = OUT;
                return true;
        }
        abort();
}

static void hand_out(struct walk *w, size_t most)
{
        for (size_t id; most > 0 && limiter_next(w->limiter, &id); most--) {
                assert_int_equal(w->place[id], WAITING);
                w->place[id] = RUNNING;
        }
}

static void a_long_walk_keeps_every_limit_and_forgets_nobody(void **state)
{
        static const struct {
                size_t concurrency, per_host;
        } LIMITS[] = { { 1, 1 }, { 5, 1 }, { 5, 2 }, { 8, 20 }, { 100, 1 }, { 100, 3 } };

        (void)state;
        for (size_t t = 0; t < sizeof(LIMITS) / sizeof(LIMITS[0]); t++) {
                struct walk w = { LIMITS[t].concurrency, LIMITS[t].per_host, .place = { OUT } };
                unsigned seed = (unsigned)t + 1;
                size_t finished = 0;

                for (size_t i = 0; i < ENDPOINTS; i++)
                        w.host_of[i] = next_random(&seed) % HOSTS_;
                w.limiter = limiter_new(w.host_of, ENDPOINTS, HOSTS_, w.concurrency, w.per_host);
                for (int i = 0; i < 20000; i++) {
                        finished += step(&w, &seed);
                        hand_out(&w, next_random(&seed) % 4);
                        check_limits(&w);
                        if (i % 16 == 0) {
                                hand_out(&w, ENDPOINTS);
                                check_nobody_waits_in_vain(&w);
                        }
                }
                assert_true(finished > 100);
                limiter_free(w.limiter);
        }
}

/* --- the lanes ------------------------------------------------------------------------------- */

static void enter_slow(struct limiter *l, const char *ids)
{
        for (; *ids; ids++)
                limiter_enter(l, (size_t)(*ids - '0'), LANE_SLOW);
}

static void the_slow_leave_a_quarter_of_all_places(void **state)
{
        static const uint32_t HOSTS[] = { 0, 1, 2, 3, 4, 5, 6 };
        struct limiter *l = limiter_new(HOSTS, 7, 7, 4, 1);
        char out[16];

        (void)state;
        enter_slow(l, "01234");
        assert_string_equal(started(l, out), "012");
        enter(l, "5");
        assert_string_equal(started(l, out), "5");
        enter(l, "6");
        limiter_leave(l, 5);
        assert_string_equal(started(l, out), "6");
        limiter_leave(l, 1);
        assert_string_equal(started(l, out), "3");
        limiter_free(l);
}

static void the_slow_leave_a_place_of_their_host(void **state)
{
        static const uint32_t HOSTS[] = { 0, 0, 0, 0, 0 };
        struct limiter *l = limiter_new(HOSTS, 5, 1, 100, 2);
        char out[16];

        (void)state;
        enter_slow(l, "012");
        enter(l, "34");
        assert_string_equal(started(l, out), "30");
        limiter_leave(l, 3);
        assert_string_equal(started(l, out), "4");
        limiter_leave(l, 0);
        assert_string_equal(started(l, out), "1");
        limiter_free(l);
}

static void files_take_no_place_and_wait_for_none(void **state)
{
        static const uint32_t HOSTS[] = { 0, 1, 2, 3, 4 };
        struct limiter *l = limiter_new(HOSTS, 5, 5, 1, 1);
        char out[16];

        (void)state;
        for (size_t id = 0; id < 3; id++)
                limiter_enter(l, id, LANE_FILES);
        enter_slow(l, "3");
        enter(l, "4");
        assert_string_equal(started(l, out), "4012");
        assert_int_equal(limiter_running(l), 1);
        assert_int_equal(limiter_waiting(l), 1);
        limiter_leave(l, 4);
        assert_string_equal(started(l, out), "3");
        limiter_leave(l, 0);
        limiter_enter(l, 0, LANE_FILES);
        assert_string_equal(started(l, out), "0");
        limiter_free(l);
}

static void not_all_files_are_read_at_once(void **state)
{
        uint32_t hosts[LIMITER_FILES_AT_ONCE + 1];
        struct limiter *l;
        size_t id;

        (void)state;
        for (uint32_t i = 0; i <= LIMITER_FILES_AT_ONCE; i++)
                hosts[i] = i;
        l = limiter_new(hosts, LIMITER_FILES_AT_ONCE + 1, LIMITER_FILES_AT_ONCE + 1, 1, 1);
        for (size_t i = 0; i <= LIMITER_FILES_AT_ONCE; i++)
                limiter_enter(l, i, LANE_FILES);
        for (size_t i = 0; i < LIMITER_FILES_AT_ONCE; i++)
                assert_true(limiter_next(l, &id));
        assert_false(limiter_next(l, &id));
        limiter_leave(l, 7);
        assert_true(limiter_next(l, &id));
        assert_int_equal(id, LIMITER_FILES_AT_ONCE);
        limiter_free(l);
}

static void the_lanes_take_turns_for_the_one_place_there_is(void **state)
{
        static const uint32_t HOSTS[] = { 0, 1, 2, 3, 4, 5 };
        static const size_t ORDER[] = { 3, 0, 4, 1, 5, 2 };
        struct limiter *l = limiter_new(HOSTS, 6, 6, 1, 1);

        (void)state;
        enter_slow(l, "012");
        enter(l, "345");
        for (size_t i = 0, id; i < 6; i++) {
                assert_true(limiter_next(l, &id));
                assert_int_equal(id, ORDER[i]);
                limiter_leave(l, id);
        }
        limiter_free(l);
}

static void slow_ones_that_wait_hold_no_place_of_their_host(void **state)
{
        static const uint32_t HOSTS[] = { 0, 1, 1 };
        struct limiter *l = limiter_new(HOSTS, 3, 2, 2, 1);
        char out[16];

        (void)state;
        enter_slow(l, "01");
        assert_string_equal(started(l, out), "0");
        enter(l, "2"); /* at the host of 1, which waits for its lane */
        assert_string_equal(started(l, out), "2");
        limiter_free(l);
}

static void the_adopted_take_their_places(void **state)
{
        static const uint32_t HOSTS[] = { 0, 0, 0, 1, 1 };
        struct limiter *l = limiter_new(HOSTS, 5, 2, 2, 1);
        char out[16];

        (void)state;
        limiter_adopt(l, 0, LANE_QUICK);
        limiter_adopt(l, 1, LANE_SLOW); /* one more than the host may have: it runs all the same */
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
                cmocka_unit_test(the_slow_leave_a_quarter_of_all_places),
                cmocka_unit_test(the_slow_leave_a_place_of_their_host),
                cmocka_unit_test(files_take_no_place_and_wait_for_none),
                cmocka_unit_test(not_all_files_are_read_at_once),
                cmocka_unit_test(the_lanes_take_turns_for_the_one_place_there_is),
                cmocka_unit_test(slow_ones_that_wait_hold_no_place_of_their_host),
                cmocka_unit_test(the_adopted_take_their_places),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
