/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single values. The contract is in value.h.
 *
 * "Nobody said" is a value of its own: NULL for text, VALUE_UNSET for numbers, nothing set for a
 * threshold. No row's range contains it, so that defaults can be laid below afterwards, wherever in
 * the file they stand.
 */
#include "config/value.h"

#include "common/base/addr.h"
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/hash.h"
#include "common/base/lookup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/text.h"
#include "common/cert/names.h"
#include "common/cert/policy.h"
#include "config/arena.h"
#include "config/errors.h"
#include "config/target.h"
#include "config/template.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_UNSET (-1)
#define ALLOWED_MAX_BYTES 1024

/* Of lists and sets nothing is inherited, and sets are not compared. */
enum storage {
        STORE_NONE,
        STORE_STRING,
        STORE_INT64,
        STORE_ENUM,
        STORE_THRESHOLD,
        STORE_LIST,
        STORE_SET,
        STORAGE_COUNT
};

static const enum storage STORAGE[SCHEMA_TYPE_COUNT] = {
        [SCHEMA_TEXT] = STORE_STRING,
        [SCHEMA_WORD] = STORE_STRING,
        [SCHEMA_PATH] = STORE_STRING,
        [SCHEMA_HOST] = STORE_STRING,
        [SCHEMA_HOST_PORT] = STORE_STRING,
        [SCHEMA_ADDRESS] = STORE_STRING,
        [SCHEMA_URL] = STORE_STRING,
        [SCHEMA_TEMPLATE] = STORE_STRING,
        [SCHEMA_PROXY] = STORE_STRING,
        [SCHEMA_MAIL] = STORE_STRING,
        [SCHEMA_ALPN] = STORE_STRING,
        [SCHEMA_NUMBER] = STORE_INT64,
        [SCHEMA_NUMBER_OR_AUTO] = STORE_INT64,
        [SCHEMA_SPAN] = STORE_INT64,
        [SCHEMA_SPAN_MS] = STORE_INT64,
        [SCHEMA_SPAN_OR_NEVER] = STORE_INT64,
        [SCHEMA_TIME] = STORE_INT64,
        [SCHEMA_CLOCK] = STORE_ENUM,
        [SCHEMA_BOOL] = STORE_ENUM,
        [SCHEMA_CHOICE] = STORE_ENUM,
        [SCHEMA_THRESHOLD] = STORE_THRESHOLD,
        [SCHEMA_LABELS] = STORE_LIST,
        [SCHEMA_TEXTS] = STORE_LIST,
        [SCHEMA_MAILS] = STORE_LIST,
        [SCHEMA_CODES] = STORE_LIST,
        [SCHEMA_RECEIVER_NAMES] = STORE_LIST,
        [SCHEMA_WORDS] = STORE_SET,
};

static void *slot(const struct schema_row *row, void *base)
{
        return (char *)base + row->offset;
}

static const void *slot_const(const struct schema_row *row, const void *base)
{
        return (const char *)base + row->offset;
}

/* --- parsers, one per form -------------------------------------------------------------------- */

/* "interval must be a span of time from 1s to 30d, not "5"" and @more. */
static int refuse(const struct schema_row *row, const char *text, const char *more,
                  char **ret_error)
{
        struct buf allowed = BUF_INIT(ALLOWED_MAX_BYTES);
        char q[QUOTED_MAX];

        value_allowed(&allowed, row);
        /* The path of a webhook is often its only secret, and before an @ stands a password: never
           into a log. */
        bool is_secret = (row->type == SCHEMA_URL && *text) ||
                         (row->type == SCHEMA_PROXY && strchr(text, '@'));

        *ret_error = mem_printf("%s must be %s, not %s%s%s", row->key, buf_str(&allowed),
                                is_secret ? "this" : quoted(text, q),
                                more ? "; " : "", more ? more : "");
        buf_done(&allowed);
        return -EINVAL;
}

static bool is_printable(const char *s)
{
        for (size_t n = strlen(s), len; n > 0; s += len, n -= len) {
                len = text_printable(s, n);
                if (len == 0)
                        return false;
        }
        return true;
}

static bool fits(const struct schema_row *row, const char *text)
{
        return (int64_t)strlen(text) >= row->min && (int64_t)strlen(text) <= row->max;
}

