/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A delivery is a table of steps, one for each transport. A step is re-entrant: it runs again on
 * every wake-up until it stops asking for one. When a step fails, the next address of the server is
 * tried from the first step on, unless the server may have taken the record already.
 */
#include "daemon/alert/log_server.h"

#include "daemon/alert/excerpt.h"
#include "daemon/alert/log_tls.h"
#include "daemon/loop/resolver.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "config/model.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CONNECT_MS 5000  /* before the next address is tried */
#define REFUSAL_MS 200   /* in which a closed port nearby has said so */
#define FAREWELL_MS 5000 /* for the server to end its half of a connection */
#define FAREWELL_PIECES 64
#define REASON_MAX_BYTES 256

enum progress { NEXT, WANT_READ, WANT_WRITE, FAILED };

typedef enum progress step_fn(struct log_server *s);

struct step {
        const char *name; /* "while ..." */
        step_fn *run;
        int64_t patience_ms; /* 0 = what is left of the delivery's */
        bool is_content;     /* silence is a yes */
        bool is_last;        /* the server may have the record: no other is asked */
};

struct log_server {
        char *server; /* as configured, for people */
        char *host;
        uint16_t port;
        int64_t timeout_ms;
        const struct step *steps;
        struct log_tls *tls; /* NULL = none */
        struct resolver *resolver;
        /* what is under way */
        struct resolver_query *query;
        struct addr addrs[RESOLVER_MAX_ADDRESSES];
        size_t n_addrs, i_addr;
        size_t i_step;
        int fd; /* -1 = none */
        struct log_tls_link *link;
        struct event *io, *deadline, *patience;
        char *record; /* NULL = nothing is under way */
        size_t len, sent;
        int n_pieces; /* that it said instead of ending its half */
        char *reason; /* of the last failure */
        log_server_done_fn *on_done;
        void *arg;
};

static void log_server_run(struct log_server *s);
static void log_server_failed(struct log_server *s);
static bool is_acknowledged(const struct log_server *s);

/* --- the end ---------------------------------------------------------------------------------- */

static void hang_up(struct log_server *s)
{
        if (s->io)
                event_free(TAKE(s->io));
        if (s->patience)
                event_free(TAKE(s->patience));
        log_tls_link_free(TAKE(s->link));
        if (s->fd >= 0)
                close(s->fd);
        s->fd = -1;
        s->i_step = 0;
        s->sent = 0;
        s->n_pieces = 0;
}

/* Nothing is under way any more. */
static void clear(struct log_server *s)
{
        hang_up(s);
        resolver_cancel(TAKE(s->query));
        if (s->deadline)
                event_free(TAKE(s->deadline));
        free(TAKE(s->record));
        free(TAKE(s->reason));
}

/* The last thing any path does: the callback may free @s. */
static void finish(struct log_server *s, bool taken)
{
        AUTO_FREE char *reason = taken ? NULL : TAKE(s->reason);

        assert(taken || reason);
        clear(s);
        s->on_done(reason, s->arg);
}

static enum progress fail(struct log_server *s, const char *why)
{
        char text[ADDR_STR_MAX];
        const char *where = addr_str(&s->addrs[s->i_addr], text);
        AUTO_FREE char *shown = excerpt(why, REASON_MAX_BYTES);

        free(s->reason);
        s->reason = mem_printf("%s (%s): %s: %s", s->server, where, s->steps[s->i_step].name,
                               shown);
        return FAILED;
}

static enum progress fail_errno(struct log_server *s, int e)
{
        return fail(s, strerror(e));
}

static enum progress tls_progress(struct log_server *s, enum log_tls_status status)
{
        switch (status) {
        case LOG_TLS_DONE:
                return NEXT;
        case LOG_TLS_WANT_READ:
                return WANT_READ;
        case LOG_TLS_WANT_WRITE:
                return WANT_WRITE;
        case LOG_TLS_FAILED:
                break;
        }
        return fail(s, log_tls_error(s->link));
}

/* --- steps ------------------------------------------------------------------------------------ */

static enum progress open_as(struct log_server *s, int type)
{
        const struct addr *a = &s->addrs[s->i_addr];

        s->fd = socket(a->sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (s->fd < 0)
                return fail_errno(s, errno);
        if (connect(s->fd, &a->sa, a->len) == 0)
                return NEXT;
        if (errno != EINPROGRESS)
                return fail_errno(s, errno);
        s->i_step++; /* what it became of is the next step's to see */
        return WANT_WRITE;
}

static enum progress step_open_datagram(struct log_server *s)
{
        return open_as(s, SOCK_DGRAM);
}

static enum progress step_open_stream(struct log_server *s)
{
        return open_as(s, SOCK_STREAM);
}

static enum progress step_connect(struct log_server *s)
{
        int e = 0;
        socklen_t len = sizeof(e);

