/* SPDX-License-Identifier: Apache-2.0 */
/* What labels of metrics say of a certificate. */
#include "tests/unit/cert/forge.h"

#include "common/cert/cert_labels.h"

#include <openssl/x509v3.h>
#include <string.h>

static struct cert *made(const struct mint_spec *spec, alter_fn *alter)
{
        struct minted *ca = make_ca("Test CA", NULL), *m = forge(spec, ca, alter);
        struct cert *c = cert_of(m);

        minted_free(m);
        minted_free(ca);
        return c;
}

static void set_names(struct x509_st *cert)
{
        ASN1_INTEGER *serial = X509_get_serialNumber(cert);
        X509_EXTENSION *san = X509V3_EXT_conf_nid(
                NULL, NULL, NID_subject_alt_name,
                "DNS:a.example,DNS:*.a.example,IP:192.0.2.1,IP:2001:db8::1,email:x@a.example");

        ASN1_INTEGER_set_uint64(serial, 0x0abcdef);
        X509_EXTENSION_free(
                X509_delete_ext(cert, X509_get_ext_by_NID(cert, NID_subject_alt_name, -1)));
        assert_int_equal(X509_add_ext(cert, san, -1), 1);
        X509_EXTENSION_free(san);
        add_to_subject(cert, NID_countryName, "DE", 2);
        add_to_subject(cert, NID_organizationName, "Acme, Inc.", 10);
        add_to_subject(cert, NID_organizationalUnitName, "Web", 3);
        add_to_subject(cert, NID_organizationalUnitName, "Ops\n", 4);
        add_to_subject(cert, NID_commonName, "#last ", 6);
}

static void everything_is_told_as_other_exporters_do(void **state)
{
        const struct mint_spec spec = { .cn = "first", .names = NAMES("first"),
                                        .not_before_s = NOW, .not_after_s = NOW + DAY };
        struct cert *c = made(&spec, set_names);
        struct cert_labels l;

        (void)state;
        cert_labels_of(c, &l);
        assert_string_equal(l.serial_decimal, "11259375");
        assert_string_equal(l.serial_hex, "abcdef");
        assert_string_equal(l.cn, "#last ");
        assert_string_equal(l.issuer_cn, "Test CA");
        assert_string_equal(l.dns_names, ",a.example,*.a.example,");
        assert_string_equal(l.dns_plain, "a.example,*.a.example");
        assert_string_equal(l.ips, ",192.0.2.1,2001:db8::1,");
        assert_string_equal(l.emails, ",x@a.example,");
        assert_string_equal(l.ou, ",Web,Ops\\x0A,");
        assert_string_equal(l.subject, "CN=\\#last\\ ,OU=Web+OU=Ops\\x0A,O=Acme\\, Inc.,C=DE");
        assert_string_equal(l.issuer, "CN=Test CA");
        cert_labels_done(&l);
        cert_unref(c);
}

/* As many names as fit, each of them whole. */
static void what_is_too_much_is_left_out(void **state)
{
        static char names[600][20];
        const char *list[601] = { NULL };
        struct cert_labels l;

        (void)state;
        for (int i = 0; i < 600; i++) {
                (void)snprintf(names[i], sizeof(names[i]), "n%04d.example", i);
                list[i] = names[i];
        }
        const struct mint_spec spec = { .cn = "many", .names = list, .not_before_s = NOW,
                                        .not_after_s = NOW + DAY };
        struct cert *c = made(&spec, NULL);

        cert_labels_of(c, &l);
        size_t n = strlen(l.dns_names);

        assert_in_range(n, CERT_LABEL_MAX_BYTES - 20, CERT_LABEL_MAX_BYTES);
        assert_string_equal(l.dns_names + n - 9, ".example,");
        cert_labels_done(&l);
        cert_unref(c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(everything_is_told_as_other_exporters_do),
                cmocka_unit_test(what_is_too_much_is_left_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
