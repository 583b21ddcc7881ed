/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One probe is one walk down STEPS[]. A step is re-entrant: it is called again on every wake-up
 * until it stops waiting. Steps know nothing of the loop; probe_advance() is the one driver,
 * probe_arm() the one place that waits, probe_finish() the one end.
 *
 * Two clocks run: one for the whole probe, one for the step. When either is up the probe ends with
 * the outcome that the step's row names, or with what the race for a connection has to say.
 */
#include "daemon/probe/probe.h"

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/chain.h"
#include "daemon/loop/resolver.h"
#include "daemon/probe/dialogue.h"
#include "daemon/probe/proxy.h"
#include "daemon/probe/race.h"
#include "daemon/probe/talk.h"
#include "daemon/probe/tls_client.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STILL_US 2000000 /* who ends that much after his time stood still, or his host slept */

#define REFUSAL_WAIT_US 1000000 /* for what is said to our certificate, one round trip away */

enum progress { NEXT, SKIP, WANT_READ, WANT_WRITE, WANT_CALL, FAILED };

struct probe {
        struct event_base *base;
        struct resolver *resolver;
        struct tls_client *tls;
        char *host;
        const struct proxy *proxy; /* on the way to it, borrowed; NULL = straight */
        const struct identity *identity; /* borrowed, or NULL */
        char *server_name; /* or NULL */
        char *alpn;        /* or NULL */
        bool turns_to_tls; /* when asked, by: */
        const struct dialect *starttls; /* NULL = none that we know */
        uint16_t port;
        enum addr_family family;
        struct addr address; /* given; .len 0 = to be found */
        int64_t step_timeout_us;

        struct event io;
        struct event total_timer;
        struct event step_timer;

        enum probe_step step;
        enum probe_step last;
        int64_t start_us, end_us;
        int64_t step_start_us;
        int64_t step_end_us; /* when the step's time is up */

        struct resolver_query *query; /* in flight */
        bool is_resolved;             /* the three below are filled in */
        enum resolve_outcome resolve_outcome;
        struct addr *addrs;
        size_t n_addrs;
        struct race *race; /* for a connection to one of them */
        int fd;
        struct talk talk; /* before TLS */
        struct ssl_st *ssl;
        bool awaits_refusal; /* of our certificate ... */
        bool was_taken;      /* ... until the step's timer says that it is over */

        enum probe_outcome failure; /* of a step that said FAILED */
        struct probe_result result;
        probe_done_fn *on_done;
        void *arg;
};

static enum progress step_resolve(struct probe *p);
static enum progress step_connect(struct probe *p);
static enum progress step_proxy(struct probe *p);
static enum progress step_starttls(struct probe *p);
static enum progress step_handshake(struct probe *p);
static enum progress step_collect(struct probe *p);
static void take_race(struct probe *p, const struct race_result *raced);
static void on_io(evutil_socket_t fd, short what, void *arg);

static const struct {
        const char *name;
        enum progress (*run)(struct probe *p);
        enum probe_outcome on_timeout;
        const char *silence; /* a timeout in words */
} STEPS[PROBE_STEP_COUNT] = {
        [PROBE_RESOLVE] = { "resolve", step_resolve, PROBE_DNS_TIMEOUT,
                            "no answer from the name servers" },
        [PROBE_CONNECT] = { "connect", step_connect, PROBE_CONNECT_TIMEOUT,
                            NULL }, /* the race has words of its own */
        [PROBE_PROXY] = { "proxy", step_proxy, PROBE_PROXY_TIMEOUT,
                          "peer accepted the connection and then said nothing" },
        [PROBE_STARTTLS] = { "starttls", step_starttls, PROBE_STARTTLS_TIMEOUT,
                             "peer accepted the connection and then said nothing" },
        [PROBE_HANDSHAKE] = { "handshake", step_handshake, PROBE_HANDSHAKE_TIMEOUT,
                              "peer accepted the connection and then said nothing" },
        [PROBE_COLLECT] = { "collect", step_collect, PROBE_LOCAL, /* it never waits */
                            "no time to look at the certificates" },
};

