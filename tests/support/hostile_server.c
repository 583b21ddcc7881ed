/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread accepts and every conversation has a thread of its own, so that a mode reads as the
 * plain script it is. Stopping shuts down every socket, which ends every script, and joins every
 * thread: one that is still on its way out when the process ends would take what OpenSSL keeps per
 * thread with it, and that is a leak.
 *
 * Modes that begin a real handshake let OpenSSL write its first flight into memory, and then send
 * it as badly as they like.
 */
#include "tests/support/hostile_server.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "daemon/demo/mint.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#define DRIP_INTERVAL_MS 50
#define OVERSIZE_BYTES (300 * 1024) /* above TLS_MAX_CERTIFICATE_BYTES */
#define TINY_BUFFER_BYTES 1

struct talk {
        LIST_ENTRY(talk) link;
        struct hostile_server *server;
        pthread_t thread;
        int fd;
};

LIST_HEAD(talk_list, talk);

struct hostile_server {
        struct hostile_options options;
        struct minted *own; /* when no chain was given */
        SSL_CTX *ctx;
        int fd;
        struct addr addr;
        pthread_t thread;
        pthread_mutex_t lock; /* of the three below */
        pthread_cond_t ended;
        struct talk_list talks;
        struct talk_list ended_talks; /* whose threads are to be joined */
};

static void must(bool ok, const char *what)
{
        if (ok)
                return;
        fprintf(stderr, "hostile server: %s: %s\n", what, strerror(errno));
        ERR_print_errors_fp(stderr);
        abort();
}

/* ---- what scripts are made of --------------------------------------------------------------- */

static void say(struct talk *t, const void *bytes, size_t n)
{
        const char *at = bytes;

        while (n > 0) {
                ssize_t sent = send(t->fd, at, n, MSG_NOSIGNAL);

                if (sent <= 0)
                        return; /* the client has gone, or we are stopping */
                at += sent;
                n -= (size_t)sent;
        }
}

/* Something of the client, most likely its whole line or ClientHello. */
static size_t hear(struct talk *t, void *bytes, size_t size)
{
        ssize_t n = recv(t->fd, bytes, size, 0);

        return n > 0 ? (size_t)n : 0;
}

static void hear_hello(struct talk *t)
{
        char hello[4096];

        hear(t, hello, sizeof(hello));
}

/* Does nothing until the client goes away. False when it has gone within @timeout_ms. */
static bool wait_idly(struct talk *t, int timeout_ms)
{
        struct pollfd p = { .fd = t->fd, .events = POLLRDHUP };

        return poll(&p, 1, timeout_ms) == 0;
}

static void hold(struct talk *t)
{
        while (wait_idly(t, 60000))
                ;
}

/* The server's first flight, as OpenSSL would send it. The caller frees the connection. */
static SSL *make_flight(struct talk *t, char **ret_flight, size_t *ret_n)
{
        char hello[4096];
        BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
        SSL *ssl = SSL_new(t->server->ctx);

        must(in && out && ssl, "SSL_new");
        BIO_write(in, hello, (int)hear(t, hello, sizeof(hello)));
        SSL_set_bio(ssl, in, out);
        SSL_set_accept_state(ssl);
        SSL_do_handshake(ssl);
        *ret_n = (size_t)BIO_get_mem_data(out, ret_flight);
        return ssl;
}

/* ---- the scripts ---------------------------------------------------------------------------- */

static void serve_well(struct talk *t)
{
        char request[1024];
        SSL *ssl = SSL_new(t->server->ctx);

        must(ssl && SSL_set_fd(ssl, t->fd), "SSL_new");
        if (SSL_accept(ssl) == 1) {
                SSL_read(ssl, request, sizeof(request));
                SSL_shutdown(ssl);
        }
        SSL_free(ssl);
}

static void serve_close(struct talk *t)
{
        (void)t;
}

static void serve_close_hello(struct talk *t)
{
        hear_hello(t);
}

