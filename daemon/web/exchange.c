/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in exchange.h.
 *
 * evhttp owns the request until it is handed to us, and again when the answer is complete. Between
 * the two the client may leave: then evhttp lets go of the request, and it is we who free it. When
 * it is the connection that is freed, by us or at the end, its request goes with it.
 *
 * All work on answers waits for its turn (turns.h), and so never happens inside evhttp.
 */
#include "daemon/web/exchange.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/cert/json_text.h"
#include "daemon/web/clients.h"
#include "daemon/web/exchange_internal.h"
#include "daemon/web/guard.h"
#include "daemon/web/page.h"
#include "daemon/web/query.h"
#include "daemon/web/routes.h"
#include "daemon/web/turns.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#define FAIL_MAX_BYTES 4096
#define STATUS_UNAUTHORIZED 401
#define STATUS_MISDIRECTED 421 /* RFC 9110, 15.5.20 */

struct web_exchange {
        struct turn turn; /* first: so it is the exchange */
        struct evhttp_request *request;
        const struct exchange_place *place;
        struct query query;
        web_fill_fn *fill; /* of a stream */
        void (*done)(void *arg);
        void (*gone)(void *arg); /* of one that waits */
        void *arg;
};

/* What keeps a browser from being used against us, or us against a browser. */
static const struct {
        const char *name, *value;
} HEADERS[] = {
        { "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
          "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
          "frame-ancestors 'none'" },
        { "X-Content-Type-Options", "nosniff" },
        { "X-Frame-Options", "DENY" },
        { "Referrer-Policy", "no-referrer" },
        { "Cross-Origin-Opener-Policy", "same-origin" },
        { "Cross-Origin-Resource-Policy", "same-origin" },
};

struct monitor *web_monitor(const struct web_exchange *x)
{
        return x->place->monitor;
}

const char *web_path(const struct web_exchange *x)
{
        return x->query.path;
}

const char *web_param(const struct web_exchange *x, const char *name)
{
        return query_param(&x->query, name);
}

void web_params(const struct web_exchange *x, web_param_fn *fn, void *arg)
{
        for (size_t i = 0; i < x->query.n_params; i++)
                fn(x->query.params[i].name, x->query.params[i].value, arg);
}

const char *web_header(const struct web_exchange *x, const char *name)
{
        return evhttp_find_header(evhttp_request_get_input_headers(x->request), name);
}

/* --- ends ------------------------------------------------------------------------------------- */

static void exchange_free(struct web_exchange *x)
{
        turns_remove(x->place->turns, &x->turn);
        query_done(&x->query);
        free(x);
}

/* The answer is complete, and evhttp's again; or there never will be one. */
static void exchange_end(struct web_exchange *x)
{
        struct evhttp_connection *c = evhttp_request_get_connection(x->request);

        if (c)
                evhttp_connection_set_closecb(c, NULL, NULL);
        if (x->done)
                x->done(x->arg);
        exchange_free(x);
}

static void on_close(struct evhttp_connection *c, void *arg)
{
        struct web_exchange *x = arg;

        (void)c;
        if (x->gone)
                x->gone(x->arg);
        if (!evhttp_request_get_connection(x->request))
                evhttp_request_free(x->request); /* evhttp has let go of it */
        else
                evhttp_connection_set_closecb(c, NULL, NULL);
        if (x->done)
                x->done(x->arg);
        exchange_free(x);
}

/* --- answers ---------------------------------------------------------------------------------- */

void web_set_header(struct web_exchange *x, const char *name, const char *value)
{
        struct evkeyvalq *headers = evhttp_request_get_output_headers(x->request);

        evhttp_remove_header(headers, name);
        evhttp_add_header(headers, name, value);
}

static void set_default_header(struct web_exchange *x, const char *name, const char *value)
{
        struct evkeyvalq *headers = evhttp_request_get_output_headers(x->request);

        if (!evhttp_find_header(headers, name))
                evhttp_add_header(headers, name, value);
}

