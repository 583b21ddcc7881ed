/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of certificates, a row per rule: a chain of root, intermediate and server certificate of
 * which one is made stranger, what exactly must be found, and what the finding must say.
 */
#include "tests/unit/cert/forge.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/cert/validate.h"

#include <openssl/ec.h>

#define HOST "web.example"
#define BEFORE_PYTHON INT64_C(1700000000) /* 2023-11-14: strict clients are few */

/* --- ways to be strange ----------------------------------------------------------------------- */

static void make_critical(struct x509_st *cert, int nid, int critical)
{
        X509_EXTENSION *ext = X509_get_ext(cert, X509_get_ext_by_NID(cert, nid, -1));

        assert_int_equal(X509_EXTENSION_set_critical(ext, critical), 1);
}

static void critical_aki(struct x509_st *cert)
{
        make_critical(cert, NID_authority_key_identifier, 1);
}

static void critical_ski(struct x509_st *cert)
{
        make_critical(cert, NID_subject_key_identifier, 1);
}

static void no_aki(struct x509_st *cert)
{
        remove_extension(cert, NID_authority_key_identifier);
}

static void aki_without_key(struct x509_st *cert)
{
        set_extension(cert, NID_authority_key_identifier, "\x30\x00", 2);
}

static void no_ski(struct x509_st *cert)
{
        remove_extension(cert, NID_subject_key_identifier);
}

static void no_key_usage(struct x509_st *cert)
{
        remove_extension(cert, NID_key_usage);
}

static void modest_constraints(struct x509_st *cert)
{
        make_critical(cert, NID_basic_constraints, 0);
}

static void no_constraints(struct x509_st *cert)
{
        remove_extension(cert, NID_basic_constraints);
}

static void use_key_for(struct x509_st *cert, const char *usage)
{
        remove_extension(cert, NID_key_usage);
        configure_extension(cert, NID_key_usage, usage);
}

static void sign_certs_as_well(struct x509_st *cert)
{
        use_key_for(cert, "critical,digitalSignature,keyCertSign");
}

static void sign_lists_only(struct x509_st *cert)
{
        use_key_for(cert, "critical,cRLSign");
}

static void encipher_keys(struct x509_st *cert)
{
        use_key_for(cert, "critical,keyEncipherment");
}

static void encipher_data(struct x509_st *cert)
{
        use_key_for(cert, "critical,dataEncipherment");
}

static void limit_path(struct x509_st *cert)
{
        set_extension(cert, NID_basic_constraints, "\x30\x03\x02\x01\x00", 5);
        make_critical(cert, NID_basic_constraints, 1);
}

static void empty_subject(struct x509_st *cert)
{
        X509_NAME *name = X509_NAME_new();

        assert_int_equal(X509_set_subject_name(cert, name), 1);
        X509_NAME_free(name);
}

static void empty_subject_properly(struct x509_st *cert)
{
        empty_subject(cert);
        make_critical(cert, NID_subject_alt_name, 1);
}

static void no_policy_but_it_matters_little(struct x509_st *cert)
{
        configure_extension(cert, NID_policy_constraints, "requireExplicitPolicy:9");
}

static void require_policy(struct x509_st *cert)
{
        configure_extension(cert, NID_policy_constraints, "critical,requireExplicitPolicy:0");
        set_extension(cert, NID_certificate_policies, "\x30\x07\x30\x05\x06\x03\x2a\x03\x04", 9);
}

static void constrain_nothing(struct x509_st *cert)
{
        set_extension(cert, NID_name_constraints, "\x30\x00", 2);
        make_critical(cert, NID_name_constraints, 1);
}

/* As when the CA has renewed its certificate, with the same name and key. */
static void aki_of_another_issuer_cert(struct x509_st *cert)
{
        AUTHORITY_KEYID *id = X509_get_ext_d2i(cert, NID_authority_key_identifier, NULL, NULL);

        id->serial = ASN1_INTEGER_new();
        ASN1_INTEGER_set(id->serial, 4711);
        assert_int_equal(X509_add1_ext_i2d(cert, NID_authority_key_identifier, id, 0,
                                           X509V3_ADD_REPLACE), 1);
        AUTHORITY_KEYID_free(id);
}

