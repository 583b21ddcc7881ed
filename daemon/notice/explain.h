/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/notice/explain.h - what would become of a problem, for a person who asks. Pure. */
#pragma once

#include "daemon/notice/match.h"

#include <stdint.h>

struct config;
struct silence_list;

/*
 * What is meant by a name or target, a code and a severity (NULL = what the endpoint's policy or
 * else the table gives it). 0; -EINVAL with *ret_error (malloc'ed), which says what might be meant.
 */
int explain_find(const struct config *c, const char *endpoint, const char *code,
                 const char *severity, struct subject *ret, char **ret_error);

/* Lines: the problem, route by route, who is told on which terms, what holds it back; free() it. */
char *explain_subject(const struct config *c, const struct silence_list *l,
                      const struct subject *s, int64_t now_s);
