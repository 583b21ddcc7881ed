/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/log_tls.h - TLS to a log server: what of OpenSSL it needs, in a few words.
 */
#pragma once

#include <stddef.h>

struct log_tls;      /* whom we trust, and who we are */
struct log_tls_link; /* one connection */

/* Any file may be NULL: the system's anchors, no certificate, the key beside the certificate. */
struct log_tls_files {
        const char *ca, *client_cert, *client_key;
};

/* TLS 1.2 or later, the server's certificate is checked. 0; -EINVAL with *ret_error (malloc'ed). */
int log_tls_new(struct log_tls **ret, const struct log_tls_files *files, char **ret_error);
void log_tls_free(struct log_tls *t); /* NULL is fine */

/* A connection over @fd, which stays the caller's, to @host: a name or an address. */
struct log_tls_link *log_tls_link_new(struct log_tls *t, int fd, const char *host);
void log_tls_link_free(struct log_tls_link *l); /* NULL is fine */

enum log_tls_status { LOG_TLS_DONE, LOG_TLS_WANT_READ, LOG_TLS_WANT_WRITE, LOG_TLS_FAILED };

/* All three are called again, with the same arguments, until they want no more. */
enum log_tls_status log_tls_handshake(struct log_tls_link *l);
enum log_tls_status log_tls_write(struct log_tls_link *l, const char *bytes, size_t n);

/*
 * RFC 5425, 4.4: says that we have ended, and waits for the server's end. What it may still say is
 * thrown away, a piece at each call. That it refuses our certificate is only told here: in TLS 1.3
 * the handshake is over before.
 */
enum log_tls_status log_tls_end(struct log_tls_link *l);

/* Why it failed; valid until the next call. */
const char *log_tls_error(const struct log_tls_link *l);
