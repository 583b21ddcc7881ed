/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in routes.h. */
#include "daemon/web/routes.h"

#include "common/base/cleanup.h"
#include "common/cert/json_text.h"
#include "daemon/monitor/commands.h"
#include "daemon/web/exchange.h"

#include <string.h>

static const struct web_route ROUTES[] = {
        { "/", answer_overview },
        { "/endpoints", answer_endpoints },
        { "/queue", answer_queue },
        { "/silences", answer_silences },
        { "/endpoint", answer_endpoint },
        { "/certificates", answer_certificates },
        { "/certificate", answer_certificate },
        { "/api/v1/", answer_api },
        { "/calendar.ics", answer_calendar },
        { "/healthz", answer_healthz },
        { "/readyz", answer_readyz },
        { "/chain.pem", answer_chain_pem },
        { "/metrics", answer_metrics },
        { "/probe", answer_probe },
        { "/static/", answer_asset },
        { "/favicon.ico", answer_asset },
};

/* "/api/v1/" stands for all below it; "/" is itself only. */
static bool fits(const struct web_route *r, const char *path)
{
        size_t n = strlen(r->path);
        bool folder = n > 1 && r->path[n - 1] == '/';

        return folder ? strncmp(path, r->path, n) == 0 : strcmp(path, r->path) == 0;
}

const struct web_route *route_find(const char *path)
{
        for (size_t i = 0; i < ARRAY_LEN(ROUTES); i++)
                if (fits(&ROUTES[i], path))
                        return &ROUTES[i];
        return NULL;
}

static void add_param(const char *name, const char *value, void *arg)
{
        json_t *request = arg;

        if (*value && !json_object_get(request, name)) /* of several, the first */
                json_object_set_new(request, name, json_must(json_string(value)));
}

json_t *web_ask_for(struct web_exchange *x, json_t *request)
{
        json_t *doc = monitor_command(web_monitor(x), request);
        const char *error = json_string_value(json_object_get(doc, "error"));

        json_decref(request);
        if (!error)
                return doc;
        web_fail(x, json_is_true(json_object_get(doc, "missing")) ? 404 : 400, "%s", error);
        json_decref(doc);
        return NULL;
}

json_t *web_ask(struct web_exchange *x, const char *command)
{
        json_t *request = json_must(json_object());

        json_object_set_new(request, "command", json_must(json_string(command)));
        web_params(x, add_param, request);
        return web_ask_for(x, request);
}
