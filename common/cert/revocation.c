/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL knows the rules of CRLs (scopes, reasons, deltas, indirect lists, signers of their own)
 * but only applies them while it verifies a certificate. So it is led along our path, told to mind
 * nothing else on the way, and what it says of each CRL is noted.
 *
 * Two things it does not do: when several lists fit it takes one without asking who signed it, so
 * lists that nobody here has signed are taken away first; and it goes on after an error that we let
 * pass, so that an entry in a list that is not authentic must be overheard.
 */
#include "common/cert/revocation.h"

#include "common/base/mem.h"
#include "common/cert/asn1_time.h"
#include "common/cert/staple.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#define MAX_SIGNATURES 64 /* of CRLs, in one look at a path: hostile servers send many namesakes */

/* One look at a path. OpenSSL's callbacks find it at the store. */
struct look {
        const struct path *path;
        const struct crls *crls;
        struct revocation *ret;
        STACK_OF(X509) *certs;    /* the path below its top, and who else may sign CRLs */
        STACK_OF(X509_CRL) *list; /* of the set, those that somebody here has signed */
        X509_STORE_CTX_check_crl_fn check_crl; /* OpenSSL's own */
        X509_STORE_CTX_cert_crl_fn cert_crl;
        X509_CRL *at_hand;    /* the list that OpenSSL looks at */
        bool is_doubtful[PATH_MAX_LENGTH]; /* a list for this step is not authentic */
        size_t n_signatures;
};

#define LOOK_INDEX 0 /* of the store's application data, which OpenSSL reserves */

static struct look *look_of(const X509_STORE_CTX *ctx)
{
        return X509_STORE_get_ex_data(X509_STORE_CTX_get0_store(ctx), LOOK_INDEX);
}

/* OpenSSL verifies the path of a CRL's signer in a context of its own, below the path's. */
static bool is_of_signer(const X509_STORE_CTX *ctx)
{
        return X509_STORE_CTX_get0_parent_ctx(ctx) != NULL;
}

/* --- what is known afterwards ----------------------------------------------------------------- */

/* What OpenSSL may have against a list, in words that follow "the list". */
static const struct fault {
        int error;
        bool is_doubtful; /* then it is not authentic, or not about this certificate */
        const char *why;
} FAULTS[] = {
        { X509_V_ERR_CRL_NOT_YET_VALID, false, "is not valid yet" },
        { X509_V_ERR_CRL_HAS_EXPIRED, false, "has expired" },
        { X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, false, "has a date that cannot be read" },
        { X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, false, "has a date that cannot be read" },
        { X509_V_ERR_CRL_SIGNATURE_FAILURE, true, "has a signature that does not verify" },
        { X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, true, "is signed by somebody unknown here" },
        { X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, true,
          "is signed with a key that cannot be read" },
        { X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, true,
          "is signed by a certificate whose key usage does not include CRLs" },
        { X509_V_ERR_CRL_PATH_VALIDATION_ERROR, true,
          "is signed by a certificate that is not valid for that" },
        { X509_V_ERR_DIFFERENT_CRL_SCOPE, true, "is not about this certificate" },
        { X509_V_ERR_INVALID_EXTENSION, true, "has extensions that contradict each other" },
        { X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, true,
          "has a critical extension that nobody knows" },
};

static const struct crl *member_of(const struct look *look, const X509_CRL *x509_crl)
{
        for (size_t i = 0; i < crls_count(look->crls); i++)
                if (crls_get(look->crls, i)->x509_crl == x509_crl)
                        return crls_get(look->crls, i);
        return NULL;
}

/* The first fault of a certificate's lists is the one that is told. */
static void note_fault(struct look *look, size_t depth, const struct crl *crl, const char *why)
{
        struct revocation *r = &look->ret[depth];

        if (depth + 1 >= look->path->n || r->status == REVOCATION_REVOKED || r->why)
                return;
        *r = (struct revocation){ .status = REVOCATION_UNKNOWN, .crl = crl, .why = why };
}

static void note_revoked(struct look *look, size_t depth)
{
        struct revocation *r = &look->ret[depth];
        X509_REVOKED *entry = NULL;

        if (depth + 1 >= look->path->n || look->is_doubtful[depth])
                return;
        *r = (struct revocation){
                .status = REVOCATION_REVOKED, .crl = member_of(look, look->at_hand),
        };
        if (X509_CRL_get0_by_cert(look->at_hand, &entry, look->path->steps[depth].cert->x509) <= 0)
                return;
        ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);

        asn1_time_seconds(X509_REVOKED_get0_revocationDate(entry), &r->revoked_at_s);
        if (reason)
                r->reason = revocation_reason_str(ASN1_ENUMERATED_get(reason));
        ASN1_ENUMERATED_free(reason);
}

