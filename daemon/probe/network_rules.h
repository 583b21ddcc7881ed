/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/network_rules.h - what kept a probe from seeing all there is to see: how far it
 * came, with whom, and why not further, in the peer's or the system's own words.
 */
#pragma once

struct policy;
struct probe_request;
struct probe_result;
struct verdict;

/* Adds what @seen failed by to @v; nothing when it did not. */
void network_rules_judge(const struct probe_request *req, const struct probe_result *seen,
                         const struct policy *policy, struct verdict *v);
