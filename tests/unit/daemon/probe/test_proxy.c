/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said to proxies, and what comes of their answers, in every cutting; and the file with the
 * user and the password, of which nothing is ever told.
 */
#include "daemon/probe/proxy.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/probe/dialogue.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SAID_MAX 4096
#define PARTS_MAX 8

struct part {
        const char *bytes;
        size_t n;
};

#define PART(literal) { literal, sizeof(literal) - 1 }
#define HELLO PART("\5\1\0")
#define HELLO_LOGIN PART("\5\2\0\2")
#define LOGIN PART("\1\4user\6secret")
#define CONNECT_NAME PART("\5\1\0\3\x0bmx.far.test\0\x19")

/* @peer[i] is the answer to @said[i]. */
struct row {
        const char *dialect, *host;
        uint16_t port;
        bool has_login;
        struct part said[PARTS_MAX], peer[PARTS_MAX];
        enum dialogue_progress progress;
        const char *words;
        size_t left;
};

static const struct row ROWS[] = {
        /* HTTP */
        { "http", "mx.far.test", 25, false,
          { PART("CONNECT mx.far.test:25 HTTP/1.1\r\nHost: mx.far.test:25\r\n\r\n") },
          { PART("HTTP/1.1 200 Established\r\nVia: x\r\n\r\n") }, DIALOGUE_READY, "", 0 },
        { "http", "2001:db8::1", 443, false,
          { PART("CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n") },
          { PART("HTTP/1.0 200\n\n220 hello\r\n") }, DIALOGUE_READY, "", 11 },
        { "http", "192.0.2.1", 443, true,
          { PART("CONNECT 192.0.2.1:443 HTTP/1.1\r\nHost: 192.0.2.1:443\r\n"
                 "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n") },
          { PART("HTTP/1.1 100 wait\r\n\r\nHTTP/1.1 299 ok\r\n\r\n") }, DIALOGUE_READY, "", 0 },
        { "http", "a.test", 1, false, { { 0 } },
          { PART("HTTP/1.1 407 Proxy Authentication Required\r\nX: y\r\n\r\nforbidden") },
          DIALOGUE_REFUSED, "peer refused: 407 Proxy Authentication Required", 17 },
        { "http", "a.test", 1, false, { { 0 } }, { PART("HTTP/1.1 403 \x1b[31mno\r\n\r\n") },
          DIALOGUE_REFUSED, "peer refused: 403 \\x1B[31mno", 2 },
        { "http", "a.test", 1, false, { { 0 } }, { PART("HTTP/1.1 502 Bad Gateway\r\n\r\n") },
          DIALOGUE_REFUSED, "peer refused: 502 Bad Gateway", 2 },
        { "http", "a.test", 1, false, { { 0 } }, { PART("HTTP/1.1 200 ok\r\nX: y\r\n") },
          DIALOGUE_ON, "no answer to CONNECT", 0 },
        { "http", "a.test", 1, false, { { 0 } }, { PART("HTTP/2 200\r\n") },
          DIALOGUE_BROKEN, "not HTTP: peer sent \"HTTP/2 200\"", 0 },
        { "http", "a.test", 1, false, { { 0 } }, { PART("HTTP/1.1 600 x\r\n") },
          DIALOGUE_BROKEN, "not HTTP: peer sent \"HTTP/1.1 600 x\"", 0 },
        { "http", "a.test", 1, false, { { 0 } }, { PART("HTTP/1.1 2000 x\r\n") },
          DIALOGUE_BROKEN, "not HTTP", 0 },
        { "http", "a.test", 1, false, { { 0 } }, { PART("HTTP/1.1\r\n") },
          DIALOGUE_BROKEN, "not HTTP", 0 },
        { "http", "a.test", 1, false, { { 0 } }, { PART("\n") }, DIALOGUE_BROKEN, "not HTTP", 0 },
        /* SOCKS5 */
        { "socks5", "mx.far.test", 25, false, { HELLO, CONNECT_NAME },
          { PART("\5\0"), PART("\5\0\0\1\x7f\0\0\1\x1f\x90") }, DIALOGUE_READY, "", 0 },
        { "socks5", "mx.far.test", 25, true, { HELLO_LOGIN, LOGIN, CONNECT_NAME },
          { PART("\5\2"), PART("\1\0"), PART("\5\0\0\3\3abc\0\1") }, DIALOGUE_READY, "", 0 },
        { "socks5", "mx.far.test", 25, true, { HELLO_LOGIN, CONNECT_NAME },
          { PART("\5\0"), PART("\5\0\0\1\0\0\0\0\0\0" "220 hi") }, DIALOGUE_READY, "", 6 },
        { "socks5", "192.0.2.1", 443, false, { HELLO, PART("\5\1\0\1\xc0\0\2\1\1\xbb") },
          { PART("\5\0"), PART("\5\0\0\4" "0123456789abcdef" "\0\1") }, DIALOGUE_READY, "", 0 },
        { "socks5", "2001:db8::1", 443, false,
          { HELLO, PART("\5\1\0\4\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\1\xbb") },
          { PART("\5\0"), PART("\5\5") }, DIALOGUE_REFUSED,
          "peer refused: connection refused (SOCKS5 reply 5)", 0 },
        { "socks5", "a.test", 1, false, { HELLO }, { PART("\5\xff") }, DIALOGUE_REFUSED,
          "peer refused: it wants a user and a password (SOCKS5 method 255)", 0 },
        { "socks5", "a.test", 1, true, { HELLO_LOGIN, LOGIN }, { PART("\5\2"), PART("\1\1") },
          DIALOGUE_REFUSED, "peer refused: user or password is wrong", 0 },
        { "socks5", "a.test", 1, false, { HELLO }, { PART("\5\2") }, DIALOGUE_BROKEN,
          "peer chose a SOCKS5 method that was not offered (2)", 0 },
        { "socks5", "a.test", 1, false, { HELLO, { 0 } }, { PART("\5\0"), PART("\5\x63") },
          DIALOGUE_REFUSED, "(SOCKS5 reply 99)", 0 },
        { "socks5", "a.test", 1, false, { HELLO, { 0 } }, { PART("\5\0"), PART("\5\0\0\7\0") },
          DIALOGUE_BROKEN, "not SOCKS5", 0 },
        { "socks5", "a.test", 1, false, { HELLO }, { PART("\4\0") }, DIALOGUE_BROKEN, "not SOCKS5",
          1 },
        { "socks5", "a.test", 1, false, { HELLO }, { PART("HTTP/1.1 400 Bad Request\r\n") },
          DIALOGUE_BROKEN, "not SOCKS5: peer sent \"H", 25 },
        { "socks5", "a.test", 1, true, { HELLO_LOGIN, LOGIN }, { PART("\5\2"), PART("\1") },
          DIALOGUE_ON, "no answer to user and password", 0 },
        /* an answer that comes with the one before it, and before it was asked for */
        { "socks5", "a.test", 1, false, { HELLO }, { PART("\5\0\5\0\0\1\0\0\0\0\0\0") },
          DIALOGUE_BROKEN, "before it was asked", SIZE_MAX },
};

