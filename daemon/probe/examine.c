/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts and failures are two things: when certificates came they are judged, whatever became of the
 * connection afterwards, and a failed connection is one more finding beside those of the validator.
 */
#include "daemon/probe/examine.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/identity.h"
#include "common/cert/verdict_cache.h"
#include "daemon/loop/resolver.h"
#include "daemon/probe/cert_cache.h"
#include "daemon/probe/each_look.h"
#include "daemon/probe/exam_file.h"
#include "daemon/probe/merge.h"
#include "daemon/probe/network_rules.h"
#include "daemon/probe/tls_client.h"
#include "daemon/probe/tls_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define MAX_VERDICTS 16384 /* chains kept by each worker: 8 MB at the most */

struct examiner {
        struct event_base *base;
        struct resolver *resolver;
        struct tls_client *tls;
        struct verdict_cache *verdicts;
        LIST_HEAD(, examination) running;
};

struct examination {
        LIST_ENTRY(examination) link;
        struct examiner *examiner;
        struct exam_request req;
        struct probe *probe;
        struct each_look *each;
        struct file_look *file;
        struct san_check *sans;
        struct exam_report *report; /* while names are looked up */
        exam_done_fn *on_done;
        void *arg;
};

/* ---- one examination ------------------------------------------------------------------------ */

static void judge_chain(const struct exam_request *req, struct exam_report *report,
                        struct verdict_cache *cache)
{
        struct validate_input in = {
                .served = report->probe.chain,
                .anchors = req->anchors,
                .pools = req->pools,
                .host = req->reference,
                .policy = req->policy,
                .now_s = report->at_s,
                .fetching = req->fetching,
                .crls = req->crls,
                .staple = report->probe.staple,
                .staple_len = report->probe.staple_len,
                .staple_awaited = report->probe.protocol != NULL,
                .cache = cache,
        };

        validate(&in, &report->verdict);
}

/* What one probe, or a file, has shown. */
static void judge_one(const struct exam_request *req, struct exam_report *report, int64_t at_s,
                      struct verdict_cache *cache)
{
        const struct probe_result *seen = &report->probe;

        verdict_done(&report->verdict);
        report->at_s = at_s;
        if (seen->chain)
                judge_chain(req, report, cache);
        tls_rules_judge(seen, req->policy, &report->verdict);
        if (report->file_error)
                file_judge(req->file, report->file_error, req->policy, &report->verdict);
        if (!req->file)
                network_rules_judge(&req->probe, seen, req->policy, &report->verdict);
}

/* The worst address is judged once more, to stand for all. Times are those of the whole. */
static void judge_each(const struct exam_request *req, struct exam_report *report, int64_t at_s,
                       struct verdict_cache *cache)
{
        int64_t resolve_us = report->probe.step_us[PROBE_RESOLVE];
        int64_t total_us = report->probe.total_us;

        for (size_t i = 0; i < report->n_each; i++)
                judge_one(req, &report->each[i], at_s, cache);
        report->probe = merge_worst(report)->probe;
        report->probe.step_us[PROBE_RESOLVE] = resolve_us;
        report->probe.total_us = total_us;
        judge_one(req, report, at_s, cache);
        if (report->n_each > 1)
                merge_each(req, report);
}

static void doubt_clock(struct finding_list *findings)
{
        for (size_t i = 0; i < findings->n; i++)
                finding_doubt_clock(&findings->items[i]);
}

static void judge(const struct exam_request *req, struct exam_report *report, int64_t at_s,
                  struct verdict_cache *cache)
{
        if (report->n_each > 0)
                judge_each(req, report, at_s, cache);
        else
                judge_one(req, report, at_s, cache);
        san_check_judge(&report->sans, req->policy, &report->verdict);
        if (req->probe.identity)
                identity_judge(req->probe.identity, req->policy, report->at_s, &report->verdict);
        if (report->clock == CLOCK_UNSYNCHRONISED)
                doubt_clock(&report->verdict.findings);
}

static void judge_now(struct examination *x, struct exam_report *report)
{
        report->clock = clock_sync_ask();
        judge(&x->req, report, clock_wall_s(), x->examiner->verdicts);
}

void exam_judge(const struct exam_request *req, struct exam_report *report, int64_t at_s)
{
        judge(req, report, at_s, NULL);
}

static void examination_free(struct examination *x)
{
        LIST_REMOVE(x, link);
        probe_free(x->probe);
        each_look_free(x->each);
        file_look_free(x->file);
        san_check_free(x->sans);
        exam_report_free(x->report);
        free(x);
}

/* The last act of an examination. */
static void finish(struct examination *x, struct exam_report *report)
{
        exam_done_fn *on_done = x->on_done;
        void *arg = x->arg;

        x->report = NULL;
        examination_free(x);
        on_done(report, arg);
}

static void on_resolved(struct san_names *names, void *arg)
{
        struct examination *x = arg;
        struct exam_report *report = x->report;

        x->sans = NULL;
        report->sans = *names;
        san_check_judge(&report->sans, x->req.policy, &report->verdict);
        finish(x, report);
}

static void look_up_names(struct examination *x, struct exam_report *report)
{
        struct examiner *e = x->examiner;
        int64_t left_ms = x->req.probe.timeout_ms - report->probe.total_us / 1000;

        probe_free(x->probe); /* it has told all it knows */
        x->probe = NULL;
        x->report = report;
        x->sans = san_check_start(e->base, e->resolver, report->verdict.leaf, left_ms, on_resolved,
                                  x);
}

