/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of OpenSSL that a probe touches, behind a small vocabulary.
 *
 * A handshake may fail after the certificates came in, or because of them. So nothing is asked of
 * the finished connection: a witness stands by from the start. The verification callback, which
 * accepts everything, notes the certificates as soon as OpenSSL has read them. The message
 * callback notes the raw Certificate message, in case OpenSSL cannot read it, and the first bytes
 * of the peer, in case it does not speak TLS at all.
 */
#include "daemon/probe/tls_client.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/chain.h"
#include "common/cert/names.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define RECORD_HEADER_BYTES 5

/* Everything but anonymous and unencrypted: what a server can still be persuaded to speak. */
#define CIPHERS "ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0"

struct tls_client {
        SSL_CTX *ctx;
};

/* Hangs on every SSL and dies with it. */
struct witness {
        STACK_OF(X509) *served; /* as read by OpenSSL, or NULL */
        uint8_t *message;       /* the Certificate message until .served is there, or NULL */
        size_t message_len;
        bool message_is_tls13;
        char first[RECORD_HEADER_BYTES]; /* what came where the first record's header should be */
        bool has_first;
};

/* ---- the witness ---------------------------------------------------------------------------- */

static int witness_index;

static void witness_free(void *parent, void *witness, CRYPTO_EX_DATA *ad, int index, long argl,
                         void *argp)
{
        struct witness *w = witness;

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

static struct witness *witness_of(const SSL *ssl)
{
        return SSL_get_ex_data(ssl, witness_index);
}

/* OpenSSL asks whether the certificates will do: they always do, we only want to see them. */
static int on_verify(X509_STORE_CTX *store, void *arg)
{
        SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
        struct witness *w = witness_of(ssl);

        (void)arg;
        if (!w->served)
                w->served = X509_chain_up_ref(X509_STORE_CTX_get0_untrusted(store));
        if (w->served) {
                free(w->message);
                w->message = NULL;
        }
        return 1;
}

/* OpenSSL shows what goes over the wire, before it acts on it. */
static void on_message(int is_sent, int version, int type, const void *bytes, size_t n, SSL *ssl,
                       void *arg)
{
        struct witness *w = witness_of(ssl);

        (void)arg;
        if (is_sent || n == 0)
                return;
        if (type == SSL3_RT_HEADER && !w->has_first && n >= RECORD_HEADER_BYTES) {
                memcpy(w->first, bytes, RECORD_HEADER_BYTES);
                w->has_first = true;
        } else if (type == SSL3_RT_HANDSHAKE && *(const uint8_t *)bytes == SSL3_MT_CERTIFICATE &&
                   !w->message && !w->served) {
                w->message = mem_copy(bytes, n); /* at most TLS_MAX_CERTIFICATE_BYTES */
                w->message_len = n;
                w->message_is_tls13 = version == TLS1_3_VERSION;
        }
}

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
        SSL_CTX_set_cert_verify_callback(ctx, on_verify, NULL);
        SSL_CTX_set_msg_callback(ctx, on_message);
        return SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) &&
               SSL_CTX_set_max_proto_version(ctx, 0) && SSL_CTX_set_cipher_list(ctx, CIPHERS);
}

int tls_client_new(struct tls_client **ret)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;

        pthread_once(&once, witness_register);
        ERR_clear_error();
        SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

        if (!ctx || witness_index < 0 || !set_options(ctx)) {
                SSL_CTX_free(ctx);
                ERR_clear_error();
                return -ENOMEM;
        }

        struct tls_client *t = mem_new0(1, sizeof(*t));

        t->ctx = ctx;
        *ret = t;
        return 0;
}

void tls_client_free(struct tls_client *t)
{
        if (!t)
                return;
        SSL_CTX_free(t->ctx);
        free(t);
}

struct ssl_st *tls_client_open(struct tls_client *t, int fd, const char *server_name)
{
        bool sends_name = server_name && !host_is_ip(server_name);

        ERR_clear_error();
        SSL *ssl = SSL_new(t->ctx);
        struct witness *w = mem_new0(1, sizeof(*w));

