/* SPDX-License-Identifier: Apache-2.0 */
/* What /metrics says of the daemon itself. The contract is in scrape_internal.h. */
#include "daemon/web/scrape_internal.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "daemon/alert/delivery.h"
#include "daemon/alert/receiver.h"
#include "daemon/monitor/commands_internal.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/gauges.h"
#include "daemon/monitor/roster.h"
#include "daemon/monitor/silences.h"
#include "daemon/store/store.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void begin(struct metrics_writer *w, enum metric_id metric)
{
        metrics_begin(w, &METRICS[metric]);
}

static void labelled(struct metrics_writer *w, enum metric_id metric, const char *name,
                     const char *value, double number)
{
        metrics_sample(w, &METRICS[metric], &(struct metric_label){ name, value }, 1, number);
}

/* A metric of one sample. */
static void single(struct metrics_writer *w, enum metric_id metric, double number)
{
        begin(w, metric);
        metrics_sample(w, &METRICS[metric], NULL, 0, number);
}

/* --- the process ------------------------------------------------------------------------------ */

static double seconds(struct timeval tv)
{
        return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

/* In bytes, from proc(5); 0 = it cannot be had. */
static double resident_memory(void)
{
        unsigned long size, resident = 0;
        FILE *f = fopen("/proc/self/statm", "re");

        if (!f)
                return 0;
        if (fscanf(f, "%lu %lu", &size, &resident) != 2)
                resident = 0;
        fclose(f);
        return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void write_process(struct metrics_writer *w, const struct gauges *g)
{
        const struct metric_label build[] = {
                { "version", NOTAFTER_VERSION }, { "openssl", OpenSSL_version(OPENSSL_VERSION) },
        };
        enum clock_sync clock = clock_sync_ask();
        double resident = resident_memory();
        struct rusage used;

        begin(w, METRIC_BUILD);
        metrics_sample(w, &METRICS[METRIC_BUILD], build, ARRAY_LEN(build), 1);
        single(w, METRIC_PROCESS_START, (double)g->started_s);
        if (getrusage(RUSAGE_SELF, &used) == 0)
                single(w, METRIC_PROCESS_CPU, seconds(used.ru_utime) + seconds(used.ru_stime));
        if (resident > 0)
                single(w, METRIC_PROCESS_RESIDENT, resident);
        single(w, METRIC_CONFIG_LOADED, (double)g->configured_s);
        single(w, METRIC_CONFIG_OK, !g->refused);
        if (clock != CLOCK_SYNC_UNKNOWN)
                single(w, METRIC_CLOCK, clock == CLOCK_SYNCHRONISED);
}

/* --- looking ---------------------------------------------------------------------------------- */

static void write_endpoints(struct metrics_writer *w, const struct roster *r, size_t max_shown)
{
        begin(w, METRIC_ENDPOINTS);
        for (int i = 0; i < CONDITION_COUNT; i++)
                labelled(w, METRIC_ENDPOINTS, "state", condition_str((enum condition)i),
                         (double)r->by_condition[i]);
        single(w, METRIC_ENDPOINTS_LEFT_OUT, r->n > max_shown ? (double)(r->n - max_shown) : 0);
        begin(w, METRIC_PROBLEMS);
        for (int i = 0; i < FINDING_COUNT * SEVERITY_COUNT; i++) {
                enum finding_code code = (enum finding_code)(i / SEVERITY_COUNT);
                enum severity severity = (enum severity)(i % SEVERITY_COUNT);
                const struct metric_label labels[] = {
                        { "code", FINDINGS[code].name }, { "severity", severity_str(severity) },
                };

                if (r->by_code[code][severity] > 0)
                        metrics_sample(w, &METRICS[METRIC_PROBLEMS], labels, ARRAY_LEN(labels),
                                       (double)r->by_code[code][severity]);
        }
}

static void write_caches(struct metrics_writer *w, const struct gauges *g)
{
        static const char *const NAMES[EXAM_CACHE_COUNT] = {
                [EXAM_CERTIFICATES] = "certificates",
                [EXAM_VERDICTS] = "verdicts",
        };

        begin(w, METRIC_CACHE_HITS);
        for (int i = 0; i < EXAM_CACHE_COUNT; i++)
                labelled(w, METRIC_CACHE_HITS, "cache", NAMES[i], (double)g->caches[i].hits);
        begin(w, METRIC_CACHE_MISSES);
        for (int i = 0; i < EXAM_CACHE_COUNT; i++)
                labelled(w, METRIC_CACHE_MISSES, "cache", NAMES[i], (double)g->caches[i].misses);
        begin(w, METRIC_CACHE_ENTRIES);
        for (int i = 0; i < EXAM_CACHE_COUNT; i++)
                labelled(w, METRIC_CACHE_ENTRIES, "cache", NAMES[i], (double)g->caches[i].entries);
}

static void write_delay(struct metrics_writer *w, const struct gauges *g)
{
        begin(w, METRIC_DELAY);
        if (g->looks == 0)
                return;
        labelled(w, METRIC_DELAY, "percentile", "50", g->delay.median_ms / 1e3);
        labelled(w, METRIC_DELAY, "percentile", "99", g->delay.p99_ms / 1e3);
        labelled(w, METRIC_DELAY, "percentile", "100", g->delay.max_ms / 1e3);
}

static void write_looks(struct metrics_writer *w, const struct gauges *g, const struct fleet *f)
{
        single(w, METRIC_LOOKS, (double)g->looks);
        single(w, METRIC_LOCAL_FAILURES, (double)g->local_failures);
        single(w, METRIC_RUNNING, (double)limiter_running(f->limiter));
        single(w, METRIC_RUNNING_LIMIT, (double)f->concurrency);
        single(w, METRIC_WAITING, (double)limiter_waiting(f->limiter));
        single(w, METRIC_LAG, (double)g->lag_ms / 1e3);
        write_delay(w, g);
        single(w, METRIC_WORKERS, (double)g->workers);
        write_caches(w, g);
}

/* --- telling ---------------------------------------------------------------------------------- */

struct outbox_stats {
        struct store_outbox_stats *items;
        size_t n;
};

struct lane_writer {
        struct metrics_writer *w;
        enum metric_id metric;
};

static void write_lane(const struct delivery_lane *lane, void *arg)
{
        static const char *const RESULTS[SEND_RESULT_COUNT] = {
                [SEND_OK] = "ok", [SEND_RETRY] = "retry", [SEND_REJECTED] = "rejected",
                [SEND_GONE] = "gone",
        };
        const struct lane_writer *to = arg;

        if (to->metric == METRIC_RECEIVER_DISABLED)
                labelled(to->w, to->metric, "receiver", lane->receiver, lane->disabled != NULL);
        if (to->metric == METRIC_RECEIVER_RESTING)
                labelled(to->w, to->metric, "receiver", lane->receiver, lane->rest_s > 0);
        for (int i = 0; to->metric == METRIC_DELIVERIES && i < SEND_RESULT_COUNT; i++) {
                const struct metric_label labels[] = {
                        { "receiver", lane->receiver }, { "result", RESULTS[i] },
                };

                metrics_sample(to->w, &METRICS[METRIC_DELIVERIES], labels, ARRAY_LEN(labels),
                               (double)lane->results[i]);
        }
}

static void write_receivers(struct metrics_writer *w, struct monitor *m)
{
        static const enum metric_id OF_LANES[] = {
                METRIC_RECEIVER_DISABLED, METRIC_RECEIVER_RESTING, METRIC_DELIVERIES,
        };

        for (size_t i = 0; i < ARRAY_LEN(OF_LANES); i++) {
                struct lane_writer to = { w, OF_LANES[i] };

                begin(w, to.metric);
                delivery_each(monitor_delivery(m), write_lane, &to);
        }
}

/* Adds a receiver of which no message is there. */
static void add_idle(const struct delivery_lane *lane, void *arg)
{
        struct outbox_stats *o = arg;
        size_t i = 0;

        while (i < o->n && strcmp(o->items[i].receiver, lane->receiver) != 0)
                i++;
        if (i < o->n)
                return;
        o->items = mem_resize(o->items, o->n + 1, sizeof(*o->items));
        o->items[o->n++] = (struct store_outbox_stats){ .receiver = mem_strdup(lane->receiver) };
}

static void write_outbox(struct metrics_writer *w, struct monitor *m)
{
        struct outbox_stats o = { 0 };

        if (store_outbox_stats(monitor_store(m), &o.items, &o.n) < 0)
                return;
        delivery_each(monitor_delivery(m), add_idle, &o);
        begin(w, METRIC_MESSAGES_WAITING);
        for (size_t i = 0; i < o.n; i++)
                labelled(w, METRIC_MESSAGES_WAITING, "receiver", o.items[i].receiver,
                         (double)o.items[i].waiting);
        begin(w, METRIC_MESSAGES_DEAD);
        for (size_t i = 0; i < o.n; i++)
                labelled(w, METRIC_MESSAGES_DEAD, "receiver", o.items[i].receiver,
                         (double)o.items[i].dead);
        begin(w, METRIC_MESSAGES_OLDEST);
        for (size_t i = 0; i < o.n; i++)
                if (o.items[i].waiting > 0)
                        labelled(w, METRIC_MESSAGES_OLDEST, "receiver", o.items[i].receiver,
                                 (double)o.items[i].oldest_s);
        store_outbox_stats_free(o.items, o.n);
}

static size_t silences_in_effect(const struct silences *s)
{
        const struct silence_list *all = silences_list(s);
        int64_t now_s = clock_wall_s();
        size_t n = 0;

        for (size_t i = 0; i < all->n; i++)
                n += silence_holds(&all->items[i], now_s);
        return n;
}

static void write_telling(struct metrics_writer *w, struct monitor *m, const struct gauges *g)
{
        write_outbox(w, m);
        single(w, METRIC_MESSAGES_PUSHED_OUT, (double)store_outbox_pushed_out(monitor_store(m)));
        write_receivers(w, m);
        single(w, METRIC_SILENCES, (double)silences_in_effect(monitor_silences(m)));
        if (g->heartbeat_s)
                single(w, METRIC_HEARTBEAT, (double)g->heartbeat_s);
}

/* ---------------------------------------------------------------------------------------------- */

void scrape_daemon(struct metrics_writer *w, struct monitor *m, size_t max_shown)
{
        const struct fleet *f = monitor_fleet(m);
        struct gauges g;

        monitor_gauges(m, &g);
        write_process(w, &g);
        write_endpoints(w, f->roster, max_shown);
        write_looks(w, &g, f);
        write_telling(w, m, &g);
        single(w, METRIC_STORE_FAILING, g.store_fails);
        single(w, METRIC_STORE_BYTES, (double)store_bytes(monitor_store(m)));
        single(w, METRIC_UNSAVED, (double)f->n_unsaved);
}
