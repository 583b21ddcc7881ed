/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in commands.h. */
#include "daemon/monitor/commands.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/cert/json_text.h"
#include "daemon/monitor/commands_internal.h"
#include "daemon/monitor/monitor.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#define ERROR_MAX_BYTES 4096

static json_t *run_status(struct monitor *m, const json_t *request)
{
        json_t *max = json_object_get(request, "max_endpoints");

        if (max && (!json_is_integer(max) || json_integer_value(max) < 0))
                return command_error("max_endpoints is a number from 0 on");
        return monitor_status(m, max ? (size_t)json_integer_value(max) : SIZE_MAX);
}

static const struct {
        const char *name;
        json_t *(*run)(struct monitor *m, const json_t *request);
} COMMANDS[] = {
        { "status", run_status },
        { "alert explain", command_alert_explain },
        { "silence add", command_silence_add },
        { "silence list", command_silence_list },
        { "silence expire", command_silence_expire },
        { "alert queue", command_queue },
        { "alert retry", command_retry },
};

json_t *command_error(const char *fmt, ...)
{
        struct buf text = BUF_INIT(ERROR_MAX_BYTES);
        va_list ap;

        va_start(ap, fmt);
        buf_vprintf(&text, fmt, ap);
        va_end(ap);
        json_t *doc = json_pack("{s:s}", "error", buf_str(&text));

        buf_done(&text);
        return json_must(doc);
}

const char *command_text(const json_t *request, const char *key)
{
        return json_string_value(json_object_get(request, key));
}

json_t *monitor_command(struct monitor *m, const json_t *request)
{
        const char *name = command_text(request, "command");

        for (size_t i = 0; name && i < ARRAY_LEN(COMMANDS); i++)
                if (strcmp(name, COMMANDS[i].name) == 0)
                        return COMMANDS[i].run(m, request);
        return command_error("this daemon, notafter %s, knows no such command", NOTAFTER_VERSION);
}
