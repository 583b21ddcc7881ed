/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in status_print.h. */
#include "daemon/app/status_print.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/parse.h"
#include "daemon/app/wrap.h"

#include <stdio.h>
#include <string.h>

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

        if (left > -2 && left < 2)
                return "now";
        snprintf(out, size, left > 0 ? "in %s" : "%s ago", span_str(left, span));
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
        json_array_foreach(problems, i, problem) {
                printf("          %s: ", text(problem, "code", "?"));
                wrap_print(text(problem, "message", ""), 12 + strlen(text(problem, "code", "?")));
                printf("          -> ");
                wrap_print(text(problem, "remedy", ""), 13);
        }
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

void status_print(const json_t *status)
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
