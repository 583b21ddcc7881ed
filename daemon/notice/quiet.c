/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in quiet.h. Both ends of a period are instants that the C library makes of a day
 * and an hour, so that days of 23 and 25 hours come out right.
 */
#include "daemon/notice/quiet.h"

#include "config/model.h"

#include <stdbool.h>
#include <time.h>

#define DAYS_OF_A_WEEK 7

/* @minute of the day that is @days after that of @day; @day may lie outside of its month. */
static int64_t instant(const struct config_quiet *q, const struct tm *day, int days, int minute)
{
        struct tm tm = {
                .tm_year = day->tm_year,
                .tm_mon = day->tm_mon,
                .tm_mday = day->tm_mday + days,
                .tm_hour = minute / 60,
                .tm_min = minute % 60,
                .tm_isdst = -1,
        };

        return q->utc ? timegm(&tm) : mktime(&tm);
}

/* The end of the period that began on the day of @now or the day before; 0 = in none. */
static int64_t period_end_s(const struct config_quiet *q, int64_t now_s)
{
        time_t t = (time_t)now_s;
        struct tm now;

        if (!(q->utc ? gmtime_r(&t, &now) : localtime_r(&t, &now)))
                return 0; /* a clock beyond all years */
        for (int back = 0; back <= 1; back++) {
                int weekday = (now.tm_wday + DAYS_OF_A_WEEK - back) % DAYS_OF_A_WEEK;
                bool over_midnight = q->to_min < q->from_min;
                int64_t end_s = instant(q, &now, over_midnight - back, q->to_min);

                if ((!q->days || q->days & (1U << weekday)) && now_s < end_s &&
                    now_s >= instant(q, &now, -back, q->from_min))
                        return end_s;
        }
        return 0;
}

int64_t quiet_until_s(const struct config_quiet *q, enum severity severity, int64_t now_s)
{
        int64_t end_s = 0;

        if (q->from_min == q->to_min || (q->except != SEVERITY_OK && severity >= q->except))
                return 0;
        /* One whole day may follow another. */
        for (int64_t next_s = now_s, i = 0; i < DAYS_OF_A_WEEK; i++, next_s = end_s) {
                int64_t s = period_end_s(q, next_s);

                if (s == 0)
                        break;
                end_s = s;
        }
        return end_s;
}
