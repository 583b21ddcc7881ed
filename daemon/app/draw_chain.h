/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/app/draw_chain.h - a chain as a picture: what was sent (#0, #1 ...), what of it is used
 * and in which order, what is missing and where, the anchor, and what was sent besides.
 */
#pragma once

struct buf;
struct exam_report;
struct terminal;

/* Appends the picture to @out; nothing when there is no server certificate. */
void draw_chain(struct buf *out, const struct exam_report *r, const struct terminal *t);
