/* SPDX-License-Identifier: Apache-2.0 */
/* notafter status: asks the running daemon and prints a table, problems first. */
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "config/loader.h"
#include "config/model.h"
#include "daemon/app/commands.h"
#include "daemon/app/control.h"

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

/* Where the daemon listens: as said, as configured, or at the usual place. malloc'ed. */
static char *find_socket(const struct options *o)
{
        CLEANUP(config_unref_at_exit) struct config *config = NULL;
        struct config_errors errors = { 0 };
        const char *path = o->config ? o->config : DEFAULT_CONFIG;
        char *found;

        if (o->socket)
                return mem_strdup(o->socket);
        if (!o->config && access(path, R_OK) < 0)
                return mem_strdup(CONTROL_DEFAULT_SOCKET);
        if (config_load(&config, path, &errors) < 0 && o->config)
                fprintf(stderr, "%s\n", errors.items[0]);
        config_errors_done(&errors);
        found = mem_strdup(config ? config->socket : CONTROL_DEFAULT_SOCKET);
        return found;
}

static const char *text(const json_t *object, const char *key, const char *otherwise)
{
        const char *s = json_string_value(json_object_get(object, key));

        return s ? s : otherwise;
}

static json_int_t number(const json_t *object, const char *key)
{
        return json_integer_value(json_object_get(object, key));
}

/* "in 6 d 4 h" or "3 d ago", from an RFC 3339 time; "-" when it is unknown. */
static const char *relative(const char *when, char *out, size_t size)
{
        char span[SPAN_STR_MAX];
        int64_t s;

        if (!when || parse_time(when, &s) < 0)
                return "-";
        int64_t left = s - clock_wall_s();

        snprintf(out, size, left >= 0 ? "in %s" : "%s ago", span_str(left, span));
        return out;
}

static void print_endpoint(const json_t *e, int width)
{
        static const struct {
                const char *severity, *word;
        } WORDS[] = {
                { "error", "CRITICAL" }, { "warning", "WARNING" }, { "unknown", "-" },
        };
        const json_t *problems = json_object_get(e, "problems"), *problem;
        const char *severity = text(e, "severity", "unknown"), *word = "ok";
        char expires[SPAN_STR_MAX + 8], last[SPAN_STR_MAX + 8];
        size_t i;

        for (i = 0; i < ARRAY_LEN(WORDS); i++)
                if (strcmp(severity, WORDS[i].severity) == 0)
                        word = WORDS[i].word;
        printf("%-9s %-*s %-16s %s\n", word, width, text(e, "name", "?"),
               relative(text(e, "expires", NULL), expires, sizeof(expires)),
               relative(text(e, "last_probe", NULL), last, sizeof(last)));
        json_array_foreach(problems, i, problem)
                printf("          %s: %s\n          -> %s\n", text(problem, "code", "?"),
                       text(problem, "message", ""), text(problem, "remedy", ""));
}

static int name_width(const json_t *endpoints)
{
        const json_t *e;
        size_t i, width = 8;

        json_array_foreach(endpoints, i, e) {
                size_t n = strlen(text(e, "name", "?"));

                width = n > width ? n : width;
        }
        return (int)(width > 60 ? 60 : width);
}

static void print_queue(const json_t *queue)
{
        const json_t *row;
        size_t i;

        json_array_foreach(queue, i, row) {
                const char *error = text(row, "last_error", NULL);

                if (i == 0)
                        printf("\nreceiver          waiting  given up  last error\n");
                printf("%-16s %8lld %9lld  %s\n", text(row, "receiver", "?"),
                       (long long)number(row, "waiting"), (long long)number(row, "dead"),
                       error ? error : "-");
        }
}

static void print_table(const json_t *status)
{
        const json_t *totals = json_object_get(status, "endpoints_total");
        const json_t *endpoints = json_object_get(status, "endpoints"), *e;
        int width = name_width(endpoints);
        size_t i;

        printf("%lld endpoints: %lld critical, %lld warning, %lld ok, %lld not looked at yet\n\n",
               (long long)number(totals, "all"), (long long)number(totals, "critical"),
               (long long)number(totals, "warning"), (long long)number(totals, "ok"),
               (long long)number(totals, "unknown"));
        printf("%-9s %-*s %-16s %s\n", "STATE", width, "ENDPOINT", "EXPIRES", "LAST PROBE");
        json_array_foreach(endpoints, i, e)
                print_endpoint(e, width);
        if ((json_int_t)json_array_size(endpoints) < number(totals, "all"))
                printf("... and %lld more; --json has them all\n",
                       (long long)number(totals, "all") - (long long)json_array_size(endpoints));
        print_queue(json_object_get(status, "queue"));
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
        int r = control_ask(socket, o.json ? SIZE_MAX / 4 : SHOWN_ENDPOINTS, &doc);

        if (r < 0) {
                fprintf(stderr, "notafter status: no daemon answers at %s: %s\n"
                        "Is it running? See: systemctl status notafter\n", socket, strerror(-r));
                return EXIT_UNKNOWN;
        }
        if (o.json)
                json_dumpf(doc, stdout, JSON_INDENT(2));
        else
                print_table(doc);
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
