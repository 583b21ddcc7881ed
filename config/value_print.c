/* SPDX-License-Identifier: Apache-2.0 */
/* Values for people: what is allowed, and what is in effect. The contract is in value.h. */
#include "config/value.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/policy.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static void print_ms(struct buf *out, int64_t ms)
{
        char span[SPAN_STR_MAX];

        if (ms % 1000)
                buf_printf(out, "%" PRId64 "ms", ms);
        else
                buf_puts(out, span_exact(ms / 1000, span));
}

static void print_clock(struct buf *out, int64_t minute)
{
        buf_printf(out, "%02d:%02d", (int)(minute / 60), (int)(minute % 60));
}

static void print_words(struct buf *out, const struct schema_row *row)
{
        for (size_t i = 0; i < row->n_words; i++)
                buf_printf(out, "%s%s", i == 0 ? "" : i + 1 < row->n_words ? ", " : " or ",
                           row->words[i]);
}

static void print_range(struct buf *out, const struct schema_row *row)
{
        char span[SPAN_STR_MAX];

        if (row->type == SCHEMA_CLOCK) {
                print_clock(out, row->min);
                buf_puts(out, " to ");
                print_clock(out, row->max);
        } else if (row->type == SCHEMA_SPAN_MS) {
                print_ms(out, row->min);
                buf_puts(out, " to ");
                print_ms(out, row->max);
        } else {
                buf_printf(out, "%s to ", span_exact(row->min, span));
                buf_puts(out, span_exact(row->max, span));
        }
}

static void print_bytes(struct buf *out, const struct schema_row *row)
{
        bool counted = row->type == SCHEMA_TEXT || row->type == SCHEMA_PATH ||
                       row->type == SCHEMA_URL || row->type == SCHEMA_TEMPLATE;

        if (counted && row->min > 0)
                buf_printf(out, " of %" PRId64 " to %" PRId64 " bytes", row->min, row->max);
        else if (counted)
                buf_printf(out, " of at most %" PRId64 " bytes", row->max);
}

void value_allowed(struct buf *out, const struct schema_row *row)
{
        static const char *const FORMS[SCHEMA_TYPE_COUNT] = {
                [SCHEMA_TEXT] = "printable text",
                [SCHEMA_WORD] = "",
                [SCHEMA_PATH] = "a path",
                [SCHEMA_HOST] = "a host name or an IP address",
                [SCHEMA_HOST_PORT] = "host, host:port or [IPv6]:port",
                [SCHEMA_ADDRESS] = "an IP address and a port, or the path of a unix socket",
                [SCHEMA_URL] = "an https:// or http:// URL",
                [SCHEMA_TEMPLATE] = "JSON text",
                [SCHEMA_PROXY] = "http://host:port, socks5://host:port or none",
                [SCHEMA_MAIL] = "a mail address such as ops@example.com",
                [SCHEMA_ALPN] = "none, or protocols with commas between them, as in h2,http/1.1",
                [SCHEMA_TARGET] = "host, host:port or scheme://host:port",
                [SCHEMA_NUMBER] = "a whole number from ",
                [SCHEMA_NUMBER_OR_AUTO] = "auto or a whole number from ",
                [SCHEMA_SPAN] = "a span of time from ",
                [SCHEMA_SPAN_MS] = "a span of time from ",
                [SCHEMA_SPAN_OR_NEVER] = "never or a span of time from ",
                [SCHEMA_TIME] = "a date in UTC as in 2026-11-29 or 2026-11-29T12:00:00Z",
                [SCHEMA_CLOCK] = "a time of day from ",
                [SCHEMA_BOOL] = "true or false",
                [SCHEMA_CHOICE] = "",
                [SCHEMA_THRESHOLD] = "a span of time from ",
                [SCHEMA_POLICY] = "a mapping of diagnosis codes to ignore, info, warning or error",
                [SCHEMA_LABELS] = "a mapping of words to text",
                [SCHEMA_TEXTS] = "printable text or a list of texts",
                [SCHEMA_MAILS] = "a mail address such as ops@example.com or a list of them",
                [SCHEMA_CODES] = "a diagnosis code or a list of codes",
                [SCHEMA_RECEIVER_NAMES] = "the name of a receiver or a list of names",
                [SCHEMA_WORDS] = "a list of ",
                [SCHEMA_MAPPING] = "a mapping",
                [SCHEMA_DEFAULTS] = "a mapping of endpoint keys",
                [SCHEMA_ENDPOINTS] = "a list of endpoints",
                [SCHEMA_RECEIVERS] = "a list of receivers",
                [SCHEMA_ROUTES] = "a list of routes",
                [SCHEMA_SILENCES] = "a list of silences",
                [SCHEMA_LISTENS] = "an address, or a list of addresses and of mappings",
                [SCHEMA_INCLUDE] = "a path or glob, or a list of them",
        };

        buf_puts(out, FORMS[row->type]);
        if (row->words)
                print_words(out, row);
        else if (row->type == SCHEMA_NUMBER || row->type == SCHEMA_NUMBER_OR_AUTO)
                buf_printf(out, "%" PRId64 " to %" PRId64, row->min, row->max);
        else if (row->type == SCHEMA_SPAN || row->type == SCHEMA_SPAN_MS ||
                 row->type == SCHEMA_THRESHOLD || row->type == SCHEMA_SPAN_OR_NEVER ||
                 row->type == SCHEMA_CLOCK)
                print_range(out, row);
        else
                print_bytes(out, row);
        if (row->type == SCHEMA_THRESHOLD)
                buf_puts(out, ", a percentage of the lifetime over 0% up to 100%, or a list of one "
                              "of each such as [20%, 30d]");
}

