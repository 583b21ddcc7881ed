/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in status_print.h. What the document of another version lacks reads as 0. */
#include "daemon/app/status_print.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/parse.h"
#include "daemon/app/silence_print.h"
#include "daemon/app/wrap.h"

#include <stdio.h>
#include <string.h>

#define NAME_MIN_COLUMNS 8
#define NAME_MAX_COLUMNS 60
#define RECEIVER_COLUMNS 16

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

/* The first @columns columns of UTF-8 @s, in bytes. */
static int bytes_of_columns(const char *s, size_t columns)
{
        size_t n = 0;

        for (; s[n]; n++)
                if (((unsigned char)s[n] & 0xc0) != 0x80 && columns-- == 0)
                        break;
        return (int)n;
}

/* @s in exactly @width columns: padded, or cut with an ellipsis. */
static void print_cell(const char *s, size_t width)
{
        size_t wide = wrap_columns(s);

        if (wide > width)
                printf("%.*s\xe2\x80\xa6", bytes_of_columns(s, width - 1), s);
        else
                printf("%s%*s", s, (int)(width - wide), "");
}

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

static void print_problem(const json_t *problem)
{
        const char *code = text(problem, "code", "?");
        const char *silence = text(problem, "silence", NULL);

        printf("          %s: ", code);
        wrap_print(text(problem, "message", ""), 12 + wrap_columns(code));
        printf("          -> ");
        wrap_print(text(problem, "remedy", ""), 13);
        if (silence)
                printf("          nobody is told: silence %s\n", silence);
}

static void print_endpoint(const json_t *e, size_t width)
{
        const json_t *problems = json_object_get(e, "problems"), *problem;
        const char *last_error = text(e, "last_error", NULL);
        char expires[SPAN_STR_MAX + 8], last[SPAN_STR_MAX + 8];
        size_t i;

        printf("%-9s ", state_word(text(e, "severity", "unknown")));
        print_cell(text(e, "name", "?"), width);
        printf(" %-16s %s\n",
               relative(text(e, "expires", NULL), expires, sizeof(expires)),
               relative(text(e, "last_probe", NULL), last, sizeof(last)));
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
                size_t n = wrap_columns(text(e, "name", "?"));

                width = n > width ? n : width;
        }
        return width > NAME_MAX_COLUMNS ? NAME_MAX_COLUMNS : width;
}

static void print_queue(const json_t *queue)
{
        const json_t *row;
        size_t i;

        json_array_foreach(queue, i, row) {
                const char *error = text(row, "last_error", NULL);

                if (i == 0)
                        printf("\nreceiver          waiting  given up  last error\n");
                print_cell(text(row, "receiver", "?"), RECEIVER_COLUMNS);
                printf(" %8lld %9lld  %s\n", (long long)number(row, "waiting"),
                       (long long)number(row, "dead"), error ? error : "-");
        }
}

static void print_silences(const json_t *silences)
{
        if (json_array_size(silences) == 0)
                return;
        printf("\nsilences\n");
        silence_print_list(silences);
}

static void print_totals(const json_t *totals)
{
        printf("%lld endpoints: %lld critical, %lld warning, %lld failing, %lld ok, "
               "%lld not looked at yet\n",
               (long long)number(totals, "all"), (long long)number(totals, "critical"),
               (long long)number(totals, "warning"), (long long)number(totals, "failing"),
               (long long)number(totals, "ok"), (long long)number(totals, "unknown"));
}

void status_print(const json_t *status)
{
        const json_t *totals = json_object_get(status, "endpoints_total");
        const json_t *endpoints = json_object_get(status, "endpoints"), *e;
        const char *store_error = text(status, "store_error", NULL);
        const char *warning = text(status, "warning", NULL);
        size_t i, width = name_width(endpoints);

        if (store_error)
                printf("The daemon cannot write its state: %s\n\n", store_error);
        if (warning) {
                wrap_print(warning, 0);
                printf("\n");
        }
        print_totals(totals);
        printf("\n%-9s %-*s %-16s %s\n", "STATE", (int)width, "ENDPOINT", "EXPIRES", "LAST PROBE");
        json_array_foreach(endpoints, i, e)
                print_endpoint(e, width);
        if ((json_int_t)json_array_size(endpoints) < number(totals, "all"))
                printf("... and %lld more; --json has them all\n",
                       (long long)number(totals, "all") - (long long)json_array_size(endpoints));
        print_queue(json_object_get(status, "queue"));
        print_silences(json_object_get(status, "silences"));
}
