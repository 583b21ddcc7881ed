/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curl says which sockets it waits for and when it wants to be woken; we tell it what happened. A
 * finished transfer goes into a queue and is delivered from the loop, one per turn, so a callback
 * may start, cancel or free anything, the client included.
 */
#include "daemon/loop/http_client.h"

#include "common/base/addr.h"
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define ERROR_MAX_BYTES 1024   /* of the sentence shown; the peer may have put words into it */
#define SECRET_MIN_BYTES 4     /* "me" is no secret, and stands in every "timed out" */
#define FIRST_FINAL_STATUS 200 /* 1xx are interim: the request is not answered by them */

TAILQ_HEAD(request_list, http_request);

struct http_client {
        struct event_base *base;
        CURLM *multi;
        struct event timer;
        struct event deliver;
        struct request_list running;
        struct request_list finished;
};

struct http_request {
        TAILQ_ENTRY(http_request) link; /* in .running or .finished */
        struct http_client *client;
        bool is_finished;
        CURL *easy;
        struct curl_slist *headers;
        char *url;
        bool is_get;
        bool public_only;
        bool has_socket;      /* to an address that it may connect to */
        struct addr refused;  /* the last one that it may not */
        size_t n_header_bytes;
        struct buf body; /* of the answer */
        char curl_words[CURL_ERROR_SIZE];
        CURLcode result;
        http_done_fn *on_done;
        void *arg;
};

/* A socket of curl that the loop watches. */
struct watch {
        struct http_client *client;
        struct event event;
};

/* ---- one request's life --------------------------------------------------------------------- */

static void request_free(struct http_request *r)
{
        curl_easy_cleanup(r->easy);
        curl_slist_free_all(r->headers);
        buf_done(&r->body);
        free(r->url);
        free(r);
}

/* Takes the request off its client, wherever it is. */
static void request_unlink(struct http_request *r)
{
        if (r->is_finished) {
                TAILQ_REMOVE(&r->client->finished, r, link);
        } else {
                TAILQ_REMOVE(&r->client->running, r, link);
                curl_multi_remove_handle(r->client->multi, r->easy);
        }
}

static void request_finish(struct http_request *r, CURLcode result)
{
        struct http_client *c = r->client;

        request_unlink(r);
        r->result = result;
        r->is_finished = true;
        TAILQ_INSERT_TAIL(&c->finished, r, link);
        event_active(&c->deliver, EV_TIMEOUT, 1);
}

/* Are the user or the password of @url in @text? */
static bool tells_credentials(const char *url, const char *text)
{
        static const CURLUPart SECRETS[] = { CURLUPART_USER, CURLUPART_PASSWORD };
        CURLU *u = curl_url();
        bool found = !u || curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);

        for (size_t i = 0; !found && i < ARRAY_LEN(SECRETS); i++) {
                char *secret = NULL;

                if (curl_url_get(u, SECRETS[i], &secret, 0) == CURLUE_OK)
                        found = strlen(secret) >= SECRET_MIN_BYTES && strstr(text, secret);
                curl_free(secret);
        }
        curl_url_cleanup(u);
        return found;
}

/* What became of a GET, the same words each time: they are compared and remembered. */
static const struct get_words {
        CURLcode result;
        const char *words;
} GET_WORDS[] = {
        { CURLE_UNSUPPORTED_PROTOCOL, "it is neither http nor https" },
        { CURLE_URL_MALFORMAT, "it is no URL" },
        { CURLE_LOGIN_DENIED, "it holds a user name" },
        { CURLE_COULDNT_RESOLVE_HOST, "its host has no address" },
        { CURLE_COULDNT_CONNECT, "nothing accepts connections there" },
        { CURLE_OPERATION_TIMEDOUT, "it did not answer in time" },
        { CURLE_WRITE_ERROR, "its answer is too long" },
        { CURLE_FILESIZE_EXCEEDED, "its answer is too long" },
        { CURLE_PARTIAL_FILE, "its answer breaks off" },
        { CURLE_GOT_NOTHING, "its answer breaks off" },
        { CURLE_RECV_ERROR, "its answer breaks off" },
        { CURLE_PEER_FAILED_VERIFICATION, "its own TLS certificate is not trusted here" },
};

