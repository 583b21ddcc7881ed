/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in status.h. */
#include "daemon/monitor/status.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/monitor/condition.h"
#include "daemon/monitor/endpoint_json.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/limiter.h"
#include "daemon/monitor/silences.h"
#include "daemon/store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct totals {
        size_t by_condition[CONDITION_COUNT];
};

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

static void count(const struct fleet *f, struct totals *totals)
{
        for (size_t i = 0; i < f->n; i++)
                totals->by_condition[condition_of(&f->members[i])]++;
}

void status_summary(const struct fleet *f, struct store *store, char *out, size_t size)
{
        struct store_outbox_stats *stats = NULL;
        struct totals totals = { 0 };
        int64_t waiting = 0;
        size_t n = 0;

        store_outbox_stats(store, &stats, &n);
        for (size_t i = 0; i < n; i++)
                waiting += stats[i].waiting;
        store_outbox_stats_free(stats, n);
        count(f, &totals);
        snprintf(out, size,
                 "%zu endpoint%s: %zu critical, %zu warning, %zu failing, %zu ok, %zu not looked "
                 "at yet; %" PRId64 " message%s",
                 f->n, f->n == 1 ? "" : "s", totals.by_condition[CONDITION_ERROR],
                 totals.by_condition[CONDITION_WARNING], totals.by_condition[CONDITION_FAILING],
                 totals.by_condition[CONDITION_OK], totals.by_condition[CONDITION_UNKNOWN],
                 waiting, waiting == 1 ? " waits" : "s wait");
}

const struct member *status_longest_waiting(const struct fleet *f)
{
        const struct member *last = NULL;

        for (size_t i = 0; i < f->n; i++) {
                const struct member *m = &f->members[i];

                if (m->waiting && (!last || m->due_ms < last->due_ms))
                        last = m;
        }
        return last;
}

/* Worst first, then whatever ends first. */
static int by_urgency(const void *a, const void *b)
{
        const struct member *x = *(const struct member *const *)a;
        const struct member *y = *(const struct member *const *)b;
        enum condition cx = condition_of(x), cy = condition_of(y);

        if (cx != cy)
                return cx < cy ? -1 : 1;
        if (x->state.expires_s != y->state.expires_s)
                return x->state.expires_s < y->state.expires_s ? -1 : 1;
        return strcmp(x->cfg->id, y->cfg->id);
}

/* @heap holds the most urgent so far, the least urgent of them at its top. */
static void offer(const struct member **heap, size_t *n, size_t max, const struct member *m)
{
        size_t i, child;

        if (*n < max) {
                for (i = (*n)++; i > 0 && by_urgency(&m, &heap[(i - 1) / 2]) > 0; i = (i - 1) / 2)
                        heap[i] = heap[(i - 1) / 2];
                heap[i] = m;
                return;
        }
        if (max == 0 || by_urgency(&m, &heap[0]) > 0)
                return;
        for (i = 0; (child = 2 * i + 1) < max; i = child) {
                if (child + 1 < max && by_urgency(&heap[child + 1], &heap[child]) > 0)
                        child++;
                if (by_urgency(&heap[child], &m) < 0)
                        break;
                heap[i] = heap[child];
        }
        heap[i] = m;
}

json_t *status_endpoints(const struct fleet *f, const struct hush *h, size_t max)
{
        size_t n = 0, most = max < f->n ? max : f->n;
        const struct member **urgent = mem_new0(most, sizeof(struct member *));
        json_t *out = json_must(json_array());

        for (size_t i = 0; i < f->n; i++)
                offer(urgent, &n, most, &f->members[i]);
        if (n)
                qsort(urgent, n, sizeof(struct member *), by_urgency);
        for (size_t i = 0; i < n; i++)
                json_array_append_new(out, endpoint_json(urgent[i], h));
        free(urgent);
        return out;
}

json_t *status_counts(const struct fleet *f)
{
        struct totals totals = { 0 };

        count(f, &totals);
        return json_must(json_pack(
                "{s:I, s:I, s:I, s:I, s:I, s:I}",
                "all", (json_int_t)f->n,
                "critical", (json_int_t)totals.by_condition[CONDITION_ERROR],
                "warning", (json_int_t)totals.by_condition[CONDITION_WARNING],
                "failing", (json_int_t)totals.by_condition[CONDITION_FAILING],
                "ok", (json_int_t)totals.by_condition[CONDITION_OK],
                "unknown", (json_int_t)totals.by_condition[CONDITION_UNKNOWN]));
}

json_t *status_json(const struct fleet *f, struct store *store, const struct silences *silences,
                    const struct monitor_counts *counts, bool store_fails, size_t max_endpoints)
{
        const struct hush hush = { silences_list(silences), clock_wall_s() };
        json_t *queue = queue_json(store);
        struct delays_summary delay = delays_summary(&counts->delays);

        return json_must(json_pack(
                "{s:s, s:o, s:o, s:o, s:o, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}}, "
                "s:o, s:o, s:o}",
                "version", NOTAFTER_VERSION, "at", json_instant(hush.now_s),
                "store_error", json_text(store_fails ? store_error(store) : NULL),
                "warning", json_text(f->warning),
                "endpoints_total", status_counts(f),
                "probes",
                "done", (json_int_t)counts->probes,
                "running", (json_int_t)limiter_running(f->limiter),
                "at_most", (json_int_t)f->concurrency,
                "waiting", (json_int_t)limiter_waiting(f->limiter),
                "local_failures", (json_int_t)counts->local_failures,
                "lag_ms", (json_int_t)counts->lag_ms,
                "delay_ms",
                "median", (json_int_t)delay.median_ms,
                "p99", (json_int_t)delay.p99_ms,
                "max", (json_int_t)delay.max_ms,
                "queue", queue, "silences", silences_json(silences, hush.now_s),
                "endpoints", status_endpoints(f, &hush, max_endpoints)));
}
