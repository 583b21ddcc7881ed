/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of OpenSSL that a probe touches, behind a small vocabulary: opening, shaking hands, and what
 * was agreed on. What the peer sent is noted and read in tls_witness.c; what went wrong is put into
 * words in tls_words.c.
 */
#include "daemon/probe/tls_client.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/cert.h"
#include "common/cert/identity.h"
#include "common/cert/names.h"
#include "common/cert/staple.h"
#include "daemon/probe/cert_cache.h"
#include "daemon/probe/handshake_cache.h"
#include "daemon/probe/tls_witness.h"
#include "daemon/probe/tls_words.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What a server can still be persuaded to speak, the best first, and what does not encrypt last:
 * that is something to report. Anonymous suites are left out, for they show no certificate.
 */
#define CIPHERS "ALL:eNULL:!aNULL:!PSK:!SRP:!ARIA:!CAMELLIA:@SECLEVEL=0"

/* Of TLS 1.3, in the order of browsers: the first is the quickest, for both sides. */
#define CIPHERSUITES "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

/*
 * That the peer may say in all until it has shown its certificates; its largest messages, at what
 * OpenSSL takes of each, have 400 kB. OpenSSL skips HelloRequest, KeyUpdate and the like for as
 * long as more of them come, and does not return meanwhile: nobody would look at the clock.
 */
#define MAX_HEARD_BYTES (1 << 20)

#define MAX_CERTS 4096             /* kept decoded by each thread ... */
#define MAX_CERTS_BYTES (64 << 20) /* ... and this at the most */

struct tls_client {
        SSL_CTX *ctx;
        struct cert_cache *certs;
        struct handshake_cache *shares;
};

/* ---- opening and closing -------------------------------------------------------------------- */

static bool set_options(SSL_CTX *ctx)
{
        SSL_CTX_set_security_level(ctx, 0);
        SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                         SSL_OP_NO_TICKET);
        SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_max_cert_list(ctx, TLS_MAX_CERTIFICATE_BYTES);
        SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
        SSL_CTX_set_read_ahead(ctx, 1); /* one system call for many records */
        return SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) &&
               SSL_CTX_set_max_proto_version(ctx, 0) && SSL_CTX_set_cipher_list(ctx, CIPHERS) &&
               SSL_CTX_set_ciphersuites(ctx, CIPHERSUITES) &&
               tls_witness_watch(ctx);
}

int tls_client_new(struct tls_client **ret)
{
        ERR_clear_error();
        SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

        if (!ctx || !set_options(ctx)) {
                SSL_CTX_free(ctx);
                ERR_clear_error();
                return -ENOMEM;
        }

        struct tls_client *t = mem_new0(1, sizeof(*t));

        t->ctx = ctx;
        t->certs = cert_cache_new(MAX_CERTS, MAX_CERTS_BYTES);
        t->shares = handshake_cache_new();
        SSL_CTX_set_app_data(ctx, t);
        *ret = t;
        return 0;
}

void tls_client_free(struct tls_client *t)
{
        if (!t)
                return;
        SSL_CTX_free(t->ctx);
        cert_cache_free(t->certs);
        handshake_cache_free(t->shares);
        free(t);
}

struct cert_cache_stats tls_client_certs(const struct tls_client *t)
{
        return cert_cache_stats(t->certs);
}

/* From "h2,http/1.1" to what is sent: each with its length in front. */
static bool offer_alpn(SSL *ssl, const char *list)
{
        size_t n = strlen(list) + 1;
        AUTO_FREE uint8_t *wire = mem_new0(n + 1, 1);

        for (size_t at = 0, len; at < n; at += len + 1) {
                len = strcspn(list + at, ",");
                assert(len > 0 && len <= UINT8_MAX);
                wire[at] = (uint8_t)len;
                memcpy(wire + at + 1, list + at, len);
        }
        return SSL_set_alpn_protos(ssl, wire, (unsigned)n) == 0; /* 0 is success, for once */
}

/* The server asks for a certificate. */
static int show_identity(SSL *ssl, void *arg)
{
        const struct identity *id = arg;

        /* if it cannot be used in this handshake, none is shown, and the server has its say */
        SSL_use_cert_and_key(ssl, id->certs[0]->x509, id->key, id->above, 1);
        ERR_clear_error();
        tls_witness_asked(ssl);
        return 1;
}

static bool heard_too_much(BIO *bio)
{
        return BIO_number_read(bio) > MAX_HEARD_BYTES;
}

/* Stands before every read from the socket, which fails when the peer has said too much. */
static long before_read(BIO *bio, int what, const char *bytes, size_t n, int argi, long argl,
                        int ret, size_t *n_read)
{
        (void)bytes, (void)n, (void)argi, (void)argl, (void)n_read;
        if (what != BIO_CB_READ || !heard_too_much(bio))
                return ret;
        BIO_clear_retry_flags(bio);
        return -1;
}

