/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in asks.h. A look that nobody waits for any more goes on, and its end is news to
 * nobody. */
#include "daemon/monitor/asks.h"

#include "common/base/addr.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/model.h"
#include "daemon/monitor/aims.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/schedule.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct monitor_look {
        LIST_ENTRY(monitor_look) link;
        struct member *member; /* NULL = it is watched no longer */
        struct event *timeout;
        monitor_look_fn *on_done;
        void *arg;
};

LIST_HEAD(look_list, monitor_look);

struct guest {
        LIST_ENTRY(guest) link;
        struct member member;
        struct config_endpoint cfg; /* of which its own: .name, which is .id, and .target */
};

struct asks {
        struct event_base *base;
        struct asks_host host;
        struct look_list waiting;
        LIST_HEAD(, guest) guests;
        size_t n_guests;
};

/* --- guests ----------------------------------------------------------------------------------- */

/*
 * Is @pattern one of addresses, such as 192.0.2.*:443? Then no name fits: whoever has a domain can
 * make names that begin with such numbers, and lead anywhere.
 */
static bool is_of_addresses(const char *pattern)
{
        size_t n = strspn(pattern, "0123456789.*?");

        return *pattern >= '0' && *pattern <= '9' && (pattern[n] == ':' || !pattern[n]);
}

static bool is_allowed(const struct config_probe *probe, const struct target *t)
{
        struct addr ip;
        bool is_name = t->host && !addr_parse_ip(t->host, 0, &ip);
        bool v6 = t->host && strchr(t->host, ':');
        AUTO_FREE char *text = mem_printf(v6 ? "[%s]:%u" : "%s:%u", t->host ? t->host : "",
                                          t->port);

        for (size_t i = 0; t->kind == TARGET_NET && i < probe->n_allow; i++)
                if (text_fits(probe->allow[i], text) &&
                    !(is_name && is_of_addresses(probe->allow[i])))
                        return true;
        return false;
}

static struct guest *guest_of(struct member *m)
{
        return (struct guest *)((char *)m - offsetof(struct guest, member));
}

/* Nobody may join it any more. */
static void guest_part(struct asks *l, struct guest *g)
{
        LIST_REMOVE(g, link);
        l->n_guests--;
}

static void guest_free(struct guest *g)
{
        target_done(&g->cfg.target);
        free(g->cfg.id);
        free(g);
}

/* As the defaults have it; takes over @t. */
static struct guest *guest_new(struct asks *l, struct fleet *f, struct target *t)
{
        const struct config_endpoint *as = f->guest.cfg;
        struct guest *g = mem_new0(1, sizeof(*g));

        g->cfg = *as;
        g->cfg.target = *t;
        *t = (struct target){ .kind = TARGET_NET };
        g->cfg.id = g->cfg.name = target_str(&g->cfg.target);
        if (!target_is_bare(&g->cfg.target) || g->cfg.target.starttls)
                g->cfg.starttls = NULL;
        if (!g->cfg.server_name)
                g->cfg.server_name = g->cfg.target.host;
        g->member = f->guest;
        g->member.cfg = &g->cfg;
        g->member.guest = true;
        g->member.seed = schedule_seed(g->cfg.id);
        if (f->guest.connect_host && f->guest.connect_port == 0)
                g->member.connect_port = g->cfg.target.port;
        LIST_INSERT_HEAD(&l->guests, g, link);
        l->n_guests++;
        return g;
}

/* One who is looked at is a guest of @f already, or becomes one. NULL: too many are. */
static struct member *guest_at(struct asks *l, struct fleet *f, struct target *t)
{
        AUTO_FREE char *id = target_str(t);
        struct guest *g;

        LIST_FOREACH(g, &l->guests, link)
                if (g->member.fleet == f && strcmp(g->cfg.id, id) == 0 &&
                    text_same(g->cfg.target.starttls, t->starttls))
                        return &g->member;
        return l->n_guests < ASKS_GUESTS_AT_ONCE ? &guest_new(l, f, t)->member : NULL;
}

/* --- who waits -------------------------------------------------------------------------------- */

