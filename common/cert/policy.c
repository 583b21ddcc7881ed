/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in policy.h. */
#include "common/cert/policy.h"

/* GNU C range: every code has its own severity unless the table of an endpoint says otherwise. */
const struct policy POLICY_DEFAULT = {
        .warning = { .span_s = 30 * 86400, .millipercent = 20000 },
        .critical = { .span_s = 7 * 86400, .millipercent = 7000 },
        .severity = { [0 ... FINDING_COUNT - 1] = -1 },
};

int64_t threshold_seconds(const struct threshold *t, int64_t lifetime_s)
{
        /* Split, so that no lifetime can overflow: a certificate may claim to last 9,999 years. */
        int64_t share = lifetime_s / 100000 * t->millipercent +
                        lifetime_s % 100000 * t->millipercent / 100000;

        if (t->millipercent == 0)
                return t->span_s;
        if (t->span_s == 0)
                return share;
        return share < t->span_s ? share : t->span_s;
}
