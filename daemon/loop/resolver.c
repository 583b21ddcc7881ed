/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every answer, of c-ares or of our own (a literal, a name that is known), is first put into one
 * queue and delivered from the loop, one per turn. So no callback runs inside resolver_start() or
 * inside c-ares, and a callback may start, cancel or free anything, the resolver included.
 *
 * A query is what a caller wants, a question what c-ares is asked: many queries may wait for one
 * question. c-ares cannot cancel one: it is answered though nobody waits any more.
 *
 * c-ares reads resolv.conf only once per channel. When the file changes, new questions go to a new
 * channel, and the old one, with what it knows of names, stays until its last question is answered.
 */
#include "daemon/loop/resolver.h"

#include "common/base/clock.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/loop/names.h"

#include <ares.h>
#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>

#define RESOLV_CONF "/etc/resolv.conf"
#define RELOAD_CHECK_MS 5000 /* between two looks at RESOLV_CONF */
#define TRY_MS 2000          /* for the first try; c-ares doubles it for the next */
#define TRIES 2              /* so a dead server is given up before most probes' own deadline */
#define EDNS_BYTES 1232      /* fits one packet everywhere (DNS flag day 2020) */

/* A socket of c-ares that the loop watches. */
struct watch {
        TAILQ_ENTRY(watch) link;
        struct channel *channel;
        struct event event;
        ares_socket_t fd;
};

struct channel {
        TAILQ_ENTRY(channel) link;
        struct resolver *resolver;
        ares_channel ares;
        struct event timer; /* of c-ares' earliest timeout */
        TAILQ_HEAD(, watch) watches;
        size_t n_questions; /* that c-ares still holds */
        struct names *names;
};

TAILQ_HEAD(query_list, resolver_query);

/* What c-ares was asked. */
struct question {
        struct channel *channel;
        struct name *name; /* in .channel->names */
        enum addr_family family;
        struct query_list waiting;
};

struct resolver {
        struct event_base *base;
        char *servers;                  /* NULL = those of RESOLV_CONF */
        int try_ms;
        TAILQ_HEAD(, channel) channels; /* the first is in use, the others are running empty */
        struct query_list answered;
        struct event deliver;
        struct timespec conf_mtime;
        int64_t next_conf_check_ms;
        bool closing;
};

struct resolver_query {
        TAILQ_ENTRY(resolver_query) link; /* in .question->waiting, or else in .answered */
        struct resolver *resolver;
        struct question *question; /* whose answer is waited for; NULL = it is there */
        uint16_t port;
        resolver_done_fn *on_done;
        void *arg;
        enum resolve_outcome outcome;
        const char *detail; /* static */
        struct addr *addrs;
        size_t n_addrs;
};

static const int AF_OF[] = {
        [ADDR_ANY] = AF_UNSPEC,
        [ADDR_IPV4] = AF_INET,
        [ADDR_IPV6] = AF_INET6,
};

static const char *const WITHOUT_ADDRESS[] = {
        [ADDR_ANY] = "the name has no address",
        [ADDR_IPV4] = "the name has no IPv4 address",
        [ADDR_IPV6] = "the name has no IPv6 address",
};

static const char *const WRONG_LITERAL[] = {
        [ADDR_IPV4] = "it is not an IPv4 address",
        [ADDR_IPV6] = "it is not an IPv6 address",
};

/* What c-ares' codes mean here; any other is RESOLVE_FAILED in c-ares' own words. */
static const struct {
        int status;
        enum resolve_outcome outcome;
        const char *detail;
} FAILURES[] = {
        { ARES_ENOTFOUND, RESOLVE_NOT_FOUND, "no such name in DNS" },
        { ARES_EBADNAME, RESOLVE_NOT_FOUND, "not a valid DNS name" },
        { ARES_ETIMEOUT, RESOLVE_TIMEOUT, "no answer from the name servers" },
        { ARES_ESERVFAIL, RESOLVE_FAILED, "the name servers failed to find out (SERVFAIL)" },
        { ARES_EREFUSED, RESOLVE_FAILED, "the name servers refused the question (REFUSED)" },
        { ARES_EFORMERR, RESOLVE_FAILED, "the name servers did not understand the question" },
        { ARES_ENOTIMP, RESOLVE_FAILED, "the name servers cannot answer such questions" },
        { ARES_EBADRESP, RESOLVE_FAILED, "the name servers' answer is malformed" },
        /* c-ares 1.18 also says this when all servers answered SERVFAIL or REFUSED */
        { ARES_ECONNREFUSED, RESOLVE_FAILED, "no name server was reached that could answer" },
};

static int library_status;

