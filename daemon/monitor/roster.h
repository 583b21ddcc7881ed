/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/roster.h - what lists, counts and searches ask of a fleet, in columns beside it:
 * a million members are counted, sorted or searched in milliseconds, where a walk over the members
 * themselves would wait for the memory of each. Whoever changes what a member is calls
 * roster_note().
 */
#pragma once

#include "common/cert/finding.h"
#include "daemon/monitor/condition.h"
#include "daemon/monitor/haystack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_settings;
struct fleet;
struct member;

#define ROSTER_MEMBER_BITS 20 /* CONFIG_MAX_ENDPOINTS */
#define ROSTER_CODE_BITS 7    /* FINDING_COUNT */

/* An open problem. */
struct roster_problem {
        uint32_t since_s;
        uint32_t next; /* of the same member: a number + 1; of one that is over: of a free one */
        unsigned member : ROSTER_MEMBER_BITS;
        unsigned code : ROSTER_CODE_BITS;
        unsigned severity : 3; /* SEVERITY_OK = it is over */
};

/* Columns are by the number of the member; seconds are wall clock, 0 = unknown. */
struct roster {
        size_t n;
        uint8_t *condition;   /* an enum condition */
        uint32_t *expires_s;  /* from 2106 on, its last second */
        uint32_t *last_probe_s;
        uint32_t *name_rank;  /* in the order of the names, whatever their case */
        uint32_t *settings;   /* in .sets, and in .labels */
        uint32_t *subject;    /* in .subjects */
        uint64_t *leaf;       /* roster_leaf() of its server certificate */
        uint32_t *first;      /* of its problems: a number + 1; 0 = it has none */
        const struct config_settings **sets; /* each once */
        size_t n_sets;
        struct haystack names, labels, subjects; /* of members, of .sets, each once */
        struct roster_problem *problems;
        size_t n_problems, problems_size;
        uint32_t free_problem;
        size_t by_condition[CONDITION_COUNT]; /* how many members are */
        size_t by_code[FINDING_COUNT][SEVERITY_COUNT]; /* how many have that problem open */
};

/* (Re)builds that of @f from what its members are now. */
void roster_begin(struct fleet *f);
void roster_free(struct roster *r); /* NULL is fine */

/* @m has another state, or it is blind. */
void roster_note(const struct member *m);

/* The first 64 bits of a fingerprint; of "", 0. */
uint64_t roster_leaf(const char *fingerprint);
