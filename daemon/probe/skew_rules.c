/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in skew_rules.h. */
#include "daemon/probe/skew_rules.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "daemon/probe/examine.h"
#include "daemon/probe/places.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TOLD 8 /* other certificates in one sentence */

/* A self-signed stand-in is younger than any certificate, and does not speak for the endpoint. */
static int standing(const struct verdict *v)
{
        return v->trusted + !finding_find(&v->findings, FINDING_HOSTNAME_MISMATCH);
}

static bool is_newer(const struct cert *a, const struct cert *b)
{
        if (a->dates_ok != b->dates_ok)
                return a->dates_ok;
        if (a->not_before_s != b->not_before_s)
                return a->not_before_s > b->not_before_s;
        if (a->not_after_s != b->not_after_s)
                return a->not_after_s > b->not_after_s;
        return strcmp(a->fingerprint, b->fingerprint) > 0;
}

size_t skew_newest(const struct exam_report *each, size_t n)
{
        size_t best = n;

        for (size_t i = 0; i < n; i++) {
                const struct verdict *v = &each[i].verdict;
                const struct verdict *w = best < n ? &each[best].verdict : NULL;

                if (v->leaf && (!w || standing(v) > standing(w) ||
                                (standing(v) == standing(w) && is_newer(v->leaf, w->leaf))))
                        best = i;
        }
        return best;
}

/* Fills @in: who serves @leaf. */
static struct places servers_of(const struct exam_report *each, size_t n, const struct cert *leaf,
                                bool *in)
{
        for (size_t i = 0; i < n; i++)
                in[i] = each[i].verdict.leaf &&
                        strcmp(each[i].verdict.leaf->fingerprint, leaf->fingerprint) == 0;
        return (struct places){ each, n, in };
}

/* "serial 0A1B, issued 2026-01-01 00:00 UTC, which ends 2026-04-01 00:00 UTC" */
static void put_cert(struct buf *out, const struct cert *c)
{
        char begin[TIME_STR_MAX], end[TIME_STR_MAX];

        buf_printf(out, "serial %s", c->serial);
        if (c->dates_ok)
                buf_printf(out, ", issued %s, which ends %s", time_str(c->not_before_s, begin),
                           time_str(c->not_after_s, end));
}

static void put_facts(struct finding *f, const struct places *p, const struct cert *c)
{
        char end[TIME_STR_MAX];

        places_tell(p, f);
        for (size_t i = 0; i < places_count(p); i++) { /* so that the lists go side by side */
                finding_fact(f, "serial", "%s", c->serial);
                finding_fact(f, "fingerprint", "%s", c->fingerprint);
                finding_fact(f, "not_after", "%s",
                             c->dates_ok ? time_rfc3339(c->not_after_s, end) : "");
        }
}

/* The others, each certificate once: "; 192.0.2.2 still serves serial 0A1B ...". */
static void tell_others(struct finding *f, struct buf *out, const struct exam_report *each,
                        size_t n, const struct cert *newest)
{
        bool *told = mem_new0(n, sizeof(*told)), *in = mem_new0(n, sizeof(*in));
        size_t n_told = 0;

        for (size_t i = 0; i < n; i++) {
                const struct cert *c = each[i].verdict.leaf;

                if (!c || told[i] || strcmp(c->fingerprint, newest->fingerprint) == 0)
                        continue;
                struct places p = servers_of(each, n, c, in);
                AUTO_FREE char *who = places_list(&p);
                bool still = is_newer(newest, c);

                for (size_t j = 0; j < n; j++)
                        told[j] |= in[j];
                put_facts(f, &p, c);
                if (++n_told > MAX_TOLD)
                        continue;
                buf_printf(out, "; %s %s%s ", who, still ? "still " : "",
                           places_count(&p) == 1 ? "serves" : "serve");
                put_cert(out, c);
        }
        if (n_told > MAX_TOLD)
                buf_printf(out, "; and %zu more certificates", n_told - MAX_TOLD);
        free(told);
        free(in);
}

/* Who has to be reloaded. */
static char *remedy_for(const struct exam_report *each, size_t n, const struct cert *newest)
{
        bool *in = mem_new0(n, sizeof(*in));
        struct places p = servers_of(each, n, newest, in);

        for (size_t i = 0; i < n; i++)
                in[i] = each[i].verdict.leaf && !in[i];
        AUTO_FREE char *who = places_list(&p);
        char *remedy = mem_printf("Install the newest certificate on %s and reload the server "
                                  "there.", who);

        free(in);
        return remedy;
}

void skew_judge(const struct exam_report *each, size_t n, const struct policy *policy,
                struct verdict *v)
{
        size_t best = skew_newest(each, n), seen = 0;

        if (best == n)
                return;
        const struct cert *newest = each[best].verdict.leaf;
        bool *in = mem_new0(n, sizeof(*in));
        struct places p = servers_of(each, n, newest, in);
        struct buf out = BUF_INIT(FINDING_TEXT_MAX);
        struct finding f = { .code = FINDING_ADDRESS_SKEW, .position = FINDING_NO_POSITION,
                             .severity = FINDINGS[FINDING_ADDRESS_SKEW].severity };

        for (size_t i = 0; i < n; i++)
                seen += each[i].verdict.leaf != NULL;
        if (places_count(&p) < seen) {
                AUTO_FREE char *who = places_str(&p);

                buf_printf(&out, "%s serve%s the newest certificate, ", who,
                           places_count(&p) == 1 ? "s" : "");
                put_cert(&out, newest);
                finding_fact(&f, "newest", "%s", newest->fingerprint);
                tell_others(&f, &out, each, n, newest);
                finding_set(&f.message, "%s.", buf_str(&out));
                f.remedy = remedy_for(each, n, newest);
                verdict_take(v, &f, policy);
        }
        buf_done(&out);
        free(in);
}
