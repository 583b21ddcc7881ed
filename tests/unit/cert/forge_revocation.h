/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revocation lists and OCSP responses for the tests, right or wrong on purpose, in the manner of
 * forge.h.
 */
#pragma once

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "tests/unit/cert/forge.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>

struct entry_spec {
        const struct minted *cert;
        const char *reason;         /* "keyCompromise"; NULL = none */
        const struct minted *owner; /* who issued .cert, in an indirect list; NULL = the list's */
};

struct crl_spec {
        const struct minted *by;          /* whose name and key identifier it has */
        const struct minted *key;         /* whose key signs it; NULL = .by */
        struct entry_spec entries[3];
        int64_t this_update_s;            /* 0 = yesterday */
        int64_t next_update_s;            /* 0 = in six days; -1 = it does not say */
        const char *number;               /* NULL = "0x07"; "" = none */
        const char *delta_of;             /* number of the list that it changes; NULL = of none */
        const char *point;                /* issuing distribution point: lines of openssl.cnf */
        const char *freshest;             /* where deltas are: "URI:http://..." */
        const char *critical_oid;
        bool version1;                    /* without any extension */
};

#define REVOKED_AT (NOW - 2 * DAY)

static inline __attribute__((unused)) void add_crl_extension(X509_CRL *crl, X509 *issuer,
                                                             int nid, const char *value)
{
        X509V3_CTX ctx;

        X509V3_set_ctx(&ctx, issuer, NULL, NULL, crl, 0);
        X509V3_set_ctx_nodb(&ctx);
        X509_EXTENSION *ext = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);

        assert_non_null(ext);
        assert_int_equal(X509_CRL_add_ext(crl, ext, -1), 1);
        X509_EXTENSION_free(ext);
}

/* Reasons are a list with commas, and such a list needs a section of a configuration. */
static inline __attribute__((unused)) void add_crl_point(X509_CRL *crl, const char *lines)
{
        AUTO_FREE char *text = mem_printf("[point]\n%s\n", lines);
        BIO *bio = BIO_new_mem_buf(text, -1);
        CONF *conf = NCONF_new(NULL);
        X509V3_CTX ctx;
        long line;

        assert_int_equal(NCONF_load_bio(conf, bio, &line), 1);
        X509V3_set_ctx(&ctx, NULL, NULL, NULL, crl, 0);
        X509V3_set_nconf(&ctx, conf);
        X509_EXTENSION *ext = X509V3_EXT_nconf_nid(conf, &ctx, NID_issuing_distribution_point,
                                                   "critical,@point");

        assert_non_null(ext);
        assert_int_equal(X509_CRL_add_ext(crl, ext, -1), 1);
        X509_EXTENSION_free(ext);
        NCONF_free(conf);
        BIO_free(bio);
}

static inline __attribute__((unused)) void add_crl_number(X509_CRL *crl, int nid,
                                                          const char *number, int critical)
{
        ASN1_INTEGER *n = s2i_ASN1_INTEGER(NULL, number);

        assert_int_equal(X509_CRL_add1_ext_i2d(crl, nid, n, critical, 0), 1);
        ASN1_INTEGER_free(n);
}

static inline __attribute__((unused)) void add_crl_oid(X509_CRL *crl, const char *oid)
{
        ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

        ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2);
        X509_EXTENSION *ext = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);

        assert_int_equal(X509_CRL_add_ext(crl, ext, -1), 1);
        X509_EXTENSION_free(ext);
        ASN1_OCTET_STRING_free(value);
        ASN1_OBJECT_free(object);
}

/* The code of a reason, by OpenSSL's own table. */
static inline __attribute__((unused)) long reason_code(const char *reason)
{
        static const char *const NAMES_[] = { "unspecified", "keyCompromise", "cACompromise",
                                              "affiliationChanged", "superseded",
                                              "cessationOfOperation", "certificateHold", "",
                                              "removeFromCRL" };

        for (size_t i = 0; i < ARRAY_LEN(NAMES_); i++)
                if (strcmp(NAMES_[i], reason) == 0)
                        return (long)i;
        fail_msg("no reason %s", reason);
        return -1;
}

static inline __attribute__((unused)) void add_entry(X509_CRL *crl, const struct entry_spec *e)
{
        X509_REVOKED *entry = X509_REVOKED_new();
        ASN1_TIME *at = ASN1_TIME_set(NULL, (time_t)REVOKED_AT);

        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(e->cert->cert));
        X509_REVOKED_set_revocationDate(entry, at);
        if (e->reason) {
                ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();

                ASN1_ENUMERATED_set(reason, reason_code(e->reason));
                X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0);
                ASN1_ENUMERATED_free(reason);
        }
        if (e->owner) {
                GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
                GENERAL_NAME *name = GENERAL_NAME_new();

                name->type = GEN_DIRNAME;
                name->d.directoryName = X509_NAME_dup(X509_get_subject_name(e->owner->cert));
                sk_GENERAL_NAME_push(names, name);
                X509_REVOKED_add1_ext_i2d(entry, NID_certificate_issuer, names, 1, 0);
                GENERAL_NAMES_free(names);
        }
        assert_int_equal(X509_CRL_add0_revoked(crl, entry), 1);
        ASN1_TIME_free(at);
}

