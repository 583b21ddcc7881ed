/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in clients.h.
 *
 * evhttp does not say when it gives a connection up. So we hold a reference to each bufferevent,
 * and look from time to time whether evhttp has taken its callbacks away, which it does when it
 * frees it; then our reference is the last. (It also keeps the descriptor open until evhttp has
 * done all it does with it: it shuts it down after freeing the bufferevent, and by then the number
 * could be that of a probe.)
 */
#include "daemon/web/clients.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "daemon/web/https.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>

#define LOOK_PERIOD_S 1
/* Callbacks come from the loop, so that nothing is freed under those who write or read. */
#define BEV_OPTIONS (BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS)
#define INPUT_MAX_BYTES 65536 /* unread; more than the largest request */

enum doing { ASKING, IDLE, TAKING, DROPPED };

struct client {
        struct client *next;
        struct bufferevent *bev;
        enum doing doing;
        int64_t since_ms;
        size_t taken; /* bytes, since then */
};

struct clients {
        struct event_base *base;
        struct event *timer;
        struct event *soon; /* looks who was given up: made active, the timer would lose its beat */
        struct client *first; /* the youngest connection */
        size_t n, max;        /* without those that were dropped */
};

static void now_doing(struct client *c, enum doing doing)
{
        c->doing = doing;
        c->since_ms = clock_mono_ms();
        c->taken = 0;
}

static void on_input(struct evbuffer *b, const struct evbuffer_cb_info *info, void *arg)
{
        struct client *one = arg;

        (void)b;
        if (info->n_added > 0 && one->doing == IDLE)
                now_doing(one, ASKING);
}

static void on_output(struct evbuffer *b, const struct evbuffer_cb_info *info, void *arg)
{
        struct client *one = arg;

        (void)b;
        one->taken += info->n_deleted;
}

/* --- going ------------------------------------------------------------------------------------ */

static bool is_given_up(const struct client *c)
{
        void *arg;

        bufferevent_getcb(c->bev, NULL, NULL, NULL, &arg);
        return arg == NULL;
}

static void forget_given_up(struct clients *c)
{
        for (struct client **at = &c->first, *one; (one = *at);) {
                if (!is_given_up(one)) {
                        at = &one->next;
                        continue;
                }
                *at = one->next;
                c->n -= one->doing != DROPPED;
                evbuffer_remove_cb(bufferevent_get_input(one->bev), on_input, one);
                evbuffer_remove_cb(bufferevent_get_output(one->bev), on_output, one);
                bufferevent_disable(one->bev, EV_READ | EV_WRITE);
                bufferevent_decref(one->bev);
                free(one);
        }
}

/* evhttp hears that the connection is broken, and gives it up as soon as the loop comes round. */
static void drop(struct clients *c, struct client *one)
{
        one->doing = DROPPED;
        c->n--;
        bufferevent_trigger_event(one->bev, BEV_EVENT_ERROR | BEV_EVENT_READING, 0);
}

/*
 * Who has kept silent for the longest time; of those who wait for an answer only if need be.
 * @greeting: of those whose handshake is not over.
 */
static struct client *most_silent(struct clients *c, bool greeting)
{
        struct client *found = NULL;

        for (struct client *one = c->first; one; one = one->next) {
                if (one->doing == DROPPED || (greeting && !https_is_greeting(one->bev)))
                        continue;
                bool waits = one->doing == TAKING;
                bool found_waits = found && found->doing == TAKING;

                if (!found || (found_waits && !waits) ||
                    (found_waits == waits && one->since_ms <= found->since_ms))
                        found = one;
        }
        return found;
}

static size_t count_greeting(const struct clients *c)
{
        size_t n = 0;

        for (const struct client *one = c->first; one; one = one->next)
                n += one->doing != DROPPED && https_is_greeting(one->bev);
        return n;
}

