/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/tls_client.h - what all handshakes of one thread share: protocol range, ciphers,
 * buffers. Hides SSL_CTX. Speaks TLS 1.0 to 1.3 as far as this OpenSSL can, at security level 0: we
 * look at servers, we do not entrust data to them.
 */
#pragma once

struct ssl_st; /* OpenSSL's SSL */
struct tls_client;

/* 0 or -errno. */
int tls_client_new(struct tls_client **ret);
void tls_client_free(struct tls_client *t); /* NULL is fine */

/* A connection on @fd, ready to handshake; NULL when OpenSSL has no memory. SSL_free() it. */
struct ssl_st *tls_client_open(struct tls_client *t, int fd, const char *server_name);
