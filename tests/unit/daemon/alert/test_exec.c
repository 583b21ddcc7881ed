/* SPDX-License-Identifier: Apache-2.0 */
/* Programs as receivers: scripts of our own, run for real. */
#include "sample.h"

#include "daemon/alert/receiver.h"

#include "config/model.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAYLOAD "{\"a\":1}"

struct rig {
        struct event_base *base;
        struct config_receiver cfg;
        char *command[3];
        struct receiver *receiver;
        char folder[64], script[96], seen[96];
        struct message message;
        int answers;
        enum send_result result;
        char *reason;
};

static int setup(void **state)
{
        struct rig *rig = mem_new0(1, sizeof(*rig));

        *rig = (struct rig){ .base = event_base_new(), .message = sample() };
        strcpy(rig->folder, "/tmp/notafter-exec-XXXXXX");
        assert_non_null(mkdtemp(rig->folder));
        snprintf(rig->script, sizeof(rig->script), "%s/script", rig->folder);
        snprintf(rig->seen, sizeof(rig->seen), "%s/seen", rig->folder);
        *state = rig;
        return 0;
}

static int teardown(void **state)
{
        struct rig *rig = *state;

        receiver_free(rig->receiver);
        event_base_free(rig->base);
        message_done(&rig->message);
        unlink(rig->script);
        unlink(rig->seen);
        rmdir(rig->folder);
        free(rig->reason);
        free(rig);
        return 0;
}

static void open_script(struct rig *rig, const char *text, int64_t timeout_ms)
{
        AUTO_FREE char *error = NULL;
        FILE *f = fopen(rig->script, "w");

        fprintf(f, "#!/bin/sh\n%s\n", text);
        fclose(f);
        chmod(rig->script, 0700);
        rig->command[0] = rig->script;
        rig->command[1] = rig->seen;
        rig->command[2] = (char *)"two words; $(date)";
        rig->cfg = (struct config_receiver){ .name = (char *)"ops", .kind = RECEIVER_EXEC,
                                             .command = rig->command, .n_command = 3,
                                             .timeout_ms = timeout_ms };
        if (receiver_new(&rig->receiver, rig->base, &rig->cfg, NULL, &error) < 0)
                fail_msg("receiver_new: %s", error);
}

static void on_done(enum send_result result, const char *reason, int64_t retry_after_s, void *arg)
{
        struct rig *rig = arg;

        (void)retry_after_s;
        free(rig->reason);
        rig->answers++;
        rig->result = result;
        rig->reason = mem_strdup(reason);
        event_base_loopbreak(rig->base);
}

static void send_it(struct rig *rig)
{
        rig->answers = 0;
        receiver_send(rig->receiver, &rig->message, PAYLOAD, on_done, rig);
        assert_int_equal(rig->answers, 0);
        event_base_dispatch(rig->base);
        assert_int_equal(rig->answers, 1);
}

static char *read_seen(const struct rig *rig)
{
        char *text = mem_new0(1, 8192);
        FILE *f = fopen(rig->seen, "r");

        assert_non_null(f);
        assert_true(fread(text, 1, 8191, f) > 0);
        fclose(f);
        return text;
}

static void assert_reason(const struct rig *rig, const char *says)
{
        assert_int_equal(rig->result, SEND_RETRY);
        assert_non_null(rig->reason);
        if (!strstr(rig->reason, says))
                fail_msg("\"%s\" does not say \"%s\"", rig->reason, says);
}

static void program_gets_arguments_input_and_words(void **state)
{
        struct rig *rig = *state;

        setenv("HUSH", "secret", 1);
        replace_text(&rig->message.name, "a\nb\x1b");
        open_script(rig, "{ echo \"$# $2\"; cat; echo; pwd; env | sort; } >$1", 60000);
        send_it(rig);
        assert_null(rig->reason);
        assert_int_equal(rig->result, SEND_OK);
        AUTO_FREE char *seen = read_seen(rig);

        static const char BEGINS[] = "2 two words; $(date)\n" PAYLOAD "\n/\nNOTAFTER_";

        assert_memory_equal(seen, BEGINS, strlen(BEGINS));
        assert_non_null(strstr(seen, "\nNOTAFTER_CODE=leaf-expired\n"));
        assert_non_null(strstr(seen, "\nNOTAFTER_ID=" SAMPLE_ID "\n"));
        assert_non_null(strstr(seen, "\nNOTAFTER_NAME=a\\x0Ab\\x1B\n"));
        assert_non_null(strstr(seen, "\nNOTAFTER_SINCE=2026-11-23T08:59:00Z\n"));
        assert_non_null(strstr(seen, "\nPATH=/usr/local/sbin:"));
        assert_null(strstr(seen, "HUSH"));
        unsetenv("HUSH");
}

