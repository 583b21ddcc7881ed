/* SPDX-License-Identifier: Apache-2.0 */
/* Questions and answers over HTTP: at once, piece by piece, later, or broken off. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/web/exchange.h"
#include "daemon/web/routes.h"
#include "tests/unit/daemon/web/rig.h"

#include <event2/buffer.h>

#define STREAM_BYTES (4U << 20)
#define PIECE_BYTES 65536

static struct rig rig;
static struct web_exchange *waiting;
static int n_gone, n_done;

/* --- the rows --------------------------------------------------------------------------------- */

static void add_param(const char *name, const char *value, void *arg)
{
        buf_printf(arg, "%s=%s;", name, value);
}

static void answer_echo(struct web_exchange *x)
{
        struct buf body = BUF_INIT(100000);

        web_params(x, add_param, &body);
        web_set_header(x, "X-Echo", web_param(x, "echo") ? web_param(x, "echo") : "none");
        web_reply(x, 200, "text/plain", &body);
        buf_done(&body);
}

struct counter {
        size_t sent, size;
        enum web_more end;
};

static enum web_more fill(struct evbuffer *out, void *state)
{
        static const char PIECE[PIECE_BYTES];
        struct counter *c = state;

        if (c->sent % (2 * PIECE_BYTES) == 0) /* now and then there is nothing yet */
                c->sent++;
        else
                evbuffer_add(out, PIECE, PIECE_BYTES), c->sent += PIECE_BYTES - 1;
        return c->sent < c->size ? WEB_MORE : c->end;
}

static void on_done(void *state)
{
        n_done++;
        free(state);
}

static void answer_stream(struct web_exchange *x)
{
        struct counter *c = mem_new0(1, sizeof(*c));

        c->size = web_param(x, "long") ? 16 * STREAM_BYTES : STREAM_BYTES;
        c->end = web_param(x, "broken") ? WEB_BROKEN : WEB_DONE;
        web_stream(x, "text/plain", fill, on_done, c);
}

static void on_gone(void *arg)
{
        (void)arg;
        n_gone++;
        waiting = NULL;
}

static void answer_later(struct web_exchange *x)
{
        waiting = x;
        web_wait(x, on_gone, NULL);
}

static void answer_fail(struct web_exchange *x)
{
        web_fail(x, 400, "no \"%s\"", web_path(x));
}

const struct web_route *route_find(const char *path)
{
        static const struct web_route ROWS[] = {
                { "/echo", answer_echo }, { "/stream", answer_stream }, { "/later", answer_later },
                { "/fail", answer_fail }, { "/api/fail", answer_fail },
        };

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                if (strcmp(ROWS[i].path, path) == 0)
                        return &ROWS[i];
        return NULL;
}

/* --- the rig ---------------------------------------------------------------------------------- */

#define MOST 4
#define CLOSE "Host: localhost\r\nConnection: close\r\n\r\n"

static int set_up(void **state)
{
        (void)state;
        n_gone = n_done = 0;
        waiting = NULL;
        rig_open(&rig, MOST, &(struct config_listen){ .address = "127.0.0.1:0" });
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        rig_close(&rig);
        return 0;
}

