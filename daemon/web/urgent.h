/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/web/urgent.h - the most urgent of many endpoints, as a set. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct fleet;
struct urgent;

/* Those @max, fewer than all, that are in the worst state, and of one state those that end
   first; by their number. */
struct urgent *urgent_new(const struct fleet *f, size_t max);
void urgent_free(struct urgent *u); /* NULL is fine */

bool urgent_has(const struct urgent *u, size_t member);
