/* SPDX-License-Identifier: Apache-2.0 */
/* notafter silence add, list, expire: through the daemon's socket; the daemon knows the rules. */
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/cert/json_text.h"
#include "daemon/app/ask.h"
#include "daemon/app/commands.h"
#include "daemon/app/silence_print.h"

#include <stdio.h>
#include <string.h>

static void set_text(json_t *o, const char *key, const char *value)
{
        if (value)
                json_object_set_new(o, key, json_text(value));
}

/* JSON knows nothing else. */
static bool is_utf8(int argc, char **argv)
{
        for (int i = 0; i < argc; i++) {
                json_t *word = json_string(argv[i]);

                if (!word)
                        return false;
                json_decref(word);
        }
        return true;
}

/* --- add -------------------------------------------------------------------------------------- */

struct add_options {
        struct ask_options ask; /* first: ASK_OPTIONS are offsets in it */
        struct arg_list names, labels, codes;
        const char *severity, *from, *until, *span, *reason;
};

static const struct arg_option ADD_OPTIONS[] = {
        { "name", 'n', "PATTERN", offsetof(struct add_options, names),
          "endpoints whose name or target fits; may be repeated: one of them", .many = true },
        { "label", 'l', "KEY=PATTERN", offsetof(struct add_options, labels),
          "endpoints with that label; may be repeated: all of them", .many = true },
        { "code", 'C', "CODE", offsetof(struct add_options, codes),
          "diagnoses, as leaf-expired or leaf-*; may be repeated: one of them", .many = true },
        { "severity", 'S', "SEVERITY", offsetof(struct add_options, severity),
          "info, warning or error: as bad as that, or worse" },
        { "until", 'u', "TIME", offsetof(struct add_options, until),
          "its end, in UTC: 2026-11-29 or 2026-11-29T12:00:00Z" },
        { "for", 'f', "SPAN", offsetof(struct add_options, span), "its length: 90m, 2h, 1d12h" },
        { "from", 'F', "TIME", offsetof(struct add_options, from), "its beginning, if not now" },
        { "reason", 'r', "TEXT", offsetof(struct add_options, reason),
          "why, for those who wonder" },
        { 0 },
};

static void set_patterns(json_t *match, const char *key, const struct arg_list *l)
{
        json_t *list = json_must(json_array());

        for (size_t i = 0; i < l->n; i++)
                json_array_append_new(list, json_text(l->items[i]));
        if (l->n > 0)
                json_object_set(match, key, list);
        json_decref(list);
}

/* "team=web" and the like; NULL or the one that is something else. */
static const char *set_labels(json_t *match, const struct arg_list *l)
{
        json_t *labels = json_must(json_object());

        if (l->n > 0)
                json_object_set(match, "labels", labels);
        json_decref(labels);
        for (size_t i = 0; i < l->n; i++) {
                AUTO_FREE char *key = mem_strdup(l->items[i]);
                char *value = strchr(key, '=');

                if (!value)
                        return l->items[i];
                *value = '\0';
                if (json_object_get(labels, key))
                        return l->items[i];
                json_object_set_new(labels, key, json_text(value + 1));
        }
        return NULL;
}

/* What is missing or wrong in the arguments; else NULL. The rest is for the daemon to say. */
static const char *lacks(const struct add_options *o)
{
        if (o->names.n + o->labels.n + o->codes.n == 0 && !o->severity)
                return "say which problems: --name, --label, --code or --severity; "
                       "--name '*' takes all";
        if (!o->until == !o->span)
                return "a silence ends: say --until TIME or --for SPAN, and not both";
        if (!o->reason)
                return "a silence has a reason: say --reason TEXT";
        return NULL;
}

static void print_added(const json_t *answer)
{
        const json_t *is = json_object_get(answer, "silence");
        long long endpoints = json_integer_value(json_object_get(answer, "endpoints"));
        long long problems = json_integer_value(json_object_get(answer, "problems"));

        silence_print(is);
        printf("It fits %lld endpoint%s and takes %lld open problem%s.\n", endpoints,
               endpoints == 1 ? "" : "s", problems, problems == 1 ? "" : "s");
}

