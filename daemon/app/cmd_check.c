/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notafter check: the daemon's probe and validator, once. Hosts are probed side by side on one
 * loop; answers are printed in the order in which they were asked for.
 */
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/chain.h"
#include "common/cert/names.h"
#include "common/cert/trust.h"
#include "config/target.h"
#include "daemon/app/check_print.h"
#include "daemon/app/commands.h"
#include "daemon/probe/examine.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_AT_ONCE 64
#define DEFAULT_TIMEOUT_MS 10000

struct options {
        const char *file, *hostname, *at, *ca_file, *intermediates, *timeout;
        bool json, nagios, ipv4, ipv6;
};

static const struct arg_option OPTIONS[] = {
        { "file", 'f', "FILE", offsetof(struct options, file), "examine a PEM or DER file" },
        { "hostname", 'H', "NAME", offsetof(struct options, hostname),
          "name to find in the certificate, and SNI" },
        { "at", 0, "TIME", offsetof(struct options, at),
          "judge as of 2026-11-29, 2026-11-29T12:00:00Z or @SECONDS" },
        { "ca-file", 0, "FILE", offsetof(struct options, ca_file),
          "trust these anchors instead of the system's" },
        { "intermediates", 0, "FILE", offsetof(struct options, intermediates),
          "may complete a chain; they give no trust" },
        { "timeout", 't', "SPAN", offsetof(struct options, timeout),
          "for each target, default 10s" },
        { "ipv4", '4', NULL, offsetof(struct options, ipv4), "use IPv4 only" },
        { "ipv6", '6', NULL, offsetof(struct options, ipv6), "use IPv6 only" },
        { "json", 'j', NULL, offsetof(struct options, json), "one JSON object a target" },
        { "nagios", 'n', NULL, offsetof(struct options, nagios),
          "one line a target, with performance data" },
        { 0 },
};

struct item {
        struct check *check;
        char *text; /* as asked for */
        struct target target;
        char *server_name;
        struct exam_request request;
        struct exam_report *report;
};

struct check {
        struct options options;
        struct policy policy;
        struct trust *anchors, *extra;
        bool has_at; /* judge as of at_s, not now */
        int64_t at_s;
        int64_t timeout_ms;
        struct item *items;
        size_t n_items, started, running;
        struct event_base *base;
        struct examiner *examiner;
};

static int64_t judged_at(const struct check *c)
{
        return c->has_at ? c->at_s : clock_wall_s();
}

/* --- what is asked for ------------------------------------------------------------------------ */

static int parse_options(struct check *c)
{
        const struct options *o = &c->options;

        c->timeout_ms = DEFAULT_TIMEOUT_MS;
        c->has_at = o->at;
        if (c->has_at && parse_time(o->at, &c->at_s) < 0)
                return args_error(&COMMAND_CHECK, "--at: '%s' is not a time such as 2026-11-29, "
                                  "2026-11-29T12:00:00Z or @1795953600", o->at);
        if (o->timeout && (parse_span_ms(o->timeout, &c->timeout_ms) < 0 || c->timeout_ms < 1))
                return args_error(&COMMAND_CHECK,
                                  "--timeout: '%s' is not a span such as 5s or 500ms", o->timeout);
        if (o->json && o->nagios)
                return args_error(&COMMAND_CHECK, "--json and --nagios exclude each other");
        if (o->ipv4 && o->ipv6)
                return args_error(&COMMAND_CHECK, "--ipv4 and --ipv6 exclude each other");
        return EXIT_OK;
}

static int load_set(struct trust **ret, const char *path)
{
        AUTO_FREE char *error = NULL;

        if (trust_load(ret, path, &error) < 0)
                return args_error(&COMMAND_CHECK, "%s", error);
        if (error)
                fprintf(stderr, "notafter check: warning: %s\n", error);
        return EXIT_OK;
}

static int load_trust(struct check *c)
{
        int status = load_set(&c->anchors, c->options.ca_file);

        if (status == EXIT_OK && c->options.intermediates)
                status = load_set(&c->extra, c->options.intermediates);
        return status;
}

/* The name the certificate must carry: --hostname, else the host; none for a bare file. */
static int set_server_name(struct check *c, struct item *item)
{
        const char *reason = NULL;

        if (!c->options.hostname) {
                item->server_name = mem_strdup(item->target.host);
                return EXIT_OK;
        }
        if (host_canonical(c->options.hostname, &item->server_name, &reason) < 0)
                return args_error(&COMMAND_CHECK, "--hostname: '%s' is %s", c->options.hostname,
                                  reason);
        return EXIT_OK;
}

static int add_item(struct check *c, const char *text, const char *file)
{
        struct item *item = &c->items[c->n_items++];
        AUTO_FREE char *error = NULL;

        item->check = c;
        item->text = mem_strdup(text);
        if (file)
                item->target = (struct target){
                        .kind = TARGET_FILE, .scheme = mem_strdup("file"), .path = mem_strdup(file),
                };
        else if (target_parse(text, &item->target, &error) < 0)
                return args_error(&COMMAND_CHECK, "%s", error);
        return set_server_name(c, item);
}

/* --- looking ---------------------------------------------------------------------------------- */

static void examine_file(struct check *c, struct item *item)
{
        struct exam_report *r = item->report = mem_new0(1, sizeof(*r));
        int err = chain_read_file(&r->probe.chain, item->target.path, CHAIN_MAX_CERTS,
                                  CHAIN_MAX_FILE_BYTES);

        r->at_s = judged_at(c);
        if (err < 0) {
                AUTO_FREE char *message = mem_printf("Cannot read %s: %s.", item->target.path,
                                                     strerror(-err));

                r->probe.outcome = PROBE_LOCAL;
                verdict_add(&r->verdict,
                            err == -EFBIG ? FINDING_RESOURCE_LIMIT : FINDING_INPUT_EMPTY,
                            &c->policy, message, "Name a PEM or DER file that this user may read.");
                return;
        }
        validate(&(struct validate_input){
                .served = r->probe.chain, .anchors = c->anchors,
                .pools = { .configured = c->extra },
                .host = item->server_name, .policy = &c->policy, .now_s = r->at_s,
        }, &r->verdict);
}

