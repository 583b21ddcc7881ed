/* SPDX-License-Identifier: Apache-2.0 */
/* Mails to a server of ours that says what a test wants; real ones are in tests/integration. */
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "daemon/loop/mailer.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <event2/event.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 60000
#define LOGIN "AG9wcwBodXNoLWh1c2g=" /* user and password of start(), in base64 */

/* What the server answers to lines that begin so; "" is silence. The first that fits. */
struct reply {
        const char *to, *with;
};

struct rig {
        struct event_base *base;
        struct mailing *mailing;
        char place[32];
        int listener;
        const struct reply *replies;
        pthread_t server;
        char heard[8192];       /* by the server; not before its thread has ended */
        atomic_bool heard_quit;
        int answers;
        bool taken, for_good;
        char *error, *left_out;
};

static const char *reply_to(const struct rig *rig, const char *line)
{
        static const struct reply USUAL[] = {
                { "EHLO", "250-here\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n" },
                { "MAIL", "250 fine\r\n" }, { "RCPT", "250 fine\r\n" },
                { "DATA", "354 go on\r\n" }, { ".", "250 taken\r\n" },
                { "QUIT", "221 bye\r\n" }, { "AUTH", "334 \r\n" },
                { LOGIN, "235 welcome\r\n" }, { NULL, NULL },
        };

        for (const struct reply *r = rig->replies; r && r->to; r++)
                if (strncmp(line, r->to, strlen(r->to)) == 0)
                        return r->with;
        for (const struct reply *r = USUAL; r->to; r++)
                if (strncmp(line, r->to, strlen(r->to)) == 0)
                        return r->with;
        return "";
}

static void *serve(void *arg)
{
        struct rig *rig = arg;
        char line[1024];
        bool in_data = false;
        int fd = accept(rig->listener, NULL, NULL);
        FILE *in = fd >= 0 ? fdopen(fd, "r") : NULL;

        if (!in)
                return NULL;
        const char *reply = reply_to(rig, "(greeting)");

        reply = *reply ? reply : "220 here\r\n";
        send(fd, reply, strlen(reply), MSG_NOSIGNAL);
        while (fgets(line, sizeof(line), in)) {
                strncat(rig->heard, line, sizeof(rig->heard) - strlen(rig->heard) - 1);
                if (strcmp(line, "QUIT\r\n") == 0)
                        atomic_store(&rig->heard_quit, true);
                if (in_data && strcmp(line, ".\r\n") != 0)
                        continue;
                reply = reply_to(rig, line);
                in_data = strncmp(line, "DATA", 4) == 0;
                send(fd, reply, strlen(reply), MSG_NOSIGNAL);
        }
        fclose(in);
        return NULL;
}

static int setup(void **state)
{
        struct rig *rig = mem_new0(1, sizeof(*rig));
        struct sockaddr_in at = { .sin_family = AF_INET };
        socklen_t len = sizeof(at);

        rig->base = event_base_new();
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        rig->listener = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(bind(rig->listener, (struct sockaddr *)&at, sizeof(at)), 0);
        assert_int_equal(getsockname(rig->listener, (struct sockaddr *)&at, &len), 0);
        assert_int_equal(listen(rig->listener, 4), 0);
        snprintf(rig->place, sizeof(rig->place), "127.0.0.1:%u", ntohs(at.sin_port));
        *state = rig;
        return 0;
}

static int teardown(void **state)
{
        struct rig *rig = *state;

        mail_cancel(rig->mailing);
        close(rig->listener);
        event_base_free(rig->base);
        free(rig->error);
        free(rig->left_out);
        free(rig);
        return 0;
}

static void on_done(const struct mail_answer *answer, void *arg)
{
        struct rig *rig = arg;

        rig->mailing = NULL;
        rig->answers++;
        rig->taken = answer->taken;
        rig->for_good = answer->for_good;
        rig->error = mem_strdup(answer->error);
        rig->left_out = mem_strdup(answer->left_out);
        event_base_loopbreak(rig->base);
}

static void start(struct rig *rig, const struct reply *replies)
{
        static char *const TO[] = { (char *)"a@example.com", (char *)"b@example.com" };
        const struct mail_options options = {
                .server = rig->place, .tls = MAIL_PLAIN, .user = "ops", .password = "hush-hush",
                .from = "notafter@example.com", .to = TO, .n_to = 2,
                .text = "Subject: x\r\n\r\n.hidden\r\n", .timeout_ms = PATIENCE_MS,
        };

        rig->replies = replies;
        assert_int_equal(pthread_create(&rig->server, NULL, serve, rig), 0);
        assert_int_equal(mail_send(&rig->mailing, rig->base, &options, on_done, rig), 0);
        assert_int_equal(rig->answers, 0);
}

