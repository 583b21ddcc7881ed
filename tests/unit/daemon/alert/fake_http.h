/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_client without a network: the linker takes these instead of the library's. A request stays
 * open until the test answers it.
 */
#pragma once

#include "daemon/loop/http_client.h"

#include "common/base/mem.h"

#include <stdlib.h>
#include <string.h>

struct http_request {
        char *url;
        char *body;
        char *headers; /* one per line */
        int64_t timeout_ms;
        http_done_fn *on_done;
        void *arg;
        struct http_request *next;
};

static struct http_request *fake_open;   /* newest first */
static int fake_posts, fake_cancels;
static int fake_post_result;             /* what http_post() says, 0 = it works */

int http_post(struct http_client *c, const struct http_post_options *options, http_done_fn *on_done,
              void *arg, struct http_request **ret)
{
        struct http_request *r = mem_new0(1, sizeof(*r));
        char *headers = mem_strdup("");

        (void)c;
        if (fake_post_result < 0) {
                free(r);
                free(headers);
                return fake_post_result;
        }
        for (const char *const *h = options->headers; *h; h++) {
                char *longer = mem_printf("%s%s\n", headers, *h);

                free(headers);
                headers = longer;
        }
        *r = (struct http_request){
                .url = mem_strdup(options->url),
                .body = mem_copy(options->body, options->body_len),
                .headers = headers,
                .timeout_ms = options->timeout_ms,
                .on_done = on_done,
                .arg = arg,
                .next = fake_open,
        };
        fake_open = r;
        fake_posts++;
        *ret = r;
        return 0;
}

static inline void fake_forget(struct http_request *r)
{
        struct http_request **p = &fake_open;

        while (*p != r)
                p = &(*p)->next;
        *p = r->next;
        free(r->url);
        free(r->body);
        free(r->headers);
        free(r);
}

void http_cancel(struct http_request *r)
{
        if (!r)
                return;
        fake_cancels++;
        fake_forget(r);
}

static inline void fake_answer(struct http_request *r, const struct http_answer *answer)
{
        http_done_fn *on_done = r->on_done;
        void *arg = r->arg;

        fake_forget(r);
        on_done(answer, arg);
}
