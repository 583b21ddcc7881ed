/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in health.h. */
#include "daemon/monitor/health.h"

#include "common/base/mem.h"
#include "common/base/parse.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/schedule.h"

#include <stdbool.h>
#include <stddef.h>

/* When it is trouble. Its name is resolved first, in a look of its own: twice its time. */
static int64_t hangs_ms(const struct member *m)
{
        return m->due_ms + 2 * (m->cfg->set->timeout_ms + HEALTH_LAG_MS);
}

void health_note(const struct member *m)
{
        struct fleet *f = m->fleet;
        size_t id = (size_t)(m - f->members);

        schedule_remove(f->held_up, id);
        schedule_remove(f->looked_at, id);
        if (m->waiting)
                schedule_put(f->held_up, id, m->due_ms);
        if (m->in_flight && !m->chasing)
                schedule_put(f->looked_at, id, hangs_ms(m));
}

const struct member *health_longest_waiting(const struct fleet *f)
{
        size_t id;

        return schedule_first(f->held_up, &id) ? &f->members[id] : NULL;
}

int64_t health_lag_ms(const struct fleet *f, int64_t now_ms)
{
        const struct member *m = health_longest_waiting(f);

        return m ? now_ms - m->due_ms : 0;
}

char *health_trouble(const struct fleet *f, int64_t now_ms)
{
        const struct member *m;
        char span[SPAN_STR_MAX];
        size_t id;

        if (schedule_first(f->looked_at, &id) && hangs_ms(&f->members[id]) < now_ms) {
                m = &f->members[id];
                return mem_printf("the look at %s, due %s ago, does not end", m->cfg->name,
                                  span_str((now_ms - m->due_ms) / 1000, span));
        }
        m = health_longest_waiting(f);
        if (!m || now_ms - m->due_ms <= HEALTH_LAG_MS)
                return NULL;
        return mem_printf("the schedule is %s behind: %s waits",
                          span_str((now_ms - m->due_ms) / 1000, span), m->cfg->name);
}
