/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of certificates made for the occasion. */
#include "tests/unit/cert/forge.h"

#include <errno.h>
#include <stdio.h>

static void keys_are_named_and_measured(void **state)
{
        static const struct {
                enum mint_key mint;
                enum key_kind kind;
                int bits;
                const char *name, *signature;
        } ROWS[] = {
                { MINT_EC_P256, KEY_EC, 256, "EC P-256", "ecdsa-with-SHA256" },
                { MINT_EC_P384, KEY_EC, 384, "EC P-384", "ecdsa-with-SHA256" },
                { MINT_RSA_2048, KEY_RSA, 2048, "RSA", "sha256WithRSAEncryption" },
                { MINT_RSA_1024, KEY_RSA, 1024, "RSA", "sha256WithRSAEncryption" },
                { MINT_ED25519, KEY_ED25519, 256, "Ed25519", "ED25519" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                        .cn = "x", .key = ROWS[i].mint, .not_after_s = NOW,
                }, NULL);
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

                assert_int_equal(c->key, ROWS[i].kind);
                assert_int_equal(c->key_bits, ROWS[i].bits);
                assert_string_equal(c->key_name, ROWS[i].name);
                assert_string_equal(c->sig_name, ROWS[i].signature);
                assert_false(c->sig_weak);
                assert_true(c->self_signed);
        }
}

static void old_digests_are_weak(void **state)
{
        static const struct {
                const char *digest;
                bool weak;
        } ROWS[] = {
                { "MD5", true }, { "SHA1", true }, { "SHA224", false }, { "SHA256", false },
                { "SHA384", false }, { "SHA512", false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                CLEANUP(minted_free_at_exit)
                struct minted *m = mint(
                        &(struct mint_spec){
                                .cn = "x",
                                .key = MINT_RSA_2048,
                                .digest = ROWS[i].digest,
                                .not_after_s = NOW,
                        },
                        NULL);
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

                assert_int_equal(c->sig_weak, ROWS[i].weak);
        }
}

static void names_are_dns_names_and_addresses(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                .cn = "example.com", .not_after_s = NOW,
                .names = NAMES("example.com", "*.example.com", "192.0.2.1", "2001:db8::1"),
        }, NULL);
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);
        AUTO_FREE char *all = cert_names_str(c, 10), *two = cert_names_str(c, 2);
        AUTO_FREE char *one = cert_names_str(c, 1), *none = cert_names_str(c, 0);

        (void)state;
        assert_int_equal(c->n_names, 4);
        assert_int_equal(c->names[1].kind, CERT_NAME_DNS);
        assert_int_equal(c->names[2].kind, CERT_NAME_IP);
        assert_int_equal(c->names[2].len, 4);
        assert_int_equal(c->names[3].len, 16);
        assert_string_equal(all, "example.com, *.example.com, 192.0.2.1, 2001:db8::1");
        assert_string_equal(two, "example.com, *.example.com and 2 more");
        assert_string_equal(one, "example.com");
        assert_string_equal(none, "");
}

static void the_common_name_is_kept_apart(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *m = make_leaf("example.com", NULL);
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

        (void)state;
        assert_true(c->has_cn);
        assert_string_equal(c->cn, "example.com");
        assert_string_equal(c->subject, "CN=example.com");
        assert_string_equal(c->issuer, "CN=example.com");
}

static void give_a_serial(struct x509_st *cert)
{
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), UINT64_C(0x0a0b0c0d0e0f));
}

static void give_a_negative_serial(struct x509_st *cert)
{
        ASN1_INTEGER_set_int64(X509_get_serialNumber(cert), -255);
}

static void serials_are_printed_in_hex(void **state)
{
        const struct mint_spec spec = { .cn = "x", .not_after_s = NOW };
        CLEANUP(minted_free_at_exit) struct minted *a = forge(&spec, NULL, give_a_serial);
        CLEANUP(minted_free_at_exit) struct minted *b = forge(&spec, NULL, give_a_negative_serial);
        CLEANUP(cert_unref_at_exit) struct cert *x = cert_of(a), *y = cert_of(b);

        (void)state;
        assert_string_equal(x->serial, "0A0B0C0D0E0F");
        assert_string_equal(y->serial, "-FF");
}

