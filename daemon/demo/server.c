/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in server.h. libevent's OpenSSL bufferevents do the work. */
#include "daemon/demo/server.h"

#include "common/base/mem.h"
#include "daemon/demo/mint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 64
#define CLIENT_TIMEOUT_S 30

struct demo_server {
        struct event_base *base;
        struct evconnlistener *listener;
        int held_fd; /* of DEMO_REFUSED: bound, not listening */
        enum demo_manner manner;
        SSL_CTX *tls;
        uint16_t port;
        struct bufferevent *clients[MAX_CLIENTS];
};

/* A context that sends exactly this chain, however weak. */
static SSL_CTX *make_context(const struct minted *const *chain, size_t n, const struct minted *key)
{
        SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

        if (!tls)
                mem_exhausted();
        SSL_CTX_set_security_level(tls, 0);
        SSL_CTX_set_mode(tls, SSL_MODE_NO_AUTO_CHAIN);
        if (SSL_CTX_use_certificate(tls, chain[0]->cert) != 1 ||
            SSL_CTX_use_PrivateKey(tls, key->key) != 1)
                goto failed;
        for (size_t i = 1; i < n; i++)
                if (SSL_CTX_add1_chain_cert(tls, chain[i]->cert) != 1)
                        goto failed;
        return tls;
failed:
        ERR_clear_error();
        SSL_CTX_free(tls);
        return NULL;
}

static void drop_client(struct demo_server *s, struct bufferevent *client)
{
        for (size_t i = 0; i < MAX_CLIENTS; i++)
                if (s->clients[i] == client)
                        s->clients[i] = NULL;
        bufferevent_free(client);
}

static void on_client_event(struct bufferevent *client, short what, void *arg)
{
        if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
                drop_client(arg, client);
}

static struct bufferevent *open_client(struct demo_server *s, evutil_socket_t fd)
{
        if (s->manner == DEMO_SILENT)
                return bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
        SSL *ssl = SSL_new(s->tls);

        return ssl ? bufferevent_openssl_socket_new(s->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                                    BEV_OPT_CLOSE_ON_FREE)
                   : NULL;
}

static void on_client(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
                      int len, void *arg)
{
        const struct timeval patience = { .tv_sec = CLIENT_TIMEOUT_S };
        struct demo_server *s = arg;
        size_t i = 0;

        (void)listener; (void)sa; (void)len;
        while (i < MAX_CLIENTS && s->clients[i])
                i++;
        if (i == MAX_CLIENTS) {
                close(fd);
                return;
        }
        s->clients[i] = open_client(s, fd);
        if (!s->clients[i])
                mem_exhausted();
        bufferevent_setcb(s->clients[i], NULL, NULL, on_client_event, s);
        bufferevent_set_timeouts(s->clients[i], &patience, &patience);
        bufferevent_enable(s->clients[i], EV_READ | EV_WRITE);
}

static int bind_loopback(uint16_t port, uint16_t *ret_port)
{
        struct sockaddr_in in = {
                .sin_family = AF_INET, .sin_port = htons(port),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        socklen_t len = sizeof(in);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

        if (fd < 0)
                return -errno;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 ||
            getsockname(fd, (struct sockaddr *)&in, &len) < 0) {
                int r = -errno;

                close(fd);
                return r;
        }
        *ret_port = ntohs(in.sin_port);
        return fd;
}

int demo_server_new(struct demo_server **ret, struct event_base *base, enum demo_manner manner,
                    const struct minted *const *chain, size_t n, const struct minted *key,
                    uint16_t port)
{
        struct demo_server *s = mem_new0(1, sizeof(*s));
        int r = 0, fd = bind_loopback(port, &s->port);

        s->base = base;
        s->manner = manner;
        s->held_fd = -1;
        if (fd < 0)
                r = fd;
        else if (manner == DEMO_REFUSED)
                s->held_fd = fd;
        else if (listen(fd, 64) < 0)
                r = -errno;
        if (r == 0 && manner == DEMO_TLS)
                r = demo_server_replace(s, chain, n, key);
        if (r == 0 && manner != DEMO_REFUSED) {
                s->listener = evconnlistener_new(base, on_client, s, LEV_OPT_CLOSE_ON_FREE, 0, fd);
                if (!s->listener)
                        mem_exhausted();
        }
        if (r < 0) {
                if (fd >= 0 && s->held_fd < 0)
                        close(fd);
                demo_server_free(s);
                return r;
        }
        *ret = s;
        return 0;
}

int demo_server_replace(struct demo_server *s, const struct minted *const *chain, size_t n,
                        const struct minted *key)
{
        SSL_CTX *tls = make_context(chain, n, key);

        if (!tls)
                return -EINVAL;
        SSL_CTX_free(s->tls); /* connections under way hold their own reference */
        s->tls = tls;
        return 0;
}

uint16_t demo_server_port(const struct demo_server *s)
{
        return s->port;
}

void demo_server_free(struct demo_server *s)
{
        if (!s)
                return;
        for (size_t i = 0; i < MAX_CLIENTS; i++)
                if (s->clients[i])
                        drop_client(s, s->clients[i]);
        if (s->listener)
                evconnlistener_free(s->listener);
        if (s->held_fd >= 0)
                close(s->held_fd);
        SSL_CTX_free(s->tls);
        free(s);
}
