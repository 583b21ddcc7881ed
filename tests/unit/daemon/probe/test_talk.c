/* SPDX-License-Identifier: Apache-2.0 */
/* A dialogue on a socket: however it is cut, nothing of the next speaker is taken away. */
#include "daemon/probe/talk.h"

#include "common/base/cleanup.h"
#include "daemon/probe/dialogue.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
        int ours, theirs;
        struct talk talk;
};

static int set_up(void **state)
{
        static struct world w;
        const struct dialogue_terms terms = { .server_name = "mx.test" };
        int fds[2];

        w = (struct world){ 0 };
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
        w.ours = fds[0];
        w.theirs = fds[1];
        talk_start(&w.talk, starttls_dialect("smtp"), &terms);
        *state = &w;
        return 0;
}

static int tear_down(void **state)
{
        struct world *w = *state;

        talk_end(&w->talk);
        close(w->ours);
        if (w->theirs >= 0)
                close(w->theirs);
        return 0;
}

static void peer_says(struct world *w, const char *text)
{
        assert_int_equal(send(w->theirs, text, strlen(text), 0), strlen(text));
}

/* Up to the question of STARTTLS. */
static void ask_for_tls(struct world *w)
{
        assert_int_equal(talk_on(&w->talk, w->ours), TALK_WANT_READ);
        assert_false(w->talk.heard);
        assert_memory_equal(talk_words(&w->talk), "no SMTP greeting", 16);
        peer_says(w, "220 mx.test\r\n");
        assert_int_equal(talk_on(&w->talk, w->ours), TALK_WANT_READ);
        assert_true(w->talk.heard);
        assert_memory_equal(talk_words(&w->talk), "no answer to EHLO", 17);
        peer_says(w, "250-mx.test\r\n250 STARTTLS\r\n");
        assert_int_equal(talk_on(&w->talk, w->ours), TALK_WANT_READ);
}

static void what_follows_the_go_ahead_stays_in_the_socket(void **state)
{
        struct world *w = *state;
        char rest[16] = "";

        ask_for_tls(w);
        peer_says(w, "220 go\r\n\x16\x03\x03");
        assert_int_equal(talk_on(&w->talk, w->ours), TALK_DONE);
        assert_int_equal(talk_unread(w->ours), 3);
        assert_int_equal(recv(w->ours, rest, sizeof(rest), 0), 3);
        assert_string_equal(rest, "\x16\x03\x03");
}

static void what_comes_after_the_go_ahead_by_itself_is_seen(void **state)
{
        struct world *w = *state;

        ask_for_tls(w);
        peer_says(w, "220 go\r\n");
        assert_int_equal(talk_on(&w->talk, w->ours), TALK_DONE);
        assert_int_equal(talk_unread(w->ours), 0);
        peer_says(w, "250 evil\r\n");
        assert_int_equal(talk_unread(w->ours), 10);
}

static void a_peer_that_closes_is_told_from_one_that_is_silent(void **state)
{
        struct world *w = *state;

        char heard[256];

        ask_for_tls(w);
        assert_true(recv(w->theirs, heard, sizeof(heard), 0) > 0); /* or it would be a reset */
        close(w->theirs);
        w->theirs = -1;
        assert_int_equal(talk_on(&w->talk, w->ours), TALK_FAILED);
        assert_string_equal(talk_words(&w->talk), "peer closed the connection: no answer to "
                                                  "STARTTLS");
}

/* We cannot say anything to it any more, but what it had to say is here. */
static void the_last_words_of_a_peer_that_has_gone_are_heard(void **state)
{
        struct world *w = *state;

        assert_int_equal(talk_on(&w->talk, w->ours), TALK_WANT_READ);
        peer_says(w, "220 mx.test\r\n421 we are closing\r\n");
        close(w->theirs);
        w->theirs = -1;
        assert_int_equal(talk_on(&w->talk, w->ours), TALK_FAILED);
        assert_non_null(strstr(talk_words(&w->talk), "421 we are closing"));
}

static void byte_by_byte_is_the_same(void **state)
{
        static const char ALL[] = "220 mx.test\r\n250-mx.test\r\n250 STARTTLS\r\n220 go\r\n";
        struct world *w = *state;
        char byte[2] = "";
        enum talk_progress r = talk_on(&w->talk, w->ours);

        for (size_t i = 0; i + 1 < sizeof(ALL); i++) {
                assert_int_equal(r, TALK_WANT_READ);
                byte[0] = ALL[i];
                peer_says(w, byte);
                r = talk_on(&w->talk, w->ours);
        }
        assert_int_equal(r, TALK_DONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_follows_the_go_ahead_stays_in_the_socket,
                                                set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_comes_after_the_go_ahead_by_itself_is_seen,
                                                set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_peer_that_closes_is_told_from_one_that_is_silent,
                                                set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_last_words_of_a_peer_that_has_gone_are_heard,
                                                set_up, tear_down),
                cmocka_unit_test_setup_teardown(byte_by_byte_is_the_same, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