static void library_init(void)
{
        library_status = ares_library_init(ARES_LIB_INIT_ALL);
}

/* ---- answers -------------------------------------------------------------------------------- */

static void query_free(struct resolver_query *q)
{
        free(q->addrs);
        free(q);
}

/* An answer to nobody in particular. */
struct answer {
        enum resolve_outcome outcome;
        const char *detail; /* static */
        const struct addr *addrs;
        size_t n_addrs;
};

static void query_answer(struct resolver_query *q, const struct answer *a)
{
        struct resolver *r = q->resolver;

        q->question = NULL;
        q->outcome = a->outcome;
        q->detail = a->detail;
        q->addrs = mem_copy(a->addrs, a->n_addrs * sizeof(*a->addrs));
        q->n_addrs = a->n_addrs;
        for (size_t i = 0; i < q->n_addrs; i++)
                q->addrs[i].in.sin_port = htons(q->port); /* at the same place in sin6 */
        TAILQ_INSERT_TAIL(&r->answered, q, link);
        event_active(&r->deliver, EV_TIMEOUT, 1);
}

/* One per turn: the callback is the last act, it may free the resolver. */
static void on_deliver(evutil_socket_t fd, short what, void *arg)
{
        struct resolver *r = arg;
        struct resolver_query *q = TAILQ_FIRST(&r->answered);

        (void)fd;
        (void)what;
        if (!q)
                return; /* they were cancelled */
        TAILQ_REMOVE(&r->answered, q, link);
        if (!TAILQ_EMPTY(&r->answered))
                event_active(&r->deliver, EV_TIMEOUT, 1);

        q->on_done(q->outcome, q->addrs, q->n_addrs, q->detail, q->arg);
        query_free(q);
}

/* Returns how many. */
static size_t take_addresses(const struct ares_addrinfo *info, struct addr *ret)
{
        size_t n = 0;

        for (const struct ares_addrinfo_node *node = info->nodes;
             node && n < RESOLVER_MAX_ADDRESSES; node = node->ai_next) {
                struct addr *a = &ret[n];

                if ((node->ai_family != AF_INET && node->ai_family != AF_INET6) ||
                    node->ai_addrlen > sizeof(a->in6))
                        continue;
                memcpy(&a->sa, node->ai_addr, node->ai_addrlen);
                a->len = node->ai_addrlen;
                n++;
        }
        return n;
}

/* How long the whole answer is good for: no longer than the aliases that led to it. */
static int64_t ttl_of(const struct ares_addrinfo *info)
{
        int64_t ttl_s = RESOLVER_MAX_TTL_S;

        for (const struct ares_addrinfo_node *node = info->nodes; node; node = node->ai_next)
                ttl_s = node->ai_ttl < ttl_s ? node->ai_ttl : ttl_s;
        for (const struct ares_addrinfo_cname *c = info->cnames; c; c = c->next)
                ttl_s = c->ttl < ttl_s ? c->ttl : ttl_s;
        return ttl_s;
}

static struct answer failure(int status, enum addr_family family)
{
        if (status == ARES_ENODATA || status == ARES_SUCCESS)
                return (struct answer){ RESOLVE_NOT_FOUND, .detail = WITHOUT_ADDRESS[family] };
        for (size_t i = 0; i < ARRAY_LEN(FAILURES); i++)
                if (FAILURES[i].status == status)
                        return (struct answer){ FAILURES[i].outcome,
                                                .detail = FAILURES[i].detail };
        return (struct answer){ RESOLVE_FAILED, .detail = ares_strerror(status) };
}

static void question_free(struct question *question)
{
        struct resolver_query *q;

        while ((q = TAILQ_FIRST(&question->waiting))) {
                TAILQ_REMOVE(&question->waiting, q, link);
                query_free(q);
        }
        free(question);
}

static void question_answer(struct question *question, const struct answer *a)
{
        struct resolver_query *q;

        while ((q = TAILQ_FIRST(&question->waiting))) {
                TAILQ_REMOVE(&question->waiting, q, link);
                query_answer(q, a);
        }
        free(question);
}

/* From inside c-ares: nothing but taking notes. */
static void on_ares_answer(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
        struct question *question = arg;
        struct channel *c = question->channel;
        struct addr addrs[RESOLVER_MAX_ADDRESSES];
        struct answer a = { RESOLVE_OK, .addrs = addrs };
        int64_t ttl_s = 0;

        (void)timeouts;
        c->n_questions--;
        if (c->resolver->closing) {
                question_free(question);
        } else {
                if (status == ARES_SUCCESS) {
                        a.n_addrs = take_addresses(info, addrs);
                        ttl_s = ttl_of(info);
                }
                if (a.n_addrs == 0)
                        a = failure(status, question->family);
                if (a.n_addrs > 0 && ttl_s > 0)
                        names_keep(c->names, question->name, addrs, a.n_addrs,
                                   clock_boot_ms() + ttl_s * 1000);
                else
                        names_drop(c->names, question->name);
                question_answer(question, &a);
        }
        if (info)
                ares_freeaddrinfo(info);
}