static int parse_text(const struct schema_row *row, const char *text,
                      const struct value_place *where, void *to, char **ret_error)
{
        if (!fits(row, text) || !is_printable(text))
                return refuse(row, text, NULL, ret_error);
        *(char **)to = arena_strdup(where->arena, text);
        return 0;
}

/* What systemd.exec(5) put there for us, or NULL; outside of it the name stands, and is missed. */
static char *credential_path(const char *text)
{
        static const char PREFIX[] = "$CREDENTIALS_DIRECTORY/";
        const char *folder = getenv("CREDENTIALS_DIRECTORY");

        if (strncmp(text, PREFIX, strlen(PREFIX)) != 0)
                return NULL;
        return folder && *folder == '/' ? mem_printf("%s/%s", folder, text + strlen(PREFIX))
                                        : mem_strdup(text);
}

static int parse_path(const struct schema_row *row, const char *text,
                      const struct value_place *where, void *to, char **ret_error)
{
        if (!*text || !is_printable(text))
                return refuse(row, text, NULL, ret_error);
        AUTO_FREE char *path = credential_path(text);

        if (!path)
                path = *text == '/' ? mem_strdup(text) : mem_printf("%s/%s", where->folder, text);

        if (!fits(row, path))
                return refuse(row, path, NULL, ret_error);
        *(char **)to = arena_strdup(where->arena, path);
        return 0;
}

static int refuse_word(const struct schema_row *row, const char *text, char **ret_error)
{
        /* One character is near to any other. */
        const char *near = strlen(text) > 1 ? lookup_nearest(row->words, row->n_words, text) : NULL;
        AUTO_FREE char *more = near ? mem_printf("did you mean \"%s\"?", near) : NULL;

        return refuse(row, text, more, ret_error);
}

static int parse_word(const struct schema_row *row, const char *text,
                      const struct value_place *where, void *to, char **ret_error)
{
        int i = lookup_index(row->words, row->n_words, text);

        if (i < 0)
                return refuse_word(row, text, ret_error);
        *(char **)to = arena_strdup(where->arena, row->words[i]);
        return 0;
}

static int parse_choice(const struct schema_row *row, const char *text,
                        const struct value_place *where, void *to, char **ret_error)
{
        int i = lookup_index(row->words, row->n_words, text);

        (void)where;
        if (i < 0)
                return refuse_word(row, text, ret_error);
        *(int *)to = i;
        return 0;
}

/* YAML 1.1 and people have more words for it; a country (no) or a number (1) is never a switch. */
static int parse_bool(const struct schema_row *row, const char *text,
                      const struct value_place *where, void *to, char **ret_error)
{
        static const char *const MEANT[][2] = {
                { "yes", "true" }, { "on", "true" },   { "1", "true" },
                { "no", "false" }, { "off", "false" }, { "0", "false" },
                { "true", "true" }, { "false", "false" }, { "y", "true" }, { "n", "false" },
        };

        (void)where;
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
                *(int *)to = *text == 't';
                return 0;
        }
        for (size_t i = 0; i < ARRAY_LEN(MEANT); i++)
                if (text_ieq(text, MEANT[i][0])) {
                        AUTO_FREE char *hint = mem_printf("write \"%s\"", MEANT[i][1]);

                        return refuse(row, text, hint, ret_error);
                }
        return refuse(row, text, NULL, ret_error);
}

static int parse_host(const struct schema_row *row, const char *text,
                      const struct value_place *where, void *to, char **ret_error)
{
        const char *reason = NULL;
        AUTO_FREE char *host = NULL;

        if (host_canonical(text, &host, &reason) < 0)
                return refuse(row, text, reason, ret_error);
        *(char **)to = arena_strdup(where->arena, host);
        return 0;
}

static int parse_host_port(const struct schema_row *row, const char *text,
                           const struct value_place *where, void *to, char **ret_error)
{
        const char *reason = "ports are 1 to 65535";
        AUTO_FREE char *host = NULL;
        AUTO_FREE char *canonical = NULL;
        uint16_t port;

        if (addr_split_host_port(text, &host, &port) < 0 ||
            host_canonical(host, &canonical, &reason) < 0)
                return refuse(row, text, reason, ret_error);
        bool v6 = strchr(canonical, ':') != NULL;
        AUTO_FREE char *spelt = port ? mem_printf(v6 ? "[%s]:%u" : "%s:%u", canonical, port)
                                     : mem_strdup(canonical);

        *(char **)to = arena_strdup(where->arena, spelt);
        return 0;
}

