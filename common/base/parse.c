/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in parse.h. Spans and dates are whole seconds, never floating point. */
#include "common/base/parse.h"

#include "common/base/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* Reads digits at *@s and moves it past them. */
static int take_number(const char **s, int64_t *ret)
{
        int64_t v = 0;

        if (!is_digit(**s))
                return -EINVAL;
        for (; is_digit(**s); (*s)++)
                if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, **s - '0', &v))
                        return -ERANGE;
        *ret = v;
        return 0;
}

int parse_int(const char *s, int64_t *ret)
{
        bool minus = *s == '-';
        int64_t v;

        s += minus;
        int r = take_number(&s, &v);

        if (r == 0 && *s)
                r = -EINVAL;
        if (r == 0)
                *ret = minus ? -v : v;
        return r;
}

static const struct {
        const char *name;
        int64_t ms;
} UNITS[] = {
        { "ms", 1 }, { "w", 604800000 }, { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 },
        { "s", 1000 },
};

/* The length in milliseconds of the unit at *@s, which moves past it; 0 = no unit. */
static int64_t take_unit(const char **s)
{
        for (size_t i = 0; i < ARRAY_LEN(UNITS); i++) {
                size_t len = strlen(UNITS[i].name);

                if (strncmp(*s, UNITS[i].name, len) == 0) {
                        *s += len;
                        return UNITS[i].ms;
                }
        }
        return 0;
}

int parse_span_ms(const char *s, int64_t *ret_ms)
{
        int64_t total = 0;

        if (strcmp(s, "0") == 0) {
                *ret_ms = 0;
                return 0;
        }
        do {
                int64_t v, unit;
                int r = take_number(&s, &v);

                if (r < 0)
                        return r;
                s += *s == ' ';
                unit = take_unit(&s);
                if (unit == 0)
                        return -EINVAL;
                if (__builtin_mul_overflow(v, unit, &v) || __builtin_add_overflow(total, v, &total))
                        return -ERANGE;
                s += *s == ' ' && s[1];
        } while (*s);
        if (total > PARSE_SPAN_MAX_S * 1000)
                return -ERANGE;
        *ret_ms = total;
        return 0;
}

int parse_span(const char *s, int64_t *ret_s)
{
        int64_t ms;
        int r = parse_span_ms(s, &ms);

        if (r < 0)
                return r;
        if (ms % 1000)
                return -EINVAL;
        *ret_s = ms / 1000;
        return 0;
}

int parse_percent(const char *s, int *ret_millipercent)
{
        int64_t whole, milli = 0;
        int r = take_number(&s, &whole);

        if (r < 0)
                return r;
        if (*s == '.') {
                int64_t unit = 100;

                s++;
                if (!is_digit(*s))
                        return -EINVAL;
                for (; is_digit(*s); s++, unit /= 10)
                        milli += unit * (*s - '0');
        }
        s += *s == ' ';
        if (strcmp(s, "%") != 0)
                return -EINVAL;
        if (whole > 100 || (whole == 100 && milli > 0))
                return -ERANGE;
        *ret_millipercent = (int)(whole * 1000 + milli);
        return 0;
}

/* Is @s of this form, a 9 standing for any digit? strptime() alone takes blanks and lone digits. */
static bool has_form(const char *s, const char *picture)
{
        for (; *picture; s++, picture++)
                if (*picture == '9' ? !is_digit(*s) : *s != *picture)
                        return false;
        return *s == '\0';
}

#define TIME_WITHOUT_FRACTION 19 /* bytes of "2026-11-29T12:00:00" */

