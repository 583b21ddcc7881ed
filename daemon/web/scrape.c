/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /metrics: first, which endpoints are shown; then the daemon itself; then one row of the table
 * after the other over the endpoints that are shown. Between two pieces the daemon goes on, so an
 * endpoint may be another in the next row; when the fleet itself is another, the answer is broken
 * off, and the scraper comes again.
 *
 * However many endpoints there are, what is held for a scrape is one piece, and a bit for each when
 * not all are shown: their keys only until that is decided.
 */
#include "daemon/web/scrape_internal.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/monitor/commands_internal.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/gauges.h"
#include "daemon/monitor/silences.h"
#include "daemon/web/exchange.h"
#include "daemon/web/routes.h"
#include "daemon/web/urgent.h"

#include <event2/buffer.h>
#include <stdlib.h>

#define PIECE_BYTES 65536
#define PIECE_US 2000    /* of many endpoints there may be nothing to say, and that takes time */
#define LOOKS_BY_CLOCK 16 /* endpoints between two looks at the clock */

struct scrape {
        struct scrape_out out;
        struct monitor *monitor;
        uint64_t generation;
        size_t max;           /* endpoints to be shown */
        bool chosen;          /* which of them */
        uint64_t *keys;       /* of those met so far; NULL = all are shown, or it is decided */
        struct urgent *shown; /* NULL = all */
        size_t row, member;   /* what comes next */
};

static bool is_shown(const struct scrape *s, size_t member)
{
        return !s->shown || urgent_has(s->shown, member);
}

/* Is the piece large enough, or has it taken long enough? */
static bool is_enough(const struct scrape *s, int64_t until_us)
{
        return evbuffer_get_length(s->out.writer.out) >= PIECE_BYTES ||
               (s->member % LOOKS_BY_CLOCK == 0 && clock_mono_us() >= until_us);
}

/* Goes on to find out which are shown; true at the end. */
static bool choose(struct scrape *s, int64_t until_us)
{
        const struct fleet *f = monitor_fleet(s->monitor);

        while (s->keys && s->member < f->n) {
                s->keys[s->member] = urgent_key(&f->members[s->member]);
                s->member++;
                if (is_enough(s, until_us))
                        return false;
        }
        s->member = 0;
        s->chosen = true;
        if (s->keys) {
                s->shown = urgent_new(s->keys, f->n, s->max);
                free(TAKE(s->keys));
        }
        return true;
}

/* Goes on with a row; true at its end. */
static bool write_row(struct scrape *s, int64_t until_us)
{
        const struct fleet *f = monitor_fleet(s->monitor);
        const struct scrape_row *row = &SCRAPE_ROWS[s->row];

        if (s->member == 0)
                metrics_begin(&s->out.writer, &METRICS[row->metric]);
        while (s->member < f->n) {
                if (is_shown(s, s->member))
                        row->write(&s->out, &f->members[s->member]);
                s->member++;
                if (is_enough(s, until_us))
                        return false;
        }
        return true;
}

static enum web_more fill(struct evbuffer *out, void *arg)
{
        struct scrape *s = arg;
        int64_t until_us = clock_mono_us() + PIECE_US;

        if (monitor_generation(s->monitor) != s->generation)
                return WEB_BROKEN;
        s->out.writer.out = out;
        s->out.silences = silences_list(monitor_silences(s->monitor));
        s->out.now_s = clock_wall_s();
        if (!s->chosen) {
                if (choose(s, until_us))
                        scrape_daemon(&s->out.writer, s->monitor, s->max);
                return WEB_MORE;
        }
        for (; s->row < SCRAPE_N_ROWS; s->row++, s->member = 0)
                if (!write_row(s, until_us))
                        return WEB_MORE;
        metrics_end(&s->out.writer);
        return WEB_DONE;
}

static void scrape_free(void *arg)
{
        struct scrape *s = arg;

        free(s->keys);
        urgent_free(s->shown);
        free(s);
}

void answer_metrics(struct web_exchange *x)
{
        struct monitor *m = web_monitor(x);
        const struct fleet *f = monitor_fleet(m);
        bool openmetrics = metrics_wants_openmetrics(web_header(x, "Accept"));
        size_t max = (size_t)f->config->metrics.max_endpoints;
        struct scrape *s = mem_new0(1, sizeof(*s));

        *s = (struct scrape){
                .out.writer.openmetrics = openmetrics,
                .monitor = m,
                .generation = monitor_generation(m),
                .max = max,
                .keys = f->n > max ? mem_new0(f->n, sizeof(uint64_t)) : NULL,
        };
        web_stream(x, openmetrics ? METRICS_TYPE_OPENMETRICS : METRICS_TYPE_TEXT, fill, scrape_free,
                   s);
}
