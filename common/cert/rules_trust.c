/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the path ends where the client trusts, and if not, which of the classic cases it is:
 * self-signed, private CA, missing intermediate, or an issuer nobody knows. Clients have one number
 * for the last three; what tells them apart is said as evidence, so that nobody has to believe it.
 */
#include "common/cert/rules.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/cert/distrust.h"
#include "common/cert/repair.h"

#include <string.h>

/* They build a path from what is sent and from their trust store, and from nothing else. */
#define CLIENTS_THAT_FAIL "curl, Java, Go, Python, OpenSSL and GnuTLS"

static const struct path_step *top_of(const struct path *p)
{
        return &p->steps[p->n - 1];
}

static struct finding *about_top(struct exam *e, enum finding_code code)
{
        const struct path_step *top = top_of(&e->search.best);

        return exam_finding(e, code, top->cert, top->position);
}

/* Where a certificate was found, for the end of a sentence. */
static char *found_where(const struct exam *e, const struct path_step *s)
{
        const char *url = trust_url(e->in->pools.fetched, s->cert);

        switch (s->source) {
        case PATH_SERVED:
                return mem_printf("sent by the server as certificate %d", s->position + 1);
        case PATH_CONFIGURED:
                return mem_strdup("found among the configured intermediates");
        case PATH_LEARNED:
                return mem_strdup("learned from a chain that verified earlier");
        case PATH_FETCHED:
                return mem_printf("fetched from %s", url ? url : "a caIssuers URL");
        case PATH_ANCHOR:
        case PATH_SOURCE_COUNT:
                break;
        }
        return mem_strdup("found in the trust store");
}

/* --- the end of the path ---------------------------------------------------------------------- */

static char *none_of(size_t n_anchors)
{
        return n_anchors == 1 ? mem_strdup("is not the one trust anchor")
                              : mem_printf("is none of the %zu trust anchors", n_anchors);
}

static void report_self_signed(struct exam *e)
{
        const struct cert *c = e->leaf;
        struct finding *f = exam_served_finding(e, FINDING_SELF_SIGNED_LEAF, e->leaf_at);
        AUTO_FREE char *no_anchor = none_of(trust_count(e->in->anchors));

        finding_set(&f->message, "The certificate %s is self-signed: no CA vouches for it.",
                    c->label);
        finding_set(&f->remedy, "Get a certificate from a public CA or your internal one; or give "
                    "this very certificate (SHA-256 %s) to every client as a trust anchor.",
                    c->fingerprint);
        finding_set(&f->evidence, "Its issuer is its own subject, its own key verifies its "
                    "signature, and it %s.", no_anchor);
        finding_fact(f, "trust_anchors", "%zu", trust_count(e->in->anchors));
}

static void report_untrusted_root(struct exam *e)
{
        const struct path *p = &e->search.best;
        const struct path_step *top = top_of(p);
        AUTO_FREE char *where = found_where(e, top);
        AUTO_FREE char *no_anchor = none_of(trust_count(e->in->anchors));
        struct finding *f = about_top(e, FINDING_UNTRUSTED_ROOT);

        finding_set(&f->message, "The chain ends in %s, a root that is not in the trust store.",
                    top->cert->label);
        finding_set(&f->remedy, "If this is your private CA, install its root %s (SHA-256 %s) on "
                    "the clients; public clients need a certificate of a public CA. Appending "
                    "certificates on the server will not help.", top->cert->label,
                    top->cert->fingerprint);
        finding_set(&f->evidence, "The chain is complete: the root was %s, its own key verifies "
                    "its signature, and it %s.", where, no_anchor);
        finding_fact(f, "root", "%s", top->cert->subject);
        finding_fact(f, "root_sha256", "%s", top->cert->fingerprint);
        finding_fact(f, "root_from", "%s", PATH_SOURCES[top->source]);
        finding_fact(f, "trust_anchors", "%zu", trust_count(e->in->anchors));
}

