/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evhttp, and our exchanges behind it, on a socket of loopback; client and server take turns in one
 * thread. The rows are those of who includes it: it defines route_find().
 */
#pragma once

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "config/model.h"
#include "daemon/web/clients.h"
#include "daemon/web/exchange_internal.h"
#include "daemon/web/guard.h"
#include "daemon/web/turns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RIG_PATIENCE_MS 20000
#define RIG_MAX_BYTES (64U << 20)

struct rig {
        struct event_base *base;
        struct evhttp *http;
        struct exchange_place place;
        uint16_t port;
};

static inline void rig_on_request(struct evhttp_request *request, void *arg)
{
        exchange_begin(request, arg);
}

static inline struct bufferevent *rig_on_connection(struct event_base *base, void *arg)
{
        const struct exchange_place *place = arg;

        (void)base;
        return clients_welcome(place->clients, NULL);
}

/* At most @max connections; @listen says who may ask. */
static inline void rig_open(struct rig *r, size_t max, const struct config_listen *listen)
{
        struct evhttp_bound_socket *bound;
        struct sockaddr_in in;
        socklen_t len = sizeof(in);
        char *error = NULL;
        int failed = guard_new(&r->place.guard, listen, &error);

        if (failed)
                abort();
        r->base = event_base_new();
        r->place.clients = clients_new(r->base, max);
        r->place.turns = turns_new(r->base);
        r->http = evhttp_new(r->base);
        bound = evhttp_bind_socket_with_handle(r->http, "127.0.0.1", 0);
        getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&in, &len);
        r->port = ntohs(in.sin_port);
        evhttp_set_max_headers_size(r->http, 16384);
        evhttp_set_max_body_size(r->http, 0);
        evhttp_set_allowed_methods(r->http, 0xffff);
        evhttp_set_bevcb(r->http, rig_on_connection, &r->place);
        evhttp_set_gencb(r->http, rig_on_request, &r->place);
}

static inline void rig_close(struct rig *r)
{
        evhttp_free(r->http);
        turns_free(r->place.turns);
        clients_free(r->place.clients);
        guard_free(r->place.guard);
        event_base_free(r->base);
}

/* What is to be done at this moment. */
static inline void rig_run(struct rig *r)
{
        for (int i = 0; i < 10; i++)
                event_base_loop(r->base, EVLOOP_NONBLOCK);
}

static inline int rig_connect(struct rig *r)
{
        struct sockaddr_in in = {
                .sin_family = AF_INET,
                .sin_port = htons(r->port),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (connect(fd, (struct sockaddr *)&in, sizeof(in)) < 0)
                abort();
        rig_run(r);
        return fd;
}

static inline void rig_say(struct rig *r, int fd, const void *bytes, size_t n)
{
        (void)!send(fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        rig_run(r);
}

/* All that comes until the end of the connection, or until @n bytes have come. */
static inline bool rig_hear(struct rig *r, int fd, struct buf *out, size_t n)
{
        int64_t end_ms = clock_mono_ms() + RIG_PATIENCE_MS;
        char piece[65536];

        while (out->len < n && clock_mono_ms() < end_ms) {
                rig_run(r);
                ssize_t got = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);

                if (got > 0)
                        buf_append(out, piece, (size_t)got);
                else if (got == 0 || errno != EAGAIN)
                        return true;
                else
                        poll(NULL, 0, 1);
        }
        return out->len >= n;
}

/* The whole answer to one question, whose connection ends by itself; for buf_done(). */
static inline struct buf rig_ask(struct rig *r, const char *question)
{
        struct buf answer = BUF_INIT(RIG_MAX_BYTES);
        int fd = rig_connect(r);

        rig_say(r, fd, question, strlen(question));
        if (!rig_hear(r, fd, &answer, SIZE_MAX))
                abort();
        close(fd);
        rig_run(r);
        return answer;
}
