/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/web/urgent.h - the most urgent of many endpoints. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct roster;

/*
 * The numbers of those @max, fewer than all, in the worst state, and of one state with the soonest
 * end, and of equal ones the first: rising, free() them.
 */
uint32_t *urgent_of(const struct roster *r, size_t max);