/*
 * @d applies to the path, which may well end in the trust store that is used here. Then only its
 * name tells a removed CA from a private one of that firm, unless the leaf is of a public CA.
 */
static void report_distrusted(struct exam *e, const struct distrust *d)
{
        const struct path *p = &e->search.best;
        const struct cert *top = top_of(p)->cert;
        AUTO_FREE char *only = d->issued_after ? mem_printf(" that were issued after %s",
                                                            d->issued_after)
                                               : mem_strdup("");
        struct finding *f = about_top(e, FINDING_DISTRUSTED_CA);

        finding_set(&f->message, "The CA is %s: its certificates%s have been rejected by %s since "
                    "%s.", d->ca, only, d->clients, d->since);
        finding_set(&f->remedy, "Get a certificate from another public CA; nothing that the server "
                    "could append will help.");
        if (p->anchored && !e->leaf->is_public)
                f->severity = SEVERITY_WARNING;
        finding_set(&f->evidence, "%s bears a name of this CA, which browsers have removed%s%s.",
                    p->complete ? top->subject : top->issuer,
                    p->anchored ? "; the trust store that is used here still has it" : "",
                    p->anchored && !e->leaf->is_public
                            ? ", and may mean a private CA of the same name, which they accept"
                            : "");
        finding_fact(f, "ca", "%s", d->ca);
        finding_fact(f, "rejected_by", "%s", d->clients);
        finding_fact(f, "since", "%s", d->since);
        if (d->issued_after)
                finding_fact(f, "issued_after", "%s", d->issued_after);
}

/* --- an issuer that is only one by name ------------------------------------------------------- */

static bool is_impostor(struct exam *e, const struct cert *c)
{
        const struct cert *top = top_of(&e->search.best)->cert;

        return !cert_same(c, top) && cert_names_issuer(top, c) &&
               !path_search_edge(&e->search, top, c) && !e->search.exhausted;
}

/* The certificate that claims to have issued the top of the path and has not, and what it is. */
static const struct cert *find_impostor(struct exam *e, char **ret_what)
{
        const struct cert *top = top_of(&e->search.best)->cert, *anchor;
        size_t pos = 0;

        for (size_t k = 0; k < e->served->n; k++)
                if (is_impostor(e, e->served->certs[k])) {
                        *ret_what = mem_printf("that is sent as certificate %d",
                                               e->served->sent_at[k] + 1);
                        return e->served->certs[k];
                }
        while ((anchor = trust_next_issuer(e->in->anchors, top, &pos)))
                if (is_impostor(e, anchor)) {
                        *ret_what = mem_strdup("in the trust store");
                        return anchor;
                }
        return NULL;
}

static void report_bad_signature(struct exam *e, const struct cert *issuer, const char *what)
{
        const struct cert *top = top_of(&e->search.best)->cert;
        struct finding *f = about_top(e, FINDING_BAD_SIGNATURE);

        finding_set(&f->message, "%s was not signed by the key of the %s %s.", top->label,
                    issuer->label, what);
        finding_set(&f->remedy, "One of the two is damaged, the CA has a new key, or it is another "
                    "CA of that name: fetch %s again, and the %s that belongs to it, from the CA.",
                    top->label, issuer->label);
        finding_set(&f->evidence, "The name of the issuer fits, but the key of that certificate "
                    "(SHA-256 %s) does not verify the signature.", issuer->fingerprint);
        finding_fact(f, "issuer", "%s", issuer->subject);
        finding_fact(f, "issuer_sha256", "%s", issuer->fingerprint);
}

/* --- nobody there ----------------------------------------------------------------------------- */

