/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the main loop is held by what people ask of a fleet of a million: a page of a list in
 * some order, a search, a filter, and what it costs to keep all that ready. Each endpoint shows a
 * certificate of its own, and one in three has a problem.
 */
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "config/loader.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/leaves.h"
#include "daemon/monitor/roster.h"
#include "daemon/monitor/roster_find.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ENDPOINTS 1000000
#define PAGE 100
#define ROUNDS 5
#define LIMIT_MS 20.0
#define LIMIT_LEAVES_MS 50.0 /* all of them are put together first */
#define LIMIT_NOTE_US 3.0
#define LIMIT_BEGIN_MS 4000.0
#define LIMIT_BYTES 200.0
#define NOW_S 1800000000

static bool all_within = true;

static void must(bool ok, const char *what)
{
        if (ok)
                return;
        printf("bench: %s\n", what);
        exit(2);
}

static void say(const char *what, double value, const char *unit, double limit)
{
        bool well = value < limit;

        all_within &= well;
        printf("  %-56s%10.2f %-6s< %-6.0f %s\n", what, value, unit, limit,
               well ? "within" : "OVER");
}

/* --- the fleet -------------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea, Flood 2014): as even as fingerprints are. */
static uint64_t draw(void)
{
        static uint64_t seed = 7;
        uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

static void put_problem(struct endpoint_state *s, enum finding_code code, enum severity severity)
{
        endpoint_state_put(s, &(struct problem){
                .code = code, .severity = severity, .since_s = NOW_S - (int64_t)(draw() % 10000000),
        });
}

static void make_state(struct member *m, size_t number)
{
        struct endpoint_state *s = &m->state;

        s->last_probe_s = s->last_success_s = NOW_S - (int64_t)(draw() % 3600);
        s->expires_s = NOW_S + (int64_t)(draw() % (90 * 86400));
        s->leaf_subject = mem_printf("CN=%s", m->cfg->target.host);
        snprintf(s->leaf_fingerprint, sizeof(s->leaf_fingerprint), "%016" PRIx64 "%048zx", draw(),
                 number);
        if (number % 3 == 0)
                put_problem(s, FINDING_LEAF_EXPIRING_SOON, SEVERITY_WARNING);
        if (number % 50 == 0)
                put_problem(s, FINDING_HOSTNAME_MISMATCH, SEVERITY_ERROR);
}

static struct fleet *make_fleet(void)
{
        struct buf text = BUF_INIT(CONFIG_MAX_FILE_BYTES);
        struct config_errors errors;
        struct config *config;
        struct fleet *f;
        AUTO_FREE char *error = NULL;

        buf_puts(&text, "endpoints:\n");
        for (int i = 0; i < ENDPOINTS; i++)
                buf_printf(&text,
                           "- {target: 'host-%d.site%d.bench.example', labels: {team: t%d}}\n", i,
                           i % 100, i % 20);
        must(config_load_bytes(&config, "bench.yaml", text.data, text.len, &errors) == 0,
             "the configuration");
        buf_done(&text);
        must(fleet_new(&f, config, &error) == 0, "the fleet");
        config_unref(config);
        for (size_t i = 0; i < f->n; i++)
                make_state(&f->members[i], i);
        return f;
}

/* Processor time, which a busy neighbour changes less; nothing else is waited for. */
static double since_ms(clock_t start)
{
        return (double)(clock() - start) * 1e3 / CLOCKS_PER_SEC;
}

/* --- what is asked ---------------------------------------------------------------------------- */

struct question {
        const char *what;
        struct roster_filter filter;
        enum roster_order order;
        bool descending;
        size_t offset;
};

static const struct question QUESTIONS[] = {
        { .what = "the first page, by urgency" },
        { .what = "one from the middle", .offset = ENDPOINTS / 2 },
        { .what = "the first page, by name", .order = ROSTER_NAME },
        { .what = "the last page, by end, descending", .order = ROSTER_EXPIRES,
          .descending = true, .offset = ENDPOINTS - PAGE },
        { .what = "a search that fits one", .filter.words = "host-123456.site56" },
        { .what = "a search that fits all", .filter.words = "bench" },
        { .what = "a search for one letter", .filter.words = "e" },
        { .what = "those with a label", .filter.label = "team=t7" },
        { .what = "those in trouble", .filter.conditions = 1U << CONDITION_ERROR },
        { .what = "those with a problem of one code", .filter.has_code = true,
          .filter.code = FINDING_LEAF_EXPIRING_SOON },
        { .what = "those that show one certificate", .filter.leaf = "0123456789abcdef" },
};

static double ask(const struct roster *r, const struct question *q)
{
        clock_t start = clock();
        uint32_t page[PAGE];
        size_t total;
        AUTO_FREE uint8_t *fitting = roster_fitting(r, &q->filter);

        roster_page(r, fitting, q->order, q->descending, q->offset, PAGE, page, &total);
        return since_ms(start);
}

static double ask_leaves(const struct roster *r)
{
        const struct leaf_columns columns = { r->n, r->leaf, r->expires_s, r->condition };
        clock_t start = clock();
        struct leaf page[PAGE];
        size_t total;

        leaves_page(&columns, NULL, 0, PAGE, page, &total);
        return since_ms(start);
}

/* The best of some rounds: a busy neighbour makes others longer. */
#define BEST_MS(call)                                                                              \
        __extension__({                                                                            \
                double best_ = 1e9;                                                                \
                for (int i_ = 0; i_ < ROUNDS; i_++) {                                              \
                        double ms_ = (call);                                                       \
                        best_ = ms_ < best_ ? ms_ : best_;                                         \
                }                                                                                  \
                best_;                                                                             \
        })

/* --- what it costs ---------------------------------------------------------------------------- */

static void measure_begin(struct fleet *f)
{
        size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
        clock_t start = clock();

        roster_begin(f);
        double ms = since_ms(start);
        double bytes = (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before);

        say("to make it, once for a configuration", ms, "ms", LIMIT_BEGIN_MS);
        say("memory", bytes / (double)f->n, "bytes", LIMIT_BYTES);
}

static void measure_note(struct fleet *f)
{
        clock_t start = clock();

        for (size_t i = 0; i < f->n; i++)
                roster_note(&f->members[i * 7919 % f->n]);
        say("to keep it, for each look", since_ms(start) * 1e3 / (double)f->n, "us", LIMIT_NOTE_US);
}

int main(void)
{
        struct fleet *f = make_fleet();

        printf("%d endpoints, each with a certificate of its own\n", ENDPOINTS);
        measure_begin(f);
        measure_note(f);
        for (size_t i = 0; i < ARRAY_LEN(QUESTIONS); i++)
                say(QUESTIONS[i].what, BEST_MS(ask(f->roster, &QUESTIONS[i])), "ms", LIMIT_MS);
        say("certificates", BEST_MS(ask_leaves(f->roster)), "ms", LIMIT_LEAVES_MS);
        fleet_free(f);
        printf("\n%s\n", all_within ? "All within the limits." : "Not all within the limits.");
        return all_within ? 0 : 1;
}
