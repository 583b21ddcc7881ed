/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The examination from beginning to end; the rules themselves stand in rules_*.c. All problems of a
 * chain are reported, not the first.
 */
#include "common/cert/validate.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/cert/repair.h"
#include "common/cert/rules.h"
#include "common/cert/verdict_cache.h"

#include <stdlib.h>
#include <string.h>

static void copy_findings(struct finding_list *to, const struct finding_list *from)
{
        for (size_t i = 0; i < from->n; i++) {
                const struct finding *f = &from->items[i];

                finding_copy(finding_add(to, f->code), f);
        }
}

static int worst_first(const void *a, const void *b)
{
        const struct finding *x = a, *y = b;

        if (x->severity != y->severity)
                return x->severity > y->severity ? -1 : 1;
        if (x->code != y->code)
                return x->code < y->code ? -1 : 1;
        return (x->position > y->position) - (x->position < y->position);
}

/* Gives every finding the severity its policy wants, drops the ignored ones, and sorts. */
static void apply_policy(struct finding_list *list, const struct policy *policy)
{
        size_t kept = 0;

        for (size_t i = 0; i < list->n; i++) {
                struct finding *f = &list->items[i];
                int wanted = policy->severity[f->code];

                if (wanted >= 0)
                        f->severity = (enum severity)wanted;
                if (f->severity > SEVERITY_OK) {
                        struct finding keep = *f;

                        *f = list->items[kept];
                        list->items[kept++] = keep;
                }
        }
        for (size_t i = kept; i < list->n; i++)
                finding_done(&list->items[i]);
        list->n = kept;
        if (kept > 1)
                qsort(list->items, kept, sizeof(*list->items), worst_first);
}

static void keep_path(struct verdict *v, const struct path *p)
{
        v->path = mem_new0(p->n, sizeof(*v->path));
        v->path_source = mem_new0(p->n, sizeof(*v->path_source));
        for (size_t i = 0; i < p->n; i++) {
                struct cert *c = p->steps[i].cert;

                v->path[v->n_path] = cert_ref(c);
                v->path_source[v->n_path++] = p->steps[i].source;
                if (c->dates_ok && (v->expires_s == 0 || c->not_after_s < v->expires_s))
                        v->expires_s = c->not_after_s;
        }
        v->trusted = p->anchored;
        struct cert *top = p->steps[p->n - 1].cert;

        if (!p->complete && top->n_ca_issuers > 0)
                v->orphan = cert_ref(top);
}

static void examine_chain(struct exam *e, struct verdict *v)
{
        rules_find_leaf(e);
        e->search = (struct path_search){
                .served = e->served,
                .leaf = e->leaf_at,
                .anchors = e->in->anchors,
                .pools = e->in->pools,
                .now_s = e->in->now_s,
        };
        struct verdict_cache *cache = e->in->cache;
        struct verdict_key key;
        bool known = cache && verdict_cache_find(cache, e->in, &e->search, &key);

        if (!known)
                path_search_run(&e->search);
        rules_dates(e);
        rules_path(e);
        rules_names(e);
        rules_trust(e);
        rules_revocation(e, &v->staple);
        rules_key(e);
        rules_served(e);
        v->leaf = cert_ref(e->served->certs[e->leaf_at]);
        keep_path(v, &e->search.best);
        repair_chain(e, v);
        if (cache && !known)
                verdict_cache_keep(cache, &key, &e->search);
}

void validate(const struct validate_input *in, struct verdict *ret)
{
        *ret = (struct verdict){ 0 };
        struct exam e = {
                .in = in,
                .policy = in->policy ? in->policy : &POLICY_DEFAULT,
                .served = in->served,
                .findings = &ret->findings,
        };

        copy_findings(&ret->findings, &in->served->problems);
        if (in->served->n > 0)
                examine_chain(&e, ret);
        apply_policy(&ret->findings, e.policy);
}

void verdict_add(struct verdict *v, enum finding_code code, const struct policy *policy,
                 const char *message, const char *remedy)
{
        struct finding f = {
                .code = code,
                .severity = FINDINGS[code].severity,
                .position = FINDING_NO_POSITION,
                .message = mem_strdup(message),
                .remedy = mem_strdup(remedy),
        };

        verdict_take(v, &f, policy);
}

void verdict_take(struct verdict *v, struct finding *f, const struct policy *policy)
{
        *finding_add(&v->findings, f->code) = *f;
        *f = (struct finding){ 0 };
        apply_policy(&v->findings, policy ? policy : &POLICY_DEFAULT);
}

enum severity verdict_severity(const struct verdict *v)
{
        return finding_worst(&v->findings);
}

bool verdict_knows_chain(const struct verdict *v)
{
        return v->trusted && v->n_fix > 0 && !finding_find(&v->findings, FINDING_LEAF_MISSING);
}

char *verdict_fix_pem(const struct verdict *v, enum fix_part part, size_t max_bytes)
{
        struct buf out = BUF_INIT(max_bytes);

        for (size_t i = 0; i < v->n_fix; i++)
                if (part == FIX_ALL || v->fix[i][0] == '+') {
                        AUTO_FREE char *pem = cert_pem(v->fix_certs[i]);

                        buf_puts(&out, pem);
                }
        if (out.len > 0 && !out.full)
                return buf_steal(&out);
        buf_done(&out);
        return NULL;
}

void verdict_done(struct verdict *v)
{
        finding_list_done(&v->findings);
        cert_unref(v->leaf);
        cert_unref(v->orphan);
        for (size_t i = 0; i < v->n_path; i++)
                cert_unref(v->path[i]);
        free(v->path);
        free(v->path_source);
        repair_done(v);
        *v = (struct verdict){ 0 };
}
