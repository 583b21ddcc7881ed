/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evhttp, and our exchanges behind it, on a socket; client and server take turns in one thread. The
 * rows are those of who includes it: it defines route_find().
 */
#pragma once

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "config/model.h"
#include "daemon/web/clients.h"
#include "daemon/web/exchange_internal.h"
#include "daemon/web/guard.h"
#include "daemon/web/turns.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define RIG_PATIENCE_MS 20000
#define RIG_MAX_BYTES (64U << 20)

struct rig {
        struct event_base *base;
        struct evhttp *http;
        struct exchange_place place;
        struct sockaddr_un at; /* an abstract name: no port, which could be used up */
        socklen_t at_len;
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

/* At most @max connections; @who says who may ask. */
static inline void rig_open(struct rig *r, size_t max, const struct config_listen *who)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        char *error = NULL;
        int failed = guard_new(&r->place.guard, who, &error);

        if (failed)
                abort();
        signal(SIGPIPE, SIG_IGN); /* as main() does */
        r->base = event_base_new();
        r->place.clients = clients_new(r->base, max);
        r->place.turns = turns_new(r->base);
        r->http = evhttp_new(r->base);
        r->at.sun_family = AF_UNIX;
        r->at_len = sizeof(r->at);
        if (bind(fd, (struct sockaddr *)&r->at, sizeof(sa_family_t)) < 0 ||
            getsockname(fd, (struct sockaddr *)&r->at, &r->at_len) < 0 || listen(fd, 128) < 0 ||
            evhttp_accept_socket(r->http, fd) < 0)
                abort();
        evhttp_set_max_headers_size(r->http, 16384);
        evhttp_set_max_body_size(r->http, 0);
        evhttp_set_allowed_methods(r->http, 0xffff);
        evhttp_set_bevcb(r->http, rig_on_connection, &r->place);
        evhttp_set_gencb(r->http, rig_on_request, &r->place);
}

/* What is to be done at this moment. */
static inline void rig_run(struct rig *r)
{
        for (int i = 0; i < 10; i++)
                event_base_loop(r->base, EVLOOP_NONBLOCK);
}

static inline void rig_close(struct rig *r)
{
        evhttp_free(r->http);
        rig_run(r); /* what still waits to be called holds its connection */
        turns_free(r->place.turns);
        clients_free(r->place.clients);
        guard_free(r->place.guard);
        event_base_free(r->base);
}

static inline int rig_connect(struct rig *r)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (connect(fd, (struct sockaddr *)&r->at, r->at_len) < 0)
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
