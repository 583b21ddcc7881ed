/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in web.h.
 *
 * Each address has a server of its own (struct evhttp), since each has its own TLS and secrets.
 */
#include "daemon/web/web.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/monitor/descriptors.h"
#include "daemon/web/clients.h"
#include "daemon/web/exchange_internal.h"
#include "daemon/web/guard.h"
#include "daemon/web/sockets.h"
#include "daemon/web/turns.h"

#include <event2/event.h>
#include <event2/http.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define HEADERS_MAX_BYTES 16384
#define ERROR_MAX_BYTES 8192
#define ANY_METHOD 0xffff /* exchange.c refuses what it does not want, in its own words */

struct server {
        struct exchange_place place;
        char *address; /* as configured */
        char *location; /* the same, with the port that port 0 has become */
        char *url;
        bool is_ours;  /* and not the service manager's */
        struct evhttp *http;
};

struct web {
        struct event_base *base;
        struct monitor *monitor;
        struct clients *clients;
        struct turns *turns;
        struct server **servers;
        size_t n;
        struct socket *passed; /* by the service manager; those in use have no descriptor here */
        size_t n_passed;
};

/* --- one address ------------------------------------------------------------------------------ */

static void on_request(struct evhttp_request *request, void *arg)
{
        struct server *s = arg;

        exchange_begin(request, &s->place);
}

static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
        struct server *s = arg;

        (void)base;
        return clients_welcome(s->place.clients, guard_tls(s->place.guard));
}

static void server_free(struct server *s)
{
        if (!s)
                return;
        if (s->http)
                evhttp_free(s->http);
        if (s->is_ours && *s->address == '/')
                unlink(s->address);
        guard_free(s->place.guard);
        free(s->address);
        free(s->location);
        free(s->url);
        free(s);
}

/* The socket that we were given for that address, or one that we open. */
static int get_socket(struct web *w, const char *address, struct socket *ret, bool *ret_ours)
{
        for (size_t i = 0; i < w->n_passed; i++)
                if (w->passed[i].fd >= 0 && strcmp(w->passed[i].place, address) == 0) {
                        *ret = (struct socket){
                                .fd = w->passed[i].fd, .place = mem_strdup(address),
                        };
                        w->passed[i].fd = -1;
                        *ret_ours = false;
                        return 0;
                }
        *ret_ours = true;
        return socket_open(ret, address);
}

static void set_guard(struct server *s, struct guard *guard)
{
        guard_free(s->place.guard);
        s->place.guard = guard;
        free(s->url);
        s->url = *s->location == '/' ? mem_printf("unix:%s", s->location)
                                     : mem_printf("http%s://%s/", guard_tls(guard) ? "s" : "",
                                                  s->location);
}

static void start_http(struct server *s, struct event_base *base, int fd)
{
        s->http = evhttp_new(base);
        if (!s->http || evhttp_accept_socket(s->http, fd) < 0)
                mem_exhausted();
        evhttp_set_max_headers_size(s->http, HEADERS_MAX_BYTES);
        evhttp_set_max_body_size(s->http, 0);
        evhttp_set_allowed_methods(s->http, ANY_METHOD);
        evhttp_set_bevcb(s->http, on_connection, s);
        evhttp_set_gencb(s->http, on_request, s);
}

/* What somebody should know who has opened it to more than this machine. */
static void warn_of(const struct server *s)
{
        if (*s->location == '/' || strncmp(s->location, "127.", 4) == 0 ||
            strncmp(s->location, "[::1]", 5) == 0)
                return;
        if (!guard_has_secrets(s->place.guard))
                log_warning("%s may be read by everyone who can reach it: set token_file or "
                            "password_file", s->url);
        else if (!guard_tls(s->place.guard))
                log_warning("%s is asked with secrets that everyone on the way can read: set "
                            "cert_file and key_file", s->url);
}

/* @guard is taken over if it is 0; otherwise -errno. */
static int server_new(struct server **ret, struct web *w, const char *address, struct guard *guard)
{
        struct socket socket;
        bool is_ours;
        int r = get_socket(w, address, &socket, &is_ours);

        if (r < 0)
                return r;
        struct server *s = mem_new0(1, sizeof(*s));

        s->place = (struct exchange_place){
                .monitor = w->monitor, .clients = w->clients, .turns = w->turns,
        };
        s->address = mem_strdup(address);
        s->location = socket.place;
        s->is_ours = is_ours;
        set_guard(s, guard);
        start_http(s, w->base, socket.fd);
        warn_of(s);
        *ret = s;
        return 0;
}

/* --- all of them ------------------------------------------------------------------------------ */

static void free_servers(struct server **servers, size_t n)
{
        for (size_t i = 0; i < n; i++)
                server_free(servers[i]);
        free(servers);
}