/* How we know that the issuer of @top cannot be had, and whether there may be more to find. */
static void explain_unknown(const struct exam *e, struct finding *f, const struct cert *top)
{
        if (top->n_ca_issuers == 0) {
                finding_set(&f->evidence, "%s names no caIssuers URL to ask, and no certificate "
                            "that is sent, configured, learned or trusted verifies it.",
                            top->label);
                finding_fact(f, "aia", "absent");
                return;
        }
        if (e->in->fetching)
                finding_set(&f->evidence, "The CA was asked for it, and no trust anchor was "
                            "reached: %s.", e->in->fetching);
        else
                finding_set(&f->evidence, "No certificate that is sent, configured, learned or "
                            "trusted verifies %s; %s was not asked.", top->label,
                            top->ca_issuers[0]);
        finding_fact(f, "aia", "%s", e->in->fetching ? "asked" : "not_asked");
        finding_fact(f, "url", "%s", top->ca_issuers[0]);
}

static void report_unknown_ca(struct exam *e)
{
        const struct cert *top = top_of(&e->search.best)->cert;
        struct finding *f = about_top(e, FINDING_UNKNOWN_CA);

        finding_set(&f->message, "%s was issued by %s, which is neither sent by the server nor "
                    "known here.", top->label, top->issuer_label);
        if (top->n_ca_issuers > 0)
                finding_set(&f->remedy, "If it is your private CA, install its root on the clients "
                            "and have the server send its intermediates. Otherwise an intermediate "
                            "may be missing: append the certificate of %s, which the CA publishes "
                            "at %s, to the chain file.", top->issuer_label, top->ca_issuers[0]);
        else
                finding_set(&f->remedy, "If it is your private CA, install its root on the clients "
                            "and have the server send its intermediates; otherwise ask who issued "
                            "the certificate for the certificate of %s.", top->issuer_label);
        finding_fact(f, "issuer", "%s", top->issuer);
        explain_unknown(e, f, top);
}

/* --- a missing intermediate ------------------------------------------------------------------- */

static bool is_missing(const struct path *p, size_t i)
{
        return path_source_is_pool(p->steps[i].source) && !repair_leaves_out(p, i);
}

/* The certificate that names no URL, so that its issuer cannot be fetched; NULL: all do. */
static const struct cert *without_url(const struct path *p)
{
        for (size_t i = 1; i < p->n; i++)
                if (is_missing(p, i) && p->steps[i - 1].cert->n_ca_issuers == 0)
                        return p->steps[i - 1].cert;
        return NULL;
}

/* "Inter 2, then Inter right after certificate 1 (web.example)" for each gap. */
static void put_places(const struct path *p, struct buf *out)
{
        for (size_t i = 1; i < p->n; i++) {
                if (!is_missing(p, i))
                        continue;
                if (is_missing(p, i - 1))
                        buf_puts(out, ", then ");
                else if (out->len)
                        buf_puts(out, ", and ");
                buf_puts(out, p->steps[i].cert->label);
                if (i + 1 < p->n && is_missing(p, i + 1))
                        continue;
                size_t below = i;

                while (is_missing(p, below))
                        below--;
                buf_printf(out, " right after certificate %d (%s)", p->steps[below].position + 1,
                           p->steps[below].cert->label);
        }
}

static void say_who_fails(struct finding *f, const struct path *p, const char *names)
{
        const struct cert *mute = without_url(p);

        if (mute) {
                finding_set(&f->message, "The server does not send %s: " CLIENTS_THAT_FAIL
                            " reject the certificate, and so do Chrome, Edge and Safari, because "
                            "%s names no URL to fetch it from; Firefox may know it, if the CA is "
                            "public.", names, mute->label);
                finding_fact(f, "clients_that_fail", CLIENTS_THAT_FAIL ", Chrome, Edge, Safari");
                return;
        }
        finding_set(&f->message, "The server does not send %s: " CLIENTS_THAT_FAIL " reject the "
                    "certificate; Chrome, Edge and Safari fetch what is missing, and Firefox may "
                    "know it, if the CA is public.", names);
        finding_fact(f, "clients_that_fail", CLIENTS_THAT_FAIL);
        finding_fact(f, "clients_that_fetch", "Chrome, Edge and Safari");
}

