/* SPDX-License-Identifier: Apache-2.0 */
/* Completion in fish, with what --help says beside it. */
#include "packaging/documents/completion.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"

#include <stdlib.h>
#include <string.h>

static const char HEAD[] =
        "# SPDX-License-Identifier: Apache-2.0\n"
        "# notafter(1) in fish: made from its table of commands\n"
        "\n"
        "# Is this the command, and what comes not one of its words?\n"
        "function __notafter_in\n"
        "        set -l words (commandline -opc)\n"
        "        test (count $words) -gt (count $argv); or return\n"
        "        set -l last (math 1 + (count $argv))\n"
        "        test \"$words[2..$last]\" = \"$argv\"\n"
        "end\n"
        "\n"
        "# Is the next word the one behind these?\n"
        "function __notafter_behind\n"
        "        test (count (commandline -opc)) -eq (math 1 + (count $argv)); or return\n"
        "        test (count $argv) -eq 0; or __notafter_in $argv\n"
        "end\n"
        "\n"
        "complete -c notafter -f\n"
        "complete -c notafter -n __notafter_behind -l help -d 'say which commands there are'\n"
        "complete -c notafter -n __notafter_behind -l version -d 'say which version this is'\n";

static void put_value(FILE *out, const char *name, const char *alone)
{
        struct value v = { 0 };

        value_find(name, &v);
        switch (v.kind) {
        case VALUE_FREE:
                fputs(alone, out);
                break;
        case VALUE_FILE:
                fprintf(out, " -F%s", *alone ? " -r" : "");
                break;
        case VALUE_FOLDER:
                fprintf(out, "%s -a '(__fish_complete_directories)'", alone);
                break;
        case VALUE_HOST:
                fprintf(out, "%s -a '(__fish_print_hostnames)'", alone);
                break;
        case VALUE_WORDS:
                fprintf(out, "%s -a ", alone);
                put_quoted(out, v.words);
                break;
        }
        free(v.words);
}

static void put_described(FILE *out, const char *help)
{
        fprintf(out, " -d ");
        put_quoted(out, help);
        fputc('\n', out);
}

static void put_words(FILE *out)
{
        const char *firsts[COMMAND_COUNT];
        const struct command *seconds[COMMAND_COUNT];
        size_t n = first_words(firsts);

        for (size_t i = 0; i < COMMAND_COUNT; i++) {
                if (second_word(COMMANDS[i]))
                        continue;
                fprintf(out, "complete -c notafter -n __notafter_behind -a %s", COMMANDS[i]->name);
                put_described(out, COMMANDS[i]->help);
        }
        for (size_t i = 0; i < n; i++) {
                int len = (int)strcspn(firsts[i], " ");
                size_t n_seconds = second_words(firsts[i], seconds);
                struct buf help = BUF_INIT(1024);

                for (size_t j = 0; j < n_seconds; j++) {
                        buf_printf(&help, "%s%s", j ? ", " : "", second_word(seconds[j]));
                        fprintf(out, "complete -c notafter -n '__notafter_behind %.*s' -a %s", len,
                                firsts[i], second_word(seconds[j]));
                        put_described(out, seconds[j]->help);
                }
                if (n_seconds > 0) {
                        fprintf(out, "complete -c notafter -n __notafter_behind -a %.*s", len,
                                firsts[i]);
                        put_described(out, buf_str(&help));
                }
                buf_done(&help);
        }
}

static void put_command(FILE *out, const struct command *c)
{
        const struct arg_option *rows[ARG_MAX_OPTIONS];
        size_t n = args_options(c, rows);
        char name[OPERAND_MAX_BYTES];

        fprintf(out, "complete -c notafter -n '__notafter_in %s' -s h -l help -d 'say more'\n",
                c->name);
        for (size_t i = 0; i < n; i++) {
                const struct arg_option *o = rows[i];

                fprintf(out, "complete -c notafter -n '__notafter_in %s' -l %s", c->name, o->name);
                if (o->letter)
                        fprintf(out, " -s %c", o->letter);
                if (wants_value(o))
                        put_value(out, o->value, " -x");
                put_described(out, o->help);
        }
        for (const char *at = c->operands; operand_next(&at, name);) {
                if (value_is_free(name))
                        continue;
                fprintf(out, "complete -c notafter -n '__notafter_in %s'", c->name);
                put_value(out, name, "");
                fputc('\n', out);
        }
}

void fish_write(FILE *out)
{
        fputs(HEAD, out);
        put_words(out);
        for (size_t i = 0; i < COMMAND_COUNT; i++)
                put_command(out, COMMANDS[i]);
}
