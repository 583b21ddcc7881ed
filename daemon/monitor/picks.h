/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/picks.h - a page of a list: which endpoints are meant, and those of them, or of
 * their problems, that come first in some order.
 */
#pragma once

#include "common/cert/finding.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct member;
struct problem;

/* Which endpoints are meant: those that fit all that is there. Texts are borrowed. */
struct picks_filter {
        const char *words;       /* all of them in name, target, labels or subject; or NULL */
        const char *label;       /* "key=value"; or NULL */
        const char *certificate; /* fingerprint of its server certificate; or NULL */
        unsigned conditions;     /* bits by enum condition; 0 = any */
        bool has_code;           /* with an open problem of .code */
        enum finding_code code;
};

/* From the q, state, code, label and certificate of a request. NULL, or an error to answer with. */
json_t *picks_filter_read(struct picks_filter *ret, const json_t *request);

bool picks_filter_takes(const struct picks_filter *f, const struct member *m);

/* An endpoint, or a problem of it. */
struct pick {
        const struct member *m;
        const struct problem *p; /* or NULL */
};

typedef int picks_order(const struct pick *a, const struct pick *b);

/* Those that come first of all that were offered: at most .max. Zero it but for two to start. */
struct picks {
        picks_order *order;
        bool descending;
        size_t max, n;
        struct pick *items; /* in no order before picks_sort() */
        size_t size;
        size_t offered;
};

void picks_offer(struct picks *p, const struct pick *item);
void picks_sort(struct picks *p);
void picks_done(struct picks *p);
