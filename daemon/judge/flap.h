/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/judge/flap.h - problems that come and go. One that has opened or got worse .opens times
 * within .within_s is flapping from then on: it stays open and as bad as it was at its worst, and
 * that is told once, until nothing about it has changed for .calm_s. What the network says is one
 * problem here, whatever the reason was each time. Pure.
 */
#pragma once

#include "daemon/judge/state.h"

#include <stdbool.h>
#include <stdint.h>

struct flap_terms {
        int64_t opens;    /* well below STATE_MAX_OPENINGS */
        int64_t within_s; /* 0 = nothing is flapping */
        int64_t calm_s;
};

/*
 * @p is what is seen now, @old the same problem as it was, or NULL. Sets .flapping and what goes
 * with it, and gives it the severity that it is held at. @old may be in @s, and @p may not.
 */
void flap_seen(struct endpoint_state *s, struct problem *p, const struct problem *old,
               const struct flap_terms *t, int64_t now_s);

/* @p is not there any more: is it held open all the same? */
bool flap_holds(struct problem *p, const struct flap_terms *t, int64_t now_s);

/* It is flapping no more: what comes after counts anew. */
void flap_forget(struct endpoint_state *s, enum finding_code code);