static bool is_by(const struct crl *crl, const X509_NAME *issuer)
{
        return X509_NAME_cmp(X509_CRL_get_issuer(crl->x509_crl), issuer) == 0;
}

/* OpenSSL has found no list that fits: what is nearest to one, and why it does not. */
static void note_no_list(struct look *look, size_t depth)
{
        if (depth >= look->path->n)
                return;
        const X509_NAME *issuer = X509_get_issuer_name(look->path->steps[depth].cert->x509);
        const struct crl *near = NULL;
        const char *why = "there is no list of its issuer";

        for (size_t i = 0; i < crls_count(look->crls); i++) {
                const struct crl *crl = crls_get(look->crls, i);

                if (!is_by(crl, issuer))
                        continue;
                near = crl;
                if (sk_X509_CRL_find(look->list, crl->x509_crl) < 0)
                        why = "has a signature that does not verify";
                else
                        why = crl->is_delta ? "is only a delta, without the list that it changes"
                                            : "does not cover this certificate";
        }
        note_fault(look, depth, near, why);
}

/* --- OpenSSL's callbacks ---------------------------------------------------------------------- */

/* On the path the issuer is the next one; anywhere else OpenSSL's own opinion counts. */
static int on_check_issued(X509_STORE_CTX *ctx, X509 *child, X509 *issuer)
{
        const struct path *p = look_of(ctx)->path;

        for (size_t i = 0; i + 1 < p->n; i++)
                if (p->steps[i].cert->x509 == child)
                        return p->steps[i + 1].cert->x509 == issuer;
        return X509_check_issued(issuer, child) == X509_V_OK;
}

static void note(struct look *look, size_t depth, int error)
{
        if (error == X509_V_ERR_UNABLE_TO_GET_CRL)
                note_no_list(look, depth);
        if (!look->at_hand)
                return; /* OpenSSL has not come to the lists yet */
        if (error == X509_V_ERR_CERT_REVOKED)
                note_revoked(look, depth);
        for (size_t i = 0; i < ARRAY_LEN(FAULTS); i++)
                if (FAULTS[i].error == error) {
                        look->is_doubtful[depth] |= FAULTS[i].is_doubtful;
                        note_fault(look, depth, member_of(look, look->at_hand), FAULTS[i].why);
                }
}

/*
 * Nothing about our path's certificates matters here, the rules of the path have judged them. A
 * CRL's signer must be without fault; only his own CRL may be one that nobody has given us.
 */
static int on_verify(int ok, X509_STORE_CTX *ctx)
{
        int error = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);
        struct look *look = look_of(ctx);

        if (ok)
                return 1;
        if (is_of_signer(ctx))
                return error == X509_V_ERR_UNABLE_TO_GET_CRL;
        if (depth >= 0 && (size_t)depth < look->path->n)
                note(look, (size_t)depth, error);
        return 1;
}

/* OpenSSL asks whether a list may be believed; RFC 5280 section 5.2.3 wants a number in each. */
static int on_check_crl(X509_STORE_CTX *ctx, X509_CRL *crl)
{
        struct look *look = look_of(ctx);
        int depth = X509_STORE_CTX_get_error_depth(ctx);

        if (is_of_signer(ctx))
                return look->check_crl(ctx, crl);
        look->at_hand = crl;
        int r = look->check_crl(ctx, crl);
        const struct crl *member = member_of(look, crl);

        if (r && member && member->lacks_number && depth >= 0)
                note_fault(look, (size_t)depth, member, "has no CRL number");
        return r;
}

/* OpenSSL asks whether a list names @cert. */
static int on_cert_crl(X509_STORE_CTX *ctx, X509_CRL *crl, X509 *cert)
{
        struct look *look = look_of(ctx);

        if (!is_of_signer(ctx))
                look->at_hand = crl;
        return look->cert_crl(ctx, crl, cert);
}

/* --- one look --------------------------------------------------------------------------------- */

static void push_cert(STACK_OF(X509) *certs, const struct cert *c)
{
        if (!sk_X509_push(certs, c->x509))
                mem_exhausted();
}

