/* SPDX-License-Identifier: Apache-2.0 */
/* What programs ask for: documents as they are, and whether all is well. */
#include "daemon/web/routes.h"

#include "common/base/buf.h"
#include "daemon/monitor/commands.h"
#include "daemon/monitor/monitor.h"
#include "daemon/web/assets.h"
#include "daemon/web/exchange.h"

#include <stdint.h>
#include <string.h>

#define PREFIX "/api/v1/"
#define DESCRIPTION "openapi.yaml"

static int append(const char *bytes, size_t n, void *arg)
{
        buf_append(arg, bytes, n);
        return 0;
}

void answer_api(struct web_exchange *x)
{
        const char *name = web_path(x) + strlen(PREFIX);
        struct buf body = BUF_INIT(SIZE_MAX); /* lists come in pages */
        json_t *doc;

        if (strcmp(name, DESCRIPTION) == 0) {
                asset_reply(x, DESCRIPTION);
                return;
        }
        if (!command_is_document(name)) {
                web_fail(x, 404, "there is no such document; " PREFIX DESCRIPTION
                         " describes those there are");
                return;
        }
        doc = web_ask(x, name);
        if (!doc)
                return;
        json_dump_callback(doc, append, &body, JSON_COMPACT);
        json_decref(doc);
        buf_puts(&body, "\n");
        web_reply(x, 200, "application/json", &body);
}

/* A line for probes of other monitors: "ok", or why not. */
static void answer_line(struct web_exchange *x, const char *trouble)
{
        struct buf body = BUF_INIT(SIZE_MAX);

        buf_printf(&body, "%s\n", trouble ? trouble : "ok");
        web_reply(x, trouble ? 503 : 200, "text/plain; charset=utf-8", &body);
}

void answer_healthz(struct web_exchange *x)
{
        json_t *doc = web_ask(x, "health");

        if (!doc)
                return;
        answer_line(x, json_string_value(json_object_get(doc, "trouble")));
        json_decref(doc);
}

void answer_readyz(struct web_exchange *x)
{
        answer_line(x, monitor_stopping(web_monitor(x)) ? "the daemon is stopping" : NULL);
}
