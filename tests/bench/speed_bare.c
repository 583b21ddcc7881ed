/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a probe costs at the least when OpenSSL is used as its manual says, for the speed benchmark:
 * one event loop, one SSL_CTX with the trust anchors loaded once, non-blocking sockets, SSL objects
 * with full verification of chain and address. It remembers nothing and says nothing, and it sends
 * neither more nor less than it needs. All that is left out is what makes a monitor of it.
 *
 *     bench_speed_bare ANCHORS PORT CHAINS COUNT IN_FLIGHT
 *
 * asks 127.70.0.1, 127.70.0.2 ... round and round, COUNT times in all, and prints microseconds of
 * CPU per probe. It fails when one of them fails.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PER_NET 250

struct slot {
        struct event io;
        SSL *ssl;
        int fd;
};

static struct event_base *base;
static SSL_CTX *tls;
static uint16_t port;
static long n_chains, n_wanted, n_begun, n_done;

static void must(bool ok, const char *what)
{
        if (ok)
                return;
        fprintf(stderr, "bench_speed_bare: %s: %s\n", what, strerror(errno));
        ERR_print_errors_fp(stderr);
        exit(2);
}

static void begin(struct slot *s);

static void end(struct slot *s)
{
        SSL_shutdown(s->ssl);
        SSL_free(s->ssl);
        close(s->fd);
        n_done++;
        begin(s);
}

static void on_io(evutil_socket_t fd, short what, void *arg)
{
        struct slot *s = arg;

        (void)what;
        ERR_clear_error();
        int r = SSL_connect(s->ssl);

        if (r == 1) {
                end(s);
                return;
        }
        int why = SSL_get_error(s->ssl, r);

        must(why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE, "handshake");
        event_assign(&s->io, base, fd, why == SSL_ERROR_WANT_READ ? EV_READ : EV_WRITE, on_io, s);
        event_add(&s->io, NULL);
}

static void begin(struct slot *s)
{
        long i = n_begun % n_chains;
        struct sockaddr_in to = {
                .sin_family = AF_INET, .sin_port = htons(port),
                .sin_addr.s_addr = htonl(0x7f460000U | (uint32_t)(i / PER_NET) << 8 |
                                         (uint32_t)(i % PER_NET + 1)),
        };

        if (n_begun == n_wanted)
                return;
        n_begun++;
        s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        must(s->fd >= 0, "socket");
        must(connect(s->fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno == EINPROGRESS,
             "connect");
        s->ssl = SSL_new(tls);
        must(s->ssl && SSL_set_fd(s->ssl, s->fd), "SSL");
        must(X509_VERIFY_PARAM_set1_ip(SSL_get0_param(s->ssl), (uint8_t *)&to.sin_addr, 4), "name");
        event_assign(&s->io, base, s->fd, EV_WRITE, on_io, s);
        event_add(&s->io, NULL);
}

static double cpu_us(void)
{
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
        if (argc != 6) {
                fprintf(stderr, "usage: bench_speed_bare ANCHORS PORT CHAINS COUNT IN_FLIGHT\n");
                return 2;
        }
        long in_flight = strtol(argv[5], NULL, 10);
        struct slot *slots = calloc((size_t)in_flight, sizeof(*slots));

        port = (uint16_t)strtol(argv[2], NULL, 10);
        n_chains = strtol(argv[3], NULL, 10);
        n_wanted = strtol(argv[4], NULL, 10);
        signal(SIGPIPE, SIG_IGN);
        base = event_base_new();
        tls = SSL_CTX_new(TLS_client_method());
        must(slots && base && tls && n_chains > 0 && n_wanted > 0, "arguments or memory");
        must(SSL_CTX_load_verify_file(tls, argv[1]), argv[1]);
        SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_options(tls, SSL_OP_NO_TICKET);
        double start = cpu_us();

        for (long i = 0; i < in_flight; i++)
                begin(&slots[i]);
        event_base_dispatch(base);
        must(n_done == n_wanted, "not all probes ended");
        fprintf(stdout, "%.1f\n", (cpu_us() - start) / (double)n_done);
        free(slots);
        SSL_CTX_free(tls);
        event_base_free(base);
        return 0;
}
