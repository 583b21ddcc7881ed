/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/monitor/condition.h - what an endpoint is said to be, in one word. */
#pragma once

#include <stddef.h>

struct member;

/* Its worst problem, or what we know without one; the most urgent first. */
enum condition {
        CONDITION_ERROR,
        CONDITION_WARNING,
        CONDITION_FAILING, /* not reached the last time, which is no problem yet */
        CONDITION_UNKNOWN, /* never reached */
        CONDITION_OK,
        CONDITION_COUNT
};

enum condition condition_of(const struct member *m);

/* "error", "warning", "failing", "unknown", "ok"; and back ("critical" is "error"), or -EINVAL. */
const char *condition_str(enum condition c);
int condition_parse(const char *name, size_t n, enum condition *ret);
