/* SPDX-License-Identifier: Apache-2.0 */
/* notafter explain: what a diagnosis means, from the one table. */
#include "common/cert/finding.h"
#include "daemon/app/commands.h"
#include "daemon/app/wrap.h"

#include <stdio.h>

static void print_text(const char *what, const char *text)
{
        printf("  %-10s", what);
        wrap_print(text, 12);
}

static void explain(const struct finding_info *f)
{
        static const char *const CLASSES[] = {
                [FINDING_CERTIFICATE] = "certificate", [FINDING_NETWORK] = "network",
                [FINDING_EVENT] = "event",
        };

        printf("%s (%s, %s): %s\n", f->name, severity_str(f->severity), CLASSES[f->class],
               f->title);
        print_text("meaning", f->meaning);
        print_text("found", f->found);
        print_text("mend", f->mend);
}

static int explain_one(const char *name)
{
        enum finding_code code;

        if (finding_code_parse(name, &code) == 0) {
                explain(&FINDINGS[code]);
                return EXIT_OK;
        }
        const char *near = finding_code_nearest(name);

        return args_error(&COMMAND_EXPLAIN, "there is no diagnosis '%s'%s%s%s", name,
                          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int run(int argc, char **argv)
{
        int status, first = args_parse(&COMMAND_EXPLAIN, argc, argv, NULL, &status);

        if (first < 0)
                return status;
        for (size_t i = 0; first == argc && i < FINDING_COUNT; i++) {
                printf("%s", i ? "\n" : "");
                explain(&FINDINGS[i]);
        }
        for (int i = first; i < argc; i++) {
                printf("%s", i > first ? "\n" : "");
                if (explain_one(argv[i]) != EXIT_OK)
                        return EXIT_UNKNOWN;
        }
        return EXIT_OK;
}

const struct command COMMAND_EXPLAIN = {
        .name = "explain",
        .operands = "[CODE...]",
        .help = "say what a diagnosis means, how it is found and what to do",
        .details = "Without a CODE: all of them. A policy of the configuration may change a\n"
                   "severity.",
        .run = run,
};
