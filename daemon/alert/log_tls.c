/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in log_tls.h. Every call begins with an empty queue of errors. */
#include "daemon/alert/log_tls.h"

#include "common/base/addr.h"
#include "common/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PIECE_BYTES 4096

struct log_tls {
        SSL_CTX *ctx;
};

struct log_tls_link {
        SSL *ssl;
        const char *error;
};

/* --- whom we trust, and who we are ------------------------------------------------------------ */

/* A key with a passphrase would have OpenSSL ask the terminal. */
static int no_passphrase(char *out, int size, int writing, void *arg)
{
        (void)out, (void)size, (void)writing, (void)arg;
        return -1;
}

static int refuse_file(const char *what, const char *path, char **ret_error)
{
        unsigned long code = ERR_peek_error();
        const char *reason = ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code))
                                                    : ERR_reason_error_string(code);

        *ret_error = mem_printf("cannot use %s %s: %s", what, path,
                                reason ? reason : "it holds none");
        return -EINVAL;
}

static int use_files(SSL_CTX *c, const struct log_tls_files *f, char **ret_error)
{
        const char *key = f->client_key ? f->client_key : f->client_cert;
        int r = f->ca ? SSL_CTX_load_verify_locations(c, f->ca, NULL)
                      : SSL_CTX_set_default_verify_paths(c);

        if (r != 1)
                return refuse_file("ca_file", f->ca ? f->ca : "of the system", ret_error);
        if (f->client_cert && SSL_CTX_use_certificate_chain_file(c, f->client_cert) != 1)
                return refuse_file("client_cert", f->client_cert, ret_error);
        if (f->client_cert && SSL_CTX_use_PrivateKey_file(c, key, SSL_FILETYPE_PEM) != 1)
                return refuse_file("client_key", key, ret_error);
        return 0;
}

int log_tls_new(struct log_tls **ret, const struct log_tls_files *files, char **ret_error)
{
        struct log_tls *t = mem_new0(1, sizeof(*t));

        t->ctx = SSL_CTX_new(TLS_client_method());
        if (!t->ctx)
                mem_exhausted();
        SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
        SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_default_passwd_cb(t->ctx, no_passphrase);
        ERR_clear_error();
        int r = use_files(t->ctx, files, ret_error);

        ERR_clear_error();
        if (r < 0)
                log_tls_free(t);
        else
                *ret = t;
        return r;
}

void log_tls_free(struct log_tls *t)
{
        if (!t)
                return;
        SSL_CTX_free(t->ctx);
        free(t);
}

/* --- one connection --------------------------------------------------------------------------- */

/* The name that the certificate must have, and SNI. */
static bool expect_name(SSL *ssl, const char *host)
{
        struct addr literal;

        if (addr_parse_ip(host, 0, &literal))
                return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
        return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

struct log_tls_link *log_tls_link_new(struct log_tls *t, int fd, const char *host)
{
        struct log_tls_link *l = mem_new0(1, sizeof(*l));

        l->ssl = SSL_new(t->ctx);
        if (!l->ssl || SSL_set_fd(l->ssl, fd) != 1 || !expect_name(l->ssl, host))
                mem_exhausted(); /* nothing else can fail here: the loader has seen the name */
        return l;
}

void log_tls_link_free(struct log_tls_link *l)
{
        if (!l)
                return;
        SSL_free(l->ssl);
        free(l);
}

static void begin(void)
{
        ERR_clear_error(); /* SSL_get_error() consults this thread's whole queue */
        errno = 0;
}

/* Why SSL_*() failed, if its error is no wish to wait. */
static const char *reason_of(const SSL *ssl, int error, int e)
{
        long verdict = SSL_get_verify_result(ssl);
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());

        if (verdict != X509_V_OK)
                return X509_verify_cert_error_string(verdict);
        if (error == SSL_ERROR_SYSCALL && e)
                return strerror(e);
        return error == SSL_ERROR_SSL && reason ? reason : "the server ended the connection";
}

/* Of what SSL_*() returned: 1 and above is success. */
static enum log_tls_status status_of(struct log_tls_link *l, int r)
{
        int e = errno;
        int error = SSL_get_error(l->ssl, r);

        switch (error) {
        case SSL_ERROR_NONE:
                return LOG_TLS_DONE;
        case SSL_ERROR_WANT_READ:
                return LOG_TLS_WANT_READ;
        case SSL_ERROR_WANT_WRITE:
                return LOG_TLS_WANT_WRITE;
        default:
                l->error = reason_of(l->ssl, error, e);
                return LOG_TLS_FAILED;
        }
}

enum log_tls_status log_tls_handshake(struct log_tls_link *l)
{
        begin();
        return status_of(l, SSL_connect(l->ssl));
}

enum log_tls_status log_tls_write(struct log_tls_link *l, const char *bytes, size_t n)
{
        begin();
        return status_of(l, SSL_write(l->ssl, bytes, (int)n));
}

/* Has the peer ended? Many close the connection without a word of TLS. */
static bool has_ended(SSL *ssl, int r)
{
        int error = SSL_get_error(ssl, r);

        return error == SSL_ERROR_ZERO_RETURN ||
               (error == SSL_ERROR_SSL &&
                ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
}

enum log_tls_status log_tls_end(struct log_tls_link *l)
{
        char piece[PIECE_BYTES];
        int r = 0;

        begin();
        if (!(SSL_get_shutdown(l->ssl) & SSL_SENT_SHUTDOWN)) {
                r = SSL_shutdown(l->ssl);
                if (r < 0)
                        return status_of(l, r);
                shutdown(SSL_get_fd(l->ssl), SHUT_WR);
        }
        r = SSL_read(l->ssl, piece, sizeof(piece));
        if (r > 0)
                return LOG_TLS_WANT_READ;
        return has_ended(l->ssl, r) ? LOG_TLS_DONE : status_of(l, r);
}

const char *log_tls_error(const struct log_tls_link *l)
{
        return l->error;
}
