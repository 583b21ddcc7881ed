/* SPDX-License-Identifier: Apache-2.0 */
/* The dates of the certificates that are used, and how long they may be apart. */
#include "common/cert/rules.h"

#include "common/base/parse.h"
#include "common/cert/repair.h"

#define DAY_S INT64_C(86400)

static const struct remedies REISSUE = {
        .leaf = "Have it reissued with the right dates.",
        .intermediate = "Replace it on the server by the CA's current intermediate.",
        .root = "Replace it in the clients' trust stores by the CA's current root.",
};

static const char *renew_what(size_t i)
{
        return i == 0 ? "Renew it now, reload the server, and look why the renewal job did not."
                      : "Replace it on the server by the CA's current intermediate.";
}

static void report_expired(struct exam *e, size_t i)
{
        static const enum finding_code CODES[] = {
                FINDING_LEAF_EXPIRED, FINDING_INTERMEDIATE_EXPIRED, FINDING_ROOT_EXPIRED,
        };
        const struct cert *c = e->search.best.steps[i].cert;
        bool root = exam_is_root(e, i);
        struct finding *f = exam_about(e, CODES[i == 0 ? 0 : root ? 2 : 1], i);
        char ago[SPAN_STR_MAX], date[TIME_STR_MAX];

        f->deadline_s = c->not_after_s;
        f->by_clock = true;
        finding_set(&f->message, "%s %s expired %s ago (%s).", exam_role(e, i), c->label,
                    span_str(e->in->now_s - c->not_after_s, ago), time_str(c->not_after_s, date));
        if (i > 0 && repair_say_replacement(e, c, f))
                return;
        if (root)
                finding_set(&f->remedy, "Serve a chain that ends in a current root of the CA, and "
                            "update the trust store of the clients.");
        else
                finding_set(&f->remedy, "%s", renew_what(i));
}

static void report_not_yet_valid(struct exam *e, size_t i)
{
        const struct cert *c = e->search.best.steps[i].cert;
        struct finding *f = exam_about(e, i == 0 ? FINDING_LEAF_NOT_YET_VALID
                                                 : FINDING_INTERMEDIATE_NOT_YET_VALID, i);
        char in[SPAN_STR_MAX], date[TIME_STR_MAX];

        f->deadline_s = c->not_before_s;
        f->by_clock = true;
        finding_set(&f->message, "%s %s is valid only from %s, in %s.", exam_role(e, i), c->label,
                    time_str(c->not_before_s, date), span_str(c->not_before_s - e->in->now_s, in));
        if (i == 0 || !repair_say_replacement(e, c, f))
                finding_set(&f->remedy, "Check the clocks of the server and of this host; "
                            "otherwise wait, or have it reissued.");
}

static void report_inverted(struct exam *e, size_t i)
{
        const struct cert *c = e->search.best.steps[i].cert;
        struct finding *f = exam_about(e, FINDING_VALIDITY_INVERTED, i);
        char from[TIME_STR_MAX], until[TIME_STR_MAX];

        finding_set(&f->message, "%s %s ends (%s) before it begins (%s): it is never valid.",
                    exam_role(e, i), c->label, time_str(c->not_after_s, until),
                    time_str(c->not_before_s, from));
        finding_set(&f->remedy, "%s", exam_remedy(e, i, &REISSUE));
}

static void report_unreadable(struct exam *e, size_t i)
{
        struct finding *f = exam_about(e, FINDING_MALFORMED_VALIDITY, i);

        finding_set(&f->message, "%s %s has dates that cannot be read.", exam_role(e, i),
                    e->search.best.steps[i].cert->label);
        finding_set(&f->remedy, "%s", exam_remedy(e, i, &REISSUE));
}

static void report_bad_dates(struct exam *e, size_t i)
{
        if (e->search.best.steps[i].cert->dates_inverted)
                report_inverted(e, i);
        else
                report_unreadable(e, i);
}

/*
 * Time left at which step @i is reported. A share of a root's own twenty years would be far too
 * early: with a root that ends, the leaf ends, so the span counts, or else the share of the leaf.
 */
static int64_t notice_of(const struct exam *e, size_t i, const struct threshold *t)
{
        const struct path *p = &e->search.best;
        const struct cert *c = exam_is_root(e, i) ? e->leaf : p->steps[i].cert;

        if (exam_is_root(e, i) && t->span_s > 0)
                return t->span_s;
        return c->dates_ok ? threshold_seconds(t, c->not_after_s - c->not_before_s) : 0;
}

