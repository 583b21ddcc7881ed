/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in ask.h. */
#include "daemon/app/ask.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/model.h"
#include "daemon/app/commands.h"
#include "daemon/app/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct arg_option ASK_OPTIONS[] = {
        { "config", 'c', "FILE", offsetof(struct ask_options, config),
          "the daemon's configuration, which names its socket" },
        { "socket", 's', "PATH", offsetof(struct ask_options, socket),
          "the daemon's socket, default " CONTROL_DEFAULT_SOCKET },
        { 0 },
};

/*
 * Where the daemon listens: as said, as configured, or at the usual place; also when its usual file
 * has errors, for it runs on with what it had. malloc'ed, or NULL.
 */
static char *find_socket(const struct command *c, const struct ask_options *o)
{
        CLEANUP(config_unref_at_exit) struct config *config = NULL;
        const char *path = o->config ? o->config : DEFAULT_CONFIG;

        if (o->socket)
                return mem_strdup(o->socket);
        if (!o->config && access(path, F_OK) < 0)
                return mem_strdup(CONTROL_DEFAULT_SOCKET);
        if (config_load_or_tell(&config, path) == 0)
                return mem_strdup(config->socket);
        fprintf(stderr, "notafter %s: this file cannot tell where the daemon listens; ", c->name);
        if (o->config) {
                fputs("say it with --socket PATH\n", stderr);
                return NULL;
        }
        fputs("asking at " CONTROL_DEFAULT_SOCKET "\n", stderr);
        return mem_strdup(CONTROL_DEFAULT_SOCKET);
}

static void tell_error(const struct command *c, const char *error)
{
        AUTO_FREE char *printable = text_escaped(error, strlen(error));

        fprintf(stderr, "notafter %s: %s\n", c->name, printable);
}

json_t *ask_daemon(const struct command *c, const struct ask_options *o, json_t *request)
{
        AUTO_FREE char *socket = find_socket(c, o);
        json_t *doc = NULL;
        const char *error;
        int r = socket ? control_ask(socket, request, &doc) : 0;

        json_decref(request);
        if (r < 0)
                fprintf(stderr, "notafter %s: no daemon answers at %s: %s\n%s\n", c->name, socket,
                        strerror(-r), r == -EACCES
                        ? "It answers root, its own user and its group."
                        : "Is it running? See: systemctl status notafter");
        error = json_string_value(json_object_get(doc, "error"));
        if (!error)
                return doc;
        tell_error(c, error);
        json_decref(doc);
        return NULL;
}
