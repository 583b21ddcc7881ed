/* SPDX-License-Identifier: Apache-2.0 */
/* Who is due when: the heap against a sorted reference, and beats that never drift. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/monitor/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR INT64_C(3600000)

/* A number that only looks random; every run is the same. */
static unsigned next_random(unsigned *seed)
{
        *seed = *seed * 1664525U + 1013904223U;
        return *seed >> 8;
}

static void an_empty_schedule_has_nothing_due(void **state)
{
        struct schedule *s = schedule_new(0);
        size_t id;
        int64_t due;

        (void)state;
        assert_int_equal(schedule_next_ms(s), -1);
        assert_false(schedule_pop(s, INT64_MAX, &id, &due));
        schedule_free(s);
        schedule_free(NULL);
}

static void nobody_is_due_before_his_time(void **state)
{
        struct schedule *s = schedule_new(2);
        size_t id = 77;
        int64_t due = 77;

        (void)state;
        schedule_put(s, 0, 200);
        schedule_put(s, 1, 100);
        assert_int_equal(schedule_next_ms(s), 100);
        assert_false(schedule_pop(s, 99, &id, &due));
        assert_int_equal(id, 77);
        assert_true(schedule_pop(s, 100, &id, &due));
        assert_int_equal(id, 1);
        assert_int_equal(due, 100);
        assert_false(schedule_pop(s, 199, &id, &due));
        assert_int_equal(schedule_next_ms(s), 200);
        assert_true(schedule_pop(s, 1000, &id, &due));
        assert_int_equal(due, 200);
        assert_int_equal(schedule_next_ms(s), -1);
        schedule_free(s);
}

/* A thousand endpoints come and go; the reference looks through all of them each time. */
static void the_heap_agrees_with_a_slow_reference(void **state)
{
        enum { N = 1000 };
        static int64_t due_of[N]; /* -1 = not in the schedule */
        struct schedule *s = schedule_new(N);
        unsigned seed = 7;

        (void)state;
        for (size_t i = 0; i < N; i++) {
                due_of[i] = next_random(&seed) % 500; /* many are due together */
                schedule_put(s, i, due_of[i]);
        }
        for (int step = 0; step < 10000; step++) {
                int64_t least = INT64_MAX, due;
                size_t id;

                for (size_t i = 0; i < N; i++)
                        if (due_of[i] >= 0 && due_of[i] < least)
                                least = due_of[i];
                assert_int_equal(schedule_next_ms(s), least);
                assert_true(schedule_pop(s, least, &id, &due));
                assert_int_equal(due, least);
                assert_int_equal(due_of[id], least);
                due_of[id] = least + next_random(&seed) % 500;
                schedule_put(s, id, due_of[id]);
        }
        for (int64_t last = -1, n = 0; n <= N; n++) {
                int64_t due;
                size_t id;
                bool more = schedule_pop(s, INT64_MAX, &id, &due);

                assert_int_equal(more, n < N);
                if (more) {
                        assert_true(due >= last && due == due_of[id]);
                        due_of[id] = -1;
                        last = due;
                }
        }
        schedule_free(s);
}

/* Taken out from anywhere, the others stay in order. */
static void who_is_taken_out_is_missed_by_nobody(void **state)
{
        enum { N = 500 };
        struct schedule *s = schedule_new(N);
        int64_t due_of[N], due, last = -1;
        unsigned seed = 11;
        size_t left = N, id;

        (void)state;
        for (size_t i = 0; i < N; i++) {
                due_of[i] = next_random(&seed) % 100;
                schedule_put(s, i, due_of[i]);
        }
        for (size_t i = 0; i < N / 2; i++) {
                id = next_random(&seed) % N;
                assert_int_equal(schedule_remove(s, id), due_of[id] >= 0);
                left -= due_of[id] >= 0;
                due_of[id] = -1;
                assert_false(schedule_remove(s, id));
        }
        for (; schedule_pop(s, INT64_MAX, &id, &due); left--) {
                assert_true(due >= last && due == due_of[id]);
                assert_false(schedule_remove(s, id));
                last = due;
        }
        assert_int_equal(left, 0);
        schedule_free(s);
}

/* --- beats ----------------------------------------------------------------------------------- */