static void say(struct dialogue *d, const struct part *awaited)
{
        size_t n;
        const void *bytes = dialogue_to_send(d, &n);

        if (awaited->bytes) {
                assert_int_equal(n, awaited->n);
                assert_memory_equal(bytes, awaited->bytes, n);
        }
        dialogue_sent(d, n);
}

/* @cut bytes at a time. */
static void converse(const struct row *row, size_t cut)
{
        const struct dialogue_terms terms = {
                .host = row->host, .port = row->port,
                .user = row->has_login ? "user" : NULL,
                .password = row->has_login ? "secret" : NULL,
        };
        struct dialogue *d = dialogue_new(proxy_dialect(row->dialect), &terms);
        enum dialogue_progress progress = DIALOGUE_ON;
        size_t left = 0;

        for (size_t i = 0; row->peer[i].bytes; i++) {
                const struct part *part = &row->peer[i];

                say(d, &row->said[i]);
                for (size_t at = 0; at < part->n; at += cut) {
                        size_t n = part->n - at < cut ? part->n - at : cut, used = 0;

                        if (progress == DIALOGUE_ON)
                                progress = dialogue_hear(d, part->bytes + at, n, &used);
                        left += n - used;
                }
        }
        assert_int_equal(progress, row->progress);
        if (!strstr(dialogue_words(d), row->words))
                fail_msg("\"%s\" instead of \"%s\"", dialogue_words(d), row->words);
        assert_null(strstr(dialogue_words(d), "secret"));
        if (row->left != SIZE_MAX)
                assert_int_equal(left, row->left);
        dialogue_free(d);
}

static void every_answer_has_its_outcome_however_it_is_cut(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                print_message("           %s %s\n", ROWS[i].dialect, ROWS[i].words);
                for (size_t cut = 1; cut <= 8; cut++)
                        converse(&ROWS[i], cut);
                converse(&ROWS[i], SAID_MAX);
        }
}

static void what_a_proxy_says_is_bounded(void **state)
{
        const struct dialogue_terms terms = { .host = "a.test", .port = 1 };
        struct dialogue *d = dialogue_new(proxy_dialect("http"), &terms);
        static const char INTERIM[] = "HTTP/1.1 102 wait\r\n\r\n";
        size_t n, used, total = 0;

        (void)state;
        dialogue_to_send(d, &n);
        dialogue_sent(d, n);
        while (dialogue_hear(d, INTERIM, sizeof(INTERIM) - 1, &used) == DIALOGUE_ON)
                assert_true((total += used) <= DIALOGUE_MAX_BYTES);
        assert_non_null(strstr(dialogue_words(d), "more than"));
        dialogue_free(d);

        d = dialogue_new(proxy_dialect("http"), &terms);
        dialogue_to_send(d, &n);
        dialogue_sent(d, n);
        for (total = 0; dialogue_hear(d, "HTTP/1.1 ", 9, &used) == DIALOGUE_ON; total += used)
                assert_true(total <= DIALOGUE_MAX_BYTES);
        dialogue_free(d);
}