static void serve_reset_hello(struct talk *t)
{
        struct linger now = { .l_onoff = 1, .l_linger = 0 };

        hear_hello(t);
        setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void serve_garbage(struct talk *t)
{
        uint8_t noise[512];

        for (size_t i = 0; i < sizeof(noise); i++)
                noise[i] = (uint8_t)(i * 167 + 0x99);
        hear_hello(t);
        say(t, noise, sizeof(noise));
        hold(t);
}

static void serve_http(struct talk *t)
{
        static const char answer[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
                                     "Content-Length: 0\r\n\r\n";

        hear_hello(t);
        say(t, answer, sizeof(answer) - 1);
}

static void serve_smtp(struct talk *t)
{
        static const char greeting[] = "220 mail.example.com ESMTP\r\n";

        say(t, greeting, sizeof(greeting) - 1);
        hold(t);
}

static void serve_alert(struct talk *t)
{
        static const uint8_t alert[] = { SSL3_RT_ALERT, 3, 3, 0, 2, SSL3_AL_FATAL,
                                         SSL_AD_HANDSHAKE_FAILURE };

        hear_hello(t);
        say(t, alert, sizeof(alert));
}

/* Empty messages that a client ignores (RFC 5246 section 7.4.1.1), as fast as they go out. */
static void serve_hello_requests(struct talk *t)
{
        uint8_t record[SSL3_RT_HEADER_LENGTH + SSL3_RT_MAX_PLAIN_LENGTH] = {
                SSL3_RT_HANDSHAKE, 3, 3, SSL3_RT_MAX_PLAIN_LENGTH >> 8,
        };

        hear_hello(t);
        while (wait_idly(t, 0))
                say(t, record, sizeof(record));
}

static void serve_flight(struct talk *t)
{
        char *flight;
        size_t n;
        SSL *ssl = make_flight(t, &flight, &n);

        say(t, flight, n);
        SSL_free(ssl);
}

static void serve_half(struct talk *t)
{
        serve_flight(t);
        hold(t);
}

/* Waits for the client's next flight: closing before it reads ours would be a reset. */
static void serve_half_close(struct talk *t)
{
        serve_flight(t);
        hear_hello(t);
}

static void serve_drip(struct talk *t)
{
        char *flight;
        size_t n;
        SSL *ssl = make_flight(t, &flight, &n);

        for (size_t i = 0; i < n && wait_idly(t, DRIP_INTERVAL_MS); i++)
                say(t, &flight[i], 1);
        SSL_free(ssl);
}

/*
 * The last certificate of the message begins with SEQUENCE; as INTEGER it is not one. Only TLS 1.2
 * sends it in the clear, where it can be spoiled.
 */
static void serve_damaged(struct talk *t)
{
        const struct hostile_options *o = &t->server->options;
        uint8_t *der = NULL;
        int len = i2d_X509(o->chain[o->n_chain - 1]->cert, &der);
        char *flight;
        size_t n;
        SSL *ssl = make_flight(t, &flight, &n);
        uint8_t *at = memmem(flight, n, der, (size_t)len);

        must(at != NULL, "no certificate in the flight: it needs TLS 1.2");
        *at = 0x02;
        say(t, flight, n);
        hold(t);
        OPENSSL_free(der);
        SSL_free(ssl);
}

static const struct {
        const char *name;
        void (*serve)(struct talk *t);
} MODES[HOSTILE_MODE_COUNT] = {
        [HOSTILE_NOTHING]     = { "nothing",     serve_well },
        [HOSTILE_SILENT]      = { "silent",      hold },
        [HOSTILE_CLOSE]       = { "close",       serve_close },
        [HOSTILE_CLOSE_HELLO] = { "close-after-hello", serve_close_hello },
        [HOSTILE_RESET_HELLO] = { "reset", serve_reset_hello },
        [HOSTILE_GARBAGE]     = { "garbage",     serve_garbage },
        [HOSTILE_HTTP]        = { "http",        serve_http },
        [HOSTILE_SMTP]        = { "smtp",        serve_smtp },
        [HOSTILE_ALERT]       = { "alert",       serve_alert },
        [HOSTILE_HALF]        = { "half-handshake",        serve_half },
        [HOSTILE_HALF_CLOSE]  = { "half-close",  serve_half_close },
        [HOSTILE_DRIP]        = { "drip",        serve_drip },
        [HOSTILE_OVERSIZE]    = { "oversize",    serve_half },
        [HOSTILE_DAMAGED]     = { "damaged",     serve_damaged },
        [HOSTILE_DEAF]        = { "never-reads",        hold },
        [HOSTILE_CLIENT_CERT] = { "client-cert", serve_well },
        [HOSTILE_HELLO_REQUESTS] = { "hello-requests", serve_hello_requests },
};

const char *hostile_mode_str(enum hostile_mode mode)
{
        return MODES[mode].name;
}

/* ---- conversations -------------------------------------------------------------------------- */

/* What comes before the mode's own script. */
static void say_preface(struct talk *t)
{
        const struct hostile_words *preface = t->server->options.preface;
        char question[4096];

        for (size_t i = 0; preface && preface[i].bytes; i++) {
                if (i > 0 && hear(t, question, sizeof(question)) == 0)
                        return;
                say(t, preface[i].bytes, preface[i].n);
        }
}

static void *talk_main(void *arg)
{
        struct talk *t = arg;
        struct hostile_server *s = t->server;

        say_preface(t);
        MODES[s->options.mode].serve(t);
        pthread_mutex_lock(&s->lock);
        LIST_REMOVE(t, link);
        LIST_INSERT_HEAD(&s->ended_talks, t, link);
        close(t->fd); /* under the lock: hostile_stop() shuts down what is on the list */
        pthread_cond_signal(&s->ended);
        pthread_mutex_unlock(&s->lock);
        return NULL;
}

static void join_ended(struct hostile_server *s)
{
        struct talk *t;

        pthread_mutex_lock(&s->lock); /* who is on this list needs it no more */
        while ((t = LIST_FIRST(&s->ended_talks))) {
                LIST_REMOVE(t, link);
                pthread_join(t->thread, NULL);
                free(t);
        }
        pthread_mutex_unlock(&s->lock);
}

static void talk_start(struct hostile_server *s, int fd)
{
        struct talk *t = mem_new0(1, sizeof(*t));

        t->server = s;
        t->fd = fd;
        pthread_mutex_lock(&s->lock);
        LIST_INSERT_HEAD(&s->talks, t, link);
        must(pthread_create(&t->thread, NULL, talk_main, t) == 0, "pthread_create");
        pthread_mutex_unlock(&s->lock);
}

static void *server_main(void *arg)
{
        struct hostile_server *s = arg;

        for (;;) {
                int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

                join_ended(s);
                if (fd >= 0)
                        talk_start(s, fd);
                else if (errno != ECONNABORTED && errno != EINTR)
                        return NULL; /* hostile_stop() has shut the socket down */
        }
}

/* ---- setting up ----------------------------------------------------------------------------- */

static void serve_chain(SSL_CTX *ctx, const struct hostile_options *o)
{
        size_t bytes = 0, len = (size_t)i2d_X509(o->chain[0]->cert, NULL);

        must(SSL_CTX_use_certificate(ctx, o->chain[0]->cert) == 1, "certificate");
        must(SSL_CTX_use_PrivateKey(ctx, o->chain[0]->key) == 1, "key");
        for (size_t i = 1; i < o->n_chain; i++)
                must(SSL_CTX_add1_chain_cert(ctx, o->chain[i]->cert) == 1, "chain");
        for (; o->mode == HOSTILE_OVERSIZE && bytes < OVERSIZE_BYTES; bytes += len)
                must(SSL_CTX_add1_chain_cert(ctx, o->chain[0]->cert) == 1, "chain");
}

/* Modes that show their certificate early do so in the clear. */
static int protocol_of(const struct hostile_options *o)
{
        bool in_clear = o->mode == HOSTILE_HALF || o->mode == HOSTILE_HALF_CLOSE ||
                        o->mode == HOSTILE_DAMAGED || o->mode == HOSTILE_CLIENT_CERT;

        return in_clear && o->protocol == 0 ? TLS1_2_VERSION : o->protocol;
}

/* Takes the protocol it knows, or refuses (RFC 7301 section 3.2). */
static int choose_alpn(SSL *ssl, const unsigned char **ret, unsigned char *ret_n,
                       const unsigned char *offered, unsigned n, void *arg)
{
        const char *own = arg;

        (void)ssl;
        for (unsigned at = 0; at < n; at += offered[at] + 1U)
                if (offered[at] == strlen(own) && memcmp(offered + at + 1, own, strlen(own)) == 0) {
                        *ret = offered + at + 1;
                        *ret_n = offered[at];
                        return SSL_TLSEXT_ERR_OK;
                }
        return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *make_ctx(const struct hostile_options *o)
{
        SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
        int protocol = protocol_of(o);

        must(ctx != NULL, "SSL_CTX_new");
        SSL_CTX_set_security_level(ctx, 0);
        SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
        SSL_CTX_set_min_proto_version(ctx, protocol ? protocol : TLS1_VERSION);
        SSL_CTX_set_max_proto_version(ctx, protocol);
        SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
        if (o->mode == HOSTILE_CLIENT_CERT)
                SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        if (o->client_ca)
                must(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), o->client_ca->cert) == 1,
                     "client CA");
        if (o->alpn)
                SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, (void *)o->alpn);
        serve_chain(ctx, o);
        return ctx;
}

