/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every bad/NN-name.yaml is refused with exactly the lines of bad/NN-name.expected.
 *
 * To add one: write the .yaml, run the test, read what it prints, and save that as .expected if it
 * is what a person should be told.
 */
#include "tests/unit/config/helpers.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <glob.h>
#include <stdio.h>
#include <unistd.h>

#define EXPECTED_MAX_BYTES (64U << 10)
#define BAD_FILES_AT_LEAST 40

static char *read_file(const char *path)
{
        struct buf b = BUF_INIT(EXPECTED_MAX_BYTES);
        FILE *f = fopen(path, "re");
        char chunk[4096];

        for (size_t n; f && (n = fread(chunk, 1, sizeof(chunk), f)) > 0;)
                buf_append(&b, chunk, n);
        if (f)
                fclose(f);
        return buf_steal(&b);
}

static void check_file(const char *path)
{
        AUTO_FREE char *expected_path = mem_printf("%.*s.expected", (int)strlen(path) - 5, path);
        AUTO_FREE char *expected = read_file(expected_path);
        struct buf lines = BUF_INIT(EXPECTED_MAX_BYTES);
        struct config_errors errors;
        struct config *c = NULL;

        if (config_load(&c, path, &errors) != -EINVAL)
                fail_msg("%s loads", path);
        assert_null(c);
        for (size_t i = 0; i < errors.n; i++)
                buf_printf(&lines, "%s\n", errors.items[i]);
        if (strcmp(buf_str(&lines), expected) != 0)
                fail_msg("%s says:\n%s\nexpected:\n%s", path, buf_str(&lines), expected);
        buf_done(&lines);
        config_errors_done(&errors);
}

static void every_bad_file__says_what_is_wrong_and_where(void **state)
{
        glob_t found = { 0 };

        (void)state;
        assert_int_equal(chdir(TEST_DATA_DIR "/bad"), 0);
        assert_int_equal(glob("*.yaml", 0, NULL, &found), 0);
        assert_true(found.gl_pathc >= BAD_FILES_AT_LEAST);
        for (size_t i = 0; i < found.gl_pathc; i++)
                check_file(found.gl_pathv[i]);
        globfree(&found);
}

static void a_missing_file__is_an_error(void **state)
{
        struct config_errors errors;
        struct config *c = NULL;

        (void)state;
        assert_int_equal(config_load(&c, "/nonexistent.yaml", &errors), -EINVAL);
        assert_int_equal(errors.n, 1);
        assert_string_equal(errors.items[0], "/nonexistent.yaml:1:1: cannot read "
                                             "/nonexistent.yaml: No such file or directory");
        config_errors_done(&errors);
}

static void errors__stop_at_the_limit_and_say_so(void **state)
{
        struct buf b = BUF_INIT(1U << 20);
        struct config_errors errors;
        struct config *c = NULL;

        (void)state;
        for (int i = 0; i < 1000; i++)
                buf_printf(&b, "key%d: 1\n", i);
        assert_int_equal(config_load_bytes(&c, "t", b.data, b.len, &errors), -EINVAL);
        assert_int_equal(errors.n, CONFIG_MAX_ERRORS + 1);
        assert_string_equal(errors.items[CONFIG_MAX_ERRORS],
                            "t:200:1: and more: reading stopped after 200 errors");
        config_errors_done(&errors);
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_bad_file__says_what_is_wrong_and_where),
                cmocka_unit_test(a_missing_file__is_an_error),
                cmocka_unit_test(errors__stop_at_the_limit_and_say_so),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