static bool was_refused(const struct http_request *r)
{
        return r->result == CURLE_COULDNT_CONNECT && !r->has_socket && r->refused.len > 0;
}

static char *get_error(const struct http_request *r)
{
        char text[ADDR_STR_MAX];

        if (was_refused(r))
                return mem_printf("%s is not a public address", addr_str(&r->refused, text));
        for (size_t i = 0; i < ARRAY_LEN(GET_WORDS); i++)
                if (GET_WORDS[i].result == r->result)
                        return mem_strdup(GET_WORDS[i].words);
        return mem_strdup(curl_easy_strerror(r->result));
}

/* curl's own words are the better ones, but they may quote the URL or the peer. */
static char *post_error(const struct http_request *r)
{
        const char *words = r->curl_words;
        struct buf shown = BUF_INIT(ERROR_MAX_BYTES);

        if (!*words || tells_credentials(r->url, words))
                words = curl_easy_strerror(r->result);
        text_escape(&shown, words, strcspn(words, "\r\n"));
        return buf_steal(&shown);
}

/*
 * Has the server given its answer? To a POST a status counts even if the rest of the body never
 * came: the receiver has decided, and nobody needs the body but people.
 */
static void request_answer(const struct http_request *r, struct http_answer *answer, char **error)
{
        long status = 0;
        curl_off_t retry_after = 0;
        char *redirect = NULL;

        curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(r->easy, CURLINFO_RETRY_AFTER, &retry_after);
        curl_easy_getinfo(r->easy, CURLINFO_REDIRECT_URL, &redirect);
        *answer = (struct http_answer){
                .body = buf_str(&r->body),
                .body_len = r->body.len,
                .redirect = redirect, /* lives as long as the handle */
                .refused = was_refused(r),
        };
        if (status >= FIRST_FINAL_STATUS) {
                answer->status = (int)status;
                answer->retry_after_s = retry_after > 0 ? retry_after : 0; /* a date may be past */
        }
        if (r->is_get && r->result != CURLE_OK)
                answer->error = *error = get_error(r);
        else if (answer->status == 0)
                answer->error = *error = post_error(r);
}

/* One per turn: the callback is the last act, it may free the client. */
static void on_deliver(evutil_socket_t fd, short what, void *arg)
{
        struct http_client *c = arg;
        struct http_request *r = TAILQ_FIRST(&c->finished);
        struct http_answer answer;
        char *error = NULL;

        (void)fd;
        (void)what;
        if (!r)
                return; /* it was cancelled */
        request_unlink(r);
        if (!TAILQ_EMPTY(&c->finished))
                event_active(&c->deliver, EV_TIMEOUT, 1);

        request_answer(r, &answer, &error);
        r->on_done(&answer, r->arg);
        request_free(r);
        free(error);
}

/* ---- curl on the loop ----------------------------------------------------------------------- */

static void client_reap(struct http_client *c)
{
        CURLMsg *m;
        int left;

        while ((m = curl_multi_info_read(c->multi, &left))) {
                struct http_request *r;

                if (m->msg != CURLMSG_DONE)
                        continue;
                CURLcode result = m->data.result; /* @m is gone once the handle is removed */

                curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &r);
                request_finish(r, result);
        }
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
        struct http_client *c = arg;
        int running;

        (void)fd;
        (void)what;
        curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        client_reap(c);
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
        struct http_client *c = ((struct watch *)arg)->client; /* the watch may end below */
        int bits = (what & EV_READ ? CURL_CSELECT_IN : 0) |
                   (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
        int running;

        curl_multi_socket_action(c->multi, fd, bits, &running);
        client_reap(c);
}

