/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether what is used has been revoked: by the lists that the operator gave, and by the OCSP
 * response that the server staples to its certificate. Nobody is asked over the network.
 */
#include "common/cert/rules.h"

#include "common/base/parse.h"
#include "common/cert/revocation.h"

static const char *role(size_t i)
{
        return i == 0 ? "Certificate" : "Intermediate";
}

/* --- revoked ---------------------------------------------------------------------------------- */

static const char *reason_in_words(const char *reason)
{
        return reason ? reason : "not said";
}

static void report_revoked(struct exam *e, size_t i, int64_t at_s, const char *reason,
                           const char *source)
{
        const struct cert *c = e->search.best.steps[i].cert;
        struct finding *f = exam_about(e, FINDING_REVOKED, i);
        char date[TIME_STR_MAX], instant[TIME_STR_MAX];

        f->deadline_s = at_s;
        finding_set(&f->message, "%s %s was revoked on %s (reason: %s).", role(i), c->label,
                    time_str(at_s, date), reason_in_words(reason));
        if (i == 0)
                finding_set(&f->remedy, "Replace it at once by a certificate with a new key, and "
                            "find out why it was revoked: its key may be in other hands.");
        else
                finding_set(&f->remedy, "Replace at once what is below it: have the server "
                            "certificate issued by a current CA, with a new key, and serve that "
                            "one's intermediates.");
        finding_fact(f, "revoked_at", "%s", time_rfc3339(at_s, instant));
        finding_fact(f, "reason", "%s", reason_in_words(reason));
        finding_fact(f, "source", "%s", source);
}

static void add_evidence_of_list(struct exam *e, const struct crl *crl)
{
        struct finding *f = &e->findings->items[e->findings->n - 1];
        char date[TIME_STR_MAX];

        finding_set(&f->evidence, "The revocation list of %s that you gave, of %s, names it.",
                    crl->issuer, time_str(crl->this_update_s, date));
}

/* Is @crl of another time? */
static bool is_outdated(const struct crl *crl, int64_t now_s)
{
        return crl->this_update_s > now_s || (crl->next_update_s && crl->next_update_s < now_s);
}

/* --- by lists --------------------------------------------------------------------------------- */

/* "the list of X has expired (2024-01-01 00:00 UTC)", or why there is none. */
static void set_unknown_message(struct finding *f, const char *label, const struct revocation *r)
{
        char date[TIME_STR_MAX];

        if (!r->crl)
                finding_set(&f->message, "Nobody can tell whether %s is revoked: %s.", label,
                            r->why);
        else
                finding_set(&f->message, "Nobody can tell whether %s is revoked: the list of %s, "
                            "of %s, %s.", label, r->crl->issuer,
                            time_str(r->crl->this_update_s, date), r->why);
}

/*
 * Whoever gives lists wants them to be used: then a leaf without one is refused, as OpenSSL refuses
 * it. A leaf that is not trusted anyway, or that a good staple vouches for, needs none.
 */
static void report_unknown(struct exam *e, size_t i, const struct revocation *r, bool is_vouched)
{
        const struct path *p = &e->search.best;
        const struct cert *c = p->steps[i].cert;
        struct finding *f = exam_about(e, FINDING_REVOCATION_UNKNOWN, i);

        set_unknown_message(f, c->label, r);
        f->by_clock = r->crl && is_outdated(r->crl, e->in->now_s);
        finding_set(&f->remedy, "Get the current list of %s, and put it into the file of "
                    "revocation lists.", c->issuer_label);
        if (i > 0 || !p->anchored || is_vouched)
                return;
        f->severity = SEVERITY_ERROR;
        finding_set(&f->evidence, "Clients that were given the same lists reject the certificate "
                    "(curl --crlfile, openssl verify -crl_check).");
}

/* What the staple has told of the leaf is not told again. */
static void check_lists(struct exam *e, enum staple_status staple)
{
        const struct path *p = &e->search.best;
        struct revocation found[PATH_MAX_LENGTH];

        revocation_check(p, e->in->crls, e->served, e->in->now_s, found);
        for (size_t i = staple == STAPLE_REVOKED ? 1 : 0; i < p->n; i++)
                if (found[i].status == REVOCATION_REVOKED) {
                        report_revoked(e, i, found[i].revoked_at_s, found[i].reason, "crl");
                        add_evidence_of_list(e, found[i].crl);
                } else if (found[i].status == REVOCATION_UNKNOWN) {
                        report_unknown(e, i, &found[i], staple == STAPLE_GOOD);
                }
}

/* --- by staple -------------------------------------------------------------------------------- */

static void report_revoked_by_staple(struct exam *e, const struct staple *s)
{
        report_revoked(e, 0, s->revoked_at_s, s->reason, "staple");
        finding_set(&e->findings->items[e->findings->n - 1].evidence,
                    "The OCSP response that the server itself sends says so.");
}

static void report_bad_staple(struct exam *e, const struct staple *s)
{
        struct finding *f = exam_about(e, FINDING_STAPLE_INVALID, 0);
        char until[TIME_STR_MAX];

        finding_set(&f->message, "The OCSP response stapled to %s is of no use: %s.",
                    e->leaf->label, s->fault);
        f->by_clock = s->by_clock;
        if (s->next_update_s)
                finding_fact(f, "next_update", "%s", time_rfc3339(s->next_update_s, until));
        finding_set(&f->remedy, "See that the server can reach the OCSP responder of %s, and "
                    "reload it, or have the file it staples made anew; or turn stapling off.",
                    e->leaf->issuer_label);
}

static void report_no_staple(struct exam *e)
{
        struct finding *f = exam_about(e, FINDING_MUST_STAPLE_MISSING, 0);

        finding_set(&f->message, "Certificate %s demands a stapled OCSP response, and the server "
                    "sends none.", e->leaf->label);
        finding_set(&f->remedy, "Turn on OCSP stapling (nginx: ssl_stapling on; Apache: "
                    "SSLUseStapling on), or have it reissued without must-staple.");
        finding_set(&f->evidence, "Firefox rejects it (MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_"
                    "MISSING).");
}

/* Of a leaf that is itself an anchor, the one that is sent; NULL: nobody knows him. */
static const struct cert *issuer_of_leaf(struct exam *e)
{
        const struct path *p = &e->search.best;

        if (p->n > 1)
                return p->steps[1].cert;
        for (size_t k = 0; k < e->served->n; k++)
                if (path_search_edge(&e->search, e->leaf, e->served->certs[k]))
                        return e->served->certs[k];
        return NULL;
}

/* A stapled answer that nobody can use is no staple to those who demand one. */
static void check_staple(struct exam *e, struct staple *ret)
{
        const struct cert *issuer = e->in->staple ? issuer_of_leaf(e) : NULL;

        if (e->in->staple)
                staple_judge(e->in->staple, e->in->staple_len, e->leaf, issuer, e->in->now_s, ret);
        if (ret->status == STAPLE_REVOKED)
                report_revoked_by_staple(e, ret);
        else if (ret->status == STAPLE_INVALID && issuer)
                report_bad_staple(e, ret);
        else if (ret->status == STAPLE_NONE && e->leaf->must_staple && e->in->staple_awaited)
                report_no_staple(e);
}

void rules_revocation(struct exam *e, struct staple *ret_staple)
{
        check_staple(e, ret_staple);
        if (e->in->crls)
                check_lists(e, ret_staple->status);
}