/* The request, or NULL and in *ret_wrong the label that is none. */
static json_t *add_request(const struct add_options *o, const char **ret_wrong)
{
        json_t *match = json_must(json_object());
        json_t *request = json_must(json_pack("{s:s, s:o}", "command", "silence add",
                                              "match", match));

        *ret_wrong = set_labels(match, &o->labels);
        if (*ret_wrong) {
                json_decref(request);
                return NULL;
        }
        set_patterns(match, "names", &o->names);
        set_patterns(match, "codes", &o->codes);
        set_text(match, "severity", o->severity);
        set_text(request, "from", o->from);
        set_text(request, "until", o->until);
        set_text(request, "for", o->span);
        set_text(request, "reason", o->reason);
        return request;
}

static int run_add(int argc, char **argv)
{
        const struct command *c = &COMMAND_SILENCE_ADD;
        struct add_options o = { 0 };
        const char *wrong;
        int status, first = args_parse(c, argc, argv, &o, &status);

        if (first < 0)
                return status;
        if (first < argc)
                return args_error(c, "'%s' is one word too many", argv[first]);
        if (!is_utf8(argc, argv))
                return args_error(c, "the arguments must be UTF-8");
        if (lacks(&o))
                return args_error(c, "%s", lacks(&o));
        json_t *request = add_request(&o, &wrong);

        if (!request)
                return args_error(c, "--label %s: say KEY=PATTERN, each KEY once", wrong);
        json_t *answer = ask_daemon(c, &o.ask, request);

        if (!answer)
                return EXIT_UNKNOWN;
        print_added(answer);
        json_decref(answer);
        return EXIT_OK;
}

const struct command COMMAND_SILENCE_ADD = {
        .name = "silence add",
        .operands = "",
        .help = "tell nobody of some problems for a while",
        .shared = ASK_OPTIONS,
        .options = ADD_OPTIONS,
        .details = "All that is given must fit. Problems under a silence are still recorded and "
                   "shown;\nthe end of one that was told before is told all the same.",
        .run = run_add,
};

/* --- list ------------------------------------------------------------------------------------- */

struct list_options {
        struct ask_options ask; /* first, as above */
        bool json;
};

static const struct arg_option LIST_OPTIONS[] = {
        { "json", 'j', NULL, offsetof(struct list_options, json), "as one JSON document" },
        { 0 },
};

static void print_listed(const json_t *silences)
{
        const json_t *s;
        size_t i;

        if (json_array_size(silences) == 0)
                printf("There are no silences.\n");
        json_array_foreach(silences, i, s)
                silence_print(s);
}

static int run_list(int argc, char **argv)
{
        struct list_options o = { 0 };
        int status, first = args_parse(&COMMAND_SILENCE_LIST, argc, argv, &o, &status);

        if (first < 0)
                return status;
        if (first < argc)
                return args_error(&COMMAND_SILENCE_LIST, "'%s' is one word too many", argv[first]);
        json_t *answer = ask_daemon(&COMMAND_SILENCE_LIST, &o.ask, json_must(json_pack(
                "{s:s}", "command", "silence list")));

        if (!answer)
                return EXIT_UNKNOWN;
        if (o.json) {
                json_dumpf(answer, stdout, JSON_INDENT(2));
                printf("\n");
        } else {
                print_listed(json_object_get(answer, "silences"));
        }
        json_decref(answer);
        return EXIT_OK;
}

const struct command COMMAND_SILENCE_LIST = {
        .name = "silence list",
        .operands = "",
        .help = "the silences there are, those of the configuration included",
        .shared = ASK_OPTIONS,
        .options = LIST_OPTIONS,
        .run = run_list,
};

/* --- expire ----------------------------------------------------------------------------------- */

static int run_expire(int argc, char **argv)
{
        struct ask_options o = { 0 };
        int status, first = args_parse(&COMMAND_SILENCE_EXPIRE, argc, argv, &o, &status);

        if (first < 0)
                return status;
        if (first == argc)
                return args_error(&COMMAND_SILENCE_EXPIRE, "say the ID of a silence");
        if (!is_utf8(argc, argv))
                return args_error(&COMMAND_SILENCE_EXPIRE, "the arguments must be UTF-8");
        for (int i = first; i < argc; i++) {
                json_t *answer = ask_daemon(&COMMAND_SILENCE_EXPIRE, &o, json_must(json_pack(
                        "{s:s, s:o}", "command", "silence expire", "id", json_text(argv[i]))));

                if (!answer)
                        return EXIT_UNKNOWN;
                json_decref(answer);
        }
        return EXIT_OK;
}

const struct command COMMAND_SILENCE_EXPIRE = {
        .name = "silence expire",
        .operands = "ID...",
        .help = "end silences before their time",
        .shared = ASK_OPTIONS,
        .run = run_expire,
};