static inline __attribute__((unused)) void add_crl_extensions(X509_CRL *crl,
                                                              const struct crl_spec *spec)
{
        const char *number = spec->number ? spec->number : "0x07";

        add_crl_extension(crl, spec->by->cert, NID_authority_key_identifier, "keyid");
        if (*number)
                add_crl_number(crl, NID_crl_number, number, 0);
        if (spec->delta_of)
                add_crl_number(crl, NID_delta_crl, spec->delta_of, 1);
        if (spec->point)
                add_crl_point(crl, spec->point);
        if (spec->freshest)
                add_crl_extension(crl, spec->by->cert, NID_freshest_crl, spec->freshest);
        if (spec->critical_oid)
                add_crl_oid(crl, spec->critical_oid);
}

static inline __attribute__((unused)) X509_CRL *make_crl(const struct crl_spec *spec)
{
        X509_CRL *crl = X509_CRL_new();
        int64_t this_update = spec->this_update_s ? spec->this_update_s : NOW - DAY;
        int64_t next_update = spec->next_update_s ? spec->next_update_s : NOW + 6 * DAY;
        ASN1_TIME *at = ASN1_TIME_set(NULL, (time_t)this_update);

        X509_CRL_set_version(crl, spec->version1 ? X509_CRL_VERSION_1 : X509_CRL_VERSION_2);
        X509_CRL_set_issuer_name(crl, X509_get_subject_name(spec->by->cert));
        X509_CRL_set1_lastUpdate(crl, at);
        if (next_update > 0) {
                ASN1_TIME_set(at, (time_t)next_update);
                X509_CRL_set1_nextUpdate(crl, at);
        }
        ASN1_TIME_free(at);
        for (size_t i = 0; i < ARRAY_LEN(spec->entries) && spec->entries[i].cert; i++)
                add_entry(crl, &spec->entries[i]);
        if (!spec->version1)
                add_crl_extensions(crl, spec);
        assert_true(X509_CRL_sign(crl, (spec->key ? spec->key : spec->by)->key, EVP_sha256()) > 0);
        return crl;
}

/* Appends the list as PEM. */
static inline __attribute__((unused)) void put_crl(struct buf *file, const struct crl_spec *spec)
{
        X509_CRL *crl = make_crl(spec);
        BIO *bio = BIO_new(BIO_s_mem());
        char *text;

        assert_int_equal(PEM_write_bio_X509_CRL(bio, crl), 1);
        long n = BIO_get_mem_data(bio, &text);

        buf_append(file, text, (size_t)n);
        BIO_free(bio);
        X509_CRL_free(crl);
}

struct ocsp_spec {
        const struct minted *about, *issuer; /* of the certificate identifier */
        const struct minted *by;             /* who signs; NULL = .issuer */
        int status;                          /* V_OCSP_CERTSTATUS_* */
        int reason;                          /* of revoked: OCSP_REVOKED_STATUS_*; 0 as well */
        int64_t this_update_s;               /* 0 = yesterday */
        int64_t next_update_s;               /* 0 = in six days; -1 = it does not say */
        bool sha256;                         /* hash of the identifier; else SHA-1 */
        int refusal;                         /* OCSP_RESPONSE_STATUS_*: nothing but this */
};

/* DER, malloc'ed. */
static inline __attribute__((unused)) uint8_t *make_ocsp(const struct ocsp_spec *spec,
                                                         size_t *ret_len)
{
        OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
        const struct minted *by = spec->by ? spec->by : spec->issuer;
        ASN1_TIME *revoked = ASN1_TIME_set(NULL, (time_t)REVOKED_AT);
        int64_t first = spec->this_update_s ? spec->this_update_s : NOW - DAY;
        int64_t last = spec->next_update_s ? spec->next_update_s : NOW + 6 * DAY;
        ASN1_TIME *this_update = ASN1_TIME_set(NULL, (time_t)first);
        ASN1_TIME *next_update = last > 0 ? ASN1_TIME_set(NULL, (time_t)last) : NULL;
        OCSP_CERTID *id = OCSP_cert_to_id(spec->sha256 ? EVP_sha256() : EVP_sha1(),
                                          spec->about->cert, spec->issuer->cert);
        unsigned char *der = NULL;

        assert_non_null(OCSP_basic_add1_status(basic, id, spec->status, spec->reason, revoked,
                                               this_update, next_update));
        assert_int_equal(OCSP_basic_sign(basic, by->cert, by->key, EVP_sha256(), NULL, 0), 1);
        OCSP_RESPONSE *response = OCSP_response_create(spec->refusal,
                                                       spec->refusal ? NULL : basic);
        int n = i2d_OCSP_RESPONSE(response, &der);

        assert_true(n > 0);
        uint8_t *bytes = mem_copy(der, (size_t)n);

        *ret_len = (size_t)n;
        OPENSSL_free(der);
        OCSP_RESPONSE_free(response);
        OCSP_BASICRESP_free(basic);
        OCSP_CERTID_free(id);
        ASN1_TIME_free(this_update);
        ASN1_TIME_free(next_update);
        ASN1_TIME_free(revoked);
        return bytes;
}
