/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/facts_of.h - what a report says of the way to an endpoint, made small to be kept.
 */
#pragma once

#include "daemon/judge/facts.h"

struct chain;
struct exam_report;

/* Of a report that has a certificate. Main thread only. */
void facts_of(const struct exam_report *report, struct facts *ret);

/* A number for a chain as served; another chain has another (64 bits of a SHA-256), never 0. */
int64_t facts_served_id(const struct chain *chain);
