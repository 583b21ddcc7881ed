/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures against values computed elsewhere: the first is the example of the Standard Webhooks
 * libraries, the others come from Python's hmac module.
 */
#include "sample.h"

#include "daemon/alert/webhook_sign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_EXAMPLE "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define SECRET_24 "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
#define SECRET_64                                                                                  \
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4"       \
        "OTo7PD0+Pw=="
#define EXAMPLE_ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define EXAMPLE_TIME 1614265330
#define EXAMPLE_BODY "{\"test\": 2432232314}"

static char *signed_by(const char *secrets, const char *id, int64_t at_s, const char *body)
{
        struct webhook_secrets s;
        char *error;

        assert_int_equal(webhook_secrets_parse(&s, secrets, strlen(secrets), &error), 0);
        assert_null(error);
        char *signature = webhook_signature(&s, id, at_s, body, strlen(body));

        webhook_secrets_done(&s);
        return signature;
}

static void signatures_are_those_of_others(void **state)
{
        static const struct {
                const char *secrets, *id;
                int64_t at_s;
                const char *body, *signature;
        } ROWS[] = {
                { SECRET_EXAMPLE, EXAMPLE_ID, EXAMPLE_TIME, EXAMPLE_BODY,
                  "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" },
                { SECRET_24 "\n", EXAMPLE_ID, EXAMPLE_TIME, EXAMPLE_BODY,
                  "v1,/485aUtxlie+TIScVpHggMfqOB4so2KWb7+Gf727B44=" },
                { SECRET_64, "msg_00", 0, "", "v1,3Gr6FEvotc2lGPfqf3j06LgSshvUd50FOA1YPqQ08mE=" },
                { "\n" SECRET_EXAMPLE " \r\n\r\n" SECRET_24, EXAMPLE_ID, EXAMPLE_TIME, EXAMPLE_BODY,
                  "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
                  "v1,/485aUtxlie+TIScVpHggMfqOB4so2KWb7+Gf727B44=" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *s = signed_by(ROWS[i].secrets, ROWS[i].id, ROWS[i].at_s,
                                              ROWS[i].body);

                assert_string_equal(s, ROWS[i].signature);
        }
}

static void without_a_secret_there_is_no_signature(void **state)
{
        struct webhook_secrets none = { 0 };
        AUTO_FREE char *s = webhook_signature(&none, "msg_00", 0, "{}", 2);

        (void)state;
        assert_string_equal(s, "");
}

static void bad_secrets_are_refused_and_not_shown(void **state)
{
        static const struct {
                const char *text, *says;
        } ROWS[] = {
                { "", "no webhook secret" },
                { "\n \n", "no webhook secret" },
                { "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "line 1: a webhook secret begins with" },
                { "whsec_", "not base64" },
                { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "not base64" },
                { "whsec_MfKQ9r8GKYqrTwjU PD8ILPZIo2LaLaS", "not base64" },
                { "whsec_MfKQ9r8GKYqrTwjU-D8ILPZIo2LaLaSw", "not base64" },
                { "whsec_MfKQ=r8GKYqrTwjUPD8ILPZIo2LaLaSw", "not base64" },
                { "whsec_====", "not base64" },
                { "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=", "24 to 64 bytes" },
                { "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1"
                  "Njc4OTo7PD0+P0A=", "24 to 64 bytes" },
                { SECRET_24 "\n\nMfKQ9r8GKYqrTwjU", "line 3: " },
                { SECRET_24 "\n" SECRET_24 "\n" SECRET_24 "\n" SECRET_24 "\n" SECRET_24, "line 5" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct webhook_secrets s;
                AUTO_FREE char *error = NULL;

                assert_int_equal(webhook_secrets_parse(&s, ROWS[i].text, strlen(ROWS[i].text),
                                                       &error), -EINVAL);
                assert_non_null(error);
                assert_int_equal(s.n, 0);
                assert_non_null(strstr(error, ROWS[i].says));
                assert_null(strstr(error, "MfKQ"));
                assert_null(strstr(error, "AAEC"));
        }
}

static void secrets_come_from_a_file(void **state)
{
        char path[] = "/tmp/notafter-secret-XXXXXX";
        struct webhook_secrets s;
        char *error = NULL;
        int fd = mkstemp(path);

        (void)state;
        assert_true(fd >= 0);
        assert_true(dprintf(fd, "%s\n", SECRET_24) > 0);
        assert_int_equal(webhook_secrets_read(&s, path, &error), 0);
        assert_int_equal(s.n, 1);
        assert_int_equal(s.keys[0].len, 24);

        assert_true(dprintf(fd, "rubbish\n") > 0);
        assert_int_equal(webhook_secrets_read(&s, path, &error), -EINVAL);
        assert_non_null(strstr(error, path));
        assert_non_null(strstr(error, "line 2"));
        free(error);

        assert_int_equal(ftruncate(fd, WEBHOOK_MAX_FILE_BYTES), 0);
        assert_int_equal(webhook_secrets_read(&s, path, &error), -EFBIG);
        free(error);
        close(fd);
        unlink(path);
        assert_int_equal(webhook_secrets_read(&s, path, &error), -ENOENT);
        assert_non_null(strstr(error, "No such file"));
        free(error);
}

/* Whoever opens a FIFO to read waits for a writer, unless told not to. */
static void secret_that_is_no_file_is_refused_at_once(void **state)
{
        char dir[] = "/tmp/notafter-fifo-XXXXXX";
        struct webhook_secrets s;

        (void)state;
        assert_non_null(mkdtemp(dir));
        AUTO_FREE char *fifo = mem_printf("%s/fifo", dir);
        const char *const paths[] = { fifo, dir, "/dev/zero" };

        assert_int_equal(mkfifo(fifo, 0600), 0);
        alarm(10);
        for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
                AUTO_FREE char *error = NULL;

                assert_int_equal(webhook_secrets_read(&s, paths[i], &error), -EINVAL);
                assert_non_null(strstr(error, paths[i]));
                assert_non_null(strstr(error, "not a regular file"));
        }
        alarm(0);
        unlink(fifo);
        rmdir(dir);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(signatures_are_those_of_others),
                cmocka_unit_test(without_a_secret_there_is_no_signature),
                cmocka_unit_test(bad_secrets_are_refused_and_not_shown),
                cmocka_unit_test(secrets_come_from_a_file),
                cmocka_unit_test(secret_that_is_no_file_is_refused_at_once),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