/* With --at the worker's verdict of today is of no use: judge what was seen again. */
static void judge_again(struct check *c, struct item *item)
{
        struct exam_report *r = item->report;

        r->at_s = c->at_s;
        verdict_done(&r->verdict);
        validate(&(struct validate_input){
                .served = r->probe.chain, .anchors = c->anchors,
                .pools = { .configured = c->extra },
                .host = item->server_name, .policy = &c->policy, .now_s = c->at_s,
        }, &r->verdict);
}

static void start_more(struct check *c);

static void on_examined(struct exam_report *report, void *arg)
{
        struct item *item = arg;
        struct check *c = item->check;

        item->report = report;
        if (c->has_at && report->probe.chain && report->probe.outcome == PROBE_OK)
                judge_again(c, item);
        c->running--;
        start_more(c);
        if (c->running == 0)
                event_base_loopbreak(c->base);
}

static void start_item(struct check *c, struct item *item)
{
        if (item->target.kind == TARGET_FILE) {
                examine_file(c, item);
                return;
        }
        item->request = (struct exam_request){
                .probe = {
                        .host = item->target.host,
                        .port = item->target.port,
                        .server_name = item->server_name,
                        .family = c->options.ipv4   ? ADDR_IPV4
                                  : c->options.ipv6 ? ADDR_IPV6
                                                    : ADDR_ANY,
                        .timeout_ms = c->timeout_ms,
                        .step_timeout_ms = c->timeout_ms,
                },
                .reference = item->server_name,
                .anchors = c->anchors,
                .pools = { .configured = c->extra },
                .policy = &c->policy,
        };
        c->running++;
        exam_start(c->examiner, &item->request, on_examined, item);
}

static void start_more(struct check *c)
{
        while (c->started < c->n_items && c->running < MAX_AT_ONCE)
                start_item(c, &c->items[c->started++]);
}

static int examine_all(struct check *c)
{
        c->base = event_base_new();
        if (!c->base)
                return args_error(&COMMAND_CHECK, "cannot make an event loop: %s", strerror(errno));
        int r = examiner_new(&c->examiner, c->base, NULL);

        if (r < 0)
                return args_error(&COMMAND_CHECK, "cannot start: %s", strerror(-r));
        start_more(c);
        if (c->running > 0)
                event_base_dispatch(c->base);
        return EXIT_OK;
}

/* --- telling ---------------------------------------------------------------------------------- */

static int print_all(const struct check *c)
{
        /* worse means worth more attention: unknown is worse than a warning, critical is worst */
        static const int RANK[] = {
                [EXIT_OK] = 0, [EXIT_WARNING] = 1, [EXIT_UNKNOWN] = 2, [EXIT_CRITICAL] = 3,
        };
        int worst = EXIT_OK;

        for (size_t i = 0; i < c->n_items; i++) {
                const struct item *item = &c->items[i];
                int code = check_exit_code(item->report);

                if (c->options.json)
                        check_print_json(item->text, item->report);
                else if (c->options.nagios)
                        check_print_nagios(item->text, item->report, &c->policy);
                else
                        check_print_text(item->text, item->report, isatty(STDOUT_FILENO));
                if (!c->options.json && !c->options.nagios && i + 1 < c->n_items)
                        printf("\n");
                if (RANK[code] > RANK[worst])
                        worst = code;
        }
        return worst;
}

static void check_done(struct check *c)
{
        examiner_free(c->examiner);
        if (c->base)
                event_base_free(c->base);
        for (size_t i = 0; i < c->n_items; i++) {
                exam_report_free(c->items[i].report);
                target_done(&c->items[i].target);
                free(c->items[i].server_name);
                free(c->items[i].text);
        }
        free(c->items);
        trust_unref(c->anchors);
        trust_unref(c->extra);
}

static int check(struct check *c, int n, char **targets)
{
        int status = parse_options(c);

        c->items = mem_new0((size_t)n + 1, sizeof(*c->items));
        if (status == EXIT_OK && c->options.file)
                status = add_item(c, c->options.file, c->options.file);
        for (int i = 0; i < n && status == EXIT_OK; i++)
                status = add_item(c, targets[i], NULL);
        if (status == EXIT_OK && c->n_items == 0)
                status = args_error(&COMMAND_CHECK, "say what to check: a host or --file FILE");
        if (status == EXIT_OK)
                status = load_trust(c);
        if (status == EXIT_OK)
                status = examine_all(c);
        return status == EXIT_OK ? print_all(c) : status;
}

static int run(int argc, char **argv)
{
        struct check c = { .policy = POLICY_DEFAULT };
        int status, first = args_parse(&COMMAND_CHECK, argc, argv, &c.options, &status);

        if (first < 0)
                return status;
        status = check(&c, argc - first, argv + first);
        check_done(&c);
        return status;
}

const struct command COMMAND_CHECK = {
        .name = "check",
        .operands = "TARGET...",
        .help = "look at servers or files once, say what is wrong and how to mend it",
        .options = OPTIONS,
        .details = "A TARGET is host, host:port, https://host, imaps://host or file:/path.pem.\n"
                   "Exit status: 0 ok, 1 warning, 2 critical, 3 unknown (could not look).",
        .run = run,
};
