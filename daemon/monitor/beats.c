/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in beats.h. A timer that comes seconds late means that we stood still: the host
 * slept, the process was stopped, the disk did not answer. What should have happened meanwhile is
 * spread as at a start; the beats stay where they were.
 */
#include "daemon/monitor/beats.h"

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/health.h"
#include "daemon/monitor/limiter.h"
#include "daemon/monitor/pace.h"
#include "daemon/monitor/schedule.h"

#include <stdlib.h>

#define STILL_MS 2000

static int64_t interval_ms(const struct member *m)
{
        return m->cfg->set->interval_s * 1000;
}

static void set_waiting(struct member *m, bool waiting)
{
        m->waiting = waiting;
        health_note(m);
}

static void put(struct member *m, int64_t at_ms)
{
        schedule_put(m->fleet->schedule, (size_t)(m - m->fleet->members), at_ms);
}

/* --- due ------------------------------------------------------------------------------------- */

static void enter(struct member *m)
{
        m->has_turn = false;
        limiter_enter(m->fleet->limiter, (size_t)(m - m->fleet->members), member_lane(m));
}

/* To the limiter; or first to its turn, if that is not now. An unknown address is found first. */
static void go_on(struct member *m, int64_t now_ms)
{
        int64_t turn_ms = m->address_key ? pace_turn(m->fleet->pace, m->address_key, now_ms)
                                         : now_ms;

        if (turn_ms <= now_ms) {
                enter(m);
                return;
        }
        m->has_turn = true;
        put(m, turn_ms);
}

void beats_resolved(struct member *m, int64_t now_ms)
{
        set_waiting(m, true);
        go_on(m, now_ms);
}

static void spread_overdue(struct fleet *f, int64_t now_ms)
{
        uint32_t *ids = mem_new0(f->n, sizeof(*ids));
        int64_t still_ms = now_ms - schedule_next_ms(f->schedule), at_ms;
        char span[SPAN_STR_MAX];
        size_t n = 0, id;

        while (schedule_pop(f->schedule, now_ms, &id, &at_ms))
                ids[n++] = (uint32_t)id;
        for (size_t i = 0; i < n; i++) {
                struct member *m = &f->members[ids[i]];

                m->has_turn = false;
                set_waiting(m, false);
                m->due_ms = schedule_first_beat_ms(now_ms, interval_ms(m), m->seed, n);
                put(m, m->due_ms);
        }
        free(ids);
        log_warning("the schedule stood still for %s (was this host asleep, the process stopped, "
                    "the disk slow?): spreading the %zu looks that are overdue",
                    span_str(still_ms / 1000, span), n);
}

void beats_due(struct fleet *f, int64_t now_ms)
{
        int64_t next_ms = schedule_next_ms(f->schedule), at_ms;
        size_t id;

        if (next_ms >= 0 && now_ms - next_ms > STILL_MS)
                spread_overdue(f, now_ms);
        while (schedule_pop(f->schedule, now_ms, &id, &at_ms)) {
                struct member *m = &f->members[id];

                set_waiting(m, true);
                if (m->has_turn)
                        enter(m);
                else
                        go_on(m, now_ms);
        }
}

bool beats_now(struct member *m, int64_t now_ms)
{
        if (m->in_flight || m->waiting)
                return true;
        if (!schedule_remove(m->fleet->schedule, (size_t)(m - m->fleet->members)))
                return false;
        m->due_ms = now_ms;
        set_waiting(m, true);
        go_on(m, now_ms);
        return true;
}

void beats_clock_set(struct fleet *f, int64_t now_ms, int64_t by_ms)
{
        for (size_t i = 0; i < f->n; i++) {
                struct member *m = &f->members[i];
                int64_t at_ms = schedule_first_beat_ms(now_ms, interval_ms(m), m->seed, f->n);

                if (interval_ms(m) >= llabs(by_ms) || m->waiting || at_ms >= m->due_ms ||
                    !schedule_remove(f->schedule, i))
                        continue;
                m->due_ms = at_ms;
                put(m, at_ms);
        }
}

/* --- next ------------------------------------------------------------------------------------ */

/* Keeps the count of the endpoints that fail at the host of @m. */
static void count_failing(struct member *m)
{
        uint32_t *failing = &m->fleet->failing[m->host];
        bool is_failing = m->state.failures > 0;

        if (is_failing && !m->failing)
                ++*failing;
        else if (!is_failing && m->failing)
                --*failing;
        m->failing = is_failing;
}

void beats_next(struct member *m, int64_t now_ms)
{
        const struct config_settings *set = m->cfg->set;
        int64_t failures = m->state.failures + m->blind;

        count_failing(m);
        if (m->beat_ms <= now_ms) /* a retry comes before the beat, and does not move it */
                m->beat_ms = schedule_next_beat_ms(m->beat_ms, interval_ms(m), now_ms);
        m->due_ms = m->beat_ms + schedule_jitter_ms(m->beat_ms, interval_ms(m), m->seed);
        if (failures > 0) {
                int64_t again_ms = now_ms + schedule_retry_ms(set->retry_s * 1000, failures,
                                                              set->failures,
                                                              m->fleet->failing[m->host],
                                                              interval_ms(m));

                if (again_ms < m->due_ms)
                        m->due_ms = again_ms;
        }
        put(m, m->due_ms);
}

void beats_begin(struct fleet *f, int64_t now_ms)
{
        size_t fresh = 0;

        for (size_t i = 0; i < f->n; i++)
                fresh += f->members[i].beat_ms == 0;
        for (size_t i = 0; i < f->n; i++) {
                struct member *m = &f->members[i];
                int64_t since_ms = now_ms - STILL_MS;

                count_failing(m);
                if (m->beat_ms == 0)
                        m->beat_ms = m->due_ms =
                                schedule_first_beat_ms(now_ms, interval_ms(m), m->seed, fresh);
                health_note(m); /* it may wait or be looked at from the fleet before */
                if (m->in_flight)
                        continue;
                /* it was held up, which is no standing still, and keeps its place before others */
                put(m, m->waiting && m->due_ms < since_ms ? since_ms : m->due_ms);
        }
        beats_due(f, now_ms);
}
