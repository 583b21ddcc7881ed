/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's probe and validator, once. Hosts are probed side by side on one loop; the reports
 * stay with their items, so that they are told in the order in which they were asked for.
 */
#include "daemon/app/look.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/chain.h"
#include "config/model.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#define MAX_AT_ONCE 64

static void judge(const struct look_item *item, struct exam_report *r)
{
        validate(&(struct validate_input){
                .served = r->probe.chain, .anchors = item->anchors,
                .pools = { .configured = item->extra },
                .host = item->server_name, .policy = &item->policy, .now_s = r->at_s,
        }, &r->verdict);
}

static void examine_file(struct look_item *item)
{
        struct look *l = item->look;
        struct exam_report *r = item->report = mem_new0(1, sizeof(*r));
        const char *path = item->target.path;
        bool is_stdin = strcmp(path, "-") == 0;
        int err = chain_read_file(&r->probe.chain, is_stdin ? "/dev/stdin" : path, CHAIN_MAX_CERTS,
                                  CHAIN_MAX_FILE_BYTES);

        r->at_s = l->has_at ? l->at_s : clock_wall_s();
        if (err < 0) {
                AUTO_FREE char *shown = text_escaped(path, strlen(path));
                AUTO_FREE char *message = mem_printf("Cannot read %s: %s.", shown, strerror(-err));

                r->probe.outcome = PROBE_LOCAL;
                verdict_add(&r->verdict,
                            err == -EFBIG ? FINDING_RESOURCE_LIMIT : FINDING_INPUT_UNREADABLE,
                            &item->policy, message,
                            "Name a file of certificates that this user may read.");
                return;
        }
        judge(item, r);
}

/* With --at the worker's verdict of today is of no use: judge what was seen again. */
static void judge_again(struct look_item *item)
{
        struct exam_report *r = item->report;

        r->at_s = item->look->at_s;
        verdict_done(&r->verdict);
        judge(item, r);
}

static void start_more(struct look *l);

static void on_examined(struct exam_report *report, void *arg)
{
        struct look_item *item = arg;
        struct look *l = item->look;

        item->report = report;
        if (l->has_at && report->probe.chain && report->probe.outcome == PROBE_OK)
                judge_again(item);
        l->running--;
        start_more(l);
        if (l->running == 0)
                event_base_loopbreak(l->base);
}

static enum addr_family family_of(const struct look_item *item)
{
        const struct look_options *o = item->look->options;

        if (o->ipv4 || o->ipv6)
                return o->ipv4 ? ADDR_IPV4 : ADDR_IPV6;
        return item->endpoint ? item->endpoint->ip : ADDR_ANY;
}

static void start_item(struct look *l, struct look_item *item)
{
        const struct config_endpoint *e = item->endpoint;
        bool use_its = e && !l->options->timeout;

        if (item->target.kind == TARGET_FILE) {
                examine_file(item);
                return;
        }
        item->request = (struct exam_request){
                .probe = {
                        .host = item->connect_host ? item->connect_host : item->target.host,
                        .port = item->connect_host ? item->connect_port : item->target.port,
                        .server_name = item->server_name,
                        .family = family_of(item),
                        .timeout_ms = use_its ? e->timeout_ms : l->timeout_ms,
                        .step_timeout_ms = use_its ? e->step_timeout_ms : l->timeout_ms,
                },
                .reference = item->server_name,
                .anchors = item->anchors,
                .pools = { .configured = item->extra },
                .policy = &item->policy,
        };
        l->running++;
        exam_start(l->examiner, &item->request, on_examined, item);
}

static void start_more(struct look *l)
{
        while (l->started < l->n_items && l->running < MAX_AT_ONCE) {
                struct look_item *item = &l->items[l->started++];

                item->look = l;
                start_item(l, item);
        }
}

int look_all(struct look *l)
{
        l->base = event_base_new();
        if (!l->base)
                return args_error(l->command, "cannot make an event loop: %s", strerror(errno));
        int r = examiner_new(&l->examiner, l->base, NULL);

        if (r < 0)
                args_error(l->command, "cannot start: %s", strerror(-r));
        else
                start_more(l);
        if (l->running > 0)
                event_base_dispatch(l->base);
        examiner_free(l->examiner);
        event_base_free(l->base);
        return r < 0 ? EXIT_UNKNOWN : EXIT_OK;
}
