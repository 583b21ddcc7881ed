/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server of the speed benchmark: one TLS server on all of 127.0.0.0/8, a port for each kind of
 * chain, that shows another chain at every address. It mints them all first, and every leaf is
 * valid for the address it is shown at. It counts what it has served in a file that others map.
 *
 *     bench_speed_server FOLDER MANY        MANY: of the kinds that nobody has seen before
 *
 * writes FOLDER/root.pem, then FOLDER/ports (lines "KIND PORT CHAINS"), and serves until it is
 * killed. FOLDER/served is an array of uint64_t in the order of the lines: handshakes finished.
 *
 * The port "stub" serves as cheaply as a server can: it says ServerHello and Certificate of TLS
 * 1.2, prepared like the chain, and hangs up. What is left of the work is all the client's.
 */
#include "common/base/buf.h"
#include "common/base/mem.h"
#include "daemon/demo/mint.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DAY 86400
#define SEEN_LEAVES 50 /* different leaves of a kind that is looked at again and again */
#define PER_NET 250    /* addresses 127.70.x.1 to .250 */
#define STUB_MAX 8192

enum kind { KIND_RSA, KIND_P256, KIND_P384, KIND_NEW, KIND_STUB, KIND_COUNT };

struct served_chain {
        struct minted *leaf;
        struct minted *issuing; /* shared by all of its kind, unless the kind is never seen */
        uint8_t *stub;
        size_t stub_len;
};

static struct kind_of_chain {
        const char *name;
        enum mint_key ca_key, leaf_key;
        bool is_new; /* every chain all its own, up to the root */
        size_t n;
        struct served_chain *chains;
        struct minted *root;
        uint16_t port;
} kinds[KIND_COUNT] = {
        [KIND_RSA]  = { "rsa",  MINT_RSA_2048, MINT_RSA_2048, false, SEEN_LEAVES },
        [KIND_P256] = { "p256", MINT_EC_P256,  MINT_EC_P256,  false, SEEN_LEAVES },
        [KIND_P384] = { "p384", MINT_EC_P384,  MINT_EC_P256,  false, SEEN_LEAVES },
        [KIND_NEW]  = { "new",  MINT_EC_P256,  MINT_EC_P256,  true },
        [KIND_STUB] = { "stub", MINT_EC_P384,  MINT_EC_P256,  true },
};

static struct event_base *base;
static SSL_CTX *tls;
static uint64_t *served; /* [KIND_COUNT], shared with those who watch */
static time_t now_s;

static void must(bool ok, const char *what)
{
        if (ok)
                return;
        perror(what);
        ERR_print_errors_fp(stderr);
        exit(2);
}

/* --- minting ---------------------------------------------------------------------------------- */

static struct minted *make_ca(const char *cn, enum mint_key key, const struct minted *issuer)
{
        return mint(&(struct mint_spec){
                .cn = cn, .ca = true, .key = key,
                .not_before_s = now_s - 900 * DAY, .not_after_s = now_s + 2700 * DAY,
        }, issuer);
}

/* Keys of RSA take long to make: all leaves of a kind have one, and differ in the rest. */
static struct minted *make_leaf(const struct kind_of_chain *k, size_t i,
                                const struct minted *issuer)
{
        char name[64], ip[32];
        struct mint_spec spec = {
                .cn = name, .key = k->leaf_key, .ca_issuers = "http://ca.example/1.crt",
                .names = (const char *const[]){ name, "*.bench.example", ip, NULL },
                .not_before_s = now_s - 30 * DAY, .not_after_s = now_s + 60 * DAY,
        };

        snprintf(name, sizeof(name), "%s-%zu.bench.example", k->name, i);
        snprintf(ip, sizeof(ip), "127.70.%zu.%zu", i / PER_NET, i % PER_NET + 1);
        return k->leaf_key == MINT_RSA_2048 && i > 0 ? mint_cross(&spec, k->chains[0].leaf, issuer)
                                                     : mint(&spec, issuer);
}

static void make_chains(struct kind_of_chain *k)
{
        char cn[64];

        snprintf(cn, sizeof(cn), "Bench %s Root", k->name);
        k->root = make_ca(cn, k->ca_key, NULL);
        k->chains = mem_new0(k->n, sizeof(*k->chains));
        for (size_t i = 0; i < k->n; i++) {
                struct served_chain *c = &k->chains[i];

                snprintf(cn, sizeof(cn), "Bench %s Issuing %zu", k->name, i);
                c->issuing = i == 0 || k->is_new ? make_ca(cn, k->ca_key, k->root)
                                                 : k->chains[0].issuing;
                c->leaf = make_leaf(k, i, c->issuing);
        }
}

