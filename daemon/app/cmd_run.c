/* SPDX-License-Identifier: Apache-2.0 */
/* notafter run: the daemon, in the foreground, as service managers want it. */
#include "common/base/log.h"
#include "daemon/app/commands.h"
#include "daemon/app/service.h"

struct options {
        const char *config, *log_level;
};

static const struct arg_option OPTIONS[] = {
        { "config", 'c', "FILE", offsetof(struct options, config),
          "the configuration, default " DEFAULT_CONFIG },
        { "log-level", 0, "LEVEL", offsetof(struct options, log_level),
          "error, warning, info (default) or debug" },
        { 0 },
};

static int run(int argc, char **argv)
{
        struct options o = { .config = DEFAULT_CONFIG };
        int status, first = args_parse(&COMMAND_RUN, argc, argv, &o, &status);
        enum log_level level;

        if (first < 0)
                return status;
        if (first < argc)
                return args_error(&COMMAND_RUN, "'%s' is one word too many", argv[first]);
        if (o.log_level && log_level_parse(o.log_level, &level) < 0)
                return args_error(&COMMAND_RUN, "--log-level: '%s' is not error, warning, info or "
                                  "debug", o.log_level);
        if (o.log_level)
                log_set_level(level);
        return service_run(o.config);
}

const struct command COMMAND_RUN = {
        .name = "run",
        .operands = "",
        .help = "watch the endpoints of the configuration, in the foreground",
        .options = OPTIONS,
        .details = "SIGHUP reloads the configuration, SIGTERM stops within two seconds.",
        .run = run,
};
