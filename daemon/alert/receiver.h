/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/receiver.h - somebody who is told. One vtable per kind; sending is asynchronous.
 */
#pragma once

#include "daemon/alert/message.h"

struct config_receiver;
struct event_base;
struct http_client;
struct receiver;

enum send_result {
        SEND_OK,
        SEND_RETRY,    /* the receiver is in trouble: leave it alone for a while */
        SEND_REJECTED, /* this message is not wanted: other endpoints' may go on */
        SEND_GONE,     /* nothing is wanted any more, for good: somebody has to see to it */
        SEND_RESULT_COUNT
};

/*
 * Runs once per receiver_send(), from the loop, never inside it. @reason is borrowed, free of
 * secrets; when all is well it is what the receiver said to it, or NULL. @retry_after_s: as the
 * receiver asked, 0 = it did not.
 */
typedef void receiver_done_fn(enum send_result result, const char *reason, int64_t retry_after_s,
                              void *arg);

/*
 * Opens one. Secrets are read from their files here. 0; -errno with *ret_error (malloc'ed). The
 * receiver borrows @http (needed by webhooks only), which outlives it, and @cfg, which outlives the
 * last receiver_send(): an answer still on its way, and receiver_free(), do without.
 */
int receiver_new(struct receiver **ret, struct event_base *base, const struct config_receiver *cfg,
                 struct http_client *http, char **ret_error);

/*
 * Could it be opened: can its secret be read and understood? Nobody is talked to. 0; -errno with
 * *ret_error (malloc'ed, without the secret).
 */
int receiver_check(const struct config_receiver *cfg, char **ret_error);

/* Cancels what is under way (its callback will not run) and frees. NULL is fine. */
void receiver_free(struct receiver *r);

/* One message at a time: the next only after the callback. @payload is the JSON text of @m. */
void receiver_send(struct receiver *r, const struct message *m, const char *payload,
                   receiver_done_fn *on_done, void *arg);

/*
 * The same for what is open or has ended, which it was told of before: @n messages (1 or more) at
 * once, borrowed for the call. Only for a receiver whose configuration has a .resend_s.
 */
void receiver_resend(struct receiver *r, const struct message *messages, size_t n,
                     receiver_done_fn *on_done, void *arg);
