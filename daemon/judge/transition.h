/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/judge/transition.h - a change that somebody should hear of. Plain data.
 */
#pragma once

#include "common/cert/finding.h"

#include <stdbool.h>

enum transition_kind {
        TRANSITION_OPENED,
        TRANSITION_WORSENED,
        TRANSITION_IMPROVED,
        TRANSITION_RESOLVED,
        TRANSITION_REPLACED, /* no problem, an event: another certificate is served */
        TRANSITION_KIND_COUNT
};

struct transition {
        enum transition_kind kind;
        enum finding_code code;
        enum severity severity; /* now; for a resolved problem, what it was */
        enum severity worst;    /* that it was since it opened */
        enum severity previous; /* before; SEVERITY_OK when it opened, and of an event */
        enum finding_scope scope;
        bool flapping;          /* it comes and goes, and is held open from now on */
        bool retired;           /* resolved only because the endpoint is watched no longer */
        int64_t since_s;        /* when the problem opened */
        int64_t at_s;           /* when this was judged */
        int64_t deadline_s;     /* as of the problem */
        char *message;
        char *remedy;
        char *evidence;
        char *fingerprint;
        char *missing_pem;
};

struct transition_list {
        struct transition *items;
        size_t n;
};

const char *transition_kind_str(enum transition_kind k); /* "opened", "worsened", ... */
int transition_kind_parse(const char *name, enum transition_kind *ret);
void transition_list_done(struct transition_list *l);
