/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each URL is asked for the highest certificate that has one left, so the climb goes up first and
 * comes back to other URLs only when that did not lead to an anchor.
 */
#include "daemon/aia/climb.h"

#include "common/cert/chain_file.h"
#include "common/cert/container.h"

/* Does @issuer's name fit, and its key verify @child? Bounded in all. */
static bool is_issuer(struct climb *c, const struct cert *child, const struct cert *issuer)
{
        if (!cert_names_issuer(child, issuer) || c->n_checks == AIA_MAX_CHECKS)
                return false;
        c->n_checks++;
        return cert_verify_signature(child, issuer);
}

static bool is_anchored(struct climb *c, const struct cert *cert)
{
        struct cert *anchor;
        size_t pos = 0;

        if (trust_contains(c->anchors, cert))
                return true;
        while ((anchor = trust_next_issuer(c->anchors, cert, &pos)))
                if (is_issuer(c, cert, anchor))
                        return true;
        return false;
}

static void add_link(struct climb *c, struct cert *cert, const char *url, int depth)
{
        c->links[c->n++] = (struct climb_link){
                .cert = cert_ref(cert), .url = url, .depth = depth,
        };
        c->anchored = c->anchored || is_anchored(c, cert);
}

static bool has_link(const struct climb *c, const struct cert *cert)
{
        for (size_t i = 0; i < c->n; i++)
                if (cert_same(c->links[i].cert, cert))
                        return true;
        return false;
}

static bool may_go_up(const struct climb_link *l)
{
        return !l->cert->self_signed && l->depth < AIA_MAX_DEPTH;
}

static void take_issuers_of(struct climb *c, size_t child, const char *url,
                            const struct chain *answer)
{
        const struct climb_link *l = &c->links[child];

        for (size_t i = 0; i < answer->n && c->n < CLIMB_MAX_LINKS && may_go_up(l); i++)
                if (!has_link(c, answer->certs[i]) && is_issuer(c, l->cert, answer->certs[i]))
                        add_link(c, answer->certs[i], url, l->depth + 1);
}

const struct cert *climb_take(struct climb *c, size_t child, const struct chain *answer)
{
        const struct climb_link *l = &c->links[child];
        const char *url = l->n_asked ? l->cert->ca_issuers[l->n_asked - 1] : NULL;
        size_t first = c->n;

        take_issuers_of(c, child, url, answer);
        for (size_t i = first; i < c->n && !c->anchored; i++)
                take_issuers_of(c, i, url, answer);
        return c->n > first ? c->links[first].cert : NULL;
}

const char *climb_next_url(struct climb *c, size_t *ret_link)
{
        for (size_t i = c->n; i-- > 0 && !c->anchored && c->n < CLIMB_MAX_LINKS;) {
                struct climb_link *l = &c->links[i];

                if (may_go_up(l) && l->n_asked < l->cert->n_ca_issuers &&
                    l->n_asked < AIA_MAX_URLS) {
                        *ret_link = i;
                        return l->cert->ca_issuers[l->n_asked++];
                }
        }
        return NULL;
}

/* No CA publishes PKCS#12, and such a file says itself how much work it is to open. */
struct chain *climb_parse(const char *url, const void *bytes, size_t n)
{
        if (container_kind(bytes, n) == CONTAINER_PKCS12)
                n = 0;
        return chain_parse(url, bytes, n, &(struct chain_options){ .max_certs = AIA_MAX_CERTS });
}

struct trust *climb_found(const struct climb *c)
{
        struct cert *found[CLIMB_MAX_LINKS];
        const char *urls[CLIMB_MAX_LINKS];

        for (size_t i = 1; i < c->n; i++) {
                found[i - 1] = c->links[i].cert;
                urls[i - 1] = c->links[i].url;
        }
        return c->n > 1 ? trust_new_fetched(found, urls, c->n - 1) : NULL;
}

void climb_begin(struct climb *c, struct cert *orphan, struct trust *anchors)
{
        *c = (struct climb){ .anchors = trust_ref(anchors) };
        add_link(c, orphan, NULL, 0);
}

void climb_done(struct climb *c)
{
        for (size_t i = 0; i < c->n; i++)
                cert_unref(c->links[i].cert);
        trust_unref(c->anchors);
        *c = (struct climb){ 0 };
}
