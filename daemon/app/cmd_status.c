/* SPDX-License-Identifier: Apache-2.0 */
/* notafter status: asks the running daemon and prints what it says. */
#include "common/cert/json_text.h"
#include "daemon/app/ask.h"
#include "daemon/app/commands.h"
#include "daemon/app/status_print.h"

#include <stdio.h>

#define SHOWN_ENDPOINTS 1000

struct options {
        struct ask_options ask; /* first: ASK_OPTIONS are offsets in it */
        bool json;
};

static const struct arg_option OPTIONS[] = {
        { "json", 'j', NULL, offsetof(struct options, json), "everything, as one JSON document" },
        { 0 },
};

static int run(int argc, char **argv)
{
        struct options o = { 0 };
        int status, first = args_parse(&COMMAND_STATUS, argc, argv, &o, &status);

        if (first < 0)
                return status;
        if (first < argc)
                return args_error(&COMMAND_STATUS, "'%s' is one word too many", argv[first]);
        json_t *request = json_must(json_pack("{s:s}", "command", "status"));

        if (!o.json)
                json_object_set_new(request, "max_endpoints", json_integer(SHOWN_ENDPOINTS));
        json_t *doc = ask_daemon(&COMMAND_STATUS, &o.ask, request);

        if (!doc)
                return EXIT_UNKNOWN;
        if (o.json)
                json_dumpf(doc, stdout, JSON_INDENT(2));
        else
                status_print(doc);
        if (o.json)
                printf("\n");
        json_decref(doc);
        return EXIT_OK;
}

const struct command COMMAND_STATUS = {
        .name = "status",
        .operands = "",
        .help = "ask the running daemon what it sees, problems first",
        .shared = ASK_OPTIONS,
        .options = OPTIONS,
        .run = run,
};
