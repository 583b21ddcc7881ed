/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/judge/judge.h - (state, verdict, now) -> (state', transitions). Pure.
 *
 * What a certificate says alerts at once. What the network says counts only after .failures in a
 * row, and while the network fails, nothing is known about the certificate: its problems stay as
 * they are. Information (severity info) is never a problem. An event (renewed, changed) is told
 * once, whatever its severity, and opens nothing.
 */
#pragma once

#include "daemon/judge/flap.h"
#include "daemon/judge/state.h"
#include "daemon/judge/transition.h"

struct verdict;

struct judge_terms {
        int64_t failures; /* on the network, in a row, before they are a problem; at least 1 */
        struct flap_terms flap;
};

/* Updates @state and fills @ret (zeroed first; transition_list_done() it), worst first. */
void judge(struct endpoint_state *state, const struct verdict *verdict,
           const struct judge_terms *terms, int64_t now_s, struct transition_list *ret);

/* Resolves everything: the endpoint is no longer configured. */
void judge_retire(struct endpoint_state *state, int64_t now_s, struct transition_list *ret);
