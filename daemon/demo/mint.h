/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/demo/mint.h - certificates made on the spot, right or wrong on purpose: for the demo and
 * for the tests. Nothing here is fit for production use.
 */
#pragma once

#include "common/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

struct evp_pkey_st;
struct x509_st;

enum mint_key { MINT_EC_P256, MINT_EC_P384, MINT_RSA_2048, MINT_RSA_1024, MINT_ED25519 };

struct mint_spec {
        const char *cn;               /* NULL = an empty subject */
        const char *const *names; /* subjectAltName: DNS names and IP literals, NULL-terminated */
        int64_t not_before_s, not_after_s; /* wall clock */
        enum mint_key key;
        const char *digest;           /* NULL = SHA256 */
        bool ca;                      /* basicConstraints CA:TRUE and keyUsage keyCertSign */
        bool limit_path;              /* with .path_length */
        int path_length;
        const char *eku; /* NULL = serverAuth for a leaf and none for a CA; "" = none */
        const char *critical_oid;     /* adds a critical extension of this OID; NULL = none */
        const char *ca_issuers;       /* AIA caIssuers URL, or NULL */
};

struct minted {
        struct x509_st *cert;
        struct evp_pkey_st *key;
        char *pem;     /* the certificate */
        char *key_pem; /* PKCS#8, unencrypted */
};

/* Mints one, signed by @issuer, or by itself when NULL. Ends the process if OpenSSL cannot. */
struct minted *mint(const struct mint_spec *spec, const struct minted *issuer);

/* The same subject and key as @like, signed by @issuer: a cross-signed certificate. */
struct minted *mint_cross(const struct mint_spec *spec, const struct minted *like,
                          const struct minted *issuer);

void minted_free(struct minted *m); /* NULL is fine */
CLEANUP_DEFINE(struct minted, minted_free)