/* Where we listen: "127.0.0.1:9219", "[::1]:9219", "/run/notafter/http.sock". */
static int parse_address(const struct schema_row *row, const char *text,
                         const struct value_place *where, void *to, char **ret_error)
{
        const char *colon = strrchr(text, ':');
        AUTO_FREE char *host = NULL;
        char spelt[ADDR_STR_MAX];
        uint16_t no_port;
        struct addr ip;
        int64_t port;

        if (*text == '/')
                return parse_text(row, text, where, to, ret_error);
        if (!colon || parse_int(colon + 1, &port) < 0 || port < 0 || port > UINT16_MAX)
                return refuse(row, text, "write as in 127.0.0.1:9219 or /run/notafter/http.sock",
                              ret_error);
        host = mem_copy(text, (size_t)(colon - text));
        if (*host == '[') {
                AUTO_FREE char *bracketed = TAKE(host);

                if (addr_split_host_port(bracketed, &host, &no_port) < 0)
                        return refuse(row, text, "write as in [::1]:9219", ret_error);
        } else if (strchr(host, ':')) {
                return refuse(row, text, "write as in [::1]:9219", ret_error);
        }
        if (!addr_parse_ip(host, (uint16_t)port, &ip))
                return refuse(row, text, "a name may be several addresses: write as in "
                              "127.0.0.1:9219", ret_error);
        *(char **)to = arena_strdup(where->arena, addr_str(&ip, spelt));
        return 0;
}

static bool is_plain_ascii(const char *s)
{
        for (; *s; s++)
                if (*s <= ' ' || *s >= 0x7f)
                        return false;
        return true;
}

static int parse_url(const struct schema_row *row, const char *text,
                     const struct value_place *where, void *to, char **ret_error)
{
        const char *reason = "that is no host";
        size_t n = 0;
        const char *start = value_url_authority(text, &n);
        AUTO_FREE char *authority = mem_copy(start, n);
        AUTO_FREE char *host = NULL;
        AUTO_FREE char *canonical = NULL;
        char *at = strrchr(authority, '@');
        uint16_t port;

        if (!start || !fits(row, text))
                return refuse(row, text, NULL, ret_error);
        if (!is_plain_ascii(text))
                return refuse(row, text, "spaces and anything but ASCII are written as %20 and "
                              "so on", ret_error);
        if (addr_split_host_port(at ? at + 1 : authority, &host, &port) < 0 ||
            host_canonical(host, &canonical, &reason) < 0)
                return refuse(row, text, reason, ret_error);
        *(char **)to = arena_strdup(where->arena, text);
        return 0;
}

static int parse_template(const struct schema_row *row, const char *text,
                          const struct value_place *where, void *to, char **ret_error)
{
        AUTO_FREE char *compact = NULL;
        AUTO_FREE char *why = NULL;

        if (!fits(row, text))
                return refuse(row, "that", NULL, ret_error);
        if (template_check(text, &compact, &why) < 0) {
                *ret_error = mem_printf("%s: %s", row->key, why);
                return -EINVAL;
        }
        *(char **)to = arena_strdup(where->arena, compact);
        return 0;
}

/* What stands before "://", if it is a kind of proxy; else 0. */
static int proxy_scheme_bytes(const char *url)
{
        return strncasecmp(url, "http://", 7) == 0 ? 4
             : strncasecmp(url, "socks5://", 9) == 0 ? 6 : 0;
}

/* "host:port" of a proxy. -EINVAL with *ret_reason (static). */
static int parse_proxy_place(const char *text, char **ret_host, uint16_t *ret_port,
                             const char **ret_reason)
{
        size_t n = strlen(text);
        AUTO_FREE char *place = mem_copy(text, n > 0 && text[n - 1] == '/' ? n - 1 : n);
        AUTO_FREE char *host = NULL;

        *ret_reason = "user and password stand in a file of their own (proxy_auth_file)";
        if (strchr(place, '@'))
                return -EINVAL;
        *ret_reason = strchr(place, '/') ? "nothing stands after the port" : "ports are 1 to 65535";
        if (addr_split_host_port(place, &host, ret_port) < 0)
                return -EINVAL;
        *ret_reason = "a port is missing";
        return *ret_port ? host_canonical(host, ret_host, ret_reason) : -EINVAL;
}

