/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receivers that are told by HTTP POST: webhooks by the Standard Webhooks specification 1.0.0, and
 * services, whose words are in preset.h. The body of a webhook is the payload as it lies in the
 * outbox, byte for byte, so that every attempt signs the same words; only the time is new.
 *
 * URLs often are secrets themselves (a token in the path, the query or before an '@'): what is said
 * to people names scheme and host, and nothing behind them. An answer that repeats a secret is not
 * quoted.
 */
#include "daemon/alert/excerpt.h"
#include "daemon/alert/preset.h"
#include "daemon/alert/receiver_kind.h"
#include "daemon/alert/secret_line.h"
#include "daemon/alert/webhook_sign.h"

#include "daemon/loop/http_client.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "config/value.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define BODY_EXCERPT_BYTES 200
#define ERROR_EXCERPT_BYTES 200
#define WORD_MIN_BYTES 8 /* of a URL; "api" and "alerts" are in many answers, and no secrets */

#define URL_MAX_BYTES 2048 /* as in the configuration */

struct webhook {
        struct receiver receiver;
        const struct preset *preset;
        char *url, *token;              /* secrets; .token may be NULL */
        struct webhook_secrets secrets; /* none = unsigned */
        struct http_request *request;   /* under way, or NULL */
        char *origin;                   /* "https://hooks.example.com" */
};

static bool is_url(const char *s)
{
        size_t n = 0;

        if (!value_url_authority(s, &n) || n == 0 || strlen(s) > URL_MAX_BYTES)
                return false;
        for (; *s; s++)
                if (*s <= ' ' || *s >= 0x7f)
                        return false;
        return true;
}

static int open_url(struct webhook *w, char **ret_error)
{
        const struct config_receiver *cfg = w->receiver.cfg;
        int r = cfg->url_file ? secret_line_read(cfg->url_file, &w->url, ret_error) : 0;

        if (r < 0)
                return r;
        if (!cfg->url_file)
                w->url = mem_strdup(cfg->url);
        if (!is_url(w->url)) {
                *ret_error = mem_printf("secret file %s: its first line is no https:// or http:// "
                                        "URL", cfg->url_file);
                return -EINVAL;
        }
        w->origin = excerpt_origin(w->url);
        *ret_error = w->preset->refuse ? w->preset->refuse(w->url) : NULL;
        return *ret_error ? -EINVAL : 0;
}

