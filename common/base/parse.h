/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/base/parse.h - numbers, spans of time and dates, from text and back.
 *
 * Parsers take the whole string or nothing: 0 on success, -EINVAL when it is not of the form,
 * -ERANGE when it is but does not fit; the output is untouched on failure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PARSE_SPAN_MAX_S (INT64_C(100) * 366 * 86400) /* a hundred years: longer is a slip */

/* Decimal, with an optional minus sign. */
int parse_int(const char *s, int64_t *ret);

/*
 * A span of time: "30d", "12h", "1d 12h", "1d12h", "90s".
 * Units w d h m s; a bare "0" is allowed, any other bare number is not. In seconds.
 */
int parse_span(const char *s, int64_t *ret_s);

/* The same with the unit ms as well, in milliseconds. */
int parse_span_ms(const char *s, int64_t *ret_ms);

/* A percentage, "20%", "20 %" or "7.5%": in thousandths of a percent (20 % = 20000), 0 to 100 %. */
int parse_percent(const char *s, int *ret_millipercent);

/*
 * A date in UTC: "2026-11-29", "2026-11-29T12:00:00Z" (a fraction of the second is cut off), or
 * seconds since the epoch as "@1234".
 */
int parse_time(const char *s, int64_t *ret_s);

#define SPAN_STR_MAX 40
#define TIME_STR_MAX 40

/* A span for people, two largest units: "6 d 4 h", "3 h 20 min", "45 s"; the sign is dropped. */
const char *span_str(int64_t s, char out[static SPAN_STR_MAX]);

/* A span as the configuration writes it, exactly: "1d12h", "90s", "0s". */
const char *span_exact(int64_t s, char out[static SPAN_STR_MAX]);

/* An instant for people: "2026-11-29 12:00 UTC". Years outside 0 to 9999 give "(no such date)". */
const char *time_str(int64_t s, char out[static TIME_STR_MAX]);

/* An instant for programs (RFC 3339): "2026-11-29T12:00:00Z". */
const char *time_rfc3339(int64_t s, char out[static TIME_STR_MAX]);
