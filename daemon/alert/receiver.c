/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all kinds share: being made and freed, and the way of an answer. Every answer takes the same
 * way, through an event, so that no callback runs inside receiver_send(), whichever kind it is.
 */
#include "daemon/alert/receiver_kind.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <string.h>

static const struct receiver_kind_ops *const OPS[RECEIVER_KIND_COUNT] = {
        [RECEIVER_SYSLOG]       = &RECEIVER_SYSLOG_OPS,
        [RECEIVER_JOURNALD]     = &RECEIVER_JOURNALD_OPS,
        [RECEIVER_WEBHOOK]      = &RECEIVER_WEBHOOK_OPS,
        [RECEIVER_ALERTMANAGER] = &RECEIVER_WEBHOOK_OPS,
        [RECEIVER_SLACK]        = &RECEIVER_WEBHOOK_OPS,
        [RECEIVER_TEAMS]        = &RECEIVER_WEBHOOK_OPS,
        [RECEIVER_DISCORD]      = &RECEIVER_WEBHOOK_OPS,
        [RECEIVER_PAGERDUTY]    = &RECEIVER_WEBHOOK_OPS,
        [RECEIVER_OPSGENIE]     = &RECEIVER_WEBHOOK_OPS,
        [RECEIVER_NTFY]         = &RECEIVER_WEBHOOK_OPS,
        [RECEIVER_TEMPLATE]     = &RECEIVER_WEBHOOK_OPS,
        [RECEIVER_EXEC]         = &RECEIVER_EXEC_OPS,
        [RECEIVER_MAIL]         = &RECEIVER_MAIL_OPS,
};

/* The callback may free the receiver: nothing of it is touched afterwards. */
static void on_answer(evutil_socket_t fd, short what, void *arg)
{
        struct receiver *r = arg;
        receiver_done_fn *on_done = TAKE(r->on_done);
        AUTO_FREE char *reason = TAKE(r->reason);

        (void)fd, (void)what;
        on_done(r->result, reason, r->retry_after_s, r->arg);
}

int receiver_check(const struct config_receiver *cfg, char **ret_error)
{
        const struct receiver_kind_ops *ops = OPS[cfg->kind];
        AUTO_FREE struct receiver *r = mem_new0(1, ops->size);

        *r = (struct receiver){ .ops = ops, .cfg = cfg };
        *ret_error = NULL;
        int e = ops->open(r, ret_error);

        ops->close(r);
        return e;
}

int receiver_new(struct receiver **ret, struct event_base *base, const struct config_receiver *cfg,
                 struct http_client *http, char **ret_error)
{
        const struct receiver_kind_ops *ops = OPS[cfg->kind];
        struct receiver *r = mem_new0(1, ops->size);

        *r = (struct receiver){ .ops = ops, .cfg = cfg, .http = http };
        r->answer = event_new(base, -1, 0, on_answer, r);
        if (!r->answer)
                mem_exhausted();
        *ret_error = NULL;
        int e = ops->open(r, ret_error);

        if (e < 0)
                receiver_free(r);
        else
                *ret = r;
        return e;
}

void receiver_free(struct receiver *r)
{
        if (!r)
                return;
        r->ops->close(r);
        event_free(r->answer);
        free(r->reason);
        free(r);
}

void receiver_send(struct receiver *r, const struct message *m, const char *payload,
                   receiver_done_fn *on_done, void *arg)
{
        assert(!r->on_done && on_done);
        r->on_done = on_done;
        r->arg = arg;
        r->ops->send(r, m, payload);
}

void receiver_resend(struct receiver *r, const struct message *messages, size_t n,
                     receiver_done_fn *on_done, void *arg)
{
        assert(!r->on_done && on_done && r->ops->resend);
        r->on_done = on_done;
        r->arg = arg;
        r->ops->resend(r, messages, n);
}

void receiver_answer(struct receiver *r, enum send_result result, char *reason,
                     int64_t retry_after_s)
{
        assert(r->on_done && !r->reason);
        r->result = result;
        r->reason = reason;
        r->retry_after_s = retry_after_s;
        event_active(r->answer, EV_TIMEOUT, 0);
}

void receiver_answer_local(struct receiver *r, int result, const char *path)
{
        if (result == 0)
                receiver_answer(r, SEND_OK, mem_printf("written to %s", path), 0);
        else if (result == -EMSGSIZE)
                receiver_answer(r, SEND_REJECTED, mem_printf("too long for %s", path), 0);
        else if (result == -EAGAIN)
                receiver_answer(r, SEND_RETRY, mem_printf("%s is full: nobody reads it", path), 0);
        else
                receiver_answer(r, SEND_RETRY,
                                mem_printf("nobody listens on %s: %s", path, strerror(-result)), 0);
}
