/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in args.h; getopt_long() does the work. */
#include "daemon/app/args.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/text.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HELP_COLUMN 30
#define ERROR_MAX_BYTES 16384 /* a few arguments of people, quoted */

static void print_option(const struct arg_option *o)
{
        char left[64];

        snprintf(left, sizeof(left), "%s%c%s --%s%s%s%s", o->letter ? "-" : " ",
                 o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name,
                 o->optional ? "[=" : o->value ? " " : "", o->value ? o->value : "",
                 o->optional ? "]" : "");
        if (strlen(left) > HELP_COLUMN)
                printf("  %s\n  %-*s %s\n", left, HELP_COLUMN, "", o->help);
        else
                printf("  %-*s %s\n", HELP_COLUMN, left, o->help);
}

size_t args_options(const struct command *c, const struct arg_option *rows[ARG_MAX_OPTIONS])
{
        const struct arg_option *const TABLES[] = { c->shared, c->options };
        size_t n = 0;

        for (size_t i = 0; i < ARRAY_LEN(TABLES); i++)
                for (const struct arg_option *o = TABLES[i]; o && o->name; o++) {
                        assert(n < ARG_MAX_OPTIONS);
                        rows[n++] = o;
                }
        return n;
}

static void print_help(const struct command *c)
{
        const struct arg_option *rows[ARG_MAX_OPTIONS];
        size_t n = args_options(c, rows);

        printf("Usage: notafter %s%s%s%s\n\n%s\n", c->name, n ? " [OPTION...]" : "",
               *c->operands ? " " : "", c->operands, c->help);
        if (n)
                printf("\n");
        for (size_t i = 0; i < n; i++)
                print_option(rows[i]);
        if (c->details)
                printf("\n%s\n", c->details);
}

int args_error(const struct command *c, const char *fmt, ...)
{
        struct buf text = BUF_INIT(ERROR_MAX_BYTES);
        va_list ap;

        va_start(ap, fmt);
        buf_vprintf(&text, fmt, ap);
        va_end(ap);
        AUTO_FREE char *printable = text_escaped(buf_str(&text), text.len);

        fprintf(stderr, "notafter %s: %s\nTry: notafter %s --help\n", c->name, printable, c->name);
        buf_done(&text);
        return EXIT_UNKNOWN;
}

/* 0, or -E2BIG: it was given too often. */
static int store(void *values, const struct arg_option *o, const char *value)
{
        void *field = (char *)values + o->offset;
        struct arg_list *list = field;

        if (o->many && list->n == ARG_LIST_MAX)
                return -E2BIG;
        if (o->many)
                list->items[list->n++] = value;
        else if (o->value)
                *(const char **)field = value ? value : "";
        else
                *(bool *)field = true;
        return 0;
}

int args_parse(const struct command *c, int argc, char **argv, void *values, int *ret_exit)
{
        struct option longs[ARG_MAX_OPTIONS + 2] = { { .name = "help", .val = 'h' } };
        char shorts[3 * ARG_MAX_OPTIONS + 4] = "h";
        const struct arg_option *rows[ARG_MAX_OPTIONS];
        int n = (int)args_options(c, rows), val, which = 0;

        for (int i = 0; i < n; i++) {
                const struct arg_option *o = rows[i];

                longs[i + 1] = (struct option){
                        .name = o->name, .val = 256 + i,
                        .has_arg = o->optional ? optional_argument
                                   : o->value  ? required_argument
                                               : no_argument,
                };
                if (o->letter)
                        strcat(shorts, (char[]){ o->letter, o->value ? ':' : '\0',
                                                 o->optional ? ':' : '\0', '\0' });
        }
        optind = 0; /* GNU: start afresh */
        while ((val = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
                *ret_exit = val == 'h' ? EXIT_OK : EXIT_UNKNOWN;
                if (val == 'h')
                        print_help(c);
                if (val == '?')
                        fprintf(stderr, "Try: notafter %s --help\n", c->name);
                if (val == 'h' || val == '?')
                        return -1;
                for (which = 0; val < 256 && which < n && rows[which]->letter != val; which++)
                        ;
                which = val >= 256 ? val - 256 : which;
                if (store(values, rows[which], optarg) < 0) {
                        *ret_exit = args_error(c, "--%s may be given %d times", rows[which]->name,
                                               ARG_LIST_MAX);
                        return -1;
                }
        }
        return optind;
}
