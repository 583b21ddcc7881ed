/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations before TLS. A row is what the peer says, part by part, and what comes of it. Every
 * conversation is held in every cutting: whole parts, single bytes, and each part cut in two at
 * each place. What comes of it must be the same.
 */
#include "daemon/probe/dialogue.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAID_MAX 65536
#define PARTS_MAX 8

struct part {
        const char *bytes;
        size_t n;
};

#define PART(literal) { literal, sizeof(literal) - 1 }

struct talk {
        const char *dialect;
        struct part peer[PARTS_MAX]; /* each after all we had to say was sent */
        enum dialogue_progress progress;
        const char *words; /* that are in the words; NULL = any */
        const char *said;  /* all of what we said; NULL = anything */
        size_t left;       /* bytes that were not the dialogue's */
};

struct outcome {
        enum dialogue_progress progress;
        size_t left;
        char *words;
        struct buf said;
};

static const struct dialogue_terms TERMS = {
        .server_name = "mail.example.com", .host = "192.0.2.1", .port = 25,
};

static void take_what_is_said(struct dialogue *d, struct buf *said)
{
        size_t n;
        const void *bytes = dialogue_to_send(d, &n);

        buf_append(said, bytes, n);
        dialogue_sent(d, n);
        dialogue_to_send(d, &n);
        assert_int_equal(n, 0);
}

/* From the @from-th byte of @part to before the @to-th one. */
static void hear(struct dialogue *d, const struct part *part, size_t from, size_t to,
                 struct outcome *o)
{
        size_t used = 0;

        if (o->progress == DIALOGUE_ON) {
                AUTO_FREE char *copy = mem_copy(part->bytes + from, to - from);

                o->progress = dialogue_hear(d, copy, to - from, &used);
        }
        o->left += to - from - used;
}

/* @piece: bytes at a time; @cut: and the first piece of each part ends there, when not 0. */
static struct outcome hold(const struct talk *t, size_t piece, size_t cut)
{
        struct outcome o = { .said = BUF_INIT(SAID_MAX) };
        struct dialogue *d = dialogue_new(starttls_dialect(t->dialect), &TERMS);

        take_what_is_said(d, &o.said);
        for (const struct part *p = t->peer; p < t->peer + PARTS_MAX && p->bytes; p++) {
                for (size_t from = 0, to; from < p->n; from = to) {
                        to = from == 0 && cut > 0 ? cut : from + piece;
                        to = to < p->n ? to : p->n;
                        hear(d, p, from, to, &o);
                }
                take_what_is_said(d, &o.said);
        }
        o.words = mem_strdup(dialogue_words(d));
        dialogue_free(d);
        return o;
}

static void outcome_done(struct outcome *o)
{
        free(o->words);
        buf_done(&o->said);
}

static void check_talk(const struct talk *t, const struct outcome *o)
{
        if (o->progress != t->progress || o->left != t->left ||
            (t->words && !strstr(o->words, t->words)))
                fail_msg("%s, after \"%s\": %d, %zu left, \"%s\"; wanted %d, %zu, \"%s\"",
                         t->dialect, t->peer[0].bytes, o->progress, o->left, o->words,
                         t->progress, t->left, t->words ? t->words : "");
        if (t->said)
                assert_string_equal(buf_str(&o->said), t->said);
}

static size_t longest_part(const struct talk *t)
{
        size_t n = 1;

        for (size_t i = 0; i < PARTS_MAX && t->peer[i].bytes; i++)
                n = t->peer[i].n > n ? t->peer[i].n : n;
        return n;
}

static void check_in_pieces(const struct talk *t, size_t piece, size_t cut)
{
        struct outcome o = hold(t, piece, cut);

        check_talk(t, &o);
        outcome_done(&o);
}

static void check_talks(const struct talk *talks, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const struct talk *t = &talks[i];

                check_in_pieces(t, SIZE_MAX / 2, 0);
                check_in_pieces(t, 1, 0);
                for (size_t cut = 1; cut < longest_part(t); cut++)
                        check_in_pieces(t, SIZE_MAX / 2, cut);
        }
}

