/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses are tried in turn; each gets a place in .running until it answers, fails or is the
 * oldest of too many. .errors tells of every address how far it came: when all have failed, or time
 * is up, the failures are counted by their reason, and the most telling one comes first.
 */
#include "daemon/probe/race.h"

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Beside the system's codes. */
enum { SILENT = 0, NOT_TRIED = -1 };

struct attempt {
        struct race *race;
        struct event io;
        int fd; /* -1 = this place is free */
        size_t which;
};

struct race {
        struct event_base *base;
        struct addr *addrs; /* in the order to try */
        int *errors;        /* of each address */
        size_t n, next;     /* .next: to try; those before it have been */
        struct attempt running[RACE_MAX_SOCKETS];
        struct event timer; /* of the next address, or of the end */
        int64_t start_us, end_us;
        race_done_fn *on_done;
        void *arg;
};

/* ---- what became of the addresses ----------------------------------------------------------- */

/*
 * The outcomes that are ours end the race, for every other address would meet them too.
 * EADDRNOTAVAIL: no local port is left. For IPv6 it is also what a host says on which that is
 * disabled, which must not keep us from trying the next address.
 */
static enum probe_outcome outcome_of(int e, const struct addr *a)
{
        switch (e) {
        case ECONNREFUSED:
                return PROBE_CONNECT_REFUSED;
        case SILENT:
        case NOT_TRIED:
        case ETIMEDOUT:
                return PROBE_CONNECT_TIMEOUT;
        case EMFILE:
        case ENFILE:
        case ENOMEM:
        case ENOBUFS:
        case EAGAIN: /* a table of the kernel is full, see connect(2) */
                return PROBE_LOCAL;
        case EADDRNOTAVAIL:
                return a->sa.sa_family == AF_INET ? PROBE_LOCAL : PROBE_CONNECT_FAILED;
        default:
                return PROBE_CONNECT_FAILED;
        }
}

/* Who is refused has reached somebody; silence tells the least. */
static int tells(int e, const struct addr *a)
{
        static const int RANK[PROBE_OUTCOME_COUNT] = {
                [PROBE_CONNECT_TIMEOUT] = 1, [PROBE_CONNECT_FAILED] = 2,
                [PROBE_CONNECT_REFUSED] = 3, [PROBE_LOCAL] = 4,
        };

        return e == NOT_TRIED ? 0 : RANK[outcome_of(e, a)];
}

/* The first address with the most telling error of those not @told yet (or NULL); .n: all are. */
static size_t most_telling(const struct race *r, const bool *told)
{
        size_t best = r->n;

        for (size_t i = 0; i < r->n; i++) {
                if (told && told[i])
                        continue;
                if (best == r->n || tells(r->errors[i], &r->addrs[i]) >
                                    tells(r->errors[best], &r->addrs[best]))
                        best = i;
        }
        return best;
}

static void put_words(struct buf *b, int e)
{
        const char *words = e == SILENT ? "no answer" : e == NOT_TRIED ? "not tried" : strerror(e);

        buf_printf(b, "%c%s", text_lower(words[0]), words + 1); /* we are in mid-sentence */
}

/* "connection refused (2 of 3 addresses)", and then ", no answer (1, waited 5000 ms)". */
static void put_reason(struct buf *b, const struct race *r, int e, size_t n)
{
        bool waited = e == SILENT, is_first = b->len == 0;

        buf_puts(b, is_first ? "" : ", ");
        put_words(b, e);
        if (r->n == 2 && n == 2)
                buf_puts(b, " (both addresses");
        else if (r->n > 1 && n == r->n)
                buf_printf(b, " (all %zu addresses", n);
        else if (r->n > 1 && is_first)
                buf_printf(b, " (%zu of %zu addresses", n, r->n);
        else if (r->n > 1)
                buf_printf(b, " (%zu", n);
        if (waited)
                buf_printf(b, "%swaited %lld ms", r->n > 1 ? ", " : " (",
                           (long long)(clock_mono_us() - r->start_us) / 1000);
        if (waited || r->n > 1)
                buf_puts(b, ")");
}

static void put_reasons(struct buf *b, const struct race *r)
{
        bool *told = mem_new0(r->n, sizeof(*told));
        size_t at, n;

        while ((at = most_telling(r, told)) < r->n) {
                n = 0;
                for (size_t i = at; i < r->n; i++)
                        if (r->errors[i] == r->errors[at]) {
                                told[i] = true;
                                n++;
                        }
                put_reason(b, r, r->errors[at], n);
        }
        free(told);
}

static void explain(const struct race *r, struct race_result *ret)
{
        struct buf b = BUF_INIT(sizeof(ret->detail) - 1);
        size_t first = most_telling(r, NULL);

        *ret = (struct race_result){ .fd = -1, .address = r->addrs[first] };
        ret->outcome = outcome_of(r->errors[first], &r->addrs[first]);
        if (ret->outcome == PROBE_LOCAL) /* the others say nothing then */
                put_words(&b, r->errors[first]);
        else
                put_reasons(&b, r);
        snprintf(ret->detail, sizeof(ret->detail), "%s", buf_str(&b));
        buf_done(&b);
}

/* ---- the race ------------------------------------------------------------------------------- */

static void attempt_end(struct attempt *a)
{
        if (a->fd < 0)
                return;
        event_del(&a->io);
        close(a->fd);
        a->fd = -1;
}

