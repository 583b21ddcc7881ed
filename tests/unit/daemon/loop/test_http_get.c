/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody else's URL may do to us: nothing but answer, briefly, from where it may. */
#include "daemon/loop/http_client.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "tests/support/http_server.h"

#include <event2/event.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATIENCE_MS 5000
#define STALL_MS 200
#define MAX_BYTES 1000

struct world {
        struct event_base *base;
        struct http_client *client;
        struct http_server *server;
        size_t calls;
        int status;
        bool refused;
        char error[256], redirect[256], body[MAX_BYTES + 1];
        size_t body_len;
};

static int world_new(void **state)
{
        struct world *w = *state = mem_new0(1, sizeof(*w));

        w->base = event_base_new();
        w->server = http_server_start();
        return http_client_new(&w->client, w->base);
}

static int world_free(void **state)
{
        struct world *w = *state;

        http_client_free(w->client);
        event_base_free(w->base);
        http_server_stop(w->server);
        free(w);
        return 0;
}

static void on_done(const struct http_answer *answer, void *arg)
{
        struct world *w = arg;

        w->calls++;
        w->status = answer->status;
        w->refused = answer->refused;
        w->body_len = answer->body_len;
        snprintf(w->error, sizeof(w->error), "%s", answer->error ? answer->error : "");
        snprintf(w->redirect, sizeof(w->redirect), "%s", answer->redirect ? answer->redirect : "");
        memcpy(w->body, answer->body, answer->body_len);
        event_base_loopbreak(w->base);
}

static void get(struct world *w, const char *url, bool public_only, int64_t timeout_ms)
{
        size_t calls = w->calls;
        struct http_get_options o = {
                .url = url, .max_bytes = MAX_BYTES, .timeout_ms = timeout_ms,
                .public_only = public_only,
        };

        assert_int_equal(http_get(w->client, &o, on_done, w, NULL), 0);
        assert_int_equal(w->calls, calls); /* never inside http_get() */
        event_base_dispatch(w->base);
        assert_int_equal(w->calls, calls + 1);
}

static void get_page(struct world *w, const struct http_page *page, int64_t timeout_ms)
{
        AUTO_FREE char *url = http_server_url(w->server, page->path);

        http_server_put(w->server, page);
        get(w, url, false, timeout_ms);
}

static void the_whole_body_comes(void **state)
{
        struct world *w = *state;

        get_page(w, &(struct http_page){ .path = "/a", .body = "a\0b", .n = 3 }, PATIENCE_MS);
        assert_int_equal(w->status, 200);
        assert_string_equal(w->error, "");
        assert_int_equal(w->body_len, 3);
        assert_memory_equal(w->body, "a\0b", 3);

        AUTO_FREE char *heard = http_server_heard(w->server);

        assert_memory_equal(heard, "GET /a HTTP/1.1\r\n", 17);
        assert_non_null(strstr(heard, "\r\nUser-Agent: notafter/" NOTAFTER_VERSION "\r\n"));
        assert_null(strstr(heard, "Accept-Encoding")); /* nothing to unpack */
}

static void what_is_not_whole_is_an_error(void **state)
{
        static const struct {
                struct http_page page;
                const char *error;
        } ROWS[] = {
                { { .path = "/", .body = "blah blah ", .n = 10, .endless = true,
                    .head = "HTTP/1.1 200 OK" }, "its answer is too long" },
                { { .path = "/", .head = "HTTP/1.1 200 OK\r\nContent-Length: 1001" },
                  "its answer is too long" },
                { { .path = "/", .head = "HTTP/1.1 200 OK\r\nContent-Length: 2", .body = "x",
                    .n = 1 }, "it did not answer in time" },
                { { .path = "/", .silent = true }, "it did not answer in time" },
                { { .path = "/", .head = "HTTP/1.1 200 OK\r\nX: y", .body = "x", .n = 1,
                    .delay_ms = 2 * STALL_MS }, "it did not answer in time" },
        };
        struct world *w = *state;

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                int64_t start_ms = clock_mono_ms();

                get_page(w, &ROWS[i].page, STALL_MS);
                assert_string_equal(w->error, ROWS[i].error);
                assert_true(w->body_len <= MAX_BYTES);
                assert_in_range(clock_mono_ms() - start_ms, 0, PATIENCE_MS);
        }
}

static void too_many_headers_are_an_error(void **state)
{
        struct world *w = *state;
        struct buf all = BUF_INIT(1 << 20);

        buf_puts(&all, "HTTP/1.1 200 OK\r\n");
        while (all.len <= HTTP_MAX_HEADER_BYTES)
                buf_puts(&all, "X-More: blah blah blah\r\n");
        buf_puts(&all, "Content-Length: 0\r\n\r\n");
        get_page(w, &(struct http_page){
                .path = "/", .head = "", .body = all.data, .n = all.len,
        }, PATIENCE_MS);
        assert_string_equal(w->error, "its answer is too long");
        buf_done(&all);
}