static void test_smtp(void **state)
{
        static const struct talk TALKS[] = {
                { "smtp", { PART("220 mail.example.com ESMTP\r\n"),
                            PART("250-mail.example.com\r\n250-DSN\r\n250-StartTLS\r\n250 SIZE\r\n"),
                            PART("220 2.0.0 Ready to start TLS\r\n") },
                  DIALOGUE_READY, NULL, "EHLO notafter.invalid\r\nSTARTTLS\r\n", 0 },
                { "smtp", { PART("220-mail.example.com\r\n220-No spam\r\n220 please\n"),
                            PART("250-mail\n250 STARTTLS\n"), PART("220\r\n") },
                  DIALOGUE_READY, NULL, NULL, 0 },
                { "smtp", { PART("220 a\r\n"), PART("250-a\r\n250 STARTTLS\r\n"),
                            PART("220 go\r\n250 injected\r\n") },
                  DIALOGUE_READY, NULL, NULL, 14 },
                { "smtp", { PART("220 a\r\n"),
                            PART("250-a\r\n250-AUTH STARTTLS\r\n250 XSTARTTLS\r\n") },
                  DIALOGUE_REFUSED, "peer does not offer STARTTLS", NULL, 0 },
                { "smtp", { PART("220 a\r\n"), PART("250 starttls\r\n") }, /* its name */
                  DIALOGUE_REFUSED, "peer does not offer STARTTLS", NULL, 0 },
                { "smtp", { PART("220 a\r\n"), PART("250-a\r\n250 STARTTLS\r\n"),
                            PART("454 4.7.0 TLS not available due to local problem\r\n") },
                  DIALOGUE_REFUSED,
                  "peer refused: 454 4.7.0 TLS not available due to local problem", NULL, 0 },
                { "smtp", { PART("554 5.3.2 go\x1b[2J away\r\n") },
                  DIALOGUE_REFUSED, "peer refused: 554 5.3.2 go\\x1B[2J away", "", 0 },
                { "smtp", { PART("220 a\r\n"), PART("502 what?\r\n") },
                  DIALOGUE_REFUSED, "peer refused: 502 what?", NULL, 0 },
                { "smtp", { PART("HTTP/1.1 400 Bad Request\r\n") },
                  DIALOGUE_BROKEN, "not SMTP: peer sent \"HTTP/1.1 400 Bad Request\"", "", 0 },
                { "smtp", { PART("220 a\r\n"), PART("250-a\r\n251 STARTTLS\r\n") },
                  DIALOGUE_BROKEN, "not SMTP: peer sent \"251 STARTTLS\"", NULL, 0 },
                { "smtp", { PART("220 a\0b\r\n") },
                  DIALOGUE_BROKEN, "not SMTP: peer sent \"220 a\\x00", "", 3 },
                { "smtp", { PART("\x15\x03\x01\x00\x02\x02\x46") },
                  DIALOGUE_BROKEN, "peer speaks TLS from the first byte: write smtps://", "", 4 },
                { "smtp", { PART("\x16\x03.\r\n") },
                  DIALOGUE_BROKEN, "not SMTP: peer sent \"\\x16\\x03.\"", "", 0 },
                /* answers before they were asked for */
                { "smtp", { PART("220 a\r\n250-a\r\n250 STARTTLS\r\n220 go\r\n") },
                  DIALOGUE_BROKEN, "peer answered EHLO notafter.invalid before it was asked", NULL,
                  22 },
                { "smtp", { PART("220 a\r\n"), PART("250-a\r\n250 STARTTLS\r\n2"),
                            PART("20 go\r\n") },
                  DIALOGUE_BROKEN, "peer answered STARTTLS before it was asked", NULL, 0 },
                /* silence, and what is awaited */
                { "smtp", { { NULL, 0 } }, DIALOGUE_ON,
                  "no SMTP greeting; if the server speaks TLS from the first byte, write smtps://",
                  "", 0 },
                { "smtp", { PART("220 a") }, DIALOGUE_ON, "no SMTP greeting", "", 0 },
                { "smtp", { PART("220 a\r\n"), PART("250-a\r\n250 STARTTLS\r\n") },
                  DIALOGUE_ON, "no answer to STARTTLS", NULL, 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

/* ---- whoever never ends --------------------------------------------------------------------- */

/* Hears @unit again and again after @opening; how many bytes until the dialogue had enough. */
static size_t bytes_until_enough(const char *dialect, const struct part *opening,
                                 const struct part *unit, char **ret_words)
{
        struct dialogue *d = dialogue_new(starttls_dialect(dialect), &TERMS);
        struct outcome o = { .said = BUF_INIT(SAID_MAX) };
        size_t n = 0;

        take_what_is_said(d, &o.said);
        hear(d, opening, 0, opening->n, &o);
        take_what_is_said(d, &o.said);
        for (; o.progress == DIALOGUE_ON && n <= 2 * DIALOGUE_MAX_BYTES; n += unit->n)
                hear(d, unit, 0, unit->n, &o);
        assert_int_equal(o.progress, DIALOGUE_BROKEN);
        *ret_words = mem_strdup(dialogue_words(d));
        dialogue_free(d);
        buf_done(&o.said);
        return n;
}

static void test_endless(void **state)
{
        static const struct {
                const char *dialect;
                struct part opening, unit;
                size_t max;
                const char *words;
        } PEERS[] = {
                { "smtp", PART(""), PART("2"), 4100, "peer sent a line of more than 4096 bytes" },
                { "smtp", PART(""), PART("220-spam\r\n"), 6000, "peer sent more than 512 lines" },
                { "smtp", PART("220 a\r\n"), PART("250-X 0123456789012345678901234567890123456789"
                  "0123456789012345678901234567890123456789012345678901234567890123456789012345"
                  "01234567890123456789012345678901234567890123456789012345678901234567890\r\n"),
                  DIALOGUE_MAX_BYTES + 256, "not SMTP: peer sent more than 65536 bytes" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(PEERS); i++) {
                AUTO_FREE char *words = NULL;

                assert_in_range(bytes_until_enough(PEERS[i].dialect, &PEERS[i].opening,
                                                   &PEERS[i].unit, &words),
                                1, PEERS[i].max);
                if (!strstr(words, PEERS[i].words))
                        fail_msg("%s: \"%s\", not \"%s\"", PEERS[i].dialect, words, PEERS[i].words);
        }
}

static void test_unknown_dialect(void **state)
{
        (void)state;
        assert_null(starttls_dialect("telnet"));
        assert_null(starttls_dialect(""));
        dialogue_free(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_smtp),
                cmocka_unit_test(test_endless),
                cmocka_unit_test(test_unknown_dialect),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
