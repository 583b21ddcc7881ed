/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/web/https.h - TLS towards clients: what of OpenSSL the server needs, in a few words. */
#pragma once

#include <stdbool.h>

struct bufferevent;
struct event_base;
struct https;

/*
 * TLS 1.2 or later, with the certificates and the key of these files (PEM; a passphrase is never
 * asked for). 0; -EKEYREJECTED with *ret_error (malloc'ed).
 */
int https_new(struct https **ret, const char *cert_file, const char *key_file, char **ret_error);
void https_free(struct https *h); /* connections go on; NULL is fine */

/* For a connection that is still to be accepted; @options as in bufferevent_socket_new(). */
struct bufferevent *https_bufferevent(struct https *h, struct event_base *base, int options);

/* Has it TLS, with a handshake that is not over? */
bool https_is_greeting(struct bufferevent *bev);
