/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/support/http_server.h - a web server on 127.0.0.1 in a thread of its own: one connection at
 * a time, kept alive, and pages that may be anything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_server;

struct http_page {
        const char *path;
        const char *head; /* without the empty line; NULL = 200 and the body's length; "" = none */
        const void *body;
        size_t n;
        bool endless;  /* repeats the body for ever */
        bool silent;   /* says nothing until the client is gone */
        int delay_ms;  /* before the answer */
};

struct http_server *http_server_start(void);
void http_server_stop(struct http_server *s);
uint16_t http_server_port(const struct http_server *s);

/* Everything is copied; a later page of the same path replaces it. */
void http_server_put(struct http_server *s, const struct http_page *page);

/* "http://127.0.0.1:PORT" and @path; free() it. */
char *http_server_url(const struct http_server *s, const char *path);

size_t http_server_asked(struct http_server *s, const char *path); /* requests so far */
size_t http_server_connections(struct http_server *s);

/* The last request, head only; free() it. */
char *http_server_heard(struct http_server *s);
