/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/web/urgent.h - the most urgent of many endpoints, as a set. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct member;
struct urgent;

/* The worse the state, the smaller; and of one state, the sooner the end. */
uint64_t urgent_key(const struct member *m);

/* Those @max of @n, fewer than all, that have the smallest keys; of equal ones, the first. */
struct urgent *urgent_new(const uint64_t *keys, size_t n, size_t max);
void urgent_free(struct urgent *u); /* NULL is fine */

bool urgent_has(const struct urgent *u, size_t i);
