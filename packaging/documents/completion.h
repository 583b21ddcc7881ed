/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/documents/completion.h - what the writers of completions share: which words may stand
 * where, from the table of commands.
 */
#pragma once

#include "daemon/app/commands.h"

#include <stdio.h>

enum value_kind { VALUE_FREE, VALUE_FILE, VALUE_FOLDER, VALUE_HOST, VALUE_WORDS };

struct value {
        enum value_kind kind;
        char *words; /* of VALUE_WORDS: with blanks between them; malloc'ed */
};

/* How the value that --help calls @name is completed; -EINVAL: nobody has said so yet. */
int value_find(const char *name, struct value *ret);

/* Is there nothing to offer for it? */
bool value_is_free(const char *name);

/* Is the word after it its value? */
bool wants_value(const struct arg_option *o);

#define OPERAND_MAX_BYTES 32

/* Takes the next of "[CODE...]" or "ENDPOINT CODE" from *at: "CODE". False: there is none. */
bool operand_next(const char **at, char name[OPERAND_MAX_BYTES]);

/* The first words of all commands, and the second words that may follow @first, each once. */
size_t first_words(const char *words[COMMAND_COUNT]);
size_t second_words(const char *first, const struct command *commands[COMMAND_COUNT]);

/* The second word of a command's name, or NULL. */
const char *second_word(const struct command *c);

/* @text without a meaning for the shell between '...': bash, zsh and fish agree enough. */
void put_quoted(FILE *out, const char *text);

void bash_write(FILE *out);
void zsh_write(FILE *out);
void fish_write(FILE *out);
