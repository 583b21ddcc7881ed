/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PKCS#12 is taken apart step by step, not by PKCS12_parse(): every derivation of a key has to be
 * paid for first, and the order of the bags is worth keeping. The contract is in container.h.
 */
#include "common/cert/container.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/cert/key.h"
#include "common/cert/pbe.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <string.h>

#define BAGS_MAX_DEPTH 4 /* bags in bags: RFC 7292 allows them, nobody makes them */

/* What is needed while one is taken apart. */
struct opening {
        struct container *c;
        size_t max_certs;
        const char *passphrase; /* that opens it; NULL is one, too */
        struct pbe_budget budget;
        OSSL_LIB_CTX *legacy; /* made when the first algorithm needs it */
        OSSL_PROVIDER *providers[2];
        STACK_OF(PKCS12_SAFEBAG) **safes; /* in the clear */
        size_t n_safes;
        const ASN1_TYPE *key_id; /* localKeyID of the first key */
        size_t leaf;             /* index of the certificate that has the same one */
};

/*
 * A context of its own: what is legacy must not become available to TLS. NULL where the provider is
 * not installed.
 */
static OSSL_LIB_CTX *legacy_context(struct opening *o)
{
        if (!o->legacy) {
                o->legacy = OSSL_LIB_CTX_new();
                o->providers[0] = OSSL_PROVIDER_load(o->legacy, "default");
                o->providers[1] = OSSL_PROVIDER_load(o->legacy, "legacy");
        }
        return o->providers[1] ? o->legacy : NULL;
}

static int passphrase_len(const struct opening *o)
{
        return o->passphrase ? (int)strlen(o->passphrase) : 0;
}

/* The safe's bags in the clear, or NULL. */
static STACK_OF(PKCS12_SAFEBAG) *decrypt_safe(struct opening *o, PKCS7 *safe,
                                              enum container_problem *ret_problem)
{
        const PKCS7_ENC_CONTENT *content = safe->d.encrypted ? safe->d.encrypted->enc_data : NULL;
        OSSL_LIB_CTX *ctx = NULL;

        *ret_problem = CONTAINER_DAMAGED;
        if (!content || !content->algorithm || !content->enc_data)
                return NULL;
        *ret_problem = CONTAINER_LEGACY;
        if (pbe_is_legacy(content->algorithm) && !(ctx = legacy_context(o)))
                return NULL;
        *ret_problem = CONTAINER_TOO_COSTLY;
        if (!pbe_pay_for(&o->budget, content->algorithm))
                return NULL;
        *ret_problem = CONTAINER_WRONG_PASSPHRASE;
        return PKCS12_item_decrypt_d2i_ex(content->algorithm, ASN1_ITEM_rptr(PKCS12_SAFEBAGS),
                                          o->passphrase, passphrase_len(o), content->enc_data, 1,
                                          ctx, NULL);
}

static enum container_problem open_safe(struct opening *o, PKCS7 *safe)
{
        enum container_problem problem = CONTAINER_DAMAGED;
        STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

        if (PKCS7_type_is_data(safe))
                bags = safe->d.data ? PKCS12_unpack_p7data(safe) : NULL;
        else if (PKCS7_type_is_encrypted(safe))
                bags = decrypt_safe(o, safe, &problem);
        else
                return CONTAINER_READ; /* encrypted for a key: nobody can open it here */
        if (!bags)
                return problem;
        o->safes = mem_resize(o->safes, o->n_safes + 1, sizeof(bags));
        o->safes[o->n_safes++] = bags;
        return CONTAINER_READ;
}

static enum container_problem take_key(struct opening *o, const PKCS12_SAFEBAG *bag)
{
        struct container *c = o->c;
        bool is_clear = PKCS12_SAFEBAG_get_nid(bag) == NID_keyBag;
        const PKCS8_PRIV_KEY_INFO *p8 = is_clear ? PKCS12_SAFEBAG_get0_p8inf(bag) : NULL;
        const X509_SIG *sig = is_clear ? NULL : PKCS12_SAFEBAG_get0_pkcs8(bag);
        enum key_outcome outcome = KEY_UNREADABLE;
        const X509_ALGOR *alg;
        OSSL_LIB_CTX *ctx = NULL;

        if (!o->key_id)
                o->key_id = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);
        if (c->n_keys == CONTAINER_MAX_KEYS)
                return CONTAINER_READ;
        if (p8) {
                outcome = key_from_p8(&c->keys[c->n_keys], p8);
        } else if (sig) {
                X509_SIG_get0(sig, &alg, NULL);
                if (pbe_is_legacy(alg) && !(ctx = legacy_context(o)))
                        return CONTAINER_READ; /* the certificates may be readable */
                outcome = key_from_sig(&c->keys[c->n_keys], sig, o->passphrase, &o->budget, ctx);
        }
        c->n_keys += outcome == KEY_READ;
        return outcome == KEY_TOO_COSTLY ? CONTAINER_TOO_COSTLY : CONTAINER_READ;
}

static bool has_id(const PKCS12_SAFEBAG *bag, const ASN1_TYPE *id)
{
        const ASN1_TYPE *own = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);

        return id && own && ASN1_TYPE_cmp(id, own) == 0;
}

