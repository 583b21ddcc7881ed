/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in pbe.h. */
#include "common/cert/pbe.h"

#include <openssl/x509.h>

bool pbe_pay(struct pbe_budget *b, long iterations)
{
        if (iterations < 0 || iterations > b->left)
                return false;
        b->left -= iterations;
        return true;
}

long pbe_number(const ASN1_INTEGER *i)
{
        int64_t value;

        return i && ASN1_INTEGER_get_int64(&value, i) == 1 && value >= 0 &&
                               value <= PBE_MAX_ITERATIONS
                       ? (long)value
                       : -1;
}

static bool pay_pbkdf2(struct pbe_budget *b, const ASN1_TYPE *parameter)
{
        PBKDF2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), parameter);
        bool ok = !p || pbe_pay(b, pbe_number(p->iter)); /* NULL: OpenSSL will refuse it as well */

        PBKDF2PARAM_free(p);
        return ok;
}

/* N times r times p blocks of 128 bytes are mixed twice; OpenSSL bounds the memory itself. */
static bool pay_scrypt(struct pbe_budget *b, const ASN1_TYPE *parameter)
{
        SCRYPT_PARAMS *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), parameter);
        bool ok = true;

        if (p) {
                long n = pbe_number(p->costParameter), r = pbe_number(p->blockSize);
                long k = pbe_number(p->parallelizationParameter);

                ok = n >= 0 && r >= 0 && k >= 0 && (r == 0 || n <= PBE_MAX_ITERATIONS / r) &&
                     (k == 0 || n * r <= PBE_MAX_ITERATIONS / k) && pbe_pay(b, n * r * k);
        }
        SCRYPT_PARAMS_free(p);
        return ok;
}

static bool pay_pbes2(struct pbe_budget *b, const ASN1_TYPE *parameter)
{
        PBE2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), parameter);
        bool ok = true;

        if (p)
                switch (OBJ_obj2nid(p->keyfunc->algorithm)) {
                case NID_id_pbkdf2: ok = pay_pbkdf2(b, p->keyfunc->parameter); break;
                case NID_id_scrypt: ok = pay_scrypt(b, p->keyfunc->parameter); break;
                }
        PBE2PARAM_free(p);
        return ok;
}

bool pbe_pay_for(struct pbe_budget *b, const X509_ALGOR *alg)
{
        if (OBJ_obj2nid(alg->algorithm) == NID_pbes2)
                return pay_pbes2(b, alg->parameter);
        PBEPARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), alg->parameter);
        bool ok = !p || pbe_pay(b, pbe_number(p->iter));

        PBEPARAM_free(p);
        return ok;
}

bool pbe_is_legacy(const X509_ALGOR *alg)
{
        switch (OBJ_obj2nid(alg->algorithm)) {
        case NID_pbe_WithSHA1And40BitRC2_CBC:
        case NID_pbe_WithSHA1And128BitRC2_CBC:
        case NID_pbe_WithSHA1And40BitRC4:
        case NID_pbe_WithSHA1And128BitRC4:
        case NID_pbeWithMD2AndDES_CBC:
        case NID_pbeWithMD2AndRC2_CBC:
        case NID_pbeWithMD5AndDES_CBC:
        case NID_pbeWithMD5AndRC2_CBC:
        case NID_pbeWithSHA1AndDES_CBC:
        case NID_pbeWithSHA1AndRC2_CBC: return true;
        }
        return false;
}
