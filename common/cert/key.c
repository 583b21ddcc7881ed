/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in key.h. A hostile key may make OpenSSL compute for hours (a DSA key without its
 * public half takes a power of numbers as large as the file), hence the limits before each decoder.
 */
#include "common/cert/key.h"

#include "common/base/mem.h"
#include "common/cert/cert.h"
#include "common/cert/pbe.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <string.h>

#define DSA_MAX_DER_BYTES 2048 /* of 4,096 bits: 1.3 kB */

static enum key_outcome outcome_of(EVP_PKEY *key, EVP_PKEY **ret)
{
        ERR_clear_error();
        if (!key)
                return KEY_UNREADABLE;
        *ret = key;
        return KEY_READ;
}

enum key_outcome key_from_p8(EVP_PKEY **ret, const PKCS8_PRIV_KEY_INFO *p8)
{
        const ASN1_OBJECT *oid;
        const X509_ALGOR *alg;
        const unsigned char *bytes;
        int n;

        if (!PKCS8_pkey_get0(&oid, &bytes, &n, &alg, p8))
                return KEY_UNREADABLE;
        switch (OBJ_obj2nid(oid)) {
        case NID_dsa:
                if (i2d_X509_ALGOR((X509_ALGOR *)alg, NULL) + n > DSA_MAX_DER_BYTES)
                        return KEY_UNREADABLE;
                break;
        case NID_rsaEncryption:
        case NID_rsassaPss:
        case NID_X9_62_id_ecPublicKey:
        case NID_ED25519:
        case NID_ED448: break;
        default:        return KEY_UNREADABLE;
        }
        return outcome_of(EVP_PKCS82PKEY(p8), ret);
}

enum key_outcome key_from_der(EVP_PKEY **ret, const uint8_t *der, size_t n)
{
        static const int TYPES[] = { EVP_PKEY_RSA, EVP_PKEY_EC, EVP_PKEY_DSA };
        const unsigned char *p = der;

        if (n > KEY_MAX_DER_BYTES)
                return KEY_UNREADABLE;
        PKCS8_PRIV_KEY_INFO *p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)n);

        if (p8) {
                enum key_outcome outcome = key_from_p8(ret, p8);

                PKCS8_PRIV_KEY_INFO_free(p8); /* cleanses */
                return outcome;
        }
        EVP_PKEY *key = NULL;

        for (size_t i = 0; i < ARRAY_LEN(TYPES) && !key; i++) {
                p = der;
                if (TYPES[i] != EVP_PKEY_DSA || n <= DSA_MAX_DER_BYTES)
                        key = d2i_PrivateKey(TYPES[i], NULL, &p, (long)n);
        }
        return outcome_of(key, ret);
}

enum key_outcome key_from_sig(EVP_PKEY **ret, const X509_SIG *sig, const char *passphrase,
                              struct pbe_budget *budget, OSSL_LIB_CTX *ctx)
{
        const X509_ALGOR *alg;

        X509_SIG_get0(sig, &alg, NULL);
        if (!pbe_pay_for(budget, alg))
                return KEY_TOO_COSTLY;
        PKCS8_PRIV_KEY_INFO *p8 =
                PKCS8_decrypt_ex(sig, passphrase, passphrase ? (int)strlen(passphrase) : 0, ctx,
                                 NULL);
        enum key_outcome outcome = p8 ? key_from_p8(ret, p8) : KEY_WRONG_PASSPHRASE;

        PKCS8_PRIV_KEY_INFO_free(p8);
        ERR_clear_error();
        return outcome;
}

enum key_outcome key_from_encrypted_der(EVP_PKEY **ret, const uint8_t *der, size_t n,
                                        const char *passphrase, struct pbe_budget *budget)
{
        const unsigned char *p = der;
        X509_SIG *sig = n <= KEY_MAX_DER_BYTES ? d2i_X509_SIG(NULL, &p, (long)n) : NULL;
        enum key_outcome outcome = !sig          ? KEY_UNREADABLE
                                   : !passphrase ? KEY_LOCKED
                                   : key_from_sig(ret, sig, passphrase, budget, NULL);

        X509_SIG_free(sig);
        ERR_clear_error();
        return outcome;
}

/* Instead of OpenSSL's own, which would ask at the terminal. */
static int give_passphrase(char *to, int size, int for_writing, void *passphrase)
{
        size_t n = strlen(passphrase);

        (void)for_writing;
        if (n > (size_t)size)
                return -1;
        memcpy(to, passphrase, n);
        return (int)n;
}

enum key_outcome key_from_old_pem(EVP_PKEY **ret, const char *headers, size_t headers_len,
                                  uint8_t *der, size_t n, const char *passphrase)
{
        EVP_CIPHER_INFO cipher;
        long len = (long)n;

        if (!passphrase)
                return KEY_LOCKED;
        if (n > KEY_MAX_DER_BYTES || headers_len > 1024)
                return KEY_UNREADABLE;
        AUTO_FREE char *text = mem_copy(headers, headers_len);

        if (!PEM_get_EVP_CIPHER_INFO(text, &cipher) || !cipher.cipher)
                return outcome_of(NULL, ret);
        int ok = PEM_do_header(&cipher, der, &len, give_passphrase, (void *)passphrase);

        ERR_clear_error();
        if (!ok)
                return KEY_WRONG_PASSPHRASE;
        /* bad padding finds 255 of 256 wrong ones; the last one decrypts to nonsense */
        return key_from_der(ret, der, (size_t)len) == KEY_READ ? KEY_READ : KEY_WRONG_PASSPHRASE;
}

/* --- comparing -------------------------------------------------------------------------------- */

static bool same_number(const EVP_PKEY *a, const EVP_PKEY *b, const char *name)
{
        BIGNUM *x = NULL, *y = NULL;
        bool same = EVP_PKEY_get_bn_param(a, name, &x) == 1 &&
                    EVP_PKEY_get_bn_param(b, name, &y) == 1 && BN_cmp(x, y) == 0;

        BN_free(x);
        BN_free(y);
        return same;
}

static bool is_rsa(const EVP_PKEY *key)
{
        int type = EVP_PKEY_get_base_id(key);

        return type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS;
}

static bool same_key(const EVP_PKEY *a, const EVP_PKEY *b)
{
        if (is_rsa(a) && is_rsa(b)) /* EVP_PKEY_eq() takes RSA and RSA-PSS for different things */
                return same_number(a, b, OSSL_PKEY_PARAM_RSA_N) &&
                       same_number(a, b, OSSL_PKEY_PARAM_RSA_E);
        return EVP_PKEY_eq(a, b) == 1;
}

static void own_digest(EVP_PKEY *key, uint8_t ret[static 32])
{
        uint8_t *der = NULL;
        int n = i2d_PUBKEY(key, &der);

        SHA256(der, n > 0 ? (size_t)n : 0, ret);
        OPENSSL_free(der);
}

void key_digest(EVP_PKEY *key, struct cert *const *certs, size_t n, uint8_t ret_sha256[static 32])
{
        own_digest(key, ret_sha256);
        for (size_t i = 0; i < n; i++)
                if (memcmp(certs[i]->key_sha256, ret_sha256, 32) == 0)
                        return;
        for (size_t i = 0; i < n; i++) {
                const EVP_PKEY *other = X509_get0_pubkey(certs[i]->x509);

                if (other && same_key(key, other)) {
                        memcpy(ret_sha256, certs[i]->key_sha256, 32);
                        break;
                }
        }
        ERR_clear_error();
}
