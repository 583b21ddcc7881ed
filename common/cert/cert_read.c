/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the fields of a certificate that every version has: names, serial, dates, key, signature.
 * OpenSSL decodes; what it cannot decode leaves the fact unset, because a strange certificate is
 * something to report and not to refuse.
 */
#include "common/cert/cert_read.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/asn1_time.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERIAL_MAX_HEX 128 /* RFC 5280 allows 40; longer ones are cut */
#define RSA_MAX_EXPONENT_BITS 33 /* BoringSSL's limit; Go and Windows stop at 31 and 32 */
#define SERIAL_MAX_BYTES 20 /* RFC 5280 section 4.1.2.2 */

/* --- names and numbers ------------------------------------------------------------------------ */

char *cert_text(const void *s, size_t n)
{
        struct buf out = BUF_INIT(CERT_TEXT_MAX);

        text_escape(&out, s, n);
        return buf_steal(&out);
}

static char *name_text(const X509_NAME *name)
{
        BIO *bio = BIO_new(BIO_s_mem());
        char *data = NULL;
        long n = 0;

        if (!bio)
                mem_exhausted();
        if (X509_NAME_print_ex(bio, name, 0,
                               XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
                n = BIO_get_mem_data(bio, &data);
        char *text = cert_text(data, n > 0 ? (size_t)n : 0);

        BIO_free(bio);
        return text;
}

/* The last entry of a kind, which is the most specific one; NULL when there is none. */
static char *name_entry(const X509_NAME *name, int nid)
{
        unsigned char *utf8 = NULL;
        int at = -1, next;

        while ((next = X509_NAME_get_index_by_NID(name, nid, at)) >= 0)
                at = next;
        if (at < 0)
                return NULL;
        int n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));

        if (n < 0)
                return NULL;
        char *text = cert_text(utf8, (size_t)n);

        OPENSSL_free(utf8);
        return text;
}

/* The shortest name people know it by, or NULL. */
static char *name_label(const X509_NAME *name)
{
        static const int NIDS[] = { NID_commonName, NID_organizationName,
                                    NID_organizationalUnitName };

        for (size_t i = 0; i < ARRAY_LEN(NIDS); i++) {
                char *text = name_entry(name, NIDS[i]);

                if (text && *text)
                        return text;
                free(text);
        }
        return NULL;
}

static void read_subject(struct cert *c)
{
        const X509_NAME *subject = X509_get_subject_name(c->x509);
        const X509_NAME *issuer = X509_get_issuer_name(c->x509);

        c->n_all_names += (size_t)X509_NAME_entry_count(subject);
        c->subject = name_text(subject);
        c->issuer = name_text(issuer);
        c->cn = name_entry(subject, NID_commonName);
        c->has_cn = c->cn != NULL;
        c->label = name_label(subject);
        if (!c->label && c->n_names > 0 && c->names[0].len > 0)
                c->label = cert_names_str(c, 1);
        if (!c->label)
                c->label = mem_strdup("(no name)");
        c->issuer_label = name_label(issuer);
        if (!c->issuer_label)
                c->issuer_label = mem_strdup(*c->issuer ? c->issuer : "(no name)");
}

static void read_serial(struct cert *c)
{
        const ASN1_INTEGER *serial = X509_get0_serialNumber(c->x509);
        int n = ASN1_STRING_length(serial);
        const uint8_t *bytes = ASN1_STRING_get0_data(serial); /* without the zero for the sign */

        c->serial_negative = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER;
        c->serial_odd = n == 0 || (n == 1 && bytes[0] == 0) ||
                        n + (bytes[0] >= 0x80) > SERIAL_MAX_BYTES;
        BIGNUM *bn = ASN1_INTEGER_to_BN(serial, NULL);
        char *hex = bn ? BN_bn2hex(bn) : NULL;

        c->serial = mem_copy(hex ? hex : "", hex ? strnlen(hex, SERIAL_MAX_HEX) : 0);
        OPENSSL_free(hex);
        BN_free(bn);
}

/* --- dates, key, signature -------------------------------------------------------------------- */

static void read_dates(struct cert *c)
{
        bool readable = asn1_time_seconds(X509_get0_notBefore(c->x509), &c->not_before_s) &&
                        asn1_time_seconds(X509_get0_notAfter(c->x509), &c->not_after_s);

        c->dates_inverted = readable && c->not_before_s > c->not_after_s;
        c->dates_ok = readable && !c->dates_inverted;
}