static void foreign_aki(struct x509_st *cert)
{
        static const char OTHER[] = "\x30\x06\x80\x04\xde\xad\xbe\xef";

        set_extension(cert, NID_authority_key_identifier, OTHER, sizeof(OTHER) - 1);
}

static void serial_below_zero(struct x509_st *cert)
{
        ASN1_INTEGER_set_int64(X509_get_serialNumber(cert), -255);
}

static void serial_zero(struct x509_st *cert)
{
        ASN1_INTEGER_set_int64(X509_get_serialNumber(cert), 0);
}

static void serial_of_bytes(struct x509_st *cert, size_t n)
{
        uint8_t bytes[32];

        memset(bytes, 0x7f, sizeof(bytes));
        BIGNUM *bn = BN_bin2bn(bytes, (int)n, NULL);

        assert_non_null(BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert)));
        BN_free(bn);
}

static void serial_of_20(struct x509_st *cert)
{
        serial_of_bytes(cert, 20);
}

static void serial_of_21(struct x509_st *cert)
{
        serial_of_bytes(cert, 21);
}

static void version_one(struct x509_st *cert)
{
        while (X509_get_ext_count(cert) > 0)
                X509_EXTENSION_free(X509_delete_ext(cert, 0));
        assert_int_equal(X509_set_version(cert, X509_VERSION_1), 1);
}

static void version_one_with_extensions(struct x509_st *cert)
{
        assert_int_equal(X509_set_version(cert, X509_VERSION_1), 1);
}

static void dates_of_letters(struct x509_st *cert)
{
        ASN1_TIME *t = X509_getm_notAfter(cert);

        assert_int_equal(ASN1_STRING_set(t, "99bananasZ", 10), 1);
}

static void last_years(struct x509_st *cert)
{
        ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)(NOW - 300 * DAY));
        ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)(NOW + 700 * DAY));
}

/* 2.23.140.1.2.1: the domain was validated, by the rules of the CA/Browser Forum. */
static void be_public(struct x509_st *cert)
{
        set_extension(cert, NID_certificate_policies,
                      "\x30\x0a\x30\x08\x06\x06\x67\x81\x0c\x01\x02\x01", 12);
}

static void last_years_publicly(struct x509_st *cert)
{
        last_years(cert);
        be_public(cert);
}

static void last_hundreds_publicly(struct x509_st *cert)
{
        ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)(NOW - 300 * DAY)); /* 2026-03-21 */
        ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)(NOW - 100 * DAY));
        be_public(cert);
}

static void only_clients(struct x509_st *cert)
{
        remove_extension(cert, NID_ext_key_usage);
        configure_extension(cert, NID_ext_key_usage, "clientAuth,emailProtection,1.2.3.4.5");
}

static void netscape_clients(struct x509_st *cert)
{
        configure_extension(cert, NID_netscape_cert_type, "client");
}

static void netscape_servers(struct x509_st *cert)
{
        configure_extension(cert, NID_netscape_cert_type, "client,server");
}

static void spoil_ski(struct x509_st *cert)
{
        set_extension(cert, NID_subject_key_identifier, "\x30", 1);
}

static void spoil_lists(struct x509_st *cert)
{
        set_extension(cert, NID_crl_distribution_points, "\x30\x05", 2);
}

static void also_clients(struct x509_st *cert)
{
        configure_extension(cert, NID_ext_key_usage, "clientAuth");
}

static void gated(struct x509_st *cert)
{
        configure_extension(cert, NID_ext_key_usage, "msSGC,nsSGC");
}

static void unknown_critical(struct x509_st *cert)
{
        ASN1_OBJECT *type = OBJ_txt2obj("1.2.3.4.5", 1);
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
        X509_EXTENSION *ext = X509_EXTENSION_create_by_OBJ(NULL, type, 1, value);

        assert_int_equal(X509_add_ext(cert, ext, -1), 1);
        X509_EXTENSION_free(ext);
        ASN1_OCTET_STRING_free(value);
        ASN1_OBJECT_free(type);
}

