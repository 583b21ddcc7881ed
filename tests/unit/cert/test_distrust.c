/* SPDX-License-Identifier: Apache-2.0 */
/* The table of removed CAs: no holes, and names, days and exceptions count as they should. */
#include "tests/unit/cert/forge.h"

#include "common/base/parse.h"
#include "common/cert/distrust.h"
#include "common/cert/path.h"

static int64_t day(const char *date)
{
        int64_t at_s = 0;

        assert_int_equal(parse_time(date, &at_s), 0);
        return at_s;
}

static void every_row_is_whole(void **state)
{
        (void)state;
        for (size_t i = 0; i < N_DISTRUSTED; i++) {
                const struct distrust *d = &DISTRUSTED[i];

                assert_true(*d->ca && *d->clients);
                assert_true(day(d->since) > day("2011-01-01"));
                if (d->issued_after)
                        assert_true(day(d->since) > day(d->issued_after));
                assert_true(d->names[0].organization || d->names[0].common_name);
                for (size_t k = 0; k < DISTRUST_MAX_NAMES; k++) {
                        const struct distrust_name *n = &d->names[k];

                        assert_true(!n->organization || strlen(n->organization) >= 5);
                        assert_true(!n->common_name || strlen(n->common_name) >= 5);
                }
        }
}

static struct mint_spec ca_spec(const char *cn)
{
        return (struct mint_spec){ .cn = cn, .ca = true, .not_before_s = day("2006-01-01"),
                                   .not_after_s = day("2040-01-01") };
}

static const char *organization; /* of the CA that is made */

static void add_organization(struct x509_st *cert)
{
        if (organization)
                add_to_subject(cert, NID_organizationName, organization,
                               (int)strlen(organization));
        X509_set_issuer_name(cert, X509_get_subject_name(cert));
}

/* What is found of a leaf of @issued below a root of these names; by the leaf's issuer or not. */
static const char *found(const char *o, const char *cn, const char *issued, const char *now,
                         bool with_root)
{
        struct mint_spec root_spec = ca_spec(cn), leaf_spec = { .cn = "web.example" };

        organization = o;
        leaf_spec.not_before_s = day(issued);
        leaf_spec.not_after_s = day(issued) + 90 * DAY;
        CLEANUP(minted_free_at_exit) struct minted *root =
                forge(&root_spec, NULL, add_organization);
        CLEANUP(minted_free_at_exit) struct minted *leaf = mint(&leaf_spec, root);
        CLEANUP(cert_unref_at_exit) struct cert *root_cert = cert_of(root);
        CLEANUP(cert_unref_at_exit) struct cert *leaf_cert = cert_of(leaf);
        const struct path p = {
                .steps = { { .cert = leaf_cert }, { .cert = root_cert } },
                .n = with_root ? 2 : 1, .complete = with_root,
        };
        const struct distrust *d = distrust_find(&p, day(now));

        return d ? d->ca : "nothing";
}

static void names_and_days_decide(void **state)
{
        static const struct {
                const char *o, *cn, *issued, *now, *found;
        } ROWS[] = {
                { "GeoTrust Inc.", "GeoTrust Global CA", "2017-01-01", "2018-10-16",
                  "Symantec (with GeoTrust, RapidSSL, thawte and VeriSign)" },
                { "GeoTrust Inc.", "GeoTrust Global CA", "2017-01-01", "2018-10-15", "nothing" },
                { "DigiCert Inc", "GeoTrust TLS RSA CA G1", "2024-01-01", "2024-02-01",
                  "nothing" },
                { "TÜRKTRUST Bilgi İletişim", "x", "2017-01-01", "2019-01-01", "TurkTrust" },
                { NULL, "PSCProcert", "2017-01-01", "2019-01-01", "PROCERT" },
                { "Entrust, Inc.", "Entrust Root Certification Authority - G2", "2024-11-12",
                  "2024-12-01", "Entrust (with AffirmTrust)" },
                { "Entrust, Inc.", "Entrust Root Certification Authority - G2", "2024-11-11",
                  "2024-12-01", "nothing" },
                { "Entrust Corporation", "Entrust OV TLS Issuing RSA CA 1", "2025-01-01",
                  "2025-02-01", "nothing" },
                { "TrustCor Systems S. de R.L.", "x", "2022-11-30", "2022-12-24", "nothing" },
                { "TrustCor Systems S. de R.L.", "x", "2022-12-01", "2022-12-24", "TrustCor" },
                { "TrustCor Systems S. de R.L.", "x", "2022-11-30", "2023-03-07", "TrustCor" },
                { NULL, "GeoTrust Inc.", "2017-01-01", "2019-01-01", "nothing" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                for (int with_root = 0; with_root < 2; with_root++)
                        assert_string_equal(found(ROWS[i].o, ROWS[i].cn, ROWS[i].issued,
                                                  ROWS[i].now, with_root), ROWS[i].found);
}

static void an_intermediate_that_stayed_trusted_spares_the_path(void **state)
{
        struct mint_spec root_spec = ca_spec("Root"), inter_spec = ca_spec("Apple IST CA 2 - G1");

        (void)state;
        organization = "GeoTrust Inc.";
        CLEANUP(minted_free_at_exit) struct minted *root =
                forge(&root_spec, NULL, add_organization);
        CLEANUP(minted_free_at_exit) struct minted *inter = mint(&inter_spec, root);

        add_to_subject(inter->cert, NID_organizationName, "Apple Inc.", 10);
        assert_true(X509_sign(inter->cert, root->key, EVP_sha256()) > 0);
        CLEANUP(minted_free_at_exit) struct minted *leaf = make_leaf("web.example", inter);
        CLEANUP(cert_unref_at_exit) struct cert *leaf_cert = cert_of(leaf);
        CLEANUP(cert_unref_at_exit) struct cert *inter_cert = cert_of(inter);
        struct path p = {
                .steps = { { .cert = leaf_cert }, { .cert = inter_cert } }, .n = 2,
        };

        assert_null(distrust_find(&p, NOW));
        p.steps[0].cert = inter_cert;
        p.n = 1;
        assert_non_null(distrust_find(&p, NOW)); /* the same issuer, and nobody in between */
        CLEANUP(cert_unref_at_exit) struct cert *root_cert = cert_of(root);

        p = (struct path){ .steps = { { .cert = root_cert } }, .n = 1, .complete = true };
        assert_null(distrust_find(&p, NOW)); /* a server certificate that is its own anchor */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_row_is_whole),
                cmocka_unit_test(names_and_days_decide),
                cmocka_unit_test(an_intermediate_that_stayed_trusted_spares_the_path),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
