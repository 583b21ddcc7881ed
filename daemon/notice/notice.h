/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/notice/notice.h - what one receiver is to be told of one group now, and when to look
 * again. It compares what is with what was told: nothing that was told stays untold when it ends,
 * nothing is told twice. Pure.
 *
 * A group is what has one cause, at one receiver: from its first problem to its last. Its first
 * message, its being worse or better than was told, and its end are told at once; more or fewer
 * endpoints, and what changes among them, are gathered: for 30 s after the first message, then
 * twice as long each time, up to .amend_s.
 */
#pragma once

#include "common/cert/finding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One problem of the group. */
struct notice_member {
        enum severity severity; /* now, or what it was */
        enum severity told;     /* SEVERITY_OK = its being open was not told yet */
        bool gone;              /* it is resolved; once that is told it leaves the group */
        bool silenced;          /* now, or when it was resolved */
        int64_t silent_until_s; /* of an open one: when that ends */
};

struct notice_group {
        const struct notice_member *members;
        size_t n;
        int64_t told_s;   /* the last message; 0 = none yet */
        int64_t messages; /* so far */
        enum severity told; /* the worst that was open after that; SEVERITY_OK = none yet */
};

struct notice_terms {
        const int64_t *repeat_s; /* by severity; 0 = never */
        int64_t amend_s;
        int64_t quiet_until_s;   /* for the worst severity; 0 = it is not quiet now */
};

enum notice_act {
        NOTICE_NOTHING,
        NOTICE_OPENED,
        NOTICE_WORSENED,
        NOTICE_IMPROVED,
        NOTICE_AMENDED,
        NOTICE_RESOLVED,
        NOTICE_REMINDER,
        NOTICE_DROPPED, /* all of it came and went under a silence: the group ends untold */
};

struct notice_plan {
        enum notice_act act;
        int64_t next_s; /* look again then, unless something changes before; -1 = no need */
};

#define NOTICE_GATHER_S 30

/* How long after the last of so many messages what is to be gathered waits. */
int64_t notice_gather_s(int64_t messages, int64_t amend_s);

/*
 * What is silenced does not count, unless its being open was told: then it stands as it was told,
 * and its end is told, silence or not. What came and went in quiet hours is told after them, as
 * resolved. While the clock is before the last message, spans count from now.
 */
void notice_plan(const struct notice_group *g, const struct notice_terms *t, int64_t now_s,
                 struct notice_plan *ret);