static void no_more_cas(struct x509_st *cert)
{
        set_extension(cert, NID_basic_constraints, "\x30\x06\x01\x01\xff\x02\x01\x00", 8);
        make_critical(cert, NID_basic_constraints, 1);
}

/* Another key, which nobody has to own. */
static void give_key(struct x509_st *cert, EVP_PKEY *key)
{
        assert_non_null(key);
        assert_int_equal(X509_set_pubkey(cert, key), 1);
        EVP_PKEY_free(key);
}

static void bitcoin_key(struct x509_st *cert)
{
        give_key(cert, EVP_EC_gen("secp256k1"));
}

static void exotic_key(struct x509_st *cert)
{
        give_key(cert, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

static void rsa_for_exchange(struct x509_st *cert)
{
        give_key(cert, EVP_RSA_gen(2048));
        encipher_keys(cert);
}

static void spelled_out_curve(struct x509_st *cert)
{
        OSSL_PARAM params[] = {
                OSSL_PARAM_utf8_string("group", (char[]){ "P-256" }, 5),
                OSSL_PARAM_utf8_string("encoding", (char[]){ "explicit" }, 8),
                OSSL_PARAM_END,
        };
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
        EVP_PKEY *key = NULL;

        assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
        assert_int_equal(EVP_PKEY_CTX_set_params(ctx, params), 1);
        assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
        EVP_PKEY_CTX_free(ctx);
        give_key(cert, key);
}

static void garbled_key(struct x509_st *cert)
{
        X509_PUBKEY *spki = X509_get_X509_PUBKEY(cert);
        uint8_t *bytes = (uint8_t *)OPENSSL_memdup("\x04garbage", 8);

        assert_int_equal(X509_PUBKEY_set0_param(spki, OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
                                                V_ASN1_OBJECT,
                                                OBJ_nid2obj(NID_X9_62_prime256v1), bytes, 8), 1);
}

/* An exponent of 40 bits: OpenSSL would compute with one of 3,000, for 15 ms a signature. */
static void endless_exponent(struct x509_st *cert)
{
        EVP_PKEY *key = NULL;
        BIGNUM *e = BN_new();
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);

        BN_set_bit(e, 40);
        BN_set_bit(e, 0);
        assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048), 1);
        assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e), 1);
        assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
        BN_free(e);
        EVP_PKEY_CTX_free(ctx);
        give_key(cert, key);
}

/* --- the rows --------------------------------------------------------------------------------- */

enum part { PART_ROOT, PART_INTER, PART_LEAF, PART_COUNT };

