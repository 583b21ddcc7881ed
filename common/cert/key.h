/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/key.h - private keys that stand in files: read to be compared, then forgotten.
 *
 * Only the digest of the public half leaves this layer. Nobody is ever asked for a passphrase.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct cert;
struct evp_pkey_st;          /* OpenSSL's EVP_PKEY */
struct X509_sig_st;          /* X509_SIG: an encrypted PKCS#8 key */
struct pkcs8_priv_key_info_st;
struct ossl_lib_ctx_st;
struct pbe_budget;

#define KEY_MAX_DER_BYTES (16 * 1024) /* RSA of 16,384 bits, OpenSSL's limit, takes 9.3 kB */
#define KEY_MAX_PASSPHRASE 1024       /* bytes; OpenSSL's command reads as many */

enum key_outcome {
        KEY_READ,
        KEY_LOCKED,           /* encrypted, and no passphrase was given */
        KEY_WRONG_PASSPHRASE,
        KEY_TOO_COSTLY,       /* over the budget */
        KEY_UNREADABLE,       /* damaged, or of a kind that no TLS server uses */
        KEY_OUTCOME_COUNT
};

/*
 * A key in DER, PKCS#8 or as RSA, EC and DSA were written before it; 0 KEY_READ with an owned *ret.
 */
enum key_outcome key_from_der(struct evp_pkey_st **ret, const uint8_t *der, size_t n);

/* An encrypted PKCS#8 key (PEM "ENCRYPTED PRIVATE KEY"); @passphrase may be NULL. */
enum key_outcome key_from_encrypted_der(struct evp_pkey_st **ret, const uint8_t *der, size_t n,
                                        const char *passphrase, struct pbe_budget *budget);

/*
 * Those that a PKCS#12 file holds. @passphrase NULL is one that may have been used there; @ctx is
 * where the algorithm is, NULL = the default.
 */
enum key_outcome key_from_sig(struct evp_pkey_st **ret, const struct X509_sig_st *sig,
                              const char *passphrase, struct pbe_budget *budget,
                              struct ossl_lib_ctx_st *ctx);
enum key_outcome key_from_p8(struct evp_pkey_st **ret, const struct pkcs8_priv_key_info_st *p8);

/* One with the headers "Proc-Type: 4,ENCRYPTED" and "DEK-Info" (RFC 1421); @der is overwritten. */
enum key_outcome key_from_old_pem(struct evp_pkey_st **ret, const char *headers, size_t headers_len,
                                  uint8_t *der, size_t n, const char *passphrase);

/*
 * SHA-256 of its SubjectPublicKeyInfo; if it is the key of one of @certs, then as that one writes
 * it: RSA and RSA-PSS, or a curve's name and its numbers, are different digests of the same key.
 */
void key_digest(struct evp_pkey_st *key, struct cert *const *certs, size_t n,
                uint8_t ret_sha256[static 32]);
