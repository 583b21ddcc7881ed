/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/proxy.h - a proxy on the way to the server: HTTP CONNECT (RFC 9110 section 9.3.6) or
 * SOCKS5 (RFC 1928). It is given the server's name, and resolves it. Immutable after making, shared
 * by all threads.
 */
#pragma once

#include "common/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

#define PROXY_MAX_LOGIN 255 /* bytes of the user, and of the password (RFC 1929) */

struct dialect;

struct proxy {
        const struct dialect *dialect;
        char *host;
        uint16_t port;
        char *name;            /* "proxy.example:3128", for people */
        char *user, *password; /* NULL = it asks for none */
};

/*
 * @url is "http://host:port" or "socks5://host:port" in canonical form, which the configuration
 * sees to. @auth_file is NULL, or a file whose first line is "user:password". 0; or -EINVAL with
 * *ret_error (malloc'ed, printable), which never tells what the file holds.
 */
int proxy_new(struct proxy **ret, const char *url, const char *auth_file, char **ret_error);
void proxy_free(struct proxy *p); /* wipes the password; NULL is fine */
CLEANUP_DEFINE(struct proxy, proxy_free)

/* The same proxy, and the same user and password? NULL is like NULL only. */
bool proxy_same(const struct proxy *a, const struct proxy *b);

/* "http" or "socks5" (proxy_dialects.c); NULL when there is none of that name. */
const struct dialect *proxy_dialect(const char *name);
