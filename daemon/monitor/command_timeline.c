/* SPDX-License-Identifier: Apache-2.0 */
/* The row of `timeline`: how many endpoints break by date, on each of the next days (UTC). */
#include "daemon/monitor/commands_internal.h"

#include "common/base/clock.h"
#include "common/base/parse.h"
#include "common/cert/json_text.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/roster.h"

#define DAY_S 86400
#define MAX_DAYS 366
#define STANDARD_DAYS 90

struct timeline {
        int64_t now_s, days;
        int64_t overdue, later, unknown;
        struct day {
                int64_t error, warning, other;
        } day[MAX_DAYS];
};

static void count(struct timeline *t, int64_t expires_s, enum condition condition)
{
        int64_t day = expires_s / DAY_S - t->now_s / DAY_S;

        if (expires_s == 0)
                t->unknown++;
        else if (expires_s < t->now_s)
                t->overdue++;
        else if (day >= t->days)
                t->later++;
        else if (condition == CONDITION_ERROR)
                t->day[day].error++;
        else if (condition == CONDITION_WARNING)
                t->day[day].warning++;
        else
                t->day[day].other++;
}

static json_t *days_json(const struct timeline *t)
{
        json_t *days = json_must(json_array());

        for (int64_t i = 0; i < t->days; i++) {
                char date[TIME_STR_MAX];

                time_rfc3339(t->now_s + i * DAY_S, date);
                json_array_append_new(days, json_must(json_pack(
                        "{s:s%, s:I, s:I, s:I}", "date", date, (size_t)10,
                        "error", (json_int_t)t->day[i].error,
                        "warning", (json_int_t)t->day[i].warning,
                        "other", (json_int_t)t->day[i].other)));
        }
        return days;
}

json_t *command_timeline(struct monitor *m, const json_t *request)
{
        const struct roster *r = monitor_fleet(m)->roster;
        struct timeline t = { .now_s = clock_wall_s(), .days = STANDARD_DAYS };
        json_t *error = command_number(request, "days", 1, MAX_DAYS, &t.days);

        if (error)
                return error;
        for (size_t i = 0; i < r->n; i++)
                count(&t, r->expires_s[i], (enum condition)r->condition[i]);
        return json_must(json_pack("{s:o, s:I, s:I, s:I, s:o}", "at", json_instant(t.now_s),
                                   "overdue", (json_int_t)t.overdue,
                                   "later", (json_int_t)t.later,
                                   "unknown", (json_int_t)t.unknown, "days", days_json(&t)));
}