struct ssl_st *tls_client_open(struct tls_client *t, int fd, const struct tls_terms *terms)
{
        bool sends_name = terms->server_name && !host_is_ip(terms->server_name);

        ERR_clear_error();
        SSL *ssl = SSL_new(t->ctx);

        if (!ssl || !tls_witness_attach(ssl, terms->identity) || !SSL_set_fd(ssl, fd) ||
            !SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp) ||
            (sends_name && !SSL_set_tlsext_host_name(ssl, terms->server_name)) ||
            (terms->alpn && !offer_alpn(ssl, terms->alpn))) {
                SSL_free(ssl);
                return NULL;
        }
        BIO_set_callback_ex(SSL_get_rbio(ssl), before_read);
        if (terms->identity)
                SSL_set_cert_cb(ssl, show_identity, (void *)terms->identity);
        SSL_set_connect_state(ssl);
        return ssl;
}

void tls_client_say(struct ssl_st *ssl, const void *bytes, size_t n)
{
        size_t written;

        ERR_clear_error();
        SSL_write_ex(ssl, bytes, n, &written);
        ERR_clear_error();
}

void tls_client_close(struct ssl_st *ssl)
{
        if (!ssl)
                return;
        ERR_clear_error();
        if (SSL_is_init_finished(ssl))
                SSL_shutdown(ssl); /* sends close_notify, if it goes out at once */
        SSL_free(ssl);
        ERR_clear_error();
}

/* ---- the handshake -------------------------------------------------------------------------- */

