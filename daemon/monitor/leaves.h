/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/leaves.h - the server certificates that are shown now, each with who shows it:
 * members, put together by what they show. Pure.
 */
#pragma once

#include "daemon/monitor/condition.h"

#include <stddef.h>
#include <stdint.h>

/* What is asked of the members, each by its number. */
struct leaf_columns {
        size_t n;
        const uint64_t *leaf;       /* the begin of the fingerprint that it shows; 0 = none */
        const uint32_t *expires_s;  /* 0 = unknown */
        const uint8_t *condition;   /* an enum condition */
};

struct leaf {
        uint64_t key;         /* as in .leaf */
        uint32_t n;           /* how many members show it */
        uint32_t urgent;      /* one of them: its condition is the worst, ... */
        uint32_t first;       /* ... and one whose path breaks first */
        enum condition worst; /* of .urgent */
};

/*
 * Of those that the @fitting members (NULL = all) show, the ones whose path breaks first at first:
 * at most @max from the one at @offset on. How many were put into @ret; *@ret_total is how many
 * there are.
 */
size_t leaves_page(const struct leaf_columns *c, const uint8_t *fitting, size_t offset, size_t max,
                   struct leaf *ret, size_t *ret_total);
