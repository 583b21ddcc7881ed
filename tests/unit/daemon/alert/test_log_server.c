/* SPDX-License-Identifier: Apache-2.0 */
/* Records to log servers, against sockets of our own; real servers are in tests/integration. */
#include "sample.h"

#include "daemon/alert/log_server.h"

#include "common/base/clock.h"
#include "config/model.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 60000 /* far more than anything takes */

struct rig {
        struct event_base *base;
        struct config_receiver cfg;
        struct log_server *server;
        char place[32];
        int listener, peer;
        char heard[256];
        size_t n_heard;
        bool ended; /* the peer's half */
        int answers;
        char *error;
};

static int setup(void **state)
{
        struct rig *rig = mem_new0(1, sizeof(*rig));

        *rig = (struct rig){ .base = event_base_new(), .listener = -1, .peer = -1 };
        *state = rig;
        return 0;
}

static int teardown(void **state)
{
        struct rig *rig = *state;

        log_server_free(rig->server);
        event_base_free(rig->base);
        if (rig->listener >= 0)
                close(rig->listener);
        if (rig->peer >= 0)
                close(rig->peer);
        free(rig->error);
        free(rig);
        return 0;
}

/* A port of 127.0.0.1 that is ours, and the log server that is there. */
static void open_server(struct rig *rig, int type, const char *transport)
{
        struct sockaddr_in at = { .sin_family = AF_INET };
        socklen_t len = sizeof(at);
        char *error = NULL;

        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        rig->listener = socket(AF_INET, type | SOCK_NONBLOCK, 0);
        assert_int_equal(bind(rig->listener, (struct sockaddr *)&at, sizeof(at)), 0);
        assert_int_equal(getsockname(rig->listener, (struct sockaddr *)&at, &len), 0);
        if (type == SOCK_STREAM)
                assert_int_equal(listen(rig->listener, 4), 0);
        snprintf(rig->place, sizeof(rig->place), "127.0.0.1:%u", ntohs(at.sin_port));
        rig->cfg = (struct config_receiver){ .server = rig->place,
                                             .transport = (char *)transport,
                                             .timeout_ms = PATIENCE_MS };
        if (log_server_new(&rig->server, &rig->cfg, &error) < 0)
                fail_msg("log_server_new: %s", error);
}

static void on_done(const char *error, void *arg)
{
        struct rig *rig = arg;

        rig->answers++;
        free(rig->error);
        rig->error = mem_strdup(error);
}

static void turn(struct rig *rig)
{
        event_base_loop(rig->base, EVLOOP_NONBLOCK);
        usleep(500);
}

static void start(struct rig *rig)
{
        rig->answers = 0;
        log_server_send(rig->server, rig->base, "<26>1 hello", on_done, rig);
        assert_int_equal(rig->answers, 0);
}

static void await_answer(struct rig *rig)
{
        int64_t until_ms = clock_mono_ms() + PATIENCE_MS;

        while (!rig->answers && clock_mono_ms() < until_ms)
                turn(rig);
        assert_int_equal(rig->answers, 1);
}

static void await_peer(struct rig *rig)
{
        int64_t until_ms = clock_mono_ms() + PATIENCE_MS;

        while (rig->peer < 0 && clock_mono_ms() < until_ms) {
                turn(rig);
                rig->peer = accept4(rig->listener, NULL, NULL, SOCK_NONBLOCK);
        }
        assert_true(rig->peer >= 0);
}

/* Everything up to the end of the sender's half. */
static void hear_all(struct rig *rig, int fd)
{
        int64_t until_ms = clock_mono_ms() + PATIENCE_MS;

        while (!rig->ended && clock_mono_ms() < until_ms) {
                turn(rig);
                ssize_t n = recv(fd, rig->heard + rig->n_heard,
                                 sizeof(rig->heard) - rig->n_heard - 1, 0);

                if (n > 0)
                        rig->n_heard += (size_t)n;
                rig->ended = n == 0;
        }
        assert_true(rig->ended);
}

static void tcp_record_counts_its_bytes_and_is_taken_when_the_server_ends(void **state)
{
        struct rig *rig = *state;

        open_server(rig, SOCK_STREAM, "tcp");
        for (int i = 0; i < 2; i++) {
                start(rig);
                await_peer(rig);
                hear_all(rig, rig->peer);
                assert_string_equal(rig->heard, "11 <26>1 hello");
                assert_int_equal(rig->answers, 0);
                close(rig->peer);
                await_answer(rig);
                assert_null(rig->error);
                rig->peer = -1;
                rig->ended = false;
                rig->n_heard = 0;
        }
}

static void assert_error(const struct rig *rig, const char *says)
{
        assert_non_null(rig->error);
        if (!strstr(rig->error, says))
                fail_msg("\"%s\" does not say \"%s\"", rig->error, says);
}