/* ---- c-ares on the loop --------------------------------------------------------------------- */

static void channel_free(struct channel *c)
{
        TAILQ_REMOVE(&c->resolver->channels, c, link);
        ares_destroy(c->ares); /* closes its sockets: on_socket_state() takes the watches off */
        assert(TAILQ_EMPTY(&c->watches));
        event_del(&c->timer);
        names_free(c->names);
        free(c);
}

/*
 * After anything that c-ares did: wake up for its next timeout, and end a channel that ran empty.
 */
static void channel_settle(struct channel *c)
{
        struct timeval tv;

        if (c->n_questions == 0 && c != TAILQ_FIRST(&c->resolver->channels)) {
                channel_free(c);
                return;
        }
        if (ares_timeout(c->ares, NULL, &tv))
                event_add(&c->timer, &tv);
        else
                event_del(&c->timer);
}

static void on_ares_timer(evutil_socket_t fd, short what, void *arg)
{
        struct channel *c = arg;

        (void)fd;
        (void)what;
        ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        channel_settle(c);
}

static void on_ares_socket(evutil_socket_t fd, short what, void *arg)
{
        struct channel *c = ((struct watch *)arg)->channel; /* the watch may end below */

        ares_process_fd(c->ares, what & EV_READ ? fd : ARES_SOCKET_BAD,
                        what & EV_WRITE ? fd : ARES_SOCKET_BAD);
        channel_settle(c);
}

static struct watch *watch_of(struct channel *c, ares_socket_t fd)
{
        struct watch *w;

        TAILQ_FOREACH(w, &c->watches, link)
                if (w->fd == fd)
                        return w;
        w = mem_new0(1, sizeof(*w));
        w->channel = c;
        w->fd = fd;
        event_assign(&w->event, c->resolver->base, fd, 0, on_ares_socket, w);
        TAILQ_INSERT_TAIL(&c->watches, w, link);
        return w;
}

/* c-ares says what it waits for on one of its sockets; for nothing = it closes the socket. */
static void on_socket_state(void *data, ares_socket_t fd, int readable, int writable)
{
        struct channel *c = data;
        struct watch *w = watch_of(c, fd);
        short what = (short)((readable ? EV_READ : 0) | (writable ? EV_WRITE : 0));

        event_del(&w->event);
        if (what) {
                event_assign(&w->event, c->resolver->base, fd, (short)(what | EV_PERSIST),
                             on_ares_socket, w);
                event_add(&w->event, NULL);
        } else {
                TAILQ_REMOVE(&c->watches, w, link);
                free(w);
        }
}

static int errno_of_ares(int status)
{
        return status == ARES_ENOMEM ? -ENOMEM : status == ARES_EFILE ? -EIO : -EINVAL;
}

/* Puts a new channel in front of the others. */
static int channel_new(struct resolver *r)
{
        struct channel *c = mem_new0(1, sizeof(*c));
        struct ares_options options = {
                .flags = ARES_FLAG_EDNS,
                .timeout = r->try_ms,
                .tries = TRIES,
                .ednspsz = EDNS_BYTES,
                .sock_state_cb = on_socket_state,
                .sock_state_cb_data = c,
        };
        int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
                   ARES_OPT_SOCK_STATE_CB;

        c->resolver = r;
        TAILQ_INIT(&c->watches);
        int status = ares_init_options(&c->ares, &options, mask);

        if (status != ARES_SUCCESS) {
                free(c);
                return errno_of_ares(status);
        }
        if (r->servers)
                status = ares_set_servers_ports_csv(c->ares, r->servers);
        if (status != ARES_SUCCESS) {
                ares_destroy(c->ares);
                free(c);
                return errno_of_ares(status);
        }
        c->names = names_new(RESOLVER_MAX_KEPT, RESOLVER_MAX_KEPT_BYTES);
        evtimer_assign(&c->timer, r->base, on_ares_timer, c);
        TAILQ_INSERT_HEAD(&r->channels, c, link);
        return 0;
}

/* ---- resolv.conf ---------------------------------------------------------------------------- */

static struct timespec conf_mtime(void)
{
        struct stat st;

        return stat(RESOLV_CONF, &st) == 0 ? st.st_mtim : (struct timespec){ 0 };
}