static void set_headers(struct web_exchange *x, const char *type)
{
        web_set_header(x, "Content-Type", type);
        set_default_header(x, "Cache-Control", "no-store");
        for (size_t i = 0; i < ARRAY_LEN(HEADERS); i++)
                set_default_header(x, HEADERS[i].name, HEADERS[i].value);
}

static void free_bytes(const void *data, size_t n, void *arg)
{
        (void)data; (void)n;
        free(arg);
}

void web_reply(struct web_exchange *x, int status, const char *type, struct buf *body)
{
        struct evbuffer *out = evhttp_request_get_output_buffer(x->request);
        size_t n = body->len;
        char *bytes = buf_steal(body);
        AUTO_FREE char *length = mem_printf("%zu", n);

        set_headers(x, type);
        if (evhttp_request_get_command(x->request) == EVHTTP_REQ_HEAD) {
                web_set_header(x, "Content-Length", length);
                free(bytes);
        } else if (n == 0 || evbuffer_add_reference(out, bytes, n, free_bytes, bytes) < 0) {
                free(bytes);
        }
        struct evhttp_request *request = x->request;

        exchange_end(x);
        evhttp_send_reply(request, status, NULL, NULL);
}

static void fail_as_json(struct web_exchange *x, int status, const char *sentence)
{
        json_t *doc = json_must(json_pack("{s:s}", "error", sentence));
        AUTO_FREE char *dump = json_dumps(doc, JSON_COMPACT);
        struct buf body = BUF_INIT(2 * FAIL_MAX_BYTES);

        buf_printf(&body, "%s\n", dump);
        json_decref(doc);
        web_reply(x, status, "application/json", &body);
        buf_done(&body);
}

static void fail_as_text(struct web_exchange *x, int status, const char *sentence)
{
        struct buf body = BUF_INIT(2 * FAIL_MAX_BYTES);

        buf_printf(&body, "%s\n", sentence);
        web_reply(x, status, "text/plain; charset=utf-8", &body);
        buf_done(&body);
}

/* Programs get JSON from the API and a line of text from the rest, people get a page. */
void web_fail(struct web_exchange *x, int status, const char *fmt, ...)
{
        struct buf sentence = BUF_INIT(FAIL_MAX_BYTES);
        const char *accept = web_header(x, "Accept");
        va_list ap;

        va_start(ap, fmt);
        buf_vprintf(&sentence, fmt, ap);
        va_end(ap);
        if (x->query.path && strncmp(x->query.path, "/api/", 5) == 0)
                fail_as_json(x, status, buf_str(&sentence));
        else if (accept && strstr(accept, "text/html"))
                page_error(x, status, buf_str(&sentence));
        else
                fail_as_text(x, status, buf_str(&sentence));
        buf_done(&sentence);
}

static void on_taken(struct evhttp_connection *c, void *arg)
{
        struct web_exchange *x = arg;

        (void)c;
        turns_remove(x->place->turns, &x->turn);
        turns_add(x->place->turns, &x->turn);
}

/* The next piece, once the client has taken the one before. */
static void send_piece(struct turn *turn)
{
        struct web_exchange *x = (struct web_exchange *)turn;
        struct evbuffer *piece = evbuffer_new();

        if (!piece)
                mem_exhausted();
        enum web_more more = x->fill(piece, x->arg);

        if (more == WEB_MORE && evbuffer_get_length(piece) == 0) {
                turns_add(x->place->turns, &x->turn);
        } else if (more == WEB_BROKEN) {
                /* which calls on_close() */
                evhttp_connection_free(evhttp_request_get_connection(x->request));
        } else {
                evhttp_send_reply_chunk_with_cb(x->request, piece, on_taken, x);
                if (more == WEB_DONE) {
                        struct evhttp_request *request = x->request;

                        exchange_end(x);
                        evhttp_send_reply_end(request);
                }
        }
        evbuffer_free(piece);
}