const char *value_url_authority(const char *url, size_t *ret_n)
{
        const char *start = strstr(url, "://");

        if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
                return NULL;
        *ret_n = strcspn(start + 3, "/?#");
        return start + 3;
}

/* Values are printable (the parsers saw to it), so two characters are all there is to escape. */
void value_print_text(struct buf *out, const char *text)
{
        buf_puts(out, "\"");
        for (; *text; text++) {
                if (*text == '"' || *text == '\\')
                        buf_puts(out, "\\");
                buf_append(out, text, 1);
        }
        buf_puts(out, "\"");
}

/* Whoever knows a webhook's path may often post to it, so no more is told than where it goes. */
static void print_url(struct buf *out, const char *url)
{
        size_t n = 0;
        const char *host = value_url_authority(url, &n);

        assert(host); /* the parser saw to it */
        const char *end = host + n;
        const char *at = memrchr(host, '@', n);
        const char *tail = strcmp(end, "") == 0 || strcmp(end, "/") == 0 ? end : "/***";
        AUTO_FREE char *masked = mem_printf("%.*s%s%.*s%s", (int)(host - url), url,
                                            at ? "***" : "", (int)(end - (at ? at : host)),
                                            at ? at : host, tail);

        value_print_text(out, masked);
}

static void print_threshold(struct buf *out, const struct threshold *t)
{
        char span[SPAN_STR_MAX];
        bool both = t->millipercent && t->span_s;

        buf_puts(out, both ? "[" : "");
        if (t->millipercent % 1000)
                buf_printf(out, "%d.%03d%%", t->millipercent / 1000, t->millipercent % 1000);
        else if (t->millipercent)
                buf_printf(out, "%d%%", t->millipercent / 1000);
        buf_puts(out, both ? ", " : "");
        if (t->span_s)
                buf_puts(out, span_exact(t->span_s, span));
        buf_puts(out, both ? "]" : "");
}

static void print_number(struct buf *out, const struct schema_row *row, int64_t v)
{
        if (row->type == SCHEMA_NUMBER_OR_AUTO && v == 0)
                buf_puts(out, "auto");
        else
                buf_printf(out, "%" PRId64, v);
}

static void print_texts(struct buf *out, char *const *texts, size_t n)
{
        buf_puts(out, "[");
        for (size_t i = 0; i < n; i++) {
                buf_puts(out, i ? ", " : "");
                value_print_text(out, texts[i]);
        }
        buf_puts(out, "]");
}

static void print_set(struct buf *out, const struct schema_row *row, unsigned set)
{
        const char *before = "";

        buf_puts(out, "[");
        for (size_t i = 0; i < row->n_words; i++)
                if (set & (1U << i)) {
                        buf_printf(out, "%s%s", before, row->words[i]);
                        before = ", ";
                }
        buf_puts(out, "]");
}

void value_print(struct buf *out, const struct schema_row *row, const void *base)
{
        const void *p = (const char *)base + row->offset;
        char span[SPAN_STR_MAX], when[TIME_STR_MAX];

        switch (row->type) {
        case SCHEMA_TEXT:
        case SCHEMA_WORD:
        case SCHEMA_PATH:
        case SCHEMA_HOST:
        case SCHEMA_HOST_PORT:
        case SCHEMA_PROXY:
        case SCHEMA_MAIL:
        case SCHEMA_ALPN:
        case SCHEMA_TEMPLATE:
                value_print_text(out, *(char *const *)p);
                break;
        case SCHEMA_URL:
                print_url(out, *(char *const *)p);
                break;
        case SCHEMA_NUMBER:
        case SCHEMA_NUMBER_OR_AUTO:
                print_number(out, row, *(const int64_t *)p);
                break;
        case SCHEMA_SPAN:
                buf_puts(out, span_exact(*(const int64_t *)p, span));
                break;
        case SCHEMA_SPAN_MS:
                print_ms(out, *(const int64_t *)p);
                break;
        case SCHEMA_SPAN_OR_NEVER:
                buf_puts(out, *(const int64_t *)p ? span_exact(*(const int64_t *)p, span)
                                                  : "never");
                break;
        case SCHEMA_TIME:
                buf_puts(out, time_rfc3339(*(const int64_t *)p, when));
                break;
        case SCHEMA_CLOCK:
                buf_puts(out, "\"");
                print_clock(out, *(const int *)p);
                buf_puts(out, "\"");
                break;
        case SCHEMA_TEXTS:
        case SCHEMA_MAILS:
        case SCHEMA_CODES:
        case SCHEMA_RECEIVER_NAMES:
                print_texts(out, *(char *const *const *)p,
                            *(const size_t *)((const char *)base + row->offset_n));
                break;
        case SCHEMA_WORDS:
                print_set(out, row, *(const unsigned *)p);
                break;
        case SCHEMA_BOOL:
                buf_puts(out, *(const int *)p ? "true" : "false");
                break;
        case SCHEMA_CHOICE:
                buf_puts(out, row->words[*(const int *)p]);
                break;
        case SCHEMA_THRESHOLD:
                print_threshold(out, p);
                break;
        default: /* mappings, and lists of them: config/show.c prints them */
                break;
        }
}
