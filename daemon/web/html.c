/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in html.h.
 *
 * There is one way from a text to a page, html_text(), and it has two steps: what is not printable
 * UTF-8 becomes visible (control characters, bidirectional overrides), then what means something to
 * HTML becomes a character reference. Formats are our own literals and are copied as they are.
 */
#include "daemon/web/html.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/parse.h"
#include "common/base/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPEC_MAX 16
#define NUMBER_MAX 512 /* %f of the largest double has 309 digits before its point */
#define DAY_S 86400

static const char *const REFERENCES[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
};

static void put_references(struct buf *b, const char *s, size_t n)
{
        size_t from = 0;

        for (size_t i = 0; i < n; i++) {
                const char *reference = REFERENCES[(unsigned char)s[i]];

                if (reference) {
                        buf_append(b, s + from, i - from);
                        buf_puts(b, reference);
                        from = i + 1;
                }
        }
        buf_append(b, s + from, n - from);
}

static void html_text(struct buf *b, const char *s, size_t n)
{
        struct buf shown = BUF_INIT(4 * n + 1); /* at most \xNN for each byte */

        text_escape(&shown, s, n);
        put_references(b, buf_str(&shown), shown.len);
        buf_done(&shown);
}

/* One conversion of a format, "%" to its letter. */
struct spec {
        char text[SPEC_MAX];
        size_t len;
        bool star;      /* %.*s */
        unsigned longs; /* how many l */
        bool size;      /* z */
        char letter;
};

static struct spec spec_read(const char *at)
{
        struct spec spec = { .len = strcspn(at + 1, "sdufc%") + 2 };

        assert(spec.len < SPEC_MAX);
        memcpy(spec.text, at, spec.len);
        spec.letter = at[spec.len - 1];
        spec.star = strchr(spec.text, '*');
        spec.size = strchr(spec.text, 'z');
        for (size_t i = 1; i < spec.len; i++)
                spec.longs += at[i] == 'l';
        return spec;
}

/* Numbers cannot hold what HTML would read; they are printed as they are. */
static void put_number(struct buf *b, const struct spec *spec, va_list *ap)
{
        char text[NUMBER_MAX];
        int n;

        if (spec->letter == 'f')
                n = snprintf(text, sizeof(text), spec->text, va_arg(*ap, double));
        else if (spec->size)
                n = snprintf(text, sizeof(text), spec->text, va_arg(*ap, size_t));
        else if (spec->longs == 2)
                n = snprintf(text, sizeof(text), spec->text, va_arg(*ap, long long));
        else if (spec->longs == 1)
                n = snprintf(text, sizeof(text), spec->text, va_arg(*ap, long));
        else
                n = snprintf(text, sizeof(text), spec->text, va_arg(*ap, int));
        assert(n >= 0 && n < NUMBER_MAX);
        buf_puts(b, text);
}

static void put_text(struct buf *b, const struct spec *spec, va_list *ap)
{
        int max = spec->star ? va_arg(*ap, int) : -1;
        const char *text = va_arg(*ap, const char *);

        if (text) /* what a document lacks must not end the daemon */
                html_text(b, text, max >= 0 ? strnlen(text, (size_t)max) : strlen(text));
}

static void put_conversion(struct buf *b, const struct spec *spec, va_list *ap)
{
        if (spec->letter == 's')
                put_text(b, spec, ap);
        else if (spec->letter == 'c')
                html_text(b, &(char){ (char)va_arg(*ap, int) }, 1);
        else if (spec->letter == '%')
                buf_puts(b, "%");
        else
                put_number(b, spec, ap);
}

void html_printf(struct buf *b, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        for (const char *at = fmt; *at;) {
                size_t plain = strcspn(at, "%");

                buf_append(b, at, plain);
                at += plain;
                if (*at) {
                        struct spec spec = spec_read(at);

                        put_conversion(b, &spec, &ap);
                        at += spec.len;
                }
        }
        va_end(ap);
}

void html_lines(struct buf *b, const char *text)
{
        while (*text) {
                size_t n = strcspn(text, "\n");

                html_text(b, text, n > 0 && text[n - 1] == '\r' ? n - 1 : n);
                if (text[n])
                        buf_puts(b, "\n");
                text += n + (text[n] != '\0');
        }
}

void html_count(struct buf *b, int64_t n)
{
        char digits[NUMBER_MAX];
        size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64,
                                      n < 0 ? -(uint64_t)n : (uint64_t)n);

        if (n < 0)
                buf_puts(b, "-");
        for (size_t i = 0; i < len; i++) {
                if (i > 0 && (len - i) % 3 == 0)
                        buf_puts(b, ",");
                buf_append(b, &digits[i], 1);
        }
}

char *html_url_component(const char *text)
{
        static const char KEPT[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-._~";
        struct buf out = BUF_INIT(3 * strlen(text) + 1);

        for (; *text; text++)
                if (strchr(KEPT, *text))
                        buf_append(&out, text, 1);
                else
                        buf_printf(&out, "%%%02X", (unsigned)(unsigned char)*text);
        return buf_steal(&out);
}

void html_span(struct buf *b, int64_t s)
{
        static const struct {
                int64_t from_s, unit_s;
                const char *one, *many;
        } UNITS[] = {
                { 3 * 365 * DAY_S, 365 * DAY_S, "year", "years" },
                { 2 * DAY_S, DAY_S, "day", "days" },
                { 3600, 3600, "hour", "hours" },
                { 60, 60, "minute", "minutes" },
                { 0, 1, "second", "seconds" },
        };
        size_t i = 0;

        while (s < UNITS[i].from_s)
                i++;
        html_count(b, s / UNITS[i].unit_s);
        buf_printf(b, " %s", s / UNITS[i].unit_s == 1 ? UNITS[i].one : UNITS[i].many);
}

void html_time(struct buf *b, const json_t *instant, int64_t now_s)
{
        const char *text = json_string_value(instant);
        int64_t at_s = html_instant(instant), left_s = at_s - now_s;
        char title[TIME_STR_MAX];

        if (!text) {
                buf_puts(b, "<span class=\"none\">&ndash;</span>");
                return;
        }
        html_printf(b, "<time datetime=\"%s\" title=\"%s\">", text, time_str(at_s, title));
        if (left_s >= 0) {
                buf_puts(b, left_s ? "in " : "now");
                if (left_s)
                        html_span(b, left_s);
        } else {
                html_span(b, -left_s);
                buf_puts(b, " ago");
        }
        buf_puts(b, "</time>");
}

const char *html_text_of(const json_t *doc, const char *key)
{
        const char *text = json_string_value(json_object_get(doc, key));

        return text ? text : "";
}

int64_t html_instant(const json_t *instant)
{
        const char *text = json_string_value(instant);
        int64_t at_s = 0;

        if (text)
                (void)parse_time(text, &at_s);
        return at_s;
}