static enum container_problem take_cert(struct opening *o, const PKCS12_SAFEBAG *bag)
{
        X509 *x509 = PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate
                             ? PKCS12_SAFEBAG_get1_cert(bag)
                             : NULL;

        if (!x509)
                return CONTAINER_READ;
        if (o->leaf == SIZE_MAX && has_id(bag, o->key_id))
                o->leaf = o->c->n_certs;
        container_take(o->c, x509, o->max_certs);
        return CONTAINER_READ;
}

typedef enum container_problem take_fn(struct opening *o, const PKCS12_SAFEBAG *bag);

/* Gives every bag of a kind to @take, those in bags as well. */
static enum container_problem each_bag(struct opening *o, const STACK_OF(PKCS12_SAFEBAG) *bags,
                                       bool keys, take_fn *take_bag, int depth)
{
        enum container_problem problem = CONTAINER_READ;

        for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags) && problem == CONTAINER_READ; i++) {
                const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
                int nid = PKCS12_SAFEBAG_get_nid(bag);

                if (nid == NID_safeContentsBag && depth < BAGS_MAX_DEPTH)
                        problem = each_bag(o, PKCS12_SAFEBAG_get0_safes(bag), keys, take_bag,
                                           depth + 1);
                else if (keys ? nid == NID_keyBag || nid == NID_pkcs8ShroudedKeyBag
                              : nid == NID_certBag)
                        problem = take_bag(o, bag);
        }
        return problem;
}

/* The leaf first: the one whose key is here, else the one that says so. */
static void put_leaf_first(struct opening *o)
{
        struct container *c = o->c;

        for (size_t i = 0; c->n_keys > 0 && i < c->n_certs; i++)
                if (X509_check_private_key(c->certs[i], c->keys[0]) == 1) {
                        o->leaf = i;
                        break;
                }
        if (o->leaf >= c->n_certs)
                return;
        X509 *leaf = c->certs[o->leaf];

        memmove(c->certs + 1, c->certs, o->leaf * sizeof(*c->certs));
        c->certs[0] = leaf;
}

/* Finds out which passphrase it is; a file without a MAC shows it by what it decrypts to. */
static enum container_problem choose_passphrase(struct opening *o, PKCS12 *p12,
                                                const char *passphrase)
{
        const char *const tries[] = { passphrase, "" };
        const ASN1_INTEGER *iterations = NULL;

        o->passphrase = passphrase ? passphrase : "";
        if (!PKCS12_mac_present(p12))
                return CONTAINER_READ;
        PKCS12_get0_mac(NULL, NULL, NULL, &iterations, p12);
        for (size_t i = 0; i < (passphrase ? 1 : 2); i++) {
                o->passphrase = tries[i];
                if (!pbe_pay(&o->budget, iterations ? pbe_number(iterations) : 1))
                        return CONTAINER_TOO_COSTLY;
                if (PKCS12_verify_mac(p12, tries[i], passphrase_len(o)))
                        return CONTAINER_READ;
        }
        return CONTAINER_WRONG_PASSPHRASE;
}

static enum container_problem take_apart(struct opening *o, PKCS12 *p12, const char *passphrase)
{
        enum container_problem problem = choose_passphrase(o, p12, passphrase);
        STACK_OF(PKCS7) *safes = problem == CONTAINER_READ ? PKCS12_unpack_authsafes(p12) : NULL;

        if (problem == CONTAINER_READ && !safes)
                problem = CONTAINER_DAMAGED;
        for (int i = 0; i < sk_PKCS7_num(safes) && problem == CONTAINER_READ; i++)
                problem = open_safe(o, sk_PKCS7_value(safes, i));
        sk_PKCS7_pop_free(safes, PKCS7_free);
        for (size_t i = 0; i < o->n_safes && problem == CONTAINER_READ; i++)
                problem = each_bag(o, o->safes[i], true, take_key, 0);
        for (size_t i = 0; i < o->n_safes; i++)
                each_bag(o, o->safes[i], false, take_cert, 0);
        put_leaf_first(o);
        return problem == CONTAINER_WRONG_PASSPHRASE && !passphrase ? CONTAINER_LOCKED : problem;
}

static void opening_done(struct opening *o)
{
        for (size_t i = 0; i < o->n_safes; i++)
                sk_PKCS12_SAFEBAG_pop_free(o->safes[i], PKCS12_SAFEBAG_free);
        free(o->safes);
        for (size_t i = 0; i < ARRAY_LEN(o->providers); i++)
                if (o->providers[i])
                        OSSL_PROVIDER_unload(o->providers[i]);
        OSSL_LIB_CTX_free(o->legacy);
}

enum container_problem container_open_pkcs12(struct container *ret, const uint8_t *der, size_t n,
                                             size_t max_certs, const char *passphrase)
{
        struct opening o = {
                .c = ret, .max_certs = max_certs, .budget = { PBE_MAX_ITERATIONS },
                .leaf = SIZE_MAX,
        };
        const unsigned char *p = der;

        *ret = (struct container){ 0 };
        if (n > CONTAINER_MAX_BYTES)
                return CONTAINER_TOO_LARGE;
        PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)n);
        enum container_problem problem =
                p12 ? take_apart(&o, p12, passphrase) : CONTAINER_DAMAGED;

        PKCS12_free(p12);
        opening_done(&o);
        ERR_clear_error();
        return problem;
}