static const struct row {
        const char *name;
        int part; /* enum part */
        alter_fn *alter;
        const char *expected; /* as of NOW */
        const char *says;     /* in the message, the remedy or the evidence of the first finding */
} ROWS[] = {
        { "nothing strange", PART_LEAF, NULL, "", NULL },

        { "a critical AKI", PART_LEAF, critical_aki, "error profile-violation",
          "its authorityKeyIdentifier is critical" },
        { "a critical SKI", PART_INTER, critical_ski, "error profile-violation",
          "its subjectKeyIdentifier is critical" },
        { "a critical AKI of the root", PART_ROOT, critical_aki, "error profile-violation",
          "trust stores" },
        { "no AKI", PART_LEAF, no_aki, "error profile-violation", "Python 3.13" },
        { "no AKI in the intermediate", PART_INTER, no_aki, "error profile-violation",
          "Ask the CA" },
        { "no AKI in the root is fine", PART_ROOT, no_aki, "", NULL },
        { "an AKI without a key", PART_LEAF, aki_without_key, "error profile-violation",
          "authorityKeyIdentifier=keyid" },
        { "an AKI with the serial of another issuer", PART_LEAF, aki_of_another_issuer_cert,
          "error profile-violation", "names another certificate of its issuer" },
        { "the same in the intermediate", PART_INTER, aki_of_another_issuer_cert,
          "error profile-violation", "OpenSSL rejects it" },
        { "no SKI in the leaf is fine", PART_LEAF, no_ski, "", NULL },
        { "no SKI in the intermediate", PART_INTER, no_ski, "error profile-violation",
          "no subjectKeyIdentifier" },
        { "no SKI in the root", PART_ROOT, no_ski, "error profile-violation",
          "Root Root breaks" },
        { "no keyUsage in the leaf is fine", PART_LEAF, no_key_usage, "", NULL },
        { "no keyUsage in the intermediate", PART_INTER, no_key_usage, "error profile-violation",
          "is a CA and has no keyUsage" },
        { "no keyUsage in the root", PART_ROOT, no_key_usage, "error profile-violation",
          "keyCertSign" },
        { "basicConstraints not critical", PART_INTER, modest_constraints,
          "error profile-violation", "basicConstraints=critical,CA:TRUE" },
        { "a leaf that may sign certificates", PART_LEAF, sign_certs_as_well,
          "error profile-violation", "it is no CA" },
        { "a leaf with a path length", PART_LEAF, limit_path, "error profile-violation",
          "path length" },
        { "an empty subject", PART_LEAF, empty_subject, "error profile-violation",
          "subjectAltName is not critical" },
        { "an empty subject with critical names is fine", PART_LEAF, empty_subject_properly, "",
          NULL },
        { "policyConstraints not critical", PART_INTER, no_policy_but_it_matters_little,
          "warning profile-violation", "is not critical" },
        { "a root that names another issuer's key", PART_ROOT, foreign_aki,
          "error profile-violation", "names another issuer" },
        { "extensions in version 1", PART_LEAF, version_one_with_extensions,
          "error profile-violation, warning x509-v1", "not of version 3" },

        { "a policy that nobody has", PART_INTER, require_policy, "error policy-violation",
          "policies do not permit" },
        { "name constraints of nothing", PART_INTER, constrain_nothing,
          "error malformed-extension", "nameConstraints" },

        { "a negative serial", PART_LEAF, serial_below_zero, "error serial-invalid", "Go 1.23" },
        { "a negative serial of the root", PART_ROOT, serial_below_zero, "error serial-invalid",
          "trust stores" },
        { "serial zero", PART_LEAF, serial_zero, "warning serial-invalid", "zero" },
        { "serial zero of the root is nobody's business", PART_ROOT, serial_zero, "", NULL },
        { "a serial of 20 octets is fine", PART_LEAF, serial_of_20, "", NULL },
        { "a serial of 21 octets", PART_LEAF, serial_of_21, "warning serial-invalid",
          "longer than 20 octets" },
        { "version 1", PART_LEAF, version_one, "error hostname-cn-only, warning x509-v1", NULL },
        { "an intermediate of version 1", PART_INTER, version_one,
          "error intermediate-not-ca, warning x509-v1", "version 1" },
        { "a root of version 1 is fine", PART_ROOT, version_one, "", NULL },

        { "dates that cannot be read", PART_LEAF, dates_of_letters, "error malformed-validity",
          "cannot be read" },
        { "years of a private CA are fine", PART_LEAF, last_years, "", NULL },
        { "years of a public CA", PART_LEAF, last_years_publicly, "warning validity-too-long",
          "valid for 1000 days" },
        { "200 days of a public CA in 2026 are fine", PART_LEAF, last_hundreds_publicly,
          "error leaf-expired", NULL },

        { "a key that may encipher only", PART_LEAF, encipher_keys, "error key-usage-invalid",
          "ERR_SSL_KEY_USAGE_INCOMPATIBLE" },
        { "an RSA key that may encipher only", PART_LEAF, rsa_for_exchange,
          "warning key-usage-invalid", "RSA key exchange" },
        { "a key for nothing that TLS does", PART_LEAF, encipher_data, "error key-usage-invalid",
          "All clients" },
        { "purposes of another kind", PART_LEAF, only_clients, "error eku-missing-server-auth",
          "issued for clientAuth, emailProtection, 1.2.3.4.5; not for TLS servers" },
        { "an old type without TLS servers", PART_LEAF, netscape_clients,
          "error eku-missing-server-auth", "nsCertType" },
        { "an old type for TLS servers is fine", PART_LEAF, netscape_servers, "", NULL },
        { "an SKI that cannot be read", PART_LEAF, spoil_ski, "error malformed-extension",
          "subjectKeyIdentifier" },
        { "CRL distribution points that cannot be read", PART_LEAF, spoil_lists,
          "error malformed-extension", "crlDistributionPoints" },
        { "a CA of another kind", PART_INTER, also_clients, "error intermediate-eku-restricts",
          "a CA for clientAuth" },
        { "a root of another kind", PART_ROOT, also_clients, "error intermediate-eku-restricts",
          "the roots of the trust store" },
        { "a CA for Server Gated Crypto", PART_INTER, gated, "warning intermediate-eku-restricts",
          "msSGC, nsSGC" },

        { "an unknown critical extension of the root", PART_ROOT, unknown_critical,
          "error unhandled-critical-extension", "trust stores" },
        { "a root that allows no CA below it", PART_ROOT, no_more_cas,
          "error path-length-exceeded", "allows no CA below it" },
        { "a root without basicConstraints", PART_ROOT, no_constraints,
          "error intermediate-not-ca", "trust stores" },
        { "a root that may sign lists only", PART_ROOT, sign_lists_only,
          "error intermediate-not-ca", "no keyCertSign" },

        { "a curve that browsers do not know", PART_LEAF, bitcoin_key, "warning key-unsupported",
          "secp256k1" },
        { "an algorithm that browsers do not know", PART_LEAF, exotic_key,
          "warning key-unsupported", "Ed25519" },
        { "a curve that is spelled out", PART_LEAF, spelled_out_curve, "error key-unsupported",
          "instead of naming the curve" },
        { "a key that is none", PART_LEAF, garbled_key, "error input-unparseable",
          "public key of web.example cannot be read" },
        { "a key that nobody wants to compute with", PART_LEAF, endless_exponent,
          "error input-unparseable", "longer than clients accept" },
};

