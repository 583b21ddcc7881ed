/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, spans, percentages and dates: tables of what is read, and what is refused how. */
#include "tests/unit/base/unit.h"

#include "common/base/cleanup.h"
#include "common/base/parse.h"

#include <errno.h>
#include <string.h>

#define UNTOUCHED 424242

struct row {
        const char *text;
        int r;
        int64_t value;
};

typedef int parse_fn(const char *s, int64_t *ret);

static void check(parse_fn *parse, const struct row *rows, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                int64_t value = UNTOUCHED;
                int r = parse(rows[i].text, &value);
                int64_t expected = rows[i].r == 0 ? rows[i].value : UNTOUCHED;

                if (r != rows[i].r || value != expected)
                        fail_msg("\"%s\": %d, %lld", rows[i].text, r, (long long)value);
        }
}

static void integers_are_read_whole_or_not_at_all(void **state)
{
        static const struct row ROWS[] = {
                { "0", 0, 0 },
                { "-0", 0, 0 },
                { "007", 0, 7 },
                { "-12", 0, -12 },
                { "9223372036854775807", 0, INT64_MAX },
                { "-9223372036854775807", 0, -INT64_MAX },
                { "9223372036854775808", -ERANGE, 0 },
                { "-9223372036854775809", -ERANGE, 0 },
                { "99999999999999999999999999", -ERANGE, 0 },
                { "", -EINVAL, 0 },
                { "-", -EINVAL, 0 },
                { "--1", -EINVAL, 0 },
                { "+1", -EINVAL, 0 },
                { " 1", -EINVAL, 0 },
                { "1 ", -EINVAL, 0 },
                { "1.0", -EINVAL, 0 },
                { "0x10", -EINVAL, 0 },
                { "1e3", -EINVAL, 0 },
        };

        (void)state;
        check(parse_int, ROWS, ARRAY_LEN(ROWS));
}

static void spans_are_numbers_with_units(void **state)
{
        static const struct row ROWS[] = {
                { "0", 0, 0 },
                { "0s", 0, 0 },
                { "90s", 0, 90 },
                { "2m", 0, 120 },
                { "12h", 0, 43200 },
                { "30d", 0, 2592000 },
                { "2w", 0, 1209600 },
                { "1d12h", 0, 129600 },
                { "1d 12h", 0, 129600 },
                { "1 d 12 h", 0, 129600 },
                { "1w1d1h1m1s", 0, 694861 },
                { "36600d", 0, PARSE_SPAN_MAX_S },
                { "36600d 1s", -ERANGE, 0 },
                { "9223372036854775807s", -ERANGE, 0 },
                { "106751991167300w", -ERANGE, 0 },
                { "99999999999999999999d", -ERANGE, 0 },
                { "", -EINVAL, 0 },
                { "5", -EINVAL, 0 },
                { "00", -EINVAL, 0 },
                { "d", -EINVAL, 0 },
                { "-5d", -EINVAL, 0 },
                { "1.5d", -EINVAL, 0 },
                { "5 ", -EINVAL, 0 },
                { "5d ", -EINVAL, 0 },
                { " 5d", -EINVAL, 0 },
                { "5  d", -EINVAL, 0 },
                { "5d  1h", -EINVAL, 0 },
                { "5D", -EINVAL, 0 },
                { "5days", -EINVAL, 0 },
                { "5mo", -EINVAL, 0 },
                { "1d,2h", -EINVAL, 0 },
                { "1d 5", -EINVAL, 0 },
                { "1500ms", -EINVAL, 0 },
        };

        (void)state;
        check(parse_span, ROWS, ARRAY_LEN(ROWS));
}

static void spans_in_milliseconds_know_ms_as_well(void **state)
{
        static const struct row ROWS[] = {
                { "0", 0, 0 },
                { "1ms", 0, 1 },
                { "1500ms", 0, 1500 },
                { "1s 500ms", 0, 1500 },
                { "5m", 0, 300000 },
                { "5m5ms", 0, 300005 },
                { "36600d", 0, PARSE_SPAN_MAX_S * 1000 },
                { "36600d1ms", -ERANGE, 0 },
                { "9223372036854775808ms", -ERANGE, 0 },
                { "ms", -EINVAL, 0 },
                { "5us", -EINVAL, 0 },
        };

        (void)state;
        check(parse_span_ms, ROWS, ARRAY_LEN(ROWS));
}