static void dates_are_read_to_the_second(void **state)
{
        static const struct {
                int64_t from_s, until_s;
                bool ok;
        } ROWS[] = {
                { 0, 1, true },
                { NOW, NOW, true },
                { NOW, NOW - 1, false },
                { INT64_C(2524607999), INT64_C(2524608000), true }, /* UTCTime to GeneralizedTime */
                { NOW, INT64_C(253402300799), true },               /* 9999-12-31, "no end" */
                { -631152000, NOW, true },                          /* 1950 */
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                        .cn = "x", .not_before_s = ROWS[i].from_s, .not_after_s = ROWS[i].until_s,
                }, NULL);
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

                assert_int_equal(c->dates_ok, ROWS[i].ok);
                assert_int_equal(c->not_before_s, ROWS[i].from_s);
                assert_int_equal(c->not_after_s, ROWS[i].until_s);
        }
}

static void rights_are_read(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *root = mint(&(struct mint_spec){
                .cn = "Root", .ca = true, .not_after_s = NOW,
        }, NULL);
        CLEANUP(minted_free_at_exit) struct minted *limited = mint(&(struct mint_spec){
                .cn = "CA", .ca = true, .limit_path = true, .path_length = 0, .not_after_s = NOW,
                .eku = "clientAuth",
        }, root);
        CLEANUP(minted_free_at_exit) struct minted *leaf = mint(&(struct mint_spec){
                .cn = "x", .not_after_s = NOW, .eku = "", .critical_oid = "1.2.3.4.5",
                .ca_issuers = "http://ca.example/ca.crt",
        }, limited);
        CLEANUP(cert_unref_at_exit) struct cert *r = cert_of(root), *m = cert_of(limited),
                                                *l = cert_of(leaf);

        (void)state;
        assert_true(r->is_ca && r->may_sign_certs && r->has_key_usage && !r->may_sign_data);
        assert_int_equal(r->path_length, -1);
        assert_false(r->has_eku);
        assert_true(r->self_issued && r->self_signed);
        assert_true(m->is_ca);
        assert_int_equal(m->path_length, 0);
        assert_true(m->has_eku && !m->eku_server_auth && !m->eku_any);
        assert_false(m->self_issued || m->self_signed);
        assert_false(l->is_ca || l->may_sign_certs);
        assert_true(l->may_sign_data);
        assert_false(l->has_eku);
        assert_string_equal(l->unhandled_critical, "1.2.3.4.5");
        assert_int_equal(l->n_ca_issuers, 1);
        assert_string_equal(l->ca_issuers[0], "http://ca.example/ca.crt");
        assert_null(m->unhandled_critical);
        assert_int_equal(l->version, 3);
}

static void only_http_urls_of_issuers_are_kept(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                .cn = "x", .not_after_s = NOW, .ca_issuers = "ldap://ca.example/ca",
        }, NULL);
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

        (void)state;
        assert_int_equal(c->n_ca_issuers, 0);
}

/* --- extensions that cannot be used ---------------------------------------------------------- */

static void spoil_much(struct x509_st *cert)
{
        set_extension(cert, NID_subject_key_identifier, "\x30", 1);
        set_extension(cert, NID_key_usage, "\x04\x00", 2);
        set_extension(cert, NID_info_access, "", 0);
}

static void limit_below_zero(struct x509_st *cert)
{
        set_extension(cert, NID_basic_constraints, "\x30\x06\x01\x01\xff\x02\x01\xff", 8);
}

static void limit_hugely(struct x509_st *cert)
{
        set_extension(cert, NID_basic_constraints,
                      "\x30\x0f\x01\x01\xff\x02\x0a\x01\0\0\0\0\0\0\0\0\0", 17);
}

static void limit_without_rights(struct x509_st *cert)
{
        set_extension(cert, NID_basic_constraints, "\x30\x03\x02\x01\x01", 5);
}

static void repeat_names(struct x509_st *cert)
{
        repeat_extension(cert, NID_subject_key_identifier);
        repeat_extension(cert, NID_subject_alt_name);
        repeat_extension(cert, NID_basic_constraints);
}

static void repeat_policies(struct x509_st *cert)
{
        set_extension(cert, NID_certificate_policies, "\x30\x07\x30\x05\x06\x03\x2a\x03\x04", 9);
        repeat_extension(cert, NID_certificate_policies);
}

