/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A webhook, by the Standard Webhooks specification 1.0.0. The body is the payload as it lies in
 * the outbox, byte for byte, so that every attempt signs the same words; only the time is new.
 *
 * URLs often are secrets themselves (a token in the path, the query or before an '@'): what is said
 * to people names scheme and host, and nothing behind them.
 */
#include "daemon/alert/excerpt.h"
#include "daemon/alert/receiver_kind.h"
#include "daemon/alert/webhook_sign.h"

#include "daemon/loop/http_client.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

#include <inttypes.h>
#include <string.h>

#define BODY_EXCERPT_BYTES 200
#define ERROR_EXCERPT_BYTES 200

struct webhook {
        struct receiver receiver;
        struct webhook_secrets secrets; /* none = unsigned */
        struct http_request *request;   /* under way, or NULL */
        char *origin;                   /* "https://hooks.example.com" */
};

/* "https://hooks.example.com:8443" of a URL: no user, no path, no query. */
static char *url_origin(const char *url)
{
        const char *mark = strstr(url, "://");

        if (!mark)
                return mem_strdup("webhook");
        const char *host = mark + 3, *end = host + strcspn(host, "/?#\\");
        const char *at = memrchr(host, '@', (size_t)(end - host));

        host = at ? at + 1 : host;
        AUTO_FREE char *all = mem_printf("%.*s://%.*s", (int)(mark - url), url, (int)(end - host),
                                         host);

        return excerpt(all, BODY_EXCERPT_BYTES);
}

static int webhook_open(struct receiver *r, char **ret_error)
{
        struct webhook *w = (struct webhook *)r;
        const char *file = r->cfg->secret_file;

        w->origin = url_origin(r->cfg->url);
        return file ? webhook_secrets_read(&w->secrets, file, ret_error) : 0;
}

static enum send_result status_result(int status)
{
        if (status >= 200 && status < 300)
                return SEND_OK;
        if (status == 410)
                return SEND_GONE;
        if (status == 0 || status == 408 || status == 425 || status == 429 || status >= 500)
                return SEND_RETRY;
        return SEND_REJECTED;
}

static char *status_reason(const struct webhook *w, const struct http_answer *answer)
{
        AUTO_FREE char *body = excerpt_n(answer->body ? answer->body : "",
                                         answer->body ? answer->body_len : 0, BODY_EXCERPT_BYTES);

        if (answer->status == 410)
                return mem_printf("HTTP 410 from %s: it says that it is gone for good", w->origin);
        if (answer->status >= 300 && answer->status < 400)
                return mem_printf("HTTP %d from %s: redirects are not followed, configure the URL "
                                  "it leads to", answer->status, w->origin);
        return mem_printf("HTTP %d from %s%s%s", answer->status, w->origin, *body ? ": " : "",
                          body);
}

static char *network_reason(const struct webhook *w, const char *error)
{
        AUTO_FREE char *text = excerpt(error, ERROR_EXCERPT_BYTES);

        return mem_printf("%s: %s", w->origin, *text ? text : "no answer");
}

static void on_http(const struct http_answer *answer, void *arg)
{
        struct webhook *w = arg;
        enum send_result result = status_result(answer->status);

        w->request = NULL;
        if (answer->status == 0)
                receiver_answer(&w->receiver, result, network_reason(w, answer->error), 0);
        else if (result == SEND_OK)
                receiver_answer(&w->receiver, result, NULL, 0);
        else
                receiver_answer(&w->receiver, result, status_reason(w, answer),
                                answer->retry_after_s);
}

static int post(struct webhook *w, const struct message *m, const char *payload)
{
        int64_t now_s = clock_wall_s();
        size_t len = strlen(payload);
        AUTO_FREE char *signature = webhook_signature(&w->secrets, m->id, now_s, payload, len);
        AUTO_FREE char *id_header = mem_printf("webhook-id: %s", m->id);
        AUTO_FREE char *time_header = mem_printf("webhook-timestamp: %" PRId64, now_s);
        AUTO_FREE char *sign_header = mem_printf("webhook-signature: %s", signature);
        const char *const headers[] = {
                "content-type: application/json",
                "user-agent: notafter/" NOTAFTER_VERSION,
                id_header,
                time_header,
                w->secrets.n > 0 ? sign_header : NULL,
                NULL,
        };
        const struct config_receiver *cfg = w->receiver.cfg;

        return http_post(w->receiver.http,
                         &(struct http_post_options){
                                 .url = cfg->url,
                                 .headers = headers,
                                 .body = payload,
                                 .body_len = len,
                                 .ca_file = cfg->ca_file,
                                 .timeout_ms = cfg->timeout_ms,
                         },
                         on_http, w, &w->request);
}

static void webhook_send(struct receiver *r, const struct message *m, const char *payload)
{
        struct webhook *w = (struct webhook *)r;
        int e = post(w, m, payload);

        if (e < 0)
                receiver_answer(r, SEND_RETRY, network_reason(w, strerror(-e)), 0);
}

static void webhook_close(struct receiver *r)
{
        struct webhook *w = (struct webhook *)r;

        http_cancel(w->request);
        webhook_secrets_done(&w->secrets);
        free(w->origin);
}

const struct receiver_kind_ops RECEIVER_WEBHOOK_OPS = {
        .size  = sizeof(struct webhook),
        .open  = webhook_open,
        .send  = webhook_send,
        .close = webhook_close,
};