/* The chain of the address at which this connection came in. */
static struct served_chain *chain_at(struct kind_of_chain *k, int fd)
{
        struct sockaddr_in sin;
        socklen_t len = sizeof(sin);

        must(getsockname(fd, (struct sockaddr *)&sin, &len) == 0, "getsockname");
        uint32_t ip = ntohl(sin.sin_addr.s_addr);

        return &k->chains[((ip >> 8 & 0xff) * PER_NET + (ip & 0xff) - 1) % k->n];
}

/* --- TLS -------------------------------------------------------------------------------------- */

struct client {
        SSL *ssl;
        enum kind kind;
        struct event io;
        int fd;
};

static void client_free(struct client *c)
{
        event_del(&c->io);
        SSL_free(c->ssl);
        close(c->fd);
        free(c);
        ERR_clear_error();
}

static int on_certificate(SSL *ssl, void *arg)
{
        struct client *c = SSL_get_app_data(ssl);
        struct served_chain *chain = chain_at(&kinds[c->kind], c->fd);

        (void)arg;
        return SSL_use_certificate(ssl, chain->leaf->cert) == 1 &&
               SSL_use_PrivateKey(ssl, chain->leaf->key) == 1 &&
               SSL_add1_chain_cert(ssl, chain->issuing->cert) == 1;
}

static void on_client(evutil_socket_t fd, short what, void *arg)
{
        struct client *c = arg;
        bool was_done = SSL_is_init_finished(c->ssl);
        char rest[256];

        (void)what;
        ERR_clear_error();
        int r = was_done ? SSL_read(c->ssl, rest, sizeof(rest)) : SSL_do_handshake(c->ssl);
        int why = SSL_get_error(c->ssl, r);

        if (!was_done && r == 1) {
                served[c->kind]++;
                why = SSL_ERROR_WANT_READ;
        }
        if (r <= 0 && why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
                client_free(c);
                return;
        }
        event_assign(&c->io, base, fd, why == SSL_ERROR_WANT_WRITE ? EV_WRITE : EV_READ, on_client,
                     c);
        event_add(&c->io, NULL);
}

static void on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int len,
                      void *arg)
{
        struct kind_of_chain *k = arg;
        struct client *c = mem_new0(1, sizeof(*c));

        (void)l; (void)sa; (void)len;
        c->kind = (enum kind)(k - kinds);
        c->fd = fd;
        c->ssl = SSL_new(tls);
        must(c->ssl && SSL_set_fd(c->ssl, fd) && SSL_set_app_data(c->ssl, c), "SSL");
        SSL_set_accept_state(c->ssl);
        event_assign(&c->io, base, fd, EV_READ, on_client, c);
        event_add(&c->io, NULL);
}

static void make_context(void)
{
        tls = SSL_CTX_new(TLS_server_method());
        must(tls != NULL, "SSL_CTX");
        SSL_CTX_set_options(tls, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(tls, 0);
        SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_mode(tls, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS);
        SSL_CTX_set_cert_cb(tls, on_certificate, NULL);
}

/* --- the stub --------------------------------------------------------------------------------- */

static void put(struct buf *b, const void *bytes, size_t n)
{
        buf_append(b, bytes, n);
}

static void put_number(struct buf *b, size_t width, size_t n)
{
        while (width-- > 0)
                put(b, &(uint8_t){ (uint8_t)(n >> 8 * width) }, 1);
}

static void put_certificate(struct buf *b, X509 *cert)
{
        AUTO_FREE uint8_t *der = NULL;
        uint8_t *bytes = NULL;
        int n = i2d_X509(cert, &bytes);

        must(n > 0, "i2d");
        der = mem_copy(bytes, (size_t)n);
        OPENSSL_free(bytes);
        put_number(b, 3, (size_t)n);
        put(b, der, (size_t)n);
}

static void put_message(struct buf *b, uint8_t type, const struct buf *body)
{
        put_number(b, 1, 22); /* a record of the handshake protocol, TLS 1.2 */
        put_number(b, 2, 0x0303);
        put_number(b, 2, body->len + 4);
        put_number(b, 1, type);
        put_number(b, 3, body->len);
        put(b, buf_str(body), body->len);
}

static void make_stub(struct served_chain *c)
{
        struct buf certs = BUF_INIT(STUB_MAX), hello = BUF_INIT(STUB_MAX);
        struct buf body = BUF_INIT(STUB_MAX), out = BUF_INIT(STUB_MAX);

        put_number(&hello, 2, 0x0303);
        for (int i = 0; i < 32; i++)
                put_number(&hello, 1, (size_t)(rand() & 0xff));
        put_number(&hello, 1, 0);      /* no session */
        put_number(&hello, 2, 0xc02b); /* TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 */
        put_number(&hello, 1, 0);      /* no compression */
        put_certificate(&certs, c->leaf->cert);
        put_certificate(&certs, c->issuing->cert);
        put_number(&body, 3, certs.len);
        put(&body, buf_str(&certs), certs.len);
        put_message(&out, 2, &hello);
        put_message(&out, 11, &body);
        c->stub_len = out.len;
        c->stub = mem_copy(buf_str(&out), out.len);
        buf_done(&certs);
        buf_done(&hello);
        buf_done(&body);
        buf_done(&out);
}

static void on_stub_client(evutil_socket_t fd, short what, void *arg)
{
        struct kind_of_chain *k = arg;
        struct served_chain *c = chain_at(k, fd);
        char hello[4096];

        (void)what;
        if (read(fd, hello, sizeof(hello)) > 0 &&
            write(fd, c->stub, c->stub_len) == (ssize_t)c->stub_len)
                served[KIND_STUB]++;
        close(fd);
}

static void on_stub_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa,
                           int len, void *arg)
{
        (void)l; (void)sa; (void)len;
        event_base_once(base, fd, EV_READ, on_stub_client, arg, NULL);
}