/* The report is judged. */
static void go_on(struct examination *x, struct exam_report *report)
{
        if (x->req.resolve_sans && report->verdict.leaf)
                look_up_names(x, report);
        else
                finish(x, report);
}

static void on_probed(struct probe *p, struct probe_result *result, void *arg)
{
        struct examination *x = arg;
        struct exam_report *report = mem_new0(1, sizeof(*report));

        (void)p;
        report->probe = *result;
        report->probe.addresses = NULL;
        result->chain = NULL; /* they are the report's now */
        result->staple = NULL;
        report->at_s = clock_wall_s();
        if (!x->req.probe.only_resolve || result->outcome != PROBE_OK)
                judge_now(x, report);
        go_on(x, report);
}

static void on_each(struct each_seen *seen, void *arg)
{
        struct examination *x = arg;
        struct exam_report *report = mem_new0(1, sizeof(*report));

        report->probe = seen->found;
        report->n_addresses = seen->n_addresses;
        if (seen->n > 0)
                report->each = mem_new0(seen->n, sizeof(*report->each));
        for (report->n_each = 0; report->n_each < seen->n; report->n_each++)
                report->each[report->n_each].probe = seen->results[report->n_each];
        free(seen->results);
        judge_now(x, report);
        go_on(x, report);
}

/* What keeps us from reading any file is told as what keeps us from probing is. */
static void on_file(struct file_seen *seen, void *arg)
{
        struct examination *x = arg;
        struct exam_report *report = mem_new0(1, sizeof(*report));

        report->probe.chain = seen->chain;
        report->file_mtime_s = seen->mtime_s;
        if (file_error_is_ours(seen->error)) {
                report->probe.outcome = PROBE_LOCAL;
                snprintf(report->probe.detail, sizeof(report->probe.detail), "%s",
                         strerror(-seen->error));
        } else {
                report->file_error = seen->error;
        }
        judge_now(x, report);
        go_on(x, report);
}

static struct examination *examination_new(struct examiner *e, const struct exam_request *req,
                                           exam_done_fn *on_done, void *arg)
{
        struct examination *x = mem_new0(1, sizeof(*x));

        x->examiner = e;
        x->req = *req;
        x->on_done = on_done;
        x->arg = arg;
        LIST_INSERT_HEAD(&e->running, x, link);
        return x;
}

void exam_resolve_sans(struct examiner *e, const struct exam_request *req,
                       struct exam_report *report, exam_done_fn *on_done, void *arg)
{
        look_up_names(examination_new(e, req, on_done, arg), report);
}

void exam_start(struct examiner *e, const struct exam_request *req, exam_done_fn *on_done,
                void *arg)
{
        struct examination *x = examination_new(e, req, on_done, arg);

        if (req->file)
                x->file = file_look_start(e->base, req->file, on_file, x);
        else if (req->all_addresses && !req->probe.only_resolve && !req->probe.proxy)
                x->each = each_look_start(e->base, e->resolver, e->tls, &req->probe, on_each, x);
        else
                x->probe = probe_start(e->base, e->resolver, e->tls, &x->req.probe, on_probed, x);
}

const struct exam_report *exam_speaker(const struct exam_report *r)
{
        const struct cert *leaf = r->verdict.leaf;

        for (size_t i = 0; i < r->n_each && leaf; i++) {
                const struct cert *its = r->each[i].verdict.leaf;

                if (its && strcmp(its->fingerprint, leaf->fingerprint) == 0)
                        return &r->each[i];
        }
        return r;
}

void exam_report_done(struct exam_report *r)
{
        verdict_done(&r->verdict);
        san_names_done(&r->sans);
        for (size_t i = 0; i < r->n_each; i++)
                exam_report_done(&r->each[i]);
        if (r->each) { /* .probe is borrowed from one of them */
                r->probe.chain = NULL;
                r->probe.staple = NULL;
        }
        free(r->each);
        r->each = NULL;
        r->n_each = 0;
        chain_free(r->probe.chain);
        r->probe.chain = NULL;
        free(r->probe.staple);
        r->probe.staple = NULL;
}

void exam_report_free(struct exam_report *r)
{
        if (!r)
                return;
        exam_report_done(r);
        free(r);
}

/* ---- the examiner --------------------------------------------------------------------------- */

int examiner_new(struct examiner **ret, struct event_base *base, const char *dns_servers)
{
        struct resolver_options options = { .servers = dns_servers };
        struct examiner *e = mem_new0(1, sizeof(*e));
        int r;

        e->base = base;
        e->verdicts = verdict_cache_new(MAX_VERDICTS);
        LIST_INIT(&e->running);
        r = resolver_new(&e->resolver, base, &options);
        if (r == 0)
                r = tls_client_new(&e->tls);
        if (r < 0) {
                examiner_free(e);
                return r;
        }
        *ret = e;
        return 0;
}

void examiner_free(struct examiner *e)
{
        struct examination *x;

        if (!e)
                return;
        while ((x = LIST_FIRST(&e->running)))
                examination_free(x);
        verdict_cache_free(e->verdicts);
        tls_client_free(e->tls);
        resolver_free(e->resolver);
        free(e);
}

struct exam_cache_stats examiner_cache(const struct examiner *e, enum exam_cache cache)
{
        if (cache == EXAM_VERDICTS) {
                struct verdict_cache_stats v = verdict_cache_stats(e->verdicts);

                return (struct exam_cache_stats){ v.hits, v.misses, v.entries };
        }
        struct cert_cache_stats c = tls_client_certs(e->tls);

        return (struct exam_cache_stats){ c.hits, c.misses, c.entries };
}
