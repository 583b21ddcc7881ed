/* SPDX-License-Identifier: Apache-2.0 */
/* When the schedule is kept, and when somebody has to be told that it is not. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "fleet_of.h"

#include "common/base/buf.h"
#include "daemon/monitor/health.h"

#define NOW_MS INT64_C(10000000)

static void assert_trouble(const struct fleet *f, const char *says)
{
        AUTO_FREE char *trouble = health_trouble(f, NOW_MS);

        if (!says) {
                assert_null(trouble);
                return;
        }
        assert_non_null(trouble);
        if (!strstr(trouble, says))
                fail_msg("\"%s\" does not say \"%s\"", trouble, says);
}

static void late_looks_and_looks_without_end_are_trouble(void **state)
{
        static const struct {
                int64_t late_ms;
                bool waiting, in_flight, chasing;
                const char *says;
        } ROWS[] = {
                { 3600000, false, false, false, NULL }, /* it is not due: that is its last beat */
                { 60000, true, false, false, NULL },
                { 61000, true, false, false, "1 min behind: b.test waits" },
                { 140000, false, true, false, NULL }, /* twice ten seconds and a minute */
                { 141000, false, true, false, "look at b.test, due 2 min ago, does not end" },
                { 3600000, false, true, true, NULL }, /* whoever fetches issuers has his own time */
        };
        struct fleet *f = fleet_of("endpoints: [a.test, b.test, c.test]");

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct member *m = &f->members[1];

                m->due_ms = NOW_MS - ROWS[i].late_ms;
                m->waiting = ROWS[i].waiting;
                m->in_flight = ROWS[i].in_flight;
                m->chasing = ROWS[i].chasing;
                health_note(m);
                assert_trouble(f, ROWS[i].says);
        }
        fleet_free(f);
}

/* --- against a walk --------------------------------------------------------------------------- */

#define MANY 200

static struct fleet *many(void)
{
        struct buf text = BUF_INIT(MANY * 64);

        buf_puts(&text, "endpoints:\n");
        for (int i = 0; i < MANY; i++)
                buf_printf(&text, "- {target: host%d.test, timeout: %ds}\n", i, 1 + i % 60);
        struct fleet *f = fleet_of(buf_str(&text));

        buf_done(&text);
        return f;
}

/* The generator of ISO C's example; every run is the same. */
static unsigned draw(void)
{
        static unsigned seed = 1;

        seed = seed * 1103515245U + 12345U;
        return seed >> 8;
}

static void change(struct member *m)
{
        enum { IDLE, WAITING, LOOKED_AT, CHASING, WAYS };
        unsigned way = draw() % WAYS;

        m->due_ms = NOW_MS - draw() % 300000;
        m->waiting = way == WAITING;
        m->in_flight = way == LOOKED_AT || way == CHASING;
        m->chasing = way == CHASING;
        health_note(m);
}

static void assert_as_a_walk_says(const struct fleet *f)
{
        const struct member *last = NULL, *found = health_longest_waiting(f);
        bool waits = false, hangs = false;

        for (size_t i = 0; i < f->n; i++) {
                const struct member *m = &f->members[i];
                int64_t late_ms = NOW_MS - m->due_ms;

                hangs |= m->in_flight && !m->chasing &&
                         late_ms > 2 * (m->cfg->set->timeout_ms + HEALTH_LAG_MS);
                waits |= m->waiting && late_ms > HEALTH_LAG_MS;
                if (m->waiting && (!last || m->due_ms < last->due_ms))
                        last = m;
        }
        assert_int_equal(found != NULL, last != NULL);
        assert_int_equal(health_lag_ms(f, NOW_MS), last ? NOW_MS - last->due_ms : 0);
        assert_trouble(f, hangs ? "does not end" : waits ? last->cfg->name : NULL);
}

static void whatever_changes_it_is_said_as_a_walk_would(void **state)
{
        struct fleet *f = many();

        (void)state;
        for (int step = 0; step < 5000; step++) { /* first few wait, later many */
                change(&f->members[draw() % (step < 1000 ? 5 : MANY)]);
                assert_as_a_walk_says(f);
        }
        for (size_t i = 0; i < f->n; i++) {
                f->members[i].waiting = f->members[i].in_flight = false;
                health_note(&f->members[i]);
        }
        assert_as_a_walk_says(f);
        assert_trouble(f, NULL);
        fleet_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(late_looks_and_looks_without_end_are_trouble),
                cmocka_unit_test(whatever_changes_it_is_said_as_a_walk_would),
        };
        return cmocka_run_group_tests(tests, write_anchors, remove_anchors);
}
