/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/outbox.h - the queue that delivery works from, as an interface: the monitor puts the
 * store behind it, tests put an array. Times are wall-clock seconds: they survive a restart.
 *
 * Items for the same receiver about the same group form a line. Only the oldest of a line is
 * offered, due or not, so that "resolved" never overtakes "opened", whatever happens in between.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct message;

struct outbox_item {
        int64_t row;       /* identity in the queue */
        char *payload;     /* message_to_json(); malloc'ed */
        int64_t created_s;
        int64_t attempts;  /* made so far */
};

struct outbox {
        void *ctx;
        /* The first of that line of @receiver which is due longest: 1 and *ret, 0 none, -errno. */
        int (*next)(void *ctx, const char *receiver, int64_t now_s, struct outbox_item *ret);
        /* When next() will have something: the due time of that item, or -1 when none waits. */
        int64_t (*next_due_s)(void *ctx, const char *receiver);
        /* Delivered: the item goes. */
        int (*done)(void *ctx, int64_t row, int64_t now_s);
        /* The receiver failed: one attempt more, the reason is for people; the item stays due. */
        int (*retry)(void *ctx, int64_t row, const char *reason);
        /* The item is to step aside: the same, and it and its line are not due before @due_s. */
        int (*postpone)(void *ctx, int64_t row, int64_t due_s, const char *reason);
        /* Given up: kept as a dead letter, shown in the status. */
        int (*dead)(void *ctx, int64_t row, int64_t now_s, const char *reason);
        /*
         * The receiver is gone for good, as long as it is configured like that (a hash): remembered
         * over restarts, until enable().
         */
        int (*disable)(void *ctx, const char *receiver, uint32_t config, int64_t now_s,
                       const char *reason);
        /* Is it? 1 with when and why (malloc'ed), 0, -errno. */
        int (*disabled)(void *ctx, const char *receiver, uint32_t config, int64_t *ret_since_s,
                        char **ret_reason);
        int (*enable)(void *ctx, const char *receiver);
        /*
         * What @receiver was told of and is open, one message for each group: at most @max of those
         * behind *after, which is NULL at first and replaced (free() it in the end). How many, 0 at
         * the end of all, message_done() each; or -errno.
         */
        int (*open)(void *ctx, const char *receiver, char **after, struct message *ret, int max);
};
