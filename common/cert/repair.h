/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/repair.h - the chain a server should send: leaf, intermediates in order, no root.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct path;
struct verdict;

/* Is step @i one that clients have already: an anchor, or a self-signed top? */
bool repair_leaves_out(const struct path *path, size_t i);

/* Fills .fix and .fix_certs of @v from the path that is used. */
void repair_chain(struct verdict *v, const struct path *path);
