/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/loop/http_client.h - HTTP requests on a libevent loop, with libcurl's multi interface.
 * http and https only, no redirects followed; answers are bounded. For a POST a proxy is used when
 * curl's variables in the environment (https_proxy, no_proxy ...) say so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct http_client;
struct http_request;

#define HTTP_MAX_ANSWER_BYTES 4096 /* of a POST's answer that is kept; more ends the transfer */
#define HTTP_MAX_HEADER_BYTES 65536 /* of a GET's answer; curl itself has no limit that is small */

struct http_answer {
        int status;            /* 0 = there was none; see error */
        const char *error;     /* for people, without the URL's credentials; NULL with a status,
                                  which for a GET means: and with the whole body */
        const char *body;      /* first bytes, NUL-terminated */
        size_t body_len;
        const char *redirect;  /* where a 3xx leads to, absolute, any scheme; NULL = nowhere */
        bool refused;          /* a GET found only addresses that it may not connect to */
        int64_t retry_after_s; /* of Retry-After, seconds or date; 0 = absent */
};

/* Runs once, from the loop, never inside http_post(). @answer is borrowed. */
typedef void http_done_fn(const struct http_answer *answer, void *arg);

struct http_post_options {
        const char *url;
        const char *const *headers; /* "Name: value", NULL-terminated */
        const char *body;
        size_t body_len;
        const char *ca_file; /* NULL = the system's */
        int64_t timeout_ms;
};

int http_client_new(struct http_client **ret, struct event_base *base);
void http_client_free(struct http_client *c); /* cancels all; NULL is fine */

/* Everything in @options is copied. 0, or -errno when it could not be started. */
int http_post(struct http_client *c, const struct http_post_options *options, http_done_fn *on_done,
              void *arg, struct http_request **ret);

struct http_get_options {
        const char *url;    /* credentials in it are an error */
        size_t max_bytes;   /* of the body; a longer one is an error */
        int64_t timeout_ms;
        bool public_only;   /* connect only where addr_is_global() */
};

/*
 * Asks an address that somebody else chose: a connection of its own, without proxy or credentials,
 * and .public_only is decided on the very address that is connected to.
 */
int http_get(struct http_client *c, const struct http_get_options *options, http_done_fn *on_done,
             void *arg, struct http_request **ret);

/* The callback will not run. NULL is fine. */
void http_cancel(struct http_request *r);
