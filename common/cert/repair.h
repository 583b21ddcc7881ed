/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/repair.h - the chain a server should send: leaf, intermediates in order, no root.
 */
#pragma once

struct path;
struct verdict;

/* Fills .fix and .fix_certs of @v from the path that is used. */
void repair_chain(struct verdict *v, const struct path *path);