/* The path, and served certificates that are not on it: one may hold the key that signs CRLs. */
static void collect_certs(struct look *look, const struct chain *served)
{
        for (size_t i = 0; i < look->path->n; i++)
                push_cert(look->certs, look->path->steps[i].cert);
        for (size_t i = 0; i < served->n; i++)
                if (!path_has(look->path, served->certs[i]))
                        push_cert(look->certs, served->certs[i]);
}

static bool is_signed_by_somebody(struct look *look, const struct crl *crl)
{
        for (int i = 0; i < sk_X509_num(look->certs); i++) {
                X509 *signer = sk_X509_value(look->certs, i);
                EVP_PKEY *key = X509_get0_pubkey(signer);

                if (!key || !is_by(crl, X509_get_subject_name(signer)))
                        continue;
                if (look->n_signatures++ == MAX_SIGNATURES)
                        return false;
                if (X509_CRL_verify(crl->x509_crl, key) == 1)
                        return true;
        }
        return false;
}

static void collect_lists(struct look *look)
{
        for (size_t i = 0; i < crls_count(look->crls); i++) {
                const struct crl *crl = crls_get(look->crls, i);

                if (is_signed_by_somebody(look, crl) &&
                    !sk_X509_CRL_push(look->list, crl->x509_crl))
                        mem_exhausted();
        }
}

static void set_rules(X509_STORE *store, int64_t now_s)
{
        X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);

        X509_VERIFY_PARAM_set_time(param, (time_t)now_s);
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_CRL_CHECK |
                                                   X509_V_FLAG_CRL_CHECK_ALL |
                                                   X509_V_FLAG_EXTENDED_CRL_SUPPORT |
                                                   X509_V_FLAG_USE_DELTAS);
}

/* What OpenSSL does when nobody stands in between. */
static void learn_defaults(struct look *look, X509_STORE_CTX *ctx, X509_STORE *store)
{
        if (!X509_STORE_CTX_init(ctx, store, NULL, NULL))
                mem_exhausted();
        look->check_crl = X509_STORE_CTX_get_check_crl(ctx);
        look->cert_crl = X509_STORE_CTX_get_cert_crl(ctx);
        X509_STORE_CTX_cleanup(ctx);
}

static void run(struct look *look, X509_STORE_CTX *ctx, X509_STORE *store)
{
        const struct path *p = look->path;

        learn_defaults(look, ctx, store);
        X509_STORE_set_check_issued(store, on_check_issued);
        X509_STORE_set_check_crl(store, on_check_crl);
        X509_STORE_set_cert_crl(store, on_cert_crl);
        X509_STORE_set_verify_cb(store, on_verify);
        if (!X509_STORE_set_ex_data(store, LOOK_INDEX, look) ||
            !X509_STORE_add_cert(store, p->steps[p->n - 1].cert->x509) ||
            !X509_STORE_CTX_init(ctx, store, p->steps[0].cert->x509, look->certs))
                mem_exhausted();
        X509_STORE_CTX_set0_crls(ctx, look->list);
        X509_verify_cert(ctx); /* on_verify() has noted what it found */
}

/* Every certificate that OpenSSL has looked at without a word is good. */
static void look_at_path(struct look *look, const struct chain *served, int64_t now_s)
{
        X509_STORE *store = X509_STORE_new();
        X509_STORE_CTX *ctx = X509_STORE_CTX_new();

        look->certs = sk_X509_new_null();
        look->list = sk_X509_CRL_new_null();
        if (!store || !ctx || !look->certs || !look->list)
                mem_exhausted();
        collect_certs(look, served);
        collect_lists(look);
        set_rules(store, now_s);
        run(look, ctx, store);
        X509_STORE_CTX_free(ctx);
        X509_STORE_free(store);
        sk_X509_CRL_free(look->list);
        sk_X509_free(look->certs);
        ERR_clear_error();
}

void revocation_check(const struct path *p, const struct crls *crls, const struct chain *served,
                      int64_t now_s, struct revocation ret[PATH_MAX_LENGTH])
{
        struct look look = { .path = p, .crls = crls, .ret = ret };

        assert(p->n > 0);
        for (size_t i = 0; i < p->n; i++)
                ret[i] = (struct revocation){
                        .status = i + 1 < p->n ? REVOCATION_GOOD : REVOCATION_UNASKED,
                };
        if (p->n > 1)
                look_at_path(&look, served, now_s);
}
