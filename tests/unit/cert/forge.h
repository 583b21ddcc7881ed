/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of certificates share: a fixed now, certificates minted for the occasion, and ways
 * to make them stranger than the mint would.
 */
#pragma once

#include "common/base/cleanup.h"
#include "common/cert/cert.h"
#include "common/cert/chain_file.h"
#include "common/cert/trust.h"
#include "daemon/demo/mint.h"

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400
#define NOW INT64_C(1800000000) /* 2027-01-15 08:00:00 UTC */

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define MINTED(...) ((const struct minted *const[]){ __VA_ARGS__, NULL })

static inline struct cert *cert_of(const struct minted *m)
{
        struct cert *c = NULL;
        const char *reason;

        assert_int_equal(cert_from_x509(&c, m->cert, &reason), 0);
        return c;
}

/* @list ends with NULL. */
static inline __attribute__((unused)) struct chain *chain_of(const struct minted *const *list)
{
        struct chain *chain = chain_new();

        for (; *list; list++) {
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(*list);

                chain_add(chain, c);
        }
        return chain;
}

static inline __attribute__((unused)) struct trust *trust_of(const struct minted *const *list)
{
        CLEANUP(chain_free_at_exit) struct chain *chain = chain_of(list);

        return trust_new(chain->certs, chain->n);
}

/* A CA of ten years around NOW, or a leaf of 90 days with 60 to go. */
static inline __attribute__((unused)) struct minted *make_ca(const char *cn,
                                                             const struct minted *issuer)
{
        return mint(&(struct mint_spec){
                .cn = cn, .ca = true,
                .not_before_s = NOW - 1000 * DAY, .not_after_s = NOW + 2600 * DAY,
        }, issuer);
}

static inline __attribute__((unused)) struct minted *make_leaf(const char *host,
                                                               const struct minted *issuer)
{
        return mint(&(struct mint_spec){
                .cn = host, .names = NAMES(host),
                .not_before_s = NOW - 30 * DAY, .not_after_s = NOW + 60 * DAY,
        }, issuer);
}

typedef void alter_fn(struct x509_st *cert);

/*
 * Mints, lets @alter (NULL = nothing) do what the mint does not, and signs again. .pem is that of
 * before.
 */
static inline __attribute__((unused)) struct minted *forge(const struct mint_spec *spec,
                                                           const struct minted *issuer,
                                                           alter_fn *alter)
{
        struct minted *m = mint(spec, issuer);

        if (!alter)
                return m;
        alter(m->cert);
        assert_true(X509_sign(m->cert, issuer ? issuer->key : m->key, EVP_sha256()) > 0);
        return m;
}

/* Puts raw bytes into the subject, of a length and content that the mint would refuse. */
static inline __attribute__((unused)) void add_to_subject(struct x509_st *cert, int nid,
                                                          const char *utf8, int len)
{
        X509_NAME *name = X509_NAME_dup(X509_get_subject_name(cert));
        X509_NAME_ENTRY *entry = X509_NAME_ENTRY_create_by_NID(NULL, nid, V_ASN1_UTF8STRING,
                                                               (const unsigned char *)utf8, len);

        assert_true(entry && X509_NAME_add_entry(name, entry, -1, 0));
        X509_set_subject_name(cert, name);
        X509_NAME_ENTRY_free(entry);
        X509_NAME_free(name);
}

/* Replaces the subjectAltName by one dNSName of raw bytes. */
static inline __attribute__((unused)) void set_dns_name(struct x509_st *cert, const char *bytes,
                                                        int len)
{
        GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
        GENERAL_NAME *name = GENERAL_NAME_new();
        ASN1_IA5STRING *text = ASN1_IA5STRING_new();

        ASN1_STRING_set(text, bytes, len);
        GENERAL_NAME_set0_value(name, GEN_DNS, text);
        sk_GENERAL_NAME_push(names, name);
        assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0,
                                           X509V3_ADD_REPLACE), 1);
        GENERAL_NAMES_free(names);
}

/* Puts raw bytes where an extension is, or where none is. */
static inline __attribute__((unused)) void set_extension(struct x509_st *cert, int nid,
                                                         const char *bytes, int len)
{
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
        int at = X509_get_ext_by_NID(cert, nid, -1);

        ASN1_OCTET_STRING_set(value, (const unsigned char *)bytes, len);
        X509_EXTENSION *ext = X509_EXTENSION_create_by_NID(NULL, nid, 0, value);

        if (at >= 0)
                X509_EXTENSION_free(X509_delete_ext(cert, at));
        assert_int_equal(X509_add_ext(cert, ext, at), 1);
        X509_EXTENSION_free(ext);
        ASN1_OCTET_STRING_free(value);
}

/* Appends a copy of an extension that is there. */
static inline __attribute__((unused)) void repeat_extension(struct x509_st *cert, int nid)
{
        int at = X509_get_ext_by_NID(cert, nid, -1);

        assert_int_equal(X509_add_ext(cert, X509_get_ext(cert, at), -1), 1);
}

/* Adds an extension as openssl.cnf would have it: "critical,permitted;DNS:corp.example". */
static inline __attribute__((unused)) void configure_extension(struct x509_st *cert, int nid,
                                                               const char *value)
{
        X509V3_CTX ctx;

        X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
        X509V3_set_ctx_nodb(&ctx);
        X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);

        assert_non_null(ext);
        assert_int_equal(X509_add_ext(cert, ext, -1), 1);
        X509_EXTENSION_free(ext);
}

static inline __attribute__((unused)) void remove_extension(struct x509_st *cert, int nid)
{
        int at = X509_get_ext_by_NID(cert, nid, -1);

        assert_true(at >= 0);
        X509_EXTENSION_free(X509_delete_ext(cert, at));
}