static int webhook_open(struct receiver *r, char **ret_error)
{
        struct webhook *w = (struct webhook *)r;
        const struct config_receiver *cfg = r->cfg;

        w->preset = PRESETS[cfg->kind];
        int e = open_url(w, ret_error);

        if (e == 0 && cfg->token_file)
                e = secret_line_read(cfg->token_file, &w->token, ret_error);
        if (e == 0 && cfg->secret_file)
                e = webhook_secrets_read(&w->secrets, cfg->secret_file, ret_error);
        return e;
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

static bool repeats(const struct http_answer *answer, const char *secret, size_t n)
{
        return n > 0 && memmem(answer->body, answer->body_len, secret, n);
}

/* The same of the longer words in @s: an answer may quote one of them, or all in other signs. */
static bool repeats_words(const struct http_answer *answer, const char *s, size_t n)
{
        for (size_t len; n > 0; s += len, n -= len) {
                for (len = 0; len < n && !strchr("/:?&=#", s[len]); len++)
                        ;
                if (len >= WORD_MIN_BYTES && repeats(answer, s, len))
                        return true;
                len += len < n;
        }
        return false;
}

/* Whatever stands in @url before and behind host and port is a secret. */
static bool repeats_url(const struct http_answer *answer, const char *url)
{
        size_t n = 0;
        const char *authority = value_url_authority(url, &n), *path = authority + n;
        const char *at = memrchr(authority, '@', n);

        return (strlen(path) > 1 && repeats(answer, path, strlen(path))) ||
               repeats_words(answer, path, strlen(path)) ||
               (at && repeats_words(answer, authority, (size_t)(at - authority)));
}

static char *answer_excerpt(const struct webhook *w, const struct http_answer *answer)
{
        if (!answer->body)
                return mem_strdup("");
        if (repeats_url(answer, w->url) ||
            (w->token && repeats(answer, w->token, strlen(w->token))))
                return mem_strdup("(its words repeat a secret)");
        return excerpt_n(answer->body, answer->body_len, BODY_EXCERPT_BYTES);
}

static char *status_reason(const struct webhook *w, const struct http_answer *answer)
{
        AUTO_FREE char *body = answer_excerpt(w, answer);

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
        else
                receiver_answer(&w->receiver, result, status_reason(w, answer),
                                result == SEND_OK ? 0 : answer->retry_after_s);
}

/* @id is that of the message; it goes into headers, whether the service knows them or not. */
static int post(struct webhook *w, const struct preset_post *p, const char *id)
{
        int64_t now_s = clock_wall_s();
        size_t len = strlen(p->body);
        AUTO_FREE char *signature = webhook_signature(&w->secrets, id, now_s, p->body, len);
        AUTO_FREE char *id_header = mem_printf("webhook-id: %s", id);
        AUTO_FREE char *time_header = mem_printf("webhook-timestamp: %" PRId64, now_s);
        AUTO_FREE char *sign_header = mem_printf("webhook-signature: %s", signature);
        AUTO_FREE char *authorization = mem_printf("authorization: %s",
                                                   p->authorization ? p->authorization : "");
        const char *headers[7] = {
                "content-type: application/json",
                "user-agent: notafter/" NOTAFTER_VERSION,
                id_header,
                time_header,
        };
        size_t n = 4;

        if (w->secrets.n > 0)
                headers[n++] = sign_header;
        if (p->authorization)
                headers[n++] = authorization;
        const struct config_receiver *cfg = w->receiver.cfg;

        return http_post(w->receiver.http,
                         &(struct http_post_options){
                                 .url = p->url ? p->url : w->url,
                                 .headers = headers,
                                 .body = p->body,
                                 .body_len = len,
                                 .ca_file = cfg->ca_file,
                                 .timeout_ms = cfg->timeout_ms,
                         },
                         on_http, w, &w->request);
}

/* Consumes @p. What the service has no use for is done with. */
static void post_or_answer(struct webhook *w, struct preset_post *p, const char *id)
{
        int e = p->body ? post(w, p, id) : 0;

        if (!p->body)
                receiver_answer(&w->receiver, SEND_OK,
                                mem_strdup("nothing was sent: it is not for such messages"), 0);
        else if (e < 0)
                receiver_answer(&w->receiver, SEND_RETRY, network_reason(w, strerror(-e)), 0);
        preset_post_done(p);
}

static struct preset_terms terms_of(const struct webhook *w)
{
        return (struct preset_terms){ w->receiver.cfg, w->url, w->token, clock_wall_s() };
}

static void webhook_send(struct receiver *r, const struct message *m, const char *payload)
{
        struct webhook *w = (struct webhook *)r;
        const struct preset_terms terms = terms_of(w);
        struct preset_post p = { 0 };

        w->preset->post(&terms, m, payload, &p);
        post_or_answer(w, &p, m->id);
}

static void webhook_resend(struct receiver *r, const struct message *messages, size_t n)
{
        struct webhook *w = (struct webhook *)r;
        const struct preset_terms terms = terms_of(w);
        struct preset_post p = { 0 };
        char id[MESSAGE_ID_SIZE];

        message_id_new(id);
        w->preset->resend(&terms, messages, n, &p);
        post_or_answer(w, &p, id);
}

static void webhook_close(struct receiver *r)
{
        struct webhook *w = (struct webhook *)r;

        http_cancel(w->request);
        webhook_secrets_done(&w->secrets);
        secret_line_free(w->url);
        secret_line_free(w->token);
        free(w->origin);
}

const struct receiver_kind_ops RECEIVER_WEBHOOK_OPS = {
        .size   = sizeof(struct webhook),
        .open   = webhook_open,
        .send   = webhook_send,
        .resend = webhook_resend,
        .close  = webhook_close,
};