static int parse_proxy(const struct schema_row *row, const char *text,
                       const struct value_place *where, void *to, char **ret_error)
{
        int n = proxy_scheme_bytes(text);
        AUTO_FREE char *host = NULL;
        const char *reason = NULL;
        uint16_t port = 0;

        if (strcmp(text, "none") == 0) {
                *(char **)to = arena_strdup(where->arena, text);
                return 0;
        }
        if (strncmp(text, "socks5h://", 10) == 0)
                reason = "socks5:// leaves the name to the proxy, too";
        if (n == 0 || parse_proxy_place(text + n + 3, &host, &port, &reason) < 0)
                return refuse(row, text, reason, ret_error);
        bool v6 = strchr(host, ':') != NULL;
        AUTO_FREE char *spelt = mem_printf(v6 ? "%s://[%s]:%u" : "%s://%s:%u",
                                           n == 4 ? "http" : "socks5", host, port);

        *(char **)to = arena_strdup(where->arena, spelt);
        return 0;
}

/* One protocol: graphic characters of ASCII; RFC 7301 allows any byte, and nobody uses them. */
static bool is_protocol(const char *s)
{
        return *s && strlen(s) <= UINT8_MAX && is_plain_ascii(s);
}

static int parse_alpn(const struct schema_row *row, const char *text,
                      const struct value_place *where, void *to, char **ret_error)
{
        struct buf list = BUF_INIT((size_t)row->max);
        AUTO_FREE char *copy = mem_strdup(text);
        char *rest = copy;
        int r = 0;

        if (strcasecmp(text, "none") == 0) { /* nobody speaks a protocol of that name */
                *(char **)to = arena_strdup(where->arena, "none");
                buf_done(&list);
                return 0;
        }
        for (char *one; r == 0 && (one = strsep(&rest, ","));) {
                one += strspn(one, " ");
                while (*one && one[strlen(one) - 1] == ' ')
                        one[strlen(one) - 1] = '\0';
                if (!is_protocol(one))
                        r = refuse(row, text, "each is 1 to 255 characters of ASCII", ret_error);
                buf_printf(&list, "%s%s", list.len ? "," : "", one);
        }
        if (r == 0 && list.full)
                r = refuse(row, text, NULL, ret_error);
        if (r == 0)
                *(char **)to = arena_strdup(where->arena, buf_str(&list));
        buf_done(&list);
        return r;
}

/*
 * "ops@example.com", as it stands in a header and in a command of SMTP without quotes (RFC 5321,
 * Dot-string): nothing in it can end either.
 */
static int parse_mail(const struct schema_row *row, const char *text,
                      const struct value_place *where, void *to, char **ret_error)
{
        const char *at = strchr(text, '@');
        AUTO_FREE char *canonical = NULL;
        const char *reason = NULL;

        if (!at || at == text || !fits(row, text) || !is_plain_ascii(text) ||
            strcspn(text, "\"(),:;<>[\\]") != strlen(text))
                return refuse(row, text, NULL, ret_error);
        if (host_canonical(at + 1, &canonical, &reason) < 0)
                return refuse(row, text, reason, ret_error);
        *(char **)to = arena_strdup(where->arena, text);
        return 0;
}

static int parse_target(const struct schema_row *row, const char *text,
                        const struct value_place *where, void *to, char **ret_error)
{
        AUTO_FREE char *why = NULL;
        struct target t;

        (void)row;
        if (target_parse(text, &t, &why) < 0) {
                *ret_error = mem_printf("target: %s", why);
                return -EINVAL;
        }
        *(struct target *)to = (struct target){
                .kind = t.kind,
                .scheme = arena_strdup(where->arena, t.scheme),
                .host = arena_strdup(where->arena, t.host),
                .port = t.port,
                .path = arena_strdup(where->arena, t.path),
                .starttls = t.starttls,
                .alpn = t.alpn,
        };
        target_done(&t);
        return 0;
}

