/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs to tell of many problems at once: of one certificate that expires soon on every
 * endpoint of a large fleet, and of one at each. The way is the daemon's: judged, and kept in
 * batches together with groups and outbox, on a real disk; only the probes are made up.
 */
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/validate.h"
#include "config/loader.h"
#include "config/model.h"
#include "daemon/judge/judge.h"
#include "daemon/monitor/alerts.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/news.h"
#include "daemon/store/store.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ENDPOINTS 100000
#define LIMIT_S 1.0
#define LIMIT_MB 100.0
#define LIMIT_RATE 20000.0
#define GATHER_S 31 /* after the first message, and what came since is told */

static bool all_within = true;

static void must(bool ok, const char *what)
{
        if (ok)
                return;
        fprintf(stdout, "bench: %s\n", what);
        exit(2);
}

/* --- the house -------------------------------------------------------------------------------- */

struct house {
        char folder[64];
        struct config *config;
        struct fleet *fleet;
        struct store *store;
        struct alerts *alerts;
};

static struct config *make_config(void)
{
        struct buf text = BUF_INIT((size_t)ENDPOINTS * 64);
        struct config_errors errors;
        struct config *config;

        buf_puts(&text, "receivers: [{name: hook, webhook: {url: 'http://localhost/'}}]\n"
                        "endpoints:\n");
        for (int i = 0; i < ENDPOINTS; i++)
                buf_printf(&text, "- h%d.bench.example:443\n", i);
        must(config_load_bytes(&config, "bench.yaml", text.data, text.len, &errors) == 0,
             "the configuration");
        buf_done(&text);
        return config;
}

static struct house open_house(void)
{
        struct house h = { .folder = "/var/tmp/notafter-bench-XXXXXX", .config = make_config() };
        AUTO_FREE char *error = NULL;

        must(mkdtemp(h.folder) && store_open(&h.store, h.folder, &error) == 0, "the store");
        must(fleet_new(&h.fleet, h.config, &error) == 0, "the fleet");
        h.alerts = alerts_new(h.store, h.config);
        return h;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st; (void)type; (void)ftw;
        return remove(path);
}