static struct minted *parts[PART_COUNT];

static const struct mint_spec SPECS[PART_COUNT] = {
        [PART_ROOT] = { .cn = "Root", .ca = true, .not_before_s = NOW - 1000 * DAY,
                        .not_after_s = NOW + 2600 * DAY },
        [PART_INTER] = { .cn = "Inter", .ca = true, .not_before_s = NOW - 1000 * DAY,
                         .not_after_s = NOW + 2600 * DAY },
        [PART_LEAF] = { .cn = HOST, .names = (const char *const[]){ HOST, NULL },
                        .not_before_s = NOW - 30 * DAY, .not_after_s = NOW + 60 * DAY },
};

/* "error leaf-expired, info root-included" */
static char *findings_str(const struct verdict *v)
{
        struct buf out = BUF_INIT(4096);

        for (size_t i = 0; i < v->findings.n; i++)
                buf_printf(&out, "%s%s %s", i ? ", " : "",
                           severity_str(v->findings.items[i].severity),
                           FINDINGS[v->findings.items[i].code].name);
        return buf_steal(&out);
}

/* Makes one stranger that others have been issued by; without what OpenSSL has cached of it. */
static void alter_part(int part, alter_fn *alter)
{
        struct minted *m = parts[part];
        uint8_t *der = NULL;

        alter(m->cert);
        assert_true(X509_sign(m->cert, parts[part ? part - 1 : 0]->key, EVP_sha256()) > 0);
        int n = i2d_X509(m->cert, &der);
        const uint8_t *at = der;

        X509_free(m->cert);
        m->cert = d2i_X509(NULL, &at, n);
        assert_non_null(m->cert);
        OPENSSL_free(der);
}

