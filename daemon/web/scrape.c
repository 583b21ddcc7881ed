/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /metrics: the daemon itself, then one row of the table after the other over the endpoints that
 * are shown. Between two pieces the daemon goes on, so an endpoint may be another in the next row;
 * when the fleet itself is another, the answer is broken off, and the scraper comes again.
 *
 * However many endpoints there are, what is held for a scrape is one piece, and the numbers of
 * those that are shown when not all are.
 */
#include "daemon/web/scrape_internal.h"

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
        size_t max;       /* endpoints to be shown */
        uint32_t *shown;  /* their numbers; NULL = all are */
        size_t n_shown;
        bool begun;       /* what is said of the daemon itself is out */
        size_t row, next; /* of SCRAPE_ROWS, and of those that are shown */
};

/* Is the piece large enough, or has it taken long enough? */
static bool is_enough(const struct scrape *s, int64_t until_us)
{
        return evbuffer_get_length(s->out.writer.out) >= PIECE_BYTES ||
               (s->next % LOOKS_BY_CLOCK == 0 && clock_mono_us() >= until_us);
}

/* Goes on with a row; true at its end. */
static bool write_row(struct scrape *s, int64_t until_us)
{
        const struct fleet *f = monitor_fleet(s->monitor);
        const struct scrape_row *row = &SCRAPE_ROWS[s->row];

        if (s->next == 0)
                metrics_begin(&s->out.writer, &METRICS[row->metric]);
        while (s->next < s->n_shown) {
                row->write(&s->out, &f->members[s->shown ? s->shown[s->next] : s->next]);
                s->next++;
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
        if (!s->begun) {
                scrape_daemon(&s->out.writer, s->monitor, s->max);
                s->begun = true;
                return WEB_MORE;
        }
        for (; s->row < SCRAPE_N_ROWS; s->row++, s->next = 0)
                if (!write_row(s, until_us))
                        return WEB_MORE;
        metrics_end(&s->out.writer);
        return WEB_DONE;
}

static void scrape_free(void *arg)
{
        struct scrape *s = arg;

        free(s->shown);
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
                .shown = f->n > max ? urgent_of(f->roster, max) : NULL,
                .n_shown = f->n > max ? max : f->n,
        };
        web_stream(x, openmetrics ? METRICS_TYPE_OPENMETRICS : METRICS_TYPE_TEXT, fill, scrape_free,
                   s);
}