static void invent_an_extension(struct x509_st *cert)
{
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
        ASN1_OBJECT *type = OBJ_txt2obj("1.2.3.4.5", 1);

        ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x30", 1);
        for (int i = 0; i < 2; i++) {
                X509_EXTENSION *ext = X509_EXTENSION_create_by_OBJ(NULL, type, 0, value);

                X509_add_ext(cert, ext, -1);
                X509_EXTENSION_free(ext);
        }
        ASN1_OBJECT_free(type);
        ASN1_OCTET_STRING_free(value);
}

static void the_worst_flaw_of_the_extensions_is_kept(void **state)
{
        static const struct {
                alter_fn *alter;
                const char *malformed, *duplicate;
                bool decisive;
        } ROWS[] = {
                { NULL, NULL, NULL, false },
                { spoil_much, "keyUsage", NULL, true },
                { limit_below_zero, "basicConstraints", NULL, true },
                { limit_hugely, NULL, NULL, false },
                { limit_without_rights, NULL, NULL, false }, /* a breach of the profile */
                { repeat_names, NULL, "subjectKeyIdentifier", true },
                { repeat_policies, NULL, "certificatePolicies", false },
                { invent_an_extension, NULL, "1.2.3.4.5", false }, /* its form nobody knows */
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                CLEANUP(minted_free_at_exit) struct minted *m = forge(&(struct mint_spec){
                        .cn = "x", .names = NAMES("x"), .not_after_s = NOW,
                }, NULL, ROWS[i].alter);
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);
                const struct {
                        const char *expected;
                        const struct cert_flaw *flaw;
                } both[] = {
                        { ROWS[i].malformed, &c->malformed_extension },
                        { ROWS[i].duplicate, &c->duplicate_extension },
                };

                for (size_t k = 0; k < 2; k++) {
                        assert_int_equal(both[k].flaw->extension != NULL, both[k].expected != NULL);
                        if (!both[k].expected)
                                continue;
                        assert_string_equal(both[k].flaw->extension, both[k].expected);
                        assert_int_equal(both[k].flaw->decisive, ROWS[i].decisive);
                }
        }
}

static void what_cannot_be_used_allows_nothing(void **state)
{
        static const struct {
                alter_fn *alter;
                bool is_ca, may_sign, has_names;
                int path_length;
        } ROWS[] = {
                { NULL, true, true, true, -1 },
                { spoil_much, true, false, true, -1 },
                { limit_below_zero, true, true, true, 0 },
                { limit_hugely, true, true, true, 1000 },
                { repeat_names, false, true, false, -1 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                CLEANUP(minted_free_at_exit) struct minted *m = forge(&(struct mint_spec){
                        .cn = "x", .names = NAMES("x"), .ca = true, .not_after_s = NOW,
                }, NULL, ROWS[i].alter);
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

                assert_true(c->has_key_usage);
                assert_int_equal(c->is_ca, ROWS[i].is_ca);
                assert_int_equal(c->may_sign_certs, ROWS[i].may_sign);
                assert_int_equal(c->n_names > 0, ROWS[i].has_names);
                assert_int_equal(c->names_unreadable, !ROWS[i].has_names);
                assert_int_equal(c->path_length, ROWS[i].path_length);
        }
}

static void permit_corp(struct x509_st *cert)
{
        configure_extension(cert, NID_name_constraints,
                            "critical,permitted;DNS:corp.example,excluded;DNS:secret.corp.example,"
                            "permitted;IP:192.0.2.0/255.255.255.0");
}

static void name_constraints_are_held_against_every_name(void **state)
{
        static const struct {
                const char *name, *other;
                bool allowed;
        } ROWS[] = {
                { "corp.example", NULL, true },
                { "www.corp.example", "a.b.corp.example", true },
                { "www.corp.example", "x.test", false },
                { "notcorp.example", NULL, false },
                { "a.secret.corp.example", NULL, false },
                { "192.0.2.7", "corp.example", true },
                { "198.51.100.7", NULL, false },
                { "2001:db8::1", NULL, false },
        };
        CLEANUP(minted_free_at_exit) struct minted *ca = forge(&(struct mint_spec){
                .cn = "CA", .ca = true, .not_after_s = NOW,
        }, NULL, permit_corp);
        CLEANUP(cert_unref_at_exit) struct cert *issuer = cert_of(ca);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                        .cn = "x", .names = NAMES(ROWS[i].name, ROWS[i].other), .not_after_s = NOW,
                }, ca);
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

                if (cert_may_issue_for(issuer, c) != ROWS[i].allowed)
                        fail_msg("%s", ROWS[i].name);
                assert_true(cert_may_issue_for(c, issuer));
                assert_int_equal(cert_constraints_cost(issuer, c), 3 * (ROWS[i].other ? 3 : 2));
                assert_int_equal(cert_constraints_cost(c, issuer), 0);
        }
}

