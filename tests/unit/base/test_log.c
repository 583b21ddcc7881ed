/* SPDX-License-Identifier: Apache-2.0 */
/* The log, read back through a pipe in the place of standard error. */
#include "tests/unit/base/unit.h"

#include "common/base/cleanup.h"
#include "common/base/log.h"
#include "common/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
        int reader, saved;
        char text[65536];
} tap;

/* From now on what is logged can be taken. */
static int tap_open(void **state)
{
        int fds[2];

        (void)state;
        unsetenv("JOURNAL_STREAM");
        log_set_level(LOG_LEVEL_INFO);
        if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0)
                return -1;
        tap.saved = dup(STDERR_FILENO);
        tap.reader = fds[0];
        dup2(fds[1], STDERR_FILENO);
        close(fds[1]);
        return 0;
}

static int tap_close(void **state)
{
        (void)state;
        dup2(tap.saved, STDERR_FILENO);
        close(tap.saved);
        close(tap.reader);
        unsetenv("JOURNAL_STREAM");
        log_set_level(LOG_LEVEL_INFO);
        return 0;
}

/* What was logged since the last call; "" when nothing was. */
static const char *taken(void)
{
        ssize_t n = read(tap.reader, tap.text, sizeof(tap.text) - 1);

        tap.text[n > 0 ? n : 0] = '\0';
        return tap.text;
}

static void a_line_names_its_level_when_it_is_bad(void **state)
{
        (void)state;
        log_info("ready, %d endpoints", 3);
        assert_string_equal(taken(), "ready, 3 endpoints\n");
        log_warning("late");
        assert_string_equal(taken(), "warning: late\n");
        log_error("broken");
        assert_string_equal(taken(), "error: broken\n");
}

/* What a fresh process logs, one line a level; the log asks only once who reads it. */
static const char *taken_from_a_fresh_process(const char *journal_stream)
{
        int status = -1;
        pid_t pid = fork();

        if (pid == 0) {
                setenv("JOURNAL_STREAM", journal_stream, 1);
                execl("/proc/self/exe", "test_log", "speak", (char *)NULL);
                _exit(127);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        return taken();
}

static int speak(void)
{
        log_set_level(LOG_LEVEL_DEBUG);
        log_error("e");
        log_warning("w");
        log_info("i");
        log_debug("d");
        return 0;
}

static void a_line_to_the_journal_carries_its_priority(void **state)
{
        char ours[64];
        struct stat st;

        (void)state;
        assert_int_equal(fstat(STDERR_FILENO, &st), 0);
        snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
        assert_string_equal(taken_from_a_fresh_process(ours), "<3>e\n<4>w\n<6>i\n<7>d\n");
}

/* A terminal inside a user's session inherits the variable, which then names another stream. */
static void a_line_to_anyone_else_does_not(void **state)
{
        static const char *const OTHERS[] = { "8:1234", "", "1", "nonsense" };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++)
                assert_string_equal(taken_from_a_fresh_process(OTHERS[i]),
                                    "error: e\nwarning: w\ni\nd\n");
}

static void lines_below_the_threshold_are_dropped(void **state)
{
        static const enum log_level LEVELS[] = {
                LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG,
        };

        (void)state;
        for (size_t t = 0; t < ARRAY_LEN(LEVELS); t++)
                for (size_t i = 0; i < ARRAY_LEN(LEVELS); i++) {
                        log_set_level(LEVELS[t]);
                        log_event(LEVELS[i], NULL, "x");
                        assert_int_equal(*taken() != '\0', i <= t);
                }
}

static void debugging_is_off_unless_asked_for(void **state)
{
        (void)state;
        log_debug("details");
        assert_string_equal(taken(), "");
}

static void foreign_bytes_cannot_forge_a_line(void **state)
{
        (void)state;
        log_info("%s", "a\nerror: b\r\x1b[2J\x7f\xff");
        assert_string_equal(taken(), "a\\x0Aerror: b\\x0D\\x1B[2J\\x7F\\xFF\n");
        log_info("%s", "\xe2\x80\xae" "caf\xc3\xa9");
        assert_string_equal(taken(), "\\xE2\\x80\\xAEcaf\xc3\xa9\n");
}

