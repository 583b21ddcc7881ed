/* SPDX-License-Identifier: Apache-2.0 */
/* Answers are worked on one after the other, and never for long. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "common/base/clock.h"
#include "daemon/web/turns.h"

#include <event2/event.h>
#include <stdbool.h>

#define MANY 20

struct work {
        struct turn turn;
        int number;
        bool slow;
};

static struct event_base *base;
static struct turns *turns;
static int done[2 * MANY], n_done;

static int set_up(void **state)
{
        (void)state;
        base = event_base_new();
        turns = turns_new(base);
        n_done = 0;
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        turns_free(turns);
        event_base_free(base);
        return 0;
}

static void run(struct turn *turn)
{
        struct work *w = (struct work *)turn;
        int64_t end_ms = clock_mono_ms() + TURNS_MS;

        done[n_done++] = w->number;
        while (w->slow && clock_mono_ms() < end_ms)
                ;
}

static void all_come_in_their_order(void **state)
{
        struct work work[MANY];

        (void)state;
        for (int i = 0; i < MANY; i++) {
                work[i] = (struct work){ .turn.run = run, .number = i };
                turns_add(turns, &work[i].turn);
        }
        turns_remove(turns, &work[0].turn);
        turns_remove(turns, &work[7].turn);
        turns_remove(turns, &work[7].turn);
        turns_remove(turns, &work[MANY - 1].turn);
        work[0].number = MANY;
        turns_add(turns, &work[0].turn);
        assert_int_equal(n_done, 0); /* never inside the call */
        event_base_dispatch(base);
        assert_int_equal(n_done, MANY - 2);
        for (int i = 0; i < n_done - 1; i++)
                assert_int_equal(done[i], i + 1 + (i >= 6));
        assert_int_equal(done[n_done - 1], MANY);
}

static void what_takes_long_is_alone_in_its_round(void **state)
{
        struct work work[3];

        (void)state;
        for (int i = 0; i < 3; i++) {
                work[i] = (struct work){ .turn.run = run, .number = i, .slow = true };
                turns_add(turns, &work[i].turn);
        }
        for (int i = 1; i <= 3; i++) {
                event_base_loop(base, EVLOOP_ONCE);
                assert_int_equal(n_done, i);
        }
}

static void run_again(struct turn *turn)
{
        run(turn);
        if (n_done < MANY)
                turns_add(turns, turn);
}

static void who_comes_again_comes_last(void **state)
{
        struct work again = { .turn.run = run_again, .number = 1 };
        struct work other = { .turn.run = run, .number = 2 };

        (void)state;
        turns_add(turns, &again.turn);
        turns_add(turns, &other.turn);
        event_base_dispatch(base);
        assert_int_equal(n_done, MANY);
        assert_int_equal(done[0], 1);
        assert_int_equal(done[1], 2);
        assert_int_equal(done[2], 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(all_come_in_their_order, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_takes_long_is_alone_in_its_round, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(who_comes_again_comes_last, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
