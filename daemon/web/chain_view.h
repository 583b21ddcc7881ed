/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/chain_view.h - what there is to see of a chain: as it is served, and as it should be.
 *
 * Made of a report (check.schema.json) alone, and drawn twice from here: as a picture
 * (chain_svg.h) and in words, so that both say the same.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAIN_VIEW_ROWS 16 /* in each column; a path has 12, and nobody looks at more */

enum chain_tone {
        CHAIN_PLAIN,
        CHAIN_NEEDLESS, /* sent, and to be dropped */
        CHAIN_WARNING,
        CHAIN_ERROR,
        CHAIN_MISSING,  /* not sent, and needed */
        CHAIN_ANCHOR,   /* whom clients trust */
        CHAIN_TONE_COUNT
};

/* What is between a certificate and the one below it, where its issuer should be. */
enum chain_link { CHAIN_NO_LINK, CHAIN_LINKED, CHAIN_BROKEN };

struct chain_card {
        int number;        /* its place in the chain file, from 1; 0 = it has none there */
        const char *label; /* borrowed from the report */
        char *when;        /* "ends 2027-01-23, in 59 days"; NULL = nothing is known */
        char *order;       /* what to do with it, for the sake of the order; or NULL */
        char *fault;       /* what else is wrong with it; or NULL */
        enum chain_tone tone;
        enum chain_link below;
        int partner; /* its row in the other column, -1: none */
};

struct chain_view {
        struct chain_card served[CHAIN_VIEW_ROWS]; /* in the order sent */
        size_t n_served;
        size_t left_out; /* so many more were sent */
        struct chain_card mended[CHAIN_VIEW_ROWS]; /* ends with the anchor, or who stands there */
        size_t n_mended;
        bool trusted;
        bool alike; /* it is served as it should be */
};

/* @report outlives the view. .n_mended is 0 when no certificate was served. */
void chain_view_init(struct chain_view *v, const json_t *report, int64_t now_s);
void chain_view_done(struct chain_view *v);