static void add_missing_facts(const struct exam *e, struct finding *f)
{
        const struct path *p = &e->search.best;

        for (size_t i = 1; i < p->n; i++) {
                const struct path_step *s = &p->steps[i];
                const char *url = trust_url(e->in->pools.fetched, s->cert);

                if (!is_missing(p, i))
                        continue;
                finding_fact(f, "missing", "%s", s->cert->subject);
                finding_fact(f, "missing_sha256", "%s", s->cert->fingerprint);
                finding_fact(f, "found", "%s", PATH_SOURCES[s->source]);
                if (s->source == PATH_FETCHED && url)
                        finding_fact(f, "url", "%s", url);
        }
}

/* Is one of that name sent, which then has another key? */
static bool is_namesake_sent(const struct exam *e, const struct cert *c)
{
        for (size_t k = 0; k < e->served->n; k++)
                if (strcmp(e->served->certs[k]->subject, c->subject) == 0)
                        return true;
        return false;
}

static void report_missing(struct exam *e)
{
        const struct path *p = &e->search.best;
        struct buf names = BUF_INIT(FINDING_TEXT_MAX), found = BUF_INIT(FINDING_TEXT_MAX);
        struct buf places = BUF_INIT(FINDING_TEXT_MAX), order = BUF_INIT(FINDING_TEXT_MAX);
        const struct cert *first = NULL;

        for (size_t i = 1; i < p->n; i++) {
                const struct cert *c = p->steps[i].cert;
                AUTO_FREE char *where = found_where(e, &p->steps[i]);

                if (!is_missing(p, i))
                        continue;
                buf_printf(&names, "%s%s%s", first ? ", then " : "",
                           is_namesake_sent(e, c) ? "the right " : "", c->label);
                buf_printf(&found, "%s%s was %s", first ? ", " : "", c->label, where);
                first = first ? first : c;
        }
        if (first) {
                struct finding *f = exam_finding(e, FINDING_MISSING_INTERMEDIATE, first,
                                                 FINDING_NO_POSITION);

                put_places(p, &places);
                repair_order(e, p, &order);
                say_who_fails(f, p, buf_str(&names));
                finding_set(&f->remedy, "Append %s of the chain file; the order is then %s, "
                            "without the root.", buf_str(&places), buf_str(&order));
                finding_set(&f->evidence, "%s; with it, every signature verifies up to the trust "
                            "anchor %s.", buf_str(&found), top_of(p)->cert->label);
                add_missing_facts(e, f);
                finding_fact(f, "order", "%s", buf_str(&order));
                finding_fact(f, "anchor", "%s", top_of(p)->cert->subject);
        }
        buf_done(&names);
        buf_done(&found);
        buf_done(&places);
        buf_done(&order);
}

/* --- which of them it is ---------------------------------------------------------------------- */

static void report_unanchored(struct exam *e, const struct distrust *distrust)
{
        const struct path *p = &e->search.best;
        AUTO_FREE char *what = NULL;

        if (p->n == 1 && e->leaf->self_signed) {
                report_self_signed(e);
                return;
        }
        if (!p->complete)
                e->impostor = find_impostor(e, &what);
        if (e->impostor)
                report_bad_signature(e, e->impostor, what);
        else if (distrust)
                report_distrusted(e, distrust);
        else if (p->complete)
                report_untrusted_root(e);
        else
                report_unknown_ca(e);
}

void rules_trust(struct exam *e)
{
        const struct path *p = &e->search.best;
        const struct distrust *distrust = distrust_find(p, e->in->now_s);

        if (!p->anchored)
                report_unanchored(e, distrust);
        else if (distrust)
                report_distrusted(e, distrust);
        if (p->anchored && p->n_added > 0)
                report_missing(e);
        if (e->search.exhausted && !p->anchored) {
                struct finding *f = exam_finding(e, FINDING_RESOURCE_LIMIT, NULL,
                                                 FINDING_NO_POSITION);

                finding_set(&f->message, "The certificates make a maze: the search for a path was "
                            "ended at one of its limits, such as %d signatures.", PATH_MAX_CHECKS);
                finding_set(&f->remedy, "Serve only the server certificate and its intermediates.");
        }
}
