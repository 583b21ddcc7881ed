/* SPDX-License-Identifier: Apache-2.0 */
/* The row of `notafter alert explain`: the routes, silences and problems that are in effect. */
#include "daemon/monitor/commands_internal.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/silences.h"
#include "daemon/notice/explain.h"

json_t *command_alert_explain(struct monitor *m, const json_t *request)
{
        const char *endpoint = command_text(request, "endpoint");
        const char *code = command_text(request, "code");
        const char *severity = command_text(request, "severity");
        const struct config *c = monitor_config(m);
        AUTO_FREE char *error = NULL;
        AUTO_FREE char *since = NULL;
        char time[TIME_STR_MAX];
        struct subject s;

        if (!endpoint || !code)
                return command_error("say an endpoint and the code of a diagnosis");
        if (explain_find(c, endpoint, code, severity, &s, &error) < 0)
                return command_error("%s", error);
        const struct member *member = fleet_find(monitor_fleet(m), s.endpoint->id);
        const struct problem *p = member ? endpoint_state_find(&member->state, s.code) : NULL;

        if (p && !severity)
                s.severity = p->severity;
        if (p)
                since = mem_printf("open since %s\n", time_str(p->since_s, time));
        AUTO_FREE char *text = explain_subject(c, silences_list(monitor_silences(m)), &s,
                                               clock_wall_s());

        return json_must(json_pack("{s:s+}", "text", text, since ? since : ""));
}
