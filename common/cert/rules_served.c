/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was sent, against what is used: order, copies, and certificates that nobody needs. What is
 * not on the path may still have issued something on it: then other clients may go that way.
 */
#include "common/cert/rules.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/repair.h"

#include <stdlib.h>
#include <string.h>

/* How a served certificate is related to the path. */
enum relation { STRANGER, USED, LINKED /* issued what is used or linked */, DISPUTED };

static bool is_copy(const struct exam *e, size_t k, size_t *ret_first)
{
        for (size_t i = 0; i < k; i++)
                if (cert_same(e->served->certs[i], e->served->certs[k])) {
                        *ret_first = i;
                        return true;
                }
        return false;
}

/* Marks whoever issued @c, and whoever issued those. */
static void mark_issuers(struct exam *e, const struct cert *c, enum relation as,
                         enum relation *relations)
{
        for (size_t k = 0; k < e->served->n; k++)
                if (relations[k] == STRANGER &&
                    path_search_edge(&e->search, c, e->served->certs[k])) {
                        relations[k] = as;
                        mark_issuers(e, e->served->certs[k], as, relations);
                }
}

/* One for each served certificate; free() it. */
static enum relation *relate(struct exam *e)
{
        const struct path *p = &e->search.best;
        enum relation *relations = mem_new0(e->served->n, sizeof(*relations));

        for (size_t k = 0; k < e->served->n; k++)
                if (path_has(p, e->served->certs[k]))
                        relations[k] = USED;
        for (size_t i = 0; i < p->n; i++)
                mark_issuers(e, p->steps[i].cert, LINKED, relations);
        for (size_t k = 0; k < e->served->n && e->impostor; k++)
                if (relations[k] == STRANGER && cert_same(e->served->certs[k], e->impostor))
                        relations[k] = DISPUTED;
        if (e->impostor)
                mark_issuers(e, e->impostor, DISPUTED, relations);
        return relations;
}

/* --- order ------------------------------------------------------------------------------------ */

/* Is a certificate of the path sent before one that it has issued? */
static bool is_path_disordered(const struct path *p)
{
        int before = -1;

        for (size_t i = 0; i < p->n; i++) {
                if (p->steps[i].position < 0)
                        continue;
                if (p->steps[i].position < before)
                        return true;
                before = p->steps[i].position;
        }
        return false;
}

/* Or one that other clients may use? Their path is disordered as well. */
static bool is_alternate_too_early(struct exam *e, const enum relation *relations)
{
        for (size_t k = 0; k < e->served->n; k++)
                for (size_t i = k + 1; relations[k] == LINKED && i < e->served->n; i++)
                        if (relations[i] != STRANGER &&
                            !cert_same(e->served->certs[i], e->served->certs[k]) &&
                            path_search_edge(&e->search, e->served->certs[i],
                                             e->served->certs[k]))
                                return true;
        return false;
}

static void report_order(struct exam *e, const char *right)
{
        if (e->leaf_at > 0) {
                struct finding *f = exam_served_finding(e, FINDING_LEAF_NOT_FIRST, e->leaf_at);

                finding_set(&f->message, "The server certificate (%s) is sent as certificate %d, "
                            "after a CA certificate.", e->leaf->label, f->position + 1);
                finding_set(&f->remedy, "Put the server certificate first in the chain file: the "
                            "right order is %s.", right);
                finding_fact(f, "order", "%s", right);
                return;
        }
        struct finding *f = exam_served_finding(e, FINDING_CHAIN_ORDER_WRONG, 0);

        finding_set(&f->message, "The certificates are sent in the wrong order.");
        finding_set(&f->remedy, "Reorder the chain file: the right order is %s. Most clients cope; "
                    "embedded and old ones fail.", right);
        finding_fact(f, "order", "%s", right);
}

static void check_order(struct exam *e, const enum relation *relations)
{
        struct buf right = BUF_INIT(FINDING_TEXT_MAX);

        repair_order(e, repair_path(e), &right);
        if (e->leaf_at > 0 || is_path_disordered(&e->search.best) ||
            is_alternate_too_early(e, relations))
                report_order(e, buf_str(&right));
        buf_done(&right);
}

/* --- what need not be sent -------------------------------------------------------------------- */

static void report_copy(struct exam *e, size_t k, size_t first)
{
        const struct cert *c = e->served->certs[k];
        struct finding *f = exam_served_finding(e, FINDING_DUPLICATE_CERTIFICATE, k);

        finding_set(&f->message, "%s is sent twice, as certificates %d and %d.", c->label,
                    e->served->sent_at[first] + 1, f->position + 1);
        finding_set(&f->remedy, "Remove the second copy, certificate %d of the chain file.",
                    f->position + 1);
        finding_fact(f, "bytes", "%zu", c->der_len);
}

