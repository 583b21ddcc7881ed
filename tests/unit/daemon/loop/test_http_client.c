/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to a tiny server on the loopback that answers each with a script and keeps what it
 * heard.
 */
#include "daemon/loop/http_client.h"

#include "common/base/addr.h"
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

#include <event2/event.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 5000
#define STALL_MS 200
#define HEARD_MAX_BYTES 8192

/* ---- the server ----------------------------------------------------------------------------- */

struct server {
        const char *answer; /* NULL = none ever */
        bool endless;       /* goes on for ever after .answer */
        int fd;
        uint16_t port;
        pthread_t thread;
        char heard[HEARD_MAX_BYTES]; /* the last request; good once it was answered or stopped */
};

/* Reads until the body, which ends with a full stop in these tests, is there. */
static void hear(struct server *s, int fd)
{
        size_t n = 0;
        ssize_t got;

        while (n < sizeof(s->heard) - 1 &&
               (got = recv(fd, s->heard + n, sizeof(s->heard) - 1 - n, 0)) > 0) {
                n += (size_t)got;
                s->heard[n] = '\0';
                if (strstr(s->heard, "\r\n\r\n") && s->heard[n - 1] == '.')
                        return;
        }
}

static void serve(struct server *s, int fd)
{
        struct pollfd gone = { .fd = fd, .events = POLLRDHUP };

        hear(s, fd);
        if (s->answer)
                send(fd, s->answer, strlen(s->answer), MSG_NOSIGNAL);
        while (s->endless && send(fd, "blah ", 5, MSG_NOSIGNAL) > 0)
                ;
        if (!s->answer)
                poll(&gone, 1, PATIENCE_MS);
}

static void *server_main(void *arg)
{
        struct server *s = arg;
        int fd;

        while ((fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
                serve(s, fd);
                close(fd);
        }
        return NULL;
}

static void server_start(struct server *s)
{
        struct addr a;

        addr_parse_ip("127.0.0.1", 0, &a);
        s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(s->fd, &a.sa, a.len), 0);
        assert_int_equal(listen(s->fd, 64), 0);
        assert_int_equal(getsockname(s->fd, &a.sa, &a.len), 0);
        s->port = ntohs(a.in.sin_port);
        assert_int_equal(pthread_create(&s->thread, NULL, server_main, s), 0);
}

static void server_stop(struct server *s)
{
        shutdown(s->fd, SHUT_RDWR);
        pthread_join(s->thread, NULL);
        close(s->fd);
}

/* ---- the client ----------------------------------------------------------------------------- */

struct world {
        struct event_base *base;
        struct http_client *client;
        size_t calls;
        size_t wanted;
        int status;
        int64_t retry_after_s;
        char error[512];
        char body[HTTP_MAX_ANSWER_BYTES + 1];
        size_t body_len;
        void (*then)(struct world *w);
};

static struct world world_new(void)
{
        struct world w = { .base = event_base_new(), .wanted = 1 };

        assert_int_equal(http_client_new(&w.client, w.base), 0);
        return w;
}

static void world_done(struct world *w)
{
        http_client_free(w->client);
        event_base_free(w->base);
}

static void on_done(const struct http_answer *answer, void *arg)
{
        struct world *w = arg;

        assert_int_equal(answer->status == 0, answer->error != NULL);
        assert_int_equal(strlen(answer->body), answer->body_len);
        w->status = answer->status;
        w->retry_after_s = answer->retry_after_s;
        w->body_len = answer->body_len;
        snprintf(w->error, sizeof(w->error), "%s", answer->error ? answer->error : "");
        snprintf(w->body, sizeof(w->body), "%s", answer->body);
        if (++w->calls >= w->wanted)
                event_base_loopbreak(w->base);
        if (w->then)
                w->then(w);
}

static struct http_request *post(struct world *w, const char *url, int64_t timeout_ms)
{
        const char *headers[] = { "Content-Type: text/plain", "X-Test: yes", NULL };
        char body[] = "Hello.";
        AUTO_FREE char *url_copy = mem_strdup(url);
        struct http_post_options options = {
                .url = url_copy,
                .headers = headers,
                .body = body,
                .body_len = strlen(body),
                .timeout_ms = timeout_ms,
        };
        struct http_request *r = NULL;
        size_t calls = w->calls;

        assert_int_equal(http_post(w->client, &options, on_done, w, &r), 0);
        assert_non_null(r);
        assert_int_equal(w->calls, calls); /* never inside http_post() */
        memset(body, 'x', strlen(body));   /* all was copied */
        memset(url_copy, 'x', strlen(url_copy));
        headers[0] = NULL;
        return r;
}

