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
                assert_trouble(f, ROWS[i].says);
        }
        fleet_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(late_looks_and_looks_without_end_are_trouble),
        };
        return cmocka_run_group_tests(tests, write_anchors, remove_anchors);
}
