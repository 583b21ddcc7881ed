/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found is sorted, so that the same problem of several addresses stands together, the
 * worst first: no hostile endpoint makes us compare everything with everything, or tell it all.
 */
#include "daemon/probe/merge.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/loop/resolver.h"
#include "daemon/probe/examine.h"
#include "daemon/probe/network_rules.h"
#include "daemon/probe/places.h"
#include "daemon/probe/skew_rules.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FINDINGS 200 /* of all addresses; an honest mess has a dozen */

/* ---- whose probe it is ---------------------------------------------------------------------- */

static int rank(const struct exam_report *r)
{
        int severity = (int)verdict_severity(&r->verdict);

        if (r->probe.outcome == PROBE_LOCAL)
                return 100;
        return severity + (r->probe.chain ? 50 : 0);
}

const struct exam_report *merge_worst(const struct exam_report *report)
{
        const struct exam_report *worst = &report->each[0];

        for (size_t i = 1; i < report->n_each; i++)
                if (rank(&report->each[i]) > rank(worst))
                        worst = &report->each[i];
        return worst;
}

/* ---- what was found ------------------------------------------------------------------------- */

/* One finding of one address. */
struct found {
        const struct finding *finding;
        size_t where;
};

static int same_first(const void *a, const void *b)
{
        const struct found *x = a, *y = b;
        const struct finding *f = x->finding, *g = y->finding;
        int order;

        if (f->severity != g->severity)
                return f->severity > g->severity ? -1 : 1;
        if (f->code != g->code)
                return f->code < g->code ? -1 : 1;
        order = strcmp(f->message, g->message);
        if (order != 0)
                return order;
        return x->where < y->where ? -1 : x->where > y->where;
}

static bool is_same(const struct found *a, const struct found *b)
{
        return a->finding->code == b->finding->code &&
               strcmp(a->finding->message, b->finding->message) == 0;
}

/* All but what the failed probes are told by, which are told together. */
static size_t gather(const struct exam_report *r, struct found *ret)
{
        size_t n = 0;

        for (size_t i = 0; i < r->n_each; i++) {
                const struct finding_list *list = &r->each[i].verdict.findings;
                enum finding_code failure = network_rules_code(r->each[i].probe.outcome);

                for (size_t k = 0; k < list->n; k++)
                        if (list->items[k].code != failure)
                                ret[n++] = (struct found){ &list->items[k], i };
        }
        if (n > 1)
                qsort(ret, n, sizeof(*ret), same_first);
        return n;
}

/* @n times the same: once, and where, if others that showed a certificate do not have it. */
static void tell(const struct exam_report *r, const struct found *same, size_t n,
                 struct finding_list *ret)
{
        bool *in = mem_new0(r->n_each, sizeof(*in));
        const struct places places = { r->each, r->n_each, in };
        struct finding *f = finding_add(ret, same->finding->code);
        size_t with_chain = 0;

        finding_copy(f, same->finding);
        for (size_t i = 0; i < n; i++)
                in[same[i].where] = true;
        for (size_t i = 0; i < r->n_each; i++)
                with_chain += r->each[i].probe.chain != NULL;
        if (places_count(&places) < with_chain) {
                AUTO_FREE char *where = places_str(&places);

                finding_set(&f->message, "%s: %s", where, same->finding->message);
        }
        places_tell(&places, f);
        free(in);
}

static void merge_findings(const struct exam_report *r, struct finding_list *ret)
{
        size_t n = 0, end;

        for (size_t i = 0; i < r->n_each; i++)
                n += r->each[i].verdict.findings.n;
        struct found *found = mem_new0(n + 1, sizeof(*found));

        n = gather(r, found);
        for (size_t i = 0; i < n && ret->n < MAX_FINDINGS; i = end) {
                for (end = i + 1; end < n && is_same(&found[i], &found[end]);)
                        end++;
                tell(r, &found[i], end - i, ret);
        }
        free(found);
}

/* ---- all together --------------------------------------------------------------------------- */

/* What is asked of the whole endpoint; .path and how to mend it stay those of the worst. */
static void merge_facts(struct exam_report *r)
{
        struct verdict *v = &r->verdict;
        size_t newest = skew_newest(r->each, r->n_each);

        if (newest < r->n_each) {
                cert_unref(v->leaf);
                v->leaf = cert_ref(r->each[newest].verdict.leaf);
        }
        v->expires_s = 0;
        for (size_t i = 0; i < r->n_each; i++) {
                const struct verdict *w = &r->each[i].verdict;

                v->trusted = v->trusted && (w->trusted || !w->leaf);
                v->unfinished = v->unfinished && w->unfinished;
                v->partial = v->partial || !w->leaf;
                if (w->expires_s && (v->expires_s == 0 || w->expires_s < v->expires_s))
                        v->expires_s = w->expires_s;
                if (w->orphan && !v->orphan)
                        v->orphan = cert_ref(w->orphan);
        }
}

static void tell_left_out(const struct exam_request *req, struct exam_report *r)
{
        struct finding f = {
                .code = FINDING_RESOURCE_LIMIT, .severity = SEVERITY_WARNING,
                .position = FINDING_NO_POSITION,
                .remedy = mem_strdup("Watch the others as endpoints of their own (connect_to)."),
        };

        finding_set(&f.message, "%s has %zu addresses%s: only the first %zu were looked at.",
                    req->probe.host, r->n_addresses,
                    r->n_addresses == RESOLVER_MAX_ADDRESSES ? " or more" : "", r->n_each);
        verdict_take(&r->verdict, &f, req->policy);
}

void merge_each(const struct exam_request *req, struct exam_report *report)
{
        struct verdict *v = &report->verdict;

        finding_list_done(&v->findings);
        merge_findings(report, &v->findings);
        merge_facts(report);
        network_rules_judge_each(&req->probe, report->each, report->n_each, req->policy, v);
        skew_judge(report->each, report->n_each, req->policy, v);
        if (report->n_addresses > report->n_each)
                tell_left_out(req, report);
}