        if (!ssl || !SSL_set_ex_data(ssl, witness_index, w)) {
                free(w);
                SSL_free(ssl);
                return NULL;
        }
        if (!SSL_set_fd(ssl, fd) || (sends_name && !SSL_set_tlsext_host_name(ssl, server_name))) {
                SSL_free(ssl);
                return NULL;
        }
        SSL_set_connect_state(ssl);
        return ssl;
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

/* ---- what went wrong ------------------------------------------------------------------------ */

/* Protocols whose server speaks in clear text where we expected a TLS record. */
static const struct {
        const char *first;
        const char *detail;
} PLAIN_PEERS[] = {
        { "HTTP/", "not TLS: peer answered with plain HTTP" },
        { "220 ", "not TLS: peer greeted in clear text, as SMTP and FTP servers do" },
        { "220-", "not TLS: peer greeted in clear text, as SMTP and FTP servers do" },
        { "* OK", "not TLS: peer greeted in clear text, as IMAP servers do" },
        { "+OK", "not TLS: peer greeted in clear text, as POP3 servers do" },
        { "SSH-", "not TLS: peer speaks SSH" },
};

/* OpenSSL's reasons whose own words would puzzle the reader. */
static const struct {
        int reason;
        const char *detail;
} REASONS[] = {
        { SSL_R_UNEXPECTED_EOF_WHILE_READING, "peer closed the connection during the handshake" },
        { SSL_R_WRONG_VERSION_NUMBER, "peer answered with a TLS version that nobody knows" },
        { SSL_R_UNSUPPORTED_PROTOCOL, "peer chose a TLS version older than 1.0 or unknown here" },
        { SSL_R_NO_PROTOCOLS_AVAILABLE, "no TLS version in common" },
        { SSL_R_EXCESSIVE_MESSAGE_SIZE, "peer sent a certificate message larger than 256 kB" },
        { SSL_R_RECORD_LENGTH_MISMATCH, "peer sent a malformed TLS record" },
        { SSL_R_PACKET_LENGTH_TOO_LONG, "peer sent a malformed TLS record" },
        { SSL_R_UNEXPECTED_MESSAGE, "peer sent handshake messages out of order" },
        { SSL_R_DH_KEY_TOO_SMALL, "peer's Diffie-Hellman key is too small" },
        { SSL_R_WRONG_SIGNATURE_TYPE, "peer signed with an algorithm that was not offered" },
        { SSL_R_BAD_SIGNATURE, "peer's handshake signature does not fit its certificate's key" },
        { SSL_R_UNKNOWN_CERTIFICATE_TYPE, "peer's certificate holds a key of an unknown kind" },
};

static bool looks_like_tls(const struct witness *w)
{
        uint8_t type = (uint8_t)w->first[0];

        return type >= SSL3_RT_CHANGE_CIPHER_SPEC && type <= SSL3_RT_APPLICATION_DATA &&
               w->first[1] == SSL3_VERSION_MAJOR;
}

static void explain_plain_peer(const struct witness *w, struct buf *out)
{
        for (size_t i = 0; i < ARRAY_LEN(PLAIN_PEERS); i++)
                if (memcmp(w->first, PLAIN_PEERS[i].first, strlen(PLAIN_PEERS[i].first)) == 0) {
                        buf_puts(out, PLAIN_PEERS[i].detail);
                        return;
                }
        buf_puts(out, "not TLS: peer answered with \"");
        text_escape(out, w->first, sizeof(w->first));
        buf_puts(out, "\"");
}

static void explain_alert(int alert, struct buf *out)
{
        const char *words = SSL_alert_desc_string_long(alert);

        if (alert == TLS13_AD_CERTIFICATE_REQUIRED)
                words = "certificate required"; /* not in OpenSSL 3.0's list */
        if (strcmp(words, "unknown") == 0)
                buf_printf(out, "peer sent alert: number %d", alert);
        else
                buf_printf(out, "peer sent alert: %s", words);
}

static void explain_error(unsigned long error, struct buf *out)
{
        int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
        const char *words = ERR_reason_error_string(error);

        if (reason >= SSL_AD_REASON_OFFSET) {
                explain_alert(reason - SSL_AD_REASON_OFFSET, out);
                return;
        }
        for (size_t i = 0; i < ARRAY_LEN(REASONS); i++)
                if (REASONS[i].reason == reason) {
                        buf_puts(out, REASONS[i].detail);
                        return;
                }
        buf_printf(out, "TLS error: %s", words ? words : "unknown");
}

/* From OpenSSL's queue: the first entry is the cause, the last is the summary. */
static enum tls_progress explain_queue(const struct witness *w, struct buf *out)
{
        unsigned long cause = ERR_peek_error(), summary = ERR_peek_last_error();