/* ---- who asks ------------------------------------------------------------------------------- */

static char path[] = "/tmp/notafter-test-proxy-XXXXXX";

static int make_file(void **state)
{
        int fd = mkstemp(path);

        (void)state;
        return fd < 0 ? -1 : close(fd);
}

static int drop_file(void **state)
{
        (void)state;
        return unlink(path);
}

static void write_file(const void *bytes, size_t n)
{
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        assert_int_equal(fwrite(bytes, 1, n, f), n);
        fclose(f);
}

static void user_and_password_come_from_the_first_line(void **state)
{
        static const struct {
                struct part file;
                const char *user, *password; /* NULL = it is refused */
        } FILES[] = {
                { PART("user:secret"), "user", "secret" },
                { PART("user:se:cret\r\nmore\n"), "user", "se:cret" },
                { PART("us\xc3\xa9r: s \n"), "us\xc3\xa9r", " s " },
                { PART(""), NULL, NULL },
                { PART("\nuser:secret\n"), NULL, NULL },
                { PART("usersecret\n"), NULL, NULL },
                { PART(":secret\n"), NULL, NULL },
                { PART("user:\n"), NULL, NULL },
                { PART("user:sec\0ret\n"), NULL, NULL },
                { PART("user:sec\x1bret\n"), NULL, NULL },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
                CLEANUP(proxy_free_at_exit) struct proxy *p = NULL;
                AUTO_FREE char *error = NULL;

                write_file(FILES[i].file.bytes, FILES[i].file.n);
                int r = proxy_new(&p, "socks5://[2001:db8::1]:1080", path, &error);

                assert_int_equal(r, FILES[i].user ? 0 : -EINVAL);
                if (r < 0) {
                        assert_non_null(strstr(error, "does not begin with a line user:password"));
                        assert_null(strstr(error, "sec"));
                        continue;
                }
                assert_string_equal(p->user, FILES[i].user);
                assert_string_equal(p->password, FILES[i].password);
                assert_string_equal(p->host, "2001:db8::1");
                assert_string_equal(p->name, "[2001:db8::1]:1080");
                assert_int_equal(p->port, 1080);
        }
}

static void a_login_is_bounded_and_its_file_is_one(void **state)
{
        char line[2 * PROXY_MAX_LOGIN + 2];
        CLEANUP(proxy_free_at_exit) struct proxy *p = NULL;
        AUTO_FREE char *error = NULL, *error2 = NULL, *error3 = NULL;

        (void)state;
        memset(line, 'x', sizeof(line));
        line[PROXY_MAX_LOGIN] = ':';
        write_file(line, sizeof(line) - 1);
        assert_int_equal(proxy_new(&p, "http://a.test:1", path, &error), 0);
        assert_int_equal(strlen(p->password), PROXY_MAX_LOGIN);
        proxy_free(TAKE(p));
        write_file(line, sizeof(line)); /* one more */
        assert_int_equal(proxy_new(&p, "http://a.test:1", path, &error), -EINVAL);
        assert_int_equal(proxy_new(&p, "http://a.test:1", "/dev/zero", &error2), -EINVAL);
        assert_non_null(strstr(error2, "/dev/zero: Not a regular file"));
        assert_int_equal(proxy_new(&p, "http://a.test:1", "/nowhere", &error3), -EINVAL);
        assert_non_null(strstr(error3, "cannot read /nowhere: No such file"));
}

static void proxies_are_the_same_when_all_of_them_is(void **state)
{
        struct proxy *p[5] = { NULL };
        char *error = NULL;

        (void)state;
        write_file("a:b\n", 4);
        assert_int_equal(proxy_new(&p[0], "http://a.test:1", path, &error), 0);
        assert_int_equal(proxy_new(&p[1], "http://a.test:1", NULL, &error), 0);
        assert_int_equal(proxy_new(&p[2], "socks5://a.test:1", path, &error), 0);
        write_file("a:c\n", 4);
        assert_int_equal(proxy_new(&p[3], "http://a.test:1", path, &error), 0);
        for (size_t i = 0; i < ARRAY_LEN(p); i++)
                for (size_t j = 0; j < ARRAY_LEN(p); j++)
                        assert_int_equal(proxy_same(p[i], p[j]), i == j);
        for (size_t i = 0; i < ARRAY_LEN(p); i++)
                proxy_free(p[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_answer_has_its_outcome_however_it_is_cut),
                cmocka_unit_test(what_a_proxy_says_is_bounded),
                cmocka_unit_test(user_and_password_come_from_the_first_line),
                cmocka_unit_test(a_login_is_bounded_and_its_file_is_one),
                cmocka_unit_test(proxies_are_the_same_when_all_of_them_is),
        };

        return cmocka_run_group_tests(tests, make_file, drop_file);
}
