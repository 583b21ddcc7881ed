/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depth first, with backtracking. A search visits few certificates (a served chain has two to
 * five), but hostile ones make a maze of cross-signed names: every signature is verified at most
 * once, and both signatures and visits are bounded.
 */
#include "common/cert/path.h"

#include <assert.h>
#include <string.h>

#define PATH_MAX_VISITS 2000 /* partial paths looked at in one search */

const char *const PATH_SOURCES[PATH_SOURCE_COUNT] = {
        [PATH_SERVED] = "served",
        [PATH_CONFIGURED] = "configured",
        [PATH_LEARNED] = "learned",
        [PATH_FETCHED] = "fetched",
        [PATH_ANCHOR] = "trust_store",
};

/* --- the rules of one step -------------------------------------------------------------------- */

static unsigned date_faults(const struct cert *c, const struct cert *leaf, int64_t now_s)
{
        if (!c->dates_ok)
                return FAULT_BAD_DATES;
        if (now_s > c->not_after_s)
                return FAULT_EXPIRED;
        if (now_s < c->not_before_s)
                return FAULT_NOT_YET_VALID;
        return leaf->dates_ok && c->not_after_s < leaf->not_after_s ? FAULT_OUTLIVED : 0;
}

/* CAs below step @i that count: self-issued ones do not (RFC 5280 section 4.2.1.9). */
static int cas_below(const struct path *p, size_t i)
{
        int n = 0;

        for (size_t k = 1; k < i; k++)
                n += !p->steps[k].cert->self_issued;
        return n;
}

/* A root of version 1 has no extensions to say what it is, and OpenSSL and Go do without. */
static bool is_old_root(const struct cert *c)
{
        return c->version == 1 && c->self_signed;
}

static unsigned issuer_faults(const struct path *p, size_t i)
{
        const struct cert *c = p->steps[i].cert;
        unsigned faults = 0;

        if ((!c->is_ca && !is_old_root(c)) || (c->has_key_usage && !c->may_sign_certs))
                faults |= FAULT_NOT_CA;
        if (c->path_length >= 0 && cas_below(p, i) > c->path_length)
                faults |= FAULT_PATH_LENGTH;
        return faults;
}

/*
 * What a server's key may be used for. keyUsage that cannot be read is a flaw of its own, and a CA
 * is no server.
 */
static unsigned usage_faults(const struct cert *c)
{
        if (!c->has_key_usage || c->may_sign_data || c->malformed_extension.decisive ||
            c->duplicate_extension.decisive || (c->is_ca && !c->self_signed))
                return 0;
        return c->key == KEY_RSA && c->may_encipher_keys ? FAULT_KEY_EXCHANGE : FAULT_KEY_USAGE;
}

static unsigned purpose_faults(const struct cert *c, size_t i)
{
        if (i == 0 && c->netscape_forbids)
                return FAULT_EKU;
        if (!c->has_eku || c->eku_server_auth || c->eku_any)
                return 0;
        return i > 0 && c->eku_sgc ? FAULT_SGC : FAULT_EKU;
}

static bool key_is_weak(const struct cert *c)
{
        return (c->key == KEY_RSA && c->key_bits < 2048) || c->key == KEY_DSA ||
               (c->key == KEY_EC && c->key_bits < 256);
}

static unsigned key_faults(const struct cert *c)
{
        return (c->key_unreadable ? FAULT_KEY_UNREADABLE : 0) |
               (c->key_explicit ? FAULT_KEY_EXPLICIT : 0) |
               (c->key_exotic ? FAULT_KEY_EXOTIC : 0) | (key_is_weak(c) ? FAULT_WEAK_KEY : 0);
}

static unsigned flaw_fault(const struct cert_flaw *flaw)
{
        if (!flaw->extension)
                return 0;
        return flaw->decisive ? FAULT_UNUSABLE_EXTENSION : FAULT_ODD_EXTENSION;
}

