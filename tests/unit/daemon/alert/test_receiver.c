/* SPDX-License-Identifier: Apache-2.0 */
/* Receivers against real local sockets, and the webhook against an HTTP client that is not one. */
#include "fake_http.h"
#include "sample.h"

#include "daemon/alert/receiver.h"

#include "config/model.h"

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SECRET "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"

struct rig {
        struct event_base *base;
        struct config_receiver cfg;
        struct receiver *receiver;
        char path[64];
        char secret_path[64];
        int listener;
        struct message message;
        /* the answer */
        int answers;
        enum send_result result;
        char *reason;
        int64_t retry_after_s;
};

static int setup(void **state)
{
        struct rig *rig = mem_new0(1, sizeof(*rig));

        *rig = (struct rig){ .base = event_base_new(), .listener = -1, .message = sample() };
        snprintf(rig->path, sizeof(rig->path), "/tmp/notafter-socket-%d", getpid());
        snprintf(rig->secret_path, sizeof(rig->secret_path), "/tmp/notafter-key-%d", getpid());
        unlink(rig->path);
        fake_posts = fake_cancels = fake_post_result = 0;
        *state = rig;
        return 0;
}

static int teardown(void **state)
{
        struct rig *rig = *state;

        receiver_free(rig->receiver);
        assert_null(fake_open);
        event_base_free(rig->base);
        if (rig->listener >= 0)
                close(rig->listener);
        unlink(rig->path);
        unlink(rig->secret_path);
        message_done(&rig->message);
        free(rig->reason);
        free(rig);
        return 0;
}

