/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names are listed first; then a few queries are kept in flight until all are answered or the
 * time is over. Only the clear word of a name server, that there is no such name or address, counts
 * against a name.
 */
#include "daemon/probe/san_check.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/cert/names.h"
#include "common/cert/validate.h"
#include "daemon/loop/resolver.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 10

struct san_query {
        struct san_check *check;
        struct resolver_query *query; /* NULL: not begun, or answered */
        char *host;                   /* canonical */
};

struct san_check {
        struct san_query names[SAN_MAX_NAMES];
        size_t n, begun, answered;
        struct san_names result;
        struct resolver *resolver;
        struct event timer; /* the end of the time, or at once when there is nothing to ask */
        san_check_fn *on_done;
        void *arg;
};

void san_names_done(struct san_names *n)
{
        for (size_t i = 0; i < n->n_missing; i++)
                free(n->missing[i]);
        free(n->missing);
        *n = (struct san_names){ 0 };
}

void san_check_free(struct san_check *c)
{
        if (!c)
                return;
        for (size_t i = 0; i < c->n; i++) {
                resolver_cancel(c->names[i].query);
                free(c->names[i].host);
        }
        event_del(&c->timer);
        san_names_done(&c->result);
        free(c);
}

/* The last act: the callee may free the resolver, and whatever else there is. */
static void finish(struct san_check *c)
{
        struct san_names result = c->result;
        san_check_fn *on_done = c->on_done;
        void *arg = c->arg;

        result.done = true;
        result.n_asked = c->n;
        result.n_unknown += c->n - c->answered;
        c->result = (struct san_names){ 0 };
        san_check_free(c);
        on_done(&result, arg);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
        (void)fd; (void)what;
        finish(arg);
}

static void begin_more(struct san_check *c);

static void on_resolved(enum resolve_outcome outcome, const struct addr *addrs, size_t n,
                        const char *detail, void *arg)
{
        struct san_query *q = arg;
        struct san_check *c = q->check;
        struct san_names *r = &c->result;

        (void)addrs; (void)n; (void)detail;
        q->query = NULL;
        c->answered++;
        if (outcome == RESOLVE_NOT_FOUND) {
                r->missing = mem_resize(r->missing, r->n_missing + 1, sizeof(*r->missing));
                r->missing[r->n_missing++] = mem_strdup(q->host);
        } else if (outcome != RESOLVE_OK) {
                r->n_unknown++;
        }
        begin_more(c);
        if (c->answered == c->n)
                finish(c);
}

static void begin_more(struct san_check *c)
{
        while (c->begun < c->n && c->begun - c->answered < SAN_AT_ONCE) {
                struct san_query *q = &c->names[c->begun++];

                q->query = resolver_start(c->resolver, q->host, 0, ADDR_ANY, on_resolved, q);
        }
}

static bool is_listed(const struct san_check *c, const char *host)
{
        for (size_t i = 0; i < c->n; i++)
                if (strcmp(c->names[i].host, host) == 0)
                        return true;
        return false;
}

/* A name of the certificate that can be looked up, or NULL; malloc'ed. */
static char *host_of(const struct cert_name *name)
{
        AUTO_FREE char *text = mem_copy(name->bytes, name->len);
        const char *reason;
        char *host = NULL;

        if (name->kind != CERT_NAME_DNS || strlen(text) != name->len ||
            host_canonical(text, &host, &reason) < 0)
                return NULL; /* a wildcard is no host name either */
        if (!host_is_ip(host))
                return host;
        free(host);
        return NULL;
}

static void list_names(struct san_check *c, const struct cert *leaf)
{
        for (size_t i = 0; i < leaf->n_names; i++) {
                AUTO_FREE char *host = host_of(&leaf->names[i]);

                if (!host || is_listed(c, host))
                        continue;
                if (c->n == SAN_MAX_NAMES)
                        c->result.n_left_out++;
                else
                        c->names[c->n++] = (struct san_query){ .check = c, .host = TAKE(host) };
        }
}

struct san_check *san_check_start(struct event_base *base, struct resolver *resolver,
                                  const struct cert *leaf, int64_t timeout_ms,
                                  san_check_fn *on_done, void *arg)
{
        struct san_check *c = mem_new0(1, sizeof(*c));

        c->resolver = resolver;
        c->on_done = on_done;
        c->arg = arg;
        evtimer_assign(&c->timer, base, on_timer, c);
        list_names(c, leaf);
        if (c->n == 0 || timeout_ms < 0)
                timeout_ms = 0;
        event_add(&c->timer, &(struct timeval){ .tv_sec = timeout_ms / 1000,
                                                .tv_usec = timeout_ms % 1000 * 1000 });
        begin_more(c);
        return c;
}

/* --- the judgement ---------------------------------------------------------------------------- */

static void put_names(struct buf *out, const struct san_names *n)
{
        for (size_t i = 0; i < n->n_missing && i < NAMES_SHOWN; i++)
                buf_printf(out, "%s%s", i ? ", " : "", n->missing[i]);
        if (n->n_missing > NAMES_SHOWN)
                buf_printf(out, " and %zu more", n->n_missing - NAMES_SHOWN);
}

static struct finding *find(const struct verdict *v, enum finding_code code)
{
        for (size_t i = 0; i < v->findings.n; i++)
                if (v->findings.items[i].code == code)
                        return &v->findings.items[i];
        return NULL; /* ignored by policy */
}

void san_check_judge(const struct san_names *n, const struct policy *policy, struct verdict *v)
{
        struct buf names = BUF_INIT(FINDING_TEXT_MAX);

        v->names_unknown = n->n_unknown > 0;
        if (n->n_missing == 0)
                return;
        put_names(&names, n);
        AUTO_FREE char *message = mem_printf(n->n_missing == 1
                                                     ? "One name of the certificate does not "
                                                       "resolve: %s."
                                                     : "Names of the certificate do not resolve: "
                                                       "%s.", buf_str(&names));

        buf_done(&names);
        verdict_add(v, FINDING_SAN_UNRESOLVABLE, policy, message,
                    "Create the address record, or leave the name out at the next renewal; until "
                    "then, renewal by ACME http-01 fails for the whole certificate.");
        struct finding *f = find(v, FINDING_SAN_UNRESOLVABLE);

        if (!f)
                return;
        finding_set(&f->evidence, "Names asked for: %zu; without an address by the word of the "
                    "name servers: %zu; not answered: %zu.", n->n_asked, n->n_missing,
                    n->n_unknown);
        for (size_t i = 0; i < n->n_missing; i++)
                finding_fact(f, "name", "%s", n->missing[i]);
}