static void report_root(struct exam *e, size_t k)
{
        const struct cert *c = e->served->certs[k];
        struct finding *f = exam_served_finding(e, FINDING_ROOT_INCLUDED, k);

        finding_set(&f->message, "The root %s is sent; clients have it already.", c->label);
        finding_set(&f->remedy, "Remove certificate %d of the chain file: it saves %zu bytes in "
                    "every handshake.", f->position + 1, c->der_len);
        finding_fact(f, "bytes", "%zu", c->der_len);
}

static void report_expired(struct exam *e, size_t k)
{
        const struct cert *c = e->served->certs[k];
        struct finding *f =
                exam_served_finding(e, FINDING_EXPIRED_SUPERFLUOUS_CERTIFICATE, k);
        char date[TIME_STR_MAX];

        f->deadline_s = c->not_after_s;
        f->by_clock = true;
        finding_set(&f->message, "%s has expired (%s) and is not needed, but is sent.", c->label,
                    time_str(c->not_after_s, date));
        finding_set(&f->remedy, "Remove certificate %d of the chain file; clients with OpenSSL "
                    "before 1.1.0 or GnuTLS before 3.6.14 may follow it and fail.",
                    f->position + 1);
        finding_fact(f, "clients_that_fail", "OpenSSL before 1.1.0, GnuTLS before 3.6.14");
}

static void report_alternate(struct exam *e, size_t k)
{
        const struct cert *c = e->served->certs[k];
        struct finding *f = exam_served_finding(e, FINDING_ALTERNATE_PATH_CERTIFICATE, k);

        finding_set(&f->message, "%s, issued by %s, is for another path; only clients with an "
                    "older trust store need it.", c->label, c->issuer_label);
        finding_set(&f->remedy, "It may stay; without certificate %d, every handshake is %zu bytes "
                    "shorter.", f->position + 1, c->der_len);
        finding_fact(f, "bytes", "%zu", c->der_len);
}

/* Is there one on the path that bears the name of @c? */
static bool has_namesake(const struct path *p, const struct cert *c)
{
        for (size_t i = 1; i < p->n; i++)
                if (strcmp(p->steps[i].cert->subject, c->subject) == 0)
                        return true;
        return false;
}

/* While the path has a gap, nobody knows what belongs above it. */
static void report_stranger(struct exam *e, size_t k)
{
        const struct cert *c = e->served->certs[k];
        struct finding *f = exam_served_finding(e, FINDING_SUPERFLUOUS_CERTIFICATE, k);

        if (has_namesake(&e->search.best, c))
                finding_set(&f->message, "Certificate %d is another %s than the one that has "
                            "issued what is used: it has another key.", f->position + 1, c->label);
        else
                finding_set(&f->message, "%s is sent but has issued none of the certificates that "
                            "are used.", c->label);
        if (e->search.best.complete)
                finding_set(&f->remedy, "Remove certificate %d of the chain file: it belongs to "
                            "another chain.", f->position + 1);
        else
                finding_set(&f->remedy, "Close the gap in the chain first; if certificate %d of "
                            "the chain file is then still not needed, remove it.",
                            f->position + 1);
        finding_fact(f, "bytes", "%zu", c->der_len);
}

/* The root that the path ends in, another edition of it, or the root of another path. */
static bool is_root(const struct exam *e, size_t k, enum relation relation)
{
        const struct cert *c = e->served->certs[k];
        const struct path *p = &e->search.best;
        const struct cert *top = p->steps[p->n - 1].cert;

        if (!c->self_signed || !p->anchored)
                return false;
        if (relation == LINKED && (!top->self_signed || trust_contains(e->in->anchors, c)))
                return true;
        return strcmp(c->subject, top->subject) == 0 &&
               memcmp(c->key_sha256, top->key_sha256, sizeof(c->key_sha256)) == 0;
}

/* What leads from an anchor that is no root to its root is on the one path of other clients. */
static bool is_for_others(const struct exam *e, const struct cert *c)
{
        const struct path *p = &e->search.best;

        return !p->anchored || p->steps[p->n - 1].cert->self_signed || c->self_signed;
}

static void check_one(struct exam *e, size_t k, enum relation relation)
{
        const struct cert *c = e->served->certs[k];
        size_t first;

        if (is_copy(e, k, &first))
                report_copy(e, k, first);
        else if (is_root(e, k, relation))
                report_root(e, k);
        else if (relation == USED || relation == DISPUTED ||
                 finding_find(e->findings, FINDING_LEAF_MISSING))
                return;
        else if (c->dates_ok && e->in->now_s > c->not_after_s)
                report_expired(e, k);
        else if (relation == LINKED && is_for_others(e, c))
                report_alternate(e, k);
        else if (relation == STRANGER)
                report_stranger(e, k);
}

void rules_served(struct exam *e)
{
        AUTO_FREE enum relation *relations = relate(e);

        if (!e->served->is_set) /* servers that read those formats sort it themselves */
                check_order(e, relations);
        for (size_t k = 0; k < e->served->n; k++)
                if (k != e->leaf_at)
                        check_one(e, k, relations[k]);
}
