/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/news.h - changes on their way to the disk. What is believed of an endpoint changes
 * only together with the messages about it; endpoints that change at once share one transaction.
 */
#pragma once

#include "daemon/judge/state.h"
#include "daemon/judge/transition.h"

#include <stddef.h>

struct alerts;
struct member;
struct sighting;
struct store;

#define NEWS_MAX 1024 /* endpoints in one transaction */

struct news_item {
        struct member *member;        /* with its new state */
        struct endpoint_state before; /* to go back to */
        struct transition_list transitions;
        struct sighting *sighting; /* of the certificate, when it is another one; or NULL */
};

/* Zero it to start. */
struct news {
        struct news_item *items;
        size_t n;
};

/*
 * Takes over @before, @transitions and the member's sighting. The member is not to be judged again
 * before news_keep().
 */
void news_add(struct news *n, struct member *member, struct endpoint_state *before,
              struct transition_list *transitions);

/*
 * Writes all of it in one transaction. 0; or -errno, and then every member believes what it did
 * before and is marked as blind, so that it is looked at again soon. The log tells of each change
 * once.
 */
int news_keep(struct news *n, struct store *store, struct alerts *alerts);

/* Forgets the items; the list is empty and usable. */
void news_clear(struct news *n);
