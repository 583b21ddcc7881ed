/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's probe and validator, once. Hosts are probed side by side on one loop; the reports
 * stay with their items, so that they are told in the order in which they were asked for.
 */
#include "daemon/app/look.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/chain_file.h"
#include "config/model.h"
#include "daemon/aia/aia.h"
#include "daemon/loop/http_client.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#define MAX_AT_ONCE 64

static void examine_file(struct look_item *item)
{
        struct look *l = item->look;
        struct exam_report *r = item->report = mem_new0(1, sizeof(*r));

        r->at_s = l->has_at ? l->at_s : clock_wall_s();
        r->clock = l->has_at ? CLOCK_SYNC_UNKNOWN : clock_sync_ask();
        r->file_error = chain_read_file(&r->probe.chain, item->request.file,
                                        &(struct chain_options){ .passphrase = l->passphrase });
        if (l->options->key && r->probe.chain)
                chain_read_key(r->probe.chain, l->options->key, l->passphrase);
        exam_judge(&item->request, r, r->at_s);
}

const char *look_name(const struct look_item *item)
{
        return item->target.kind == TARGET_FILE && strcmp(item->text, "-") == 0 ? "standard input"
                                                                                : item->text;
}

static void start_more(struct look *l);

static void finish_item(struct look_item *item)
{
        struct look *l = item->look;

        l->running--;
        start_more(l);
        if (l->running == 0)
                event_base_loopbreak(l->base);
}

static void on_fetched(struct trust *fetched, const char *note, void *arg)
{
        struct look_item *item = arg;

        item->request.pools.fetched = fetched;
        item->request.fetching = note;
        exam_judge(&item->request, item->report, item->report->at_s);
        item->request.pools.fetched = NULL; /* both were borrowed */
        item->request.fetching = NULL;
        finish_item(item);
}

/* The item has its report; is an issuer missing that may yet be found? Then it is looked for. */
static bool start_chase(struct look_item *item)
{
        struct cert *orphan = item->report->verdict.orphan;

        if (!orphan || item->aia == AIA_OFF)
                return false;
        aia_chase(item->look->aia, orphan, item->anchors, item->aia, on_fetched, item);
        return true;
}

/* Compares the key with what each address served; false when there is nothing to compare. */
static bool compare_key(const struct look *l, const struct exam_report *report)
{
        if (!l->options->key || !report->probe.chain)
                return false;
        if (report->n_each == 0)
                chain_read_key(report->probe.chain, l->options->key, l->passphrase);
        for (size_t i = 0; i < report->n_each; i++)
                if (report->each[i].probe.chain)
                        chain_read_key(report->each[i].probe.chain, l->options->key,
                                       l->passphrase);
        return true;
}

static void on_examined(struct exam_report *report, void *arg)
{
        struct look_item *item = arg;
        struct look *l = item->look;
        bool has_key = compare_key(l, report);

        item->report = report;
        if (l->has_at)
                report->clock = CLOCK_SYNC_UNKNOWN;
        if (l->has_at || has_key)
                exam_judge(&item->request, report, l->has_at ? l->at_s : report->at_s);
        if (!start_chase(item))
                finish_item(item);
}

/* The names of a file, when that is asked for; a server's have been looked up by then. */
static bool start_lookup(struct look_item *item)
{
        if (!item->report->verdict.leaf)
                return false;
        exam_resolve_sans(item->look->examiner, &item->request, TAKE(item->report), on_examined,
                          item);
        return true;
}

static enum addr_family family_of(const struct look_item *item)
{
        const struct look_options *o = item->look->options;

        if (o->ipv4 || o->ipv6)
                return o->ipv4 ? ADDR_IPV4 : ADDR_IPV6;
        return item->endpoint ? item->endpoint->set->ip : ADDR_ANY;
}

static void start_item(struct look *l, struct look_item *item)
{
        const struct config_endpoint *e = item->endpoint;
        bool use_its = e && !l->options->timeout;

        item->request = (struct exam_request){
                .probe = {
                        .host = item->connect_host ? item->connect_host : item->target.host,
                        .port = item->connect_host ? item->connect_port : item->target.port,
                        .server_name = item->server_name,
                        .starttls = item->starttls,
                        .alpn = item->alpn,
                        .proxy = item->proxy,
                        .identity = item->identity,
                        .family = family_of(item),
                        .timeout_ms = use_its ? e->set->timeout_ms : l->timeout_ms,
                        .step_timeout_ms = use_its ? e->set->step_timeout_ms : l->timeout_ms,
                },
                .reference = item->server_name,
                .anchors = item->anchors,
                .pools = { .configured = item->extra },
                .crls = item->crls,
                .policy = &item->policy,
                .resolve_sans = l->options->resolve_sans || (e && e->set->resolve_sans),
                .all_addresses = l->options->all_addresses || (e && e->set->all_addresses),
                .file = item->target.path,
        };
        if (item->target.kind == TARGET_FILE) {
                examine_file(item);
                l->running += l->options->resolve_sans ? start_lookup(item) : start_chase(item);
        } else {
                l->running++;
                exam_start(l->examiner, &item->request, on_examined, item);
        }
}

static void start_more(struct look *l)
{
        while (l->started < l->n_items && l->running < MAX_AT_ONCE) {
                struct look_item *item = &l->items[l->started++];

                item->look = l;
                start_item(l, item);
        }
}

static int look_open(struct look *l)
{
        l->base = event_base_new();
        int r = l->base ? examiner_new(&l->examiner, l->base, NULL) : -errno;

        if (r == 0)
                r = http_client_new(&l->http, l->base);
        if (r == 0)
                r = aia_new(&l->aia, l->base, l->http, NULL);
        return r < 0 ? args_error(l->command, "cannot start: %s", strerror(-r)) : EXIT_OK;
}

static void look_close(struct look *l)
{
        aia_free(l->aia);
        http_client_free(l->http);
        examiner_free(l->examiner);
        if (l->base)
                event_base_free(l->base);
}

int look_all(struct look *l)
{
        int status = look_open(l);

        if (status == EXIT_OK)
                start_more(l);
        if (l->running > 0)
                event_base_dispatch(l->base);
        look_close(l);
        return status;
}