/* --- labels ---------------------------------------------------------------------------------- */

static void name_all(struct x509_st *cert)
{
        add_to_subject(cert, NID_organizationalUnitName, "Unit", 4);
        add_to_subject(cert, NID_organizationName, "Org", 3);
        add_to_subject(cert, NID_commonName, "general", 7);
        add_to_subject(cert, NID_commonName, "specific", 8);
}

static void name_organisation(struct x509_st *cert)
{
        add_to_subject(cert, NID_organizationalUnitName, "Unit", 4);
        add_to_subject(cert, NID_organizationName, "Org", 3);
}

static void name_unit(struct x509_st *cert)
{
        add_to_subject(cert, NID_organizationalUnitName, "Unit", 4);
}

static void name_country(struct x509_st *cert)
{
        add_to_subject(cert, NID_countryName, "DE", 2);
}

static void name_emptily(struct x509_st *cert)
{
        add_to_subject(cert, NID_organizationName, "Org", 3);
        add_to_subject(cert, NID_commonName, "", 0);
}

static void name_by_nothing(struct x509_st *cert)
{
        set_dns_name(cert, "", 0);
}

static void the_label_is_the_shortest_name_people_know(void **state)
{
        static const struct {
                alter_fn *alter;
                const char *san, *label;
        } ROWS[] = {
                { name_all, "a.example", "specific" },
                { name_organisation, "a.example", "Org" },
                { name_unit, "a.example", "Unit" },
                { name_emptily, "a.example", "Org" },
                { name_country, "a.example", "a.example" },
                { name_country, "192.0.2.1", "192.0.2.1" },
                { name_country, NULL, "(no name)" },
                { name_by_nothing, NULL, "(no name)" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                CLEANUP(minted_free_at_exit) struct minted *m = forge(&(struct mint_spec){
                        .names = ROWS[i].san ? NAMES(ROWS[i].san) : NULL, .not_after_s = NOW,
                }, NULL, ROWS[i].alter);
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

                assert_string_equal(c->label, ROWS[i].label);
        }
}

static void name_nastily(struct x509_st *cert)
{
        static const char nasty[] = "a\0b\x1b[31m\"q\"\n\xe2\x80\xae" "moc\xff";

        add_to_subject(cert, NID_commonName, nasty, sizeof(nasty) - 1);
        set_dns_name(cert, nasty, sizeof(nasty) - 1);
}

static void foreign_bytes_are_shown_harmlessly(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *m = forge(&(struct mint_spec){
                .names = NAMES("x"), .not_after_s = NOW,
        }, NULL, name_nastily);
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);
        AUTO_FREE char *names = cert_names_str(c, 5);
        const char *const texts[] = { c->subject, c->issuer, c->label, names };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                for (const char *p = texts[i]; *p; p++)
                        assert_true((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f);
        assert_non_null(strstr(names, "a\\x00b\\x1B[31m\"q\"\\x0A\\xE2\\x80\\xAEmoc\\xFF"));
        assert_int_equal(c->names[0].len, 19);
}

/* --- bytes ----------------------------------------------------------------------------------- */

static void only_one_whole_certificate_is_parsed(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *m = make_leaf("x.example", NULL);
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m), *again = NULL;
        AUTO_FREE uint8_t *longer = calloc(1, c->der_len + 1);
        struct cert *none = NULL;
        const char *reason = NULL;

        (void)state;
        memcpy(longer, c->der, c->der_len);
        assert_int_equal(cert_parse(&again, c->der, c->der_len, &reason), 0);
        assert_true(cert_same(c, again));
        assert_string_equal(c->fingerprint, again->fingerprint);
        assert_int_equal(strlen(c->fingerprint), 64);
        assert_int_equal(cert_parse(&none, longer, c->der_len + 1, &reason), -EINVAL);
        assert_string_equal(reason, "bytes after the certificate");
        for (size_t n = 0; n < c->der_len; n += 7) {
                assert_int_equal(cert_parse(&none, c->der, n, &reason), -EINVAL);
                assert_string_equal(reason, "not a DER certificate");
        }
        assert_null(none);
}

