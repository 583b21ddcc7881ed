/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/repair.h - the chain a server should send: leaf, intermediates in order, no root; and
 * what has to be done to the one that is sent.
 */
#pragma once

#include "common/cert/finding.h"
#include "common/cert/path.h"

struct buf;
struct exam;
struct verdict;

enum repair_action { REPAIR_KEEP, REPAIR_ADD, REPAIR_MOVE, REPAIR_DROP, REPAIR_ACTION_COUNT };

extern const char *const REPAIR_ACTIONS[REPAIR_ACTION_COUNT]; /* "keep", "add", "move", "drop" */

struct repair_step {
        enum repair_action action;
        struct cert *cert;        /* a reference */
        int position;             /* as sent, from 0; -1 of one that is added */
        int target;               /* in the mended chain, from 0; -1 of one that is dropped */
        enum path_source source;  /* where one that is added was found; else PATH_SERVED */
        enum finding_code why;    /* what is wrong without this step; FINDING_COUNT: nothing */
};

/* The path that the mended chain follows: the one used, or one without certificates that expire. */
const struct path *repair_path(const struct exam *e);

/*
 * When the mended chain does without @c, which has or will soon have expired, makes that the remedy
 * of @f, with its facts. False: nothing better is known.
 */
bool repair_say_replacement(struct exam *e, const struct cert *c, struct finding *f);

/* The order to serve, for people: "web.example (1), Inter 2 (new), Inter (2)". */
void repair_order(struct exam *e, const struct path *path, struct buf *out);

/*
 * Is step @i one that clients have already: a root, or an anchor that is not sent? What is sent of
 * an anchor that is no root, and above it, stays: other clients may trust the root only.
 */
bool repair_leaves_out(const struct path *path, size_t i);

/*
 * Fills .fix, .fix_certs and .repair of @v from the path that is used; the rules have been applied
 * to @e. The steps are the mended chain in its order, then what is dropped in the order sent.
 */
void repair_chain(struct exam *e, struct verdict *v);
void repair_done(struct verdict *v);
