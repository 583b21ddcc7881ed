/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/exchange.h - one request and its one answer, for the rows of routes.c.
 *
 * A handler answers exactly once: at once (web_reply, web_fail), piece by piece (web_stream), or
 * later (web_wait, and then one of the others). What is borrowed lives until then. HEAD needs no
 * care. Every answer has the headers that keep browsers from being used against us.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct evbuffer;
struct monitor;
struct web_exchange;

struct monitor *web_monitor(const struct web_exchange *x);

/* The path as asked for, decoded: "/endpoint". */
const char *web_path(const struct web_exchange *x);

/* The value of the first parameter @name of the query, decoded, UTF-8; NULL = there is none. */
const char *web_param(const struct web_exchange *x, const char *name);

/* Calls @fn for each parameter, in their order. */
typedef void web_param_fn(const char *name, const char *value, void *arg);
void web_params(const struct web_exchange *x, web_param_fn *fn, void *arg);

/* A header of the request; NULL = there is none. */
const char *web_header(const struct web_exchange *x, const char *name);

/* Answers with the bytes of @body, which is left empty. @type: "text/html; charset=utf-8". */
void web_reply(struct web_exchange *x, int status, const char *type, struct buf *body);

/* Adds a header to the answer to come. */
void web_set_header(struct web_exchange *x, const char *name, const char *value);

/* Answers with an error: a sentence for people, as a page or as JSON ({"error": ...}), as fits. */
void web_fail(struct web_exchange *x, int status, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/*
 * Answers with what @fill appends to @out, some 64 kB at a call, called again whenever the client
 * has taken them; nothing, when that took its time, and then it is called again in the next turn.
 * WEB_BROKEN ends the connection, so that the client sees that a part is missing. @done is called
 * once, at the end, however it came.
 */
enum web_more { WEB_MORE, WEB_DONE, WEB_BROKEN };
typedef enum web_more web_fill_fn(struct evbuffer *out, void *state);
void web_stream(struct web_exchange *x, const char *type, web_fill_fn *fill,
                void (*done)(void *state), void *state);

/* The answer comes later. If the client leaves before, @gone is called, and @x is gone. */
void web_wait(struct web_exchange *x, void (*gone)(void *arg), void *arg);