static bool takes_too_long(struct client *one, int64_t now_ms)
{
        int64_t ms = now_ms - one->since_ms;

        switch (one->doing) {
        case ASKING:
                return ms >= CLIENTS_ASK_MS;
        case IDLE:
                return ms >= CLIENTS_IDLE_MS;
        case TAKING:
                if (ms < CLIENTS_TAKE_MS)
                        return false;
                if (one->taken < CLIENTS_TAKE_BYTES &&
                    evbuffer_get_length(bufferevent_get_output(one->bev)) > 0)
                        return true;
                one->since_ms = now_ms;
                one->taken = 0;
                return false;
        case DROPPED:
                break;
        }
        return false;
}

void clients_look(struct clients *c, int64_t now_ms)
{
        forget_given_up(c);
        for (struct client *one = c->first; one; one = one->next)
                if (takes_too_long(one, now_ms))
                        drop(c, one);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
        struct clients *c = arg;

        (void)fd; (void)what;
        clients_look(c, clock_mono_ms());
        if (!c->first)
                event_del(c->timer);
}

static void on_soon(evutil_socket_t fd, short what, void *arg)
{
        (void)fd; (void)what;
        forget_given_up(arg);
}

/* --- coming ----------------------------------------------------------------------------------- */

struct bufferevent *clients_welcome(struct clients *c, struct https *tls)
{
        struct client *one = mem_new0(1, sizeof(*one));

        forget_given_up(c);
        while (c->n >= c->max)
                drop(c, most_silent(c, false));
        if (tls && count_greeting(c) >= CLIENTS_GREETING)
                drop(c, most_silent(c, true));
        one->bev = tls ? https_bufferevent(tls, c->base, BEV_OPTIONS)
                       : bufferevent_socket_new(c->base, -1, BEV_OPTIONS);
        if (!one->bev)
                mem_exhausted();
        bufferevent_incref(one->bev); /* evhttp frees its own */
        bufferevent_setwatermark(one->bev, EV_READ, 0, INPUT_MAX_BYTES);
        evbuffer_add_cb(bufferevent_get_input(one->bev), on_input, one);
        evbuffer_add_cb(bufferevent_get_output(one->bev), on_output, one);
        now_doing(one, ASKING);
        if (!event_pending(c->timer, EV_TIMEOUT, NULL))
                event_add(c->timer, &(struct timeval){ .tv_sec = LOOK_PERIOD_S });
        one->next = c->first;
        c->first = one;
        c->n++;
        return one->bev;
}

static struct client *find(struct clients *c, const struct bufferevent *bev)
{
        struct client *one = c->first;

        while (one && one->bev != bev)
                one = one->next;
        return one;
}

void clients_asked(struct clients *c, const struct bufferevent *bev)
{
        struct client *one = find(c, bev);

        if (one->doing != DROPPED)
                now_doing(one, TAKING);
}

void clients_answered(struct clients *c, const struct bufferevent *bev)
{
        struct client *one = find(c, bev);
        bool more = evbuffer_get_length(bufferevent_get_input(one->bev)) > 0;

        if (one->doing != DROPPED)
                now_doing(one, more ? ASKING : IDLE);
        /* Perhaps evhttp gives it up now, and who waits for the end should not wait long. */
        event_active(c->soon, EV_TIMEOUT, 0);
}

size_t clients_count(struct clients *c)
{
        forget_given_up(c);
        return c->n;
}

struct clients *clients_new(struct event_base *base, size_t max)
{
        struct clients *c = mem_new0(1, sizeof(*c));

        c->base = base;
        c->max = max;
        c->timer = event_new(base, -1, EV_PERSIST, on_timer, c);
        c->soon = event_new(base, -1, 0, on_soon, c);
        if (!c->timer || !c->soon)
                mem_exhausted();
        return c;
}

void clients_free(struct clients *c)
{
        if (!c)
                return;
        forget_given_up(c);
        event_free(c->timer);
        event_free(c->soon);
        free(c);
}