/* Mints the three, one of them altered, and validates them at @now_s. */
static void validate_row(const struct row *r, int64_t now_s, struct verdict *ret)
{
        for (int i = 0; i < PART_COUNT; i++)
                parts[i] = mint(&SPECS[i], i ? parts[i - 1] : NULL);
        if (r->alter)
                alter_part(r->part, r->alter);
        CLEANUP(chain_free_at_exit) struct chain *served =
                chain_of(MINTED(parts[PART_LEAF], parts[PART_INTER]));
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(MINTED(parts[PART_ROOT]));

        validate(&(struct validate_input){
                .served = served, .anchors = anchors, .host = HOST, .now_s = now_s,
        }, ret);
        for (int i = 0; i < PART_COUNT; i++)
                minted_free(parts[i]);
}

static bool tells(const struct finding *f, const char *words)
{
        return strstr(f->message, words) || strstr(f->remedy, words) ||
               (f->evidence && strstr(f->evidence, words));
}

static void a_row_holds(void **state)
{
        const struct row *r = *state;
        struct verdict v;

        validate_row(r, NOW, &v);
        AUTO_FREE char *found = findings_str(&v);

        assert_string_equal(found, r->expected);
        assert_true(v.trusted);
        if (r->says && !tells(&v.findings.items[0], r->says))
                fail_msg("\"%s\" \"%s\" \"%s\"", v.findings.items[0].message,
                         v.findings.items[0].remedy, v.findings.items[0].evidence);
        verdict_done(&v);
}

/* --- what is not a row ------------------------------------------------------------------------ */

static void what_only_python_minds_was_a_blemish_before_it(void **state)
{
        static const struct {
                alter_fn *alter;
                enum severity severity;
        } WAYS[] = { { no_aki, SEVERITY_WARNING }, { critical_aki, SEVERITY_ERROR } };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(WAYS); i++) {
                const struct row r = { .part = PART_INTER, .alter = WAYS[i].alter };
                struct verdict v;

                validate_row(&r, BEFORE_PYTHON, &v);
                const struct finding *f = finding_find(&v.findings, FINDING_PROFILE_VIOLATION);

                assert_non_null(f);
                assert_int_equal(f->severity, WAYS[i].severity);
                verdict_done(&v);
        }
}

static void break_much(struct x509_st *cert)
{
        no_ski(cert);
        critical_aki(cert);
        modest_constraints(cert);
}

static void all_that_one_certificate_breaks_is_one_finding(void **state)
{
        static const char *const RULES[] = {
                "aki-critical", "ski-missing", "basic-constraints-not-critical",
        };
        const struct row r = { .part = PART_INTER, .alter = break_much };
        struct verdict v;

        (void)state;
        validate_row(&r, NOW, &v);
        assert_int_equal(v.findings.n, 1);
        const struct finding *f = &v.findings.items[0];

        assert_int_equal(f->n_facts, ARRAY_LEN(RULES));
        for (size_t i = 0; i < ARRAY_LEN(RULES); i++) {
                assert_string_equal(f->facts[i].key, "rule");
                assert_string_equal(f->facts[i].value, RULES[i]);
        }
        assert_non_null(strstr(f->message, "; it is a CA and has no subjectKeyIdentifier; "));
        assert_non_null(strstr(f->evidence, "OpenSSL rejects it"));
        verdict_done(&v);
}

