/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/app/draw_chain.h - a chain as a picture: what was sent (1, 2 ... as in the chain file),
 * what of it is used and in which order, what is missing and where, the anchor, and what was sent
 * besides.
 */
#pragma once

#include "common/cert/path.h"

struct buf;
struct exam_report;
struct terminal;
struct verdict;

/* Appends the picture to @out; nothing when there is no server certificate. */
void draw_chain(struct buf *out, const struct exam_report *r, const struct terminal *t);

/* Who or what @c is known from, in a few words; malloc'ed. */
char *draw_source(const struct verdict *v, const struct cert *c, enum path_source source);