/* Of a certificate that stands alone, OpenSSL asks no profile: it is trusted as it is, or not. */
unsigned path_breaches(const struct path *p, size_t i)
{
        unsigned breaches = p->steps[i].cert->breaches;

        if (p->n == 1)
                return breaches & (BREACH_AKI_CRITICAL | BREACH_SKI_CRITICAL |
                                   BREACH_ALGORITHMS_DIFFER);
        if (i + 1 == p->n)
                breaches &= ~(unsigned)BREACH_AKI_MISSING;
        else
                breaches &= ~(unsigned)BREACH_AKI_NOT_ITS_OWN;
        if (i + 1 < p->n && !cert_names_issuer_cert(p->steps[i].cert, p->steps[i + 1].cert))
                breaches |= BREACH_AKI_OF_ANOTHER;
        return i > 0 ? breaches & ~(unsigned)BREACH_KEY_CERT_SIGN : breaches; /* it is no CA */
}

/* What matters in a certificate that clients are given by somebody else than the one they trust. */
static unsigned foreign_faults(const struct cert *c)
{
        return flaw_fault(&c->malformed_extension) | flaw_fault(&c->duplicate_extension) |
               (c->sig_weak && !c->self_signed ? FAULT_WEAK_SIGNATURE : 0) |
               (c->serial_odd && !c->serial_negative ? FAULT_ODD_SERIAL : 0) |
               (c->version < 3 && !is_old_root(c) ? FAULT_VERSION : 0);
}

/* Its flaws are the client's own, who may not even look; but what decides, decides. */
static unsigned anchor_faults(const struct cert *c)
{
        return (flaw_fault(&c->malformed_extension) | flaw_fault(&c->duplicate_extension)) &
               FAULT_UNUSABLE_EXTENSION;
}

unsigned path_faults(const struct path *p, size_t i, int64_t now_s)
{
        const struct cert *c = p->steps[i].cert;
        bool anchor = p->anchored && i + 1 == p->n && i > 0;
        unsigned faults = date_faults(c, p->steps[0].cert, now_s) | purpose_faults(c, i) |
                          key_faults(c) | (anchor ? anchor_faults(c) : foreign_faults(c));

        if (p->anchored && p->n == 1)
                faults &= ~(unsigned)FAULT_WEAK_SIGNATURE; /* nobody verifies it */
        if (p->steps[i].forbids)
                faults |= FAULT_NAME_CONSTRAINTS;
        if (c->unhandled_critical)
                faults |= FAULT_CRITICAL;
        if (c->serial_negative)
                faults |= FAULT_SERIAL;
        if (path_breaches(p, i))
                faults |= FAULT_PROFILE;
        if (i > 0)
                return faults | issuer_faults(p, i);
        return faults | usage_faults(c) | (p->policies_fail ? FAULT_POLICY : 0);
}

/* A path whose only fault is a date is the one people mean; whoever may not sign comes last. */
static unsigned cost_of(unsigned faults)
{
        unsigned slight = FAULT_ODD_EXTENSION | FAULT_OUTLIVED | FAULT_KEY_EXOTIC |
                          FAULT_KEY_EXCHANGE | FAULT_SGC | FAULT_PROFILE | FAULT_SERIAL |
                          FAULT_ODD_SERIAL | FAULT_VERSION;
        unsigned dates = FAULT_EXPIRED | FAULT_NOT_YET_VALID | FAULT_BAD_DATES;
        unsigned weak = FAULT_WEAK_SIGNATURE | FAULT_WEAK_KEY;

        return (faults & slight ? 1U : 0) + (faults & dates ? 2U : 0) + (faults & weak ? 6U : 0) +
               (faults & ~(slight | dates | weak) ? 40U : 0);
}

/* --- the search ------------------------------------------------------------------------------- */

/* A cross-signed CA has several certificates and one key: what it signed is verified once. */
static bool same_key(const struct cert *a, const struct cert *b)
{
        return memcmp(a->key_sha256, b->key_sha256, sizeof(a->key_sha256)) == 0;
}