        if (ERR_GET_REASON(cause) == ERR_R_MALLOC_FAILURE)
                return TLS_NO_MEMORY;
        if (w->has_first && !looks_like_tls(w))
                explain_plain_peer(w, out);
        else if (w->message)
                buf_puts(out, "peer sent a damaged certificate");
        else
                explain_error(summary, out);
        return TLS_FAILED;
}

static enum tls_progress explain_errno(int e, struct buf *out)
{
        if (e == ENOMEM || e == ENOBUFS)
                return TLS_NO_MEMORY;
        if (e == 0)
                buf_puts(out, "peer closed the connection during the handshake");
        else if (e == ECONNRESET || e == EPIPE)
                buf_puts(out, "peer reset the connection during the handshake");
        else
                buf_printf(out, "connection lost during the handshake: %s", strerror(e));
        return TLS_FAILED;
}

enum tls_progress tls_client_handshake(struct ssl_st *ssl, char *detail, size_t detail_size)
{
        struct buf out = BUF_INIT(detail_size - 1);
        enum tls_progress r = TLS_FAILED;

        ERR_clear_error(); /* SSL_get_error() consults this thread's whole error queue */
        errno = 0;
        int done = SSL_do_handshake(ssl);
        int saved_errno = errno;

        switch (SSL_get_error(ssl, done)) {
        case SSL_ERROR_NONE:        return TLS_DONE;
        case SSL_ERROR_WANT_READ:   return TLS_WANT_READ;
        case SSL_ERROR_WANT_WRITE:  return TLS_WANT_WRITE;
        case SSL_ERROR_ZERO_RETURN: r = explain_errno(0, &out); break;
        case SSL_ERROR_SYSCALL:     r = explain_errno(saved_errno, &out); break;
        default:                    r = explain_queue(witness_of(ssl), &out); break;
        }
        snprintf(detail, detail_size, "%s", buf_str(&out));
        buf_done(&out);
        ERR_clear_error();
        return r;
}

bool tls_client_heard(struct ssl_st *ssl)
{
        return BIO_number_read(SSL_get_rbio(ssl)) > 0;
}

/* ---- what was served ------------------------------------------------------------------------ */

static void add_unreadable(struct chain *chain, size_t i, const char *reason)
{
        struct finding *f = finding_add(&chain->problems, FINDING_INPUT_UNPARSEABLE);

        f->position = (int)i;
        finding_set(&f->message, "Certificate %zu that the server sent is damaged (%s).", i + 1,
                    reason);
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

/* One place for both sources: @r and @reason are what parsing certificate @i gave. */
static void add_certificate(struct chain *chain, size_t i, int r, struct cert *cert,
                            const char *reason)
{
        if (r < 0) {
                add_unreadable(chain, i, r == -E2BIG ? "too large" : reason);
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
                int r = cert_from_x509(&cert, sk_X509_value(served, i), &reason);

                add_certificate(chain, (size_t)i, r, cert, reason);
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
static void add_from_message(struct chain *chain, const struct witness *w)
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

                add_certificate(chain, i, r, cert, reason);
                if (w->message_is_tls13 && !read_vector(&list, 2, &ignored))
                        return;
        }
}

struct chain *tls_client_chain(struct ssl_st *ssl)
{
        const struct witness *w = witness_of(ssl);

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

/* ---- what was agreed on --------------------------------------------------------------------- */

const char *tls_client_protocol(struct ssl_st *ssl)
{
        return SSL_get_version(ssl);
}

const char *tls_client_cipher(struct ssl_st *ssl)
{
        return SSL_CIPHER_get_name(SSL_get_current_cipher(ssl));
}

/* OpenSSL's numbers of key exchange groups, and what people call them (IANA's names). */
static const struct {
        int nid;
        const char *name;
} GROUPS[] = {
        { NID_X9_62_prime256v1, "secp256r1" },
        { NID_secp384r1, "secp384r1" },
        { NID_secp521r1, "secp521r1" },
        { NID_X25519, "x25519" },
        { NID_X448, "x448" },
        { NID_ffdhe2048, "ffdhe2048" },
        { NID_ffdhe3072, "ffdhe3072" },
        { NID_ffdhe4096, "ffdhe4096" },
        { TLSEXT_nid_unknown | 0x11ec, "X25519MLKEM768" },
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

const char *tls_client_group(struct ssl_st *ssl)
{
        int nid = SSL_version(ssl) == TLS1_3_VERSION ? (int)SSL_get_negotiated_group(ssl)
                                                     : group_of_key(ssl);

        ERR_clear_error();
        if (nid == EVP_PKEY_DH || nid == EVP_PKEY_DHX)
                return "DHE";
        for (size_t i = 0; i < ARRAY_LEN(GROUPS); i++)
                if (GROUPS[i].nid == nid)
                        return GROUPS[i].name;
        return NULL;
}
