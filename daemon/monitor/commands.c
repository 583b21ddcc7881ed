/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in commands.h. */
#include "daemon/monitor/commands.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/parse.h"
#include "common/cert/json_text.h"
#include "daemon/monitor/commands_internal.h"
#include "daemon/monitor/monitor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#define ERROR_MAX_BYTES 4096
#define PAGE_LIMIT 100
#define PAGE_MAX_OFFSET INT32_MAX
#define PAGE_MAX_LIMIT 1000

static json_t *run_status(struct monitor *m, const json_t *request)
{
        json_t *max = json_object_get(request, "max_endpoints");

        if (max && (!json_is_integer(max) || json_integer_value(max) < 0))
                return command_error("max_endpoints is a number from 0 on");
        return monitor_status(m, max ? (size_t)json_integer_value(max) : SIZE_MAX);
}

static const struct command {
        const char *name;
        json_t *(*run)(struct monitor *m, const json_t *request);
        bool is_document; /* it changes nothing, and all may read it */
} COMMANDS[] = {
        { "status", run_status, false },
        { "alert explain", command_alert_explain, false },
        { "silence add", command_silence_add, false },
        { "silence list", command_silence_list, false },
        { "silence expire", command_silence_expire, false },
        { "alert queue", command_queue, false },
        { "alert retry", command_retry, false },
        { "endpoints", command_endpoints, true },
        { "endpoint", command_endpoint, true },
        { "certificates", command_certificates, true },
        { "certificate", command_certificate, true },
        { "problems", command_problems, true },
        { "timeline", command_timeline, true },
        { "health", command_health, true },
        { "queue", command_queue, true },
        { "silences", command_silence_list, true },
};

/* A new reference to {"error": "..."}. */
static json_t *error_json(const char *fmt, va_list ap)
{
        struct buf text = BUF_INIT(ERROR_MAX_BYTES);

        buf_vprintf(&text, fmt, ap);
        json_t *doc = json_pack("{s:s}", "error", buf_str(&text));

        buf_done(&text);
        return json_must(doc);
}

json_t *command_error(const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        json_t *doc = error_json(fmt, ap);

        va_end(ap);
        return doc;
}

json_t *command_missing(const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        json_t *doc = error_json(fmt, ap);

        va_end(ap);
        json_object_set_new(doc, "missing", json_true());
        return doc;
}

const char *command_text(const json_t *request, const char *key)
{
        return json_string_value(json_object_get(request, key));
}

json_t *command_number(const json_t *request, const char *key, int64_t min, int64_t max,
                       int64_t *ret)
{
        const json_t *value = json_object_get(request, key);
        int64_t n = json_integer_value(value);

        if (!value)
                return NULL;
        if ((!json_is_integer(value) &&
             (!json_is_string(value) || parse_int(json_string_value(value), &n) < 0)) ||
            n < min || n > max)
                return command_error("%s is a number from %" PRId64 " to %" PRId64, key, min, max);
        *ret = n;
        return NULL;
}

json_t *command_page(const json_t *request, struct page *ret)
{
        *ret = (struct page){ .limit = PAGE_LIMIT };
        json_t *error = command_number(request, "offset", 0, PAGE_MAX_OFFSET, &ret->offset);

        return error ? error : command_number(request, "limit", 1, PAGE_MAX_LIMIT, &ret->limit);
}

json_t *page_json(const struct page *p, size_t total, int64_t now_s)
{
        bool more = (int64_t)total - p->offset > p->limit;

        return json_must(json_pack("{s:o, s:I, s:I, s:I, s:o}", "at", json_instant(now_s),
                                   "total", (json_int_t)total, "offset", (json_int_t)p->offset,
                                   "limit", (json_int_t)p->limit, "next",
                                   more ? json_integer(p->offset + p->limit) : json_null()));
}

/* ---------------------------------------------------------------------------------------------- */

static const struct command *find(const char *name)
{
        for (size_t i = 0; name && i < ARRAY_LEN(COMMANDS); i++)
                if (strcmp(name, COMMANDS[i].name) == 0)
                        return &COMMANDS[i];
        return NULL;
}

bool command_is_document(const char *name)
{
        const struct command *c = find(name);

        return c && c->is_document;
}

json_t *monitor_command(struct monitor *m, const json_t *request)
{
        const struct command *c = find(command_text(request, "command"));

        return c ? c->run(m, request)
                 : command_error("this daemon, notafter %s, knows no such command",
                                 NOTAFTER_VERSION);
}
