/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates made with OpenSSL's X509 functions. Everything here is called by the demo and the
 * tests with specifications of our own, so a failure of OpenSSL is a bug and ends the process.
 */
#include "daemon/demo/mint.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/cert/names.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static void must(bool ok, const char *what)
{
        if (ok)
                return;
        fprintf(stderr, "notafter: cannot mint a certificate: %s\n", what);
        ERR_print_errors_fp(stderr);
        abort();
}

static EVP_PKEY *make_key(enum mint_key kind)
{
        EVP_PKEY *key = NULL;

        switch (kind) {
        case MINT_EC_P256:  key = EVP_EC_gen("P-256"); break;
        case MINT_EC_P384:  key = EVP_EC_gen("P-384"); break;
        case MINT_RSA_2048: key = EVP_RSA_gen(2048); break;
        case MINT_RSA_1024: key = EVP_RSA_gen(1024); break;
        case MINT_ED25519:  key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); break;
        }
        must(key != NULL, "key");
        return key;
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
        X509V3_CTX ctx;

        X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
        X509_EXTENSION *ext = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);

        must(ext && X509_add_ext(cert, ext, -1), value);
        X509_EXTENSION_free(ext);
}

static void add_names(X509 *cert, X509 *issuer, const char *const *names)
{
        struct buf text = BUF_INIT(1 << 20);

        for (; names && *names; names++)
                buf_printf(&text, "%s%s:%s", text.len ? "," : "", host_is_ip(*names) ? "IP" : "DNS",
                           *names);
        if (text.len)
                add_extension(cert, issuer, NID_subject_alt_name, buf_str(&text));
        buf_done(&text);
}

static void add_critical(X509 *cert, const char *oid)
{
        ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

        must(object && value && ASN1_OCTET_STRING_set(value, (const uint8_t *)"\x05\x00", 2), oid);
        X509_EXTENSION *ext = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);

        must(ext && X509_add_ext(cert, ext, -1), oid);
        X509_EXTENSION_free(ext);
        ASN1_OBJECT_free(object);
        ASN1_OCTET_STRING_free(value);
}

static void add_extensions(X509 *cert, X509 *issuer, const struct mint_spec *spec)
{
        char constraints[64] = "critical,CA:FALSE", *url = NULL;
        const char *eku = spec->eku ? spec->eku : spec->ca ? "" : "serverAuth";

        if (spec->ca && spec->limit_path)
                snprintf(constraints, sizeof(constraints), "critical,CA:TRUE,pathlen:%d",
                         spec->path_length);
        else if (spec->ca)
                snprintf(constraints, sizeof(constraints), "critical,CA:TRUE");
        add_extension(cert, issuer, NID_basic_constraints, constraints);
        add_extension(cert, issuer, NID_key_usage,
                      spec->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
        add_extension(cert, issuer, NID_subject_key_identifier, "hash");
        add_extension(cert, issuer, NID_authority_key_identifier, "keyid");
        if (*eku)
                add_extension(cert, issuer, NID_ext_key_usage, eku);
        add_names(cert, issuer, spec->names);
        if (spec->critical_oid)
                add_critical(cert, spec->critical_oid);
        if (spec->ca_issuers) {
                url = mem_printf("caIssuers;URI:%s", spec->ca_issuers);
                add_extension(cert, issuer, NID_info_access, url);
                free(url);
        }
}

static void set_subject(X509 *cert, const char *cn)
{
        X509_NAME *name = X509_get_subject_name(cert);

        if (cn)
                must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                                (const uint8_t *)cn, -1, -1, 0), cn);
}

static char *bio_text(BIO *bio)
{
        char *data;
        long n = BIO_get_mem_data(bio, &data);
        char *text = mem_copy(data, (size_t)n);

        BIO_free(bio);
        return text;
}

static struct minted *wrap(X509 *cert, EVP_PKEY *key)
{
        struct minted *m = mem_new0(1, sizeof(*m));
        BIO *cert_bio = BIO_new(BIO_s_mem()), *key_bio = BIO_new(BIO_s_mem());

        must(PEM_write_bio_X509(cert_bio, cert) &&
             PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL), "PEM");
        *m = (struct minted){
                .cert = cert, .key = key, .pem = bio_text(cert_bio), .key_pem = bio_text(key_bio),
        };
        return m;
}

static struct minted *sign(const struct mint_spec *spec, EVP_PKEY *key, const struct minted *issuer)
{
        X509 *cert = X509_new();
        uint8_t serial[16];
        EVP_PKEY *signer = issuer ? issuer->key : key;
        const EVP_MD *digest = EVP_PKEY_get_id(signer) == EVP_PKEY_ED25519 ? NULL
                             : EVP_get_digestbyname(spec->digest ? spec->digest : "SHA256");

        must(cert && RAND_bytes(serial, sizeof(serial)) == 1, "serial");
        serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40); /* positive, never shortened */
        BIGNUM *bn = BN_bin2bn(serial, sizeof(serial), NULL);

        must(bn && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert)), "serial");
        BN_free(bn);
        must(X509_set_version(cert, X509_VERSION_3) &&
             ASN1_TIME_adj(X509_getm_notBefore(cert), (time_t)spec->not_before_s, 0, 0) &&
             ASN1_TIME_adj(X509_getm_notAfter(cert), (time_t)spec->not_after_s, 0, 0) &&
             X509_set_pubkey(cert, key), "fields");
        set_subject(cert, spec->cn);
        must(X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer->cert : cert)),
             "issuer");
        add_extensions(cert, issuer ? issuer->cert : cert, spec);
        must(X509_sign(cert, signer, digest) > 0, "signature");
        return wrap(cert, key);
}

struct minted *mint(const struct mint_spec *spec, const struct minted *issuer)
{
        return sign(spec, make_key(spec->key), issuer);
}

struct minted *mint_cross(const struct mint_spec *spec, const struct minted *like,
                          const struct minted *issuer)
{
        must(EVP_PKEY_up_ref(like->key), "key");
        return sign(spec, like->key, issuer);
}

void minted_free(struct minted *m)
{
        if (!m)
                return;
        X509_free(m->cert);
        EVP_PKEY_free(m->key);
        free(m->pem);
        free(m->key_pem);
        free(m);
}