static void assert_answer(const char *question, const char *start, const char *end)
{
        struct buf answer = rig_ask(&rig, question);
        size_t n = strlen(end);

        if (strncmp(buf_str(&answer), start, strlen(start)) != 0)
                fail_msg("%.60s: %.60s", question, buf_str(&answer));
        assert_true(answer.len >= n && memcmp(answer.data + answer.len - n, end, n) == 0);
        buf_done(&answer);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void a_question_is_answered(void **state)
{
        (void)state;
        assert_answer("GET /echo?a=b%26c HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ", "\r\n\r\na=b&c;");
        assert_answer("HEAD /echo?a=b HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ", "\r\n\r\n");
        assert_answer("GET /echo HTTP/1.0\r\n\r\n", "HTTP/1.0 200 ", "\r\n\r\n");
        assert_answer("GET /nothing HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ", "nothing here.\n");
        assert_answer("GET /fail HTTP/1.1\r\n" CLOSE, "HTTP/1.1 400 ", "\r\n\r\nno \"/fail\"\n");
        assert_answer("GET /api/fail HTTP/1.1\r\n" CLOSE, "HTTP/1.1 400 ",
                      "\r\n\r\n{\"error\":\"no \\\"/api/fail\\\"\"}\n");
        assert_answer("GET /fail HTTP/1.1\r\nAccept: text/html\r\n" CLOSE, "HTTP/1.1 400 ",
                      "</html>\n");
}

static void what_is_no_question_is_refused(void **state)
{
        static const struct {
                const char *question, *start;
        } ROWS[] = {
                { "POST /echo HTTP/1.1\r\nContent-Length: 0\r\n" CLOSE, "HTTP/1.1 405 " },
                { "DELETE /echo HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 " },
                { "BREW /echo HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 " },
                { "PUT /echo HTTP/1.1\r\nContent-Length: 5\r\n" CLOSE "hello", "HTTP/1.1 413 " },
                { "GET /echo?a=%00 HTTP/1.1\r\n" CLOSE, "HTTP/1.1 400 " },
                { "GET /echo?a=\xff HTTP/1.1\r\n" CLOSE, "HTTP/1.1 400 " },
                { "GET http://localhost/echo HTTP/1.1\r\n" CLOSE, "HTTP/1.1 400 " },
                { "GET /echo HTTP/1.1\r\nConnection: close\r\nHost: a.example\r\n\r\n",
                  "HTTP/1.1 421 " },
                { "nonsense\r\n\r\n", "HTTP/1.1 400 " },
                { "\x16\x03\x01\x02\x01\r\n\r\n", "HTTP/1.1 400 " },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                assert_answer(ROWS[i].question, ROWS[i].start, "");
}

static void nothing_of_a_question_becomes_a_header(void **state)
{
        struct buf answer = rig_ask(&rig, "GET /echo?echo=a%0d%0aX-Evil:%20b HTTP/1.1\r\n" CLOSE);
        const char *end = strstr(buf_str(&answer), "\r\n\r\n");
        const char *evil = strstr(buf_str(&answer), "X-Evil");

        (void)state;
        assert_true(end && (!evil || evil > end));
        assert_non_null(strstr(buf_str(&answer), "X-Content-Type-Options: nosniff\r\n"));
        assert_non_null(strstr(buf_str(&answer), "Content-Security-Policy: default-src 'none'"));
        assert_non_null(strstr(buf_str(&answer), "Cache-Control: no-store\r\n"));
        buf_done(&answer);
}

static void headers_are_bounded(void **state)
{
        struct buf q = BUF_INIT(1U << 20), answer = BUF_INIT(1U << 20);
        int fd = rig_connect(&rig);

        (void)state;
        buf_puts(&q, "GET /echo HTTP/1.1\r\nX: ");
        for (int i = 0; i < 20000; i++)
                buf_puts(&q, "xxxxxxxxxx");
        rig_say(&rig, fd, q.data, q.len);
        assert_true(rig_hear(&rig, fd, &answer, SIZE_MAX)); /* it is ended */
        assert_true(answer.len < 1000);
        close(fd);
        buf_done(&q);
        buf_done(&answer);
}

static void a_stream_comes_in_pieces(void **state)
{
        struct buf answer = rig_ask(&rig, "GET /stream HTTP/1.1\r\n" CLOSE);
        struct buf old = rig_ask(&rig, "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        struct buf head = rig_ask(&rig, "HEAD /stream HTTP/1.1\r\n" CLOSE);
        struct buf broken = rig_ask(&rig, "GET /stream?broken=1 HTTP/1.1\r\n" CLOSE);
        static const char END[] = "\r\n0\r\n\r\n";

        (void)state;
        assert_true(answer.len > STREAM_BYTES);
        assert_memory_equal(answer.data + answer.len - strlen(END), END, strlen(END));
        assert_true(old.len > STREAM_BYTES - PIECE_BYTES);
        assert_null(strstr(buf_str(&old), "Content-Length"));
        assert_true(head.len < 1000);
        assert_memory_not_equal(broken.data + broken.len - strlen(END), END, strlen(END));
        assert_int_equal(n_done, 4);
        buf_done(&answer);
        buf_done(&old);
        buf_done(&head);
        buf_done(&broken);
}

static void a_stream_that_nobody_takes_waits_and_ends_with_its_client(void **state)
{
        static const char QUESTION[] = "GET /stream?long=1 HTTP/1.1\r\n" CLOSE;
        struct buf some = BUF_INIT(1U << 20);
        int fd = rig_connect(&rig);

        (void)state;
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){ 4096 }, sizeof(int));
        rig_say(&rig, fd, QUESTION, strlen(QUESTION));
        assert_true(rig_hear(&rig, fd, &some, 1000));
        assert_int_equal(n_done, 0);
        close(fd);
        for (int i = 0; i < 1000 && n_done == 0; i++) {
                rig_run(&rig);
                poll(NULL, 0, 1);
        }
        assert_int_equal(n_done, 1);
        buf_done(&some);
}

static void an_answer_may_come_later(void **state)
{
        static const char QUESTION[] = "GET /later HTTP/1.1\r\n" CLOSE;
        struct buf answer = BUF_INIT(10000), body = BUF_INIT(100);
        int fd = rig_connect(&rig);

        (void)state;
        rig_say(&rig, fd, QUESTION, strlen(QUESTION));
        assert_non_null(waiting);
        buf_puts(&body, "now");
        web_reply(waiting, 200, "text/plain", &body);
        assert_true(rig_hear(&rig, fd, &answer, SIZE_MAX));
        assert_non_null(strstr(buf_str(&answer), "\r\n\r\nnow"));
        assert_int_equal(n_gone, 0);
        close(fd);
        buf_done(&answer);
}

static void who_does_not_wait_is_gone(void **state)
{
        static const char QUESTION[] = "GET /later HTTP/1.1\r\n" CLOSE;
        int fd = rig_connect(&rig);

        (void)state;
        rig_say(&rig, fd, QUESTION, strlen(QUESTION));
        assert_non_null(waiting);
        close(fd);
        for (int i = 0; i < 1000 && n_gone == 0; i++) {
                rig_run(&rig);
                poll(NULL, 0, 1);
        }
        assert_int_equal(n_gone, 1);
        fd = rig_connect(&rig);
        rig_say(&rig, fd, QUESTION, strlen(QUESTION));
        assert_non_null(waiting); /* ended with the server, in tear_down() */
        close(fd);
}

static void a_connection_takes_several_questions(void **state)
{
        static const char TWO[] = "GET /echo?a=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                  "GET /echo?a=2 HTTP/1.1\r\n" CLOSE;
        struct buf answer = rig_ask(&rig, TWO);

        (void)state;
        const char *first = strstr(buf_str(&answer), "a=1;"), *second;

        assert_non_null(first);
        second = strstr(first, "a=2;");
        assert_non_null(second);
        buf_done(&answer);
}

/* --- clients that take their time ------------------------------------------------------------- */

static void assert_ended(int fd, bool ended)
{
        char c;

        rig_run(&rig);
        ssize_t n = recv(fd, &c, 1, MSG_DONTWAIT);

        assert_int_equal(n == 0 || (n < 0 && errno != EAGAIN), ended);
}

static void who_asks_too_slowly_is_ended(void **state)
{
        int fd = rig_connect(&rig);
        int64_t now_ms = clock_mono_ms();

        (void)state;
        rig_say(&rig, fd, "GET / HTTP", 10);
        clients_look(rig.place.clients, now_ms + CLIENTS_ASK_MS - 1000);
        assert_ended(fd, false);
        rig_say(&rig, fd, "/1.1", 4); /* a trickle gains no time */
        clients_look(rig.place.clients, clock_mono_ms() + CLIENTS_ASK_MS);
        assert_ended(fd, true);
        assert_int_equal(clients_count(rig.place.clients), 0);
        close(fd);
}

static void who_is_idle_has_longer(void **state)
{
        static const char QUESTION[] = "GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n";
        struct buf answer = BUF_INIT(10000);
        int fd = rig_connect(&rig);

        (void)state;
        rig_say(&rig, fd, QUESTION, strlen(QUESTION));
        assert_true(rig_hear(&rig, fd, &answer, 100));
        clients_look(rig.place.clients, clock_mono_ms() + CLIENTS_IDLE_MS - 5000);
        assert_ended(fd, false);
        rig_say(&rig, fd, "GET", 3);
        clients_look(rig.place.clients, clock_mono_ms() + CLIENTS_ASK_MS);
        assert_ended(fd, true);
        close(fd);
        buf_done(&answer);
}

static void who_does_not_take_is_ended(void **state)
{
        static const char QUESTION[] = "GET /stream?long=1 HTTP/1.1\r\n" CLOSE;
        struct buf some = BUF_INIT(1U << 20);
        int fd = rig_connect(&rig);
        int64_t now_ms = clock_mono_ms();

        (void)state;
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){ 4096 }, sizeof(int));
        rig_say(&rig, fd, QUESTION, strlen(QUESTION));
        assert_true(rig_hear(&rig, fd, &some, 1000));
        for (int k = 0; k < 100; k++) /* until the system takes no more for it */
                rig_run(&rig);
        clients_look(rig.place.clients, now_ms + CLIENTS_TAKE_MS + 5000); /* it took enough */
        rig_run(&rig);
        assert_int_equal(n_done, 0);
        clients_look(rig.place.clients, now_ms + 2 * CLIENTS_TAKE_MS + 10000);
        rig_run(&rig);
        assert_int_equal(n_done, 1);
        close(fd);
        buf_done(&some);
}