        if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &e, &len) < 0)
                e = errno;
        return e ? fail_errno(s, e) : NEXT;
}

static enum progress step_datagram(struct log_server *s)
{
        if (send(s->fd, s->record, s->len, MSG_NOSIGNAL) >= 0)
                return NEXT;
        return errno == EAGAIN ? WANT_WRITE : fail_errno(s, errno);
}

/* A port that nobody listens on shows as an error of the socket, if it shows. */
static enum progress step_refusal(struct log_server *s)
{
        char byte;

        if (recv(s->fd, &byte, 1, 0) >= 0)
                return NEXT;
        return errno == EAGAIN ? WANT_READ : fail_errno(s, errno);
}

static enum progress step_handshake(struct log_server *s)
{
        if (!s->link)
                s->link = log_tls_link_new(s->tls, s->fd, s->host);
        return tls_progress(s, log_tls_handshake(s->link));
}

static enum progress step_write(struct log_server *s)
{
        while (s->sent < s->len) {
                ssize_t n = send(s->fd, s->record + s->sent, s->len - s->sent, MSG_NOSIGNAL);

                if (n < 0)
                        return errno == EAGAIN ? WANT_WRITE : fail_errno(s, errno);
                s->sent += (size_t)n;
        }
        if (shutdown(s->fd, SHUT_WR) < 0)
                return fail_errno(s, errno);
        return NEXT;
}

static enum progress step_write_tls(struct log_server *s)
{
        return tls_progress(s, log_tls_write(s->link, s->record, s->len));
}

/*
 * What it still says does not matter, only that it ends. It may be endless: one piece a turn is
 * read, and after many of them it is as good as silent.
 */
static enum progress listen_on(struct log_server *s)
{
        if (++s->n_pieces < FAREWELL_PIECES)
                return WANT_READ;
        return is_acknowledged(s) ? NEXT : fail(s, "it talks and does not end");
}

static enum progress step_farewell(struct log_server *s)
{
        char piece[4096];
        ssize_t n = recv(s->fd, piece, sizeof(piece), 0);

        if (n == 0)
                return NEXT;
        return n > 0 || errno == EAGAIN ? listen_on(s) : fail_errno(s, errno);
}

static enum progress step_farewell_tls(struct log_server *s)
{
        enum progress r = tls_progress(s, log_tls_end(s->link));

        return r == WANT_READ ? listen_on(s) : r;
}

static const struct step UDP[] = {
        { .name = "cannot send", .run = step_open_datagram },
        { .name = "cannot send", .run = step_datagram },
        { .name = "it was refused", .run = step_refusal, .patience_ms = REFUSAL_MS,
          .is_content = true },
        { 0 },
};

static const struct step TCP[] = {
        { .name = "cannot connect", .run = step_open_stream },
        { .name = "cannot connect", .run = step_connect, .patience_ms = CONNECT_MS },
        { .name = "cannot send", .run = step_write },
        { .name = "it was not taken", .run = step_farewell, .patience_ms = FAREWELL_MS,
          .is_content = true, .is_last = true },
        { 0 },
};

static const struct step TLS[] = {
        { .name = "cannot connect", .run = step_open_stream },
        { .name = "cannot connect", .run = step_connect, .patience_ms = CONNECT_MS },
        { .name = "no TLS", .run = step_handshake },
        { .name = "cannot send", .run = step_write_tls },
        { .name = "it was not taken", .run = step_farewell_tls, .patience_ms = FAREWELL_MS,
          .is_content = true, .is_last = true },
        { 0 },
};

/* --- running them ----------------------------------------------------------------------------- */

static struct event *new_event(struct event_base *base, int fd, short what,
                               event_callback_fn fn, void *arg)
{
        struct event *e = event_new(base, fd, what, fn, arg);

        if (!e)
                mem_exhausted();
        return e;
}

static void add_ms(struct event *e, int64_t ms)
{
        const struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

        event_add(e, &tv);
}

static void on_io(evutil_socket_t fd, short what, void *arg)
{
        (void)fd, (void)what;
        log_server_run(arg);
}

/* Has the other side's kernel acknowledged all that we sent? Always of datagrams. */
static bool is_acknowledged(const struct log_server *s)
{
        int unsent = 0;

        return s->steps == UDP || (ioctl(s->fd, SIOCOUTQ, &unsent) == 0 && unsent == 0);
}

