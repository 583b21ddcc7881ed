/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One timer: is all well, then post; if not, look again soon. The next comes a period after the
 * last began, or sooner when that failed: whoever counts on us waits little longer than a period.
 * Of what lasts there is one line at its beginning and one at its end. The URL is a secret.
 */
#include "daemon/monitor/heartbeat.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/alert/excerpt.h"
#include "daemon/alert/secret_line.h"
#include "daemon/loop/http_client.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_MS 3000 /* the first looks have had time to fail */
#define AGAIN_MS 10000
#define ERROR_MAX_BYTES 200
#define HOST_NAME_SIZE 256

struct heartbeat {
        struct http_client *http;
        heartbeat_trouble_fn *trouble;
        void *arg;
        const struct config_heartbeat *cfg; /* NULL = none is wanted */
        struct event *timer;
        struct http_request *request; /* under way, or NULL */
        char *origin;                 /* of the request under way, or of the last one */
        int64_t begun_ms;             /* when it began */
        int64_t last_s;               /* wall clock; the last that was taken; 0 = none yet */
        char *withheld, *error;       /* what is wrong now; NULL = nothing */
};

static void arm(struct heartbeat *h, int64_t wait_ms)
{
        if (wait_ms < 0)
                wait_ms = 0;
        struct timeval tv = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };

        evtimer_add(h->timer, &tv);
}

static int64_t again_ms(const struct heartbeat *h)
{
        int64_t period_ms = h->cfg->period_s * 1000;

        return period_ms < AGAIN_MS ? period_ms : AGAIN_MS;
}

/* Consumes @text; NULL = it is over. */
static void note(char **state, char *text, const char *begins, const char *ends)
{
        if (text && !*state)
                log_warning("heartbeat: %s: %s", begins, text);
        else if (!text && *state)
                log_info("heartbeat: %s", ends);
        free(*state);
        *state = text;
}

static void note_error(struct heartbeat *h, char *text)
{
        note(&h->error, text, "cannot be sent", "is taken again");
}

static void on_http(const struct http_answer *answer, void *arg)
{
        struct heartbeat *h = arg;
        bool taken = answer->status >= 200 && answer->status < 300;
        AUTO_FREE char *error = excerpt(answer->error, ERROR_MAX_BYTES);

        h->request = NULL;
        if (taken)
                h->last_s = clock_wall_s();
        note_error(h, taken                ? NULL
                      : answer->status > 0 ? mem_printf("%s answers HTTP %d", h->origin,
                                                        answer->status)
                                           : mem_printf("%s: %s", h->origin, error));
        arm(h, taken ? h->begun_ms + h->cfg->period_s * 1000 - clock_mono_ms() : again_ms(h));
}

static char *body(void)
{
        char host[HOST_NAME_SIZE] = "", at[TIME_STR_MAX];

        (void)gethostname(host, sizeof(host) - 1);
        AUTO_FREE char *name = excerpt(host, sizeof(host));
        json_t *doc = json_must(json_pack("{s:s, s:s, s:{s:s, s:s}}", "type", "notafter.heartbeat",
                                          "timestamp", time_rfc3339(clock_wall_s(), at), "data",
                                          "host", name, "version", NOTAFTER_VERSION));
        char *text = json_dumps(doc, JSON_COMPACT);

        json_decref(doc);
        if (!text)
                mem_exhausted();
        return text;
}

/* What is wrong with the file of the URL, malloc'ed, or NULL; then *ret, for secret_line_free(). */
static char *read_url(const struct config_heartbeat *cfg, char **ret)
{
        char *error = NULL;

        if (!cfg->url_file)
                *ret = mem_strdup(cfg->url);
        else if (secret_line_read(cfg->url_file, ret, &error) < 0)
                return error;
        return NULL;
}

static void post(struct heartbeat *h)
{
        static const char *const HEADERS[] = {
                "content-type: application/json", "user-agent: notafter/" NOTAFTER_VERSION, NULL,
        };
        AUTO_FREE char *text = body();
        char *url = NULL, *error = read_url(h->cfg, &url);

        h->begun_ms = clock_mono_ms();
        if (!error) {
                free(h->origin);
                h->origin = excerpt_origin(url);
                int r = http_post(h->http,
                                  &(struct http_post_options){
                                          .url = url, .headers = HEADERS, .body = text,
                                          .body_len = strlen(text), .ca_file = h->cfg->ca_file,
                                          .timeout_ms = h->cfg->timeout_ms,
                                  },
                                  on_http, h, &h->request);

                if (r < 0)
                        error = mem_strdup(strerror(-r));
        }
        secret_line_free(url);
        if (!error)
                return;
        note_error(h, error);
        arm(h, again_ms(h));
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
        struct heartbeat *h = arg;

        (void)fd, (void)what;
        note(&h->withheld, h->trouble(h->arg), "withheld", "all is well again");
        if (h->withheld)
                arm(h, again_ms(h));
        else
                post(h);
}

struct heartbeat *heartbeat_new(struct event_base *base, struct http_client *http,
                                heartbeat_trouble_fn *trouble, void *arg)
{
        struct heartbeat *h = mem_new0(1, sizeof(*h));

        *h = (struct heartbeat){ .http = http, .trouble = trouble, .arg = arg };
        h->timer = evtimer_new(base, on_timer, h);
        if (!h->timer)
                mem_exhausted();
        return h;
}

void heartbeat_free(struct heartbeat *h)
{
        if (!h)
                return;
        http_cancel(h->request);
        event_free(h->timer);
        free(h->origin);
        free(h->withheld);
        free(h->error);
        free(h);
}

void heartbeat_follow(struct heartbeat *h, const struct config_heartbeat *cfg)
{
        http_cancel(TAKE(h->request));
        evtimer_del(h->timer);
        h->cfg = cfg->url || cfg->url_file ? cfg : NULL;
        if (h->cfg)
                arm(h, h->cfg->period_s * 1000 < FIRST_MS ? h->cfg->period_s * 1000 : FIRST_MS);
}

int64_t heartbeat_last_s(const struct heartbeat *h)
{
        return h->cfg ? h->last_s : 0;
}

json_t *heartbeat_json(const struct heartbeat *h)
{
        if (!h->cfg)
                return json_null();
        return json_must(json_pack("{s:o, s:o, s:o}", "last", json_instant(h->last_s),
                                   "withheld", json_text(h->withheld),
                                   "last_error", json_text(h->error)));
}
