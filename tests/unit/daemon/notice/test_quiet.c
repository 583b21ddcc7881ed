/* SPDX-License-Identifier: Apache-2.0 */
/* Quiet hours: over midnight, on some days, and where the clocks change. */
#include "tests/unit/base/unit.h"

#include "common/base/cleanup.h"
#include "common/base/parse.h"
#include "config/model.h"
#include "daemon/notice/quiet.h"

#include <stdlib.h>
#include <time.h>

#define HM(h, m) ((h) * 60 + (m))
#define DAILY 0x7f
#define WEEKEND 0x41 /* Saturday and Sunday */
#define FRIDAY 0x20

struct row {
        struct config_quiet quiet;
        const char *now, *until; /* NULL = it is not quiet */
};

static int64_t at(const char *time)
{
        int64_t s = 0;

        if (time)
                assert_int_equal(parse_time(time, &s), 0);
        return s;
}

static void check(const struct row *rows, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                int64_t until_s = quiet_until_s(&rows[i].quiet, SEVERITY_WARNING, at(rows[i].now));

                if (until_s != at(rows[i].until))
                        print_error("row %zu, %s\n", i, rows[i].now);
                assert_int_equal(until_s, at(rows[i].until));
        }
}

/* 2026-11-23 is a Monday. */
static void a_period_begins_on_its_days_and_may_end_on_the_next(void **state)
{
        static const struct row ROWS[] = {
                { { HM(22, 0), HM(22, 0), DAILY, true, SEVERITY_OK }, "2026-11-23T22:00:00Z",
                  NULL },
                { { HM(9, 0), HM(17, 30), DAILY, true, SEVERITY_OK }, "2026-11-23T08:59:59Z",
                  NULL },
                { { HM(9, 0), HM(17, 30), DAILY, true, SEVERITY_OK }, "2026-11-23T09:00:00Z",
                  "2026-11-23T17:30:00Z" },
                { { HM(9, 0), HM(17, 30), DAILY, true, SEVERITY_OK }, "2026-11-23T17:29:59Z",
                  "2026-11-23T17:30:00Z" },
                { { HM(9, 0), HM(17, 30), DAILY, true, SEVERITY_OK }, "2026-11-23T17:30:00Z",
                  NULL },
                { { HM(22, 0), HM(7, 0), DAILY, true, SEVERITY_OK }, "2026-11-23T21:59:59Z",
                  NULL },
                { { HM(22, 0), HM(7, 0), DAILY, true, SEVERITY_OK }, "2026-11-23T22:00:00Z",
                  "2026-11-24T07:00:00Z" },
                { { HM(22, 0), HM(7, 0), DAILY, true, SEVERITY_OK }, "2026-12-01T06:59:59Z",
                  "2026-12-01T07:00:00Z" },
                { { HM(22, 0), HM(7, 0), DAILY, true, SEVERITY_OK }, "2026-11-24T07:00:00Z",
                  NULL },
                /* of Friday's night, the morning of Saturday; of Saturday's, nothing */
                { { HM(22, 0), HM(7, 0), FRIDAY, true, SEVERITY_OK }, "2026-11-28T03:00:00Z",
                  "2026-11-28T07:00:00Z" },
                { { HM(22, 0), HM(7, 0), FRIDAY, true, SEVERITY_OK }, "2026-11-28T23:00:00Z",
                  NULL },
                { { HM(22, 0), HM(7, 0), FRIDAY, true, SEVERITY_OK }, "2026-11-27T03:00:00Z",
                  NULL },
                /* whole days follow one another */
                { { HM(0, 0), HM(24, 0), WEEKEND, true, SEVERITY_OK }, "2026-11-28T10:00:00Z",
                  "2026-11-30T00:00:00Z" },
                { { HM(0, 0), HM(24, 0), WEEKEND, true, SEVERITY_OK }, "2026-11-27T23:59:59Z",
                  NULL },
                { { HM(22, 0), HM(24, 0), WEEKEND, true, SEVERITY_OK }, "2026-11-28T23:00:00Z",
                  "2026-11-29T00:00:00Z" },
        };

        (void)state;
        check(ROWS, ARRAY_LEN(ROWS));
}

/* Berlin: an hour before UTC, two in summer; in 2026 that is from March 29 to October 25. */
static void local_nights_have_the_length_that_the_clocks_give_them(void **state)
{
        static const struct config_quiet NIGHT = { HM(22, 0), HM(7, 0), DAILY, false,
                                                   SEVERITY_OK };
        const struct row rows[] = {
                { NIGHT, "2026-11-23T20:59:59Z", NULL },
                { NIGHT, "2026-11-23T21:00:00Z", "2026-11-24T06:00:00Z" },
                { NIGHT, "2026-07-01T20:00:00Z", "2026-07-02T05:00:00Z" },
                { NIGHT, "2026-03-28T21:00:00Z", "2026-03-29T05:00:00Z" }, /* eight hours */
                { NIGHT, "2026-03-29T04:59:59Z", "2026-03-29T05:00:00Z" },
                { NIGHT, "2026-10-24T20:00:00Z", "2026-10-25T06:00:00Z" }, /* ten */
                { NIGHT, "2026-10-25T05:59:59Z", "2026-10-25T06:00:00Z" },
        };

        (void)state;
        setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
        tzset();
        check(rows, ARRAY_LEN(rows));
}

static void what_is_bad_enough_is_told_at_night(void **state)
{
        static const struct config_quiet NIGHT = { HM(22, 0), HM(7, 0), DAILY, true,
                                                   SEVERITY_ERROR };
        int64_t midnight_s = at("2026-11-24T00:00:00Z");

        (void)state;
        assert_int_equal(quiet_until_s(&NIGHT, SEVERITY_ERROR, midnight_s), 0);
        assert_int_equal(quiet_until_s(&NIGHT, SEVERITY_WARNING, midnight_s),
                         at("2026-11-24T07:00:00Z"));
}

static void a_broken_clock_is_never_quiet(void **state)
{
        static const struct config_quiet NIGHT = { HM(0, 0), HM(24, 0), DAILY, false, SEVERITY_OK };

        (void)state;
        assert_int_equal(quiet_until_s(&NIGHT, SEVERITY_WARNING, INT64_MAX), 0);
        assert_int_equal(quiet_until_s(&NIGHT, SEVERITY_WARNING, INT64_MIN), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_period_begins_on_its_days_and_may_end_on_the_next),
                cmocka_unit_test(local_nights_have_the_length_that_the_clocks_give_them),
                cmocka_unit_test(what_is_bad_enough_is_told_at_night),
                cmocka_unit_test(a_broken_clock_is_never_quiet),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
