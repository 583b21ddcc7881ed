/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every case is a row: how its leaf differs from a good one, and what the server sends with it. The
 * row says what the validator must find, and a test holds it to that.
 */
#include "daemon/demo/cases.h"

#include "common/base/mem.h"

#include <string.h>

#define DAY 86400
#define LIFETIME (90 * DAY)

enum issuer { BY_INTERMEDIATE, BY_EXPIRED, BY_PRIVATE, BY_HIDDEN, BY_ITSELF };

/* What is sent, and in which order. */
enum shape {
        LEAF_INTERMEDIATE,
        LEAF_ONLY,
        LEAF_ROOT_INTERMEDIATE, /* wrong order */
        LEAF_INTERMEDIATE_STRANGER,
        LEAF_INTERMEDIATE_TWICE,
};

const struct demo_case DEMO[DEMO_CASES] = {
        { "good", "all is well", NULL, DEMO_TLS, DEMO_NO_FINDING },
        { "wildcard", "a wildcard that fits", "shop.wildcard.demo.test", DEMO_TLS,
          DEMO_NO_FINDING },
        { "address", "an IP address in the SAN", "127.0.0.1", DEMO_TLS, DEMO_NO_FINDING },
        { "rsa", "an RSA key", NULL, DEMO_TLS, DEMO_NO_FINDING },
        { "expired", "expired three days ago", NULL, DEMO_TLS, FINDING_LEAF_EXPIRED },
        { "expiring", "twelve days left", NULL, DEMO_TLS, FINDING_LEAF_EXPIRING_SOON },
        { "urgent", "two days left", NULL, DEMO_TLS, FINDING_LEAF_EXPIRING_SOON },
        { "future", "valid from tomorrow on", NULL, DEMO_TLS, FINDING_LEAF_NOT_YET_VALID },
        { "wrong-host", "for another name", NULL, DEMO_TLS, FINDING_HOSTNAME_MISMATCH },
        { "near-miss", "only for www.", NULL, DEMO_TLS, FINDING_HOSTNAME_MISMATCH },
        { "deep", "a wildcard one level too high", "a.b.deep.demo.test", DEMO_TLS,
          FINDING_HOSTNAME_MISMATCH },
        { "common-name", "name only in the CN", NULL, DEMO_TLS, FINDING_HOSTNAME_CN_ONLY },
        { "self-signed", "signed by itself", NULL, DEMO_TLS, FINDING_SELF_SIGNED_LEAF },
        { "private-ca", "a CA that clients do not know", NULL, DEMO_TLS, FINDING_UNTRUSTED_ROOT },
        { "unknown-ca", "an issuer nobody has seen", NULL, DEMO_TLS, FINDING_UNKNOWN_CA },
        { "incomplete", "intermediate not sent", NULL, DEMO_TLS, FINDING_MISSING_INTERMEDIATE },
        { "order", "certificates in the wrong order", NULL, DEMO_TLS, FINDING_CHAIN_ORDER_WRONG },
        { "stranger", "a certificate of another chain", NULL, DEMO_TLS,
          FINDING_SUPERFLUOUS_CERTIFICATE },
        { "twice", "intermediate sent twice", NULL, DEMO_TLS, FINDING_DUPLICATE_CERTIFICATE },
        { "old-chain", "an expired intermediate", NULL, DEMO_TLS, FINDING_INTERMEDIATE_EXPIRED },
        { "weak-key", "RSA with 1024 bits", NULL, DEMO_TLS, FINDING_WEAK_KEY },
        { "weak-hash", "signed with SHA-1", NULL, DEMO_TLS, FINDING_WEAK_SIGNATURE },
        { "refused", "nobody listens", NULL, DEMO_REFUSED, FINDING_CONNECT_REFUSED },
        { "silent", "accepts, and says nothing", NULL, DEMO_SILENT, FINDING_HANDSHAKE_TIMEOUT },
};

/* How the leaf of a case differs from a good one; cases without a row have nothing special. */
static const struct special {
        const char *name;
        const char *san;          /* instead of the host; "" = none */
        int64_t left_days;        /* until it ends; 0 = 60 */
        enum issuer issuer;
        enum shape shape;
        enum mint_key key;
        const char *digest;
} SPECIALS[] = {
        { .name = "wildcard", .san = "*.wildcard.demo.test" },
        { .name = "rsa", .key = MINT_RSA_2048 },
        { .name = "expired", .left_days = -3 },
        { .name = "expiring", .left_days = 12 },
        { .name = "urgent", .left_days = 2 },
        { .name = "future", .left_days = 91 },
        { .name = "wrong-host", .san = "intranet.demo.test" },
        { .name = "near-miss", .san = "www.near-miss.demo.test" },
        { .name = "deep", .san = "*.deep.demo.test" },
        { .name = "common-name", .san = "" },
        { .name = "self-signed", .issuer = BY_ITSELF, .shape = LEAF_ONLY },
        { .name = "private-ca", .issuer = BY_PRIVATE, .shape = LEAF_INTERMEDIATE },
        { .name = "unknown-ca", .issuer = BY_HIDDEN, .shape = LEAF_ONLY },
        { .name = "incomplete", .shape = LEAF_ONLY },
        { .name = "order", .shape = LEAF_ROOT_INTERMEDIATE },
        { .name = "stranger", .shape = LEAF_INTERMEDIATE_STRANGER },
        { .name = "twice", .shape = LEAF_INTERMEDIATE_TWICE },
        { .name = "old-chain", .issuer = BY_EXPIRED },
        { .name = "weak-key", .key = MINT_RSA_1024 },
        { .name = "weak-hash", .digest = "SHA1" },
};

