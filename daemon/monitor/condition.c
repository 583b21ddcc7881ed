/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in condition.h. */
#include "daemon/monitor/condition.h"

#include "daemon/monitor/fleet.h"

#include <errno.h>
#include <string.h>

static const char *const CONDITIONS[CONDITION_COUNT] = {
        [CONDITION_ERROR] = "error",
        [CONDITION_WARNING] = "warning",
        [CONDITION_FAILING] = "failing",
        [CONDITION_UNKNOWN] = "unknown",
        [CONDITION_OK] = "ok",
};

enum condition condition_of(const struct member *m)
{
        switch (endpoint_state_severity(&m->state)) {
        case SEVERITY_ERROR:   return CONDITION_ERROR;
        case SEVERITY_WARNING: return CONDITION_WARNING;
        case SEVERITY_INFO:
        case SEVERITY_OK:
        case SEVERITY_COUNT:   break;
        }
        if (m->state.failures > 0 || m->blind)
                return CONDITION_FAILING;
        return m->state.last_success_s == 0 ? CONDITION_UNKNOWN : CONDITION_OK;
}

const char *condition_str(enum condition c)
{
        return CONDITIONS[c];
}

int condition_parse(const char *name, size_t n, enum condition *ret)
{
        for (int i = 0; i < CONDITION_COUNT; i++)
                if (strlen(CONDITIONS[i]) == n && strncmp(CONDITIONS[i], name, n) == 0) {
                        *ret = (enum condition)i;
                        return 0;
                }
        if (strlen("critical") == n && strncmp("critical", name, n) == 0) {
                *ret = CONDITION_ERROR; /* what people read */
                return 0;
        }
        return -EINVAL;
}
