/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in status_print.h. What the document of another version lacks reads as 0. */
#include "daemon/app/status_print.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/app/doc.h"
#include "daemon/app/silence_print.h"
#include "daemon/app/wrap.h"

#include <stdio.h>
#include <string.h>

#define NAME_MIN_COLUMNS 8
#define NAME_MAX_COLUMNS 60
#define RECEIVER_COLUMNS 16

static const char *state_word(const char *severity)
{
        static const struct {
                const char *severity, *word;
        } WORDS[] = {
                { "error", "CRITICAL" }, { "warning", "WARNING" }, { "failing", "FAILING" },
                { "unknown", "-" }, { "info", "ok" }, { "ok", "ok" },
        };

        for (size_t i = 0; i < ARRAY_LEN(WORDS); i++)
                if (strcmp(severity, WORDS[i].severity) == 0)
                        return WORDS[i].word;
        return severity; /* a newer daemon knows more states than we do */
}

static void print_flapping(const json_t *flapping)
{
        const char *now = doc_text(flapping, "now", NULL);
        char since[RELATIVE_STR_MAX];

        if (now)
                printf("          comes and goes, held open: %s; last change %s\n",
                       strcmp(now, "ok") == 0 ? "gone" : now,
                       doc_relative(flapping, "since", since));
}

static void print_problem(const json_t *problem)
{
        const char *code = doc_text(problem, "code", "?");
        const char *silence = doc_text(problem, "silence", NULL);

        printf("          %s: ", code);
        wrap_print(doc_text(problem, "message", ""), 12 + wrap_columns(code));
        print_flapping(json_object_get(problem, "flapping"));
        printf("          -> ");
        wrap_print(doc_text(problem, "remedy", ""), 13);
        if (silence)
                printf("          nobody is told: silence %s\n", silence);
}

static void print_endpoint(const json_t *e, size_t width)
{
        const json_t *problems = json_object_get(e, "problems"), *problem;
        const char *last_error = doc_text(e, "last_error", NULL);
        char expires[RELATIVE_STR_MAX], last[RELATIVE_STR_MAX];
        size_t i;

        printf("%-9s ", state_word(doc_text(e, "severity", "unknown")));
        print_cell(doc_text(e, "name", "?"), width);
        printf(" %-16s %s\n",
               doc_relative(e, "expires", expires),
               doc_relative(e, "last_probe", last));
        json_array_foreach(problems, i, problem)
                print_problem(problem);
        if (json_array_size(problems) == 0 && last_error) {
                printf("          ");
                wrap_print(last_error, 10);
        }
}

static size_t name_width(const json_t *endpoints)
{
        const json_t *e;
        size_t i, width = NAME_MIN_COLUMNS;

        json_array_foreach(endpoints, i, e) {
                size_t n = wrap_columns(doc_text(e, "name", "?"));

                width = n > width ? n : width;
        }
        return width > NAME_MAX_COLUMNS ? NAME_MAX_COLUMNS : width;
}

static void print_queue(const json_t *queue)
{
        const json_t *row;
        size_t i;

        json_array_foreach(queue, i, row) {
                const char *error = doc_text(row, "last_error", NULL);

                if (i == 0)
                        printf("\nreceiver          waiting  given up  last error\n");
                print_cell(doc_text(row, "receiver", "?"), RECEIVER_COLUMNS);
                printf(" %8lld %9lld  %s\n", (long long)doc_number(row, "waiting"),
                       (long long)doc_number(row, "dead"), error ? error : "-");
        }
}

/* Those that hold, or will. */
static void print_silences(const json_t *silences)
{
        const json_t *s;
        const char *heading = "\nsilences\n";
        size_t i;

        json_array_foreach(silences, i, s) {
                if (strcmp(doc_text(s, "state", ""), "over") == 0)
                        continue;
                printf("%s", heading);
                silence_print(s);
                heading = "";
        }
}

static void print_totals(const json_t *totals)
{
        json_int_t all = doc_number(totals, "all");

        printf("%lld endpoint%s: %lld critical, %lld warning, %lld failing, %lld ok, "
               "%lld not looked at yet\n",
               (long long)all, all == 1 ? "" : "s", (long long)doc_number(totals, "critical"),
               (long long)doc_number(totals, "warning"), (long long)doc_number(totals, "failing"),
               (long long)doc_number(totals, "ok"), (long long)doc_number(totals, "unknown"));
}

/* Whoever is to raise the alarm when we are not heard of, may do so soon. */
static void print_heartbeat(const json_t *heartbeat)
{
        const char *withheld = doc_text(heartbeat, "withheld", NULL);
        const char *error = doc_text(heartbeat, "last_error", NULL);

        if (!withheld && !error)
                return;
        printf(withheld ? "The heartbeat is withheld: " : "The heartbeat cannot be sent: ");
        wrap_print(withheld ? withheld : error, 0);
        printf("\n");
}

static void print_disabled(const json_t *receivers)
{
        const json_t *r;
        size_t i;

        json_array_foreach(receivers, i, r) {
                const char *name = doc_text(r, "receiver", "?");
                AUTO_FREE char *text = mem_printf(
                        "Receiver %s is DISABLED since %s: %s. To try it again: notafter alert "
                        "retry %s", name, doc_text(r, "since", "?"), doc_text(r, "reason", "?"),
                        name);

                wrap_print(text, 0);
                printf("\n");
        }
}

void status_print(const json_t *status)
{
        const json_t *totals = json_object_get(status, "endpoints_total");
        const json_t *endpoints = json_object_get(status, "endpoints"), *e;
        const char *store_error = doc_text(status, "store_error", NULL);
        const char *refused = doc_text(status, "refused", NULL);
        const char *warning = doc_text(status, "warning", NULL);
        size_t i, width = name_width(endpoints);

        if (store_error)
                printf("The daemon cannot write its state: %s\n\n", store_error);
        if (refused) {
                AUTO_FREE char *text = mem_printf("A new configuration was not taken: %s", refused);

                wrap_print(text, 0);
                printf("\n");
        }
        print_disabled(json_object_get(status, "disabled_receivers"));
        print_heartbeat(json_object_get(status, "heartbeat"));
        if (warning) {
                wrap_print(warning, 0);
                printf("\n");
        }
        print_totals(totals);
        if (doc_number(totals, "all") == 0)
                printf("Name some below 'endpoints' in the configuration, then run: "
                       "systemctl reload notafter\n");
        printf("\n%-9s %-*s %-16s %s\n", "STATE", (int)width, "ENDPOINT", "EXPIRES", "LAST PROBE");
        json_array_foreach(endpoints, i, e)
                print_endpoint(e, width);
        json_int_t more = doc_number(totals, "all") - (json_int_t)json_array_size(endpoints);

        if (more > 0)
                printf("... and %lld more; --json has them all\n", (long long)more);
        print_queue(json_object_get(status, "queue"));
        print_silences(json_object_get(status, "silences"));
}
