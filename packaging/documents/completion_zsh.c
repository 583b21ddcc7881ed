/* SPDX-License-Identifier: Apache-2.0 */
/* Completion in zsh, with what --help says beside it. */
#include "packaging/documents/completion.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"

#include <stdlib.h>
#include <string.h>

#define SPEC_MAX_BYTES 16384

static const char HEAD[] =
        "#compdef notafter\n"
        "# SPDX-License-Identifier: Apache-2.0\n"
        "# notafter(1) in zsh: made from its table of commands\n"
        "local command=$words[2]\n"
        "local -a commands\n";

/* Characters that _describe and _arguments give a meaning are escaped. */
static void put_help(struct buf *b, const char *text)
{
        for (; *text; text++) {
                if (strchr("[]:\\", *text))
                        buf_puts(b, "\\");
                buf_append(b, text, 1);
        }
}

static void put_value(struct buf *b, const char *name)
{
        struct value v = { 0 };

        value_find(name, &v);
        buf_puts(b, ":");
        put_help(b, name);
        buf_puts(b, ":");
        if (v.kind == VALUE_WORDS)
                buf_printf(b, "(%s)", v.words);
        else
                buf_puts(b, v.kind == VALUE_FILE ? "_files" :
                            v.kind == VALUE_FOLDER ? "_files -/" :
                            v.kind == VALUE_HOST ? "_hosts" : "");
        free(v.words);
}

static void put_spec(FILE *out, struct buf *b)
{
        fprintf(out, " \\\n                ");
        put_quoted(out, buf_str(b));
        buf_clear(b);
}

/* An option by one of its names; the other one is not offered once this one is there. */
static void put_option(FILE *out, const struct arg_option *o, bool is_short)
{
        struct buf b = BUF_INIT(SPEC_MAX_BYTES);

        if (o->many)
                buf_puts(&b, "*");
        else if (o->letter)
                buf_printf(&b, "(-%c --%s)", o->letter, o->name);
        if (is_short)
                buf_printf(&b, "-%c%s", o->letter, wants_value(o) ? "+" : "");
        else
                buf_printf(&b, "--%s%s", o->name, wants_value(o) ? "=" : "");
        buf_puts(&b, "[");
        put_help(&b, o->help);
        buf_puts(&b, "]");
        if (wants_value(o))
                put_value(&b, o->value);
        put_spec(out, &b);
        buf_done(&b);
}

static void put_operands(FILE *out, const struct command *c)
{
        struct buf b = BUF_INIT(SPEC_MAX_BYTES);
        char name[OPERAND_MAX_BYTES];
        bool many = strstr(c->operands, "...") != NULL;

        for (const char *at = c->operands; operand_next(&at, name);) {
                if (many && value_is_free(name))
                        continue; /* where nothing is offered, no option would be, either */
                buf_puts(&b, many ? "*" : "");
                buf_puts(&b, !many && strchr(c->operands, '[') ? ":" : "");
                put_value(&b, name);
                put_spec(out, &b);
        }
        buf_done(&b);
}

static void put_arguments(FILE *out, const struct command *c)
{
        const struct arg_option *rows[ARG_MAX_OPTIONS];
        size_t n = args_options(c, rows);

        fprintf(out, "('%s')\n        _arguments -s -S '(-h --help)'{-h,--help}'[say more]'",
                c->name);
        for (size_t i = 0; i < n; i++) {
                if (rows[i]->letter)
                        put_option(out, rows[i], true);
                put_option(out, rows[i], false);
        }
        put_operands(out, c);
        fprintf(out, " ;;\n");
}

static void put_described(FILE *out, const char *name, size_t n, const char *help)
{
        struct buf b = BUF_INIT(SPEC_MAX_BYTES);

        buf_printf(&b, "%.*s:", (int)n, name);
        put_help(&b, help);
        fprintf(out, "                ");
        put_quoted(out, buf_str(&b));
        fputc('\n', out);
        buf_done(&b);
}

/* The words that may stand at place @at of the line, which is then complete. */
static void put_list_begin(FILE *out, int at)
{
        fprintf(out, "if (( CURRENT == %d )); then\n        commands=(\n", at);
}

static void put_list_end(FILE *out)
{
        fprintf(out, "        )\n        _describe -t commands command commands\n"
                     "        return\nfi\n");
}

/* Of a first word that is no command yet, its second words are the help. */
static void put_first_words(FILE *out, const char *const *firsts, size_t n)
{
        const struct command *seconds[COMMAND_COUNT];

        put_list_begin(out, 2);
        for (size_t i = 0; i < n; i++) {
                struct buf help = BUF_INIT(SPEC_MAX_BYTES);
                size_t n_seconds = second_words(firsts[i], seconds);

                for (size_t j = 0; j < n_seconds; j++)
                        buf_printf(&help, "%s%s", j ? ", " : "", second_word(seconds[j]));
                for (size_t j = 0; n_seconds == 0 && j < COMMAND_COUNT; j++)
                        if (COMMANDS[j]->name == firsts[i])
                                buf_puts(&help, COMMANDS[j]->help);
                put_described(out, firsts[i], strcspn(firsts[i], " "), buf_str(&help));
                buf_done(&help);
        }
        put_described(out, "--help", 6, "say which commands there are");
        put_described(out, "--version", 9, "say which version this is");
        put_list_end(out);
}

static void put_second_words(FILE *out, const char *const *firsts, size_t n)
{
        const struct command *seconds[COMMAND_COUNT];

        fprintf(out, "shift words\n(( CURRENT-- ))\ncase $command in\n");
        for (size_t i = 0; i < n; i++) {
                size_t n_seconds = second_words(firsts[i], seconds);

                if (n_seconds == 0)
                        continue;
                fprintf(out, "(%.*s)\n", (int)strcspn(firsts[i], " "), firsts[i]);
                put_list_begin(out, 2);
                for (size_t j = 0; j < n_seconds; j++)
                        put_described(out, second_word(seconds[j]),
                                      strlen(second_word(seconds[j])), seconds[j]->help);
                put_list_end(out);
                fprintf(out, "command=\"$command $words[2]\"\nshift words\n"
                             "(( CURRENT-- ))\n;;\n");
        }
        fprintf(out, "esac\n");
}

void zsh_write(FILE *out)
{
        const char *firsts[COMMAND_COUNT];
        size_t n = first_words(firsts);

        fputs(HEAD, out);
        put_first_words(out, firsts, n);
        put_second_words(out, firsts, n);
        fprintf(out, "case $command in\n");
        for (size_t i = 0; i < COMMAND_COUNT; i++)
                put_arguments(out, COMMANDS[i]);
        fprintf(out, "esac\n");
}