static void percentages_are_read_in_thousandths(void **state)
{
        static const struct {
                const char *text;
                int r, value;
        } ROWS[] = {
                { "0%", 0, 0 },          { "20%", 0, 20000 },       { "20 %", 0, 20000 },
                { "7.5%", 0, 7500 },     { "7.25 %", 0, 7250 },     { "0.001%", 0, 1 },
                { "100%", 0, 100000 },   { "100.0%", 0, 100000 },   { "99.999%", 0, 99999 },
                { "101%", -ERANGE, 0 },  { "100.5%", -ERANGE, 0 },  { "100.001%", -ERANGE, 0 },
                { "99999999999999999999%", -ERANGE, 0 },
                { "", -EINVAL, 0 },      { "%", -EINVAL, 0 },       { "20", -EINVAL, 0 },
                { "-1%", -EINVAL, 0 },   { ".5%", -EINVAL, 0 },     { "5.%", -EINVAL, 0 },
                { "5%%", -EINVAL, 0 },   { "5%x", -EINVAL, 0 },     { " 5%", -EINVAL, 0 },
                { "5  %", -EINVAL, 0 },  { "5,5%", -EINVAL, 0 },    { "1.2.3%", -EINVAL, 0 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                int value = UNTOUCHED, r = parse_percent(ROWS[i].text, &value);

                if (r != ROWS[i].r || value != (r == 0 ? ROWS[i].value : UNTOUCHED))
                        fail_msg("\"%s\": %d, %d", ROWS[i].text, r, value);
        }
}

static void dates_are_read_in_utc(void **state)
{
        static const struct row ROWS[] = {
                { "1970-01-01", 0, 0 },
                { "1970-01-01T00:00:01Z", 0, 1 },
                { "1969-12-31T23:59:59Z", 0, -1 },
                { "2026-11-29", 0, 1795910400 },
                { "2026-11-29T12:00:00Z", 0, 1795953600 },
                { "2026-11-29T12:00:00.999Z", 0, 1795953600 },
                { "2026-11-29T12:00:00.0000000001Z", 0, 1795953600 },
                { "2024-02-29", 0, 1709164800 },
                { "2000-02-29", 0, 951782400 },
                { "2038-01-19T03:14:08Z", 0, INT64_C(2147483648) },
                { "9999-12-31T23:59:59Z", 0, INT64_C(253402300799) },
                { "@0", 0, 0 },
                { "@1234", 0, 1234 },
                { "@-1234", 0, -1234 },
                { "@9223372036854775807", 0, INT64_MAX },
                { "@9223372036854775808", -ERANGE, 0 },
                { "2023-02-29", -ERANGE, 0 },
                { "2100-02-29", -ERANGE, 0 },
                { "2026-02-31", -ERANGE, 0 },
                { "2026-04-31T00:00:00Z", -ERANGE, 0 },
        };

        (void)state;
        check(parse_time, ROWS, ARRAY_LEN(ROWS));
}

static void what_is_no_date_is_refused(void **state)
{
        static const char *const ROWS[] = {
                "", "@", "@x", "@1x", "now", "2026", "2026-11", "2026-13-01", "2026-00-10",
                "2026-11-00", "2026-11-32", "2026-11-29T", "2026-11-29T12:00Z",
                "2026-11-29T12:00:00", "2026-11-29T12:00:00+01:00", "2026-11-29T24:00:00Z",
                "2026-11-29T12:60:00Z", "2026-11-29 12:00:00", "2026-11-29T12:00:00Z ",
                "2026-11-29x", "29.11.2026", "11/29/2026", "-2026-11-29", "12026-11-29",
                "2026-1-2", "26-11-29", " 2026-11-29", "2026- 1- 2", "2026-11-29T 1:00:00Z",
                "2026-11-29T1:2:3Z", "2026-11-29T12:00:00.Z", "2026-11-29T12:00:00.5",
                "2026-11-29T12:00:00.5 Z", "2026-11-29T12:00:00,5Z", "2026-11-29.5Z",
                "2026-11-29T12:00.5:00Z", "2026-11-29T12:00:0x.5Z",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                int64_t value = UNTOUCHED;

                if (parse_time(ROWS[i], &value) != -EINVAL || value != UNTOUCHED)
                        fail_msg("\"%s\" was not refused: %lld", ROWS[i], (long long)value);
        }
}

static void spans_for_people_have_two_units_at_most(void **state)
{
        static const struct {
                int64_t s;
                const char *text;
        } ROWS[] = {
                { 0, "0 s" },
                { 59, "59 s" },
                { 60, "1 min" },
                { 119, "1 min" },
                { 3599, "59 min" },
                { 3600, "1 h 0 min" },
                { 12000, "3 h 20 min" },
                { 86399, "23 h 59 min" },
                { 86400, "1 d" },
                { 89999, "1 d" },
                { 90000, "1 d 1 h" },
                { 532800, "6 d 4 h" },
                { -532800, "6 d 4 h" },
                { INT64_MAX, "106751991167300 d 15 h" },
                { INT64_MIN, "106751991167300 d 15 h" },
        };
        char out[SPAN_STR_MAX];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                assert_string_equal(span_str(ROWS[i].s, out), ROWS[i].text);
}

static void exact_spans_are_written_as_the_configuration_does(void **state)
{
        static const struct {
                int64_t s;
                const char *text;
        } ROWS[] = {
                { 0, "0s" },
                { 1, "1s" },
                { 60, "1m" },
                { 90, "1m30s" },
                { 129600, "1d12h" },
                { 604800, "7d" },
                { 694861, "8d1h1m1s" },
                { INT64_MAX, "106751991167300d15h30m7s" },
        };
        char out[SPAN_STR_MAX];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                assert_string_equal(span_exact(ROWS[i].s, out), ROWS[i].text);
        assert_true(strlen(span_exact(INT64_MIN, out)) < SPAN_STR_MAX);
        assert_int_equal(out[0], '-');
}

static void an_exact_span_reads_back_as_the_same_number(void **state)
{
        char out[SPAN_STR_MAX];

        (void)state;
        for (int64_t s = 0; s < PARSE_SPAN_MAX_S; s = s * 3 / 2 + 1) {
                int64_t back = -1;

                assert_int_equal(parse_span(span_exact(s, out), &back), 0);
                assert_int_equal(back, s);
        }
}

static void instants_are_printed_in_utc(void **state)
{
        static const struct {
                int64_t s;
                const char *people, *programs;
        } ROWS[] = {
                { 0, "1970-01-01 00:00 UTC", "1970-01-01T00:00:00Z" },
                { -1, "1969-12-31 23:59 UTC", "1969-12-31T23:59:59Z" },
                { 1795953600, "2026-11-29 12:00 UTC", "2026-11-29T12:00:00Z" },
                { INT64_C(-62135596800), "0001-01-01 00:00 UTC", "0001-01-01T00:00:00Z" },
                { INT64_C(253402300799), "9999-12-31 23:59 UTC", "9999-12-31T23:59:59Z" },
                { INT64_C(253402300800), "(no such date)", "(no such date)" },
                { INT64_C(-62167219201), "(no such date)", "(no such date)" },
                { INT64_MAX, "(no such date)", "(no such date)" },
                { INT64_MIN, "(no such date)", "(no such date)" },
        };
        char out[TIME_STR_MAX];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                assert_string_equal(time_str(ROWS[i].s, out), ROWS[i].people);
                assert_string_equal(time_rfc3339(ROWS[i].s, out), ROWS[i].programs);
        }
}

static void a_printed_instant_reads_back_as_the_same_second(void **state)
{
        char out[TIME_STR_MAX];

        (void)state;
        for (int64_t s = -62135596800; s < INT64_C(253402300799); s += 86400 * 977 + 12345) {
                int64_t back = -1;

                assert_int_equal(parse_time(time_rfc3339(s, out), &back), 0);
                assert_int_equal(back, s);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(integers_are_read_whole_or_not_at_all),
                cmocka_unit_test(spans_are_numbers_with_units),
                cmocka_unit_test(spans_in_milliseconds_know_ms_as_well),
                cmocka_unit_test(percentages_are_read_in_thousandths),
                cmocka_unit_test(dates_are_read_in_utc),
                cmocka_unit_test(what_is_no_date_is_refused),
                cmocka_unit_test(spans_for_people_have_two_units_at_most),
                cmocka_unit_test(exact_spans_are_written_as_the_configuration_does),
                cmocka_unit_test(an_exact_span_reads_back_as_the_same_number),
                cmocka_unit_test(instants_are_printed_in_utc),
                cmocka_unit_test(a_printed_instant_reads_back_as_the_same_second),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
