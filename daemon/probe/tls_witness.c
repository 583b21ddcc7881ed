/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the peer sent, noted while the handshake goes on, and its certificates read from that.
 *
 * A handshake may fail after the certificates came in, or because of them. So nothing is asked of
 * the finished connection: a witness stands by from the start. The verification callback, which
 * accepts everything, notes the certificates as soon as OpenSSL has read them. The message
 * callback notes the raw Certificate message, in case OpenSSL cannot read it, and the first bytes
 * of the peer, in case it does not speak TLS at all.
 */
#include "daemon/probe/tls_witness.h"

#include "common/base/mem.h"
#include "common/cert/chain.h"
#include "daemon/probe/cert_cache.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* ---- standing by ---------------------------------------------------------------------------- */

static int witness_index;

static void witness_free(void *parent, void *witness, CRYPTO_EX_DATA *ad, int index, long argl,
                         void *argp)
{
        struct tls_witness *w = witness;

        (void)parent;
        (void)ad;
        (void)index;
        (void)argl;
        (void)argp;
        if (!w)
                return;
        sk_X509_pop_free(w->served, X509_free);
        free(w->message);
        free(w);
}

static void witness_register(void)
{
        witness_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, witness_free);
}

static struct tls_witness *witness_of(const SSL *ssl)
{
        return SSL_get_ex_data(ssl, witness_index);
}

/* OpenSSL asks whether the certificates will do: they always do, we only want to see them. */
static int on_verify(X509_STORE_CTX *store, void *arg)
{
        SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
        struct tls_witness *w = witness_of(ssl);

        (void)arg;
        if (!w->served)
                w->served = X509_chain_up_ref(X509_STORE_CTX_get0_untrusted(store));
        if (w->served) {
                free(w->message);
                w->message = NULL;
        }
        return 1;
}

/*
 * After the peer's last message we answer, say good-bye and close: that goes out in one segment,
 * at close(2), and not in three. Who shows an identity stays for the answer to it.
 */
static void hold_back(const SSL *ssl)
{
        setsockopt(SSL_get_fd(ssl), IPPROTO_TCP, TCP_CORK, &(int){ 1 }, sizeof(int));
}

/* OpenSSL shows what goes over the wire, before it acts on it. */
static void on_message(int is_sent, int version, int type, const void *bytes, size_t n, SSL *ssl,
                       void *arg)
{
        struct tls_witness *w = witness_of(ssl);

        (void)arg;
        if (is_sent || n == 0)
                return;
        if (type == SSL3_RT_HANDSHAKE && *(const uint8_t *)bytes == SSL3_MT_NEWSESSION_TICKET)
                w->has_ticket = true;
        if (type == SSL3_RT_HANDSHAKE && *(const uint8_t *)bytes == SSL3_MT_FINISHED &&
            !w->has_identity)
                hold_back(ssl);
        if (type == SSL3_RT_HEADER && !w->has_first && n >= TLS_RECORD_HEADER_BYTES) {
                memcpy(w->first, bytes, TLS_RECORD_HEADER_BYTES);
                w->has_first = true;
        } else if (type == SSL3_RT_HANDSHAKE && *(const uint8_t *)bytes == SSL3_MT_CERTIFICATE &&
                   !w->message && !w->served) {
                w->message = mem_copy(bytes, n); /* at most TLS_MAX_CERTIFICATE_BYTES */
                w->message_len = n;
                w->message_is_tls13 = version == TLS1_3_VERSION;
        }
}

bool tls_witness_watch(SSL_CTX *ctx)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;

        pthread_once(&once, witness_register);
        SSL_CTX_set_cert_verify_callback(ctx, on_verify, NULL);
        SSL_CTX_set_msg_callback(ctx, on_message);
        return witness_index >= 0;
}

bool tls_witness_attach(SSL *ssl, const struct identity *identity)
{
        struct tls_witness *w = mem_new0(1, sizeof(*w));

        w->has_identity = identity != NULL;
        if (SSL_set_ex_data(ssl, witness_index, w))
                return true;
        free(w);
        return false;
}