/* curl says when it wants to be called; it must not be called from here. */
static int on_curl_timer(CURLM *multi, long timeout_ms, void *arg)
{
        struct http_client *c = arg;
        struct timeval tv = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };

        (void)multi;
        if (timeout_ms < 0)
                event_del(&c->timer);
        else
                event_add(&c->timer, &tv);
        return 0;
}

/* curl says what it waits for on one of its sockets. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
        struct http_client *c = arg;
        struct watch *w = socket_arg;
        short wanted = (short)((what & CURL_POLL_IN ? EV_READ : 0) |
                               (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);

        (void)easy;
        if (w)
                event_del(&w->event);
        if (what == CURL_POLL_REMOVE) {
                free(w);
                return 0;
        }
        if (!w) {
                w = mem_new0(1, sizeof(*w));
                w->client = c;
                curl_multi_assign(c->multi, fd, w);
        }
        event_assign(&w->event, c->base, fd, wanted, on_socket, w);
        event_add(&w->event, NULL);
        return 0;
}

/* Keeps the first bytes; the first one too many ends the transfer. */
static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
        struct http_request *r = arg;

        buf_append(&r->body, bytes, size * n);
        return r->body.full ? 0 : size * n;
}

/* The same for headers, which curl would keep for ever. */
static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
        struct http_request *r = arg;

        (void)bytes;
        r->n_header_bytes += size * n;
        return r->n_header_bytes > HTTP_MAX_HEADER_BYTES ? 0 : size * n;
}

/* curl has resolved the name and asks for a socket to this very address. */
static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *peer)
{
        struct http_request *r = arg;
        struct addr a = addr_of(&peer->addr, (socklen_t)peer->addrlen);

        (void)purpose;
        if (r->public_only && !addr_is_global(&a)) {
                r->refused = a;
                return CURL_SOCKET_BAD;
        }
        r->has_socket = true;
        return socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
}

/* ---- the contract --------------------------------------------------------------------------- */

static CURLcode library_result;

static void library_init(void)
{
        library_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

int http_client_new(struct http_client **ret, struct event_base *base)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;

        pthread_once(&once, library_init);
        CURLM *multi = library_result == CURLE_OK ? curl_multi_init() : NULL;

        if (!multi)
                return -ENOMEM;

        struct http_client *c = mem_new0(1, sizeof(*c));

        c->base = base;
        c->multi = multi;
        TAILQ_INIT(&c->running);
        TAILQ_INIT(&c->finished);
        evtimer_assign(&c->timer, base, on_timer, c);
        event_assign(&c->deliver, base, -1, 0, on_deliver, c);
        curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, c);
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
        curl_multi_setopt(multi, CURLMOPT_TIMERDATA, c);
        *ret = c;
        return 0;
}

void http_client_free(struct http_client *c)
{
        struct http_request *r;

        if (!c)
                return;
        while ((r = TAILQ_FIRST(&c->running)) || (r = TAILQ_FIRST(&c->finished)))
                http_cancel(r);
        curl_multi_cleanup(c->multi); /* closes idle connections: on_curl_socket() frees watches */
        event_del(&c->timer);
        event_del(&c->deliver);
        free(c);
}

/* False when curl has no memory. */
static bool request_set_headers(struct http_request *r, const char *const *headers)
{
        static const char *const NONE[] = { NULL };
        struct curl_slist *list = curl_slist_append(NULL, "Expect:"); /* no round trip for a 100 */

        r->headers = list;
        for (headers = headers ? headers : NONE; list && *headers; headers++)
                list = curl_slist_append(r->headers, *headers);
        return list != NULL;
}

#define SET(option, value) bad = bad ? bad : curl_easy_setopt(r->easy, option, value)

