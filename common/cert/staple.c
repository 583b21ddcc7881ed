/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A response is believed when it is about this very certificate, signed by its issuer or by a
 * responder to whom the issuer has given the right (RFC 6960 section 4.2.2.2), and of today. That
 * a certificate is revoked stays true when the response grows old.
 */
#include "common/cert/staple.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/cert/asn1_time.h"
#include "common/cert/cert.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#define MAX_SKEW_S 300       /* a responder's clock may be this much ahead: Go, NSS */
#define MAX_AGE_S (24 * 3600) /* of a response that does not say when the next one comes: NSS */

const char *staple_status_str(enum staple_status s)
{
        static const char *const WORDS[STAPLE_STATUS_COUNT] = {
                [STAPLE_GOOD] = "good", [STAPLE_REVOKED] = "revoked", [STAPLE_INVALID] = "invalid",
        };

        return WORDS[s];
}

const char *revocation_reason_str(int64_t reason)
{
        static const char *const REASONS[] = {
                [0] = "unspecified", [1] = "keyCompromise", [2] = "cACompromise",
                [3] = "affiliationChanged", [4] = "superseded", [5] = "cessationOfOperation",
                [6] = "certificateHold", [8] = "removeFromCRL", [9] = "privilegeWithdrawn",
                [10] = "aACompromise",
        };

        return reason >= 0 && (size_t)reason < ARRAY_LEN(REASONS) ? REASONS[reason] : NULL;
}

/* --- is it believed? -------------------------------------------------------------------------- */

/* NULL, or why the responder has not answered (RFC 6960 section 4.2.1). */
static const char *refusal(int status)
{
        switch (status) {
        case OCSP_RESPONSE_STATUS_SUCCESSFUL: return NULL;
        case OCSP_RESPONSE_STATUS_TRYLATER:   return "it says only \"try later\"";
        case OCSP_RESPONSE_STATUS_SIGREQUIRED:
        case OCSP_RESPONSE_STATUS_UNAUTHORIZED:
                return "it says only that the responder does not answer such requests";
        case OCSP_RESPONSE_STATUS_MALFORMEDREQUEST:
                return "it says only that the responder did not understand the request";
        default: return "it says only that the responder has an error";
        }
}

/* Is @answer about @leaf? The responder has chosen the hash. */
static bool is_about(OCSP_SINGLERESP *answer, const struct cert *leaf, const struct cert *issuer)
{
        const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(answer);
        ASN1_OBJECT *hash = NULL;

        OCSP_id_get0_info(NULL, &hash, NULL, NULL, (OCSP_CERTID *)id);
        const EVP_MD *digest = EVP_get_digestbyobj(hash);
        OCSP_CERTID *ours = digest ? OCSP_cert_to_id(digest, leaf->x509, issuer->x509) : NULL;
        bool same = ours && OCSP_id_cmp(ours, id) == 0;

        OCSP_CERTID_free(ours);
        return same;
}

static OCSP_SINGLERESP *find_answer(OCSP_BASICRESP *basic, const struct cert *leaf,
                                    const struct cert *issuer)
{
        for (int i = 0; i < OCSP_resp_count(basic); i++) {
                OCSP_SINGLERESP *answer = OCSP_resp_get0(basic, i);

                if (is_about(answer, leaf, issuer))
                        return answer;
        }
        return NULL;
}

static bool is_signed(OCSP_BASICRESP *basic, const struct cert *issuer, int64_t now_s)
{
        X509_STORE *store = X509_STORE_new();
        STACK_OF(X509) *certs = sk_X509_new_null();

        if (!store || !certs || !sk_X509_push(certs, issuer->x509) ||
            !X509_STORE_add_cert(store, issuer->x509))
                mem_exhausted();
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)now_s);
        X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
        bool ok = OCSP_basic_verify(basic, certs, store, OCSP_PARTIAL_CHAIN) == 1;

        sk_X509_free(certs);
        X509_STORE_free(store);
        return ok;
}

/* NULL, or why an answer of these dates does not count at @now_s. */
static const char *date_fault(const struct staple *s, int64_t now_s)
{
        if (s->this_update_s > now_s + MAX_SKEW_S)
                return "it is not valid yet";
        if (s->next_update_s ? s->next_update_s < now_s : s->this_update_s + MAX_AGE_S < now_s)
                return "it has expired";
        return NULL;
}

/* --- what does it say? ------------------------------------------------------------------------ */

static void read_answer(OCSP_SINGLERESP *answer, int64_t now_s, struct staple *ret)
{
        ASN1_GENERALIZEDTIME *revoked = NULL, *this_update = NULL, *next_update = NULL;
        int reason = -1;
        int status = OCSP_single_get0_status(answer, &reason, &revoked, &this_update,
                                             &next_update);

        if (!asn1_time_seconds(this_update, &ret->this_update_s) ||
            (next_update && !asn1_time_seconds(next_update, &ret->next_update_s))) {
                ret->fault = "it has a date that cannot be read";
                return;
        }
        ret->fault = date_fault(ret, now_s);
        ret->by_clock = ret->fault != NULL;
        if (status == V_OCSP_CERTSTATUS_UNKNOWN) {
                ret->fault = "its responder does not know the certificate";
                ret->by_clock = false;
        } else if (status == V_OCSP_CERTSTATUS_GOOD && !ret->fault) {
                ret->status = STAPLE_GOOD;
        } else if (status == V_OCSP_CERTSTATUS_REVOKED &&
                   (!ret->fault || reason != OCSP_REVOKED_STATUS_CERTIFICATEHOLD)) {
                ret->status = STAPLE_REVOKED;
                ret->fault = NULL;
                ret->reason = revocation_reason_str(reason);
                asn1_time_seconds(revoked, &ret->revoked_at_s);
        }
}

static void judge(OCSP_RESPONSE *response, const struct cert *leaf, const struct cert *issuer,
                  int64_t now_s, struct staple *ret)
{
        OCSP_BASICRESP *basic = NULL;
        OCSP_SINGLERESP *answer;

        ret->fault = refusal(OCSP_response_status(response));
        if (ret->fault)
                return;
        basic = OCSP_response_get1_basic(response);
        if (!basic)
                ret->fault = "it is damaged, or of an unknown kind";
        else if (!issuer)
                ret->fault = "the certificate that should have signed it is not known here";
        else if (!(answer = find_answer(basic, leaf, issuer)))
                ret->fault = "it is about another certificate";
        else if (!is_signed(basic, issuer, now_s))
                ret->fault = "it is signed by nobody whom the certificate's issuer has allowed to";
        else
                read_answer(answer, now_s, ret);
        OCSP_BASICRESP_free(basic);
}

void staple_judge(const uint8_t *der, size_t n, const struct cert *leaf, const struct cert *issuer,
                  int64_t now_s, struct staple *ret)
{
        const unsigned char *at = der;
        OCSP_RESPONSE *response = n <= STAPLE_MAX_BYTES ? d2i_OCSP_RESPONSE(NULL, &at, (long)n)
                                                        : NULL;

        *ret = (struct staple){ .status = STAPLE_INVALID };
        if (!response || at != der + n)
                ret->fault = "it is damaged";
        else
                judge(response, leaf, issuer, now_s, ret);
        OCSP_RESPONSE_free(response);
        ERR_clear_error();
}
