/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/tls_witness.h - stands by at a handshake and notes what the peer sends, so that it
 * is there when the handshake fails. Internal to tls_client.c and tls_words.c.
 */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chain;
struct identity;

#define TLS_RECORD_HEADER_BYTES 5

/* Hangs on every SSL and dies with it. */
struct tls_witness {
        STACK_OF(X509) *served; /* as read by OpenSSL, or NULL */
        uint8_t *message;       /* the Certificate message until .served is there, or NULL */
        size_t message_len;
        bool message_is_tls13;
        char first[TLS_RECORD_HEADER_BYTES]; /* what came in place of the first record's header */
        bool has_first;
        bool has_ticket; /* to resume with, sent when TLS 1.3 is content with the client */
        bool has_identity; /* a certificate of ours, to show if asked */
        bool was_asked;    /* for it, and it was shown */
};

/* Every connection of @ctx shall be watched; any certificate will do. False: no memory. */
bool tls_witness_watch(SSL_CTX *ctx);

/* Right after SSL_new(); @identity NULL = there is none. False: no memory. */
bool tls_witness_attach(SSL *ssl, const struct identity *identity);

const struct tls_witness *tls_witness_of(const SSL *ssl);

/* The server has asked for our certificate. */
void tls_witness_asked(SSL *ssl);

/* As tls_client_chain(). */
struct chain *tls_witness_chain(const struct tls_witness *w);
