/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/alerts.h - from transitions to messages: routes say who is told, causes make
 * groups, silences and quiet hours hold back, reminders come again. All of it lies in the store:
 * what was to be told when the process was killed is told by the next one.
 */
#pragma once

#include "daemon/judge/state.h"
#include "daemon/judge/transition.h"
#include "daemon/notice/silence.h"

#include <stdint.h>

struct alerts;
struct config;
struct config_endpoint;
struct message;
struct store;

/* @store outlives it; @config is borrowed until the next alerts_reload(). */
struct alerts *alerts_new(struct store *store, const struct config *config);
void alerts_free(struct alerts *a); /* NULL is fine */

/* Goes on with other routes. What is open stays with those who were told of it. */
void alerts_reload(struct alerts *a, const struct config *config);

/* What holds back from now on; borrowed until the next call. */
void alerts_silences(struct alerts *a, const struct silence_list *silences);

/*
 * Inside of a transaction that the caller has begun: puts the changes of @endpoint into their
 * groups. @e may be NULL for an endpoint that is configured no more. 0 or -errno.
 */
int alerts_note(struct alerts *a, const char *endpoint, const struct config_endpoint *e,
                const struct endpoint_state *state, const struct transition_list *transitions);

/*
 * The same of what is open at @e already, for @receiver alone: as if it had just opened, unless
 * that knows of it.
 */
int alerts_greet(struct alerts *a, const char *receiver, const struct config_endpoint *e,
                 const struct endpoint_state *state, int64_t now_s);

/* At the end of the same transaction: what is to be told of those groups now is in the outbox. */
int alerts_settle(struct alerts *a, int64_t now_s);

/*
 * In a transaction of its own: reminders, what was gathered, what a silence or quiet hours held
 * back; so many groups at the most that the loop is not held up. How many messages, or -errno.
 */
int alerts_due(struct alerts *a, int64_t now_s);

/* When to call that: wall clock; -1 = not before something changes. */
int64_t alerts_next_s(const struct alerts *a);

/*
 * For a receiver that has to be told again: a message for each group of which @receiver was told
 * that something is open, at most @max of those behind *after (see outbox.h). How many, or -errno.
 */
int alerts_open(struct alerts *a, const char *receiver, char **after, int64_t now_s,
                struct message *ret, int max);
