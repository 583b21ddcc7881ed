/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in status.h. */
#include "daemon/monitor/status.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/limiter.h"
#include "daemon/monitor/silences.h"
#include "daemon/store/store.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an endpoint is said to be: its worst problem, or what we know without one. */
enum condition {
        CONDITION_ERROR,
        CONDITION_WARNING,
        CONDITION_FAILING, /* not reached the last time, which is no problem yet */
        CONDITION_UNKNOWN, /* never reached */
        CONDITION_OK,
        CONDITION_COUNT
};

static const char *const CONDITIONS[CONDITION_COUNT] = {
        [CONDITION_ERROR] = "error",
        [CONDITION_WARNING] = "warning",
        [CONDITION_FAILING] = "failing",
        [CONDITION_UNKNOWN] = "unknown",
        [CONDITION_OK] = "ok",
};

/* Which silences hold back what is shown, and when "now" is. */
struct hush {
        const struct silence_list *silences;
        int64_t now_s;
};

struct totals {
        size_t by_condition[CONDITION_COUNT];
};

static enum condition condition_of(const struct member *m)
{
        switch (endpoint_state_severity(&m->state)) {
        case SEVERITY_ERROR:   return CONDITION_ERROR;
        case SEVERITY_WARNING: return CONDITION_WARNING;
        case SEVERITY_INFO:
        case SEVERITY_OK:
        case SEVERITY_COUNT:   break;
        }
        if (m->state.failures > 0 || m->blind)
                return CONDITION_FAILING;
        return m->state.last_success_s == 0 ? CONDITION_UNKNOWN : CONDITION_OK;
}

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

/* How a problem that is held open really is, and since when; null: it is not held. */
static json_t *flapping_json(const struct problem *p)
{
        if (!p->flapping)
                return json_must(json_null());
        return json_must(json_pack("{s:s, s:o}", "now", severity_str(p->seen), "since",
                                   json_instant(p->steady_s)));
}

static json_t *problem_json(const struct member *m, const struct problem *p, const struct hush *h)
{
        const struct subject subject = { m->cfg, p->code, p->severity };
        const struct silence *silence = silence_find(h->silences, &subject, h->now_s);

        return json_must(json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                              "code", FINDINGS[p->code].name,
                              "severity", severity_str(p->severity),
                              "since", json_instant(p->since_s), "message", json_text(p->message),
                              "remedy", json_text(p->remedy), "evidence", json_text(p->evidence),
                              "sha256", json_text(p->fingerprint),
                              "missing_pem", json_text(p->missing_pem),
                              "silence", json_text(silence ? silence->id : NULL),
                              "flapping", flapping_json(p)));
}

/*
 * How it was reached the last time that it showed a certificate; null: never, or it is a file.
 * Behind a proxy nobody knows the address.
 */
static json_t *connection_json(const struct facts *f)
{
        static const char *const TIMES[FACTS_TIME_COUNT] = {
                [FACTS_RESOLVE] = "resolve", [FACTS_CONNECT] = "connect", [FACTS_PROXY] = "proxy",
                [FACTS_STARTTLS] = "starttls", [FACTS_HANDSHAKE] = "handshake",
                [FACTS_TOTAL] = "total",
        };
        char ip[INET6_ADDRSTRLEN];

        if (f->us[FACTS_TOTAL] == 0)
                return json_must(json_null());
        if (f->ip_len > 0)
                inet_ntop(f->ip_len == 4 ? AF_INET : AF_INET6, f->ip, ip, sizeof(ip));
        json_t *seconds = json_must(json_object());

        for (int i = 0; i < FACTS_TIME_COUNT; i++)
                if (f->us[i] > 0)
                        json_object_set_new(seconds, TIMES[i], json_real((double)f->us[i] / 1e6));
        return json_must(json_pack(
                "{s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:i, s:o}",
                "address", json_text(f->ip_len > 0 ? ip : NULL),
                "protocol", json_text(f->protocol), "cipher", json_text(f->cipher),
                "group", json_text(f->group), "post_quantum", f->post_quantum,
                "alpn", json_text(f->alpn), "staple", json_text(f->staple),
                "certificates_served", f->n_served, "seconds", seconds));
}

static json_t *endpoint_json(const struct member *m, const struct hush *h)
{
        const struct endpoint_state *s = &m->state;
        AUTO_FREE char *target = target_str(&m->cfg->target);
        const char *leaf = s->leaf_fingerprint;
        json_t *problems = json_must(json_array());

        for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--) /* the worst first */
                for (size_t i = 0; i < s->n_problems; i++) {
                        const struct problem *p = &s->problems[i];

                        if ((int)p->severity == severity)
                                json_array_append_new(problems, problem_json(m, p, h));
                }
        return json_must(json_pack(
                "{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:I, s:o}",
                "id", m->cfg->id,
                "name", m->cfg->name,
                "target", target,
                "severity", CONDITIONS[condition_of(m)],
                "last_probe", json_instant(s->last_probe_s),
                "last_success", json_instant(s->last_success_s),
                "expires", json_instant(s->expires_s),
                "trusted", s->trusted,
                "certificate_sha256", json_text(*leaf ? leaf : NULL),
                "certificate_subject", json_text(s->leaf_subject),
                "connection", connection_json(&s->facts),
                "last_error", json_text(s->last_error),
                "failures", (json_int_t)s->failures,
                "problems", problems));
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

static json_t *endpoints_json(const struct fleet *f, const struct hush *h, size_t max)
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

json_t *status_json(const struct fleet *f, struct store *store, const struct silences *silences,
                    const struct monitor_counts *counts, bool store_fails, size_t max_endpoints)
{
        const struct hush hush = { silences_list(silences), clock_wall_s() };
        struct totals totals = { 0 };
        json_t *queue = queue_json(store), *by_condition;
        struct delays_summary delay = delays_summary(&counts->delays);

        count(f, &totals);
        by_condition = json_must(json_pack(
                "{s:I, s:I, s:I, s:I, s:I, s:I}",
                "all", (json_int_t)f->n,
                "critical", (json_int_t)totals.by_condition[CONDITION_ERROR],
                "warning", (json_int_t)totals.by_condition[CONDITION_WARNING],
                "failing", (json_int_t)totals.by_condition[CONDITION_FAILING],
                "ok", (json_int_t)totals.by_condition[CONDITION_OK],
                "unknown", (json_int_t)totals.by_condition[CONDITION_UNKNOWN]));
        return json_must(json_pack(
                "{s:s, s:o, s:o, s:o, s:o, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}}, "
                "s:o, s:o, s:o}",
                "version", NOTAFTER_VERSION, "at", json_instant(hush.now_s),
                "store_error", json_text(store_fails ? store_error(store) : NULL),
                "warning", json_text(f->warning),
                "endpoints_total", by_condition,
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
                "endpoints", endpoints_json(f, &hush, max_endpoints)));
}
