/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/alerts_internal.h - what alerts.c, alerts_join.c (into the groups) and
 * alerts_look.c (out to the receivers) share. Theirs alone.
 */
#pragma once

#include "common/cert/finding.h"
#include "daemon/monitor/alerts.h"
#include "daemon/notice/cause.h"
#include "daemon/store/groups.h"

#include <stdbool.h>
#include <stddef.h>

/* The group that was joined last at a receiver. */
struct latest {
        struct store_group group; /* .row 0 = none */
        char cause[CAUSE_MAX];
        bool changed; /* the store has it as it was before */
};

struct alerts {
        struct store *store;
        const struct config *config;
        const struct config_endpoint **by_id;
        const struct silence_list *silences;
        int64_t *touched; /* rows of groups; some twice, some that were undone */
        size_t n_touched, touched_size;
        struct latest *latest; /* one for each receiver of the configuration */
        int64_t transaction;   /* in which they were read */
        int64_t due_look_s; /* when we last looked who is due; 0 = never */
};

static inline bool alerts_is_event(enum finding_code code)
{
        return FINDINGS[code].class == FINDING_EVENT;
}

/* The earlier of two times, where -1 is never. */
static inline int64_t alerts_first_of(int64_t a, int64_t b)
{
        return a < 0 ? b : b < 0 || a < b ? a : b;
}

/* A roll_find_fn over @alerts. */
const struct config_endpoint *alerts_find_endpoint(const char *id, const void *alerts);

/* --- alerts_join.c ---------------------------------------------------------------------------- */

/* What was done in a transaction that came to nothing is not known any more. */
void alerts_mind_transaction(struct alerts *a);

/* The store has everything, and what it is asked now is what holds. */
int alerts_keep_latest(struct alerts *a);
void alerts_forget_latest(struct alerts *a);

/* --- alerts_look.c ---------------------------------------------------------------------------- */

/*
 * Compares the group in @row with what its receiver was told. 1 when a message about it is in the
 * outbox now, 0, or -errno.
 */
int alerts_look(struct alerts *a, int64_t row, int64_t now_s);

/* What its receiver was told, silenced or not: 1 and a message; 0 when nothing of it is open. */
int alerts_repeat(struct alerts *a, int64_t row, int64_t now_s, struct message *ret);