static const char *const OUTCOMES[PROBE_OUTCOME_COUNT] = {
        [PROBE_OK]                = "ok",
        [PROBE_DNS_FAILED]        = "dns-failed",
        [PROBE_DNS_TIMEOUT]       = "dns-timeout",
        [PROBE_CONNECT_REFUSED]   = "connect-refused",
        [PROBE_CONNECT_FAILED]    = "connect-failed",
        [PROBE_CONNECT_TIMEOUT]   = "connect-timeout",
        [PROBE_PROXY_FAILED]      = "proxy-failed",
        [PROBE_PROXY_TIMEOUT]     = "proxy-timeout",
        [PROBE_STARTTLS_FAILED]   = "starttls-failed",
        [PROBE_STARTTLS_INJECTED] = "starttls-injected",
        [PROBE_STARTTLS_TIMEOUT]  = "starttls-timeout",
        [PROBE_HANDSHAKE_FAILED]  = "handshake-failed",
        [PROBE_HANDSHAKE_TIMEOUT] = "handshake-timeout",
        [PROBE_LOCAL]             = "local",
};

const char *probe_outcome_str(enum probe_outcome o)
{
        assert(o < PROBE_OUTCOME_COUNT);
        return OUTCOMES[o];
}

const char *probe_step_str(enum probe_step s)
{
        assert(s < PROBE_STEP_COUNT);
        return STEPS[s].name;
}

/* ---- the machine ---------------------------------------------------------------------------- */

static void set_timer(struct event *timer, int64_t us)
{
        struct timeval tv = { 0 };

        if (us > 0)
                tv = (struct timeval){ .tv_sec = us / 1000000, .tv_usec = us % 1000000 };
        event_add(timer, &tv);
}

__attribute__((format(printf, 2, 3))) static void set_detail(struct probe *p, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(p->result.detail, sizeof(p->result.detail), fmt, ap);
        va_end(ap);
}

/* A step's way to say that it is over for all of us; .detail has been set. */
static enum progress failed(struct probe *p, enum probe_outcome outcome)
{
        p->failure = outcome;
        return FAILED;
}

static void begin_step(struct probe *p, enum probe_step step)
{
        p->step = step;
        p->step_start_us = clock_mono_us();
        if (step > p->last)
                return;
        p->step_end_us = clock_boot_us() + p->step_timeout_us;
        set_timer(&p->step_timer, p->step_timeout_us);
}

static void note_step_time(struct probe *p)
{
        int64_t us = clock_mono_us() - p->step_start_us;

        p->result.step_us[p->step] = us > 0 ? us : 1; /* 0 would say that it was not reached */
}

static void close_socket(struct probe *p)
{
        event_del(&p->io);
        talk_end(&p->talk);
        tls_client_close(p->ssl);
        p->ssl = NULL;
        if (p->fd >= 0)
                close(p->fd);
        p->fd = -1;
}

/* Nothing runs any more, nothing is held but the result. */
static void probe_stop(struct probe *p)
{
        event_del(&p->total_timer);
        event_del(&p->step_timer);
        resolver_cancel(p->query);
        p->query = NULL;
        race_free(p->race);
        p->race = NULL;
        close_socket(p);
}

/*
 * Up to the go-ahead of a proxy the peer is the proxy, which the words must tell: "peer refused:
 * 407" becomes "proxy proxy.example:3128 refused: 407".
 */
static enum probe_outcome blame_proxy(struct probe *p, enum probe_outcome outcome)
{
        static const enum probe_outcome OF_PROXY[PROBE_OUTCOME_COUNT] = {
                [PROBE_DNS_FAILED] = PROBE_PROXY_FAILED,
                [PROBE_DNS_TIMEOUT] = PROBE_PROXY_TIMEOUT,
                [PROBE_CONNECT_REFUSED] = PROBE_PROXY_FAILED,
                [PROBE_CONNECT_FAILED] = PROBE_PROXY_FAILED,
                [PROBE_CONNECT_TIMEOUT] = PROBE_PROXY_TIMEOUT,
                [PROBE_PROXY_FAILED] = PROBE_PROXY_FAILED,
                [PROBE_PROXY_TIMEOUT] = PROBE_PROXY_TIMEOUT,
        };
        const char *words = p->result.detail;
        bool is_peer = strncmp(words, "peer ", 5) == 0;
        struct buf out = BUF_INIT(PROBE_DETAIL_MAX - 1);

        if (!p->proxy || OF_PROXY[outcome] == PROBE_OK)
                return outcome;
        buf_printf(&out, "proxy %s%s%s", p->proxy->name, is_peer ? " " : ": ",
                   is_peer ? words + 5 : words);
        set_detail(p, "%s", buf_str(&out));
        buf_done(&out);
        return OF_PROXY[outcome];
}

