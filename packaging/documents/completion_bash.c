/* SPDX-License-Identifier: Apache-2.0 */
/* Completion in bash, with or without the package bash-completion. */
#include "packaging/documents/completion.h"

#include "common/base/cleanup.h"

#include <stdlib.h>
#include <string.h>

/*
 * bash takes "--aia=any" apart at the sign, and "host:port" at the colon: of the first, the word
 * before the sign is the option, and the second is left as it is.
 */
static const char HEAD[] =
        "# SPDX-License-Identifier: Apache-2.0\n"
        "# notafter(1) in bash: made from its table of commands\n"
        "_notafter()\n"
        "{\n"
        "        local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
        "        local command=${COMP_WORDS[1]} at=1\n"
        "        COMPREPLY=()\n"
        "        [[ $word == '=' ]] && word=\n"
        "        [[ $before == '=' ]] && before=${COMP_WORDS[COMP_CWORD-2]}\n"
        "        _notafter_words() { mapfile -t COMPREPLY < <(compgen -W \"$*\" -- \"$word\"); }\n"
        "        _notafter_paths() {\n"
        "                compopt -o filenames\n"
        "                mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$word\")\n"
        "        }\n"
        "        _notafter_hosts() {\n"
        "                mapfile -t COMPREPLY < <(compgen -A hostname -- \"$word\")\n"
        "        }\n";

static void put_value(FILE *out, const char *name)
{
        struct value v = { 0 };

        value_find(name, &v);
        switch (v.kind) {
        case VALUE_FREE:
                fprintf(out, ":");
                break;
        case VALUE_FILE:
                fprintf(out, "_notafter_paths -f");
                break;
        case VALUE_FOLDER:
                fprintf(out, "_notafter_paths -d");
                break;
        case VALUE_HOST:
                fprintf(out, "_notafter_hosts");
                break;
        case VALUE_WORDS:
                fprintf(out, "_notafter_words %s", v.words);
                break;
        }
        free(v.words);
}

static void put_first_words(FILE *out)
{
        const char *firsts[COMMAND_COUNT];
        const struct command *seconds[COMMAND_COUNT];
        size_t n = first_words(firsts);

        fprintf(out, "        if ((COMP_CWORD == 1)); then\n                _notafter_words");
        for (size_t i = 0; i < n; i++)
                fprintf(out, " %.*s", (int)strcspn(firsts[i], " "), firsts[i]);
        fprintf(out, " --help --version\n                return\n        fi\n"
                     "        case $command in\n");
        for (size_t i = 0; i < n; i++) {
                size_t n_seconds = second_words(firsts[i], seconds);

                if (n_seconds == 0)
                        continue;
                fprintf(out, "        %.*s)\n                if ((COMP_CWORD == 2)); then\n"
                             "                        _notafter_words",
                        (int)strcspn(firsts[i], " "), firsts[i]);
                for (size_t j = 0; j < n_seconds; j++)
                        fprintf(out, " %s", second_word(seconds[j]));
                fprintf(out, "\n                        return\n                fi\n"
                             "                command=\"$command ${COMP_WORDS[2]}\" at=2 ;;\n");
        }
        fprintf(out, "        esac\n        ((COMP_CWORD > at)) || return\n");
}

static void put_values(FILE *out, const struct command *c)
{
        const struct arg_option *rows[ARG_MAX_OPTIONS];
        size_t n = args_options(c, rows);

        for (size_t i = 0; i < n; i++) {
                const struct arg_option *o = rows[i];

                if (!wants_value(o))
                        continue;
                fprintf(out, "        '%s --%s'", c->name, o->name);
                if (o->letter)
                        fprintf(out, " | '%s -%c'", c->name, o->letter);
                fprintf(out, ") ");
                put_value(out, o->value);
                fprintf(out, "; return ;;\n");
        }
}

static void put_options(FILE *out, const struct command *c)
{
        const struct arg_option *rows[ARG_MAX_OPTIONS];
        size_t n = args_options(c, rows);

        fprintf(out, "        '%s '-*) _notafter_words --help", c->name);
        for (size_t i = 0; i < n; i++)
                fprintf(out, " --%s", rows[i]->name);
        fprintf(out, " ;;\n");
}

/* Of several operands the one that can be completed, wherever it stands. */
static void put_operands(FILE *out, const struct command *c)
{
        char name[OPERAND_MAX_BYTES];

        for (const char *at = c->operands; operand_next(&at, name);) {
                if (value_is_free(name))
                        continue;
                fprintf(out, "        '%s '*) ", c->name);
                put_value(out, name);
                fprintf(out, " ;;\n");
        }
}

void bash_write(FILE *out)
{
        fputs(HEAD, out);
        put_first_words(out);
        fprintf(out, "        case \"$command $before\" in\n");
        for (size_t i = 0; i < COMMAND_COUNT; i++)
                put_values(out, COMMANDS[i]);
        fprintf(out, "        esac\n        case \"$command $word\" in\n");
        for (size_t i = 0; i < COMMAND_COUNT; i++) {
                put_options(out, COMMANDS[i]);
                put_operands(out, COMMANDS[i]);
        }
        fprintf(out, "        esac\n}\ncomplete -F _notafter notafter\n");
}