static void send_with(struct rig *rig, const struct reply *replies)
{
        start(rig, replies);
        event_base_dispatch(rig->base);
        pthread_join(rig->server, NULL);
        assert_int_equal(rig->answers, 1);
}

static void mail_is_taken_as_it_is(void **state)
{
        struct rig *rig = *state;

        send_with(rig, NULL);
        assert_true(rig->taken);
        assert_null(rig->error);
        assert_null(rig->left_out);
        assert_non_null(strstr(rig->heard, "MAIL FROM:<notafter@example.com>"));
        assert_non_null(strstr(rig->heard, "RCPT TO:<a@example.com>\r\nRCPT TO:<b@example.com>"));
        assert_non_null(strstr(rig->heard, "DATA\r\nSubject: x\r\n\r\n..hidden\r\n.\r\nQUIT\r\n"));
}

static void refused_recipient_is_named_and_the_others_get_it(void **state)
{
        static const struct reply REPLIES[] = {
                { "RCPT TO:<b", "550 5.1.1 nobody \x1b here\r\n" }, { NULL, NULL },
        };
        struct rig *rig = *state;

        send_with(rig, REPLIES);
        assert_true(rig->taken);
        assert_string_equal(rig->left_out, "550 5.1.1 nobody \\x1B here");
}

static void answers_have_their_meaning(void **state)
{
        static const struct {
                struct reply replies[3];
                bool for_good;
                const char *says;
        } ROWS[] = {
                { { { "RCPT", "550 5.1.1 nobody\r\n" } }, true, "550 5.1.1 nobody" },
                { { { "RCPT", "450 4.2.0 later\r\n" } }, false, "450 4.2.0 later" },
                { { { "MAIL", "530 log in\r\n" } }, false, "530 log in" },
                { { { "MAIL", "552 too big\r\n" } }, true, "552 too big" },
                { { { ".", "554 spam\r\n" } }, true, "554 spam" },
                { { { ".", "451 disk full\r\n" } }, false, "451 disk full" },
                { { { "(greeting)", "421 busy\r\n" } }, false, "421" },
                { { { LOGIN, "535 you said hush-hush\r\n" } }, false, "denied" },
                { { { "MAIL", "550 not with hush-hush\r\n" } }, true, "550 (its words" },
                { { { "MAIL", "550 not with " LOGIN "\r\n" } }, true, "550 (its words" },
        };

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct rig *rig = *state;

                send_with(rig, ROWS[i].replies);
                if (rig->taken || rig->for_good != ROWS[i].for_good ||
                    !strstr(rig->error, ROWS[i].says))
                        fail_msg("%s: taken %d, for good %d: %s", ROWS[i].says, rig->taken,
                                 rig->for_good, rig->error);
                assert_null(strstr(rig->error, "hush"));
                assert_int_equal(teardown(state), 0);
                assert_int_equal(setup(state), 0);
        }
}

/* The loop goes on while curl waits for an answer to QUIT. */
static void silence_after_quit_holds_up_nobody(void **state)
{
        static const struct reply REPLIES[] = { { "QUIT", "" }, { NULL, NULL } };
        struct rig *rig = *state;
        int64_t until_ms = clock_mono_ms() + PATIENCE_MS;

        start(rig, REPLIES);
        while (!atomic_load(&rig->heard_quit) && clock_mono_ms() < until_ms) {
                event_base_loop(rig->base, EVLOOP_NONBLOCK);
                usleep(1000);
        }
        int64_t before_ms = clock_mono_ms();

        event_base_loop(rig->base, EVLOOP_NONBLOCK);
        mail_cancel(rig->mailing);
        rig->mailing = NULL;
        assert_true(clock_mono_ms() - before_ms < PATIENCE_MS / 2);
        pthread_join(rig->server, NULL);
        assert_int_equal(rig->answers, 0);
}

static void cancelled_mail_does_not_call_back(void **state)
{
        static const struct reply REPLIES[] = { { "EHLO", "" }, { NULL, NULL } };
        struct rig *rig = *state;

        start(rig, REPLIES);
        mail_cancel(rig->mailing);
        rig->mailing = NULL;
        shutdown(rig->listener, SHUT_RDWR); /* it may not have come so far as to connect */
        pthread_join(rig->server, NULL);
        event_base_loop(rig->base, EVLOOP_NONBLOCK);
        assert_int_equal(rig->answers, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(mail_is_taken_as_it_is),
                TEST(refused_recipient_is_named_and_the_others_get_it),
                TEST(answers_have_their_meaning),
                TEST(silence_after_quit_holds_up_nobody),
                TEST(cancelled_mail_does_not_call_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