/* The one of @w at @address, taken out of it; or NULL. */
static struct server *take_server(struct web *w, const char *address)
{
        for (size_t i = 0; i < w->n; i++)
                if (w->servers[i] && strcmp(w->servers[i]->address, address) == 0)
                        return TAKE(w->servers[i]);
        return NULL;
}

static bool has_server(const struct web *w, const char *address)
{
        for (size_t i = 0; i < w->n; i++)
                if (strcmp(w->servers[i]->address, address) == 0)
                        return true;
        return false;
}

/* What comes next, while nothing of what is has changed. */
struct plan {
        const struct config_listen *listens;
        size_t n;
        struct server **servers; /* new ones; NULL = there is one already */
        struct guard **guards;   /* for those that there are already */
        struct buf errors;
        int result;
};

static void plan_done(struct plan *p)
{
        free_servers(p->servers, p->n);
        for (size_t i = 0; i < p->n; i++)
                guard_free(p->guards[i]);
        free(p->guards);
        buf_done(&p->errors);
}

/* What was asked for is an error, what is a standard only worth a word. */
static void complain(struct plan *p, const struct config_listen *l, int r, const char *why)
{
        AUTO_FREE char *text = mem_printf("cannot listen at %s: %s", l->address, why);

        if (!l->file) {
                log_warning("%s", text);
                return;
        }
        buf_printf(&p->errors, "%s%s:%d: %s", p->errors.len ? "\n" : "", l->file, l->line, text);
        p->result = r;
}

static void prepare(struct web *w, struct plan *p, size_t i)
{
        const struct config_listen *l = &p->listens[i];
        AUTO_FREE char *why = NULL;
        int r = guard_new(&p->guards[i], l, &why);

        if (r == 0 && !has_server(w, l->address)) {
                r = server_new(&p->servers[i], w, l->address, p->guards[i]);
                if (r == 0)
                        p->guards[i] = NULL;
        }
        if (r < 0)
                complain(p, l, r, why ? why : strerror(-r));
}

static void go_over(struct web *w, struct plan *p)
{
        struct server **servers = mem_new0(p->n + 1, sizeof(*servers)), *s;
        size_t n = 0;

        for (size_t i = 0; i < p->n; i++) {
                if ((s = TAKE(p->servers[i])))
                        log_info("serving at %s", s->url);
                else if ((s = take_server(w, p->listens[i].address)))
                        set_guard(s, TAKE(p->guards[i]));
                if (s)
                        servers[n++] = s;
        }
        free_servers(w->servers, w->n);
        w->servers = servers;
        w->n = n;
}

/* Of the standard's addresses the service manager's take the place, if there are any. */
static struct config_listen *passed_listens(const struct web *w)
{
        struct config_listen *all = mem_new0(w->n_passed, sizeof(*all));

        for (size_t i = 0; i < w->n_passed; i++)
                all[i].address = w->passed[i].place;
        return all;
}

int web_reload(struct web *w, const struct config *config, char **ret_error)
{
        bool standard = config->n_listens > 0 && !config->listens[0].file;
        bool passed = standard && w->n_passed > 0;
        AUTO_FREE struct config_listen *instead = passed ? passed_listens(w) : NULL;
        struct plan p = {
                .listens = passed ? instead : config->listens,
                .n = passed ? w->n_passed : config->n_listens,
                .errors = BUF_INIT(ERROR_MAX_BYTES),
        };

        p.servers = mem_new0(p.n + 1, sizeof(*p.servers));
        p.guards = mem_new0(p.n + 1, sizeof(*p.guards));
        for (size_t i = 0; i < p.n; i++)
                prepare(w, &p, i);
        if (p.result == 0)
                go_over(w, &p);
        else
                *ret_error = buf_steal(&p.errors);
        plan_done(&p);
        return p.result;
}

int web_new(struct web **ret, struct event_base *base, struct monitor *monitor,
            const struct config *config, char **ret_error)
{
        struct web *w = mem_new0(1, sizeof(*w));

        w->base = base;
        w->monitor = monitor;
        w->clients = clients_new(base, descriptors_clients());
        w->turns = turns_new(base);
        w->passed = sockets_passed(&w->n_passed);
        int r = web_reload(w, config, ret_error);

        for (size_t i = 0; r == 0 && i < w->n_passed; i++)
                if (w->passed[i].fd >= 0)
                        log_warning("the service manager has opened %s, which is not below "
                                    "'listen': it is not used", w->passed[i].place);
        if (r < 0)
                web_free(w);
        else
                *ret = w;
        return r;
}

void web_free(struct web *w)
{
        if (!w)
                return;
        free_servers(w->servers, w->n);
        turns_free(w->turns);
        clients_free(w->clients);
        for (size_t i = 0; i < w->n_passed; i++)
                socket_done(&w->passed[i]);
        free(w->passed);
        free(w);
}