/*
 * A file that cannot be read now leaves the old channel in use; it is tried again when it changes.
 */
static void resolver_reload(struct resolver *r)
{
        int64_t now_ms = clock_mono_ms();

        if (r->servers || now_ms < r->next_conf_check_ms)
                return;
        r->next_conf_check_ms = now_ms + RELOAD_CHECK_MS;

        struct timespec mtime = conf_mtime();

        if (mtime.tv_sec == r->conf_mtime.tv_sec && mtime.tv_nsec == r->conf_mtime.tv_nsec)
                return;
        r->conf_mtime = mtime;

        struct channel *old = TAILQ_FIRST(&r->channels);

        if (channel_new(r) == 0)
                channel_settle(old);
}

/* ---- the contract --------------------------------------------------------------------------- */

int resolver_new(struct resolver **ret, struct event_base *base,
                 const struct resolver_options *options)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;

        pthread_once(&once, library_init);
        if (library_status != ARES_SUCCESS)
                return errno_of_ares(library_status);

        struct resolver *r = mem_new0(1, sizeof(*r));

        r->base = base;
        r->servers = mem_strdup(options ? options->servers : NULL);
        r->try_ms = options && options->try_ms ? options->try_ms : TRY_MS;
        r->conf_mtime = conf_mtime();
        r->next_conf_check_ms = clock_mono_ms() + RELOAD_CHECK_MS;
        TAILQ_INIT(&r->channels);
        TAILQ_INIT(&r->answered);
        event_assign(&r->deliver, base, -1, 0, on_deliver, r);

        int e = channel_new(r);

        if (e < 0) {
                resolver_free(r);
                return e;
        }
        *ret = r;
        return 0;
}

void resolver_free(struct resolver *r)
{
        struct channel *c;
        struct resolver_query *q;

        if (!r)
                return;
        r->closing = true; /* c-ares answers all that it still holds: it is only freed */
        while ((c = TAILQ_FIRST(&r->channels)))
                channel_free(c);
        while ((q = TAILQ_FIRST(&r->answered))) {
                TAILQ_REMOVE(&r->answered, q, link);
                query_free(q);
        }
        event_del(&r->deliver);
        free(r->servers);
        free(r);
}

static void answer_literal(struct resolver_query *q, const struct addr *literal,
                           enum addr_family family)
{
        struct answer a = { RESOLVE_OK, .addrs = literal, .n_addrs = 1 };

        if (family != ADDR_ANY && literal->sa.sa_family != AF_OF[family])
                a = (struct answer){ RESOLVE_NOT_FOUND, .detail = WRONG_LITERAL[family] };
        query_answer(q, &a);
}

static void answer_known(struct resolver_query *q, const struct name *name)
{
        struct answer a = { RESOLVE_OK };

        a.addrs = names_answer(name, &a.n_addrs);
        query_answer(q, &a);
}

static void wait_for(struct question *question, struct resolver_query *q)
{
        q->question = question;
        TAILQ_INSERT_TAIL(&question->waiting, q, link);
}

static void ask(struct channel *c, struct resolver_query *q, const char *host,
                enum addr_family family)
{
        struct ares_addrinfo_hints hints = {
                .ai_family = AF_OF[family],
                .ai_socktype = SOCK_STREAM,
        };
        struct question *question = mem_new0(1, sizeof(*question));

        question->channel = c;
        question->family = family;
        question->name = names_ask(c->names, host, family, question);
        TAILQ_INIT(&question->waiting);
        wait_for(question, q);
        c->n_questions++;
        ares_getaddrinfo(c->ares, host, NULL, &hints, on_ares_answer, question);
        channel_settle(c);
}

struct resolver_query *resolver_start(struct resolver *r, const char *host, uint16_t port,
                                      enum addr_family family, resolver_done_fn *on_done, void *arg)
{
        struct resolver_query *q = mem_new0(1, sizeof(*q));
        struct addr literal;

        q->resolver = r;
        q->port = port;
        q->on_done = on_done;
        q->arg = arg;
        if (addr_parse_ip(host, port, &literal)) {
                answer_literal(q, &literal, family);
                return q;
        }

        resolver_reload(r);
        struct channel *c = TAILQ_FIRST(&r->channels);
        struct name *name = names_find(c->names, host, family, clock_boot_ms());

        if (!name)
                ask(c, q, host, family);
        else if (names_question(name))
                wait_for(names_question(name), q);
        else
                answer_known(q, name);
        return q;
}

void resolver_cancel(struct resolver_query *q)
{
        if (!q)
                return;
        TAILQ_REMOVE(q->question ? &q->question->waiting : &q->resolver->answered, q, link);
        query_free(q);
}
