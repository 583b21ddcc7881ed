/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/app/args.h - command lines from a table: parsing and --help read the same rows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ARG_LIST_MAX 32
#define ARG_MAX_OPTIONS 48 /* of one command; an assertion counts */

/* Of an option that may be given several times. */
struct arg_list {
        const char *items[ARG_LIST_MAX];
        size_t n;
};

struct arg_option {
        const char *name;  /* long name, without dashes */
        char letter;       /* short name, or 0 */
        const char *value; /* what its value is called; NULL = a flag */
        size_t offset;     /* of a const char * (with a value), a bool (a flag), or ... */
        const char *help;
        bool many;         /* ... a struct arg_list */
        bool optional;     /* --name=VALUE; --name alone is an empty value */
};

struct command {
        const char *name;     /* "config check" for a command of two words */
        const char *operands; /* for the usage line */
        const char *help;     /* one line */
        const struct arg_option *options; /* ends with a name of NULL; may be NULL */
        const struct arg_option *shared; /* of the struct that the values begin with; may be NULL */
        const char *details;  /* for --help, or NULL */
        int (*run)(int argc, char **argv);
};

/* All options of a command but --help, those it shares with others first; returns how many. */
size_t args_options(const struct command *c, const struct arg_option *rows[ARG_MAX_OPTIONS]);

/* Exit codes are Nagios' for every command. */
enum { EXIT_OK, EXIT_WARNING, EXIT_CRITICAL, EXIT_UNKNOWN };

/*
 * Fills the struct at @values from @argv (argv[0] is the command). Returns the index of the first
 * operand, or -1 when there is nothing more to do: help was shown, or an error; *ret_exit says
 * which.
 */
int args_parse(const struct command *c, int argc, char **argv, void *values, int *ret_exit);

/* "notafter check: message" and how to get help, on standard error; returns EXIT_UNKNOWN. */
int args_error(const struct command *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