const struct tls_witness *tls_witness_of(const SSL *ssl)
{
        return witness_of(ssl);
}

void tls_witness_asked(SSL *ssl)
{
        witness_of(ssl)->was_asked = true;
}

/* ---- what was served ------------------------------------------------------------------------ */

static void add_unreadable(struct chain *chain, const char *reason)
{
        struct finding *f = finding_add(&chain->problems, FINDING_INPUT_UNPARSEABLE);

        f->position = chain_skip(chain);
        finding_set(&f->message, "Certificate %d that the server sent is damaged (%s).",
                    f->position + 1, reason);
        finding_set(&f->remedy, "Replace it in the server's chain file by a fresh copy from its "
                                "CA.");
}

static void add_over_limit(struct chain *chain)
{
        struct finding *f = finding_add(&chain->problems, FINDING_RESOURCE_LIMIT);

        finding_set(&f->message, "The server sends more than %d certificates.", CHAIN_MAX_CERTS);
        finding_set(&f->remedy, "Serve only the server certificate and its intermediates; a "
                                "bundle of roots is for clients.");
}

/* One place for both sources: @r and @reason are what parsing the next certificate gave. */
static void add_certificate(struct chain *chain, int r, struct cert *cert, const char *reason)
{
        if (r < 0) {
                add_unreadable(chain, r == -E2BIG ? "too large" : reason);
                return;
        }
        chain_add(chain, cert);
        cert_unref(cert);
}

static void add_served(struct chain *chain, const STACK_OF(X509) *served)
{
        for (int i = 0; i < sk_X509_num(served); i++) {
                struct cert *cert = NULL;
                const char *reason = "unknown";

                if (i == CHAIN_MAX_CERTS) {
                        add_over_limit(chain);
                        return;
                }
                int r = cert_cache_read(&cert, sk_X509_value(served, i), &reason);

                add_certificate(chain, r, cert, reason);
        }
}

/* A cursor over the bytes of a message. */
struct reader {
        const uint8_t *at;
        size_t left;
};

/* A vector with a length of @width bytes in front; false when it is cut short. */
static bool read_vector(struct reader *r, size_t width, struct reader *ret)
{
        size_t n = 0;

        if (r->left < width)
                return false;
        for (size_t i = 0; i < width; i++)
                n = n << 8 | r->at[i];
        if (r->left - width < n)
                return false;
        *ret = (struct reader){ .at = r->at + width, .left = n };
        r->at += width + n;
        r->left -= width + n;
        return true;
}

/*
 * From the wire, when OpenSSL gave up on the message: certificates in vectors of 24-bit length
 * (RFC 5246 section 7.4.2); in TLS 1.3 a context comes first and extensions follow each (RFC 8446
 * section 4.4.2).
 */
static void add_from_message(struct chain *chain, const struct tls_witness *w)
{
        struct reader message = { .at = w->message + 1, .left = w->message_len - 1 };
        struct reader body, list, der, ignored;

        if (!read_vector(&message, 3, &body) ||
            (w->message_is_tls13 && !read_vector(&body, 1, &ignored)) ||
            !read_vector(&body, 3, &list))
                return;
        for (size_t i = 0; read_vector(&list, 3, &der); i++) {
                struct cert *cert = NULL;
                const char *reason = "unknown";

                if (i == CHAIN_MAX_CERTS) {
                        add_over_limit(chain);
                        return;
                }
                int r = cert_parse(&cert, der.at, der.left, &reason);

                add_certificate(chain, r, cert, reason);
                if (w->message_is_tls13 && !read_vector(&list, 2, &ignored))
                        return;
        }
}

struct chain *tls_witness_chain(const struct tls_witness *w)
{
        if (!w->served && !w->message)
                return NULL;

        struct chain *chain = chain_new();

        if (w->served)
                add_served(chain, w->served);
        else
                add_from_message(chain, w);
        ERR_clear_error();
        if (chain->n == 0 && chain->problems.n == 0) {
                chain_free(chain); /* a Certificate message without certificates */
                return NULL;
        }
        return chain;
}