static int parse_number(const struct schema_row *row, const char *text,
                        const struct value_place *where, void *to, char **ret_error)
{
        int64_t v;

        (void)where;
        if (row->type == SCHEMA_NUMBER_OR_AUTO && strcmp(text, "auto") == 0)
                v = 0;
        else if (parse_int(text, &v) < 0 || v < row->min || v > row->max)
                return refuse(row, text, NULL, ret_error);
        *(int64_t *)to = v;
        return 0;
}

/* "60" was meant to be "60s", or days where days are usual. */
static char *unit_hint(const char *text, char unit)
{
        int64_t v;

        return parse_int(text, &v) == 0 && v > 0
                       ? mem_printf("it lacks a unit: write \"%" PRId64 "%c\"", v, unit)
                       : NULL;
}

static int parse_time_span(const struct schema_row *row, const char *text,
                           const struct value_place *where, void *to, char **ret_error)
{
        int64_t v;
        int r = row->type == SCHEMA_SPAN_MS ? parse_span_ms(text, &v) : parse_span(text, &v);

        (void)where;
        if (r < 0 || v < row->min || v > row->max) {
                AUTO_FREE char *hint = r == -EINVAL ? unit_hint(text, 's') : NULL;

                return refuse(row, text, hint, ret_error);
        }
        *(int64_t *)to = v;
        return 0;
}

static int parse_span_or_never(const struct schema_row *row, const char *text,
                               const struct value_place *where, void *to, char **ret_error)
{
        if (strcmp(text, "never") != 0)
                return parse_time_span(row, text, where, to, ret_error);
        *(int64_t *)to = 0;
        return 0;
}

static int parse_clock(const struct schema_row *row, const char *text,
                       const struct value_place *where, void *to, char **ret_error)
{
        unsigned hour, minute;
        int end = 0;

        (void)where;
        if (strspn(text, "0123456789:") != strlen(text) ||
            sscanf(text, "%2u:%2u%n", &hour, &minute, &end) < 2 || text[end] != '\0' ||
            text[end - 3] != ':' || minute > 59 || hour * 60 + minute > row->max)
                return refuse(row, text, NULL, ret_error);
        *(int *)to = (int)(hour * 60 + minute);
        return 0;
}

static int parse_date(const struct schema_row *row, const char *text,
                      const struct value_place *where, void *to, char **ret_error)
{
        int64_t at_s;

        (void)where;
        if (parse_time(text, &at_s) < 0 || at_s < row->min || at_s > row->max)
                return refuse(row, text, NULL, ret_error);
        *(int64_t *)to = at_s;
        return 0;
}

typedef int parse_fn(const struct schema_row *row, const char *text,
                     const struct value_place *where, void *to, char **ret_error);

static parse_fn *const PARSERS[SCHEMA_TYPE_COUNT] = {
        [SCHEMA_TEXT] = parse_text,
        [SCHEMA_WORD] = parse_word,
        [SCHEMA_PATH] = parse_path,
        [SCHEMA_HOST] = parse_host,
        [SCHEMA_HOST_PORT] = parse_host_port,
        [SCHEMA_ADDRESS] = parse_address,
        [SCHEMA_URL] = parse_url,
        [SCHEMA_TEMPLATE] = parse_template,
        [SCHEMA_PROXY] = parse_proxy,
        [SCHEMA_MAIL] = parse_mail,
        [SCHEMA_ALPN] = parse_alpn,
        [SCHEMA_TARGET] = parse_target,
        [SCHEMA_NUMBER] = parse_number,
        [SCHEMA_NUMBER_OR_AUTO] = parse_number,
        [SCHEMA_SPAN] = parse_time_span,
        [SCHEMA_SPAN_MS] = parse_time_span,
        [SCHEMA_SPAN_OR_NEVER] = parse_span_or_never,
        [SCHEMA_TIME] = parse_date,
        [SCHEMA_CLOCK] = parse_clock,
        [SCHEMA_BOOL] = parse_bool,
        [SCHEMA_CHOICE] = parse_choice,
};

int value_parse(const struct schema_row *row, const char *text, const struct value_place *where,
                void *base, char **ret_error)
{
        assert(PARSERS[row->type]);
        return PARSERS[row->type](row, text, where, slot(row, base), ret_error);
}

