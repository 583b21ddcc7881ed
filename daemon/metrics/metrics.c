/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sample is put together in a line of its own and appended at once: with many endpoints there are
 * millions of them. Whole numbers, which most values are, are written without printf().
 */
#include "daemon/metrics/metrics.h"

#include "common/base/text.h"

#include <assert.h>
#include <event2/buffer.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_SIZE 1024 /* longer ones are appended in pieces */
#define WHOLE_MAX 9007199254740992.0 /* 2^53: up to here a double holds every whole number */
#define NUMBER_MAX 32

/* --- a line ----------------------------------------------------------------------------------- */

struct line {
        struct evbuffer *out;
        size_t n;
        char bytes[LINE_SIZE];
};

static void line_flush(struct line *l)
{
        evbuffer_add(l->out, l->bytes, l->n);
        l->n = 0;
}

static void line_add(struct line *l, const char *bytes, size_t n)
{
        if (n > sizeof(l->bytes) - l->n)
                line_flush(l);
        if (n > sizeof(l->bytes)) {
                evbuffer_add(l->out, bytes, n);
                return;
        }
        memcpy(l->bytes + l->n, bytes, n);
        l->n += n;
}

static void line_puts(struct line *l, const char *s)
{
        line_add(l, s, strlen(s));
}

/* Of what needs it; all else is copied in runs. */
static const char *escape_of(char c)
{
        return c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : NULL;
}

/* What is not UTF-8 would make the whole answer unreadable: it is replaced. */
static void line_add_value(struct line *l, const char *s)
{
        const char *run = s, *end = s + strlen(s);

        while (s < end) {
                size_t n = (unsigned char)*s < 0x80 ? 1 : text_printable(s, (size_t)(end - s));
                const char *instead = n == 0 ? "\xef\xbf\xbd" : n == 1 ? escape_of(*s) : NULL;

                if (instead) {
                        line_add(l, run, (size_t)(s - run));
                        line_puts(l, instead);
                        run = s + 1;
                }
                s += n ? n : 1;
        }
        line_add(l, run, (size_t)(end - run));
}

static void line_add_whole(struct line *l, int64_t value)
{
        char digits[NUMBER_MAX], *p = digits + sizeof(digits);
        uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

        do {
                *--p = (char)('0' + rest % 10);
        } while (rest /= 10);
        if (value < 0)
                *--p = '-';
        line_add(l, p, (size_t)(digits + sizeof(digits) - p));
}

static void line_add_number(struct line *l, double value)
{
        char text[NUMBER_MAX];

        if (value > -WHOLE_MAX && value < WHOLE_MAX && value == (double)(int64_t)value) {
                line_add_whole(l, (int64_t)value);
                return;
        }
        snprintf(text, sizeof(text), "%.15g", value);
        line_puts(l, text);
}

/* --- metrics ---------------------------------------------------------------------------------- */

/* OpenMetrics names a metric without what the names of its samples end in. */
static const char *const ENDINGS[] = {
        [METRIC_GAUGE] = "",
        [METRIC_COUNTER] = "_total",
        [METRIC_INFO] = "_info",
};
static const char *const TYPES[] = {
        [METRIC_GAUGE] = "gauge",
        [METRIC_COUNTER] = "counter",
        [METRIC_INFO] = "info",
};

static size_t stem_length(const struct metric *m)
{
        size_t length = strlen(m->name), ending = strlen(ENDINGS[m->type]);

        assert(length > ending && strcmp(m->name + length - ending, ENDINGS[m->type]) == 0);
        return length - ending;
}

void metrics_begin(struct metrics_writer *w, const struct metric *m)
{
        int length = (int)(w->openmetrics ? stem_length(m) : strlen(m->name));
        const char *type = m->type == METRIC_INFO && !w->openmetrics ? "gauge" : TYPES[m->type];

        evbuffer_add_printf(w->out, "# HELP %.*s %s\n# TYPE %.*s %s\n", length, m->name, m->help,
                            length, m->name, type);
        if (w->openmetrics && m->unit)
                evbuffer_add_printf(w->out, "# UNIT %.*s %s\n", length, m->name, m->unit);
}

void metrics_sample(struct metrics_writer *w, const struct metric *m,
                    const struct metric_label *labels, size_t n_labels, double value)
{
        struct line l;

        l.out = w->out;
        l.n = 0;
        line_puts(&l, m->name);
        for (size_t i = 0; i < n_labels; i++) {
                line_puts(&l, i == 0 ? "{" : ",");
                line_puts(&l, labels[i].name);
                line_add(&l, "=\"", 2);
                line_add_value(&l, labels[i].value);
                line_add(&l, "\"", 1);
        }
        line_puts(&l, n_labels ? "} " : " ");
        line_add_number(&l, value);
        line_add(&l, "\n", 1);
        line_flush(&l);
}

void metrics_end(struct metrics_writer *w)
{
        if (w->openmetrics)
                evbuffer_add_printf(w->out, "# EOF\n");
}

/* --- what the client wants -------------------------------------------------------------------- */

/* The value of parameter @name in " type/subtype;a=b;c=d", as an offset and a length; or NULL. */
static const char *parameter(const char *range, size_t n, const char *name, size_t *ret_n)
{
        const char *end = range + n, *p = memchr(range, ';', n), *next;
        size_t name_n = strlen(name);

        for (; p; p = next) {
                p += 1 + strspn(p + 1, " \t");
                next = p < end ? memchr(p, ';', (size_t)(end - p)) : NULL;
                size_t length = (size_t)((next ? next : end) - p);

                if (length > name_n && strncasecmp(p, name, name_n) == 0 && p[name_n] == '=') {
                        *ret_n = length - name_n - 1;
                        return p + name_n + 1;
                }
        }
        return NULL;
}

static bool is_version(const char *range, size_t n, const char *const versions[2])
{
        size_t length;
        const char *v = parameter(range, n, "version", &length);

        if (!v)
                return true;
        while (length > 0 && (v[length - 1] == ' ' || v[length - 1] == '\t'))
                length--;
        for (int i = 0; i < 2; i++)
                if (strlen(versions[i]) == length && strncmp(v, versions[i], length) == 0)
                        return true;
        return false;
}

static bool is_type(const char *range, size_t n, const char *type)
{
        size_t length = strlen(type);

        return n >= length && strncasecmp(range, type, length) == 0 &&
               (n == length || strchr(" \t;", range[length]));
}

/* q=0.5: how much it is wanted, of 1 */
static double weight(const char *range, size_t n)
{
        size_t length;
        const char *q = parameter(range, n, "q", &length);

        return q ? strtod(q, NULL) : 1;
}

static double larger(double a, double b)
{
        return a > b ? a : b;
}

bool metrics_wants_openmetrics(const char *accept)
{
        static const char *const OPENMETRICS[2] = { "1.0.0", "0.0.1" };
        static const char *const TEXT[2] = { "0.0.4", "0.0.4" };
        double openmetrics = 0, text = 0;

        for (const char *p = accept, *end; p && *p; p = end + (*end == ',')) {
                p += strspn(p, " \t");
                end = strchrnul(p, ',');
                size_t n = (size_t)(end - p);

                if (is_type(p, n, "application/openmetrics-text") && is_version(p, n, OPENMETRICS))
                        openmetrics = larger(openmetrics, weight(p, n));
                else if (is_type(p, n, "text/plain") && is_version(p, n, TEXT))
                        text = larger(text, weight(p, n));
        }
        return openmetrics > 0 && openmetrics >= text;
}