static void tcp_connection_that_is_reset_took_nothing(void **state)
{
        struct rig *rig = *state;
        const struct linger now = { .l_onoff = 1 };

        open_server(rig, SOCK_STREAM, "tcp");
        start(rig);
        await_peer(rig);
        hear_all(rig, rig->peer);
        assert_int_equal(setsockopt(rig->peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
        close(rig->peer);
        rig->peer = -1;
        await_answer(rig);
        assert_error(rig, "it was not taken: Connection reset by peer");
        assert_error(rig, rig->place);
}

static void closed_tcp_port_takes_nothing(void **state)
{
        struct rig *rig = *state;

        open_server(rig, SOCK_STREAM, "tcp");
        close(rig->listener);
        rig->listener = -1;
        start(rig);
        await_answer(rig);
        assert_error(rig, "cannot connect: Connection refused");
}

static void udp_record_is_one_datagram(void **state)
{
        struct rig *rig = *state;

        open_server(rig, SOCK_DGRAM, "udp");
        start(rig);
        await_answer(rig);
        assert_null(rig->error);
        assert_int_equal(recv(rig->listener, rig->heard, sizeof(rig->heard), 0), 11);
        assert_string_equal(rig->heard, "<26>1 hello");
}

static void closed_udp_port_nearby_takes_nothing(void **state)
{
        struct rig *rig = *state;

        open_server(rig, SOCK_DGRAM, "udp");
        close(rig->listener);
        rig->listener = -1;
        start(rig);
        await_answer(rig);
        assert_error(rig, "it was refused: Connection refused");
}

static void what_is_no_tls_takes_nothing(void **state)
{
        struct rig *rig = *state;

        open_server(rig, SOCK_STREAM, "tls");
        start(rig);
        await_peer(rig);
        assert_int_equal(send(rig->peer, "220 welcome\r\n", 13, 0), 13);
        await_answer(rig);
        assert_error(rig, "no TLS: wrong version number");
}

static void time_is_bounded(void **state)
{
        struct rig *rig = *state;

        open_server(rig, SOCK_STREAM, "tls"); /* it accepts, and says nothing */
        log_server_free(rig->server);
        rig->cfg.timeout_ms = 100;
        assert_int_equal(log_server_new(&rig->server, &rig->cfg, NULL), 0);
        start(rig);
        await_answer(rig);
        assert_error(rig, "no TLS: no answer in time");
}

/* It has acknowledged the record; that it keeps the connection does not make it come again. */
static void server_that_never_ends_has_taken_it_when_time_is_over(void **state)
{
        struct rig *rig = *state;

        open_server(rig, SOCK_STREAM, "tcp");
        log_server_free(rig->server);
        rig->cfg.timeout_ms = 1000; /* less than it is given to end its half */
        assert_int_equal(log_server_new(&rig->server, &rig->cfg, NULL), 0);
        start(rig);
        await_peer(rig);
        hear_all(rig, rig->peer);
        assert_int_equal(rig->answers, 0);
        await_answer(rig);
        assert_null(rig->error);
}

static void server_that_talks_without_end_is_not_listened_to_for_long(void **state)
{
        static const char WORDS[4096];
        struct rig *rig = *state;
        int n = 0;

        open_server(rig, SOCK_STREAM, "tcp");
        start(rig);
        await_peer(rig);
        hear_all(rig, rig->peer);
        for (; !rig->answers && n < 1000; n++) {
                send(rig->peer, WORDS, sizeof(WORDS), MSG_NOSIGNAL);
                turn(rig);
        }
        assert_int_equal(rig->answers, 1);
        assert_null(rig->error);
}

static void freed_server_does_not_call_back(void **state)
{
        struct rig *rig = *state;

        open_server(rig, SOCK_STREAM, "tcp");
        start(rig);
        await_peer(rig);
        log_server_free(rig->server);
        rig->server = NULL;
        hear_all(rig, rig->peer);
        turn(rig);
        assert_int_equal(rig->answers, 0);
}

static void certificates_that_cannot_be_read_are_named(void **state)
{
        static const struct {
                struct config_receiver cfg;
                const char *says;
        } ROWS[] = {
                { { .ca_file = (char *)"/nowhere/ca" }, "ca_file /nowhere/ca: No such file" },
                { { .ca_file = (char *)"/dev/null" }, "ca_file /dev/null: " },
                { { .client_cert = (char *)"/nowhere/c" }, "client_cert /nowhere/c: No such file" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct config_receiver cfg = ROWS[i].cfg;
                struct log_server *s = NULL;
                AUTO_FREE char *error = NULL;

                cfg.server = (char *)"logs.example.com:6514";
                cfg.transport = (char *)"tls";
                assert_int_equal(log_server_new(&s, &cfg, &error), -EINVAL);
                assert_null(s);
                if (!strstr(error, ROWS[i].says))
                        fail_msg("\"%s\" does not say \"%s\"", error, ROWS[i].says);
        }
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(tcp_record_counts_its_bytes_and_is_taken_when_the_server_ends),
                TEST(tcp_connection_that_is_reset_took_nothing),
                TEST(closed_tcp_port_takes_nothing),
                TEST(udp_record_is_one_datagram),
                TEST(closed_udp_port_nearby_takes_nothing),
                TEST(what_is_no_tls_takes_nothing),
                TEST(time_is_bounded),
                TEST(server_that_never_ends_has_taken_it_when_time_is_over),
                TEST(server_that_talks_without_end_is_not_listened_to_for_long),
                TEST(freed_server_does_not_call_back),
                TEST(certificates_that_cannot_be_read_are_named),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
