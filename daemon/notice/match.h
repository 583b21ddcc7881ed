/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/notice/match.h - does a problem fit what a route or a silence asks for? Pure. */
#pragma once

#include "common/cert/finding.h"

#include <stdbool.h>

struct config_endpoint;
struct config_match;

/* A problem, as far as routes and silences can tell problems apart. */
struct subject {
        const struct config_endpoint *endpoint; /* never NULL */
        enum finding_code code;
        enum severity severity;
};

bool match_takes(const struct config_match *m, const struct subject *s);

/* The first part of @m that does not fit, for people ("label team is web"); malloc'ed; NULL = all
 * fits. */
char *match_refusal(const struct config_match *m, const struct subject *s);