static const char *prepare_what(const struct exam *e, size_t i)
{
        if (i == 0)
                return "Renew it and reload the server; automatic renewal should have run by now.";
        return exam_is_root(e, i) ? "Serve a chain that ends in a newer root of the CA before "
                                    "then, and see that the trust store of the clients has it."
                                  : "Serve the CA's newer intermediate before then.";
}

/* Whoever stands above the leaf counts only when he ends before it. */
static void check_expiring(struct exam *e, size_t i, unsigned faults)
{
        static const enum finding_code CODES[] = {
                FINDING_LEAF_EXPIRING_SOON, FINDING_INTERMEDIATE_EXPIRING_SOON,
                FINDING_ROOT_EXPIRING_SOON,
        };
        const struct cert *c = e->search.best.steps[i].cert;
        int64_t left = c->not_after_s - e->in->now_s;
        bool critical = left < notice_of(e, i, &e->policy->critical);
        char in[SPAN_STR_MAX], date[TIME_STR_MAX];

        if (!critical && left >= notice_of(e, i, &e->policy->warning))
                return;
        if (i > 0 && !(faults & FAULT_OUTLIVED))
                return;
        struct finding *f = exam_about(e, CODES[i == 0 ? 0 : exam_is_root(e, i) ? 2 : 1], i);

        if (critical)
                f->severity = SEVERITY_ERROR;
        f->deadline_s = c->not_after_s;
        f->by_clock = true;
        finding_set(&f->message, "%s %s expires in %s (%s).", exam_role(e, i), c->label,
                    span_str(left, in), time_str(c->not_after_s, date));
        if (i == 0 || !repair_say_replacement(e, c, f))
                finding_set(&f->remedy, "%s", prepare_what(e, i));
}

/* --- lifetime --------------------------------------------------------------------------------- */

/*
 * The longest lifetimes by the day of issuance, newest first: CA/Browser Forum ballots SC-081,
 * SC-31 (as enforced by browsers), 193, and the Baseline Requirements of 2012 (39 and 60 months).
 */
static const struct {
        int64_t from_s;
        int days;
} LIFETIMES[] = {
        { INT64_C(1868227200), 47 },   /* 2029-03-15 */
        { INT64_C(1805068800), 100 },  /* 2027-03-15 */
        { INT64_C(1773532800), 200 },  /* 2026-03-15 */
        { INT64_C(1598918400), 398 },  /* 2020-09-01 */
        { INT64_C(1519862400), 825 },  /* 2018-03-01 */
        { INT64_C(1427846400), 1188 }, /* 2015-04-01 */
        { INT64_C(1341100800), 1827 }, /* 2012-07-01 */
};

/* Days that a certificate issued at @from_s may live; 0 = nobody had said. */
static int longest_lifetime(int64_t from_s)
{
        for (size_t i = 0; i < ARRAY_LEN(LIFETIMES); i++)
                if (from_s >= LIFETIMES[i].from_s)
                        return LIFETIMES[i].days;
        return 0;
}

/* Private CAs are free: browsers hold only those to the limit that they trust themselves. */
static void check_lifetime(struct exam *e)
{
        const struct cert *c = e->leaf;
        int limit = c->dates_ok ? longest_lifetime(c->not_before_s) : 0;
        int64_t days = (c->not_after_s - c->not_before_s + DAY_S - 1) / DAY_S;

        if (!e->search.best.anchored || !c->is_public || limit == 0 || days <= limit)
                return;
        struct finding *f = exam_about(e, FINDING_VALIDITY_TOO_LONG, 0);

        finding_set(&f->message, "Certificate %s is valid for %lld days; public CAs could issue "
                    "for at most %d when it began.", c->label, (long long)days, limit);
        finding_set(&f->remedy, "Have it reissued for at most %d days.", limit);
        finding_set(&f->evidence, "It bears the signs of a public CA (SCTs or a CA/Browser Forum "
                    "policy); Chrome and Safari reject longer ones of the CAs they trust.");
        finding_fact(f, "days", "%lld", (long long)days);
        finding_fact(f, "limit_days", "%d", limit);
}

void rules_dates(struct exam *e)
{
        const struct path *p = &e->search.best;

        for (size_t i = 0; i < p->n; i++) {
                unsigned faults = path_faults(p, i, e->in->now_s);

                if (faults & FAULT_EXPIRED)
                        report_expired(e, i);
                else if (faults & FAULT_NOT_YET_VALID)
                        report_not_yet_valid(e, i);
                else if (faults & FAULT_BAD_DATES)
                        report_bad_dates(e, i);
                else
                        check_expiring(e, i, faults);
        }
        check_lifetime(e);
}
