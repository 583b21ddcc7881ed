/* SPDX-License-Identifier: Apache-2.0 */
/* notafter status: asks the running daemon and prints what it says, once or again and again. */
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/parse.h"
#include "common/cert/json_text.h"
#include "daemon/app/ask.h"
#include "daemon/app/commands.h"
#include "daemon/app/status_print.h"
#include "daemon/app/status_view.h"
#include "daemon/app/watch.h"
#include "daemon/app/wrap.h"

#include <stdio.h>
#include <string.h>

#define MOST_ENDPOINTS 1000 /* that a daemon gives at once */
#define PERIOD_S 2
#define PERIOD_MOST_S 86400
#define TEXT_MAX_BYTES 65536

struct options {
        struct ask_options ask; /* first: ASK_OPTIONS are offsets in it */
        const char *state, *code, *label, *limit, *watch, *colour;
        bool json;
};

static const struct arg_option OPTIONS[] = {
        { "state", 0, "STATES", offsetof(struct options, state),
          "only these: critical, warning, failing, unknown, ok" },
        { "code", 0, "CODE", offsetof(struct options, code),
          "only those with an open problem of this diagnosis" },
        { "label", 'l', "KEY=VALUE", offsetof(struct options, label),
          "only those with this label" },
        { "limit", 'n', "N", offsetof(struct options, limit),
          "at most so many endpoints; 1000, which is the most" },
        { "watch", 'w', "SECONDS", offsetof(struct options, watch),
          "again every 2 seconds, or so many; q leaves", .optional = true },
        { "color", 0, "WHEN", offsetof(struct options, colour), "auto, always or never" },
        { "json", 'j', NULL, offsetof(struct options, json), "everything, as one JSON document" },
        { 0 },
};

static void set_text(json_t *o, const char *key, const char *value)
{
        if (value)
                json_object_set_new(o, key, json_text(value));
}

static void set_words(json_t *filter, char **words, int n)
{
        struct buf text = BUF_INIT(TEXT_MAX_BYTES);

        for (int i = 0; i < n; i++)
                buf_printf(&text, "%s%s", i ? " " : "", words[i]);
        if (n > 0)
                set_text(filter, "q", buf_str(&text));
        buf_done(&text);
}

/* -1: told why not. */
static int read_numbers(const struct options *o, int64_t *ret_limit, int64_t *ret_period_s)
{
        if (o->limit && (parse_int(o->limit, ret_limit) < 0 || *ret_limit < 1 ||
                         *ret_limit > MOST_ENDPOINTS)) {
                (void)args_error(&COMMAND_STATUS, "--limit: '%s' is not a number from 1 to %d",
                                 o->limit, MOST_ENDPOINTS);
                return -1;
        }
        if (o->watch && *o->watch && (parse_int(o->watch, ret_period_s) < 0 || *ret_period_s < 1 ||
                                      *ret_period_s > PERIOD_MOST_S)) {
                (void)args_error(&COMMAND_STATUS, "--watch: '%s' is not a number of seconds from 1 "
                                 "to %d", o->watch, PERIOD_MOST_S);
                return -1;
        }
        return 0;
}

/* Everything as ever; with a filter, `endpoints` has what fits, and `total` says how many do. */
static int print_json(const struct options *o, json_t *filter, bool narrowed)
{
        json_t *request = json_must(json_pack("{s:s}", "command", "status")), *doc, *some = NULL;

        if (narrowed)
                json_object_set_new(request, "max_endpoints", json_must(json_integer(0)));
        doc = ask_daemon(&COMMAND_STATUS, &o->ask, request);
        if (doc && narrowed) {
                json_object_set_new(filter, "command", json_must(json_string("endpoints")));
                some = ask_daemon(&COMMAND_STATUS, &o->ask, json_incref(filter));
                json_object_set(doc, "endpoints", json_object_get(some, "endpoints"));
                json_object_set(doc, "total", json_object_get(some, "total"));
        }
        bool whole = doc && (some || !narrowed);

        if (whole) {
                json_dumpf(doc, stdout, JSON_INDENT(2));
                printf("\n");
        }
        json_decref(some);
        json_decref(doc);
        return whole ? EXIT_OK : EXIT_UNKNOWN;
}

static int print_text(const struct options *o, const json_t *filter, int64_t period_s)
{
        const struct terminal t = watch_terminal(o->colour);
        AUTO_FREE char *socket = ask_where(&COMMAND_STATUS, &o->ask), *error = NULL;
        struct status_view v = { 0 };
        int r = socket ? status_view_ask(&v, socket, filter, &error) : 0;

        if (r < 0)
                ask_tell(&COMMAND_STATUS, &o->ask, socket, r, error);
        if (r < 0 || !socket)
                return EXIT_UNKNOWN;
        if (o->watch)
                watch_status(&(struct watch){ socket, &v, period_s, o->colour });
        else
                status_print(&v, &t);
        status_view_done(&v);
        return EXIT_OK;
}

static bool is_colour(const char *when)
{
        return !when || strcmp(when, "auto") == 0 || strcmp(when, "always") == 0 ||
               strcmp(when, "never") == 0;
}

static int run(int argc, char **argv)
{
        struct options o = { 0 };
        int64_t limit = MOST_ENDPOINTS, period_s = PERIOD_S;
        int status, first = args_parse(&COMMAND_STATUS, argc, argv, &o, &status);

        if (first < 0)
                return status;
        if (o.json && o.watch)
                return args_error(&COMMAND_STATUS, "--json and --watch do not go together");
        if (!is_colour(o.colour))
                return args_error(&COMMAND_STATUS, "--color: '%s' is not auto, always or never",
                                  o.colour);
        if (read_numbers(&o, &limit, &period_s) < 0)
                return EXIT_UNKNOWN;
        json_t *filter = json_must(json_object());

        set_words(filter, argv + first, argc - first);
        set_text(filter, "state", o.state);
        set_text(filter, "code", o.code);
        set_text(filter, "label", o.label);
        bool narrowed = json_object_size(filter) > 0 || o.limit;

        json_object_set_new(filter, "limit", json_must(json_integer(limit)));
        status = o.json ? print_json(&o, filter, narrowed) : print_text(&o, filter, period_s);
        json_decref(filter);
        return status;
}

const struct command COMMAND_STATUS = {
        .name = "status",
        .operands = "[TEXT...]",
        .help = "ask the running daemon what it sees, problems first",
        .shared = ASK_OPTIONS,
        .options = OPTIONS,
        .details = "TEXT, if any, is in name, target, labels or subject of what is shown.",
        .run = run,
};
