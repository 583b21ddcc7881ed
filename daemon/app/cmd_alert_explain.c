/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notafter alert explain: which route takes a problem, and why. The running daemon knows best, with
 * its silences and how bad the problem is now; a file can be asked without one.
 */
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/app/ask.h"
#include "daemon/app/commands.h"
#include "daemon/notice/explain.h"
#include "daemon/notice/silence.h"

#include <stdio.h>

struct options {
        struct ask_options ask; /* first: ASK_OPTIONS are offsets in it */
        const char *severity;
        bool offline;
};

static const struct arg_option OPTIONS[] = {
        { "severity", 0, "SEVERITY", offsetof(struct options, severity),
          "as if it were info, warning or error" },
        { "offline", 0, NULL, offsetof(struct options, offline),
          "ask the file of --config and no daemon" },
        { 0 },
};

static int explain_offline(const struct options *o, const char *endpoint, const char *code)
{
        CLEANUP(config_unref_at_exit) struct config *config = NULL;
        CLEANUP(silence_list_done) struct silence_list silences = { 0 };
        AUTO_FREE char *error = NULL;
        struct subject s;

        if (config_load_or_tell(&config, o->ask.config ? o->ask.config : DEFAULT_CONFIG) < 0)
                return EXIT_UNKNOWN;
        if (explain_find(config, endpoint, code, o->severity, &s, &error) < 0)
                return args_error(&COMMAND_ALERT_EXPLAIN, "%s", error);
        silence_list_of(config, 0, &silences);
        AUTO_FREE char *text = explain_subject(config, &silences, &s, clock_wall_s());

        printf("%s", text);
        return EXIT_OK;
}

static int explain_online(const struct options *o, const char *endpoint, const char *code)
{
        json_t *doc = ask_daemon(&COMMAND_ALERT_EXPLAIN, &o->ask,
                                 json_must(json_pack("{s:s, s:s, s:s, s:s*}",
                                                     "command", "alert explain",
                                                     "endpoint", endpoint, "code", code,
                                                     "severity", o->severity)));

        if (!doc)
                return EXIT_UNKNOWN;
        printf("%s", json_string_value(json_object_get(doc, "text")));
        json_decref(doc);
        return EXIT_OK;
}

static int run(int argc, char **argv)
{
        const struct command *c = &COMMAND_ALERT_EXPLAIN;
        struct options o = { 0 };
        int status, first = args_parse(c, argc, argv, &o, &status);

        if (first < 0)
                return status;
        if (argc - first != 2)
                return args_error(c, "say an endpoint and the code of a diagnosis, and no more");
        return o.offline ? explain_offline(&o, argv[first], argv[first + 1])
                         : explain_online(&o, argv[first], argv[first + 1]);
}

const struct command COMMAND_ALERT_EXPLAIN = {
        .name = "alert explain",
        .operands = "ENDPOINT CODE",
        .help = "say which route takes a problem, who is told, and why",
        .shared = ASK_OPTIONS,
        .options = OPTIONS,
        .details = "ENDPOINT is a name or a target. Without --severity, the problem is as bad as\n"
                   "it is now, if it is open, or else as the endpoint's policy has it. Silences\n"
                   "that were made through the socket are known to the daemon only.",
        .run = run,
};
