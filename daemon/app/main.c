/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notafter - watches the certificates that clients will see.
 *
 * The table of contents is commands.c; here the command that is meant is found and run.
 */
#include "common/base/cleanup.h"
#include "common/base/lookup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "daemon/app/commands.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int usage(FILE *out, int status)
{
        fprintf(out, "notafter %s - watches the certificates that clients will see\n\n"
                     "Usage: notafter COMMAND [OPTION...]\n\n", NOTAFTER_VERSION);
        for (size_t i = 0; i < COMMAND_COUNT; i++)
                fprintf(out, "  %-15s %s\n", COMMANDS[i]->name, COMMANDS[i]->help);
        fprintf(out, "\nnotafter COMMAND --help says more of each; the manual is notafter(1).\n");
        return status;
}

static bool is_help(const char *word)
{
        return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

/* How many words of @argv are the name of @c; 0 = another command is meant. */
static int words_matched(const struct command *c, int argc, char **argv)
{
        const char *space = strchr(c->name, ' ');
        size_t first = space ? (size_t)(space - c->name) : strlen(c->name);

        if (strlen(argv[1]) != first || strncmp(argv[1], c->name, first) != 0)
                return 0;
        if (!space)
                return 1;
        return argc > 2 && strcmp(argv[2], space + 1) == 0 ? 2 : 0;
}

/* The second word of @c, if its first is @first; or NULL. */
static const char *second_word(const struct command *c, const char *first)
{
        size_t n = strlen(first);

        return strncmp(c->name, first, n) == 0 && c->name[n] == ' ' ? c->name + n + 1 : NULL;
}

static bool is_first_word(const char *word)
{
        for (size_t i = 0; i < COMMAND_COUNT; i++)
                if (second_word(COMMANDS[i], word))
                        return true;
        return false;
}

/* "config" alone, or with a word that does not belong to it (NULL = none). */
static int unknown_second(const char *first, const char *word)
{
        AUTO_FREE char *shown = word ? text_escaped(word, strlen(word)) : NULL;
        const char *comma = "";

        if (word && is_help(word))
                return usage(stdout, EXIT_OK);
        fprintf(stderr, "notafter %s: say one of ", first);
        for (size_t i = 0; i < COMMAND_COUNT; i++) {
                const char *second = second_word(COMMANDS[i], first);

                if (!second)
                        continue;
                fprintf(stderr, "%s%s", comma, second);
                comma = ", ";
        }
        fprintf(stderr, "%s%s\n", shown ? "; not " : "", shown ? shown : "");
        return EXIT_UNKNOWN;
}

static int unknown_command(int argc, char **argv)
{
        const char *names[COMMAND_COUNT];

        for (size_t i = 0; i < COMMAND_COUNT; i++)
                names[i] = COMMANDS[i]->name;
        if (is_first_word(argv[1]))
                return unknown_second(argv[1], argc > 2 ? argv[2] : NULL);
        const char *meant = lookup_nearest(names, ARRAY_LEN(names), argv[1]);
        AUTO_FREE char *shown = text_escaped(argv[1], strlen(argv[1]));

        fprintf(stderr, "notafter: there is no command '%s'", shown);
        if (meant)
                fprintf(stderr, "; did you mean '%s'?", meant);
        fprintf(stderr, "\nTry: notafter --help\n");
        return EXIT_UNKNOWN;
}

/* As with `| head`: who stops reading has seen enough. */
static bool nobody_reads(void)
{
        struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

        return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

/* Half an answer on a full disk must not pass for the answer. */
static int finish_output(int status)
{
        int err = fflush(stdout) != 0 ? errno : ferror(stdout) ? EIO : 0;

        if (err == 0 || nobody_reads())
                return status;
        fprintf(stderr, "notafter: the output could not be written: %s\n", strerror(err));
        return EXIT_UNKNOWN;
}

static int run(const struct command *c, int argc, char **argv)
{
        AUTO_FREE char *name = mem_printf("notafter %s", c->name);

        argv[0] = name; /* what getopt complains of begins with it */
        return finish_output(c->run(argc, argv));
}

int main(int argc, char **argv)
{
        signal(SIGPIPE, SIG_IGN);
        if (argc < 2)
                return usage(stderr, EXIT_UNKNOWN);
        if (is_help(argv[1]))
                return usage(stdout, EXIT_OK);
        if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
                printf("notafter %s\n", NOTAFTER_VERSION);
                return EXIT_OK;
        }
        for (size_t i = 0; i < COMMAND_COUNT; i++) {
                int words = words_matched(COMMANDS[i], argc, argv);

                if (words > 0)
                        return run(COMMANDS[i], argc - words, argv + words);
        }
        return unknown_command(argc, argv);
}