static int listen_on(struct addr *a, const struct hostile_options *o)
{
        const char *ip = o->ip ? o->ip : o->ipv6 ? "::1" : "127.0.0.1";

        must(addr_parse_ip(ip, o->port, a), "address");

        int fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
        if (o->mode == HOSTILE_DEAF)
                setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){ TINY_BUFFER_BYTES }, sizeof(int));
        must(fd >= 0 && bind(fd, &a->sa, a->len) == 0 && listen(fd, 1024) == 0, "listen");
        must(getsockname(fd, &a->sa, &a->len) == 0, "getsockname");
        return fd;
}

static struct minted *mint_own(void)
{
        static const char *const NAMES[] = { "localhost", "127.0.0.1", "::1", NULL };
        struct mint_spec spec = {
                .cn = "localhost",
                .names = NAMES,
                .not_before_s = clock_wall_s() - 86400,
                .not_after_s = clock_wall_s() + 90 * 86400,
        };

        return mint(&spec, NULL);
}

struct hostile_server *hostile_start(const struct hostile_options *options)
{
        struct hostile_server *s = mem_new0(1, sizeof(*s));

        s->options = *options;
        if (!options->chain) {
                s->own = mint_own();
                s->options.chain = (const struct minted *const *)&s->own;
                s->options.n_chain = 1;
        }
        s->ctx = make_ctx(&s->options);
        s->fd = listen_on(&s->addr, options);
        pthread_mutex_init(&s->lock, NULL);
        pthread_cond_init(&s->ended, NULL);
        LIST_INIT(&s->talks);
        LIST_INIT(&s->ended_talks);
        must(pthread_create(&s->thread, NULL, server_main, s) == 0, "pthread_create");
        return s;
}

void hostile_stop(struct hostile_server *s)
{
        struct talk *t;

        if (!s)
                return;
        shutdown(s->fd, SHUT_RDWR); /* wakes accept4() */
        pthread_join(s->thread, NULL);
        close(s->fd);

        pthread_mutex_lock(&s->lock);
        LIST_FOREACH(t, &s->talks, link)
                shutdown(t->fd, SHUT_RDWR);
        while (!LIST_EMPTY(&s->talks))
                pthread_cond_wait(&s->ended, &s->lock);
        pthread_mutex_unlock(&s->lock);
        join_ended(s);

        pthread_mutex_destroy(&s->lock);
        pthread_cond_destroy(&s->ended);
        SSL_CTX_free(s->ctx);
        minted_free(s->own);
        free(s);
}

const struct addr *hostile_addr(const struct hostile_server *s)
{
        return &s->addr;
}

uint16_t hostile_port(const struct hostile_server *s)
{
        return ntohs(s->addr.in.sin_port); /* at the same place in sin6 */
}
