/* SPDX-License-Identifier: Apache-2.0 */
/* notafter config check, show, new and schema. */
#include "common/base/mem.h"
#include "config/loader.h"
#include "config/model.h"
#include "daemon/alert/receiver.h"
#include "daemon/app/commands.h"
#include "daemon/monitor/fleet.h"

#include <stdio.h>
#include <stdlib.h>

/* The one operand, or the default; NULL after an error. */
static const char *file_operand(const struct command *c, int argc, char **argv, int *ret_exit)
{
        int first = args_parse(c, argc, argv, NULL, ret_exit);

        if (first < 0)
                return NULL;
        if (argc - first > 1) {
                *ret_exit = args_error(c, "'%s' is one file too many", argv[first + 1]);
                return NULL;
        }
        return first < argc ? argv[first] : DEFAULT_CONFIG;
}

int config_load_or_tell(struct config **ret, const char *path)
{
        struct config_errors errors = { 0 };
        int r = config_load(ret, path, &errors);

        for (size_t i = 0; i < errors.n; i++)
                fprintf(stderr, "%s\n", errors.items[i]);
        config_errors_done(&errors);
        return r;
}

/* Files of anchors and intermediates: without them the daemon does not start either. */
static int check_trust(struct config *config)
{
        struct fleet *fleet = NULL;
        AUTO_FREE char *error = NULL;
        int r = fleet_new(&fleet, config, &error);

        if (r < 0)
                fprintf(stderr, "%s\n", error);
        fleet_free(fleet);
        return r;
}

/* Secrets may not be there yet, or not for us to read: the daemon would wait for them. */
static void warn_of_secrets(const struct config *config)
{
        for (size_t i = 0; i < config->n_receivers; i++) {
                AUTO_FREE char *error = NULL;

                if (receiver_check(&config->receivers[i], &error) < 0)
                        fprintf(stderr, "warning: receiver %s: %s\n", config->receivers[i].name,
                                error);
        }
}

static void warn_of_globs(const struct config *config)
{
        for (size_t i = 0; i < config->n_globs; i++) {
                AUTO_FREE char *text = config_glob_warning(&config->globs[i]);

                if (text)
                        fprintf(stderr, "warning: %s\n", text);
        }
}

static int check(int argc, char **argv)
{
        CLEANUP(config_unref_at_exit) struct config *config = NULL;
        int status;
        const char *path = file_operand(&COMMAND_CONFIG_CHECK, argc, argv, &status);

        if (!path)
                return status;
        if (config_load_or_tell(&config, path) < 0 || check_trust(config) < 0)
                return EXIT_CRITICAL;
        warn_of_secrets(config);
        warn_of_globs(config);
        printf("%s is fine: %zu endpoint%s, %zu receiver%s, %zu file%s\n", path,
               config->n_endpoints, config->n_endpoints == 1 ? "" : "s",
               config->n_receivers, config->n_receivers == 1 ? "" : "s",
               config->n_files, config->n_files == 1 ? "" : "s");
        return EXIT_OK;
}

static int show(int argc, char **argv)
{
        CLEANUP(config_unref_at_exit) struct config *config = NULL;
        int status;
        const char *path = file_operand(&COMMAND_CONFIG_SHOW, argc, argv, &status);

        if (!path)
                return status;
        if (config_load_or_tell(&config, path) < 0)
                return EXIT_CRITICAL;
        AUTO_FREE char *text = config_show(config);

        fputs(text, stdout);
        return EXIT_OK;
}

static int new(int argc, char **argv)
{
        int status, first = args_parse(&COMMAND_CONFIG_NEW, argc, argv, NULL, &status);

        if (first < 0)
                return status;
        AUTO_FREE char *text = config_new();

        fputs(text, stdout);
        return EXIT_OK;
}

static int schema(int argc, char **argv)
{
        int status, first = args_parse(&COMMAND_CONFIG_SCHEMA, argc, argv, NULL, &status);

        if (first < 0)
                return status;
        AUTO_FREE char *text = config_json_schema();

        puts(text);
        return EXIT_OK;
}

const struct command COMMAND_CONFIG_CHECK = {
        .name = "config check",
        .operands = "[FILE]",
        .help = "say every error of a configuration at once",
        .details = "Exit status: 0 fine, 2 errors. FILE is " DEFAULT_CONFIG " unless given.",
        .run = check,
};

const struct command COMMAND_CONFIG_SHOW = {
        .name = "config show",
        .operands = "[FILE]",
        .help = "print the effective values of a configuration",
        .details = "Defaults are filled in and secrets are masked.",
        .run = show,
};

const struct command COMMAND_CONFIG_NEW = {
        .name = "config new",
        .operands = "",
        .help = "print a configuration to begin with",
        .details = "It watches nothing yet, tells the journal, and has every key as a comment.",
        .run = new,
};

const struct command COMMAND_CONFIG_SCHEMA = {
        .name = "config schema",
        .operands = "",
        .help = "print the JSON Schema of the configuration, for editors",
        .run = schema,
};