static struct http_request *post_to(struct world *w, const struct server *s, int64_t timeout_ms)
{
        AUTO_FREE char *url = mem_printf("http://me:hunter2@127.0.0.1:%u/hook?a=b", s->port);

        return post(w, url, timeout_ms);
}

static void run_for(struct world *w, int ms)
{
        struct timeval tv = { .tv_usec = ms * 1000 };

        event_base_loopexit(w->base, &tv);
        event_base_dispatch(w->base);
}

/* ---- the tests ------------------------------------------------------------------------------ */

static void answers_are_told_with_status_body_and_retry_after(void **state)
{
        static const struct {
                const char *answer;
                int status;
                const char *body;
                int64_t retry_after_s;
        } ROWS[] = {
                { "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine", 200, "fine", 0 },
                { "HTTP/1.1 204 No Content\r\n\r\n", 204, "", 0 },
                { "HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nbad", 500, "bad", 0 },
                { "HTTP/1.1 429 Slow\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n",
                  429, "", 17 },
                { "HTTP/1.1 503 No\r\nRetry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                  "Content-Length: 0\r\n\r\n", 503, "", 0 },
                { "HTTP/1.1 302 Moved\r\nLocation: http://127.0.0.1:1/\r\n"
                  "Content-Length: 0\r\n\r\n", 302, "", 0 },
                { "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Yes\r\nContent-Length: 0\r\n\r\n",
                  202, "", 0 },
                /* the status was said before the connection broke */
                { "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", 200, "only this", 0 },
        };
        struct world w = world_new();

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct server s = { .answer = ROWS[i].answer };

                server_start(&s);
                post_to(&w, &s, PATIENCE_MS);
                event_base_dispatch(w.base);
                server_stop(&s);
                assert_int_equal(w.calls, i + 1);
                assert_int_equal(w.status, ROWS[i].status);
                assert_string_equal(w.body, ROWS[i].body);
                assert_int_equal(w.retry_after_s, ROWS[i].retry_after_s);
        }
        world_done(&w);
}

static void the_request_is_what_was_asked_for(void **state)
{
        struct server s = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" };
        struct world w = world_new();

        (void)state;
        server_start(&s);
        post_to(&w, &s, PATIENCE_MS);
        event_base_dispatch(w.base);
        server_stop(&s);
        assert_memory_equal(s.heard, "POST /hook?a=b HTTP/1.1\r\n", 25);
        assert_non_null(strstr(s.heard, "\r\nContent-Type: text/plain\r\n"));
        assert_non_null(strstr(s.heard, "\r\nX-Test: yes\r\n"));
        assert_non_null(strstr(s.heard, "\r\nUser-Agent: notafter/" NOTAFTER_VERSION "\r\n"));
        assert_null(strstr(s.heard, "Expect:"));
        assert_non_null(strstr(s.heard, "\r\n\r\nHello."));
        world_done(&w);
}

static void an_endless_body_is_cut_and_the_status_counts(void **state)
{
        struct server s = { .answer = "HTTP/1.1 200 OK\r\n\r\n", .endless = true };
        struct world w = world_new();

        (void)state;
        server_start(&s);
        post_to(&w, &s, PATIENCE_MS);
        event_base_dispatch(w.base);
        server_stop(&s);
        assert_int_equal(w.status, 200);
        assert_int_equal(w.body_len, HTTP_MAX_ANSWER_BYTES);
        assert_memory_equal(w.body, "blah blah ", 10);
        world_done(&w);
}

static void silence_ends_with_the_timeout(void **state)
{
        struct server s = { .answer = NULL };
        struct world w = world_new();
        int64_t start_ms = clock_mono_ms();

        (void)state;
        server_start(&s);
        post_to(&w, &s, STALL_MS);
        event_base_dispatch(w.base);
        server_stop(&s);
        assert_int_equal(w.status, 0);
        assert_non_null(strstr(w.error, "timed out"));
        assert_in_range(clock_mono_ms() - start_ms, STALL_MS - 20, PATIENCE_MS);
        world_done(&w);
}