static void first_beats_are_spread_evenly_and_within_bounds(void **state)
{
        static const struct {
                size_t n;
                int64_t interval_ms, spread_ms;
        } ROWS[] = {
                { 1, HOUR, 1000 },
                { 100, HOUR, 1000 },
                { 1000, HOUR, 10000 },
                { 10000, HOUR, 100000 },
                { 1000000, HOUR, HOUR }, /* no longer than the interval */
                { 10000, 5000, 5000 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
                enum { SEEDS = 20000, SLOTS = 10 };
                size_t count[SLOTS] = { 0 };

                for (unsigned k = 0; k < SEEDS; k++) {
                        char name[32];

                        snprintf(name, sizeof(name), "host%u.example:443", k);
                        int64_t beat = schedule_first_beat_ms(5000, ROWS[i].interval_ms,
                                                              schedule_seed(name), ROWS[i].n);

                        assert_true(beat >= 5000 && beat < 5000 + ROWS[i].spread_ms);
                        count[(beat - 5000) * SLOTS / ROWS[i].spread_ms]++;
                }
                for (size_t k = 0; k < SLOTS; k++)
                        assert_in_range(count[k], SEEDS / SLOTS * 9 / 10, SEEDS / SLOTS * 11 / 10);
        }
}

static void ten_thousand_late_probes_do_not_move_the_beat(void **state)
{
        const int64_t first = 12345, interval = 60000;
        int64_t beat = first;
        unsigned seed = 3;

        (void)state;
        for (int64_t k = 1; k <= 10000; k++) {
                int64_t late = next_random(&seed) % (unsigned)interval;

                beat = schedule_next_beat_ms(beat, interval, beat + late);
                assert_int_equal(beat, first + k * interval);
        }
}

static void missed_beats_are_left_out_and_not_made_up(void **state)
{
        static const struct {
                int64_t now_ms, next_ms;
        } ROWS[] = {
                { 0, 1100 },        /* the clock is behind the beat */
                { 100, 1100 },
                { 1099, 1100 },
                { 1100, 2100 },     /* that one is now: the next is a whole interval away */
                { 1101, 2100 },
                { 2099, 2100 },
                { 2100, 3100 },
                { 100099, 100100 },
                { 1000000000099, 1000000000100 }, /* thirty years of sleep */
        };

        (void)state;
        for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
                assert_int_equal(schedule_next_beat_ms(100, 1000, ROWS[i].now_ms), ROWS[i].next_ms);
}

static void the_next_beat_is_always_ahead_and_on_the_grid(void **state)
{
        unsigned seed = 11;

        (void)state;
        for (int i = 0; i < 100000; i++) {
                int64_t interval = 1 + next_random(&seed) % 100000, beat = next_random(&seed);
                int64_t now = beat + next_random(&seed) % 1000000;
                int64_t next = schedule_next_beat_ms(beat, interval, now);

                assert_true(next > now);
                assert_true(next - now <= interval);
                assert_int_equal((next - beat) % interval, 0);
        }
}

static void jitter_is_bounded_and_the_same_each_time(void **state)
{
        static const struct {
                int64_t interval_ms, most_ms;
        } ROWS[] = {
                { 10, 0 }, { 1000, 50 }, { 60000, 3000 }, { 600000, 30000 }, { HOUR, 30000 },
                { 24 * HOUR, 30000 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
                int64_t least = INT64_MAX, most = -1;

                for (int64_t beat = 0; beat < 5000; beat++) {
                        int64_t j = schedule_jitter_ms(beat * 977, ROWS[i].interval_ms, 42);

                        assert_int_equal(j,
                                         schedule_jitter_ms(beat * 977, ROWS[i].interval_ms, 42));
                        least = j < least ? j : least;
                        most = j > most ? j : most;
                }
                assert_true(least >= 0 && least <= ROWS[i].most_ms / 50);
                assert_true(most <= ROWS[i].most_ms && most >= ROWS[i].most_ms * 9 / 10);
        }
}

static void equal_intervals_do_not_march_in_step(void **state)
{
        size_t together = 0;

        (void)state;
        for (int64_t k = 0; k < 1000; k++)
                together += schedule_jitter_ms(k * HOUR, HOUR, schedule_seed("a")) ==
                            schedule_jitter_ms(k * HOUR, HOUR, schedule_seed("b"));
        assert_in_range(together, 0, 5);
}

static void seeds_are_fnv_1a(void **state)
{
        (void)state;
        assert_int_equal(schedule_seed(""), 0x811c9dc5);
        assert_int_equal(schedule_seed("a"), 0xe40c292c);
        assert_int_equal(schedule_seed("foobar"), 0xbf9cf968);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_empty_schedule_has_nothing_due),
                cmocka_unit_test(nobody_is_due_before_his_time),
                cmocka_unit_test(the_heap_agrees_with_a_slow_reference),
                cmocka_unit_test(who_is_taken_out_is_missed_by_nobody),
                cmocka_unit_test(first_beats_are_spread_evenly_and_within_bounds),
                cmocka_unit_test(ten_thousand_late_probes_do_not_move_the_beat),
                cmocka_unit_test(missed_beats_are_left_out_and_not_made_up),
                cmocka_unit_test(the_next_beat_is_always_ahead_and_on_the_grid),
                cmocka_unit_test(jitter_is_bounded_and_the_same_each_time),
                cmocka_unit_test(equal_intervals_do_not_march_in_step),
                cmocka_unit_test(seeds_are_fnv_1a),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
