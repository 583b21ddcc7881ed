/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in https.h. libevent's OpenSSL bufferevents do the work. */
#include "daemon/web/https.h"

#include "common/base/mem.h"

#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct https {
        SSL_CTX *tls;
};

/* A daemon has nobody whom it could ask. */
static int no_passphrase(char *out, int size, int writing, void *arg)
{
        (void)out; (void)size; (void)writing; (void)arg;
        return 0;
}

/* Of what clients offer. Without the extension nothing is said. */
static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                       const unsigned char *in, unsigned in_len, void *arg)
{
        static const unsigned char OURS[] = "\x08http/1.1";

        (void)ssl; (void)arg;
        return SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_len, OURS,
                                     sizeof(OURS) - 1, in, in_len) == OPENSSL_NPN_NEGOTIATED
                       ? SSL_TLSEXT_ERR_OK
                       : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *new_context(void)
{
        SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

        if (!tls)
                mem_exhausted();
        SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
        SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE |
                                         SSL_OP_IGNORE_UNEXPECTED_EOF);
        SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
        SSL_CTX_set_default_passwd_cb(tls, no_passphrase);
        SSL_CTX_set_alpn_select_cb(tls, choose_alpn, NULL);
        return tls;
}

int https_new(struct https **ret, const char *cert_file, const char *key_file, char **ret_error)
{
        struct https h = { .tls = new_context() };
        const char *bad = NULL;

        ERR_clear_error();
        if (SSL_CTX_use_certificate_chain_file(h.tls, cert_file) != 1)
                bad = cert_file;
        else if (SSL_CTX_use_PrivateKey_file(h.tls, key_file, SSL_FILETYPE_PEM) != 1)
                bad = key_file;
        if (!bad) {
                *ret = mem_copy(&h, sizeof(h));
                return 0;
        }
        unsigned long first = ERR_peek_error(); /* the last says only "system lib", or "PEM lib" */
        const char *reason = ERR_SYSTEM_ERROR(first) ? strerror(ERR_GET_REASON(first))
                                                     : ERR_reason_error_string(first);

        *ret_error = mem_printf("cannot use %s: %s", bad, reason ? reason : "it holds none");
        ERR_clear_error();
        SSL_CTX_free(h.tls);
        return -EKEYREJECTED;
}

void https_free(struct https *h)
{
        if (!h)
                return;
        SSL_CTX_free(h->tls);
        free(h);
}

struct bufferevent *https_bufferevent(struct https *h, struct event_base *base, int options)
{
        SSL *ssl = SSL_new(h->tls);

        if (!ssl)
                mem_exhausted();
        return bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, options);
}

bool https_is_greeting(struct bufferevent *bev)
{
        SSL *ssl = bufferevent_openssl_get_ssl(bev);

        return ssl && !SSL_is_init_finished(ssl);
}