/* The end of a stream that is not chunked is that of the connection, whatever is asked for. */
static void end_with_the_connection(struct evhttp_request *request)
{
        struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
        const char *connection = evhttp_find_header(headers, "Connection");

        if (connection && strcasecmp(connection, "close") != 0)
                evhttp_remove_header(headers, "Connection");
}

void web_stream(struct web_exchange *x, const char *type, web_fill_fn *fill,
                void (*done)(void *state), void *state)
{
        struct evhttp_request *request = x->request;

        x->fill = fill;
        x->done = done;
        x->gone = NULL;
        x->arg = state;
        set_headers(x, type);
        end_with_the_connection(request);
        evhttp_send_reply_start(request, HTTP_OK, NULL);
        if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
                exchange_end(x);
                evhttp_send_reply_end(request);
        } else {
                x->turn.run = send_piece;
                send_piece(&x->turn);
        }
}

void web_wait(struct web_exchange *x, void (*gone)(void *arg), void *arg)
{
        struct evhttp_connection *c = evhttp_request_get_connection(x->request);
        struct bufferevent *bev = evhttp_connection_get_bufferevent(c);
        bufferevent_data_cb write_cb;
        bufferevent_event_cb event_cb;
        void *cb_arg;

        x->gone = gone;
        x->arg = arg;
        /* Reading goes on only to notice that the client leaves. */
        bufferevent_getcb(bev, NULL, &write_cb, &event_cb, &cb_arg);
        bufferevent_setcb(bev, NULL, write_cb, event_cb, cb_arg);
        bufferevent_enable(bev, EV_READ);
}

/* --- questions -------------------------------------------------------------------------------- */

/* Is it a question that we hear? Otherwise it is answered. */
static bool may_ask(struct web_exchange *x)
{
        const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(x->request);
        enum evhttp_cmd_type method = evhttp_request_get_command(x->request);
        const struct guard *guard = x->place->guard;

        if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
                web_set_header(x, "Allow", "GET, HEAD");
                web_fail(x, HTTP_BADMETHOD, "This can only be read: GET and HEAD.");
        } else if (evhttp_uri_get_host(uri)) {
                web_fail(x, HTTP_BADREQUEST, "This is no proxy.");
        } else if (!guard_knows_host(guard, web_header(x, "Host"))) {
                web_fail(x, STATUS_MISDIRECTED, "This server is not known by that name. If it "
                         "should be, add the name to 'hosts' of its address, below 'listen'.");
        } else if (!guard_admits(guard, web_header(x, "Authorization"))) {
                web_set_header(x, "WWW-Authenticate", guard_challenge(guard));
                web_fail(x, STATUS_UNAUTHORIZED, "Who asks here needs a token or a password.");
        } else {
                return true;
        }
        return false;
}

static void answer(struct turn *turn)
{
        struct web_exchange *x = (struct web_exchange *)turn;
        const struct web_route *route;

        if (!may_ask(x))
                return;
        if (!query_parse(&x->query, evhttp_request_get_uri(x->request)))
                web_fail(x, HTTP_BADREQUEST, "The address is not well-formed.");
        else if (!(route = route_find(web_path(x))))
                web_fail(x, HTTP_NOTFOUND, "There is nothing here.");
        else
                route->answer(x);
}

static void on_complete(struct evhttp_request *request, void *arg)
{
        struct evhttp_connection *c = evhttp_request_get_connection(request);

        clients_answered(arg, evhttp_connection_get_bufferevent(c));
}

void exchange_begin(struct evhttp_request *request, const struct exchange_place *place)
{
        struct evhttp_connection *c = evhttp_request_get_connection(request);
        struct web_exchange *x = mem_new0(1, sizeof(*x));

        x->request = request;
        x->place = place;
        x->turn.run = answer;
        evhttp_connection_set_closecb(c, on_close, x);
        evhttp_request_set_on_complete_cb(request, on_complete, place->clients);
        clients_asked(place->clients, evhttp_connection_get_bufferevent(c));
        turns_add(place->turns, &x->turn);
}