static void failures_are_told_without_the_credentials(void **state)
{
        static const struct {
                const char *url;
                const char *error;
        } ROWS[] = {
                { "http://me:hunter2@127.0.0.1:1/", "connect" },
                { "ftp://me:hunter2@127.0.0.1/", "rotocol" },
                { "file:///etc/passwd", "rotocol" },
                { "http://me:hunter2@/", "" },
                { "http://me:hunter2@127.0.0.1:port/", "" },
                { "not a url with hunter2", "" },
                { "", "" },
        };
        struct world w = world_new();

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                post(&w, ROWS[i].url, PATIENCE_MS);
                event_base_dispatch(w.base);
                assert_int_equal(w.calls, i + 1);
                assert_int_equal(w.status, 0);
                assert_true(strlen(w.error) > 0);
                assert_non_null(strstr(w.error, ROWS[i].error));
                assert_null(strstr(w.error, "hunter2"));
        }
        world_done(&w);
}

static void a_server_that_is_not_http_is_told_in_printable_words(void **state)
{
        struct server s = { .answer = "\033[31m\x01\x02 nonsense\r\n\r\n" };
        struct world w = world_new();

        (void)state;
        server_start(&s);
        post_to(&w, &s, PATIENCE_MS);
        event_base_dispatch(w.base);
        server_stop(&s);
        assert_int_equal(w.status, 0);
        for (const char *c = w.error; *c; c++)
                assert_true((unsigned char)*c >= ' ');
        world_done(&w);
}

static void requests_may_be_cancelled_at_any_time(void **state)
{
        struct server s = { .answer = NULL };
        struct world w = world_new();

        (void)state;
        server_start(&s);
        http_cancel(post_to(&w, &s, PATIENCE_MS));
        struct http_request *r = post_to(&w, &s, PATIENCE_MS);

        run_for(&w, 30);
        http_cancel(r);
        http_cancel(NULL);
        run_for(&w, 10);
        post_to(&w, &s, PATIENCE_MS);
        run_for(&w, 30);
        http_client_free(w.client); /* with one in flight */
        w.client = NULL;
        server_stop(&s);
        assert_int_equal(w.calls, 0);
        world_done(&w);
}

static void free_the_client(struct world *w)
{
        http_client_free(w->client);
        w->client = NULL;
}

static void a_callback_may_free_the_client(void **state)
{
        struct server s = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" };
        struct world w = world_new();

        (void)state;
        server_start(&s);
        w.then = free_the_client;
        for (int i = 0; i < 3; i++)
                post_to(&w, &s, PATIENCE_MS);
        event_base_dispatch(w.base);
        run_for(&w, 10);
        assert_int_equal(w.calls, 1);
        server_stop(&s);
        world_done(&w);
}

static void many_at_once_are_all_answered(void **state)
{
        struct server s = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
                                      "Connection: close\r\n\r\n" };
        struct world w = world_new();

        (void)state;
        server_start(&s);
        w.wanted = 40;
        for (size_t i = 0; i < w.wanted; i++)
                post_to(&w, &s, PATIENCE_MS);
        event_base_dispatch(w.base);
        server_stop(&s);
        assert_int_equal(w.calls, 40);
        assert_int_equal(w.status, 200);
        world_done(&w);
}

static void a_ca_file_that_does_not_exist_is_an_answer_too(void **state)
{
        struct server s = { .answer = NULL };
        struct world w = world_new();
        AUTO_FREE char *url = NULL;
        struct http_request *r;

        (void)state;
        server_start(&s);
        url = mem_printf("https://127.0.0.1:%u/", s.port);
        struct http_post_options options = { .url = url, .ca_file = "/nonexistent.pem",
                                             .timeout_ms = PATIENCE_MS };

        assert_int_equal(http_post(w.client, &options, on_done, &w, &r), 0);
        event_base_dispatch(w.base);
        server_stop(&s);
        assert_int_equal(w.status, 0);
        assert_non_null(strstr(w.error, "/nonexistent.pem"));
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(answers_are_told_with_status_body_and_retry_after),
                cmocka_unit_test(the_request_is_what_was_asked_for),
                cmocka_unit_test(an_endless_body_is_cut_and_the_status_counts),
                cmocka_unit_test(silence_ends_with_the_timeout),
                cmocka_unit_test(failures_are_told_without_the_credentials),
                cmocka_unit_test(a_server_that_is_not_http_is_told_in_printable_words),
                cmocka_unit_test(requests_may_be_cancelled_at_any_time),
                cmocka_unit_test(a_callback_may_free_the_client),
                cmocka_unit_test(many_at_once_are_all_answered),
                cmocka_unit_test(a_ca_file_that_does_not_exist_is_an_answer_too),
        };

        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
