/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/receiver_kind.h - inside alert: what a kind of receiver has to do. A kind embeds
 * struct receiver as its first member; receiver.c makes, checks and frees the whole.
 */
#pragma once

#include "daemon/alert/receiver.h"

#include "config/model.h"

#include <stddef.h>

struct event;

struct receiver {
        const struct receiver_kind_ops *ops;
        const struct config_receiver *cfg; /* borrowed; only open() and send() may look at it */
        struct http_client *http;          /* borrowed */
        /* the answer on its way to the callback */
        struct event *answer;
        enum send_result result;
        char *reason;
        int64_t retry_after_s;
        /* who waits for it; NULL = nobody */
        receiver_done_fn *on_done;
        void *arg;
};

struct receiver_kind_ops {
        size_t size; /* of the embedding struct, zeroed before open() */
        /* 0, or -errno with *ret_error; close() follows in either case. */
        int (*open)(struct receiver *r, char **ret_error);
        /* Ends in exactly one receiver_answer(), now or later. */
        void (*send)(struct receiver *r, const struct message *m, const char *payload);
        /* The same of many that were told before; NULL = this kind is never asked. */
        void (*resend)(struct receiver *r, const struct message *messages, size_t n);
        /* Cancels what is under way. */
        void (*close)(struct receiver *r);
};

extern const struct receiver_kind_ops RECEIVER_SYSLOG_OPS;
extern const struct receiver_kind_ops RECEIVER_JOURNALD_OPS;
extern const struct receiver_kind_ops RECEIVER_WEBHOOK_OPS;
extern const struct receiver_kind_ops RECEIVER_EXEC_OPS;
extern const struct receiver_kind_ops RECEIVER_MAIL_OPS;

/* Brings the result to the callback, from the loop, soon. @reason (may be NULL) is consumed. */
void receiver_answer(struct receiver *r, enum send_result result, char *reason,
                     int64_t retry_after_s);

/* The same for what local_socket_send() returned for the socket @path. */
void receiver_answer_local(struct receiver *r, int result, const char *path);
