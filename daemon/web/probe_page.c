/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /probe?target=&module=: scrape configurations that were written for blackbox_exporter or for
 * ssl_exporter work with another address. The look is the monitor's; here is who waits for it.
 */
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "daemon/metrics/metrics.h"
#include "daemon/monitor/monitor.h"
#include "daemon/web/exchange.h"
#include "daemon/web/probe_answer.h"
#include "daemon/web/routes.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_S 120
#define MARGIN_MS 500 /* for the way back to the scraper */

struct waiter {
        struct web_exchange *x;
        struct monitor_look *look;
        char *file; /* NULL = a server */
        bool http, openmetrics;
        int64_t began_ms;
        struct evbuffer *answer;
};

static void waiter_free(void *arg)
{
        struct waiter *w = arg;

        if (w->answer)
                evbuffer_free(w->answer);
        free(w->file);
        free(w);
}

static void on_gone(void *arg)
{
        struct waiter *w = arg;

        monitor_look_cancel(w->look);
        waiter_free(w);
}

static enum web_more fill(struct evbuffer *out, void *arg)
{
        struct waiter *w = arg;

        evbuffer_add_buffer(out, w->answer);
        return WEB_DONE;
}

static void on_look(const struct exam_report *report, void *arg)
{
        struct waiter *w = arg;
        const struct probe_manner how = {
                .file = w->file,
                .http = w->http,
                .took_us = (clock_mono_ms() - w->began_ms) * 1000,
        };
        struct metrics_writer writer = { .openmetrics = w->openmetrics };

        writer.out = w->answer = evbuffer_new();
        if (!w->answer)
                mem_exhausted();
        probe_answer(&writer, report, &how);
        web_stream(w->x, w->openmetrics ? METRICS_TYPE_OPENMETRICS : METRICS_TYPE_TEXT, fill,
                   waiter_free, w);
}

/* What the scraper leaves us: it says when it goes. */
static int64_t time_left_ms(const char *header)
{
        char *end = NULL;
        double s = header ? strtod(header, &end) : LONGEST_S;

        if (header && (end == header || *end || !(s > 0)))
                s = LONGEST_S;
        if (s > LONGEST_S)
                s = LONGEST_S;
        int64_t ms = (int64_t)(s * 1000);

        return ms > 2 * MARGIN_MS ? ms - MARGIN_MS : ms / 2 + 1;
}

/* Why there is no look at @target. */
static void refuse(struct web_exchange *x, int r, const char *target)
{
        if (r == -ENOENT)
                web_fail(x, 404, "No endpoint has the target %s, and probe.allow in the "
                         "configuration does not have it.", target);
        else if (r == -EBUSY)
                web_fail(x, 503, "Too many targets are looked at that are no endpoints; those that "
                         "are looked at again and again should be.");
        else
                web_fail(x, 400, "%s is no target: write host:port, or https://host, or the name "
                         "of an endpoint.", target);
}

void answer_probe(struct web_exchange *x)
{
        const char *target = web_param(x, "target"), *module = web_param(x, "module");
        const struct monitor_ask ask = {
                .target = target,
                .module = module,
                .timeout_ms = time_left_ms(web_header(x, "X-Prometheus-Scrape-Timeout-Seconds")),
        };
        struct waiter *w;

        if (!target || !*target) {
                web_fail(x, 400, "Say which target: /probe?target=example.com:443");
                return;
        }
        w = mem_new0(1, sizeof(*w));
        *w = (struct waiter){
                .x = x,
                .http = (module && strncmp(module, "http", 4) == 0) ||
                        strncmp(target, "https:", 6) == 0,
                .openmetrics = metrics_wants_openmetrics(web_header(x, "Accept")),
                .began_ms = clock_mono_ms(),
        };
        if (strncmp(target, "file:", 5) == 0)
                w->file = text_escaped(target + 5, strlen(target + 5));
        int r = monitor_look(web_monitor(x), &w->look, &ask, on_look, w);

        if (r < 0) {
                waiter_free(w);
                refuse(x, r, target);
        } else {
                web_wait(x, on_gone, w);
        }
}
