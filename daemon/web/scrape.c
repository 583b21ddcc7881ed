/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /metrics: the daemon itself first, then one row of the table after the other over the endpoints
 * that are shown. Between two pieces the daemon goes on, so an endpoint may be another in the next
 * row; when the fleet itself is another, the answer is broken off, and the scraper comes again.
 *
 * However many endpoints there are, what is held for a scrape is one piece and a bit for each.
 */
#include "daemon/web/scrape_internal.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/monitor/commands_internal.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/gauges.h"
#include "daemon/web/exchange.h"
#include "daemon/web/routes.h"
#include "daemon/web/urgent.h"

#include <event2/buffer.h>
#include <stdlib.h>

#define PIECE_BYTES 65536
#define PIECE_LOOKS 4096 /* endpoints of which there may be nothing to say: some 0.3 ms */

struct scrape {
        struct metrics_writer writer;
        struct monitor *monitor;
        uint64_t generation;
        struct urgent *shown; /* NULL = all */
        bool begun;
        size_t row, member; /* what comes next */
};

static bool is_shown(const struct scrape *s, size_t member)
{
        return !s->shown || urgent_has(s->shown, member);
}

static size_t left_out(const struct scrape *s)
{
        const struct fleet *f = monitor_fleet(s->monitor);

        return s->shown ? f->n - (size_t)f->config->metrics.max_endpoints : 0;
}

/* Goes on with a row until the piece is large enough; true at its end. */
static bool write_row(struct scrape *s, size_t *looks)
{
        const struct fleet *f = monitor_fleet(s->monitor);
        const struct scrape_row *row = &SCRAPE_ROWS[s->row];

        if (s->member == 0)
                metrics_begin(&s->writer, &METRICS[row->metric]);
        for (; s->member < f->n; s->member++) {
                if (++*looks > PIECE_LOOKS || evbuffer_get_length(s->writer.out) >= PIECE_BYTES)
                        return false;
                if (is_shown(s, s->member))
                        row->write(&s->writer, &f->members[s->member]);
        }
        return true;
}

static enum web_more fill(struct evbuffer *out, void *arg)
{
        struct scrape *s = arg;
        size_t looks = 0;

        if (monitor_generation(s->monitor) != s->generation)
                return WEB_BROKEN;
        s->writer.out = out;
        if (!s->begun) {
                s->begun = true;
                scrape_daemon(&s->writer, s->monitor, left_out(s));
                return WEB_MORE;
        }
        for (; s->row < SCRAPE_N_ROWS; s->row++, s->member = 0)
                if (!write_row(s, &looks))
                        return WEB_MORE;
        metrics_end(&s->writer);
        return WEB_DONE;
}

static void scrape_free(void *arg)
{
        struct scrape *s = arg;

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
                .writer = { .openmetrics = openmetrics },
                .monitor = m,
                .generation = monitor_generation(m),
                .shown = f->n > max ? urgent_new(f, max) : NULL,
        };
        web_stream(x, openmetrics ? METRICS_TYPE_OPENMETRICS : METRICS_TYPE_TEXT, fill, scrape_free,
                   s);
}