static void close_house(struct house *h)
{
        alerts_free(h->alerts);
        fleet_free(h->fleet);
        store_close(h->store);
        config_unref(h->config);
        nftw(h->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- a day on which everything is wrong ------------------------------------------------------- */

static struct verdict verdict_of(struct cert *leaf, const char *fingerprint)
{
        struct verdict v = { .leaf = leaf, .trusted = true, .expires_s = 1 };
        struct finding *f = finding_add(&v.findings, FINDING_LEAF_EXPIRING_SOON);

        f->severity = SEVERITY_WARNING;
        finding_set(&f->message, "The certificate expires in 6 d 4 h (2026-11-29 12:00 UTC).");
        finding_set(&f->remedy, "Renew it, and have the server load the new one.");
        finding_set(&f->fingerprint, "%s", fingerprint);
        return v;
}

static void judge_one(struct house *h, struct news *news, struct member *m, bool is_shared,
                      int64_t now_s)
{
        struct cert leaf = { .subject = (char *)"CN=bench.example", .refs = 1 };
        struct endpoint_state before = { 0 };
        struct transition_list transitions;

        snprintf(leaf.fingerprint, sizeof(leaf.fingerprint), "%064zx",
                 is_shared ? (size_t)0 : (size_t)(m - h->fleet->members));
        struct verdict v = verdict_of(&leaf, leaf.fingerprint);

        endpoint_state_copy(&before, &m->state);
        judge(&m->state, &v, &(struct judge_terms){ .failures = 3 }, now_s, &transitions);
        news_add(news, m, &before, &transitions);
        finding_list_done(&v.findings);
}

static void judge_all(struct house *h, bool is_shared)
{
        struct news news = { 0 };

        for (size_t i = 0; i < h->fleet->n; i++) {
                judge_one(h, &news, &h->fleet->members[i], is_shared, clock_wall_s());
                if (news.n < NEWS_MAX && i + 1 < h->fleet->n)
                        continue;
                must(news_keep(&news, h->store, h->alerts) == 0, store_error(h->store));
                news_clear(&news);
        }
}

static int64_t waiting(const struct house *h)
{
        struct store_outbox_stats *stats;
        size_t n;

        must(store_outbox_stats(h->store, &stats, &n) == 0, store_error(h->store));
        int64_t messages = n > 0 ? stats[0].waiting : 0;

        store_outbox_stats_free(stats, n);
        return messages;
}

/* --- figures ---------------------------------------------------------------------------------- */

/* "VmRSS" or "VmHWM" of this process. */
static double memory_mb(const char *what)
{
        FILE *f = fopen("/proc/self/status", "re");
        char line[256];
        double kb = 0;

        must(f != NULL, "/proc/self/status");
        while (fgets(line, sizeof(line), f))
                if (strncmp(line, what, strlen(what)) == 0)
                        kb = strtod(line + strlen(what) + 1, NULL);
        fclose(f);
        return kb / 1024;
}

static void say(const char *what, double value, const char *unit, bool well, const char *limit)
{
        all_within &= well;
        printf("  %-56s%12.2f %-10s%14s %s\n", what, value, unit, limit, well ? "within" : "OVER");
        fflush(stdout);
}

static double since_s(int64_t start_us)
{
        return (double)(clock_mono_us() - start_us) / 1e6;
}

/* What a busy neighbour does not change; nothing is asked of it. */
static void say_cpu(clock_t cpu)
{
        printf("  %-56s%12.2f us\n", "CPU for each",
               (double)cpu * 1e6 / CLOCKS_PER_SEC / ENDPOINTS);
}

static void measure_shared(void)
{
        struct house h = open_house();
        double before_mb = memory_mb("VmRSS");
        int64_t start_us = clock_mono_us();
        clock_t start = clock();

        judge_all(&h, true);
        double kept_s = since_s(start_us);
        clock_t cpu = clock() - start;
        int64_t first = waiting(&h);

        start_us = clock_mono_us();
        must(alerts_due(h.alerts, clock_wall_s() + GATHER_S) >= 0, store_error(h.store));
        double told_s = since_s(start_us);

        printf("One certificate on %d endpoints\n", ENDPOINTS);
        say_cpu(cpu);
        say("judged and kept", ENDPOINTS / kept_s, "a second", ENDPOINTS / kept_s >= LIMIT_RATE,
            ">= 20000");
        say("messages: the first, and one of all the others", (double)waiting(&h), "",
            first == 1 && waiting(&h) == 2, "2");
        say("from the last one to that message", told_s, "s", told_s < LIMIT_S, "< 1");
        say("memory beyond that of the fleet", memory_mb("VmHWM") - before_mb, "MB",
            memory_mb("VmHWM") - before_mb < LIMIT_MB, "< 100");
        close_house(&h);
}

static void measure_different(void)
{
        struct house h = open_house();
        int64_t start_us = clock_mono_us();
        clock_t start = clock();

        judge_all(&h, false);
        double rate = ENDPOINTS / since_s(start_us);
        clock_t cpu = clock() - start;

        printf("\n%d different problems\n", ENDPOINTS);
        say_cpu(cpu);
        say("judged and queued", rate, "a second", rate >= LIMIT_RATE, ">= 20000");
        say("messages", (double)waiting(&h), "", waiting(&h) == ENDPOINTS, "100000");
        close_house(&h);
}

int main(void)
{
        must(freopen("/dev/null", "w", stderr) != NULL, "the log"); /* written, and not kept */
        measure_shared();
        measure_different();
        printf("\n%s\n", all_within ? "All within the limits." : "Not all within the limits.");
        return all_within ? 0 : 1;
}