bool path_search_edge(struct path_search *s, const struct cert *child, const struct cert *issuer)
{
        if (!cert_names_issuer(child, issuer))
                return false;
        for (size_t i = 0; i < s->n_checks; i++)
                if (cert_same(s->checks[i].child, child) && same_key(s->checks[i].issuer, issuer))
                        return s->checks[i].verifies;
        if (s->n_checks == PATH_MAX_CHECKS) {
                s->exhausted = true;
                return false;
        }
        bool verifies = cert_verify_signature(child, issuer);

        s->checks[s->n_checks++] = (struct path_check){ child, issuer, verifies };
        return verifies;
}

/*
 * A certificate on the path that @ca may not stand above, or NULL. Self-issued ones need not obey,
 * save the leaf (RFC 5280 section 6.1.3). Hostile ones could have millions of names to compare.
 */
static const struct cert *forbidden_by(struct path_search *s, const struct path *p,
                                       const struct cert *ca)
{
        for (size_t k = 0; k < p->n && ca->has_constraints; k++) {
                const struct cert *c = p->steps[k].cert;
                size_t cost = cert_constraints_cost(ca, c);

                if (k > 0 && c->self_issued)
                        continue;
                if (cost > PATH_MAX_NAME_CHECKS - s->n_name_checks) {
                        s->exhausted = true;
                        return c;
                }
                s->n_name_checks += cost;
                if (!cert_may_issue_for(ca, c))
                        return c;
        }
        return NULL;
}

static int served_position(const struct path_search *s, const struct cert *c)
{
        for (size_t i = 0; i < s->served->n; i++)
                if (cert_same(s->served->certs[i], c))
                        return s->served->sent_at[i];
        return -1;
}

bool path_has(const struct path *p, const struct cert *c)
{
        for (size_t i = 0; i < p->n; i++)
                if (cert_same(p->steps[i].cert, c))
                        return true;
        return false;
}

static bool better(const struct path *a, const struct path *b)
{
        if (a->anchored != b->anchored)
                return a->anchored;
        if (a->complete != b->complete)
                return a->complete;
        if (a->anchored || a->cost != b->cost)
                return a->cost < b->cost;
        return a->n > b->n; /* as far up as it goes */
}

/* Asked only where some CA limits policies at all: few do, and then all the path is looked at. */
static bool policies_fail(const struct path *p)
{
        struct cert *certs[PATH_MAX_LENGTH];
        bool limited = false;

        for (size_t i = 0; i < p->n; i++) {
                certs[i] = p->steps[i].cert;
                limited |= certs[i]->constrains_policies;
        }
        return limited && p->complete && !cert_policies_allow(certs, p->n);
}

/* @change_s is an instant at which something of a path becomes another. */
static void narrow(struct path_search *s, int64_t change_s)
{
        if (change_s <= s->now_s && change_s > s->same_from_s)
                s->same_from_s = change_s;
        if (change_s > s->now_s && change_s < s->same_until_s)
                s->same_until_s = change_s;
}

/* A path that goes no further, or that ends in an anchor. */
static void offer(struct path_search *s, const struct path *p)
{
        struct path judged = *p;

        judged.cost = 0;
        judged.policies_fail = policies_fail(p);
        for (size_t i = 0; i < p->n; i++) {
                judged.cost += cost_of(path_faults(&judged, i, s->now_s));
                narrow(s, p->steps[i].cert->not_before_s);
                narrow(s, p->steps[i].cert->not_after_s + 1);
        }
        if (s->best.n == 0 || better(&judged, &s->best))
                s->best = judged;
}

static bool found_good(const struct path_search *s)
{
        return s->best.anchored && s->best.cost == 0;
}

static void extend(struct path_search *s, struct path *p, bool with_pools);

bool path_source_is_pool(enum path_source source)
{
        return source != PATH_SERVED && source != PATH_ANCHOR;
}

