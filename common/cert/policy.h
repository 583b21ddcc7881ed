/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/policy.h - what an endpoint wants to be told, and how early. Plain data.
 */
#pragma once

#include "common/cert/finding.h"

/*
 * Time left before a certificate ends at which it is reported. A span, a share of its lifetime, or
 * both: then the shorter of the two counts. Neither set: never.
 */
struct threshold {
        int64_t span_s;   /* 0 = not set */
        int millipercent; /* 20 % = 20000; 0 = not set */
};

struct policy {
        struct threshold warning;
        struct threshold critical;
        /* Per code: -1 = the table's severity, SEVERITY_OK = ignore, otherwise this severity. */
        int8_t severity[FINDING_COUNT];
};

/*
 * DESIGN section 2: below any healthy renewal point, so that a certificate which renews itself in
 * time is never reported. Warning at min(20 % of the lifetime, 30 d), critical at min(7 %, 7 d).
 */
extern const struct policy POLICY_DEFAULT;

/* Seconds before the end at which @t is reached, for a certificate of @lifetime_s; 0 = never. */
int64_t threshold_seconds(const struct threshold *t, int64_t lifetime_s);
