/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics as scrapers read them: names, types, escaping, numbers, and which format is wanted. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "common/base/cleanup.h"
#include "daemon/metrics/metrics.h"
#include "daemon/metrics/metrics_table.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

static const struct metric TURNS = { "x_turns_total", METRIC_COUNTER, NULL, "Turns." };
static const struct metric BUILD = { "x_build_info", METRIC_INFO, NULL, "Build." };
static const struct metric SPAN = { "x_span_seconds", METRIC_GAUGE, "seconds", "Span." };

static struct evbuffer *out;

static int setup(void **state)
{
        (void)state;
        out = evbuffer_new();
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        evbuffer_free(out);
        return 0;
}

static struct metrics_writer writer(bool openmetrics)
{
        return (struct metrics_writer){ .out = out, .openmetrics = openmetrics };
}

static void assert_out(const char *expected)
{
        evbuffer_add(out, "", 1);
        assert_string_equal((const char *)evbuffer_pullup(out, -1), expected);
        evbuffer_drain(out, evbuffer_get_length(out));
}

static void write_all(bool openmetrics)
{
        struct metrics_writer w = writer(openmetrics);

        metrics_begin(&w, &TURNS);
        metrics_sample(&w, &TURNS, NULL, 0, 7);
        metrics_begin(&w, &BUILD);
        metrics_sample(&w, &BUILD, &(struct metric_label){ "version", "1" }, 1, 1);
        metrics_begin(&w, &SPAN);
        metrics_end(&w);
}

static void text__has_gauges_for_infos(void **state)
{
        (void)state;
        write_all(false);
        assert_out("# HELP x_turns_total Turns.\n# TYPE x_turns_total counter\nx_turns_total 7\n"
                   "# HELP x_build_info Build.\n# TYPE x_build_info gauge\n"
                   "x_build_info{version=\"1\"} 1\n"
                   "# HELP x_span_seconds Span.\n# TYPE x_span_seconds gauge\n");
}

static void openmetrics__has_names_without_endings_units_and_an_end(void **state)
{
        (void)state;
        write_all(true);
        assert_out("# HELP x_turns Turns.\n# TYPE x_turns counter\nx_turns_total 7\n"
                   "# HELP x_build Build.\n# TYPE x_build info\nx_build_info{version=\"1\"} 1\n"
                   "# HELP x_span_seconds Span.\n# TYPE x_span_seconds gauge\n"
                   "# UNIT x_span_seconds seconds\n# EOF\n");
}

static void numbers__are_short_and_exact(void **state)
{
        static const struct {
                double value;
                const char *text;
        } CASES[] = {
                { 0, "0" },
                { -12, "-12" },
                { 1790000000, "1790000000" },
                { 9007199254740991, "9007199254740991" },
                { 1e20, "1e+20" },
                { 0.001234, "0.001234" },
                { -0.5, "-0.5" },
        };
        struct metrics_writer w = writer(false);
        char line[64];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                snprintf(line, sizeof(line), "x_turns_total %s\n", CASES[i].text);
                metrics_sample(&w, &TURNS, NULL, 0, CASES[i].value);
                assert_out(line);
        }
}

static void values__cannot_break_out(void **state)
{
        struct metrics_writer w = writer(false);
        const struct metric_label labels[] = {
                { "a", "x\"} 1\ny\\" },
                { "b", "gr\xc3\xbc\xc3\x9f" },
                { "c", "\xff\xc3" },
                { "d", "" },
        };

        (void)state;
        metrics_sample(&w, &BUILD, labels, ARRAY_LEN(labels), 1);
        assert_out("x_build_info{a=\"x\\\"} 1\\ny\\\\\",b=\"gr\xc3\xbc\xc3\x9f\","
                   "c=\"\xef\xbf\xbd\xef\xbf\xbd\",d=\"\"} 1\n");
}

static void long_values__are_whole(void **state)
{
        static char text[5001];
        struct metrics_writer w = writer(false);

        (void)state;
        memset(text, 'a', sizeof(text) - 1);
        metrics_sample(&w, &BUILD, &(struct metric_label){ "a", text }, 1, 1);
        assert_int_equal(evbuffer_get_length(out),
                         strlen("x_build_info{a=\"\"} 1\n") + sizeof(text) - 1);
}

static void accept__chooses_what_is_wanted_most(void **state)
{
        static const struct {
                const char *accept;
                bool openmetrics;
        } CASES[] = {
                { NULL, false },
                { "", false },
                { "*/*", false },
                { "text/html,application/xhtml+xml,*/*;q=0.8", false },
                { "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                  "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true },
                { "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                  "encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;"
                  "escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1", true },
                { "application/openmetrics-text", true },
                { "Application/OpenMetrics-Text ; Version=0.0.1 ; Q=0.9", true },
                { "application/openmetrics-text;version=2.0.0", false },
                { "application/openmetrics-text;q=0", false },
                { "application/openmetrics-text;q=0.4,text/plain;q=0.5", false },
                { "application/openmetrics-text;q=0.4,text/plain;version=9;q=0.5", true },
                { "application/openmetrics-textual", false },
                { ";;,;q,,=,text/plain;", false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
                if (metrics_wants_openmetrics(CASES[i].accept) != CASES[i].openmetrics)
                        fail_msg("%s", CASES[i].accept);
}

/* The rules of both formats, and of the one who lints them. */
static void table__is_whole_and_follows_the_rules(void **state)
{
        struct metrics_writer w = writer(true);

        (void)state;
        for (size_t i = 0; i < METRIC_COUNT; i++) {
                const struct metric *m = &METRICS[i];

                assert_non_null(m->name);
                assert_non_null(m->help);
                assert_null(strpbrk(m->help, "\n\\"));
                assert_true(strspn(m->name, "abcdefghijklmnopqrstuvwxyz0123456789_") ==
                            strlen(m->name));
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(m->name, METRICS[k].name);
                if (m->unit) {
                        const char *at = strstr(m->name, m->unit);

                        assert_non_null(at);
                        assert_string_equal(at + strlen(m->unit),
                                            m->type == METRIC_COUNTER ? "_total" : "");
                }
                metrics_begin(&w, m); /* asserts the ending */
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(text__has_gauges_for_infos, setup, teardown),
                cmocka_unit_test_setup_teardown(
                        openmetrics__has_names_without_endings_units_and_an_end, setup, teardown),
                cmocka_unit_test_setup_teardown(numbers__are_short_and_exact, setup, teardown),
                cmocka_unit_test_setup_teardown(values__cannot_break_out, setup, teardown),
                cmocka_unit_test_setup_teardown(long_values__are_whole, setup, teardown),
                cmocka_unit_test(accept__chooses_what_is_wanted_most),
                cmocka_unit_test_setup_teardown(table__is_whole_and_follows_the_rules, setup,
                                                teardown),
        };

        return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
