/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/tls_client.h - what all handshakes of one thread share: protocol range, ciphers,
 * buffers. Hides SSL_CTX. Speaks TLS 1.0 to 1.3 as far as this OpenSSL can, at security level 0: we
 * look at servers, we do not entrust data to them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chain;
struct identity;
struct ssl_st; /* OpenSSL's SSL */
struct tls_client;

#define TLS_MAX_CERTIFICATE_BYTES (256 * 1024) /* of the Certificate message; usual are 3 to 6 kB */

enum tls_progress { TLS_DONE, TLS_WANT_READ, TLS_WANT_WRITE, TLS_FAILED, TLS_NO_MEMORY };

struct cert_cache_stats;

/* 0 or -errno. */
int tls_client_new(struct tls_client **ret);
void tls_client_free(struct tls_client *t); /* NULL is fine */

/* Of the certificates that it keeps. */
struct cert_cache_stats tls_client_certs(const struct tls_client *t);

struct tls_terms {
        const char *server_name; /* sent as SNI unless it is NULL or an IP literal */
        const char *alpn;        /* to offer, the first preferred: "h2,http/1.1" (RFC 7301); each of
                                    1 to 255 bytes; NULL = none */
        const struct identity *identity; /* to show if asked; outlives the connection; or NULL */
};

/*
 * A connection on @fd, ready to handshake; NULL when OpenSSL has no memory. It borrows @fd; @terms
 * are borrowed for the call.
 */
struct ssl_st *tls_client_open(struct tls_client *t, int fd, const struct tls_terms *terms);

/*
 * Shakes hands as far as it goes without waiting; any certificate will do. With TLS_FAILED @detail
 * is a printable phrase: what the peer said or did.
 */
enum tls_progress tls_client_handshake(struct ssl_st *ssl, char *detail, size_t detail_size);

/*
 * Whether the peer may yet refuse the certificate that it was shown: in TLS 1.3 our handshake is
 * over before the server has looked at it (RFC 8446 section 4.4.2.4).
 */
bool tls_client_may_be_refused(struct ssl_st *ssl);

/* Listens for that: TLS_DONE when it was taken, TLS_WANT_READ, or TLS_FAILED as above. */
enum tls_progress tls_client_await_refusal(struct ssl_st *ssl, char *detail, size_t detail_size);

/* Has the peer sent anything at all? */
bool tls_client_heard(struct ssl_st *ssl);

/*
 * The certificates as served, from the moment they came in; NULL when none did. Those that cannot
 * be read are problems of the chain. The caller owns it; every call makes it anew.
 */
struct chain *tls_client_chain(struct ssl_st *ssl);

/*
 * The OCSP response that came with the certificates, after TLS_DONE: DER, the caller frees it; NULL
 * when none came. Of a longer one than STAPLE_MAX_BYTES it is that many and one.
 */
uint8_t *tls_client_staple(struct ssl_st *ssl, size_t *ret_len);

/* What was agreed on, after TLS_DONE: static strings; NULL = unknown. */
const char *tls_client_protocol(struct ssl_st *ssl);
const char *tls_client_cipher(struct ssl_st *ssl);
const char *tls_client_weakness(struct ssl_st *ssl); /* of the cipher: "does not encrypt" */
const char *tls_client_group(struct ssl_st *ssl, bool *ret_post_quantum);

/* The protocol that the server chose by ALPN, printable, cut to fit; "" = none. */
void tls_client_alpn(struct ssl_st *ssl, char *out, size_t size);

/* Says @n bytes in TLS, after TLS_DONE, unless that needs waiting. */
void tls_client_say(struct ssl_st *ssl, const void *bytes, size_t n);

/*
 * Says goodbye as far as that needs no waiting, and frees. The descriptor stays open. NULL is
 * fine.
 */
void tls_client_close(struct ssl_st *ssl);