static void listen_as(struct rig *rig, int type)
{
        struct sockaddr_un addr = { .sun_family = AF_UNIX };

        if (rig->listener >= 0)
                close(rig->listener);
        unlink(rig->path);
        memcpy(addr.sun_path, rig->path, sizeof(rig->path));
        rig->listener = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
        assert_true(rig->listener >= 0);
        assert_int_equal(bind(rig->listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
        if (type == SOCK_STREAM)
                assert_int_equal(listen(rig->listener, 4), 0);
}

static void open_receiver(struct rig *rig, enum receiver_kind kind)
{
        char *error = NULL;

        rig->cfg.name = (char *)"ops";
        rig->cfg.kind = kind;
        rig->cfg.socket = rig->path;
        rig->cfg.timeout_ms = 15000;
        if (receiver_new(&rig->receiver, rig->base, &rig->cfg, NULL, &error) < 0)
                fail_msg("receiver_new: %s", error);
        assert_null(error);
}

static void on_done(enum send_result result, const char *reason, int64_t retry_after_s, void *arg)
{
        struct rig *rig = arg;

        free(rig->reason);
        rig->answers++;
        rig->result = result;
        rig->reason = mem_strdup(reason);
        rig->retry_after_s = retry_after_s;
}

static void start(struct rig *rig)
{
        rig->answers = 0;
        receiver_send(rig->receiver, &rig->message, "{\"a\":1}", on_done, rig);
        assert_int_equal(rig->answers, 0);
}

static void turn(struct rig *rig)
{
        event_base_loop(rig->base, EVLOOP_NONBLOCK);
}

static void send_now(struct rig *rig)
{
        start(rig);
        turn(rig);
        assert_int_equal(rig->answers, 1);
        turn(rig);
        assert_int_equal(rig->answers, 1);
}

static void assert_reason(const struct rig *rig, enum send_result result, const char *says)
{
        assert_int_equal(rig->result, result);
        assert_non_null(rig->reason);
        if (!strstr(rig->reason, says))
                fail_msg("\"%s\" does not say \"%s\"", rig->reason, says);
}

static void assert_received(int fd, const char *begins, const char *ends)
{
        char text[8192];
        ssize_t n = read(fd, text, sizeof(text) - 1);

        assert_true(n > 0);
        text[n] = '\0';
        assert_memory_equal(text, begins, strlen(begins));
        assert_string_equal(text + n - strlen(ends), ends);
}

/* --- local sockets ---------------------------------------------------------------------------- */

static void syslog_goes_to_a_datagram_socket(void **state)
{
        struct rig *rig = *state;

        listen_as(rig, SOCK_DGRAM);
        rig->cfg.facility = (char *)"local0";
        open_receiver(rig, RECEIVER_SYSLOG);
        send_now(rig);
        assert_int_equal(rig->result, SEND_OK);
        assert_reason(rig, SEND_OK, "written to ");
        assert_received(rig->listener, "<130>1 2026-11-23T09:00:00Z ", "] Web shop: certificate "
                        "has expired. Remedy: Renew it.");
}

static void syslog_goes_to_a_stream_socket_as_a_line(void **state)
{
        struct rig *rig = *state;

        listen_as(rig, SOCK_STREAM);
        open_receiver(rig, RECEIVER_SYSLOG);
        send_now(rig);
        assert_int_equal(rig->result, SEND_OK);
        int fd = accept(rig->listener, NULL, NULL);

        assert_received(fd, "<26>1 2026-11-23T09:00:00Z ", "Remedy: Renew it.\n");
        close(fd);
}

static void journald_gets_fields(void **state)
{
        struct rig *rig = *state;

        listen_as(rig, SOCK_DGRAM);
        open_receiver(rig, RECEIVER_JOURNALD);
        send_now(rig);
        assert_int_equal(rig->result, SEND_OK);
        assert_received(rig->listener, "MESSAGE=Web shop: ", "_SHA256=" SAMPLE_SHA256 "\n");
}

static void nobody_listening_is_trouble_that_passes(void **state)
{
        struct rig *rig = *state;

        open_receiver(rig, RECEIVER_JOURNALD);
        send_now(rig);
        assert_reason(rig, SEND_RETRY, "nobody listens on /tmp/notafter-socket-");
        listen_as(rig, SOCK_DGRAM);
        send_now(rig);
        assert_int_equal(rig->result, SEND_OK);
}

static void restarted_listener_is_found_again(void **state)
{
        static const int TYPES[] = { SOCK_DGRAM, SOCK_STREAM, SOCK_DGRAM };
        struct rig *rig = *state;

        listen_as(rig, SOCK_DGRAM);
        open_receiver(rig, RECEIVER_SYSLOG);
        send_now(rig);
        for (size_t i = 0; i < ARRAY_LEN(TYPES); i++) {
                listen_as(rig, TYPES[i]);
                send_now(rig);
                assert_int_equal(rig->result, SEND_OK);
        }
        assert_received(rig->listener, "<26>1 ", "Renew it.");
}

static void full_socket_is_trouble_and_does_not_block(void **state)
{
        struct rig *rig = *state;
        int sent = 0;

        listen_as(rig, SOCK_DGRAM);
        open_receiver(rig, RECEIVER_SYSLOG);
        for (send_now(rig); rig->result == SEND_OK && sent < 100000; sent++)
                send_now(rig);
        assert_reason(rig, SEND_RETRY, "is full: nobody reads it");
}

static void unknown_facility_is_refused(void **state)
{
        struct rig *rig = *state;
        AUTO_FREE char *error = NULL;

        rig->cfg = (struct config_receiver){ .kind = RECEIVER_SYSLOG, .facility = (char *)"locl0" };
        assert_int_equal(receiver_new(&rig->receiver, rig->base, &rig->cfg, NULL, &error), -EINVAL);
        assert_non_null(strstr(error, "locl0"));
        assert_null(rig->receiver);
}

static void freed_receiver_does_not_call_back(void **state)
{
        struct rig *rig = *state;

        listen_as(rig, SOCK_DGRAM);
        open_receiver(rig, RECEIVER_SYSLOG);
        start(rig);
        receiver_free(rig->receiver);
        rig->receiver = NULL;
        turn(rig);
        assert_int_equal(rig->answers, 0);
}

/* --- webhook ---------------------------------------------------------------------------------- */

static void open_webhook(struct rig *rig)
{
        rig->cfg.url = (char *)"https://user:pass@hooks.example.com:8443/T0/token?key=hush#frag";
        open_receiver(rig, RECEIVER_WEBHOOK);
}

static void write_secret(struct rig *rig)
{
        FILE *f = fopen(rig->secret_path, "w");

        assert_non_null(f);
        fputs(SECRET "\n", f);
        fclose(f);
        rig->cfg.secret_file = rig->secret_path;
}

static void webhook_is_signed_and_typed(void **state)
{
        struct rig *rig = *state;

        write_secret(rig);
        open_webhook(rig);
        start(rig);
        turn(rig);
        assert_int_equal(rig->answers, 0);
        assert_string_equal(fake_open->url, rig->cfg.url);
        assert_string_equal(fake_open->body, "{\"a\":1}");
        assert_int_equal(fake_open->timeout_ms, 15000);
        assert_non_null(strstr(fake_open->headers, "content-type: application/json\n"));
        assert_non_null(strstr(fake_open->headers, "webhook-id: " SAMPLE_ID "\n"));
        assert_non_null(strstr(fake_open->headers, "webhook-timestamp: 1"));
        assert_non_null(strstr(fake_open->headers, "webhook-signature: v1,"));
        fake_answer(fake_open, &(struct http_answer){ .status = 204, .body = "" });
        assert_int_equal(rig->answers, 0);
        turn(rig);
        assert_int_equal(rig->answers, 1);
        assert_int_equal(rig->result, SEND_OK);
}

static void webhook_without_secret_is_unsigned(void **state)
{
        struct rig *rig = *state;

        open_webhook(rig);
        start(rig);
        assert_null(strstr(fake_open->headers, "webhook-signature"));
        assert_non_null(strstr(fake_open->headers, "webhook-id"));
}

static void answers_have_their_meaning(void **state)
{
        static const struct {
                struct http_answer answer;
                enum send_result result;
                int64_t retry_after_s;
                const char *says;
        } ROWS[] = {
                { { .status = 200 }, SEND_OK, 0, "HTTP 200 from https://hooks.example.com:8443" },
                { { .status = 299, .retry_after_s = 9 }, SEND_OK, 0, "HTTP 299" },
                { { .status = 429, .retry_after_s = 120 }, SEND_RETRY, 120, "HTTP 429" },
                { { .status = 408 }, SEND_RETRY, 0, "HTTP 408" },
                { { .status = 425 }, SEND_RETRY, 0, "HTTP 425" },
                { { .status = 500 }, SEND_RETRY, 0, "HTTP 500" },
                { { .status = 503, .retry_after_s = 7, .body = "busy\n\x1b[2J", .body_len = 9 },
                  SEND_RETRY, 7,
                  "HTTP 503 from https://hooks.example.com:8443: busy\\x0A\\x1B[2J" },
                { { .status = 301 }, SEND_REJECTED, 0, "redirects are not followed" },
                { { .status = 304 }, SEND_REJECTED, 0, "HTTP 304" },
                { { .status = 400, .body = "no \"x\"", .body_len = 6 }, SEND_REJECTED, 0,
                  "HTTP 400 from https://hooks.example.com:8443: no \"x\"" },
                { { .status = 404 }, SEND_REJECTED, 0, "HTTP 404" },
                { { .status = 410 }, SEND_GONE, 0, "HTTP 410" },
                { { .status = 0, .error = "could not resolve host" }, SEND_RETRY, 0,
                  "https://hooks.example.com:8443: could not resolve host" },
                { { .status = 0 }, SEND_RETRY, 0, "no answer" },
        };
        struct rig *rig = *state;

        open_webhook(rig);
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                start(rig);
                fake_answer(fake_open, &ROWS[i].answer);
                turn(rig);
                assert_int_equal(rig->answers, 1);
                assert_int_equal(rig->retry_after_s, ROWS[i].retry_after_s);
                assert_reason(rig, ROWS[i].result, ROWS[i].says);
                assert_null(strstr(rig->reason, "pass"));
                assert_null(strstr(rig->reason, "token"));
                assert_null(strstr(rig->reason, "hush"));
        }
}

static void long_answers_are_cut(void **state)
{
        struct rig *rig = *state;
        char body[4096];

        memset(body, 0xff, sizeof(body));
        open_webhook(rig);
        start(rig);
        fake_answer(fake_open, &(struct http_answer){ .status = 500, .body = body,
                                                      .body_len = sizeof(body) });
        turn(rig);
        assert_true(strlen(rig->reason) < 260);
}

static void request_that_cannot_start_is_trouble(void **state)
{
        struct rig *rig = *state;

        open_webhook(rig);
        fake_post_result = -EMFILE;
        send_now(rig);
        assert_reason(rig, SEND_RETRY, "Too many open files");
}

static void freed_webhook_cancels_its_request(void **state)
{
        struct rig *rig = *state;

        open_webhook(rig);
        start(rig);
        receiver_free(rig->receiver);
        rig->receiver = NULL;
        assert_int_equal(fake_cancels, 1);
        assert_int_equal(rig->answers, 0);
}

static void missing_secret_file_is_refused(void **state)
{
        struct rig *rig = *state;
        AUTO_FREE char *error = NULL;

        rig->cfg = (struct config_receiver){ .kind = RECEIVER_WEBHOOK, .url = (char *)"https://h/",
                                             .secret_file = rig->secret_path };
        assert_int_equal(receiver_new(&rig->receiver, rig->base, &rig->cfg, NULL, &error), -ENOENT);
        assert_non_null(strstr(error, rig->secret_path));
}

/* --- services --------------------------------------------------------------------------------- */

static void write_line(struct rig *rig, const char *line)
{
        FILE *f = fopen(rig->secret_path, "w");

        assert_non_null(f);
        fputs(line, f);
        fclose(f);
}

static void address_is_read_from_a_file(void **state)
{
        struct rig *rig = *state;

        write_line(rig, "  https://hooks.example.com/T0/hush \r\nmore\n");
        rig->cfg.url_file = rig->secret_path;
        open_receiver(rig, RECEIVER_SLACK);
        start(rig);
        assert_string_equal(fake_open->url, "https://hooks.example.com/T0/hush");
        assert_non_null(strstr(fake_open->body, "\"attachments\""));
        fake_answer(fake_open, &(struct http_answer){ .status = 404, .body = "no_team",
                                                      .body_len = 7 });
        turn(rig);
        assert_reason(rig, SEND_REJECTED, "HTTP 404 from https://hooks.example.com: no_team");
}

static void answer_that_repeats_a_secret_is_not_quoted(void **state)
{
        static const char *const BODIES[] = {
                "POST /T0/hush-hush?a=w%2Bhush: no such hook", "bad key k3y!",
                "{\"path\":\"\\/T0\\/hush-hush\"}", "there is no hook hush-hush", "a: w%2Bhush",
                "wrong password: p4ss-hush",
        };
        struct rig *rig = *state;

        write_line(rig, "k3y\n");
        rig->cfg.url = (char *)"https://ops:p4ss-hush@hooks.example.com/T0/hush-hush?a=w%2Bhush";
        rig->cfg.token_file = rig->secret_path;
        rig->cfg.body = (char *)"{\"key\":\"{{token}}\"}";
        open_receiver(rig, RECEIVER_TEMPLATE);
        for (size_t i = 0; i < ARRAY_LEN(BODIES); i++) {
                start(rig);
                fake_answer(fake_open, &(struct http_answer){ .status = 400, .body = BODIES[i],
                                                              .body_len = strlen(BODIES[i]) });
                turn(rig);
                assert_reason(rig, SEND_REJECTED, "repeat a secret");
                assert_null(strstr(rig->reason, "hush"));
                assert_null(strstr(rig->reason, "k3y"));
        }
}

static void token_is_sent_and_message_that_is_of_no_use_is_done(void **state)
{
        struct rig *rig = *state;

        write_line(rig, "k3y\n");
        rig->cfg.url = (char *)"https://api.opsgenie.test";
        rig->cfg.token_file = rig->secret_path;
        open_receiver(rig, RECEIVER_OPSGENIE);
        start(rig);
        assert_non_null(strstr(fake_open->headers, "authorization: GenieKey k3y\n"));
        fake_answer(fake_open, &(struct http_answer){ .status = 202 });
        turn(rig);
        assert_int_equal(rig->result, SEND_OK);
        rig->message.kind = MESSAGE_REPLACED;
        send_now(rig);
        assert_int_equal(rig->result, SEND_OK);
        assert_int_equal(fake_posts, 1);
}

static void what_is_no_address_is_refused_and_not_shown(void **state)
{
        static const char *const LINES[] = { "", "\n", "hush\n", "ftp://hush/x\n", "https://\n",
                                             "https://h/\thush\n", "https://h/a hush\n" };
        struct rig *rig = *state;

        rig->cfg = (struct config_receiver){ .kind = RECEIVER_NTFY, .url_file = rig->secret_path };
        for (size_t i = 0; i < ARRAY_LEN(LINES); i++) {
                AUTO_FREE char *error = NULL;

                write_line(rig, LINES[i]);
                assert_int_equal(receiver_check(&rig->cfg, &error), -EINVAL);
                assert_non_null(strstr(error, rig->secret_path));
                assert_null(strstr(error, "hush"));
        }
        AUTO_FREE char *error = NULL;

        write_line(rig, "https://ntfy.sh/\n");
        assert_int_equal(receiver_check(&rig->cfg, &error), -EINVAL);
        assert_non_null(strstr(error, "topic"));
}

static void check_says_what_opening_would(void **state)
{
        struct rig *rig = *state;
        AUTO_FREE char *missing = NULL, *bad = NULL, *unknown = NULL;
        char *none = NULL;

        rig->cfg = (struct config_receiver){ .name = (char *)"ops", .kind = RECEIVER_WEBHOOK,
                                             .url = (char *)"https://ops/?token=hush" };
        assert_int_equal(receiver_check(&rig->cfg, &none), 0);
        assert_null(none);
        rig->cfg.secret_file = rig->secret_path;
        assert_int_equal(receiver_check(&rig->cfg, &missing), -ENOENT);
        assert_non_null(strstr(missing, rig->secret_path));
        write_secret(rig);
        assert_int_equal(receiver_check(&rig->cfg, &none), 0);
        assert_null(none);
        FILE *f = fopen(rig->secret_path, "w");

        fputs("whsec_hush!\n", f);
        fclose(f);
        assert_int_equal(receiver_check(&rig->cfg, &bad), -EINVAL);
        assert_non_null(strstr(bad, "base64"));
        assert_null(strstr(bad, "hush"));
        assert_int_equal(fake_posts, 0);

        rig->cfg.kind = RECEIVER_SYSLOG;
        rig->cfg.socket = rig->path; /* nobody listens there, nobody asks */
        assert_int_equal(receiver_check(&rig->cfg, &none), 0);
        rig->cfg.facility = (char *)"kitchen";
        assert_true(receiver_check(&rig->cfg, &unknown) < 0);
        assert_non_null(strstr(unknown, "kitchen"));
        rig->cfg.kind = RECEIVER_JOURNALD;
        assert_int_equal(receiver_check(&rig->cfg, &none), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(syslog_goes_to_a_datagram_socket),
                TEST(syslog_goes_to_a_stream_socket_as_a_line),
                TEST(journald_gets_fields),
                TEST(nobody_listening_is_trouble_that_passes),
                TEST(restarted_listener_is_found_again),
                TEST(full_socket_is_trouble_and_does_not_block),
                TEST(unknown_facility_is_refused),
                TEST(freed_receiver_does_not_call_back),
                TEST(webhook_is_signed_and_typed),
                TEST(webhook_without_secret_is_unsigned),
                TEST(answers_have_their_meaning),
                TEST(long_answers_are_cut),
                TEST(request_that_cannot_start_is_trouble),
                TEST(freed_webhook_cancels_its_request),
                TEST(missing_secret_file_is_refused),
                TEST(address_is_read_from_a_file),
                TEST(answer_that_repeats_a_secret_is_not_quoted),
                TEST(token_is_sent_and_message_that_is_of_no_use_is_done),
                TEST(what_is_no_address_is_refused_and_not_shown),
                TEST(check_says_what_opening_would),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
