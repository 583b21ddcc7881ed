/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in args.h; getopt_long() does the work. */
#include "daemon/app/args.h"

#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_OPTIONS 24

static void print_option(const struct arg_option *o)
{
        char left[64];

        snprintf(left, sizeof(left), "%s%c%s --%s%s%s", o->letter ? "-" : " ",
                 o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        printf("  %-30s %s\n", left, o->help);
}

static void print_help(const struct command *c)
{
        printf("Usage: notafter %s%s%s%s\n\n%s\n", c->name, c->options ? " [OPTION...]" : "",
               *c->operands ? " " : "", c->operands, c->help);
        if (c->options)
                printf("\n");
        for (const struct arg_option *o = c->options; o && o->name; o++)
                print_option(o);
        if (c->details)
                printf("\n%s\n", c->details);
}

int args_error(const struct command *c, const char *fmt, ...)
{
        va_list ap;

        fprintf(stderr, "notafter %s: ", c->name);
        va_start(ap, fmt);
        vfprintf(stderr, fmt, ap);
        va_end(ap);
        fprintf(stderr, "\nTry: notafter %s --help\n", c->name);
        return EXIT_UNKNOWN;
}

static void store(void *values, const struct arg_option *o, const char *value)
{
        char *field = (char *)values + o->offset;

        if (o->value)
                *(const char **)(void *)field = value;
        else
                *(bool *)(void *)field = true;
}

int args_parse(const struct command *c, int argc, char **argv, void *values, int *ret_exit)
{
        struct option longs[MAX_OPTIONS + 2] = { { .name = "help", .val = 'h' } };
        char shorts[2 * MAX_OPTIONS + 4] = "h";
        int n = 0, val, which = 0;

        for (const struct arg_option *o = c->options; o && o->name; o++, n++) {
                assert(n < MAX_OPTIONS);
                longs[n + 1] = (struct option){
                        .name = o->name, .val = 256 + n,
                        .has_arg = o->value ? required_argument : no_argument,
                };
                if (o->letter)
                        strcat(shorts, (char[]){ o->letter, o->value ? ':' : '\0', '\0' });
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
                for (which = 0; val < 256 && which < n && c->options[which].letter != val; which++)
                        ;
                store(values, &c->options[val >= 256 ? val - 256 : which], optarg);
        }
        return optind;
}