static void failure_is_told_with_what_the_program_said(void **state)
{
        struct rig *rig = *state;

        open_script(rig, "echo 'no such room' >&2; exit 3", 60000);
        send_it(rig);
        assert_reason(rig, "/script ended with status 3: no such room");
        assert_string_equal(strstr(rig->reason, "room"), "room");
        send_it(rig); /* and it may be tried again */
        assert_reason(rig, "ended with status 3");
}

static void signal_is_told(void **state)
{
        struct rig *rig = *state;

        open_script(rig, "kill -SEGV $$", 60000);
        send_it(rig);
        assert_reason(rig, "was ended by signal 11 (Segmentation fault)");
}

static void program_that_hangs_is_killed(void **state)
{
        struct rig *rig = *state;

        open_script(rig, "echo $$ >$1; trap '' TERM; sleep 1000", 300);
        send_it(rig);
        assert_reason(rig, "was killed: it did not end within 0.3 s");
}

/* Does the process whose number is in the file still run? A zombie does not. */
static bool runs(const struct rig *rig)
{
        AUTO_FREE char *seen = read_seen(rig);
        AUTO_FREE char *path = mem_printf("/proc/%d/stat", atoi(seen));
        char line[512] = "";
        FILE *f = fopen(path, "r");

        if (!f)
                return false;
        bool got = fgets(line, sizeof(line), f) != NULL;

        fclose(f);
        return got && strstr(line, ") Z") == NULL;
}

static void assert_ends(const struct rig *rig)
{
        for (int i = 0; i < 6000 && runs(rig); i++)
                usleep(10000);
        assert_false(runs(rig));
}

static void what_it_leaves_running_is_killed(void **state)
{
        struct rig *rig = *state;

        open_script(rig, "sleep 1000 & echo $! >$1", 60000);
        send_it(rig);
        assert_int_equal(rig->result, SEND_OK);
        assert_ends(rig);
}

static void endless_output_is_bounded(void **state)
{
        struct rig *rig = *state;

        open_script(rig, "yes; exit 4", 60000); /* yes is ended by SIGPIPE */
        send_it(rig);
        assert_reason(rig, "ended with status 4: y y y");
        assert_true(strlen(rig->reason) < 400);
}

static void freed_receiver_kills_its_program(void **state)
{
        struct rig *rig = *state;

        open_script(rig, "echo $$ >$1.new; mv $1.new $1; sleep 1000", 60000);
        receiver_send(rig->receiver, &rig->message, PAYLOAD, on_done, rig);
        while (access(rig->seen, F_OK) < 0)
                usleep(10000);
        receiver_free(rig->receiver);
        rig->receiver = NULL;
        assert_ends(rig);
        event_base_loop(rig->base, EVLOOP_NONBLOCK);
        assert_int_equal(rig->answers, 0);
}

static void program_that_cannot_run_is_refused(void **state)
{
        struct rig *rig = *state;
        AUTO_FREE char *error = NULL;

        open_script(rig, "exit 0", 60000);
        chmod(rig->script, 0600);
        assert_int_equal(receiver_check(&rig->cfg, &error), -EACCES);
        assert_non_null(strstr(error, "/script: Permission denied"));
        send_it(rig);
        assert_reason(rig, "cannot run ");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(program_gets_arguments_input_and_words),
                TEST(failure_is_told_with_what_the_program_said),
                TEST(signal_is_told),
                TEST(program_that_hangs_is_killed),
                TEST(what_it_leaves_running_is_killed),
                TEST(endless_output_is_bounded),
                TEST(freed_receiver_kills_its_program),
                TEST(program_that_cannot_run_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