static void an_enormous_certificate_is_refused(void **state)
{
        AUTO_FREE uint8_t *bytes = calloc(1, CERT_MAX_DER_BYTES + 1);
        const char *reason = NULL;
        struct cert *c = NULL;

        (void)state;
        assert_int_equal(cert_parse(&c, bytes, CERT_MAX_DER_BYTES + 1, &reason), -E2BIG);
        assert_null(c);
        assert_non_null(reason);
}

static void the_pem_is_openssls(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *m = make_leaf("x.example", NULL);
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);
        AUTO_FREE char *pem = cert_pem(c);

        (void)state;
        assert_string_equal(pem, m->pem);
}

static void a_certificate_lives_as_long_as_its_last_reference(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *m = make_leaf("x.example", NULL);
        struct cert *c = cert_of(m), *other = cert_ref(c);

        (void)state;
        cert_unref(c);
        assert_string_equal(other->label, "x.example");
        cert_unref(other);
        cert_unref(NULL);
}

/* --- who issued whom ------------------------------------------------------------------------- */

static void drop_key_identifier(struct x509_st *cert)
{
        remove_extension(cert, NID_authority_key_identifier);
}

static void an_issuer_is_known_by_name_and_key_identifier(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *ca = make_ca("CA", NULL);
        CLEANUP(minted_free_at_exit) struct minted *rekeyed = make_ca("CA", NULL);
        CLEANUP(minted_free_at_exit) struct minted *other = make_ca("Other CA", NULL);
        CLEANUP(minted_free_at_exit) struct minted *leaf = make_leaf("x.example", ca);
        CLEANUP(minted_free_at_exit) struct minted *bare = forge(&(struct mint_spec){
                .cn = "x.example", .not_after_s = NOW,
        }, ca, drop_key_identifier);
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(ca), *r = cert_of(rekeyed),
                                                *o = cert_of(other), *l = cert_of(leaf),
                                                *b = cert_of(bare);

        (void)state;
        assert_true(cert_names_issuer(l, c));
        assert_false(cert_names_issuer(l, r)); /* same name, another key identifier */
        assert_false(cert_names_issuer(l, o));
        assert_false(cert_names_issuer(c, l));
        assert_true(cert_names_issuer(b, c));
        assert_true(cert_names_issuer(b, r)); /* nothing speaks against it but the signature */
        assert_true(cert_verify_signature(l, c));
        assert_true(cert_verify_signature(b, c));
        assert_false(cert_verify_signature(b, r));
        assert_false(cert_verify_signature(l, o));
        assert_true(cert_verify_signature(c, c));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(keys_are_named_and_measured),
                cmocka_unit_test(old_digests_are_weak),
                cmocka_unit_test(names_are_dns_names_and_addresses),
                cmocka_unit_test(the_common_name_is_kept_apart),
                cmocka_unit_test(serials_are_printed_in_hex),
                cmocka_unit_test(dates_are_read_to_the_second),
                cmocka_unit_test(rights_are_read),
                cmocka_unit_test(only_http_urls_of_issuers_are_kept),
                cmocka_unit_test(the_worst_flaw_of_the_extensions_is_kept),
                cmocka_unit_test(what_cannot_be_used_allows_nothing),
                cmocka_unit_test(name_constraints_are_held_against_every_name),
                cmocka_unit_test(the_label_is_the_shortest_name_people_know),
                cmocka_unit_test(foreign_bytes_are_shown_harmlessly),
                cmocka_unit_test(only_one_whole_certificate_is_parsed),
                cmocka_unit_test(an_enormous_certificate_is_refused),
                cmocka_unit_test(the_pem_is_openssls),
                cmocka_unit_test(a_certificate_lives_as_long_as_its_last_reference),
                cmocka_unit_test(an_issuer_is_known_by_name_and_key_identifier),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