/* It ends this late when we slept ourselves, and then nobody knows what the peer did. */
static bool stood_still(struct probe *p)
{
        int64_t end_us = p->step_end_us < p->end_us ? p->step_end_us : p->end_us;
        int64_t late_us = clock_boot_us() - end_us;

        if (late_us < STILL_US)
                return false;
        set_detail(p, "this process stood still for %lld s meanwhile",
                   (long long)late_us / 1000000);
        return true;
}

/* The last thing any path does: the callback may free @p. */
static void probe_finish(struct probe *p, enum probe_outcome outcome)
{
        struct probe_result *r = &p->result;

        r->stood_still = outcome != PROBE_OK && outcome != PROBE_LOCAL && stood_still(p);
        r->outcome = r->stood_still ? PROBE_LOCAL : blame_proxy(p, outcome);
        if (p->step > p->last) {
                r->step = p->last;
        } else {
                r->step = p->step;
                note_step_time(p);
        }
        r->addresses = p->addrs;
        r->n_addresses = p->n_addrs;
        r->total_us = clock_mono_us() - p->start_us;
        if (p->ssl && !r->chain)
                r->chain = tls_client_chain(p->ssl); /* facts are kept, however it ended */
        probe_stop(p);
        p->on_done(p, r, p->arg);
}

/* Waits for the socket. A step that WANT_CALL waits for somebody who will call probe_advance(). */
static void probe_arm(struct probe *p, enum progress wanted)
{
        if (wanted == WANT_CALL)
                return;
        event_assign(&p->io, p->base, p->fd, wanted == WANT_READ ? EV_READ : EV_WRITE, on_io, p);
        event_add(&p->io, NULL);
}

/* The whole probe, top to bottom: run the table until a step waits, fails, or none is left. */
static void probe_advance(struct probe *p)
{
        enum progress r = NEXT;

        while (r == NEXT && p->step <= p->last) {
                r = STEPS[p->step].run(p);
                if (r == NEXT)
                        note_step_time(p);
                if (r == SKIP)
                        r = NEXT;
                if (r == NEXT)
                        begin_step(p, p->step + 1);
        }

        if (r == NEXT)
                probe_finish(p, PROBE_OK);
        else if (r == FAILED)
                probe_finish(p, p->failure);
        else
                probe_arm(p, r);
}

static void on_io(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        probe_advance(arg);
}

static void probe_time_out(struct probe *p)
{
        bool stalled = p->ssl ? tls_client_heard(p->ssl) : p->talk.heard;
        struct race_result raced;

        if (p->awaits_refusal && !p->was_taken) { /* silence gives consent */
                p->was_taken = true;
                probe_advance(p);
                return;
        }
        if (p->race) {
                race_give_up(p->race, &raced);
                take_race(p, &raced);
                return;
        }
        set_detail(p, "%s%s%s (waited %lld ms)",
                   stalled ? "peer began to answer and then stalled" : STEPS[p->step].silence,
                   p->talk.dialogue ? ": " : "",
                   p->talk.dialogue ? talk_words(&p->talk) : "",
                   (long long)(clock_mono_us() - p->step_start_us) / 1000);
        probe_finish(p, STEPS[p->step].on_timeout);
}

static void on_step_timer(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        probe_time_out(arg);
}

static void on_total_timer(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        probe_time_out(arg);
}

/* ---- resolve -------------------------------------------------------------------------------- */

static const enum probe_outcome RESOLVE_FAILURES[] = {
        [RESOLVE_NOT_FOUND] = PROBE_DNS_FAILED,
        [RESOLVE_TIMEOUT] = PROBE_DNS_TIMEOUT,
        [RESOLVE_FAILED] = PROBE_DNS_FAILED,
};

static void take_addresses(struct probe *p, const struct addr *addrs, size_t n)
{
        p->is_resolved = true;
        p->addrs = mem_copy(addrs, n * sizeof(*addrs));
        p->n_addrs = n;
        if (n > 0)
                p->result.address = addrs[0];
}

static void on_resolved(enum resolve_outcome outcome, const struct addr *addrs, size_t n,
                        const char *detail, void *arg)
{
        struct probe *p = arg;

        p->query = NULL;
        p->resolve_outcome = outcome;
        take_addresses(p, addrs, n);
        set_detail(p, "%s", detail ? detail : "");
        probe_advance(p);
}