static void look_free(struct monitor_look *look)
{
        LIST_REMOVE(look, link);
        event_free(look->timeout);
        free(look);
}

void monitor_look_cancel(struct monitor_look *l)
{
        if (l)
                look_free(l);
}

static void answer(struct monitor_look *look, const struct exam_report *report)
{
        monitor_look_fn *on_done = look->on_done;
        void *arg = look->arg;

        look_free(look);
        on_done(report, arg);
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
        (void)fd; (void)what;
        answer(arg, NULL);
}

static struct monitor_look *look_new(struct asks *l, struct member *m, int64_t timeout_ms,
                                     monitor_look_fn *on_done, void *arg)
{
        struct timeval tv = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
        struct monitor_look *look = mem_new0(1, sizeof(*look));

        look->member = m;
        look->on_done = on_done;
        look->arg = arg;
        look->timeout = evtimer_new(l->base, on_timeout, look);
        if (!look->timeout)
                mem_exhausted();
        evtimer_add(look->timeout, &tv);
        LIST_INSERT_HEAD(&l->waiting, look, link);
        return look;
}

int asks_add(struct asks *l, struct fleet *f, struct monitor_look **ret,
              const struct monitor_ask *ask, monitor_look_fn *on_done, void *arg)
{
        AUTO_FREE char *error = NULL;
        struct target t;

        if (aims_read(ask->target, ask->module, &t, &error) < 0)
                return -EINVAL;
        struct member *m = aims_find(f->aims, ask->target, &t);
        bool known = m != NULL;
        int r = known || is_allowed(&f->config->probe, &t) ? 0 : -ENOENT;

        if (r == 0 && !known)
                m = guest_at(l, f, &t);
        target_done(&t);
        if (r == 0 && !m)
                r = -EBUSY;
        if (r < 0)
                return r;
        *ret = look_new(l, m, ask->timeout_ms, on_done, arg);
        m->wanted = true;
        if (known)
                l->host.want(m, l->host.arg);
        else if (!m->in_flight)
                l->host.visit(m, l->host.arg);
        return 0;
}

/* Those who wait for @m are taken aside first: whoever is answered may ask for the next look. */
void asks_report(struct asks *l, struct member *m, const struct exam_report *report)
{
        struct look_list done = LIST_HEAD_INITIALIZER(done);
        struct monitor_look *look, *next;
        bool wanted = m->wanted;

        m->wanted = false;
        if (m->guest)
                guest_part(l, guest_of(m));
        for (look = wanted ? LIST_FIRST(&l->waiting) : NULL; look; look = next) {
                next = LIST_NEXT(look, link);
                if (look->member != m)
                        continue;
                LIST_REMOVE(look, link);
                LIST_INSERT_HEAD(&done, look, link);
        }
        while ((look = LIST_FIRST(&done)))
                answer(look, report);
        if (m->guest)
                guest_free(guest_of(m));
}

/* --- all of them ------------------------------------------------------------------------------ */

void asks_follow(struct asks *l, const struct fleet *f)
{
        struct monitor_look *look;

        LIST_FOREACH(look, &l->waiting, link) {
                if (!look->member || look->member->guest)
                        continue;
                look->member = fleet_find(f, look->member->cfg->id);
                if (look->member) {
                        look->member->wanted = true;
                        l->host.want(look->member, l->host.arg);
                } else {
                        event_active(look->timeout, EV_TIMEOUT, 0);
                }
        }
}

struct asks *asks_new(struct event_base *base, const struct asks_host *host)
{
        struct asks *l = mem_new0(1, sizeof(*l));

        l->base = base;
        l->host = *host;
        LIST_INIT(&l->waiting);
        LIST_INIT(&l->guests);
        return l;
}

void asks_free(struct asks *l)
{
        struct guest *g;

        if (!l)
                return;
        while (!LIST_EMPTY(&l->waiting))
                look_free(LIST_FIRST(&l->waiting));
        while ((g = LIST_FIRST(&l->guests))) {
                guest_part(l, g);
                guest_free(g);
        }
        free(l);
}
