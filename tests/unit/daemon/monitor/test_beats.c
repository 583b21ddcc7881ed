/* SPDX-License-Identifier: Apache-2.0 */
/* When endpoints are looked at, on a clock that the test turns. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/monitor/beats.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "daemon/monitor/limiter.h"
#include "daemon/monitor/pace.h"
#include "daemon/monitor/schedule.h"
#include "tests/unit/daemon/monitor/fleet_of.h"

#define START INT64_C(1000000)
#define MINUTE INT64_C(60000)

/* @n endpoints, each with an address of its own, or all at one. */
static struct fleet *make_fleet(size_t n, const char *settings, bool one_address)
{
        struct buf text = BUF_INIT(1 << 24);

        buf_printf(&text, "%s\nendpoints:\n", settings);
        for (size_t i = 0; i < n; i++)
                buf_printf(&text, "  - {name: n%zu, target: '127.%zu.%zu.1:443'}\n", i,
                           one_address ? 0 : i / 256, one_address ? 0 : i % 256);
        AUTO_FREE char *words = buf_steal(&text);

        return fleet_of(words);
}

/* All that may start now do, and are answered at once. Their number. */
static size_t look(struct fleet *f, int64_t now_ms)
{
        size_t n = 0, id;

        beats_due(f, now_ms);
        for (; limiter_next(f->limiter, &id); n++) {
                struct member *m = &f->members[id];

                m->waiting = false;
                limiter_leave(f->limiter, id);
                beats_next(m, now_ms);
        }
        return n;
}

/* Turns the clock to @end_ms, from one due time to the next; the most looks of a second. */
static size_t run_until(struct fleet *f, int64_t *now_ms, int64_t end_ms, size_t *ret_looks)
{
        size_t busiest = 0, in_second = 0;
        int64_t second = -1, next;

        while ((next = schedule_next_ms(f->schedule)) >= 0 && next <= end_ms) {
                *now_ms = next > *now_ms ? next : *now_ms;
                if (*now_ms / 1000 != second) {
                        second = *now_ms / 1000;
                        in_second = 0;
                }
                size_t n = look(f, *now_ms);

                in_second += n;
                *ret_looks += n;
                busiest = in_second > busiest ? in_second : busiest;
        }
        *now_ms = end_ms;
        return busiest;
}

static void a_start_is_spread(void **state)
{
        struct fleet *f = make_fleet(3000, "defaults: {interval: 1h}", false);
        int64_t now = START;
        size_t looks = 0;

        (void)state;
        beats_begin(f, now);
        assert_in_range(run_until(f, &now, START + 30000, &looks), 80, 150);
        assert_int_equal(looks, 3000);
        run_until(f, &now, START + 60 * MINUTE - 1, &looks);
        assert_int_equal(looks, 3000);
        fleet_free(f);
}

static void new_ones_in_a_large_fleet_come_soon_and_old_ones_when_they_would_have(void **state)
{
        struct fleet *f = make_fleet(3000, "defaults: {interval: 1h}", false);

        (void)state;
        for (size_t i = 0; i < f->n; i++)
                f->members[i].beat_ms = f->members[i].due_ms = START + (int64_t)i * 1000;
        for (size_t i = 2990; i < f->n; i++)
                f->members[i].beat_ms = 0;
        f->members[5].due_ms = START + 77;
        beats_begin(f, START);
        for (size_t i = 1; i < 2990; i++)
                assert_int_equal(f->members[i].beat_ms, START + (int64_t)i * 1000);
        assert_int_equal(f->members[5].due_ms, START + 77);
        for (size_t i = 2990; i < f->n; i++)
                assert_in_range(f->members[i].beat_ms, START, START + 999);
        fleet_free(f);
}

static void after_a_pause_the_overdue_are_spread_and_the_beats_stay(void **state)
{
        struct fleet *f = make_fleet(2000, "defaults: {interval: 1m}", false);
        int64_t now = START, *beats = mem_new0(2000, sizeof(*beats));
        size_t looks = 0;

        (void)state;
        beats_begin(f, now);
        run_until(f, &now, START + 5 * MINUTE, &looks);
        for (size_t i = 0; i < f->n; i++)
                beats[i] = f->members[i].beat_ms;
        now += 10 * MINUTE; /* nothing happened */
        looks = 0;
        size_t busiest = run_until(f, &now, now + MINUTE, &looks);

        /* 20 s for 2000 overdue ones at 100 a second, beside 33 a second that are due anyway */
        assert_in_range(busiest, 80, 250);
        assert_in_range(looks, 2000, 4000);
        for (size_t i = 0; i < f->n; i++) {
                assert_int_equal((f->members[i].beat_ms - beats[i]) % MINUTE, 0);
                assert_true(f->members[i].beat_ms > now && f->members[i].beat_ms <= now + MINUTE);
        }
        free(beats);
        fleet_free(f);
}