static void race_stop(struct race *r)
{
        event_del(&r->timer);
        for (size_t i = 0; i < RACE_MAX_SOCKETS; i++)
                attempt_end(&r->running[i]);
}

static void race_advance(struct race *r);

static void on_connected(evutil_socket_t fd, short what, void *arg)
{
        struct attempt *a = arg;
        struct race *r = a->race;
        struct race_result result = { PROBE_OK, .fd = fd, .address = r->addrs[a->which] };
        int e = 0;
        socklen_t len = sizeof(e);

        (void)what;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) < 0)
                e = errno;
        if (e != 0) {
                r->errors[a->which] = e;
                attempt_end(a);
                race_advance(r);
                return;
        }
        event_del(&a->io);
        a->fd = -1;
        race_stop(r);
        r->on_done(&result, r->arg);
}

/* A free one, or the oldest, which ends. */
static struct attempt *make_place(struct race *r)
{
        struct attempt *best = &r->running[0];

        for (size_t i = 1; i < RACE_MAX_SOCKETS && best->fd >= 0; i++) {
                struct attempt *a = &r->running[i];

                if (a->fd < 0 || a->which < best->which)
                        best = a;
        }
        attempt_end(best);
        return best;
}

/* 0 when the answer is awaited, or the error. */
static int attempt_start(struct race *r, size_t which)
{
        struct attempt *a = make_place(r);
        const struct addr *to = &r->addrs[which];

        a->fd = socket(to->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (a->fd < 0)
                return errno;
        event_assign(&a->io, r->base, a->fd, EV_WRITE, on_connected, a);
        if (connect(a->fd, &to->sa, to->len) < 0 && errno != EINPROGRESS) {
                int e = errno;

                attempt_end(a);
                return e;
        }
        a->race = r;
        a->which = which;
        event_add(&a->io, NULL);
        return 0;
}

static bool is_running(const struct race *r)
{
        for (size_t i = 0; i < RACE_MAX_SOCKETS; i++)
                if (r->running[i].fd >= 0)
                        return true;
        return false;
}

static void set_timer(struct race *r, int64_t us)
{
        struct timeval tv = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };

        event_add(&r->timer, &tv);
}

/* The addresses left share what is left of the time; the last one runs as long as any. */
static int64_t delay_us(const struct race *r)
{
        int64_t left_us = r->end_us - clock_mono_us();
        int64_t shares = (int64_t)(r->n - r->next) + RACE_MAX_SOCKETS;
        int64_t share_us = left_us > 0 ? left_us / shares : 0;

        return share_us < RACE_DELAY_US ? share_us : RACE_DELAY_US;
}

/* Tries the next address, as far as there is one; the end comes by the timer. */
static void race_advance(struct race *r)
{
        while (r->next < r->n) {
                size_t which = r->next++;
                int e = r->errors[which] = attempt_start(r, which);

                if (e == 0) {
                        if (r->next < r->n)
                                set_timer(r, delay_us(r));
                        return;
                }
                if (outcome_of(e, &r->addrs[which]) == PROBE_LOCAL)
                        r->next = r->n;
        }
        if (!is_running(r))
                set_timer(r, 0);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
        struct race *r = arg;
        struct race_result result;

        (void)fd;
        (void)what;
        if (r->next < r->n || is_running(r)) {
                race_advance(r);
                return;
        }
        race_give_up(r, &result);
        r->on_done(&result, r->arg);
}

/* ---- the contract --------------------------------------------------------------------------- */

/* The next address of the first one's family, or of the other; @n when there is none. */
static size_t next_of(const struct addr *addrs, size_t n, size_t from, bool other)
{
        size_t i = from;

        while (i < n && (addrs[i].sa.sa_family != addrs[0].sa.sa_family) != other)
                i++;
        return i;
}

/* The two families in turn, beginning with that of the first address (RFC 8305 section 4). */
static void interleave(const struct addr *addrs, size_t n, struct addr *ret)
{
        size_t at[2] = { 0, next_of(addrs, n, 0, true) };

        for (size_t i = 0; i < n; i++) {
                bool other = i % 2 == 1;

                if (at[other] == n)
                        other = !other;
                ret[i] = addrs[at[other]];
                at[other] = next_of(addrs, n, at[other] + 1, other);
        }
}

struct race *race_start(struct event_base *base, const struct addr *addrs, size_t n,
                        int64_t time_us, race_done_fn *on_done, void *arg)
{
        struct race *r = mem_new0(1, sizeof(*r));

        assert(n > 0);
        r->base = base;
        r->addrs = mem_new0(n, sizeof(*r->addrs));
        r->errors = mem_new0(n, sizeof(*r->errors));
        r->n = n;
        r->start_us = clock_mono_us();
        r->end_us = r->start_us + time_us;
        r->on_done = on_done;
        r->arg = arg;
        interleave(addrs, n, r->addrs);
        for (size_t i = 0; i < n; i++)
                r->errors[i] = NOT_TRIED;
        for (size_t i = 0; i < RACE_MAX_SOCKETS; i++)
                r->running[i].fd = -1;
        evtimer_assign(&r->timer, base, on_timer, r);
        race_advance(r);
        return r;
}

void race_give_up(struct race *r, struct race_result *ret)
{
        race_stop(r);
        explain(r, ret);
}

void race_free(struct race *r)
{
        if (!r)
                return;
        race_stop(r);
        free(r->addrs);
        free(r->errors);
        free(r);
}