/* Is silence a yes by now? */
static bool is_taken(const struct log_server *s)
{
        return s->steps[s->i_step].is_content && is_acknowledged(s);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
        struct log_server *s = arg;
        bool taken = !s->query && is_taken(s);

        (void)fd, (void)what;
        if (s->query) {
                free(s->reason);
                s->reason = mem_printf("%s: its name was not resolved in time", s->server);
        } else if (!taken) {
                fail(s, "no answer in time");
        }
        finish(s, taken);
}

static void on_patience(evutil_socket_t fd, short what, void *arg)
{
        struct log_server *s = arg;

        (void)fd, (void)what;
        if (is_taken(s)) {
                finish(s, true);
        } else {
                fail(s, "no answer in time");
                log_server_failed(s);
        }
}

static void arm(struct log_server *s, enum progress wanted)
{
        struct event_base *base = event_get_base(s->deadline);
        int64_t patience_ms = s->steps[s->i_step].patience_ms;

        if (s->io)
                event_free(s->io);
        s->io = new_event(base, s->fd, wanted == WANT_READ ? EV_READ : EV_WRITE, on_io, s);
        event_add(s->io, NULL);
        if (patience_ms > 0 && !s->patience) {
                s->patience = new_event(base, -1, 0, on_patience, s);
                add_ms(s->patience, patience_ms);
        }
}

static void log_server_run(struct log_server *s)
{
        enum progress r = NEXT;

        while (r == NEXT && s->steps[s->i_step].run) {
                r = s->steps[s->i_step].run(s);
                if (r == NEXT) {
                        s->i_step++;
                        if (s->patience)
                                event_free(TAKE(s->patience));
                }
        }
        if (r == NEXT)
                finish(s, true);
        else if (r == FAILED)
                log_server_failed(s);
        else
                arm(s, r);
}

/* On with the next address, if that may be. */
static void log_server_failed(struct log_server *s)
{
        if (s->steps[s->i_step].is_last || s->i_addr + 1 == s->n_addrs) {
                finish(s, false);
                return;
        }
        hang_up(s);
        s->i_addr++;
        log_server_run(s);
}

static void on_resolved(enum resolve_outcome outcome, const struct addr *addrs, size_t n,
                        const char *detail, void *arg)
{
        struct log_server *s = arg;

        s->query = NULL;
        if (outcome != RESOLVE_OK || n == 0) {
                s->reason = mem_printf("%s: its name cannot be resolved: %s", s->server,
                                       detail ? detail : "it has no address");
                finish(s, false);
                return;
        }
        memcpy(s->addrs, addrs, n * sizeof(*addrs));
        s->n_addrs = n;
        log_server_run(s);
}

void log_server_send(struct log_server *s, struct event_base *base, const char *line,
                     log_server_done_fn *on_done, void *arg)
{
        assert(!s->record);
        s->on_done = on_done;
        s->arg = arg;
        s->record = s->steps == UDP ? mem_strdup(line) : mem_printf("%zu %s", strlen(line), line);
        s->len = strlen(s->record);
        s->i_addr = s->n_addrs = 0;
        s->deadline = new_event(base, -1, 0, on_deadline, s);
        add_ms(s->deadline, s->timeout_ms);
        if (!s->resolver && resolver_new(&s->resolver, base, NULL) < 0)
                mem_exhausted();
        s->query = resolver_start(s->resolver, s->host, s->port, ADDR_ANY, on_resolved, s);
}

/* --- making one ------------------------------------------------------------------------------- */

int log_server_new(struct log_server **ret, const struct config_receiver *cfg, char **ret_error)
{
        struct log_server *s = mem_new0(1, sizeof(*s));
        bool is_tls = strcmp(cfg->transport, "tls") == 0;

        *s = (struct log_server){
                .server = mem_strdup(cfg->server),
                .timeout_ms = cfg->timeout_ms,
                .steps = is_tls ? TLS : strcmp(cfg->transport, "tcp") == 0 ? TCP : UDP,
                .fd = -1,
        };
        int r = addr_split_host_port(cfg->server, &s->host, &s->port);

        assert(r == 0 && s->port); /* the loader saw to it */
        if (is_tls)
                r = log_tls_new(&s->tls, &(struct log_tls_files){ cfg->ca_file, cfg->client_cert,
                                                                  cfg->client_key }, ret_error);
        if (r < 0)
                log_server_free(s);
        else
                *ret = s;
        return r;
}

void log_server_free(struct log_server *s)
{
        if (!s)
                return;
        clear(s);
        resolver_free(s->resolver);
        log_tls_free(s->tls);
        free(s->server);
        free(s->host);
        free(s);
}