/* Whoever is trusted as he is need not be well-formed, but must be fit for use. */
static void a_leaf_that_is_an_anchor_owes_nobody_a_profile(void **state)
{
        static const struct {
                alter_fn *alter;
                const char *expected;
        } WAYS[] = {
                { no_aki, "" },
                { sign_certs_as_well, "" },
                { empty_subject, "" },
                { encipher_data, "error key-usage-invalid" },
                { serial_below_zero, "error serial-invalid" },
                { only_clients, "error eku-missing-server-auth" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(WAYS); i++) {
                CLEANUP(minted_free_at_exit)
                struct minted *m = forge(&SPECS[PART_LEAF], NULL, WAYS[i].alter);
                CLEANUP(chain_free_at_exit) struct chain *served = chain_of(MINTED(m));
                CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(MINTED(m));
                struct verdict v;

                validate(&(struct validate_input){
                        .served = served, .anchors = anchors, .host = HOST, .now_s = NOW,
                }, &v);
                AUTO_FREE char *found = findings_str(&v);

                assert_string_equal(found, WAYS[i].expected);
                verdict_done(&v);
        }
}

/* --- name constraints ------------------------------------------------------------------------- */

static void exclude_foo(struct x509_st *cert)
{
        configure_extension(cert, NID_name_constraints,
                            "critical,excluded;DNS:foo.example.com,excluded;DNS:.bar.example.com");
}

static void permit_example(struct x509_st *cert)
{
        configure_extension(cert, NID_name_constraints, "critical,permitted;DNS:example.com");
}

static void a_wildcard_is_held_to_every_name_it_stands_for(void **state)
{
        static const struct {
                alter_fn *alter;
                const char *name;
                bool allowed;
        } WAYS[] = {
                { exclude_foo, "*.example.com", false },
                { exclude_foo, "*.EXAMPLE.com", false },
                { exclude_foo, "*.foo.example.com", false },
                { exclude_foo, "*.other.example.com", true },
                { exclude_foo, "*.com", true }, /* it does not reach two labels down */
                { exclude_foo, "www.example.com", true },
                { exclude_foo, "foo.example.com", false },
                { permit_example, "*.example.com", true },
                { permit_example, "*.example.org", false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(WAYS); i++) {
                CLEANUP(minted_free_at_exit)
                struct minted *ca = forge(&SPECS[PART_ROOT], NULL, WAYS[i].alter);
                CLEANUP(minted_free_at_exit) struct minted *m = make_leaf(WAYS[i].name, ca);
                CLEANUP(cert_unref_at_exit) struct cert *issuer = cert_of(ca), *c = cert_of(m);

                if (cert_may_issue_for(issuer, c) != WAYS[i].allowed)
                        fail_msg("%s", WAYS[i].name);
        }
}

static void a_common_name_counts_when_there_is_no_dns_name(void **state)
{
        static const struct {
                const char *cn, *name;
                bool allowed;
        } WAYS[] = {
                { "www.example.com", NULL, true },
                { "www.example.org", NULL, false },
                { "www.example.org", "192.0.2.1", false },
                { "www.example.org", "www.example.com", true },
                { "Just a Name", NULL, true },
        };
        CLEANUP(minted_free_at_exit)
        struct minted *ca = forge(&SPECS[PART_ROOT], NULL, permit_example);
        CLEANUP(cert_unref_at_exit) struct cert *issuer = cert_of(ca);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(WAYS); i++) {
                CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                        .cn = WAYS[i].cn, .names = WAYS[i].name ? NAMES(WAYS[i].name) : NULL,
                        .not_after_s = NOW,
                }, ca);
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

                if (cert_may_issue_for(issuer, c) != WAYS[i].allowed)
                        fail_msg("%s", WAYS[i].cn);
        }
}

int main(void)
{
        const struct CMUnitTest others[] = {
                cmocka_unit_test(what_only_python_minds_was_a_blemish_before_it),
                cmocka_unit_test(all_that_one_certificate_breaks_is_one_finding),
                cmocka_unit_test(a_leaf_that_is_an_anchor_owes_nobody_a_profile),
                cmocka_unit_test(a_wildcard_is_held_to_every_name_it_stands_for),
                cmocka_unit_test(a_common_name_counts_when_there_is_no_dns_name),
        };
        struct CMUnitTest tests[ARRAY_LEN(ROWS) + ARRAY_LEN(others)];

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                tests[i] = (struct CMUnitTest){
                        .name = ROWS[i].name, .test_func = a_row_holds,
                        .initial_state = (void *)(uintptr_t)&ROWS[i],
                };
        memcpy(tests + ARRAY_LEN(ROWS), others, sizeof(others));
        return cmocka_run_group_tests(tests, NULL, NULL);
}
