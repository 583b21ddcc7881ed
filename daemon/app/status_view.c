/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in status_view.h. */
#include "daemon/app/status_view.h"

#include "common/base/cleanup.h"
#include "common/base/text.h"
#include "common/cert/json_text.h"
#include "daemon/app/control.h"

#include <errno.h>
#include <string.h>

/* What a document does not know of @filter, it does not look at. */
static json_t *request_for(const char *name, const json_t *filter)
{
        json_t *request = json_must(json_copy((json_t *)filter));

        json_object_set_new(request, "command", json_must(json_string(name)));
        return request;
}

/* Consumes @request. */
static int ask(const char *socket, json_t *request, json_t **ret, char **ret_error)
{
        json_t *doc = NULL;
        int r = control_ask(socket, request, &doc);
        const char *error = json_string_value(json_object_get(doc, "error"));

        json_decref(request);
        if (error) {
                *ret_error = text_escaped(error, strlen(error));
                r = -EPROTO;
        }
        if (r < 0)
                json_decref(doc);
        else
                *ret = doc;
        return r;
}

/* Problems are counted by code: one of them is enough. They have no state to be narrowed by. */
static int ask_problems(const char *socket, const json_t *filter, json_t **ret, char **ret_error)
{
        json_t *request;

        if (json_object_get(filter, "state"))
                return 0;
        request = request_for("problems", filter);
        json_object_set_new(request, "limit", json_must(json_integer(1)));
        return ask(socket, request, ret, ret_error);
}

int status_view_ask(struct status_view *v, const char *socket, const json_t *filter,
                    char **ret_error)
{
        struct status_view now = { .filter = json_incref((json_t *)filter) };
        json_t *nothing = json_must(json_object());
        int r = ask(socket, request_for("endpoints", filter), &now.endpoints, ret_error);

        if (r == 0)
                r = ask_problems(socket, filter, &now.problems, ret_error);
        if (r == 0)
                r = ask(socket, request_for("health", nothing), &now.health, ret_error);
        if (r == 0)
                r = ask(socket, request_for("silences", nothing), &now.silences, ret_error);
        json_decref(nothing);
        if (r < 0) {
                status_view_done(&now);
        } else {
                status_view_done(v);
                *v = now;
        }
        return r;
}

void status_view_done(struct status_view *v)
{
        json_decref(v->endpoints);
        json_decref(v->health);
        json_decref(v->silences);
        json_decref(v->problems);
        json_decref(v->filter);
        *v = (struct status_view){ 0 };
}