static enum progress step_resolve(struct probe *p)
{
        if (p->is_resolved)
                return p->resolve_outcome == RESOLVE_OK
                               ? NEXT : failed(p, RESOLVE_FAILURES[p->resolve_outcome]);
        if (p->address.len > 0) {
                take_addresses(p, &p->address, 1);
                return SKIP;
        }
        p->query = resolver_start(p->resolver, p->proxy ? p->proxy->host : p->host,
                                  p->proxy ? p->proxy->port : p->port, p->family, on_resolved, p);
        return WANT_CALL;
}

/* ---- connect -------------------------------------------------------------------------------- */

static void take_race(struct probe *p, const struct race_result *raced)
{
        race_free(p->race);
        p->race = NULL;
        p->fd = raced->fd;
        p->result.address = raced->address;
        if (raced->outcome == PROBE_OK) {
                probe_advance(p);
                return;
        }
        set_detail(p, "%s", raced->detail);
        probe_finish(p, raced->outcome);
}

static void on_raced(struct race_result *raced, void *arg)
{
        take_race(arg, raced);
}

static enum progress step_connect(struct probe *p)
{
        int64_t end_us = p->step_end_us < p->end_us ? p->step_end_us : p->end_us;

        if (p->fd >= 0)
                return NEXT;
        p->race = race_start(p->base, p->addrs, p->n_addrs, end_us - clock_boot_us(), on_raced, p);
        return WANT_CALL;
}

/* ---- before TLS ------------------------------------------------------------------------------ */

/* Talks until the go-ahead has been given. */
static enum progress talk(struct probe *p, enum probe_outcome on_failure)
{
        switch (talk_on(&p->talk, p->fd)) {
        case TALK_DONE:       talk_end(&p->talk); return NEXT;
        case TALK_WANT_READ:  return WANT_READ;
        case TALK_WANT_WRITE: return WANT_WRITE;
        case TALK_FAILED:     break;
        }
        set_detail(p, "%s", talk_words(&p->talk));
        return failed(p, on_failure);
}

static enum progress step_proxy(struct probe *p)
{
        const struct proxy *proxy = p->proxy;

        if (!proxy)
                return SKIP;
        const struct dialogue_terms terms = {
                .host = p->host, .port = p->port, .user = proxy->user, .password = proxy->password,
        };

        if (!p->talk.dialogue)
                talk_start(&p->talk, proxy->dialect, &terms);
        return talk(p, PROBE_PROXY_FAILED);
}

/*
 * In TLS the client begins. What comes before that was said in the clear, and may be anybody's: a
 * client that took it for the server's first words would be deceived.
 */
static enum progress refuse_injection(struct probe *p)
{
        size_t n = talk_unread(p->fd);

        if (n == 0)
                return NEXT;
        set_detail(p, "peer sent %zu byte%s after its go-ahead and before TLS: an injection "
                   "(CVE-2011-0411)", n, n == 1 ? "" : "s");
        return failed(p, PROBE_STARTTLS_INJECTED);
}

static enum progress step_starttls(struct probe *p)
{
        const struct dialogue_terms terms = { .server_name = p->server_name };

        if (!p->turns_to_tls)
                return SKIP; /* it speaks TLS from the first byte */
        if (!p->starttls) { /* never guess: the secure way may be the one that was not meant */
                set_detail(p, "this program does not know the STARTTLS dialect that it is told");
                return failed(p, PROBE_LOCAL);
        }
        if (!p->talk.dialogue)
                talk_start(&p->talk, p->starttls, &terms);
        enum progress r = talk(p, PROBE_STARTTLS_FAILED);

        return r == NEXT ? refuse_injection(p) : r;
}

/* ---- handshake and collect ------------------------------------------------------------------ */

static enum progress no_memory(struct probe *p)
{
        set_detail(p, "OpenSSL has no memory");
        return failed(p, PROBE_LOCAL);
}

/* Whoever shows a certificate wants to know if it is refused; nobody else has to wait. */
static enum progress await_refusal(struct probe *p)
{
        int64_t left_us = p->step_end_us - clock_boot_us();