static void when_the_clock_was_set_whoever_would_come_too_late_comes_soon(void **state)
{
        static const struct {
                int64_t by_ms;
                size_t soon;
        } ROWS[] = {
                { 59 * MINUTE, 0 },
                { 61 * MINUTE, 2000 },
                { -61 * MINUTE, 2000 },
                { INT64_MIN + 1, 2000 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct fleet *f = make_fleet(2000, "defaults: {interval: 1h}", false);
                int64_t now = START, *beats = mem_new0(2000, sizeof(*beats));
                size_t looks = 0, usual = 0;

                beats_begin(f, now);
                run_until(f, &now, START + 5 * MINUTE, &looks); /* the next are in an hour */
                for (size_t k = 0; k < f->n; k++)
                        beats[k] = f->members[k].beat_ms;
                run_until(f, &now, START + 6 * MINUTE, &usual);
                assert_int_equal(usual, 0);
                beats_clock_set(f, now, ROWS[i].by_ms);
                looks = 0;
                assert_true(run_until(f, &now, now + MINUTE, &looks) < 150);
                assert_int_equal(looks, ROWS[i].soon);
                for (size_t k = 0; k < f->n; k++)
                        assert_int_equal(f->members[k].beat_ms, beats[k]);
                free(beats);
                fleet_free(f);
        }
}

static void a_little_late_is_no_pause(void **state)
{
        struct fleet *f = make_fleet(100, "defaults: {interval: 1h}", false);

        (void)state;
        beats_begin(f, START); /* all within a second */
        assert_int_equal(look(f, START + 1500), 100);
        fleet_free(f);
}

static void one_address_is_asked_at_its_rate_whoever_is_behind_it(void **state)
{
        struct fleet *f = make_fleet(600, "defaults: {interval: 1h}\nlimits: {per_host: 1000}",
                                     true);
        int64_t now = START;
        size_t looks = 0;

        (void)state;
        beats_begin(f, now);
        assert_in_range(run_until(f, &now, START + 30000, &looks), 10, 15);
        assert_in_range(looks, 300, 306);
        assert_int_equal(limiter_running(f->limiter) + limiter_waiting(f->limiter), 0);
        run_until(f, &now, START + 61000, &looks);
        assert_int_equal(looks, 600);
        fleet_free(f);
}

static void who_is_not_resolved_waits_for_no_turn(void **state)
{
        struct fleet *f = fleet_of("endpoints: [a.example]\nlimits: {address_rate: 1}\n");
        int64_t now = START + 2000;
        size_t id;

        (void)state;
        beats_begin(f, START);
        for (int i = 0; i < 3; i++)
                pace_turn(f->pace, 42, now);
        beats_due(f, now);
        assert_true(limiter_next(f->limiter, &id));
        limiter_leave(f->limiter, id);
        f->members[0].address_key = 42;
        beats_resolved(&f->members[0], now);
        assert_false(limiter_next(f->limiter, &id));
        assert_int_equal(schedule_next_ms(f->schedule), now + 3000);
        assert_true(f->members[0].waiting);
        beats_due(f, now + 3000);
        assert_true(limiter_next(f->limiter, &id));
        fleet_free(f);
}

static void who_is_asked_for_is_due_at_once_and_keeps_his_beat(void **state)
{
        struct fleet *f = make_fleet(2, "defaults: {interval: 1h}", false);
        struct member *m = &f->members[0];
        size_t id;

        (void)state;
        beats_begin(f, START);
        m->beat_ms = START + 50 * MINUTE;
        assert_true(beats_now(m, START + MINUTE));
        assert_true(m->waiting);
        assert_true(beats_now(m, START + MINUTE)); /* once is enough */
        assert_true(limiter_next(f->limiter, &id));
        assert_int_equal(id, 0);
        assert_false(limiter_next(f->limiter, &id));
        m->waiting = false;
        m->in_flight = true;
        assert_true(beats_now(m, START + MINUTE));
        m->in_flight = false;
        assert_false(beats_now(m, START + MINUTE)); /* its look is over, and not yet settled */
        limiter_leave(f->limiter, 0);
        beats_next(m, START + 2 * MINUTE);
        assert_int_equal(m->beat_ms, START + 50 * MINUTE);
        assert_in_range(m->due_ms, START + 50 * MINUTE, START + 51 * MINUTE);
        fleet_free(f);
}

static void who_is_asked_for_waits_for_his_turn_at_the_address(void **state)
{
        struct fleet *f = make_fleet(1, "limits: {address_rate: 1}", true);
        struct member *m = &f->members[0];
        size_t id;

        (void)state;
        m->beat_ms = m->due_ms = START + MINUTE;
        beats_begin(f, START);
        for (int i = 0; i < 3; i++)
                pace_turn(f->pace, m->address_key, START);
        assert_true(beats_now(m, START));
        assert_false(limiter_next(f->limiter, &id));
        assert_int_equal(schedule_next_ms(f->schedule), START + 3000);
        beats_due(f, START + 3000);
        assert_true(limiter_next(f->limiter, &id));
        fleet_free(f);
}

/* --- back-off -------------------------------------------------------------------------------- */

/* When endpoint 0 of @n, which all fail for the @failures-th time, is looked at next. */
static int64_t retry_after(size_t n, int64_t failures)
{
        struct fleet *f = make_fleet(n, "defaults: {interval: 1h, retry: 1m, failures: 3}", true);

        for (size_t i = 0; i < n; i++) {
                f->members[i].state.failures = failures;
                f->members[i].beat_ms = START + 3 * 60 * MINUTE;
                f->members[i].due_ms = START;
        }
        f->members[0].in_flight = true; /* so that it is not scheduled yet */
        beats_begin(f, START);
        beats_next(&f->members[0], START);
        int64_t due = f->members[0].due_ms - START;

        fleet_free(f);
        return due;
}

static void the_retries_of_a_dead_host_do_not_multiply(void **state)
{
        static const struct {
                size_t endpoints;
                int64_t failures, minutes;
        } ROWS[] = {
                { 1, 1, 1 }, { 1, 2, 1 }, { 1, 3, 2 }, { 1, 4, 4 }, { 1, 8, 60 }, { 1, 100, 60 },
                { 5, 1, 1 }, { 5, 2, 1 }, { 5, 3, 10 }, { 5, 4, 20 }, { 5, 6, 60 }, { 50, 3, 60 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                assert_int_equal(retry_after(ROWS[i].endpoints, ROWS[i].failures),
                                 ROWS[i].minutes * MINUTE);
}

static void a_retry_never_moves_the_beat_nor_comes_after_it(void **state)
{
        struct fleet *f = make_fleet(1, "defaults: {interval: 10s, retry: 1m, failures: 1}", true);
        struct member *m = &f->members[0];
        int64_t now = START, first;
        size_t looks = 0;

        (void)state;
        beats_begin(f, now);
        first = m->beat_ms;
        m->state.failures = 7;
        run_until(f, &now, START + 100 * 10000 - 1, &looks);
        assert_in_range(looks, 99, 100);
        assert_int_equal((m->beat_ms - first) % 10000, 0);
        fleet_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_start_is_spread),
                cmocka_unit_test(
                        new_ones_in_a_large_fleet_come_soon_and_old_ones_when_they_would_have),
                cmocka_unit_test(after_a_pause_the_overdue_are_spread_and_the_beats_stay),
                cmocka_unit_test(when_the_clock_was_set_whoever_would_come_too_late_comes_soon),
                cmocka_unit_test(a_little_late_is_no_pause),
                cmocka_unit_test(one_address_is_asked_at_its_rate_whoever_is_behind_it),
                cmocka_unit_test(who_is_not_resolved_waits_for_no_turn),
                cmocka_unit_test(who_is_asked_for_is_due_at_once_and_keeps_his_beat),
                cmocka_unit_test(who_is_asked_for_waits_for_his_turn_at_the_address),
                cmocka_unit_test(the_retries_of_a_dead_host_do_not_multiply),
                cmocka_unit_test(a_retry_never_moves_the_beat_nor_comes_after_it),
        };

        return cmocka_run_group_tests(tests, write_anchors, remove_anchors);
}
