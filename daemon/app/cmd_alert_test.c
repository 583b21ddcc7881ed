/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notafter alert test: one message to one receiver, from here, and what came of it. It needs no
 * daemon: who sets a receiver up wants to know whether it works before he relies on it.
 */
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/lookup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/model.h"
#include "config/schema.h"
#include "daemon/alert/receiver.h"
#include "daemon/app/commands.h"
#include "daemon/app/wrap.h"
#include "daemon/loop/http_client.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST_NAME_SIZE 256

struct options {
        const char *config;
};

static const struct arg_option OPTIONS[] = {
        { "config", 'c', "FILE", offsetof(struct options, config),
          "the configuration, default " DEFAULT_CONFIG },
        { 0 },
};

struct trial {
        struct event_base *base;
        struct http_client *http;
        const struct config_receiver *cfg;
        struct receiver *receiver;
        enum send_result result;
        char *answer; /* in words, or NULL */
};

/* message_done() it. */
static void make_message(struct message *m, const struct config_receiver *cfg)
{
        char host[HOST_NAME_SIZE] = "this host";

        (void)gethostname(host, sizeof(host) - 1);
        *m = (struct message){
                .endpoint = mem_strdup("notafter"),
                .name = mem_strdup("notafter"),
                .target = mem_strdup(host),
                .kind = MESSAGE_TEST,
                .severity = SEVERITY_INFO,
                .previous = SEVERITY_OK,
                .since_s = clock_wall_s(),
                .at_s = clock_wall_s(),
                .summary = mem_printf("This is a test: notafter on %s can reach receiver %s.", host,
                                      cfg->name),
                .remedy = mem_strdup("Nothing is wrong, and nothing is to be done."),
        };
        message_id_new(m->id);
}

static void on_sent(enum send_result result, const char *reason, int64_t retry_after_s, void *arg)
{
        struct trial *t = arg;

        (void)retry_after_s;
        t->result = result;
        t->answer = mem_strdup(reason);
        event_base_loopbreak(t->base);
}

static void send_and_wait(struct trial *t)
{
        struct message m;

        make_message(&m, t->cfg);
        AUTO_FREE char *payload = message_to_json(&m);

        receiver_send(t->receiver, &m, payload, on_sent, t);
        event_base_dispatch(t->base);
        message_done(&m);
}

static int report(const struct trial *t)
{
        static const char *const WORDS[] = {
                [SEND_OK]       = "accepted",
                [SEND_RETRY]    = "in trouble, a daemon would try again",
                [SEND_REJECTED] = "rejected",
                [SEND_GONE]     = "gone for good, a daemon would disable it",
        };
        AUTO_FREE char *text = mem_printf("receiver %s (%s): %s%s%s", t->cfg->name,
                                          SCHEMA_RECEIVER_KINDS[t->cfg->kind], WORDS[t->result],
                                          t->answer ? ": " : "", t->answer ? t->answer : "");

        wrap_print(text, 0);
        return t->result == SEND_OK ? EXIT_OK : EXIT_CRITICAL;
}

static int try_out(struct trial *t)
{
        AUTO_FREE char *error = NULL;

        t->base = event_base_new();
        if (!t->base || http_client_new(&t->http, t->base) < 0) {
                fprintf(stderr, "notafter alert test: cannot make an event loop\n");
                return EXIT_UNKNOWN;
        }
        int r = receiver_new(&t->receiver, t->base, t->cfg, t->http, &error);

        if (r < 0) {
                fprintf(stderr, "notafter alert test: receiver %s cannot be used: %s\n",
                        t->cfg->name, error ? error : strerror(-r));
                return EXIT_UNKNOWN;
        }
        send_and_wait(t);
        return report(t);
}

static void finish(struct trial *t)
{
        receiver_free(t->receiver);
        http_client_free(t->http);
        if (t->base)
                event_base_free(t->base);
        free(t->answer);
}

static const struct config_receiver *find(const struct config *c, const char *name)
{
        const char *meant;

        for (size_t i = 0; i < c->n_receivers; i++)
                if (strcmp(c->receivers[i].name, name) == 0)
                        return &c->receivers[i];
        const char **names = mem_new0(c->n_receivers, sizeof(*names));

        for (size_t i = 0; i < c->n_receivers; i++)
                names[i] = c->receivers[i].name;
        meant = lookup_nearest(names, c->n_receivers, name);
        AUTO_FREE char *shown = text_escaped(name, strlen(name));

        fprintf(stderr, "notafter alert test: there is no receiver '%s'", shown);
        if (meant)
                fprintf(stderr, "; did you mean '%s'?", meant);
        fprintf(stderr, "\n");
        free(names);
        return NULL;
}

static int run(int argc, char **argv)
{
        CLEANUP(config_unref_at_exit) struct config *config = NULL;
        struct options o = { .config = DEFAULT_CONFIG };
        int status, first = args_parse(&COMMAND_ALERT_TEST, argc, argv, &o, &status);

        if (first < 0)
                return status;
        if (argc - first != 1)
                return args_error(&COMMAND_ALERT_TEST, "say which receiver, and only one");
        if (config_load_or_tell(&config, o.config) < 0)
                return EXIT_UNKNOWN;
        struct trial t = { .cfg = find(config, argv[first]) };

        if (!t.cfg)
                return EXIT_UNKNOWN;
        status = try_out(&t);
        finish(&t);
        return status;
}

const struct command COMMAND_ALERT_TEST = {
        .name = "alert test",
        .operands = "RECEIVER",
        .help = "send a test message, and print what the receiver answered",
        .details = "It is sent from here, without the daemon: as whoever runs this, who must be "
                   "able to\nread the receiver's secrets.\n"
                   "Exit status: 0 accepted, 2 not accepted, 3 could not be tried.",
        .options = OPTIONS,
        .run = run,
};
