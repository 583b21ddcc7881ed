/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/outbox.h - the queue that delivery works from, as an interface: the monitor puts the
 * store behind it, tests put an array. Times are wall-clock seconds: they survive a restart.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct outbox_item {
        int64_t row;       /* identity in the queue */
        char *payload;     /* message_to_json(); malloc'ed */
        int64_t created_s;
        int64_t attempts;  /* made so far */
};

struct outbox {
        void *ctx;
        /* The oldest waiting item of @receiver due at @now_s: 1 and *ret, 0 none, -errno. */
        int (*next)(void *ctx, const char *receiver, int64_t now_s, struct outbox_item *ret);
        /* Earliest due time of @receiver's waiting items, or -1 when there are none. */
        int64_t (*next_due_s)(void *ctx, const char *receiver);
        /* Delivered: the item goes. */
        int (*done)(void *ctx, int64_t row, int64_t now_s);
        /* Not delivered: again at @retry_s, with the reason for people. */
        int (*retry)(void *ctx, int64_t row, int64_t retry_s, const char *reason);
        /* Given up: kept as a dead letter, shown in the status. */
        int (*dead)(void *ctx, int64_t row, int64_t now_s, const char *reason);
};
