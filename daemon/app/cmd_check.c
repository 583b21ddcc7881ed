/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notafter check: looks once (look.h), and tells in the order asked for, as people, programs or
 * Nagios want to be told (check_print.h).
 */
#include "daemon/app/check_print.h"
#include "daemon/app/commands.h"
#include "daemon/app/look.h"
#include "daemon/probe/proxy.h"

#include <stdio.h>

struct options {
        struct look_options look;
        bool json, nagios, show_certs;
};

static const struct arg_option OPTIONS[] = {
        { "warning", 'W', "LEFT", offsetof(struct options, look.warning),
          "warn when so little is left: 30d, 20% or 20%,30d (the default)" },
        { "critical", 'C', "LEFT", offsetof(struct options, look.critical),
          "an error when so little is left; 7%,7d with --nagios, else none" },
        { "all-addresses", 'a', NULL, offsetof(struct options, look.all_addresses),
          "look at every address of a name, and compare them" },
        { "resolve-sans", 0, NULL, offsetof(struct options, look.resolve_sans),
          "look up the names of the certificate, too" },
        { "show-certs", 's', NULL, offsetof(struct options, show_certs),
          "each certificate sent, whole: text, fingerprints and PEM" },
        { "json", 'j', NULL, offsetof(struct options, json), "one JSON object a target" },
        { "nagios", 'n', NULL, offsetof(struct options, nagios),
          "one line a target, with performance data" },
        { 0 },
};

static void print_item(const struct options *o, const struct look_item *item)
{
        const struct check_answer answer = {
                .target = o->json ? item->text : look_name(item),
                .name = item->server_name, .report = item->report,
                .proxy = item->proxy ? item->proxy->name : NULL,
                .policy = &item->policy, .show_certs = o->show_certs,
        };

        if (o->json)
                check_print_json(&answer);
        else if (o->nagios)
                check_print_nagios(&answer);
        else
                check_print_text(&answer);
}

static int print_all(const struct options *o, const struct look *l)
{
        /* worse means worth more attention: unknown is worse than a warning, critical is worst */
        static const int RANK[] = {
                [EXIT_OK] = 0, [EXIT_WARNING] = 1, [EXIT_UNKNOWN] = 2, [EXIT_CRITICAL] = 3,
        };
        int worst = EXIT_OK;

        for (size_t i = 0; i < l->n_items; i++) {
                int code = check_exit_code(l->items[i].report);

                print_item(o, &l->items[i]);
                if (!o->json && !o->nagios && i + 1 < l->n_items)
                        printf("\n");
                if (RANK[code] > RANK[worst])
                        worst = code;
        }
        return worst;
}

static int run(int argc, char **argv)
{
        struct options o = { 0 };
        struct look look;
        int status, first = args_parse(&COMMAND_CHECK, argc, argv, &o, &status);

        if (first < 0)
                return status;
        if (o.json && o.nagios)
                return args_error(&COMMAND_CHECK, "--json and --nagios exclude each other");
        o.look.may_expire_soon = !o.nagios; /* an error is what clients reject now */
        status = look_ask(&look, &COMMAND_CHECK, &o.look, argc - first, argv + first);
        if (status == EXIT_OK)
                status = look_all(&look);
        if (status == EXIT_OK)
                status = print_all(&o, &look);
        look_done(&look);
        return status;
}

const struct command COMMAND_CHECK = {
        .name = "check",
        .operands = "TARGET...",
        .help = "look at servers or files once, say what is wrong and how to mend it",
        .shared = LOOK_OPTIONS,
        .options = OPTIONS,
        .details = "A TARGET is host, host:port, https://host, imaps://host or file:/path.pem.\n"
                   "Exit status: 0 ok, 1 warning, 2 critical, 3 unknown (could not look).",
        .run = run,
};
