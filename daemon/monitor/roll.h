/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/roll.h - who is in a group: all, as what is to be told depends on them, and the
 * few of them that a message lists.
 */
#pragma once

#include "daemon/monitor/telling.h"
#include "daemon/notice/notice.h"
#include "daemon/store/groups.h"

struct silence_list;

/* An endpoint of the configuration by its id; NULL = it is configured no more. */
typedef const struct config_endpoint *roll_find_fn(const char *id, const void *arg);

/* Another end of its silence than the store knows. */
struct roll_silence {
        char *endpoint;
        int64_t until_s;
};

struct roll {
        struct notice_member *members;
        size_t n;
        struct telling_member listed[MESSAGE_MAX_MEMBERS]; /* the first to be told first */
        size_t n_listed;
        struct roll_silence *silences;
        size_t n_silences;
        int64_t n_open, n_opened, n_ended; /* that count; of those, new; and whose end is news */
        enum severity worst;       /* of the open ones that count, as they are once it is told */
        enum severity worst_ended; /* as it was */
        int64_t since_s;           /* the first of those that count */
};

/* Zeroed first; roll_done() it. 0 or -errno. */
int roll_call(struct roll *r, struct store *store, const struct store_group *g,
              const struct silence_list *silences, roll_find_fn *find, const void *arg,
              int64_t now_s);
void roll_done(struct roll *r);
