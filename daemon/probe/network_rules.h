/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/network_rules.h - what kept a probe from seeing all there is to see: how far it
 * came, with whom, and why not further, in the peer's or the system's own words.
 */
#pragma once

#include "common/cert/finding.h"
#include "daemon/probe/probe.h"

struct exam_report;
struct policy;
struct verdict;

/* What it is called; FINDING_COUNT when nothing failed. */
enum finding_code network_rules_code(enum probe_outcome outcome);

/* Adds what @seen failed by to @v; nothing when it did not. */
void network_rules_judge(const struct probe_request *req, const struct probe_result *seen,
                         const struct policy *policy, struct verdict *v);

/*
 * The same of @n addresses of one host: every reason once, with those that it is of. While others
 * answer, the endpoint is not down: a warning, unless the policy says otherwise.
 */
void network_rules_judge_each(const struct probe_request *req, const struct exam_report *each,
                              size_t n, const struct policy *policy, struct verdict *v);