/* Puts @issuer on the path, goes on from there, and takes it off again. False: he is not one. */
static bool try_issuer(struct path_search *s, struct path *p, struct cert *issuer,
                       enum path_source source, bool with_pools)
{
        const struct cert *child = p->steps[p->n - 1].cert;

        if (found_good(s) || p->n == PATH_MAX_LENGTH || path_has(p, issuer) ||
            !path_search_edge(s, child, issuer))
                return false;
        p->steps[p->n] = (struct path_step){
                .cert = issuer, .source = source, .position = served_position(s, issuer),
                .forbids = forbidden_by(s, p, issuer),
        };
        p->n++;
        p->n_added += path_source_is_pool(source);
        if (source == PATH_ANCHOR) {
                p->anchored = p->complete = true;
                offer(s, p);
                p->anchored = p->complete = false;
        } else {
                extend(s, p, with_pools);
        }
        p->n_added -= path_source_is_pool(source);
        p->n--;
        return true;
}

static void extend(struct path_search *s, struct path *p, bool with_pools)
{
        const struct {
                const struct trust *pool;
                enum path_source source;
        } pools[] = {
                { s->pools.configured, PATH_CONFIGURED },
                { s->pools.learned, PATH_LEARNED },
                { s->pools.fetched, PATH_FETCHED },
        };
        struct cert *top = p->steps[p->n - 1].cert, *issuer;
        size_t pos = 0;
        bool over = ++s->visits > PATH_MAX_VISITS, end = true;

        s->exhausted |= over;
        if (over || top->self_signed) { /* nothing is above it */
                p->complete = top->self_signed;
                offer(s, p);
                p->complete = false;
                return;
        }
        while ((issuer = trust_next_issuer(s->anchors, top, &pos)))
                end &= !try_issuer(s, p, issuer, PATH_ANCHOR, with_pools);
        for (size_t i = 0; i < s->served->n; i++)
                end &= !try_issuer(s, p, s->served->certs[i], PATH_SERVED, with_pools);
        for (size_t i = 0; with_pools && i < ARRAY_LEN(pools); i++) {
                pos = 0;
                while ((issuer = trust_next_issuer(pools[i].pool, top, &pos)))
                        end &= !try_issuer(s, p, issuer, pools[i].source, with_pools);
        }
        if (end)
                offer(s, p);
}

static void search(struct path_search *s, bool with_pools)
{
        struct cert *leaf = s->served->certs[s->leaf];
        struct path p = {
                .steps = { { .cert = leaf, .source = PATH_SERVED,
                             .position = s->served->sent_at[s->leaf] } },
                .n = 1,
        };

        s->visits = 0;
        if (trust_contains(s->anchors, leaf)) {
                p.steps[0].source = PATH_ANCHOR;
                p.anchored = p.complete = true;
                offer(s, &p);
                return;
        }
        extend(s, &p, with_pools);
}

/* Is a date of somebody above the leaf to blame, or will it be? */
static bool ends_before_the_leaf(const struct path *p, int64_t now_s)
{
        unsigned dates = FAULT_EXPIRED | FAULT_NOT_YET_VALID | FAULT_BAD_DATES | FAULT_OUTLIVED;

        for (size_t i = 1; i < p->n; i++)
                if (path_faults(p, i, now_s) & dates)
                        return true;
        return false;
}

/* Looks for a better path with the pools, and leaves .best alone. */
static void search_mend(struct path_search *s)
{
        const struct path best = s->best;

        search(s, true);
        if (better(&s->best, &best))
                s->mend = s->best;
        s->best = best;
}

void path_search_run(struct path_search *s)
{
        assert(s->leaf < s->served->n);
        s->same_from_s = INT64_MIN;
        s->same_until_s = INT64_MAX;
        search(s, false);
        if (trust_count(s->pools.configured) + trust_count(s->pools.learned) +
                    trust_count(s->pools.fetched) == 0)
                return;
        if (!s->best.anchored)
                search(s, true);
        else if (ends_before_the_leaf(&s->best, s->now_s))
                search_mend(s);
}