static void fields_follow_the_message_and_are_quoted_where_needed(void **state)
{
        const struct log_field fields[] = {
                { "endpoint", "example.com:443" },
                { "nothing", NULL },
                { "empty", "" },
                { "words", "two words" },
                { "quote", "say \"x\"" },
                { "equals", "a=b" },
                { "line", "a\nb" },
                { 0 },
        };

        (void)state;
        log_event(LOG_LEVEL_INFO, fields, "opened %s", "it");
        assert_string_equal(taken(), "opened it endpoint=example.com:443 empty=\"\" "
                                     "words=\"two words\" quote=\"say \\\"x\\\"\" equals=\"a=b\" "
                                     "line=a\\x0Ab\n");
}

/* Otherwise a value ending in a backslash would run on into the next field. */
static void a_backslash_in_a_quoted_field_cannot_hide_its_end(void **state)
{
        const struct log_field fields[] = {
                { "a", "ends with \\" }, { "b", "\\" }, { "c", "x" }, { 0 },
        };

        (void)state;
        log_event(LOG_LEVEL_INFO, fields, "m");
        assert_string_equal(taken(), "m a=\"ends with \\\\\" b=\"\\\\\" c=x\n");
}

static void no_line_is_endless_and_each_ends_with_one_line_feed(void **state)
{
        static const char *const FILLERS[] = { "x", "\x01", "\xe2\x82\xac" };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(FILLERS); i++) {
                size_t len = strlen(FILLERS[i]);
                char text[20001];

                for (size_t k = 0; k < sizeof(text) - 1; k++)
                        text[k] = FILLERS[i][k % len];
                text[sizeof(text) - 1] = '\0';
                log_error("%s", text);
                const char *line = taken(), *end = strchr(line, '\n');

                assert_non_null(end);
                assert_int_equal(end[1], '\0');
                assert_true(strlen(line) < 40000);
                assert_true(strlen(line) > 8000);
        }
}

static void levels_are_read_by_name(void **state)
{
        static const struct {
                const char *name;
                enum log_level level;
        } ROWS[] = {
                { "error", LOG_LEVEL_ERROR }, { "warning", LOG_LEVEL_WARNING },
                { "info", LOG_LEVEL_INFO }, { "debug", LOG_LEVEL_DEBUG },
        };
        static const char *const WRONG[] = { "", "Error", "warn", "7", "info " };
        enum log_level level = LOG_LEVEL_WARNING;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                assert_int_equal(log_level_parse(ROWS[i].name, &level), 0);
                assert_int_equal(level, ROWS[i].level);
        }
        for (size_t i = 0; i < ARRAY_LEN(WRONG); i++)
                assert_int_equal(log_level_parse(WRONG[i], &level), -EINVAL);
        assert_int_equal(level, LOG_LEVEL_DEBUG);
}

#define WITH_TAP(test) cmocka_unit_test_setup_teardown(test, tap_open, tap_close)

int main(int argc, char **argv)
{
        (void)argv;
        if (argc > 1)
                return speak();

        const struct CMUnitTest tests[] = {
                WITH_TAP(a_line_names_its_level_when_it_is_bad),
                WITH_TAP(a_line_to_the_journal_carries_its_priority),
                WITH_TAP(a_line_to_anyone_else_does_not),
                WITH_TAP(lines_below_the_threshold_are_dropped),
                WITH_TAP(debugging_is_off_unless_asked_for),
                WITH_TAP(foreign_bytes_cannot_forge_a_line),
                WITH_TAP(fields_follow_the_message_and_are_quoted_where_needed),
                WITH_TAP(a_backslash_in_a_quoted_field_cannot_hide_its_end),
                WITH_TAP(no_line_is_endless_and_each_ends_with_one_line_feed),
                cmocka_unit_test(levels_are_read_by_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
