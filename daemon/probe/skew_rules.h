/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/skew_rules.h - do the addresses of one name serve one server certificate? A node
 * that missed a renewal is the usual reason why not. Pure.
 */
#pragma once

#include <stddef.h>

struct exam_report;
struct policy;
struct verdict;

/*
 * The address whose certificate speaks for the endpoint: the newest of those that clients accept,
 * or of all when there are none; @n when none was seen. Each is judged.
 */
size_t skew_newest(const struct exam_report *each, size_t n);

/* Adds address-skew to @v when not all that were seen are the same. */
void skew_judge(const struct exam_report *each, size_t n, const struct policy *policy,
                struct verdict *v);
