/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that succeeds or ends the process, and the scope-exit macros. */
#include "tests/unit/base/unit.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void fresh_memory_is_zeroed_and_never_null(void **state)
{
        AUTO_FREE unsigned char *p = mem_new0(100, 7);
        AUTO_FREE void *none = mem_new0(0, 16), *nothing = mem_new0(16, 0);

        (void)state;
        for (size_t i = 0; i < 700; i++)
                assert_int_equal(p[i], 0);
        assert_non_null(none);
        assert_non_null(nothing);
}

static void resizing_keeps_what_was_there(void **state)
{
        int *p = mem_resize(NULL, 2, sizeof(*p));

        (void)state;
        p[0] = 1;
        p[1] = 2;
        p = mem_resize(p, 1000, sizeof(*p));
        p[999] = 3;
        assert_int_equal(p[0] + p[1] + p[999], 6);
        p = mem_resize(p, 0, sizeof(*p));
        assert_non_null(p);
        free(p);
}

static void copies_are_followed_by_a_nul(void **state)
{
        AUTO_FREE char *bytes = mem_copy("a\0bc", 3), *empty = mem_copy(NULL, 0);
        AUTO_FREE char *copy = mem_strdup("text"), *printed = mem_printf("%s-%d", "x", 7);

        (void)state;
        assert_memory_equal(bytes, "a\0b", 4);
        assert_string_equal(empty, "");
        assert_string_equal(copy, "text");
        assert_string_equal(printed, "x-7");
        assert_null(mem_strdup(NULL));
}

static void taking_moves_ownership_and_leaves_null(void **state)
{
        AUTO_FREE char *mine = mem_strdup("text");
        AUTO_FREE char *yours = TAKE(mine);

        (void)state;
        assert_null(mine);
        assert_string_equal(yours, "text");
}

/* Runs @fn in a child with its messages thrown away; the signal that ended it. */
static int signal_that_ends(void (*fn)(void))
{
        int status = 0;
        pid_t child = fork();

        if (child == 0) {
                setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
                signal(SIGABRT, SIG_DFL);
                close(STDERR_FILENO);
                fn();
                _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void running_out_of_memory_ends_the_process(void **state)
{
        (void)state;
        assert_int_equal(signal_that_ends(mem_exhausted), SIGABRT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(fresh_memory_is_zeroed_and_never_null),
                cmocka_unit_test(resizing_keeps_what_was_there),
                cmocka_unit_test(copies_are_followed_by_a_nul),
                cmocka_unit_test(taking_moves_ownership_and_leaves_null),
                cmocka_unit_test(running_out_of_memory_ends_the_process),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