/* "2026-11-29T12:00:00.999Z" as "2026-11-29T12:00:00Z": we count in whole seconds. */
static const char *cut_fraction(const char *s, char out[static TIME_WITHOUT_FRACTION + 2])
{
        if (strnlen(s, TIME_WITHOUT_FRACTION) < TIME_WITHOUT_FRACTION ||
            s[TIME_WITHOUT_FRACTION] != '.')
                return s;
        size_t digits = strspn(s + TIME_WITHOUT_FRACTION + 1, "0123456789");

        if (digits == 0 || strcmp(s + TIME_WITHOUT_FRACTION + 1 + digits, "Z") != 0)
                return s;
        memcpy(out, s, TIME_WITHOUT_FRACTION);
        memcpy(out + TIME_WITHOUT_FRACTION, "Z", 2);
        return out;
}

int parse_time(const char *s, int64_t *ret_s)
{
        static const struct {
                const char *picture, *format;
        } FORMS[] = {
                { "9999-99-99T99:99:99Z", "%Y-%m-%dT%H:%M:%SZ" },
                { "9999-99-99", "%Y-%m-%d" },
        };

        char whole[TIME_WITHOUT_FRACTION + 2];

        if (*s == '@')
                return parse_int(s + 1, ret_s);
        s = cut_fraction(s, whole);
        for (size_t i = 0; i < ARRAY_LEN(FORMS); i++) {
                struct tm tm = { .tm_isdst = 0 }, given;

                if (!has_form(s, FORMS[i].picture) || !strptime(s, FORMS[i].format, &tm))
                        continue;
                given = tm;
                int64_t t = (int64_t)timegm(&tm);

                if (tm.tm_mday != given.tm_mday || tm.tm_mon != given.tm_mon)
                        return -ERANGE; /* such as the 31st of February */
                *ret_s = t;
                return 0;
        }
        return -EINVAL;
}

const char *span_str(int64_t s, char out[static SPAN_STR_MAX])
{
        uint64_t v = s < 0 ? -(uint64_t)s : (uint64_t)s;

        if (v >= 86400 && v % 86400 / 3600)
                snprintf(out, SPAN_STR_MAX, "%" PRIu64 " d %" PRIu64 " h", v / 86400,
                         v % 86400 / 3600);
        else if (v >= 86400)
                snprintf(out, SPAN_STR_MAX, "%" PRIu64 " d", v / 86400);
        else if (v >= 3600)
                snprintf(out, SPAN_STR_MAX, "%" PRIu64 " h %" PRIu64 " min", v / 3600,
                         v % 3600 / 60);
        else if (v >= 60)
                snprintf(out, SPAN_STR_MAX, "%" PRIu64 " min", v / 60);
        else
                snprintf(out, SPAN_STR_MAX, "%" PRIu64 " s", v);
        return out;
}

const char *span_exact(int64_t s, char out[static SPAN_STR_MAX])
{
        static const struct {
                char unit;
                int64_t s;
        } PARTS[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
        size_t used = 0;

        out[0] = '\0';
        for (size_t i = 0; i < ARRAY_LEN(PARTS); i++) {
                if (s / PARTS[i].s == 0)
                        continue;
                used += (size_t)snprintf(out + used, SPAN_STR_MAX - used, "%" PRId64 "%c",
                                         s / PARTS[i].s, PARTS[i].unit);
                s %= PARTS[i].s;
        }
        if (used == 0)
                snprintf(out, SPAN_STR_MAX, "0s");
        return out;
}

static const char *format_time(int64_t s, const char *form, char out[static TIME_STR_MAX])
{
        time_t t = (time_t)s;
        struct tm tm;

        if (!gmtime_r(&t, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099 ||
            strftime(out, TIME_STR_MAX, form, &tm) == 0)
                snprintf(out, TIME_STR_MAX, "(no such date)");
        return out;
}

const char *time_str(int64_t s, char out[static TIME_STR_MAX])
{
        return format_time(s, "%04Y-%m-%d %H:%M UTC", out);
}

const char *time_rfc3339(int64_t s, char out[static TIME_STR_MAX])
{
        return format_time(s, "%04Y-%m-%dT%H:%M:%SZ", out);
}
