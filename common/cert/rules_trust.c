/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the path ends where the client trusts, and if not, which of the classic cases it is:
 * self-signed, private CA, missing intermediate, or an issuer nobody knows.
 */
#include "common/cert/rules.h"

#include "common/base/buf.h"

static const struct path_step *top_of(const struct path *p)
{
        return &p->steps[p->n - 1];
}

static void report_self_signed(struct exam *e)
{
        struct finding *f = exam_served_finding(e, FINDING_SELF_SIGNED_LEAF, e->leaf_at);

        finding_set(&f->message, "The certificate %s is self-signed: no CA vouches for it.",
                    e->leaf->label);
        finding_set(&f->remedy, "Get a certificate from a public CA or your internal one; or give "
                    "this very certificate to every client as a trust anchor.");
}

static void report_untrusted_root(struct exam *e)
{
        const struct path_step *top = top_of(&e->search.best);
        struct finding *f = exam_finding(e, FINDING_UNTRUSTED_ROOT, top->cert, top->position);

        finding_set(&f->message, "The chain ends in %s, a root that is not in the trust store.",
                    top->cert->label);
        finding_set(&f->remedy, "If this is your private CA, install its root (SHA-256 %s) on the "
                    "clients; public clients need a certificate of a public CA. Appending "
                    "certificates on the server will not help.", top->cert->fingerprint);
}

/* A served certificate that claims to have issued the top of the path and has not; or NULL. */
static const struct cert *pretender(struct exam *e, size_t *ret_at)
{
        const struct cert *top = top_of(&e->search.best)->cert;

        for (size_t i = 0; i < e->served->n; i++) {
                const struct cert *c = e->served->certs[i];

                if (!cert_same(c, top) && cert_names_issuer(top, c) &&
                    !path_search_edge(&e->search, top, c)) {
                        *ret_at = i;
                        return c;
                }
        }
        return NULL;
}

static void report_unknown_ca(struct exam *e)
{
        const struct cert *top = top_of(&e->search.best)->cert;
        size_t at = 0;
        const struct cert *false_issuer = pretender(e, &at);

        if (false_issuer) {
                struct finding *bad = exam_served_finding(e, FINDING_BAD_SIGNATURE, at);

                finding_set(&bad->message, "%s was not signed by the key of the %s that is sent.",
                            top->label, false_issuer->label);
                finding_set(&bad->remedy,
                            "One of the two files is damaged, or the CA has a new key: "
                            "fetch the right %s from the CA.",
                            false_issuer->label);
        }
        struct finding *f = exam_finding(e, FINDING_UNKNOWN_CA, top,
                                         top_of(&e->search.best)->position);

        finding_set(&f->message,
                    "%s was issued by %s, which is neither sent by the server nor known "
                    "here.",
                    top->label, top->issuer_label);
        if (top->n_ca_issuers > 0)
                finding_set(&f->remedy,
                            "An intermediate is probably missing: append the certificate "
                            "of %s (the CA publishes it at %s) to the chain file. If it is your "
                            "private CA, install its root on the clients as well.",
                            top->issuer_label, top->ca_issuers[0]);
        else
                finding_set(&f->remedy, "If it is your private CA, install its root on the clients "
                            "and have the server send its intermediates; otherwise ask who issued "
                            "the certificate for the certificate of %s.", top->issuer_label);
}

static void report_missing(struct exam *e)
{
        const struct path *p = &e->search.best;
        struct buf names = BUF_INIT(FINDING_TEXT_MAX);
        const struct cert *first = NULL;

        for (size_t i = 0; i < p->n; i++) {
                if (!path_source_is_pool(p->steps[i].source) || p->steps[i].cert->self_signed)
                        continue;
                buf_printf(&names, "%s%s", names.len ? ", then " : "", p->steps[i].cert->label);
                first = first ? first : p->steps[i].cert;
        }
        if (first) {
                struct finding *f = exam_finding(e, FINDING_MISSING_INTERMEDIATE, first,
                                                 FINDING_NO_POSITION);

                finding_set(&f->message,
                            "The server does not send %s; clients that neither fetch nor remember "
                            "intermediates (curl, Java, Go, Python) reject it, browsers may not.",
                            buf_str(&names));
                finding_set(&f->remedy,
                            "Append %s to the chain file, after the server certificate. "
                            "Order: server certificate, intermediates, no root.",
                            buf_str(&names));
        }
        buf_done(&names);
}

void rules_trust(struct exam *e)
{
        const struct path *p = &e->search.best;

        if (p->n_added > 0 && p->anchored)
                report_missing(e);
        else if (p->anchored)
                return;
        else if (p->n == 1 && e->leaf->self_signed)
                report_self_signed(e);
        else if (p->complete)
                report_untrusted_root(e);
        else
                report_unknown_ca(e);
        if (e->search.exhausted && !p->anchored) {
                struct finding *f = exam_finding(e, FINDING_RESOURCE_LIMIT, NULL,
                                                 FINDING_NO_POSITION);

                finding_set(&f->message, "The search for a path was ended after %d signatures.",
                            PATH_MAX_CHECKS);
                finding_set(&f->remedy, "Serve only the server certificate and its intermediates.");
        }
}
