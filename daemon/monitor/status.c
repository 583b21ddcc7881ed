/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in status.h. */
#include "daemon/monitor/status.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/monitor/condition.h"
#include "daemon/monitor/endpoint_json.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/health.h"
#include "daemon/monitor/limiter.h"
#include "daemon/monitor/roster.h"
#include "daemon/monitor/roster_find.h"
#include "daemon/monitor/silences.h"
#include "daemon/store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *queue_json(struct store *store)
{
        struct store_outbox_stats *stats = NULL;
        size_t n = 0;
        json_t *queue = json_must(json_array());

        store_outbox_stats(store, &stats, &n);
        for (size_t i = 0; i < n; i++) {
                json_t *row = json_pack("{s:s, s:I, s:I, s:o, s:o}",
                                        "receiver", stats[i].receiver,
                                        "waiting", (json_int_t)stats[i].waiting,
                                        "dead", (json_int_t)stats[i].dead,
                                        "oldest", json_instant(stats[i].oldest_s),
                                        "last_error", json_text(stats[i].last_error));

                json_array_append_new(queue, json_must(row));
        }
        store_outbox_stats_free(stats, n);
        return queue;
}

void status_summary(const struct fleet *f, struct store *store, char *out, size_t size)
{
        struct store_outbox_stats *stats = NULL;
        const size_t *count = f->roster->by_condition;
        int64_t waiting = 0;
        size_t n = 0;

        if (f->n == 0) {
                snprintf(out, size, "no endpoints are configured: name some below 'endpoints' in "
                         "%s, then run: systemctl reload notafter", f->config->files[0]);
                return;
        }
        store_outbox_stats(store, &stats, &n);
        for (size_t i = 0; i < n; i++)
                waiting += stats[i].waiting;
        store_outbox_stats_free(stats, n);
        snprintf(out, size,
                 "%zu endpoint%s: %zu critical, %zu warning, %zu failing, %zu ok, %zu not looked "
                 "at yet; %" PRId64 " message%s",
                 f->n, f->n == 1 ? "" : "s", count[CONDITION_ERROR],
                 count[CONDITION_WARNING], count[CONDITION_FAILING],
                 count[CONDITION_OK], count[CONDITION_UNKNOWN],
                 waiting, waiting == 1 ? " waits" : "s wait");
}

static json_t *endpoints_json(const struct fleet *f, const struct hush *h, size_t max)
{
        size_t most = max < f->n ? max : f->n, total;
        AUTO_FREE uint32_t *urgent = mem_new0(most, sizeof(*urgent));
        size_t n = roster_page(f->roster, NULL, ROSTER_URGENCY, false, 0, most, urgent, &total);
        json_t *out = json_must(json_array());

        for (size_t i = 0; i < n; i++)
                json_array_append_new(out, endpoint_json(&f->members[urgent[i]], h));
        return out;
}

json_t *status_counts(const struct fleet *f)
{
        const size_t *count = f->roster->by_condition;

        return json_must(json_pack(
                "{s:I, s:I, s:I, s:I, s:I, s:I}",
                "all", (json_int_t)f->n,
                "critical", (json_int_t)count[CONDITION_ERROR],
                "warning", (json_int_t)count[CONDITION_WARNING],
                "failing", (json_int_t)count[CONDITION_FAILING],
                "ok", (json_int_t)count[CONDITION_OK],
                "unknown", (json_int_t)count[CONDITION_UNKNOWN]));
}

json_t *status_json(const struct fleet *f, struct store *store,
                    const struct monitor_counts *counts, bool store_fails)
{
        struct delays_summary delay = delays_summary(&counts->delays);

        return json_must(json_pack(
                "{s:s, s:o, s:o, s:o, s:o, s:o, "
                "s:{s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}}}",
                "version", NOTAFTER_VERSION, "at", json_instant(clock_wall_s()),
                "clock_synchronised", json_clock_sync(clock_sync_ask()),
                "store_error", json_text(store_fails ? store_error(store) : NULL),
                "warning", json_text(f->warning),
                "endpoints_total", status_counts(f),
                "probes",
                "done", (json_int_t)counts->probes,
                "running", (json_int_t)limiter_running(f->limiter),
                "at_most", (json_int_t)f->concurrency,
                "waiting", (json_int_t)limiter_waiting(f->limiter),
                "local_failures", (json_int_t)counts->local_failures,
                "lag_ms", (json_int_t)health_lag_ms(f, clock_boot_ms()),
                "delay_ms",
                "median", (json_int_t)delay.median_ms,
                "p99", (json_int_t)delay.p99_ms,
                "max", (json_int_t)delay.max_ms));
}

void status_add_lists(json_t *status, const struct fleet *f, struct store *store,
                      const struct silences *silences, size_t max_endpoints)
{
        const struct hush hush = { silences_list(silences), clock_wall_s() };

        json_object_set_new(status, "queue", queue_json(store));
        json_object_set_new(status, "silences", silences_json(silences, hush.now_s));
        json_object_set_new(status, "endpoints", endpoints_json(f, &hush, max_endpoints));
}