        if (p->was_taken || !tls_client_may_be_refused(p->ssl))
                return NEXT;
        if (!p->awaits_refusal)
                set_timer(&p->step_timer, left_us < REFUSAL_WAIT_US ? left_us : REFUSAL_WAIT_US);
        p->awaits_refusal = true;
        switch (tls_client_await_refusal(p->ssl, p->result.detail, sizeof(p->result.detail))) {
        case TLS_WANT_READ:  return WANT_READ;
        case TLS_FAILED:     return failed(p, PROBE_HANDSHAKE_FAILED);
        case TLS_DONE:
        case TLS_WANT_WRITE:
        case TLS_NO_MEMORY:  break;
        }
        return NEXT;
}

static enum progress step_handshake(struct probe *p)
{
        const struct tls_terms terms = { .server_name = p->server_name, .alpn = p->alpn,
                                         .identity = p->identity };

        if (!p->ssl)
                p->ssl = tls_client_open(p->tls, p->fd, &terms);
        if (!p->ssl)
                return no_memory(p);

        switch (tls_client_handshake(p->ssl, p->result.detail, sizeof(p->result.detail))) {
        case TLS_DONE:       return await_refusal(p);
        case TLS_WANT_READ:  return WANT_READ;
        case TLS_WANT_WRITE: return WANT_WRITE;
        case TLS_FAILED:     return failed(p, PROBE_HANDSHAKE_FAILED);
        case TLS_NO_MEMORY:  return no_memory(p);
        }
        abort(); /* no other value exists */
}

static void say_farewell(struct probe *p)
{
        size_t n = 0;
        const void *farewell = p->starttls ? dialect_farewell(p->starttls, &n) : NULL;

        if (farewell)
                tls_client_say(p->ssl, farewell, n);
}

static enum progress step_collect(struct probe *p)
{
        struct probe_result *r = &p->result;

        r->protocol = tls_client_protocol(p->ssl);
        r->cipher = tls_client_cipher(p->ssl);
        r->weakness = tls_client_weakness(p->ssl);
        r->group = tls_client_group(p->ssl, &r->post_quantum);
        tls_client_alpn(p->ssl, r->alpn, sizeof(r->alpn));
        r->chain = tls_client_chain(p->ssl);
        r->staple = tls_client_staple(p->ssl, &r->staple_len);
        say_farewell(p);
        if (r->chain)
                return NEXT;
        set_detail(p, "peer showed no certificate");
        return failed(p, PROBE_HANDSHAKE_FAILED);
}

/* ---- the contract --------------------------------------------------------------------------- */

struct probe *probe_start(struct event_base *base, struct resolver *resolver,
                          struct tls_client *tls, const struct probe_request *req,
                          probe_done_fn *on_done, void *arg)
{
        struct probe *p = mem_new0(1, sizeof(*p));

        assert(req->timeout_ms > 0 && req->step_timeout_ms > 0);
        assert(!req->proxy || req->address.len == 0); /* it finds the address */
        *p = (struct probe){
                .base = base,
                .resolver = resolver,
                .tls = tls,
                .host = mem_strdup(req->host),
                .proxy = req->proxy,
                .identity = req->identity,
                .server_name = mem_strdup(req->server_name),
                .alpn = mem_strdup(req->alpn),
                .turns_to_tls = req->starttls != NULL,
                .starttls = req->starttls ? starttls_dialect(req->starttls) : NULL,
                .port = req->port,
                .family = req->family,
                .address = req->address,
                .last = req->only_resolve ? PROBE_RESOLVE : PROBE_COLLECT,
                .step_timeout_us = req->step_timeout_ms * 1000,
                .start_us = clock_mono_us(),
                .end_us = clock_boot_us() + req->timeout_ms * 1000,
                .fd = -1,
                .on_done = on_done,
                .arg = arg,
        };
        evtimer_assign(&p->total_timer, base, on_total_timer, p);
        evtimer_assign(&p->step_timer, base, on_step_timer, p);
        event_assign(&p->io, base, -1, 0, on_io, p);
        set_timer(&p->total_timer, req->timeout_ms * 1000);
        begin_step(p, PROBE_RESOLVE);
        event_active(&p->io, EV_TIMEOUT, 1); /* the first wake-up: nothing runs before we return */
        return p;
}

void probe_free(struct probe *p)
{
        if (!p)
                return;
        probe_stop(p);
        chain_free(p->result.chain);
        free(p->result.staple);
        free(p->addrs);
        free(p->host);
        free(p->server_name);
        free(p->alpn);
        free(p);
}