static const struct tls_client *client_of(const SSL *ssl)
{
        return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

static int shake_hands(SSL *ssl)
{
        const struct tls_client *t = client_of(ssl);

        cert_cache_use(t->certs);
        if (!tls_witness_of(ssl)->has_identity)
                handshake_cache_use(t->shares, clock_mono_ms());
        int done = SSL_do_handshake(ssl);

        handshake_cache_use(NULL, 0);
        cert_cache_use(NULL);
        return done;
}

enum tls_progress tls_client_handshake(struct ssl_st *ssl, char *detail, size_t detail_size)
{
        struct buf out = BUF_INIT(detail_size - 1);
        enum tls_progress r = TLS_FAILED;

        ERR_clear_error(); /* SSL_get_error() consults this thread's whole error queue */
        errno = 0;
        int done = shake_hands(ssl);
        int saved_errno = errno;

        switch (SSL_get_error(ssl, done)) {
        case SSL_ERROR_NONE:        return TLS_DONE;
        case SSL_ERROR_WANT_READ:   return TLS_WANT_READ;
        case SSL_ERROR_WANT_WRITE:  return TLS_WANT_WRITE;
        case SSL_ERROR_ZERO_RETURN: r = tls_words_of_errno(0, &out); break;
        case SSL_ERROR_SYSCALL:
                if (heard_too_much(SSL_get_rbio(ssl)))
                        buf_printf(&out, "peer sent more than %d kB without coming to an end",
                                   MAX_HEARD_BYTES / 1024);
                else
                        r = tls_words_of_errno(saved_errno, &out);
                break;
        default:                    r = tls_words_of_queue(tls_witness_of(ssl), &out); break;
        }
        snprintf(detail, detail_size, "%s", buf_str(&out));
        buf_done(&out);
        ERR_clear_error();
        return r;
}

bool tls_client_may_be_refused(struct ssl_st *ssl)
{
        const struct tls_witness *w = tls_witness_of(ssl);

        return SSL_version(ssl) == TLS1_3_VERSION && w->was_asked && !w->has_ticket;
}

enum tls_progress tls_client_await_refusal(struct ssl_st *ssl, char *detail, size_t detail_size)
{
        struct buf out = BUF_INIT(detail_size - 1);
        char byte;

        ERR_clear_error();
        int n = SSL_peek(ssl, &byte, 1);
        int why = SSL_get_error(ssl, n);

        bool is_alert = why == SSL_ERROR_SSL &&
                        ERR_GET_REASON(ERR_peek_last_error()) >= SSL_AD_REASON_OFFSET;

        if (is_alert && tls_words_of_queue(tls_witness_of(ssl), &out) == TLS_FAILED) {
                snprintf(detail, detail_size, "%s, to our client certificate", buf_str(&out));
                buf_done(&out);
                ERR_clear_error();
                return TLS_FAILED;
        }
        buf_done(&out);
        ERR_clear_error();
        return why == SSL_ERROR_WANT_READ && !tls_witness_of(ssl)->has_ticket ? TLS_WANT_READ
                                                                              : TLS_DONE;
}

bool tls_client_heard(struct ssl_st *ssl)
{
        return BIO_number_read(SSL_get_rbio(ssl)) > 0;
}

struct chain *tls_client_chain(struct ssl_st *ssl)
{
        return tls_witness_chain(tls_witness_of(ssl));
}

uint8_t *tls_client_staple(struct ssl_st *ssl, size_t *ret_len)
{
        const unsigned char *staple = NULL;
        long n = SSL_get_tlsext_status_ocsp_resp(ssl, &staple);

        if (n <= 0 || !staple)
                return NULL;
        *ret_len = n > STAPLE_MAX_BYTES ? STAPLE_MAX_BYTES + 1 : (size_t)n;
        return mem_copy(staple, *ret_len);
}

/* ---- what was agreed on --------------------------------------------------------------------- */

const char *tls_client_protocol(struct ssl_st *ssl)
{
        return SSL_get_version(ssl);
}

const char *tls_client_cipher(struct ssl_st *ssl)
{
        return SSL_CIPHER_get_name(SSL_get_current_cipher(ssl));
}

const char *tls_client_weakness(struct ssl_st *ssl)
{
        const SSL_CIPHER *c = SSL_get_current_cipher(ssl);

        if (!c)
                return NULL;
        switch (SSL_CIPHER_get_cipher_nid(c)) {
        case NID_undef:        return "does not encrypt";
        case NID_rc4:          return "uses RC4, which is broken (RFC 7465)";
        case NID_des_cbc:      return "uses DES, whose keys are too short";
        case NID_des_ede3_cbc: return "uses 3DES, whose blocks are too short (SWEET32)";
        }
        if (SSL_CIPHER_get_auth_nid(c) == NID_auth_null)
                return "is anonymous: anybody could be the server";
        return SSL_CIPHER_get_bits(c, NULL) < 128 ? "has a strength of less than 128 bits" : NULL;
}

/*
 * OpenSSL's numbers of key exchange groups, and what people call them (IANA's names). Those with
 * ML-KEM (FIPS 203) have no NID: they come as their number on the wire, behind a mark.
 */
static const struct {
        int nid;
        const char *name;
        bool post_quantum;
} GROUPS[] = {
        { NID_X9_62_prime256v1, "secp256r1", false },
        { NID_secp384r1, "secp384r1", false },
        { NID_secp521r1, "secp521r1", false },
        { NID_X25519, "x25519", false },
        { NID_X448, "x448", false },
        { NID_ffdhe2048, "ffdhe2048", false },
        { NID_ffdhe3072, "ffdhe3072", false },
        { NID_ffdhe4096, "ffdhe4096", false },
        { TLSEXT_nid_unknown | 0x0200, "MLKEM512", true },
        { TLSEXT_nid_unknown | 0x0201, "MLKEM768", true },
        { TLSEXT_nid_unknown | 0x0202, "MLKEM1024", true },
        { TLSEXT_nid_unknown | 0x11eb, "SecP256r1MLKEM768", true },
        { TLSEXT_nid_unknown | 0x11ec, "X25519MLKEM768", true },
        { TLSEXT_nid_unknown | 0x11ed, "SecP384r1MLKEM1024", true },
};

/* Before TLS 1.3 the group is only seen in the server's key. */
static int group_of_key(SSL *ssl)
{
        EVP_PKEY *key = NULL;
        char name[64] = "";
        int nid;

        if (!SSL_get_peer_tmp_key(ssl, &key))
                return NID_undef;
        nid = EVP_PKEY_get_id(key);
        if (nid == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, name, sizeof(name), NULL))
                nid = OBJ_txt2nid(name);
        EVP_PKEY_free(key);
        return nid;
}

const char *tls_client_group(struct ssl_st *ssl, bool *ret_post_quantum)
{
        int nid = SSL_version(ssl) == TLS1_3_VERSION ? (int)SSL_get_negotiated_group(ssl)
                                                     : group_of_key(ssl);

        ERR_clear_error();
        if (nid == EVP_PKEY_DH || nid == EVP_PKEY_DHX)
                return "DHE";
        for (size_t i = 0; i < ARRAY_LEN(GROUPS); i++)
                if (GROUPS[i].nid == nid) {
                        *ret_post_quantum = GROUPS[i].post_quantum;
                        return GROUPS[i].name;
                }
        return NULL;
}

void tls_client_alpn(struct ssl_st *ssl, char *out, size_t size)
{
        struct buf words = BUF_INIT(size - 1);
        const unsigned char *chosen = NULL;
        unsigned n = 0;

        SSL_get0_alpn_selected(ssl, &chosen, &n);
        text_escape(&words, (const char *)chosen, n);
        snprintf(out, size, "%s", buf_str(&words));
        buf_done(&words);
}
