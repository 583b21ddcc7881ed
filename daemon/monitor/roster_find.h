/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/monitor/roster_find.h - which members fit, and a page of them in some order. Pure. */
#pragma once

#include "common/cert/finding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct roster;

#define ROSTER_BLANKS " \t\r\n" /* between words */

/* Everything zero: all members. Texts are borrowed. */
struct roster_filter {
        const char *words;      /* all of them in name, target, labels or subject; or NULL */
        const char *label;      /* "key=value"; or NULL */
        const char *leaf;       /* fingerprint of its server certificate; or NULL */
        unsigned conditions;    /* bits by enum condition; 0 = any */
        bool has_code;          /* only those with an open problem of .code */
        enum finding_code code;
};

/* Which members fit: 1 for each that does, by number; free() it. NULL = all do. */
uint8_t *roster_fitting(const struct roster *r, const struct roster_filter *filter);

enum roster_order { ROSTER_URGENCY, ROSTER_NAME, ROSTER_EXPIRES, ROSTER_LAST_PROBE };

/*
 * Of the @fitting members (NULL = all) in that order, at most @max from the one at @offset on:
 * their numbers. *@ret_total is how many fit. How many were put into @ret.
 */
size_t roster_page(const struct roster *r, const uint8_t *fitting, enum roster_order order,
                   bool descending, size_t offset, size_t max, uint32_t *ret, size_t *ret_total);

/*
 * Puts those of the @n keys in their places that belong from @offset to @offset + @max, in rising
 * order, and how many there are of them: what is before is smaller, and what is behind is larger.
 */
size_t roster_select(uint64_t *keys, size_t n, size_t offset, size_t max);