/* --- main ------------------------------------------------------------------------------------- */

static void listen_at(struct kind_of_chain *k)
{
        struct sockaddr_in sin = { .sin_family = AF_INET };
        socklen_t len = sizeof(sin);
        bool is_stub = k == &kinds[KIND_STUB];
        struct evconnlistener *l =
                evconnlistener_new_bind(base, is_stub ? on_stub_accept : on_accept, k,
                                        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 4096,
                                        (struct sockaddr *)&sin, sizeof(sin));

        must(l && getsockname(evconnlistener_get_fd(l), (struct sockaddr *)&sin, &len) == 0,
             "listen");
        k->port = ntohs(sin.sin_port);
}

static FILE *create(const char *folder, const char *name)
{
        AUTO_FREE char *path = mem_printf("%s/%s", folder, name);
        FILE *f = fopen(path, "w");

        must(f != NULL, path);
        return f;
}

static void map_counters(const char *folder)
{
        FILE *f = create(folder, "served");
        AUTO_FREE char *path = mem_printf("%s/served", folder);

        must(ftruncate(fileno(f), KIND_COUNT * sizeof(*served)) == 0, path);
        fclose(f);
        int fd = open(path, O_RDWR | O_CLOEXEC);

        served = mmap(NULL, KIND_COUNT * sizeof(*served), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                      0);
        must(fd >= 0 && served != MAP_FAILED, path);
}

/* "ports" comes last: who sees it may go on. */
static void announce(const char *folder)
{
        AUTO_FREE char *from = mem_printf("%s/ports.new", folder);
        AUTO_FREE char *to = mem_printf("%s/ports", folder);
        FILE *roots = create(folder, "root.pem"), *ports = create(folder, "ports.new");

        for (size_t i = 0; i < KIND_COUNT; i++) {
                fputs(kinds[i].root->pem, roots);
                fprintf(ports, "%s %u %zu\n", kinds[i].name, kinds[i].port, kinds[i].n);
        }
        must(fclose(roots) == 0 && fclose(ports) == 0 && rename(from, to) == 0, to);
}

int main(int argc, char **argv)
{
        long many = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

        if (many < 1 || many > 256 * PER_NET) {
                fprintf(stderr, "usage: bench_speed_server FOLDER MANY\n");
                return 2;
        }
        signal(SIGPIPE, SIG_IGN);
        now_s = time(NULL);
        base = event_base_new();
        must(base != NULL, "event_base");
        map_counters(argv[1]);
        make_context();
        for (size_t i = 0; i < KIND_COUNT; i++) {
                if (kinds[i].is_new)
                        kinds[i].n = (size_t)many;
                make_chains(&kinds[i]);
                listen_at(&kinds[i]);
        }
        for (size_t i = 0; i < kinds[KIND_STUB].n; i++)
                make_stub(&kinds[KIND_STUB].chains[i]);
        announce(argv[1]);
        return event_base_dispatch(base) == 0 ? 0 : 2;
}
