/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in web.h.
 *
 * Each address has a server of its own (struct evhttp), since each has its own TLS and secrets.
 */
#include "daemon/web/web.h"

#include "common/base/addr.h"
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/model.h"
#include "daemon/web/exchange_internal.h"
#include "daemon/web/sockets.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <string.h>
#include <unistd.h>

#define HEADERS_MAX_BYTES 16384
#define TIMEOUT_S 30
#define ERROR_MAX_BYTES 4096
#define ANY_METHOD 0xffff /* exchange.c refuses what it does not want, in its own words */

struct server {
        struct web *web;
        char *address; /* as configured */
        char *url;
        struct evhttp *http;
};

struct web {
        struct event_base *base;
        struct monitor *monitor;
        struct server **servers;
        size_t n;
};

static void on_request(struct evhttp_request *request, void *arg)
{
        struct server *s = arg;

        exchange_begin(request, s->web->monitor);
}

static struct server *server_free(struct server *s)
{
        if (!s)
                return NULL;
        if (s->http)
                evhttp_free(s->http);
        if (s->address && *s->address == '/')
                unlink(s->address);
        free(s->address);
        free(s->url);
        free(s);
        return NULL;
}

/* 0, or -errno. */
static int server_new(struct server **ret, struct web *w, const struct config_listen *l)
{
        struct server *s = mem_new0(1, sizeof(*s));
        int fd = socket_listen(l->address, &s->url);

        if (fd < 0) {
                server_free(s);
                return fd;
        }
        s->web = w;
        s->address = mem_strdup(l->address);
        s->http = evhttp_new(w->base);
        if (!s->http || evhttp_accept_socket(s->http, fd) < 0)
                mem_exhausted();
        evhttp_set_max_headers_size(s->http, HEADERS_MAX_BYTES);
        evhttp_set_max_body_size(s->http, 0);
        evhttp_set_timeout(s->http, TIMEOUT_S);
        evhttp_set_allowed_methods(s->http, ANY_METHOD);
        evhttp_set_gencb(s->http, on_request, s);
        *ret = s;
        return 0;
}

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

/* Opens what is not open yet; of @servers one for each address of @config, or NULL. */
static int open_new(struct web *w, struct server **servers, const struct config *config,
                    struct buf *errors)
{
        int result = 0;

        for (size_t i = 0; i < config->n_listens; i++) {
                const struct config_listen *l = &config->listens[i];
                int r = has_server(w, l->address) ? 0 : server_new(&servers[i], w, l);

                if (r == 0)
                        continue;
                if (l->file) {
                        buf_printf(errors, "%s%s:%d: cannot listen at %s: %s",
                                   errors->len ? "\n" : "", l->file, l->line, l->address,
                                   strerror(-r));
                        result = r;
                } else {
                        log_warning("cannot listen at %s: %s", l->address, strerror(-r));
                }
        }
        return result;
}

int web_reload(struct web *w, const struct config *config, char **ret_error)
{
        struct server **servers = mem_new0(config->n_listens + 1, sizeof(*servers));
        struct buf errors = BUF_INIT(ERROR_MAX_BYTES);
        int r = open_new(w, servers, config, &errors);
        size_t n = 0;

        if (r < 0) {
                free_servers(servers, config->n_listens);
                *ret_error = buf_steal(&errors);
                return r;
        }
        buf_done(&errors);
        for (size_t i = 0; i < config->n_listens; i++) {
                struct server *s = servers[i];

                if (s)
                        log_info("serving at %s", s->url);
                else
                        s = take_server(w, config->listens[i].address);
                if (s)
                        servers[n++] = s;
        }
        free_servers(w->servers, w->n);
        w->servers = servers;
        w->n = n;
        return 0;
}

int web_new(struct web **ret, struct event_base *base, struct monitor *monitor,
            const struct config *config, char **ret_error)
{
        struct web *w = mem_new0(1, sizeof(*w));

        w->base = base;
        w->monitor = monitor;
        int r = web_reload(w, config, ret_error);

        if (r < 0) {
                web_free(w);
                return r;
        }
        *ret = w;
        return 0;
}

const char *web_url(const struct web *w, unsigned i)
{
        return i < w->n ? w->servers[i]->url : NULL;
}

void web_free(struct web *w)
{
        if (!w)
                return;
        free_servers(w->servers, w->n);
        free(w);
}
