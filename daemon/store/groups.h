/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/store/groups.h - what receivers know: per receiver and cause a group, from its first
 * problem to its last, and in it the endpoints that have the problem, each with what was told of
 * it.
 *
 * As in store.h: 0 or -errno, and what belongs together stands between begin and commit.
 */
#pragma once

#include "common/cert/finding.h"
#include "daemon/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_GROUP_ID_SIZE 37 /* "grp_" and 32 hex digits, and a NUL */

/* Times are wall clock. */
struct store_group {
        int64_t row;
        char id[STORE_GROUP_ID_SIZE];
        char *receiver;
        char *cause;        /* also the line of its messages: the next group of it waits for them */
        enum finding_code code;
        int64_t opened_s;
        int64_t told_s;     /* the last message; 0 = none yet */
        int64_t messages;   /* so far */
        enum severity told; /* the worst that was open after that; SEVERITY_OK = none */
        int64_t due_s;      /* look again then; -1 = no need */
        int64_t wait_s;     /* until then, nothing that is not worse than ... */
        enum severity calm; /* ... this is told; or when it was seen that nobody is to be told */
        int64_t n_open, n_gone; /* members */
};

void store_group_done(struct store_group *g);

/* 1 and *ret (store_group_done() it), 0 when there is none, or -errno. */
int store_group_find(struct store *s, const char *receiver, const char *cause,
                     struct store_group *ret);
int store_group_load(struct store *s, int64_t row, struct store_group *ret);

/*
 * Makes one of .id, .receiver, .code, .opened_s, .due_s and .n_open, and sets .row; all else is
 * zero.
 */
int store_group_add(struct store *s, struct store_group *g, const char *cause);

/* Writes what may change: everything from .told_s on. */
int store_group_put(struct store *s, const struct store_group *g);
int store_group_remove(struct store *s, int64_t row); /* with its members */

/* Rows of groups that are due at @now_s, the first first, at most @max; how many, or -errno. */
int store_groups_due(struct store *s, int64_t now_s, int64_t *rows, int max);
int64_t store_groups_next_due_s(struct store *s); /* -1 = none ever */

/* All are due now, and wait for nothing: routes, silences, or the clock, are others. */
int store_groups_wake(struct store *s, int64_t now_s);

/*
 * The wall clock was set forward by @by_s seconds, or back: how long ago it is that something was
 * told, or put into the outbox, has not changed. All groups are due now.
 */
int store_clock_set(struct store *s, int64_t by_s);

/* Calls @fn for each receiver that has groups; they are read before: it may call the store. */
int store_groups_receivers(struct store *s, store_receiver_fn *fn, void *arg);

/* Forgets the groups of @receiver with an older .wait_s. */
int store_groups_forget(struct store *s, const char *receiver, int64_t wait_before_s);

/*
 * Rows of groups whose problems @receiver was told of, at most @max of those behind *cause, in its
 * order; that is NULL at first, and replaced (malloc'ed). How many, or -errno.
 */
int store_groups_told(struct store *s, const char *receiver, char **cause, int64_t *rows, int max);

/* --- members ---------------------------------------------------------------------------------- */

struct store_member {
        int64_t group;           /* its row */
        const char *endpoint;
        enum severity severity;  /* now, or what it was */
        enum severity told;      /* SEVERITY_OK = its being open was not told yet */
        int64_t since_s;
        int64_t gone_s;          /* 0 = it is open */
        int64_t silent_until_s;  /* 0 = it is not silenced */
        bool retired;            /* gone because the endpoint is watched no longer */
        /* where no problem of the endpoint has them: of an event, of what is gone; else NULL */
        const char *message, *remedy, *evidence, *fingerprint;
};

/* Inserts or replaces the one of .group and .endpoint. */
int store_member_put(struct store *s, const struct store_member *m);
int store_member_remove(struct store *s, int64_t group, const char *endpoint);

/*
 * Calls @fn for each member of @group, in the order of the endpoints; what it gets is borrowed,
 * without the texts, and it must not call the store.
 */
typedef void store_member_fn(const struct store_member *m, void *arg);
int store_members(struct store *s, int64_t group, store_member_fn *fn, void *arg);

/* Open ones that are not silenced are told as they are: all, or that of @endpoint. */
int store_members_told(struct store *s, int64_t group, int64_t now_s);
int store_member_told(struct store *s, int64_t group, const char *endpoint, int64_t now_s);
int store_members_gone(struct store *s, int64_t group); /* removes those that are */

/* Another end of a silence; 0 = none. */
int store_member_silence(struct store *s, int64_t group, const char *endpoint, int64_t until_s);

/* Where a problem is a member: of groups of one code. */
struct store_membership {
        struct store_group group;
        enum severity severity, told;
        int64_t since_s, gone_s, silent_until_s;
};

/* All of @endpoint's problem @code; *ret is malloc'ed, store_memberships_free() it. */
int store_memberships(struct store *s, const char *endpoint, enum finding_code code,
                      struct store_membership **ret, size_t *ret_n);
void store_memberships_free(struct store_membership *m, size_t n);

/* What is said of a member: its own texts, or those of its problem. */
struct store_words {
        char *message, *remedy, *evidence, *fingerprint, *missing_pem;
        int64_t deadline_s; /* 0 = none */
        bool flapping;      /* it comes and goes, and is held open */
};

/* 1 and *ret (store_words_done() it), 0 when it is no member, or -errno. */
int store_member_words(struct store *s, const struct store_group *g, const char *endpoint,
                       struct store_words *ret);
void store_words_done(struct store_words *w);
