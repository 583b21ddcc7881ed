/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/tls_rules.h - what is wrong with what a handshake agreed on: this one, it is no scan
 * of all that the server can do.
 */
#pragma once

struct policy;
struct probe_result;
struct verdict;

/* Adds tls-version-old and tls-cipher-weak to @v; nothing when no handshake was completed. */
void tls_rules_judge(const struct probe_result *seen, const struct policy *policy,
                     struct verdict *v);
