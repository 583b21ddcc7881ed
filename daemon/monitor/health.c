/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in health.h. */
#include "daemon/monitor/health.h"

#include "common/base/mem.h"
#include "common/base/parse.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"

#include <stdbool.h>
#include <stddef.h>

/* Its name is resolved first, in a look of its own: twice its time. */
static bool hangs(const struct member *m, int64_t now_ms)
{
        return m->in_flight && !m->chasing &&
               now_ms - m->due_ms > 2 * (m->cfg->set->timeout_ms + HEALTH_LAG_MS);
}

static bool waits(const struct member *m, int64_t now_ms)
{
        return m->waiting && now_ms - m->due_ms > HEALTH_LAG_MS;
}

char *health_trouble(const struct fleet *f, int64_t now_ms)
{
        char span[SPAN_STR_MAX];

        for (size_t i = 0; i < f->n; i++) {
                const struct member *m = &f->members[i];

                if (!hangs(m, now_ms) && !waits(m, now_ms))
                        continue;
                span_str((now_ms - m->due_ms) / 1000, span);
                return m->in_flight ? mem_printf("the look at %s, due %s ago, does not end",
                                                 m->cfg->name, span)
                                    : mem_printf("the schedule is %s behind: %s waits", span,
                                                 m->cfg->name);
        }
        return NULL;
}
