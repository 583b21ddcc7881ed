/* SPDX-License-Identifier: Apache-2.0 */
/* notafter status: asks the running daemon and prints what it says. */
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/app/commands.h"
#include "daemon/app/control.h"
#include "daemon/app/status_print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN_ENDPOINTS 1000

struct options {
        const char *config, *socket;
        bool json;
};

static const struct arg_option OPTIONS[] = {
        { "config", 'c', "FILE", offsetof(struct options, config),
          "the daemon's configuration, which names its socket" },
        { "socket", 's', "PATH", offsetof(struct options, socket),
          "the daemon's socket, default " CONTROL_DEFAULT_SOCKET },
        { "json", 'j', NULL, offsetof(struct options, json), "everything, as one JSON document" },
        { 0 },
};

/* Where the daemon listens: as said, as configured, or at the usual place. malloc'ed, or NULL. */
static char *find_socket(const struct options *o)
{
        CLEANUP(config_unref_at_exit) struct config *config = NULL;
        const char *path = o->config ? o->config : DEFAULT_CONFIG;

        if (o->socket)
                return mem_strdup(o->socket);
        if (!o->config && access(path, F_OK) < 0)
                return mem_strdup(CONTROL_DEFAULT_SOCKET);
        if (config_load_or_tell(&config, path) < 0) {
                fprintf(stderr, "notafter status: this file cannot tell where the daemon listens; "
                        "say it with --socket PATH\n");
                return NULL;
        }
        return mem_strdup(config->socket);
}

static int run(int argc, char **argv)
{
        struct options o = { 0 };
        int status, first = args_parse(&COMMAND_STATUS, argc, argv, &o, &status);
        json_t *doc = NULL;

        if (first < 0)
                return status;
        if (first < argc)
                return args_error(&COMMAND_STATUS, "'%s' is one word too many", argv[first]);
        AUTO_FREE char *socket = find_socket(&o);

        if (!socket)
                return EXIT_UNKNOWN;
        int r = control_ask(socket, o.json ? SIZE_MAX / 4 : SHOWN_ENDPOINTS, &doc);

        if (r < 0) {
                fprintf(stderr, "notafter status: no daemon answers at %s: %s\n"
                        "Is it running? See: systemctl status notafter\n", socket, strerror(-r));
                return EXIT_UNKNOWN;
        }
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
        .options = OPTIONS,
        .run = run,
};
