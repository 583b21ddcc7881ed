/* SPDX-License-Identifier: Apache-2.0 */
/* notafter alert queue and retry: what waits for whom, what was given up; and trying it again. */
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/cert/json_text.h"
#include "daemon/app/ask.h"
#include "daemon/app/commands.h"
#include "daemon/app/queue_print.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_LETTERS 20 /* of each kind */

struct options {
        struct ask_options ask; /* first: ASK_OPTIONS are offsets in it */
        bool json;
};

static const struct arg_option QUEUE_OPTIONS[] = {
        { "json", 'j', NULL, offsetof(struct options, json), "as one JSON document" },
        { 0 },
};

static int queue(int argc, char **argv)
{
        struct options o = { 0 };
        int status, first = args_parse(&COMMAND_ALERT_QUEUE, argc, argv, &o, &status);

        if (first < 0)
                return status;
        if (argc - first > 1)
                return args_error(&COMMAND_ALERT_QUEUE, "'%s' is one word too many",
                                  argv[first + 1]);
        json_t *request = json_must(json_pack("{s:s}", "command", "alert queue"));

        if (first < argc)
                json_object_set_new(request, "receiver", json_must(json_string(argv[first])));
        if (!o.json)
                json_object_set_new(request, "max", json_integer(SHOWN_LETTERS));
        json_t *doc = ask_daemon(&COMMAND_ALERT_QUEUE, &o.ask, request);

        if (!doc)
                return EXIT_UNKNOWN;
        if (o.json)
                json_dumpf(doc, stdout, JSON_INDENT(2));
        else
                queue_print(doc, first < argc ? argv[first] : NULL);
        if (o.json)
                printf("\n");
        json_decref(doc);
        return EXIT_OK;
}

static int retry(int argc, char **argv)
{
        struct ask_options o = { 0 };
        int status, first = args_parse(&COMMAND_ALERT_RETRY, argc, argv, &o, &status);

        if (first < 0)
                return status;
        if (argc - first != 1)
                return args_error(&COMMAND_ALERT_RETRY, "say which receiver, or all");
        json_t *request = json_must(json_pack("{s:s}", "command", "alert retry"));

        if (strcmp(argv[first], "all") != 0)
                json_object_set_new(request, "receiver", json_must(json_string(argv[first])));
        json_t *doc = ask_daemon(&COMMAND_ALERT_RETRY, &o, request);

        if (!doc)
                return EXIT_UNKNOWN;
        printf("trying again now; what comes of it: notafter alert queue\n");
        json_decref(doc);
        return EXIT_OK;
}

const struct command COMMAND_ALERT_QUEUE = {
        .name = "alert queue",
        .operands = "[RECEIVER]",
        .help = "show which messages wait, and which were given up",
        .shared = ASK_OPTIONS,
        .options = QUEUE_OPTIONS,
        .run = queue,
};

const struct command COMMAND_ALERT_RETRY = {
        .name = "alert retry",
        .operands = "RECEIVER|all",
        .help = "try again now what waits, also for a receiver that is disabled",
        .details = "A receiver that answers HTTP 410 says that it is gone for good, and is sent "
                   "nothing more,\nuntil its configuration changes or this command is used.",
        .shared = ASK_OPTIONS,
        .run = retry,
};
