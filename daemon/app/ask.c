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

char *ask_where(const struct command *c, const struct ask_options *o)
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

/* Nobody listens there: how to change that. */
static void tell_how_to_start(const struct ask_options *o)
{
        AUTO_FREE char *file = text_escaped(o->config ? o->config : DEFAULT_CONFIG,
                                            strlen(o->config ? o->config : DEFAULT_CONFIG));

        fprintf(stderr, "Is it running? To start it: systemctl start notafter\n"
                "or, without systemd: notafter run --config %s\n", file);
}

void ask_tell(const struct command *c, const struct ask_options *o, const char *socket, int r,
              const char *error)
{
        AUTO_FREE char *printable = error ? text_escaped(error, strlen(error)) : NULL;

        if (printable) {
                fprintf(stderr, "notafter %s: %s\n", c->name, printable);
                return;
        }
        fprintf(stderr, "notafter %s: no daemon answers at %s: %s\n", c->name, socket,
                strerror(-r));
        if (r == -EACCES)
                fprintf(stderr, "It answers root, its own user and its group; see WHO MAY ASK in "
                                "notafter.service(8).\n");
        else if (r == -ENOENT || r == -ECONNREFUSED)
                tell_how_to_start(o);
        else
                fprintf(stderr, "Is it well? See: systemctl status notafter\n");
}

json_t *ask_daemon(const struct command *c, const struct ask_options *o, json_t *request)
{
        AUTO_FREE char *socket = ask_where(c, o);
        json_t *doc = NULL;
        const char *error;
        int r = socket ? control_ask(socket, request, &doc) : 0;

        json_decref(request);
        error = json_string_value(json_object_get(doc, "error"));
        if (r < 0 || error)
                ask_tell(c, o, socket, r, error);
        if (!error)
                return doc;
        json_decref(doc);
        return NULL;
}