struct demo_pki {
        struct minted *root, *intermediate, *expired, *private_root, *hidden;
        struct minted *leaves[DEMO_CASES];
        struct demo_chain chains[DEMO_CASES];
};

static const struct special *special_of(const struct demo_case *c)
{
        static const struct special ORDINARY = { .name = "" };

        for (size_t i = 0; i < ARRAY_LEN(SPECIALS); i++)
                if (strcmp(SPECIALS[i].name, c->name) == 0)
                        return &SPECIALS[i];
        return &ORDINARY;
}

char *demo_host(const struct demo_case *c)
{
        return c->host ? mem_strdup(c->host) : mem_printf("%s.demo.test", c->name);
}

static struct minted *make_ca(const char *cn, const struct minted *issuer, int64_t from_s,
                              int64_t until_s)
{
        return mint(&(struct mint_spec){
                .cn = cn, .ca = true, .not_before_s = from_s, .not_after_s = until_s,
        }, issuer);
}

static const struct minted *issuer_of(const struct demo_pki *p, enum issuer issuer)
{
        switch (issuer) {
        case BY_INTERMEDIATE: return p->intermediate;
        case BY_EXPIRED:      return p->expired;
        case BY_PRIVATE:      return p->private_root;
        case BY_HIDDEN:       return p->hidden;
        case BY_ITSELF:       break;
        }
        return NULL;
}

static struct minted *make_leaf(const struct demo_pki *p, const struct demo_case *c,
                                const struct special *s, int64_t now_s)
{
        AUTO_FREE char *host = demo_host(c);
        const char *names[] = { s->san ? s->san : host, NULL };
        int64_t until_s = now_s + (s->left_days ? s->left_days : 60) * DAY;

        return mint(&(struct mint_spec){
                .cn = host,
                .names = *names[0] ? names : NULL,
                .not_before_s = until_s - LIFETIME,
                .not_after_s = until_s,
                .key = s->key,
                .digest = s->digest,
        }, issuer_of(p, s->issuer));
}

static void put(struct demo_chain *chain, const struct minted *cert)
{
        chain->certs[chain->n++] = cert;
}

/* What the server sends, in the order it sends it. */
static void make_chain(const struct demo_pki *p, struct demo_chain *chain,
                       const struct minted *leaf, const struct special *s)
{
        const struct minted *issuer = issuer_of(p, s->issuer);

        *chain = (struct demo_chain){ .key = leaf };
        put(chain, leaf);
        if (s->shape == LEAF_ROOT_INTERMEDIATE)
                put(chain, p->root);
        if (s->shape != LEAF_ONLY)
                put(chain, issuer);
        if (s->shape == LEAF_INTERMEDIATE_TWICE)
                put(chain, issuer);
        if (s->shape == LEAF_INTERMEDIATE_STRANGER)
                put(chain, p->hidden);
}

static void make_case(struct demo_pki *p, size_t i, const struct special *s, int64_t now_s)
{
        minted_free(p->leaves[i]);
        p->leaves[i] = make_leaf(p, &DEMO[i], s, now_s);
        make_chain(p, &p->chains[i], p->leaves[i], s);
}

struct demo_pki *demo_pki_new(int64_t now_s)
{
        struct demo_pki *p = mem_new0(1, sizeof(*p));
        int64_t past = now_s - 1000 * DAY, future = now_s + 3000 * DAY;

        p->root = make_ca("Demo Root", NULL, past, future);
        p->intermediate = make_ca("Demo Intermediate", p->root, past, now_s + 900 * DAY);
        p->expired = make_ca("Demo Old Intermediate", p->root, past, now_s - 10 * DAY);
        p->private_root = make_ca("Demo Private CA", NULL, past, future);
        p->hidden = make_ca("Demo Hidden CA", p->private_root, past, future);
        for (size_t i = 0; i < DEMO_CASES; i++)
                make_case(p, i, special_of(&DEMO[i]), now_s);
        return p;
}

void demo_pki_mend(struct demo_pki *p, size_t i, int64_t now_s)
{
        make_case(p, i, &(struct special){ .name = "" }, now_s);
}

void demo_pki_free(struct demo_pki *p)
{
        if (!p)
                return;
        for (size_t i = 0; i < DEMO_CASES; i++)
                minted_free(p->leaves[i]);
        minted_free(p->root);
        minted_free(p->intermediate);
        minted_free(p->expired);
        minted_free(p->private_root);
        minted_free(p->hidden);
        free(p);
}

const struct demo_chain *demo_pki_chain(const struct demo_pki *p, size_t i)
{
        return &p->chains[i];
}

const char *demo_pki_root(const struct demo_pki *p)
{
        return p->root->pem;
}

const char *demo_pki_intermediate(const struct demo_pki *p)
{
        return p->intermediate->pem;
}
