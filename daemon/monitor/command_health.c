/* SPDX-License-Identifier: Apache-2.0 */
/* The row of `health`: is the daemon itself well? */
#include "daemon/monitor/commands_internal.h"

#include "common/base/cleanup.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/monitor/gauges.h"
#include "daemon/monitor/monitor.h"

/* What `notafter status` says of it, too, but for the lists that are documents of their own. */
json_t *command_health(struct monitor *m, const json_t *request)
{
        const struct config *config = monitor_config(m);
        AUTO_FREE char *trouble = monitor_trouble(m);
        json_t *doc = monitor_self(m);
        struct gauges g;

        (void)request;
        monitor_gauges(m, &g);
        json_object_set_new(doc, "healthy", json_boolean(!trouble));
        json_object_set_new(doc, "trouble", json_text(trouble));
        json_object_set_new(doc, "started", json_instant(g.started_s));
        json_object_set_new(doc, "config_file", json_text(config->files[0]));
        json_object_set_new(doc, "workers", json_must(json_integer((json_int_t)g.workers)));
        json_object_set_new(doc, "receivers", command_receivers(m));
        return doc;
}
