/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations before TLS, in every dialect. A row is what the peer says, part by part, and what
 * comes of it. Every conversation is held in every cutting: whole parts, single bytes, and each
 * part cut in two at each place. What comes of it must be the same.
 */
#include "daemon/probe/dialogue.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "config/target.h"

#include <errno.h>
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

#define P(literal) { literal, sizeof(literal) - 1 }

#define ON DIALOGUE_ON
#define READY DIALOGUE_READY
#define REFUSED DIALOGUE_REFUSED
#define BROKEN DIALOGUE_BROKEN

struct talk {
        const char *dialect;
        struct part peer[PARTS_MAX]; /* each after all we had to say was sent */
        enum dialogue_progress progress;
        const char *words; /* NULL = any */
        const char *said;  /* all of what we said; NULL = anything */
        size_t left;       /* bytes behind the go-ahead */
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

/* How much of what is no such protocol is quoted depends on how much there was. */
static bool is_right(const struct talk *t, const struct outcome *o)
{
        if (o->progress != t->progress || (o->progress == READY && o->left != t->left))
                return false;
        if (!t->words)
                return true;
        return o->progress == BROKEN ? strncmp(o->words, t->words, strlen(t->words)) == 0
                                     : strcmp(o->words, t->words) == 0;
}

static void check_talk(const struct talk *t, const struct outcome *o)
{
        if (!is_right(t, o))
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
                { "smtp", { P("220 mail.example.com ESMTP\r\n"),
                            P("250-mail.example.com\r\n250-DSN\r\n250-StartTLS\r\n250 SIZE\r\n"),
                            P("220 2.0.0 Ready to start TLS\r\n") },
                  READY, NULL, "EHLO notafter.invalid\r\nSTARTTLS\r\n", 0 },
                { "smtp", { P("220-mail.example.com\r\n220-No spam\r\n220 please\n"),
                            P("250-mail\n250 STARTTLS\n"), P("220\r\n") },
                  READY, NULL, NULL, 0 },
                { "smtp", { P("220 a\r\n"), P("250-a\r\n250 STARTTLS\r\n"),
                            P("220 go\r\n250 injected\r\n") },
                  READY, NULL, NULL, 14 },
                { "smtp", { P("220 a\r\n"),
                            P("250-a\r\n250-AUTH STARTTLS\r\n250 XSTARTTLS\r\n") },
                  REFUSED, "peer does not offer STARTTLS", NULL, 0 },
                { "smtp", { P("220 a\r\n"), P("250 starttls\r\n") }, /* its name */
                  REFUSED, "peer does not offer STARTTLS", NULL, 0 },
                { "smtp", { P("220 a\r\n"), P("250-a\r\n250 STARTTLS\r\n"),
                            P("454 4.7.0 TLS not available due to local problem\r\n") },
                  REFUSED,
                  "peer refused: 454 4.7.0 TLS not available due to local problem", NULL, 0 },
                { "smtp", { P("554 5.3.2 go\x1b[2J away\r\n") },
                  REFUSED, "peer refused: 554 5.3.2 go\\x1B[2J away", "", 0 },
                { "smtp", { P("220 a\r\n"), P("502 what?\r\n") },
                  REFUSED, "peer refused: 502 what?", NULL, 0 },
                { "smtp", { P("HTTP/1.1 400 Bad Request\r\n") },
                  BROKEN, "not SMTP: peer sent \"HTTP/1.1 400 Bad Request\"", "", 0 },
                { "smtp", { P("220 a\r\n"), P("250-a\r\n251 STARTTLS\r\n") },
                  BROKEN, "not SMTP: peer sent \"251 STARTTLS\"", NULL, 0 },
                { "smtp", { P("220 a\0b\r\n") },
                  BROKEN, "not SMTP: peer sent \"220 a\\x00", "", 0 },
                { "smtp", { P("\x15\x03\x01\x00\x02\x02\x46") },
                  BROKEN, "peer speaks TLS from the first byte: write smtps://", "", 0 },
                { "smtp", { P("\x16\x03.\r\n") },
                  BROKEN, "not SMTP: peer sent \"\\x16\\x03.\"", "", 0 },
                /* answers before they were asked for */
                { "smtp", { P("220 a\r\n250-a\r\n250 STARTTLS\r\n220 go\r\n") },
                  BROKEN, "peer answered EHLO notafter.invalid before it was asked", NULL,
                  0 },
                { "smtp", { P("220 a\r\n"), P("250-a\r\n250 STARTTLS\r\n2"),
                            P("20 go\r\n") },
                  BROKEN, "peer answered STARTTLS before it was asked", NULL, 0 },
                /* silence, and what is awaited */
                { "smtp", { { NULL, 0 } }, ON,
                  "no SMTP greeting; if the server speaks TLS from the first byte, write smtps://",
                  "", 0 },
                { "smtp", { P("220 a") }, ON, "no SMTP greeting", "", 0 },
                { "smtp", { P("220 a\r\n"), P("250-a\r\n250 STARTTLS\r\n") },
                  ON, "no answer to STARTTLS", NULL, 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

static void test_lmtp(void **state)
{
        static const struct talk TALKS[] = {
                { "lmtp", { P("220 a LMTP\r\n"), P("250-a\r\n250-STARTTLS\r\n250 DSN\r\n"),
                            P("220 go\r\n") },
                  READY, NULL, "LHLO notafter.invalid\r\nSTARTTLS\r\n", 0 },
                { "lmtp", { P("220 a\r\n"), P("250-a\r\n250 PIPELINING\r\n") },
                  REFUSED, "peer does not offer STARTTLS", NULL, 0 },
                { "lmtp", { P("* OK IMAP4rev1\r\n") },
                  BROKEN, "not LMTP: peer sent \"* OK IMAP4rev1\"", "", 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

static void test_ftp(void **state)
{
        static const struct talk TALKS[] = {
                { "ftp", { P("220 ProFTPD\r\n"), P("234 AUTH TLS successful\r\n") },
                  READY, NULL, "AUTH TLS\r\n", 0 },
                { "ftp", { P("120 in a minute\r\n220-Hello\r\n221 no end\r\n  230 nor this\r\n"
                                "220-\r\n\r\n220 \r\n"), P("234-\r\n x\r\n234 go\r\n!") },
                  READY, NULL, "AUTH TLS\r\n", 1 },
                { "ftp", { P("120-in\r\n120 a minute\r\n220-Hello\r\n220\r\n"), P("234\n") },
                  READY, NULL, "AUTH TLS\r\n", 0 },
                { "ftp", { P("421-Too many\r\n users here,\r\n421-try\r\n421 later\r\n") },
                  REFUSED, "peer refused: 421-Too many  users here, try later", "", 0 },
                { "ftp", { P("220 a\r\n"), P("500 AUTH not understood\r\n") },
                  REFUSED, "peer refused: 500 AUTH not understood", NULL, 0 },
                { "ftp", { P("220 a\r\n"), P("334 ADAT first\r\n") },
                  REFUSED, "peer refused: 334 ADAT first", NULL, 0 },
                { "ftp", { P("SSH-2.0-OpenSSH_9.2\r\n") },
                  BROKEN, "not FTP: peer sent \"SSH-2.0-OpenSSH_9.2\"", "", 0 },
                { "ftp", { P("220 a\r\n234 go\r\n") },
                  BROKEN, "peer answered AUTH TLS before it was asked", "AUTH TLS\r\n", 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

static void test_pop3(void **state)
{
        static const struct talk TALKS[] = {
                { "pop3", { P("+OK Dovecot ready.\r\n"),
                            P("+OK\r\nTOP\r\nstls\r\nSASL PLAIN\r\n.\r\n"), P("+OK go\r\n") },
                  READY, NULL, "CAPA\r\nSTLS\r\n", 0 },
                { "pop3", { P("+OK <1896.697170952@a.example.com>\r\n"),
                            P("-ERR what?\r\n"), P("+OK\r\nx") },
                  READY, NULL, "CAPA\r\nSTLS\r\n", 1 },
                { "pop3", { P("+OK\r\n"), P("+OK\r\nSASL STLS\r\nSTLSX\r\n.\r\n") },
                  REFUSED, "peer does not offer STLS", "CAPA\r\n", 0 },
                { "pop3", { P("+OK\r\n"), P("-ERR what?\r\n"), P("-ERR no TLS\r\n") },
                  REFUSED, "peer refused: -ERR no TLS", NULL, 0 },
                { "pop3", { P("-ERR [SYS/TEMP] too many\r\n") },
                  REFUSED, "peer refused: -ERR [SYS/TEMP] too many", "", 0 },
                { "pop3", { P("+OKAY\r\n") },
                  BROKEN, "not POP3: peer sent \"+OKAY\"", "", 0 },
                { "pop3", { P("* OK IMAP\r\n") },
                  BROKEN, "not POP3: peer sent \"* OK IMAP\"", "", 0 },
                { "pop3", { P("+OK\r\n"), P("+OK\r\nSTLS\r\n") },
                  ON, "no answer to CAPA", NULL, 0 },
                { "pop3", { P("+OK\r\n"), P("-ERR no\r\n+OK\r\n") },
                  BROKEN, "peer answered STLS before it was asked", NULL, 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

static void test_nntp(void **state)
{
        static const struct talk TALKS[] = {
                { "nntp", { P("200 a InterNetNews NNRP ready\r\n"),
                            P("101 list:\r\nVERSION 2\r\nSTARTTLS\r\nOVER\r\n.\r\n"),
                            P("382 go\r\n") },
                  READY, NULL, "CAPABILITIES\r\nSTARTTLS\r\n", 0 },
                { "nntp", { P("201 no posting\r\n"), P("500 what?\r\n"),
                            P("382 go\r\n281 x\r\n") },
                  READY, NULL, "CAPABILITIES\r\nSTARTTLS\r\n", 7 },
                { "nntp", { P("200 a\r\n"), P("101\r\nVERSION 2\r\nREADER\r\n.\r\n") },
                  REFUSED, "peer does not offer STARTTLS", NULL, 0 },
                { "nntp", { P("200 a\r\n"), P("101\r\nSTARTTLS\r\n.\r\n"),
                            P("580 Can not initiate TLS\r\n") },
                  REFUSED, "peer refused: 580 Can not initiate TLS", NULL, 0 },
                { "nntp", { P("400 load average too high\r\n") },
                  REFUSED, "peer refused: 400 load average too high", "", 0 },
                { "nntp", { P("200-a\r\n") },
                  BROKEN, "not NNTP: peer sent \"200-a\"", "", 0 },
                { "nntp", { P("+OK POP3\r\n") },
                  BROKEN, "not NNTP: peer sent \"+OK POP3\"", "", 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

static void test_imap(void **state)
{
        static const struct talk TALKS[] = {
                { "imap", { P("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready {5}\r\n"),
                            P("* CAPABILITY IMAP4rev1 ID StartTLS IDLE\r\na1 OK done\r\n"),
                            P("a2 OK Begin TLS negotiation now.\r\n") },
                  READY, NULL, "a1 CAPABILITY\r\na2 STARTTLS\r\n", 0 },
                { "imap", { P("* OK\n"), P("* CAPABILITY STARTTLS\n* BAD {3}\n* 5 EXISTS\n"
                                                 "a1 ok\n"), P("* OK still here\na2 OK\n* x\n") },
                  READY, NULL, NULL, 4 },
                /* lines within a literal are none */
                { "imap", { P("* OK\r\n"),
                            P("* ID {12}\r\na1 NO no\r\n\r\n {2}\r\na1)\r\n* CAPABILITY STARTTLS"
                                 "\r\na1 OK\r\n"), P("a2 OK\r\n") },
                  READY, NULL, NULL, 0 },
                { "imap", { P("* OK\r\n"), P("* ID {x7}\r\n* ID }\r\n* ID {}\r\n* ID 123456}\r\n"
                                               "* CAPABILITY STARTTLS\r\na1 OK\r\n") },
                  ON, "no answer to a2 STARTTLS", NULL, 0 },
                { "imap", { P("* OK\r\n"), P("* ID {0}\r\n)\r\na1 OK\r\n") },
                  REFUSED, "peer does not offer STARTTLS", NULL, 0 },
                { "imap", { P("* OK\r\n"), P("* CAPABILITY IMAP4rev1 XSTARTTLS\r\na1 OK\r\n") },
                  REFUSED, "peer does not offer STARTTLS", NULL, 0 },
                { "imap", { P("* OK\r\n"), P("* CAPABILITY STARTTLS\r\na1 OK\r\n"),
                            P("a2 BAD TLS support isn't enabled\r\n") },
                  REFUSED, "peer refused: a2 BAD TLS support isn't enabled", NULL, 0 },
                { "imap", { P("* PREAUTH logged in as root\r\n") },
                  REFUSED, "peer refused: * PREAUTH logged in as root", "", 0 },
                { "imap", { P("* BYE too many\r\n") },
                  REFUSED, "peer refused: * BYE too many", "", 0 },
                { "imap", { P("* OK\r\n"), P("* BYE shutting down\r\n") },
                  REFUSED, "peer refused: * BYE shutting down", NULL, 0 },
                { "imap", { P("* OK\r\n"), P("a7 OK\r\n") },
                  BROKEN, "not IMAP: peer sent \"a7 OK\"", NULL, 0 },
                { "imap", { P("* OK\r\n"), P("+ go on\r\n") },
                  BROKEN, "not IMAP: peer sent \"+ go on\"", NULL, 0 },
                { "imap", { P("220 a ESMTP\r\n") },
                  BROKEN, "not IMAP: peer sent \"220 a ESMTP\"", "", 0 },
                { "imap", { P("* OK\r\n* CAPABILITY STARTTLS\r\na1 OK\r\n") },
                  BROKEN, "peer answered a1 CAPABILITY before it was asked", NULL, 0 },
                { "imap", { P("* OK\r\n"), P("* ID {9}\r\na\0") },
                  BROKEN, "not IMAP: peer sent \"* ID a\\x00\"", NULL, 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

static void test_sieve(void **state)
{
        static const struct talk TALKS[] = {
                { "sieve", { P("\"IMPLEMENTATION\" \"Dovecot\"\r\n\"SIEVE\" \"fileinto\"\r\n"
                                  "\"starttls\"\r\nOK \"ready.\"\r\n"),
                             P("OK \"Begin TLS negotiation now.\"\r\n") },
                  READY, NULL, "STARTTLS\r\n", 0 },
                { "sieve", { P("\"SIEVE\" {18}\r\n\r\nNO \"STARTTLS\"\r\n\"\r\n"
                               "\"STARTTLS\"\r\nOK\r\n"),
                             P("OK (TAG {4}\r\nNO\r\n)\r\n\"IMPLEMENTATION\" \"x\"\r\n") },
                  READY, NULL, "STARTTLS\r\n", 22 },
                { "sieve", { P("\"SIEVE\" \"STARTTLS\"\r\nOK\r\n") },
                  REFUSED, "peer does not offer STARTTLS", "", 0 },
                { "sieve", { P("\"STARTTLS\"\r\nOK\r\n"), P("NO {11}\r\nTLS broken.\r\n") },
                  REFUSED, "peer refused: NO TLS broken.", NULL, 0 },
                { "sieve", { P("BYE \"too many\"\r\n") },
                  REFUSED, "peer refused: BYE \"too many\"", "", 0 },
                { "sieve", { P("* OK IMAP\r\n") },
                  BROKEN, "not ManageSieve: peer sent \"* OK IMAP\"", "", 0 },
                { "sieve", { P("\"STARTTLS\"\r\nOK\r\nOK\r\n") },
                  BROKEN, "peer answered STARTTLS before it was asked", NULL, 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

static void test_irc(void **state)
{
        static const struct talk TALKS[] = {
                { "irc", { P(":a NOTICE * :*** Looking up your hostname...\r\n"
                                "@time=1 :a CAP * LS :multi-prefix tls\r\n"),
                           P(":a NOTICE Auth :still looking\r\n:a 670 * :go\r\n") },
                  READY, NULL, "CAP LS\r\nSTARTTLS\r\n", 0 },
                { "irc", { P(":a CAP * LS * :tls\r\n:a CAP * LS :sasl\r\nPING :12 3\r\n"),
                           P(":a PING x\r\n:a 439 * :wait\r\n:a 670 * :go\r\nx") },
                  READY, NULL, "CAP LS\r\nSTARTTLS\r\nPONG :12 3\r\nPONG x\r\n", 1 },
                { "irc", { P(":a CAP * LS :tls\r\n:a 670 * :go\r\n") }, READY, NULL, NULL, 0 },
                { "irc", { P(":a NOTICE * :wait\r\n:a 670 * :go\r\n") }, READY, NULL, NULL, 0 },
                { "irc", { P("421 * CAP :Unknown command\r\n"), P("670 * :go\r\n") },
                  READY, NULL, NULL, 0 },
                { "irc", { P(":a 451 * :Register first\r\n:a 670 * :go\r\n") },
                  READY, NULL, NULL, 0 },
                { "irc", { P(":a CAP * LS * :sasl\r\n:a CAP * LS :tlsx sts=port=6697\r\n") },
                  REFUSED, "peer does not offer STARTTLS", NULL, 0 },
                { "irc", { P(":a 451 * :Register first\r\n"), P(":a 451 * :Register now\r\n") },
                  REFUSED, "peer refused: :a 451 * :Register now", NULL, 0 },
                { "irc", { P(":a 421 * STARTTLS :Unknown command\r\n") },
                  REFUSED, "peer refused: :a 421 * STARTTLS :Unknown command", NULL, 0 },
                { "irc", { P(":a CAP * LS :tls\r\n"), P(":a 451 * :Register first\r\n") },
                  REFUSED, "peer refused: :a 451 * :Register first", NULL, 0 },
                { "irc", { P(":a CAP * LS :tls\r\n"), P(":a 691 * :STARTTLS failed\r\n") },
                  REFUSED, "peer refused: :a 691 * :STARTTLS failed", NULL, 0 },
                { "irc", { P("ERROR :Closing link\r\n") },
                  REFUSED, "peer refused: ERROR :Closing link", NULL, 0 },
                { "irc", { P("* OK IMAP\r\n") },
                  BROKEN, "not IRC: peer sent \"* OK IMAP\"", NULL, 0 },
                { "irc", { P("HTTP/1.1 400 Bad Request\r\n") },
                  BROKEN, "not IRC: peer sent \"HTTP/1.1 400", NULL, 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

#define LDAP_REQUEST_BYTES 31

static void test_ldap(void **state)
{
        static const struct talk TALKS[] = {
                { "ldap", { P("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00") },
                  READY, NULL, NULL, 0 },
                /* Active Directory: long lengths, its name behind; and something slipped in */
                { "ldap", { P("\x30\x84\x00\x00\x00\x28\x02\x01\x01\x78\x84\x00\x00\x00\x1f"
                                 "\x0a\x01\x00\x04\x00\x04\x00\x8a\x16"
                                 "1.3.6.1.4.1.1466.20037" "\x30\x03") },
                  READY, NULL, NULL, 2 },
                { "ldap", { P("\x30\x15\x02\x01\x01\x78\x10\x0a\x01\x34\x04\x00\x04\x09"
                                 "no\x07TLS\0x\0") },
                  REFUSED, "peer refused: unavailable (52): no\\x07TLS\\x00x", NULL, 0 },
                { "ldap", { P("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x21\x04\x00\x04\x00") },
                  REFUSED, "peer refused: result (33)", NULL, 0 },
                /* a Notice of Disconnection, even with success */
                { "ldap", { P("\x30\x0f\x02\x01\x00\x78\x0a\x0a\x01\x00\x04\x00\x04\x03" "bye") },
                  REFUSED, "peer refused: result (0): bye", NULL, 0 },
                { "ldap", { P("\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00") },
                  BROKEN, "not LDAP", NULL, 0 },
                /* the diagnostic message claims to be longer than what holds it */
                { "ldap", { P("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x01") },
                  BROKEN, "not LDAP", NULL, 0 },
                { "ldap", { P("\x30\x84\x7f\xff\xff\xff\x02") }, BROKEN, "not LDAP", NULL, 0 },
                { "ldap", { P("\x30\x80\x02") }, BROKEN, "not LDAP", NULL, 0 },
                { "ldap", { P("\x30\x00") }, BROKEN, "not LDAP", NULL, 0 },
                { "ldap", { P("HTTP/1.1 400 Bad Request\r\n") },
                  BROKEN, "not LDAP: peer sent \"H", NULL, 0 },
                { "ldap", { P("\x15\x03\x03\x00\x02\x02\x32") },
                  BROKEN, "peer speaks TLS from the first byte: write ldaps://", NULL, 0 },
                { "ldap", { P("\x30\x0c\x02\x01") }, ON, "no answer to StartTLS", NULL, 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

#define TLS_NS "urn:ietf:params:xml:ns:xmpp-tls"
#define STREAM                                                                                     \
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1' version='1.0'"           \
        " xmlns:stream='http://etherx.jabber.org/streams'>"
#define OFFER STREAM "<stream:features><starttls xmlns='" TLS_NS "'/></stream:features>"

static void test_xmpp(void **state)
{
        static const struct talk TALKS[] = {
                { "xmpp", { P(OFFER), P("<proceed xmlns='" TLS_NS "'/>") },
                  READY, NULL,
                  "<?xml version='1.0'?><stream:stream xmlns='jabber:client'"
                  " xmlns:stream='http://etherx.jabber.org/streams' to='mail.example.com'"
                  " version='1.0'><starttls xmlns='" TLS_NS "'/>", 0 },
                { "xmpp-server", { P(OFFER), P("<proceed xmlns='" TLS_NS "'/>") },
                  READY, NULL,
                  "<?xml version='1.0'?><stream:stream xmlns='jabber:server'"
                  " xmlns:stream='http://etherx.jabber.org/streams' to='mail.example.com'"
                  " version='1.0'><starttls xmlns='" TLS_NS "'/>", 0 },
                /* any prefix, any quote, ">" in a value, a comment; and something slipped in */
                { "xmpp", { P("<s:stream a=\"<!-- > -->\" xmlns:s=\"http://etherx.jabber.org/"
                                 "streams\" version=\"1.0\" a2='>'>"),
                            P(" <s:features><!-- > <a/> --><m><x/></m><t:starttls xmlns:t='" TLS_NS
                                 "'><t:required/></t:starttls></s:features>\n") },
                  BROKEN, "not XMPP", NULL, 0 }, /* "<" in a value is no XML */
                { "xmpp", { P("<s:stream xmlns:s=\"http://etherx.jabber.org/streams\""
                                 " version=\"1.0\" a2='>'>"),
                            P(" <s:features><!-- > <a/> --><m><x/></m><t:starttls xmlns:t='" TLS_NS
                                 "'><t:required/></t:starttls></s:features>\n"),
                            P("<message/><t:proceed xmlns:t=\"" TLS_NS "\"></t:proceed >\n<x/>") },
                  READY, NULL, NULL, 5 },
                /* the last words are much less than what they complete (expat's deferral) */
                { "xmpp", { P(STREAM "<stream:features><starttls xmlns='" TLS_NS "' a='a value"
                              " that is long, and has no end of an element in it>'/>"
                              "</stream:features>"),
                            P("<proceed xmlns='" TLS_NS "' a='another such value, as long as the"
                              " one before, or nearly so>'/>") },
                  READY, NULL, NULL, 0 },
                /* what only looks like an offer */
                { "xmpp", { P(STREAM "<stream:features><!-- <starttls xmlns='" TLS_NS "'/> -->"
                                 "<a b=\"&lt;starttls xmlns='" TLS_NS "'/>\"/><starttls xmlns='x'/>"
                                 "<m><starttls xmlns='" TLS_NS "'/></m></stream:features>") },
                  REFUSED, "peer does not offer STARTTLS", NULL, 0 },
                { "xmpp", { P(STREAM "<x><starttls xmlns='" TLS_NS "'/></x>"
                              "<stream:features></stream:features>") },
                  REFUSED, "peer does not offer STARTTLS", NULL, 0 },
                { "xmpp", { P(STREAM "<features><starttls xmlns='" TLS_NS "'/></features>") },
                  ON, "no answer to the stream header", NULL, 0 },
                { "xmpp", { P(OFFER), P("<failure xmlns='" TLS_NS "'/></stream:stream>") },
                  REFUSED, "peer refused: <failure/>", NULL, 0 },
                { "xmpp", { P(STREAM "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:"
                                 "xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>"
                                 "not&#x202e; here</text></stream:error></stream:stream>") },
                  REFUSED, "peer refused: host-unknown: not\\xE2\\x80\\xAE here", NULL, 0 },
                { "xmpp", { P(STREAM "</stream:stream>") },
                  REFUSED, "peer closed the stream", NULL, 0 },
                { "xmpp", { P("<s:stream xmlns:s='http://etherx.jabber.org/streams'>") },
                  REFUSED, "peer speaks XMPP before 1.0, which has no STARTTLS", NULL, 0 },
                { "xmpp", { P("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>"
                                 "<x>&b;</x>") },
                  BROKEN, "not XMPP: peer sent \"<!DOCTYPE x", NULL, 0 },
                { "xmpp", { P("<html><body>400 Bad Request</body></html>\r\n") },
                  BROKEN, "not XMPP: peer sent \"<html>\"", NULL, 0 },
                { "xmpp", { P("\n<html/>") }, BROKEN, "not XMPP: peer sent ", NULL, 0 },
                { "xmpp", { P("HTTP/1.1 400 Bad Request\r\n\r\n") },
                  BROKEN, "not XMPP: peer sent \"H", NULL, 0 },
                { "xmpp", { P("\x15\x03\x01") },
                  BROKEN, "peer speaks TLS from the first byte: write xmpps://", NULL, 0 },
                { "xmpp-server", { P("\x15\x03\x01") }, BROKEN,
                  "peer speaks TLS from the first byte: write xmpps-server://", NULL, 0 },
                { "xmpp", { P(STREAM "\0") }, BROKEN, "not XMPP", NULL, 0 },
                { "xmpp", { P(OFFER "<proceed xmlns='" TLS_NS "'/>") },
                  BROKEN, "peer answered STARTTLS before it was asked", NULL, 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

static void test_postgres(void **state)
{
        static const struct talk TALKS[] = {
                { "postgres", { P("S") }, READY, NULL, NULL, 0 },
                { "postgres", { P("SX") }, READY, NULL, NULL, 1 },
                { "postgres", { P("N") }, REFUSED, "peer does not offer TLS", NULL, 0 },
                { "postgres", { P("E\0\0\0\x1cSFATAL\0C53300\0Mtoo many\0\0") },
                  REFUSED, "peer refused: too many", NULL, 0 },
                { "postgres", { P("E\0\0\0\x0dMtoo many") }, /* no end of the string */
                  REFUSED, "peer refused: too many", NULL, 0 },
                { "postgres", { P("E\0\0\0\x0cSFATAL\0\0") }, BROKEN, "not PostgreSQL", NULL, 0 },
                { "postgres", { P("Ecould not fork new process\n\0") },
                  REFUSED, "peer refused: could not fork new process\\x0A", NULL, 0 },
                { "postgres", { P("E\0\0\0\x04M") }, ON, "no answer to SSLRequest", NULL, 0 },
                { "postgres", { P("HTTP/1.1 400\r\n") }, BROKEN, "not PostgreSQL: peer sent \"H",
                  NULL, 0 },
                { "postgres", { P("\x15\x03\x01") }, BROKEN,
                  "peer speaks TLS from the first byte: write postgress://", NULL, 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

/* Thread, challenge, filler; then the capabilities' low half. */
#define MYSQL_GREETING(size, capabilities)                                                         \
        size "\0\0\0\x0a" "8.0.1\0" "1234" "12345678\0" capabilities

static void test_mysql(void **state)
{
        static const struct talk TALKS[] = {
                { "mysql", { P(MYSQL_GREETING("\x16", "\x00\x08")) }, READY, NULL, NULL, 0 },
                { "mysql", { P(MYSQL_GREETING("\x1a", "\xff\xff") "\x21\x02\x00\xff" "\x01") },
                  READY, NULL, NULL, 1 },
                { "mysql", { P(MYSQL_GREETING("\x16", "\xff\xf7")) },
                  REFUSED, "peer does not offer TLS", "", 0 },
                { "mysql", { P(MYSQL_GREETING("\x15", "\xff")) }, /* cut off */
                  BROKEN, "not MySQL", "", 0 },
                { "mysql", { P("\x06\0\0\0\x0a" "8.0.1") }, BROKEN, "not MySQL", "", 0 },
                { "mysql", { P("\x0e\0\0\0\xff\x69\x04is blocked") },
                  ON, "no MySQL greeting", "", 0 },
                { "mysql", { P("\x0d\0\0\0\xff\x69\x04is blocked") },
                  REFUSED, "peer refused: 1129 is blocked", "", 0 },
                { "mysql", { P("\x0d\0\0\0\xff\x10\x04#08004busy") },
                  REFUSED, "peer refused: 1040 busy", "", 0 },
                { "mysql", { P("\x01\0\0\0\xff") }, BROKEN, "not MySQL", "", 0 },
                { "mysql", { P("\x06\0\0\0\x09" "3.20\0") },
                  REFUSED, "peer speaks protocol 9, which has no TLS", "", 0 },
                { "mysql", { P("\x05\0\0\x01") }, BROKEN, "not MySQL", "", 0 },
                { "mysql", { P("\0\0\0\0") }, BROKEN, "not MySQL", "", 0 },
                { "mysql", { P("SSH-2.0-OpenSSH_9.2\r\n") },
                  BROKEN, "not MySQL: peer sent \"SSH", "", 0 },
                { "mysql", { P("\x15\x03\x03\x00") }, BROKEN,
                  "peer speaks TLS from the first byte: write mysqls://", "", 0 },
        };

        (void)state;
        check_talks(TALKS, ARRAY_LEN(TALKS));
}

/* Its bytes are what a real server took; here, that the lengths in it lead from one to the next. */
static void test_farewells(void **state)
{
        size_t n;
        const uint8_t *login = dialect_farewell(starttls_dialect("mysql"), &n);

        (void)state;
        assert_int_equal(n, 4 + login[0] + 4);
        assert_int_equal(login[3], 2);
        assert_string_equal((const char *)login + 4 + 32, "notafter");
        assert_memory_equal(login + 4 + login[0], "\0\0\0\4", 4);
        assert_null(dialect_farewell(starttls_dialect("smtp"), &n));
}

/* What is binary is looked at byte for byte. */
static void test_binary_requests(void **state)
{
        static const struct {
                struct talk talk;
                struct part said;
        } ROWS[] = {
                { { "ldap", { P("") } },
                  P("\x30\x1d\x02\x01\x01\x77\x18\x80\x16" "1.3.6.1.4.1.1466.20037") },
                { { "postgres", { P("") } }, P("\0\0\0\x08\x04\xd2\x16\x2f") },
                { { "mysql", { P(MYSQL_GREETING("\x16", "\x00\x08")) } },
                  P("\x20\0\0\x01\x01\x8a\x08\0\xff\xff\xff\0\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                       "\0\0\0\0\0\0\0") },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct outcome o = hold(&ROWS[i].talk, 1, 0);

                assert_int_equal(o.said.len, ROWS[i].said.n);
                assert_memory_equal(o.said.data, ROWS[i].said.bytes, o.said.len);
                outcome_done(&o);
        }
}

/* Where the client speaks first, an answer cannot come before that was sent. */
static void test_answers_to_nothing(void **state)
{
        static const struct {
                const char *dialect;
                struct part answer;
                const char *words;
        } ROWS[] = {
                { "ldap", P("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"),
                  "peer answered StartTLS before it was asked" },
                { "postgres", P("S"), "peer answered SSLRequest before it was asked" },
                { "xmpp", P(OFFER), "peer answered the stream header before it was asked" },
                { "irc", P(":a NOTICE * :x\r\n:a 670 * :go\r\n"),
                  "peer answered STARTTLS before it was asked" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct dialogue *d = dialogue_new(starttls_dialect(ROWS[i].dialect), &TERMS);
                struct outcome o = { .progress = DIALOGUE_ON };

                hear(d, &ROWS[i].answer, 0, ROWS[i].answer.n, &o);
                assert_int_equal(o.progress, DIALOGUE_BROKEN);
                assert_string_equal(dialogue_words(d), ROWS[i].words);
                dialogue_free(d);
        }
}

/* XMPP names whom it looks for, and always as text. */
static void test_xmpp_names(void **state)
{
        static const struct {
                struct dialogue_terms terms;
                const char *to; /* NULL = none */
        } ROWS[] = {
                { { .server_name = "a.example.com", .host = "192.0.2.1" }, " to='a.example.com' " },
                { { .server_name = "a'b<c>&" }, " to='a&#39;b&#60;c&#62;&#38;' " },
                { { .host = "192.0.2.1" }, NULL },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct dialogue *d = dialogue_new(starttls_dialect("xmpp"), &ROWS[i].terms);
                struct buf said = BUF_INIT(SAID_MAX);

                take_what_is_said(d, &said);
                if (!strstr(buf_str(&said), ROWS[i].to ? ROWS[i].to : ".org/streams' version="))
                        fail_msg("%s", buf_str(&said));
                buf_done(&said);
                dialogue_free(d);
        }
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
                { "smtp", P(""), P("2"), 4100, "not SMTP: peer sent 4096 bytes without an end" },
                { "smtp", P(""), P("220-spam\r\n"), 6000, "peer sent more than 512 messages" },
                { "lmtp", P("220 a\r\n"), P("250-\n"), 3000, "more than 512 messages" },
                { "ftp", P("220-\n"), P("x\n"), 1100, "more than 512 messages" },
                { "ftp", P("220-\n"), P("x"), 4200, "4096 bytes without an end" },
                { "pop3", P("+OK\n"), P("+OK\n"), 2100, "more than 512 messages" },
                { "nntp", P("200\n"), P("101\n"), 2100, "more than 512 messages" },
                { "imap", P("* OK\n"), P("* 1 EXPUNGE\n"), 7000, "more than 512 messages" },
                { "imap", P("* OK\n"), P("* X {9999}\n"), 4200, "without an end" },
                { "imap", P("* OK\n* X "), P("{1}\n1"), 26000, "without an end" },
                { "sieve", P("\"X\" {9999}\n"), P("\n"), 4200, "without an end" },
                { "sieve", P("\"STARTTLS\"\nOK\n"), P("\"X\"\n"), 2100, "more than 512 messages" },
                { "irc", P(""), P(":a NOTICE * :x\n"), 8000, "more than 512 messages" },
                { "irc", P(""), P("PING 01234567890123456789012345678901234567890\n"),
                  9000, "peer demands more answers than it takes" },
                { "ldap", P("\x30\x82\x1f\xff"), P("\0"), 8200, "not LDAP" },
                { "xmpp", P(STREAM "<a b='"), P("x"), 4200, "without an end" },
                { "xmpp", P(STREAM "<a b='"), P(">"), 600, "more than 512 messages" },
                { "xmpp", P(STREAM), P("<a>"), 1600, "more than 512 messages" },
                { "postgres", P("E"), P("x"), 8200, "8192 bytes without an end" },
                { "mysql", P("\xf0\x1f\0\0\x0a"), P("x"), 8200, "not MySQL" },
                { "smtp", P("220 a\r\n"), P("250-X 0123456789012345678901234567890123456789"
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

/* The configuration's schemes, one after the other, as the complaint about an unknown one lists. */
static char *all_schemes(void)
{
        static const char BEFORE[] = "there are: ";
        struct target t;
        char *complaint = NULL;

        assert_int_equal(target_parse("zzzzzzzzzz://a.example.com", &t, &complaint), -EINVAL);
        assert_non_null(strstr(complaint, BEFORE));
        char *list = mem_strdup(strstr(complaint, BEFORE) + strlen(BEFORE));

        free(complaint);
        return list;
}

static void check_scheme(const char *scheme, size_t *n_dialects)
{
        AUTO_FREE char *text = mem_printf("%s://a.example.com", scheme);
        AUTO_FREE char *complaint = NULL;
        struct target t;

        if (strcmp(scheme, "file") == 0)
                return;
        assert_int_equal(target_parse(text, &t, &complaint), 0);
        if (t.starttls) {
                assert_non_null(starttls_dialect(t.starttls));
                ++*n_dialects;
        }
        target_done(&t);
}

static void test_schemes(void **state)
{
        AUTO_FREE char *schemes = all_schemes();
        size_t n_dialects = 0;
        char *rest = schemes;

        (void)state;
        for (char *scheme = strtok_r(schemes, ", ", &rest); scheme;
             scheme = strtok_r(NULL, ", ", &rest))
                check_scheme(scheme, &n_dialects);
        assert_true(n_dialects > 12);
        assert_null(starttls_dialect("telnet"));
        assert_null(starttls_dialect(""));
        dialogue_free(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_smtp),
                cmocka_unit_test(test_lmtp),
                cmocka_unit_test(test_ftp),
                cmocka_unit_test(test_pop3),
                cmocka_unit_test(test_nntp),
                cmocka_unit_test(test_imap),
                cmocka_unit_test(test_sieve),
                cmocka_unit_test(test_irc),
                cmocka_unit_test(test_ldap),
                cmocka_unit_test(test_xmpp),
                cmocka_unit_test(test_postgres),
                cmocka_unit_test(test_mysql),
                cmocka_unit_test(test_binary_requests),
                cmocka_unit_test(test_farewells),
                cmocka_unit_test(test_answers_to_nothing),
                cmocka_unit_test(test_xmpp_names),
                cmocka_unit_test(test_endless),
                cmocka_unit_test(test_schemes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
