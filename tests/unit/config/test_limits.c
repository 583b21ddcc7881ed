/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files made to hurt: each is refused, or loaded, in a child whose memory and time are measured.
 * The limits are generous against a busy machine; with a sanitizer only the outcome is checked.
 */
#include "tests/unit/config/helpers.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MB (1L << 20)
#define BOMB_BYTES (10 * MB)
#define BOMB_MAX_RSS_KB (64 * 1024)
#define BOMB_MAX_S 10

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEASURABLE 0
#else
#define MEASURABLE 1
#endif

typedef void write_fn(FILE *f);

static void repeat(FILE *f, const char *text, long bytes)
{
        for (long n = 0; n < bytes; n += (long)strlen(text))
                fputs(text, f);
}

static void write_laughs(FILE *f)
{
        fputs("endpoints:\n  - &l0 [x, x, x, x, x, x, x, x, x]\n", f);
        for (int i = 1; i < 12; i++) {
                fprintf(f, "  - &l%d [", i);
                for (int j = 0; j < 9; j++)
                        fprintf(f, "%s*l%d", j ? ", " : "", i - 1);
                fputs("]\n", f);
        }
}

/* One long label list, named again and again: wide instead of deep. */
static void write_wide_aliases(FILE *f)
{
        fputs("endpoints:\n  - &e [", f);
        repeat(f, "a, ", 50000);
        fputs("a]\n", f);
        repeat(f, "  - *e\n", BOMB_BYTES);
}

static void write_anchors(FILE *f)
{
        fputs("endpoints:\n", f);
        for (int i = 0; i < 400000; i++)
                fprintf(f, "  - &a%d host%d.example.com\n", i, i);
}

static void write_anchored_text(FILE *f)
{
        fputs("endpoints: &all\n", f);
        for (int i = 0; i < 200000; i++)
                fprintf(f, "  - host%d.with.a.rather.long.name.example.com\n", i);
}

static void write_deep_lists(FILE *f)
{
        fputs("endpoints: ", f);
        repeat(f, "[", BOMB_BYTES);
}

static void write_deep_mappings(FILE *f)
{
        repeat(f, "{a: ", BOMB_BYTES);
}

static void write_deep_blocks(FILE *f)
{
        repeat(f, "- ", BOMB_BYTES);
}

static void write_giant_plain(FILE *f)
{
        fputs("state: ", f);
        repeat(f, "a", BOMB_BYTES);
}

static void write_giant_quoted(FILE *f)
{
        fputs("state: \"", f);
        repeat(f, "\\n \\\n", BOMB_BYTES);
        fputs("\"\n", f);
}

static void write_giant_key(FILE *f)
{
        fputs("? |\n", f);
        repeat(f, "  text of a key\n", BOMB_BYTES);
        fputs(": x\n", f);
}

static void write_giant_comment(FILE *f)
{
        repeat(f, "# nothing\n", BOMB_BYTES);
}

static void write_unknown_keys(FILE *f)
{
        for (int i = 0; i < 600000; i++)
                fprintf(f, "key_number_%d: x\n", i);
}

static void write_flow_errors(FILE *f)
{
        fputs("endpoints: [", f);
        repeat(f, "{target: 'a b', intervall: 1, policy: {x: y}}, ", BOMB_BYTES);
        fputs("]\n", f);
}

static void write_same_endpoint(FILE *f)
{
        fputs("endpoints:\n", f);
        repeat(f, "  - example.com\n", BOMB_BYTES / 4);
}

static void write_zeros(FILE *f)
{
        for (long i = 0; i < BOMB_BYTES; i++)
                putc('\0', f);
}

static void write_noise(FILE *f)
{
        uint32_t x = 1;

        for (long i = 0; i < BOMB_BYTES; i++) {
                x = x * 1664525 + 1013904223;
                putc((int)(x >> 24), f);
        }
}

static void write_many(FILE *f)
{
        fputs("endpoints:\n", f);
        for (int i = 0; i < 100000; i++)
                fprintf(f, "  - host%d.example.com:8443\n", i);
}

static const struct {
        const char *name;
        write_fn *write;
        int expected;
        const char *says; /* in one of the messages */
} BOMBS[] = {
        { "billion laughs", write_laughs, -EINVAL, "aliases expand to more than" },
        { "wide aliases", write_wide_aliases, -EINVAL, "aliases expand to more than" },
        { "anchors", write_anchors, -EINVAL, "more than 1000 anchors" },
        { "anchored text", write_anchored_text, -EINVAL, "too much stands under anchors" },
        { "deep lists", write_deep_lists, -EINVAL, "nested more than 16 levels" },
        { "deep mappings", write_deep_mappings, -EINVAL, "unknown key" },
        { "deep blocks", write_deep_blocks, -EINVAL, "nested more than 16 levels" },
        { "giant plain scalar", write_giant_plain, -EINVAL, "runs on for more than 1 MB" },
        { "giant quoted scalar", write_giant_quoted, -EINVAL, "runs on for more than 1 MB" },
        { "giant key", write_giant_key, -EINVAL, "runs on for more than 1 MB" },
        { "giant comment", write_giant_comment, -EINVAL, "runs on for more than 1 MB" },
        { "unknown keys", write_unknown_keys, -EINVAL, "reading stopped after" },
        { "flow of errors", write_flow_errors, -EINVAL, "reading stopped after" },
        { "same endpoint", write_same_endpoint, -EINVAL, "is already configured" },
        { "zeros", write_zeros, -EINVAL, "control character" },
        { "noise", write_noise, -EINVAL, "not valid UTF-8" },
        { "100,000 endpoints", write_many, 0, NULL },
};

/* In the child: 0 when the outcome is as expected. */
static int load_and_compare(const char *path, int expected, const char *says)
{
        struct config_errors errors;
        struct config *c = NULL;
        int said = says == NULL;

        if (config_load(&c, path, &errors) != expected)
                return 1;
        for (size_t i = 0; says && i < errors.n; i++)
                said |= strstr(errors.items[i], says) != NULL;
        if (!said)
                fprintf(stderr, "%s\n", errors.items[errors.n - 1]);
        config_errors_done(&errors);
        config_unref(c);
        return said ? 0 : 2;
}

static void run_bomb(size_t i)
{
        char path[] = "/tmp/notafter-bomb-XXXXXX";
        FILE *f = fdopen(mkstemp(path), "w");
        struct rusage used;
        int status;

        assert_non_null(f);
        BOMBS[i].write(f);
        fclose(f);
        pid_t pid = fork();

        if (pid == 0)
                _exit(load_and_compare(path, BOMBS[i].expected, BOMBS[i].says));
        assert_int_equal(wait4(pid, &status, 0, &used), pid);
        unlink(path);
        print_message("  %-20s %6ld kB %3ld.%02ld s\n", BOMBS[i].name, used.ru_maxrss,
                      (long)used.ru_utime.tv_sec, (long)used.ru_utime.tv_usec / 10000);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                fail_msg("%s: status %x", BOMBS[i].name, (unsigned)status);
        if (MEASURABLE) {
                assert_in_range(used.ru_maxrss, 0, BOMB_MAX_RSS_KB);
                assert_in_range(used.ru_utime.tv_sec, 0, BOMB_MAX_S);
        }
}

static void hostile_files__stay_within_bounds(void **state)
{
        (void)state;
        if (!MEASURABLE)
                print_message("  memory and time are not compared: this is a sanitizer's build\n");
        for (size_t i = 0; i < ARRAY_LEN(BOMBS); i++)
                run_bomb(i);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hostile_files__stay_within_bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
