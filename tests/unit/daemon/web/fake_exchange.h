/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request and its answer without a server, and documents from files: for tests of pages. Defines
 * what exchange.c and routes.c define; include it in one file of a program.
 */
#pragma once

#include "common/base/buf.h"
#include "daemon/web/exchange.h"
#include "daemon/web/routes.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FAKE_MAX_PARAMS 8

struct web_exchange {
        const char *path;
        const char *params[FAKE_MAX_PARAMS][2]; /* ends with a row of NULL */
        const char *accept, *if_none_match;
        json_t *documents; /* what is known: an object of documents by command */
        json_t *asked;     /* requests that were made, by command */
        int status;        /* of the answer */
        const char *type;
        char headers[1024]; /* those that were added, "Name: value\n" each */
        struct buf body;
};

/* Documents of TEST_DATA_DIR/NAME, that a test may change before it asks for a page. */
static inline void fake_begin(struct web_exchange *x, const char *path, const char *file)
{
        char name[512];
        json_error_t error;

        (void)snprintf(name, sizeof(name), "%s/%s", TEST_DATA_DIR, file);
        *x = (struct web_exchange){ .path = path, .asked = json_object(),
                                    .documents = json_load_file(name, 0, &error) };
        if (!x->documents)
                fail_msg("%s:%d: %s", name, error.line, error.text);
        x->body = BUF_INIT(16 * 1024 * 1024);
}

static inline void fake_end(struct web_exchange *x)
{
        json_decref(x->documents);
        json_decref(x->asked);
        buf_done(&x->body);
}

struct monitor *web_monitor(const struct web_exchange *x)
{
        (void)x;
        return NULL;
}

const char *web_path(const struct web_exchange *x)
{
        return x->path;
}

void web_params(const struct web_exchange *x, web_param_fn *fn, void *arg)
{
        for (size_t i = 0; i < FAKE_MAX_PARAMS && x->params[i][0]; i++)
                fn(x->params[i][0], x->params[i][1], arg);
}

const char *web_param(const struct web_exchange *x, const char *name)
{
        for (size_t i = 0; i < FAKE_MAX_PARAMS && x->params[i][0]; i++)
                if (strcmp(x->params[i][0], name) == 0)
                        return x->params[i][1];
        return NULL;
}

const char *web_header(const struct web_exchange *x, const char *name)
{
        return strcmp(name, "Accept") == 0 ? x->accept
               : strcmp(name, "If-None-Match") == 0 ? x->if_none_match : NULL;
}

void web_set_header(struct web_exchange *x, const char *name, const char *value)
{
        size_t n = strlen(x->headers);

        (void)snprintf(x->headers + n, sizeof(x->headers) - n, "%s: %s\n", name, value);
}

void web_reply(struct web_exchange *x, int status, const char *type, struct buf *body)
{
        assert_int_equal(x->status, 0); /* it is answered once */
        x->status = status;
        x->type = type;
        if (body->len > 0)
                buf_append(&x->body, body->data, body->len);
        buf_done(body);
}

void web_fail(struct web_exchange *x, int status, const char *fmt, ...)
{
        struct buf text = BUF_INIT(4096);
        va_list ap;

        va_start(ap, fmt);
        buf_vprintf(&text, fmt, ap);
        va_end(ap);
        web_reply(x, status, "text/plain", &text);
}

json_t *web_ask_for(struct web_exchange *x, json_t *request)
{
        const char *command = json_string_value(json_object_get(request, "command"));
        json_t *doc = json_object_get(x->documents, command);

        json_object_set_new(x->asked, command, request);
        if (!doc)
                web_fail(x, 404, "there is no document %s", command);
        return json_incref(doc);
}

static inline void fake_add_param(const char *name, const char *value, void *request)
{
        json_object_set_new(request, name, json_string(value));
}

json_t *web_ask(struct web_exchange *x, const char *command)
{
        json_t *request = json_pack("{s:s}", "command", command);

        web_params(x, fake_add_param, request);
        return web_ask_for(x, request);
}
