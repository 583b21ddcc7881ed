/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/distrust.h - public CAs that browsers have thrown out. A name proves nothing, but it
 * tells a CA that was removed from one that was never public: the remedies differ.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct cert;
struct path;

struct distrust_name { /* each may be NULL = any; a last "*" stands for any end */
        const char *organization, *common_name;
};

#define DISTRUST_MAX_NAMES 8

struct distrust {
        const char *ca;           /* as people call it */
        const char *clients;      /* who rejects it */
        const char *since;        /* from this day on, as "2018-10-16" */
        const char *issued_after; /* only server certificates of later days; NULL = all */
        struct distrust_name names[DISTRUST_MAX_NAMES]; /* of a root or an intermediate */
        struct distrust_name spared[2]; /* intermediates below it that stayed trusted */
};

extern const struct distrust DISTRUSTED[];
extern const size_t N_DISTRUSTED;

/*
 * The row that applies to @p at @now_s, or NULL: the certificate that the path ends in is one of
 * these CAs, or, when it is no root, was issued by one.
 */
const struct distrust *distrust_find(const struct path *p, int64_t now_s);
