/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask: by which names, and with which secrets. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/web/guard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/notafter-guard-XXXXXX";

static int make_folder(void **state)
{
        (void)state;
        return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
        (void)state;
        return rmdir(folder);
}

/* A file with that text; its path, for free_file(). */
static char *file_of(const char *name, const char *text, size_t n)
{
        char *path = mem_printf("%s/%s", folder, name);
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, n, f), n);
        assert_int_equal(fclose(f), 0);
        return path;
}

static void free_file(char *path)
{
        unlink(path);
        free(path);
}

static struct guard *guard_of(const struct config_listen *l)
{
        AUTO_FREE char *error = NULL;
        struct guard *g = NULL;

        assert_int_equal(guard_new(&g, l, &error), 0);
        assert_null(error);
        return g;
}

static void only_our_names_are_answered(void **state)
{
        static const struct {
                const char *host;
                bool known;
        } ROWS[] = {
                { "127.0.0.1", true }, { "127.0.0.1:9219", true }, { "192.0.2.7:80", true },
                { "[::1]", true }, { "[::1]:9219", true }, { "localhost", true },
                { "LocalHost:9219", true }, { "tls.example", true }, { "TLS.example:443", true },
                { NULL, true },
                { "", false }, { "evil.example", false }, { "tls.example.evil.example", false },
                { "evil.tls.example", false }, { "localhost.evil.example", false },
                { "127.0.0.1.evil.example:9219", false }, { "127.0.0.1:9219:1", false },
                { "tls.example:x", false }, { "tls.example@evil.example", false },
                { "127.1", false }, { "0x7f000001", false }, { "[::1", false }, { "[evil]", false },
                { "tls.example, evil.example", false },
        };
        char *hosts[] = { "tls.example" };
        struct guard *g = guard_of(&(struct config_listen){ .address = "127.0.0.1:0",
                                                            .hosts = hosts, .n_hosts = 1 });
        struct guard *local = guard_of(&(struct config_listen){ .address = "/run/x" });

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                assert_int_equal(guard_knows_host(g, ROWS[i].host), ROWS[i].known);
                assert_true(guard_knows_host(local, ROWS[i].host));
        }
        guard_free(g);
        guard_free(local);
}

static void a_secret_is_needed_where_there_are_some(void **state)
{
        static const char TOKENS[] = "first\n\n  second  \r\nYWRtaW46c2VjcmV0";
        static const char PASSWORDS[] = "admin:secret\nb:\n";
        static const struct {
                const char *authorization;
                bool good;
        } ROWS[] = {
                { "Bearer first", true }, { "bearer   second", true }, { "BEARER second", true },
                { "Basic YWRtaW46c2VjcmV0", true }, /* admin:secret */
                { "Basic Yjo=", true },             /* b: */
                { NULL, false }, { "", false }, { "Bearer", false }, { "Bearer ", false },
                { "Bearer firs", false }, { "Bearer first2", false }, { "Bearer first ", false },
                { "Bearer Yjo=", false }, /* the one is not the other */
                { "Basic Zmlyc3Q=", false }, { "Basic admin:secret", false },
                { "Basic YWRtaW46c2VjcmVU", false }, { "Digest first", false }, { "first", false },
        };
        char *tokens = file_of("tokens", TOKENS, strlen(TOKENS));
        char *passwords = file_of("passwords", PASSWORDS, strlen(PASSWORDS));
        struct guard *g = guard_of(&(struct config_listen){ .address = "/x", .token_file = tokens,
                                                            .password_file = passwords });
        struct guard *open = guard_of(&(struct config_listen){ .address = "/x" });

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                assert_int_equal(guard_admits(g, ROWS[i].authorization), ROWS[i].good);
                assert_true(guard_admits(open, ROWS[i].authorization));
        }
        assert_true(guard_has_secrets(g));
        assert_false(guard_has_secrets(open));
        assert_string_equal(guard_challenge(g), "Basic realm=\"notafter\", charset=\"UTF-8\"");
        guard_free(g);
        guard_free(open);
        free_file(tokens);
        free_file(passwords);
}

/* Nobody, or everybody, could ask. And no error may tell a secret. */
static void a_file_that_is_of_no_use_is_an_error(void **state)
{
        static const struct {
                const char *text;
                size_t n;
                bool password;
                const char *error; /* a part of it */
        } ROWS[] = {
                { "", 0, false, "empty" }, { "\n \n", 3, true, "empty" },
                { "geheim\ntwo words\n", 17, false, "line 2: it is no token" },
                { "geheim\n", 7, true, "line 1: it is no user:password" },
                { "geh\0eim", 7, false, "it is no token" },
                { "a:geh\x01", 6, true, "it is no user:password" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                char *path = file_of("secret", ROWS[i].text, ROWS[i].n);
                struct config_listen l = { .address = "/x" };
                AUTO_FREE char *error = NULL;
                struct guard *g = NULL;

                *(ROWS[i].password ? &l.password_file : &l.token_file) = path;
                assert_int_equal(guard_new(&g, &l, &error), -EBADMSG);
                assert_non_null(strstr(error, ROWS[i].error));
                assert_null(strstr(error, "geh"));
                assert_null(g);
                free_file(path);
        }
}

static void files_that_are_missing_are_errors(void **state)
{
        const struct config_listen rows[] = {
                { .address = "/x", .token_file = "/nonexistent" },
                { .address = "/x", .password_file = "/nonexistent" },
                { .address = "/x", .cert_file = "/nonexistent", .key_file = "/nonexistent" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                AUTO_FREE char *error = NULL;
                struct guard *g = NULL;

                assert_true(guard_new(&g, &rows[i], &error) < 0);
                assert_non_null(strstr(error, "/nonexistent"));
                assert_non_null(strstr(error, "No such file or directory"));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_our_names_are_answered),
                cmocka_unit_test(a_secret_is_needed_where_there_are_some),
                cmocka_unit_test(a_file_that_is_of_no_use_is_an_error),
                cmocka_unit_test(files_that_are_missing_are_errors),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