static CURLcode request_set_common(struct http_request *r, int64_t timeout_ms)
{
        CURLcode bad = CURLE_OK;

        SET(CURLOPT_URL, r->url);
        SET(CURLOPT_PROTOCOLS_STR, "http,https");
        SET(CURLOPT_FOLLOWLOCATION, 0L);
        SET(CURLOPT_HTTPHEADER, r->headers);
        SET(CURLOPT_USERAGENT, "notafter/" NOTAFTER_VERSION);
        SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        SET(CURLOPT_TIMEOUT_MS, (long)timeout_ms);
        SET(CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms); /* or curl's default would rule */
        SET(CURLOPT_NOSIGNAL, 1L);
        SET(CURLOPT_QUICK_EXIT, 1L); /* ending a transfer must not wait for its getaddrinfo() */
        SET(CURLOPT_WRITEFUNCTION, on_body);
        SET(CURLOPT_WRITEDATA, r);
        SET(CURLOPT_ERRORBUFFER, r->curl_words);
        SET(CURLOPT_PRIVATE, r);
        return bad;
}

static CURLcode request_set_post(struct http_request *r, const struct http_post_options *o)
{
        CURLcode bad = CURLE_OK;

        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)o->body_len);
        SET(CURLOPT_COPYPOSTFIELDS, o->body_len ? o->body : "");
        if (o->ca_file)
                SET(CURLOPT_CAINFO, o->ca_file);
        return bad;
}

/*
 * The URL is somebody else's choice. A proxy would connect for us to where we may not look, and
 * from a network of its own; a connection left over from another request was never asked about.
 */
static CURLcode request_set_get(struct http_request *r, const struct http_get_options *o)
{
        CURLcode bad = CURLE_OK;

        SET(CURLOPT_HTTPGET, 1L);
        SET(CURLOPT_PROXY, "");
        SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
        SET(CURLOPT_FRESH_CONNECT, 1L);
        SET(CURLOPT_FORBID_REUSE, 1L);
        SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)o->max_bytes);
        SET(CURLOPT_HEADERFUNCTION, on_header);
        SET(CURLOPT_HEADERDATA, r);
        SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
        SET(CURLOPT_OPENSOCKETDATA, r);
        return bad;
}

#undef SET

static struct http_request *request_new(struct http_client *c, const char *url, size_t max_bytes,
                                        http_done_fn *on_done, void *arg)
{
        struct http_request *r = mem_new0(1, sizeof(*r));

        *r = (struct http_request){
                .client = c,
                .easy = curl_easy_init(),
                .url = mem_strdup(url),
                .body = BUF_INIT(max_bytes),
                .on_done = on_done,
                .arg = arg,
        };
        return r;
}

/* Starts @r if it could be made ready, else frees it. */
static int request_start(struct http_request *r, bool is_ready, struct http_request **ret)
{
        if (!is_ready || curl_multi_add_handle(r->client->multi, r->easy) != CURLM_OK) {
                request_free(r);
                return -ENOMEM;
        }
        TAILQ_INSERT_TAIL(&r->client->running, r, link);
        if (ret)
                *ret = r;
        return 0;
}

int http_post(struct http_client *c, const struct http_post_options *options, http_done_fn *on_done,
              void *arg, struct http_request **ret)
{
        struct http_request *r = request_new(c, options->url, HTTP_MAX_ANSWER_BYTES, on_done, arg);

        return request_start(r,
                             r->easy && request_set_headers(r, options->headers) &&
                                     request_set_common(r, options->timeout_ms) == CURLE_OK &&
                                     request_set_post(r, options) == CURLE_OK,
                             ret);
}

int http_get(struct http_client *c, const struct http_get_options *options, http_done_fn *on_done,
             void *arg, struct http_request **ret)
{
        struct http_request *r = request_new(c, options->url, options->max_bytes, on_done, arg);

        r->is_get = true;
        r->public_only = options->public_only;
        return request_start(r,
                             r->easy && request_set_headers(r, NULL) &&
                                     request_set_common(r, options->timeout_ms) == CURLE_OK &&
                                     request_set_get(r, options) == CURLE_OK,
                             ret);
}

void http_cancel(struct http_request *r)
{
        if (!r)
                return;
        request_unlink(r);
        request_free(r);
}