/* Curves by OpenSSL's names, old and new; browsers know those of the TLS suites only. */
static const struct curve {
        const char *group, *name;
        bool common;
} CURVES[] = {
        { "prime256v1", "EC P-256", true },       { "P-256", "EC P-256", true },
        { "secp384r1", "EC P-384", true },        { "P-384", "EC P-384", true },
        { "secp521r1", "EC P-521", true },        { "P-521", "EC P-521", true },
        { "secp224r1", "EC P-224", false },       { "prime192v1", "EC P-192", false },
        { "secp256k1", "EC secp256k1", false },
};

static void read_curve(struct cert *c, const EVP_PKEY *key)
{
        char group[64];
        int spelled_out = 0;

        c->key = KEY_EC;
        c->key_name = "EC";
        c->key_exotic = true;
        EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &spelled_out);
        c->key_explicit = spelled_out == 1;
        if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
                return;
        for (size_t i = 0; i < ARRAY_LEN(CURVES); i++)
                if (strcmp(group, CURVES[i].group) == 0) {
                        c->key_name = CURVES[i].name;
                        c->key_exotic = !CURVES[i].common;
                        return;
                }
}

/* Bytes that are no key of an algorithm OpenSSL knows are damage; others are merely new to it. */
static void read_no_key(struct cert *c, const X509_PUBKEY *spki)
{
        ASN1_OBJECT *algorithm = NULL;

        X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, spki);
        c->key_unreadable = EVP_PKEY_type(OBJ_obj2nid(algorithm)) != NID_undef;
        c->key_exotic = !c->key_unreadable;
        c->key_name = "unknown key";
}

/* OpenSSL computes 15 ms with one as long as the modulus, and a chain may ask that 100 times. */
static bool is_exponent_sane(const EVP_PKEY *key)
{
        BIGNUM *e = NULL;
        bool sane = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
                    BN_num_bits(e) <= RSA_MAX_EXPONENT_BITS;

        BN_free(e);
        return sane;
}

static void read_key(struct cert *c)
{
        EVP_PKEY *key = X509_get0_pubkey(c->x509);
        const X509_PUBKEY *spki = X509_get_X509_PUBKEY(c->x509);
        uint8_t *der = NULL;
        int n = i2d_X509_PUBKEY(spki, &der);

        if (n > 0)
                SHA256(der, (size_t)n, c->key_sha256);
        OPENSSL_free(der);

        if (!key) {
                read_no_key(c, spki);
                return;
        }
        c->key_name = "unknown key";
        c->key_bits = EVP_PKEY_get_bits(key);
        switch (EVP_PKEY_get_base_id(key)) {
        case EVP_PKEY_RSA:
        case EVP_PKEY_RSA_PSS: c->key = KEY_RSA;     c->key_name = "RSA"; break;
        case EVP_PKEY_EC:      read_curve(c, key); return;
        case EVP_PKEY_ED25519: c->key = KEY_ED25519; c->key_name = "Ed25519"; break;
        case EVP_PKEY_ED448:   c->key = KEY_ED448;   c->key_name = "Ed448"; break;
        case EVP_PKEY_DSA:     c->key = KEY_DSA;     c->key_name = "DSA"; break;
        }
        c->key_exotic = c->key != KEY_RSA && c->key != KEY_DSA;
        c->key_unreadable = c->key == KEY_RSA && !is_exponent_sane(key);
}

static void read_signature(struct cert *c)
{
        const X509_ALGOR *outer;

        X509_get0_signature(NULL, &outer, c->x509);
        if (X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(c->x509)) != 0)
                c->breaches |= BREACH_ALGORITHMS_DIFFER;
        int nid = X509_get_signature_nid(c->x509), digest = NID_undef;

        c->sig_name = nid == NID_undef ? "unknown algorithm" : OBJ_nid2ln(nid);
        X509_get_signature_info(c->x509, &digest, NULL, NULL, NULL);
        c->sig_weak = digest == NID_md2 || digest == NID_md4 || digest == NID_md5 ||
                      digest == NID_sha1 || digest == NID_mdc2;
}

static void read_encoding(struct cert *c)
{
        int n = i2d_X509(c->x509, &c->der); /* allocates */

        if (n <= 0)
                mem_exhausted();
        c->der_len = (size_t)n;
        SHA256(c->der, c->der_len, c->sha256);
        for (size_t i = 0; i < sizeof(c->sha256); i++)
                snprintf(c->fingerprint + 2 * i, 3, "%02x", c->sha256[i]);
}

void cert_read_fields(struct cert *c)
{
        read_encoding(c);
        read_subject(c);
        read_serial(c);
        read_dates(c);
        read_key(c);
        read_signature(c);
}
