/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/html.h - writing HTML in which nothing can break out: certificates are written by
 * strangers.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct buf;

/*
 * Like buf_printf(), but every %s is escaped, for text and for quoted attributes alike; control
 * characters are shown as such. Conversions: %s %.*s %c %d %u %zu %ld %lu, PRId64, %f with a
 * precision, and %%. NULL for %s is the empty text.
 */
void html_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Text of several lines for a <pre>: escaped like %s, but lines stay lines. */
void html_lines(struct buf *b, const char *text);

/* A number for people: "1,234,567". */
void html_count(struct buf *b, int64_t n);

/* A span, rounded down to its largest unit, days at least two: "12 days", "36 hours". */
void html_span(struct buf *b, int64_t s);

/* A text as a component of a URL, percent-encoded (RFC 3986): malloc'ed. */
char *html_url_component(const char *text);

/*
 * A date of a document (RFC 3339): "in 12 days" in a <time> whose title is the date in UTC; null
 * is a dash.
 */
void html_time(struct buf *b, const json_t *instant, int64_t now_s);

/* The text at @key of @doc; "" = there is none. Borrowed. */
const char *html_text_of(const json_t *doc, const char *key);

/* Seconds of a date of a document; 0 = null. */
int64_t html_instant(const json_t *instant);