int value_parse_threshold(const struct schema_row *row, const char *text, struct threshold *t,
                          char **ret_error)
{
        bool percent = strchr(text, '%') != NULL;
        int64_t span = 0;
        int share = 0;
        int r = percent ? parse_percent(text, &share) : parse_span(text, &span);

        bool inside = percent ? share > 0 : span >= row->min && span <= row->max;

        if (r < 0 || !inside) {
                AUTO_FREE char *hint = percent ? NULL : unit_hint(text, 'd');

                return refuse(row, text, hint, ret_error);
        }
        if (percent ? t->millipercent != 0 : t->span_s != 0) {
                *ret_error = mem_printf("%s has two %s; a list holds one span of time and one "
                                        "percentage", row->key, percent ? "percentages" : "spans");
                return -EEXIST;
        }
        if (percent)
                t->millipercent = share;
        else
                t->span_s = span;
        return 0;
}

/* --- nobody said ------------------------------------------------------------------------------ */

bool value_is_set(const struct schema_row *row, const void *base)
{
        const void *p = slot_const(row, base);

        switch (STORAGE[row->type]) {
        case STORE_STRING:
                return *(char *const *)p != NULL;
        case STORE_INT64:
                return *(const int64_t *)p != VALUE_UNSET;
        case STORE_ENUM:
                return *(const int *)p != VALUE_UNSET;
        case STORE_THRESHOLD:
                return ((const struct threshold *)p)->span_s ||
                       ((const struct threshold *)p)->millipercent;
        case STORE_LIST: /* it may be empty */
                return *(void *const *)p != NULL;
        case STORE_SET:
                return *(const unsigned *)p != 0;
        case STORE_NONE:
        case STORAGE_COUNT:
                break;
        }
        return false;
}

static void clear_row(const struct schema_row *row, void *base)
{
        void *p = slot(row, base);

        switch (STORAGE[row->type]) {
        case STORE_STRING:
                *(char **)p = NULL;
                break;
        case STORE_INT64:
                *(int64_t *)p = VALUE_UNSET;
                break;
        case STORE_ENUM:
                *(int *)p = VALUE_UNSET;
                break;
        case STORE_THRESHOLD:
                *(struct threshold *)p = (struct threshold){ 0 };
                break;
        case STORE_LIST:
        case STORE_SET:
        case STORE_NONE:
        case STORAGE_COUNT:
                break;
        }
}

void value_clear(const struct schema *s, void *base)
{
        for (size_t i = 0; i < s->n; i++)
                if (s->rows[i].type == SCHEMA_MAPPING)
                        value_clear(s->rows[i].rows, base);
                else
                        clear_row(&s->rows[i], base);
}

void value_clear_flagged(const struct schema *s, unsigned flags, void *base)
{
        for (size_t i = 0; i < s->n; i++)
                if (s->rows[i].flags & flags)
                        clear_row(&s->rows[i], base);
}

void value_inherit(const struct schema *s, void *base, const void *from)
{
        static const size_t SIZES[STORAGE_COUNT] = {
                [STORE_STRING] = sizeof(char *),
                [STORE_INT64] = sizeof(int64_t),
                [STORE_ENUM] = sizeof(int),
                [STORE_THRESHOLD] = sizeof(struct threshold),
        };

        for (size_t i = 0; i < s->n; i++) {
                const struct schema_row *row = &s->rows[i];

                if (row->type == SCHEMA_MAPPING)
                        value_inherit(row->rows, base, from);
                else if (!value_is_set(row, base))
                        memcpy(slot(row, base), slot_const(row, from), SIZES[STORAGE[row->type]]);
        }
}

void value_zero_unset(const struct schema *s, void *base)
{
        for (size_t i = 0; i < s->n; i++) {
                const struct schema_row *row = &s->rows[i];

                if (row->type == SCHEMA_MAPPING)
                        value_zero_unset(row->rows, base);
                else if (!value_is_set(row, base) && STORAGE[row->type] == STORE_INT64)
                        *(int64_t *)slot(row, base) = 0;
                else if (!value_is_set(row, base) && STORAGE[row->type] == STORE_ENUM)
                        *(int *)slot(row, base) = 0;
        }
}

/* --- comparing -------------------------------------------------------------------------------- */

static bool same_threshold(const struct threshold *a, const struct threshold *b)
{
        return a->span_s == b->span_s && a->millipercent == b->millipercent;
}