static void a_redirect_is_told_and_not_followed(void **state)
{
        static const struct {
                const char *location, *redirect;
        } ROWS[] = {
                { "http://127.0.0.1:1/x", "http://127.0.0.1:1/x" },
                { "file:///etc/passwd", "file:///etc/passwd" },
        };
        struct world *w = *state;

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *head = mem_printf("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
                                                  "Location: %s", ROWS[i].location);

                get_page(w, &(struct http_page){ .path = "/", .head = head }, PATIENCE_MS);
                assert_int_equal(w->status, 302);
                assert_string_equal(w->redirect, ROWS[i].redirect);
        }
}

static void what_is_no_plain_url_is_not_asked(void **state)
{
        struct world *w = *state;
        uint16_t port = http_server_port(w->server);
        AUTO_FREE char *login = mem_printf("http://me:hunter2@127.0.0.1:%u/", port);
        AUTO_FREE char *user = mem_printf("http://me@127.0.0.1:%u/", port);
        const char *const urls[] = {
                login, user, "file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x",
                "ldap://127.0.0.1/x", "dict://127.0.0.1/x", "not a url", "",
        };

        for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
                get(w, urls[i], false, PATIENCE_MS);
                assert_int_equal(w->status, 0);
                assert_string_not_equal(w->error, "");
                assert_null(strstr(w->error, "hunter2"));
        }
        assert_int_equal(http_server_connections(w->server), 0);
}

/* However the address is written, it is the one that would be connected to that counts. */
static void public_only__no_other_address_is_connected_to(void **state)
{
        static const char *const HOSTS[] = {
                "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1",
                "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0",
        };
        struct world *w = *state;

        http_server_put(w->server, &(struct http_page){ .path = "/", .body = "x", .n = 1 });
        for (size_t i = 0; i < ARRAY_LEN(HOSTS); i++) {
                AUTO_FREE char *url = mem_printf("http://%s:%u/", HOSTS[i],
                                                 http_server_port(w->server));

                get(w, url, true, PATIENCE_MS);
                assert_int_equal(w->status, 0);
                if (!w->refused || !strstr(w->error, "is not a public address"))
                        fail_msg("%s: %s", HOSTS[i], w->error);
        }
        assert_int_equal(http_server_connections(w->server), 0);
}

/* A webhook on loopback left its connection open; nobody asked where that one leads. */
static void public_only__a_connection_left_over_is_not_used(void **state)
{
        struct world *w = *state;
        AUTO_FREE char *url = http_server_url(w->server, "/");
        struct http_post_options o = { .url = url, .timeout_ms = PATIENCE_MS };

        http_server_put(w->server, &(struct http_page){ .path = "/", .body = "x", .n = 1 });
        for (int i = 0; i < 2; i++) {
                assert_int_equal(http_post(w->client, &o, on_done, w, NULL), 0);
                event_base_dispatch(w->base);
                assert_int_equal(w->status, 200);
        }
        assert_int_equal(http_server_connections(w->server), 1); /* it was kept */
        get(w, url, true, PATIENCE_MS);
        assert_true(w->refused);
        assert_int_equal(http_server_asked(w->server, "/"), 2);
        assert_int_equal(http_server_connections(w->server), 1);
}

/* And none of ours is left for others: its address was good for us, whatever that meant. */
static void a_connection_of_its_own_is_closed(void **state)
{
        struct world *w = *state;

        for (size_t i = 1; i <= 3; i++) {
                get_page(w, &(struct http_page){ .path = "/", .body = "x", .n = 1 }, PATIENCE_MS);
                assert_int_equal(w->status, 200);
                assert_int_equal(http_server_connections(w->server), i);
        }
}

/* A proxy would connect for us to where we may not. */
static void no_proxy_is_used(void **state)
{
        struct world *w = *state;
        AUTO_FREE char *proxy = http_server_url(w->server, "");

        setenv("http_proxy", proxy, 1);
        setenv("all_proxy", proxy, 1);
        get(w, "http://127.0.0.1:1/", false, PATIENCE_MS);
        get(w, "http://127.0.0.1:1/", true, PATIENCE_MS);
        unsetenv("http_proxy");
        unsetenv("all_proxy");
        assert_int_equal(w->status, 0);
        assert_int_equal(http_server_connections(w->server), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_new, world_free)
        const struct CMUnitTest tests[] = {
                TEST(the_whole_body_comes),
                TEST(what_is_not_whole_is_an_error),
                TEST(too_many_headers_are_an_error),
                TEST(a_redirect_is_told_and_not_followed),
                TEST(what_is_no_plain_url_is_not_asked),
                TEST(public_only__no_other_address_is_connected_to),
                TEST(public_only__a_connection_left_over_is_not_used),
                TEST(a_connection_of_its_own_is_closed),
                TEST(no_proxy_is_used),
        };

        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
