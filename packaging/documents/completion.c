/* SPDX-License-Identifier: Apache-2.0 */
/* What the three shells share; the contracts are in documents.h and completion.h. */
#include "packaging/documents/completion.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/cert/finding.h"
#include "config/schema.h"
#include "packaging/documents/documents.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX_BYTES 8192

static char *joined(const char *const *words, size_t n)
{
        struct buf b = BUF_INIT(WORDS_MAX_BYTES);

        for (size_t i = 0; i < n; i++)
                buf_printf(&b, "%s%s", i ? " " : "", words[i]);
        return buf_steal(&b);
}

static char *words_of_key(const char *key)
{
        const struct schema_row *row = schema_find(&SCHEMA_ENDPOINT, key);

        return joined(row->words, row->n_words);
}

static char *dialects(void)
{
        return words_of_key("starttls");
}

static char *aia_reaches(void)
{
        return words_of_key("aia");
}

static char *severities(void)
{
        return joined(SCHEMA_SEVERITIES + SEVERITY_INFO, SEVERITY_COUNT - SEVERITY_INFO);
}

static char *codes(void)
{
        const char *names[FINDING_COUNT];

        for (size_t i = 0; i < FINDING_COUNT; i++)
                names[i] = FINDINGS[i].name;
        return joined(names, FINDING_COUNT);
}

static char *states(void)
{
        return mem_strdup("critical warning failing unknown ok");
}

static char *colours(void)
{
        return mem_strdup("auto always never");
}

static char *levels(void)
{
        return mem_strdup("error warning info debug");
}

static char *all(void)
{
        return mem_strdup("all");
}

/* By what --help calls them. */
static const struct {
        const char *name;
        enum value_kind kind;
        char *(*words)(void);
} VALUES[] = {
        { "FILE", VALUE_FILE, NULL },           { "PATH", VALUE_FILE, NULL },
        { "DIR", VALUE_FOLDER, NULL },          { "TARGET", VALUE_HOST, NULL },
        { "HOST", VALUE_HOST, NULL },           { "NAME", VALUE_HOST, NULL },
        { "PROTO", VALUE_WORDS, dialects },     { "WHERE", VALUE_WORDS, aia_reaches },
        { "SEVERITY", VALUE_WORDS, severities }, { "CODE", VALUE_WORDS, codes },
        { "LEVEL", VALUE_WORDS, levels },       { "RECEIVER|all", VALUE_WORDS, all },
        { "LEFT", VALUE_FREE, NULL },           { "SPAN", VALUE_FREE, NULL },
        { "TIME", VALUE_FREE, NULL },           { "TEXT", VALUE_FREE, NULL },
        { "URL", VALUE_FREE, NULL },            { "LIST", VALUE_FREE, NULL },
        { "N", VALUE_FREE, NULL },              { "ID", VALUE_FREE, NULL },
        { "PATTERN", VALUE_FREE, NULL },        { "KEY=PATTERN", VALUE_FREE, NULL },
        { "RECEIVER", VALUE_FREE, NULL },       { "ENDPOINT", VALUE_FREE, NULL },
        { "STATES", VALUE_WORDS, states },      { "WHEN", VALUE_WORDS, colours },
        { "KEY=VALUE", VALUE_FREE, NULL },      { "SECONDS", VALUE_FREE, NULL },
};

bool wants_value(const struct arg_option *o)
{
        return o->value && !o->optional;
}

int value_find(const char *name, struct value *ret)
{
        for (size_t i = 0; i < ARRAY_LEN(VALUES); i++)
                if (strcmp(VALUES[i].name, name) == 0) {
                        *ret = (struct value){
                                .kind = VALUES[i].kind,
                                .words = VALUES[i].words ? VALUES[i].words() : NULL,
                        };
                        return 0;
                }
        return -EINVAL;
}

bool value_is_free(const char *name)
{
        struct value v = { 0 };

        value_find(name, &v);
        free(v.words);
        return v.kind == VALUE_FREE;
}

bool operand_next(const char **at, char name[OPERAND_MAX_BYTES])
{
        *at += strspn(*at, " [");
        size_t n = strcspn(*at, " [].");

        snprintf(name, OPERAND_MAX_BYTES, "%.*s", (int)n, *at);
        *at += n;
        *at += strspn(*at, "].");
        return n > 0;
}

const char *second_word(const struct command *c)
{
        const char *space = strchr(c->name, ' ');

        return space ? space + 1 : NULL;
}

static bool begins_with(const struct command *c, const char *first, size_t n)
{
        return strncmp(c->name, first, n) == 0 && (c->name[n] == ' ' || c->name[n] == '\0');
}

size_t first_words(const char *words[COMMAND_COUNT])
{
        size_t n = 0;

        for (size_t i = 0; i < COMMAND_COUNT; i++) {
                size_t len = strcspn(COMMANDS[i]->name, " "), j = 0;

                while (j < i && !begins_with(COMMANDS[j], COMMANDS[i]->name, len))
                        j++;
                if (j == i)
                        words[n++] = COMMANDS[i]->name;
        }
        return n;
}

size_t second_words(const char *first, const struct command *commands[COMMAND_COUNT])
{
        size_t n = 0;

        for (size_t i = 0; i < COMMAND_COUNT; i++)
                if (second_word(COMMANDS[i]) &&
                    begins_with(COMMANDS[i], first, strcspn(first, " ")))
                        commands[n++] = COMMANDS[i];
        return n;
}

void put_quoted(FILE *out, const char *text)
{
        fputc('\'', out);
        for (; *text; text++)
                if (*text == '\'')
                        fputs("'\\''", out);
                else
                        fputc(*text, out);
        fputc('\'', out);
}

static int check_value(const char *command, const char *name)
{
        struct value v = { 0 };
        int r = value_find(name, &v);

        if (r < 0)
                fprintf(stderr, "documents: %s: how is '%s' completed? Say so in completion.c\n",
                        command, name);
        free(v.words);
        return r;
}

static int check_command(const struct command *c)
{
        const struct arg_option *rows[ARG_MAX_OPTIONS];
        size_t n = args_options(c, rows);
        char name[OPERAND_MAX_BYTES];
        int r = 0;

        for (size_t i = 0; i < n; i++)
                if (rows[i]->value && check_value(c->name, rows[i]->value) < 0)
                        r = -EINVAL;
        for (const char *at = c->operands; operand_next(&at, name);)
                if (check_value(c->name, name) < 0)
                        r = -EINVAL;
        return r;
}

int completion_write(const char *shell, FILE *out)
{
        static const struct {
                const char *name;
                void (*write)(FILE *);
        } SHELLS[] = { { "bash", bash_write }, { "zsh", zsh_write }, { "fish", fish_write } };
        int r = 0;

        for (size_t i = 0; i < COMMAND_COUNT; i++)
                if (check_command(COMMANDS[i]) < 0)
                        r = -EINVAL;
        for (size_t i = 0; r == 0 && i < ARRAY_LEN(SHELLS); i++)
                if (strcmp(SHELLS[i].name, shell) == 0) {
                        SHELLS[i].write(out);
                        return 0;
                }
        return -EINVAL;
}
