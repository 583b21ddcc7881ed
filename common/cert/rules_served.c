/* SPDX-License-Identifier: Apache-2.0 */
/* What was sent, against what is used: order, copies, and certificates that nobody needs. */
#include "common/cert/rules.h"

#include "common/base/buf.h"
#include "common/cert/repair.h"

static bool is_copy(const struct exam *e, size_t k)
{
        for (size_t i = 0; i < k; i++)
                if (cert_same(e->served->certs[i], e->served->certs[k]))
                        return true;
        return false;
}

static bool is_used(const struct exam *e, size_t k)
{
        const struct path *p = &e->search.best;

        for (size_t i = 0; i < p->n; i++)
                if (cert_same(p->steps[i].cert, e->served->certs[k]))
                        return true;
        return false;
}

static void check_order(struct exam *e)
{
        const struct path *p = &e->search.best;
        struct buf right = BUF_INIT(FINDING_TEXT_MAX);
        int before = -1;
        bool wrong = false;

        for (size_t i = 0; i < p->n; i++) {
                int position = p->steps[i].position;

                if (position < 0)
                        continue;
                wrong |= position < before;
                before = position;
                if (!repair_leaves_out(p, i)) /* or root-included would say something else */
                        buf_printf(&right, "%s%d", right.len ? ", " : "", position + 1);
        }
        if (wrong && e->leaf_at == 0) {
                struct finding *f = exam_served_finding(e, FINDING_CHAIN_ORDER_WRONG, 0);

                finding_set(&f->message, "The certificates are sent in the wrong order.");
                finding_set(&f->remedy,
                            "Reorder the chain file: of the certificates in it, the right "
                            "order is %s. Most clients cope; embedded and old ones fail.",
                            buf_str(&right));
        }
        buf_done(&right);
}

static void report_copy(struct exam *e, size_t k)
{
        const struct cert *c = e->served->certs[k];
        struct finding *f = exam_served_finding(e, FINDING_DUPLICATE_CERTIFICATE, k);

        finding_set(&f->message, "%s is sent twice.", c->label);
        finding_set(&f->remedy, "Remove the second copy, certificate %d of the chain file.",
                    f->position + 1);
}

static void report_root(struct exam *e, size_t k)
{
        const struct cert *c = e->served->certs[k];
        struct finding *f = exam_served_finding(e, FINDING_ROOT_INCLUDED, k);

        finding_set(&f->message, "The root %s is sent; clients have it already.", c->label);
        finding_set(&f->remedy, "Remove certificate %d of the chain file: it saves %zu bytes in "
                    "every handshake.", f->position + 1, c->der_len);
}

/* Did @c issue something that is used: could another client go on from there? */
static bool links(struct exam *e, const struct cert *c)
{
        const struct path *p = &e->search.best;

        for (size_t i = 0; i < p->n; i++)
                if (path_search_edge(&e->search, p->steps[i].cert, c))
                        return true;
        for (size_t i = 0; i < e->served->n; i++) {
                const struct cert *other = e->served->certs[i];

                if (!cert_same(other, c) && !other->self_signed && other->is_ca &&
                    !is_used(e, i) && path_search_edge(&e->search, other, c))
                        for (size_t k = 0; k < p->n; k++)
                                if (path_search_edge(&e->search, p->steps[k].cert, other))
                                        return true;
        }
        return false;
}

static void report_unused(struct exam *e, size_t k)
{
        const struct cert *c = e->served->certs[k];
        bool expired = c->dates_ok && e->in->now_s > c->not_after_s;
        bool linked = links(e, c);
        struct finding *f = exam_served_finding(
                e, expired ? FINDING_EXPIRED_SUPERFLUOUS_CERTIFICATE
                           : linked ? FINDING_ALTERNATE_PATH_CERTIFICATE
                                    : FINDING_SUPERFLUOUS_CERTIFICATE, k);

        if (expired) {
                finding_set(&f->message, "%s has expired and is not needed, but is sent.",
                            c->label);
                finding_set(&f->remedy, "Remove certificate %d of the chain file; old OpenSSL and "
                            "GnuTLS clients fail on it.", f->position + 1);
        } else if (linked) {
                finding_set(&f->message, "%s leads to another root; only older clients need it.",
                            c->label);
                finding_set(&f->remedy, "It may stay.");
        } else {
                finding_set(&f->message, "%s is sent but belongs to another chain.", c->label);
                finding_set(&f->remedy, "Remove certificate %d of the chain file.",
                            f->position + 1);
        }
}

/* A root that the path ends in, or the same root in another edition. */
static bool is_root(const struct exam *e, size_t k)
{
        const struct cert *c = e->served->certs[k];
        const struct path *p = &e->search.best;

        return k > 0 && c->self_signed && p->anchored &&
               (trust_contains(e->in->anchors, c) ||
                cert_names_issuer(c, p->steps[p->n - 1].cert));
}

void rules_served(struct exam *e)
{
        check_order(e);
        for (size_t k = 0; k < e->served->n; k++) {
                if (k == e->leaf_at)
                        continue;
                if (is_copy(e, k))
                        report_copy(e, k);
                else if (is_root(e, k))
                        report_root(e, k);
                else if (!is_used(e, k) && !finding_find(e->findings, FINDING_LEAF_MISSING))
                        report_unused(e, k);
        }
}