static void who_waits_for_us_is_not_ended(void **state)
{
        static const char QUESTION[] = "GET /later HTTP/1.1\r\n" CLOSE;
        int fd = rig_connect(&rig);

        (void)state;
        rig_say(&rig, fd, QUESTION, strlen(QUESTION));
        clients_look(rig.place.clients, clock_mono_ms() + 10 * CLIENTS_TAKE_MS);
        assert_ended(fd, false);
        assert_int_equal(n_gone, 0);
        close(fd);
}

static void the_most_silent_one_gives_its_place_to_another(void **state)
{
        static const char LATER[] = "GET /later HTTP/1.1\r\n" CLOSE;
        int fds[MOST], fd;

        (void)state;
        for (int i = 0; i < MOST; i++)
                fds[i] = rig_connect(&rig);
        rig_say(&rig, fds[0], LATER, strlen(LATER)); /* has asked, and waits */
        fd = rig_connect(&rig);
        assert_ended(fds[0], false);
        assert_ended(fds[1], true);
        assert_ended(fds[2], false);
        assert_int_equal(clients_count(rig.place.clients), MOST);
        assert_answer("GET /echo HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ", ""); /* takes that of 2 */
        assert_ended(fds[2], true);
        assert_ended(fds[3], false);
        assert_ended(fd, false);
        for (int i = 0; i < MOST; i++)
                close(fds[i]);
        close(fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
                T(a_question_is_answered),
                T(what_is_no_question_is_refused),
                T(nothing_of_a_question_becomes_a_header),
                T(headers_are_bounded),
                T(a_stream_comes_in_pieces),
                T(a_stream_that_nobody_takes_waits_and_ends_with_its_client),
                T(an_answer_may_come_later),
                T(who_does_not_wait_is_gone),
                T(a_connection_takes_several_questions),
                T(who_asks_too_slowly_is_ended),
                T(who_is_idle_has_longer),
                T(who_does_not_take_is_ended),
                T(who_waits_for_us_is_not_ended),
                T(the_most_silent_one_gives_its_place_to_another),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