static size_t list_len(const struct schema_row *row, const void *base)
{
        return *(const size_t *)((const char *)base + row->offset_n);
}

static bool same_list(const struct schema_row *row, const void *a, const void *b)
{
        char *const *x = *(char *const *const *)slot_const(row, a);
        char *const *y = *(char *const *const *)slot_const(row, b);
        size_t n = list_len(row, a);

        if (n != list_len(row, b))
                return false;
        for (size_t i = 0; i < n; i++)
                if (strcmp(x[i], y[i]) != 0)
                        return false;
        return true;
}

static bool same_value(const struct schema_row *row, const void *a, const void *b)
{
        const void *x = slot_const(row, a), *y = slot_const(row, b);

        switch (STORAGE[row->type]) {
        case STORE_STRING:
                return text_same(*(char *const *)x, *(char *const *)y);
        case STORE_INT64:
                return *(const int64_t *)x == *(const int64_t *)y;
        case STORE_ENUM:
                return *(const int *)x == *(const int *)y;
        case STORE_THRESHOLD:
                return same_threshold(x, y);
        case STORE_LIST:
                return same_list(row, a, b);
        case STORE_SET:
        case STORE_NONE:
        case STORAGE_COUNT:
                break;
        }
        return true;
}

bool value_equal(const struct schema *s, const void *a, const void *b)
{
        for (size_t i = 0; i < s->n; i++) {
                const struct schema_row *row = &s->rows[i];

                if (row->type == SCHEMA_MAPPING ? !value_equal(row->rows, a, b)
                                                : !same_value(row, a, b))
                        return false;
        }
        return true;
}

static uint64_t hash_value(const struct schema_row *row, const void *base, uint64_t h)
{
        const void *p = slot_const(row, base);
        const char *text;

        switch (STORAGE[row->type]) {
        case STORE_STRING:
                text = *(char *const *)p ? *(char *const *)p : "";
                return hash_bytes(h, text, strlen(text) + 1);
        case STORE_INT64:
                return hash_bytes(h, p, sizeof(int64_t));
        case STORE_ENUM:
                return hash_bytes(h, p, sizeof(int));
        case STORE_THRESHOLD:
                h = hash_bytes(h, &((const struct threshold *)p)->span_s, sizeof(int64_t));
                return hash_bytes(h, &((const struct threshold *)p)->millipercent, sizeof(int));
        case STORE_LIST:
                for (size_t i = 0; i < list_len(row, base); i++) {
                        text = (*(char *const *const *)p)[i];
                        h = hash_bytes(h, text, strlen(text) + 1);
                }
                return h;
        case STORE_SET:
        case STORE_NONE:
        case STORAGE_COUNT:
                break;
        }
        return h;
}

uint64_t value_hash(const struct schema *s, const void *base, uint64_t h)
{
        for (size_t i = 0; i < s->n; i++) {
                const struct schema_row *row = &s->rows[i];

                h = row->type == SCHEMA_MAPPING ? value_hash(row->rows, base, h)
                                                : hash_value(row, base, h);
        }
        return h;
}

/* --- what the table says ---------------------------------------------------------------------- */

/* "[20%, 30d]" of the table; what a file says comes through the YAML reader instead. */
static void standard_threshold(const struct schema_row *row, struct threshold *t)
{
        AUTO_FREE char *text = mem_strdup(row->standard);
        AUTO_FREE char *error = NULL;
        char *rest = text;

        for (char *part; (part = strtok_r(rest, "[], ", &rest));) {
                int r = value_parse_threshold(row, part, t, &error);

                assert(r == 0);
                (void)r;
        }
}

void value_standard(const struct schema *s, const struct value_place *where, void *base)
{
        for (size_t i = 0; i < s->n; i++) {
                const struct schema_row *row = &s->rows[i];
                AUTO_FREE char *error = NULL;

                if (row->type == SCHEMA_MAPPING && !(row->flags & SCHEMA_ONE_OF)) {
                        value_standard(row->rows, where, base);
                } else if (row->standard && !value_is_set(row, base)) {
                        int r = 0;

                        if (row->type == SCHEMA_THRESHOLD)
                                standard_threshold(row, slot(row, base));
                        else
                                r = value_parse(row, row->standard, where, base, &error);
                        assert(r == 0); /* a test walks the table */
                        (void)r;
                }
        }
}
