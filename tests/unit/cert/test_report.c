/* SPDX-License-Identifier: Apache-2.0 */
/* The report and its JSON Schema, and certificates as text. Python tests validate whole reports. */
#include "tests/unit/cert/forge.h"

#include "common/cert/cert_print.h"
#include "common/cert/report.h"
#include "common/cert/validate.h"

#define SCHEMA TEST_DATA_DIR "/../../../packaging/schema/check.schema.json"

static json_t *load_schema(void)
{
        json_t *schema = json_load_file(SCHEMA, 0, NULL);

        assert_non_null(schema);
        return schema;
}

static void the_schema__knows_every_code_and_no_other(void **state)
{
        json_t *schema = load_schema(), *codes = NULL;

        (void)state;
        assert_int_equal(json_unpack(schema, "{s:{s:{s:o}}}", "$defs", "code", "enum", &codes), 0);
        assert_int_equal(json_array_size(codes), FINDING_COUNT);
        for (size_t i = 0; i < FINDING_COUNT; i++)
                assert_string_equal(json_string_value(json_array_get(codes, i)), FINDINGS[i].name);
        json_decref(schema);
}

/* Its keys are those of the schema, which lets no others pass; those of @which are complete. */
static void check_keys(const json_t *schema, const char *which, const json_t *o)
{
        const json_t *definition = which ? json_object_get(json_object_get(schema, "$defs"), which)
                                         : schema;
        const json_t *properties = json_object_get(definition, "properties");
        const json_t *required = json_object_get(definition, "required");
        const char *key;
        json_t *value;

        assert_true(json_is_false(json_object_get(definition, "additionalProperties")));
        json_object_foreach((json_t *)o, key, value) /* the macro wants no const */
                if (!json_object_get(properties, key))
                        fail_msg("the schema of %s does not know \"%s\"", which ? which : "all",
                                 key);
        for (size_t i = 0; which && i < json_array_size(required); i++) {
                key = json_string_value(json_array_get(required, i));
                if (!json_object_get(o, key))
                        fail_msg("%s lacks \"%s\"", which, key);
        }
}

static void every_key__is_in_the_schema(void **state)
{
        json_t *schema = load_schema();
        struct minted *root = make_ca("Root", NULL), *ca = make_ca("CA", root);
        struct minted *leaf = make_leaf("a.test", ca);
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of(MINTED(leaf));
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(MINTED(root));
        CLEANUP(trust_unref_at_exit) struct trust *extra = trust_of(MINTED(ca));
        struct verdict v;

        (void)state;
        validate(&(struct validate_input){
                .served = served, .anchors = anchors, .pools = { .configured = extra },
                .now_s = NOW,
        }, &v);
        json_t *report = report_verdict(&v, served);
        static const char *const LISTS[][2] = {
                { "diagnoses", "diagnosis" }, { "repair", "repair" }, { "path", "step" },
                { "chain", "certificate" },
        };

        report_add_certs(report, served, SIZE_MAX);
        check_keys(schema, NULL, report);
        for (size_t i = 0; i < ARRAY_LEN(LISTS); i++)
                check_keys(schema, LISTS[i][1],
                           json_array_get(json_object_get(report, LISTS[i][0]), 0));
        json_decref(report);
        json_decref(schema);
        verdict_done(&v);
        minted_free(leaf);
        minted_free(ca);
        minted_free(root);
}

static void what_is_to_be_added__stands_there_whole(void **state)
{
        struct minted *root = make_ca("Root", NULL), *ca = make_ca("CA", root);
        struct minted *leaf = make_leaf("a.test", ca);
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of(MINTED(leaf));
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(MINTED(root));
        CLEANUP(trust_unref_at_exit) struct trust *extra = trust_of(MINTED(ca));
        CLEANUP(cert_unref_at_exit) struct cert *wanted = cert_of(ca);
        AUTO_FREE char *pem = cert_pem(wanted);
        const char *action, *source, *found, *why;
        struct verdict v;

        (void)state;
        validate(&(struct validate_input){
                .served = served, .anchors = anchors, .pools = { .configured = extra },
                .now_s = NOW,
        }, &v);
        json_t *report = report_verdict(&v, served);
        json_t *step = json_array_get(json_object_get(report, "repair"), 1);

        assert_int_equal(json_unpack(step, "{s:s, s:s, s:s, s:s}", "action", &action, "source",
                                     &source, "pem", &found, "why", &why), 0);
        assert_string_equal(action, "add");
        assert_string_equal(source, "configured");
        assert_string_equal(why, "missing-intermediate");
        assert_string_equal(found, pem);
        json_decref(report);
        verdict_done(&v);
        minted_free(leaf);
        minted_free(ca);
        minted_free(root);
}

static void a_fact_that_comes_again__makes_a_list(void **state)
{
        struct verdict v = { 0 };
        const char *one, *two, *three;

        (void)state;
        verdict_add(&v, FINDING_WEAK_KEY, NULL, "A.", "B.");
        finding_fact(&v.findings.items[0], "url", "1");
        finding_fact(&v.findings.items[0], "name", "x");
        finding_fact(&v.findings.items[0], "url", "2");
        finding_fact(&v.findings.items[0], "url", "3");
        json_t *report = report_verdict(&v, NULL);
        json_t *diagnosis = json_array_get(json_object_get(report, "diagnoses"), 0);

        assert_int_equal(json_unpack(diagnosis, "{s:{s:[sss], s:s}}", "facts", "url", &one, &two,
                                     &three, "name", &(const char *){ NULL }), 0);
        assert_string_equal(one, "1");
        assert_string_equal(two, "2");
        assert_string_equal(three, "3");
        json_decref(report);
        verdict_done(&v);
}

static void text__shows_every_extension_by_name(void **state)
{
        static const char *const SHOWN[] = {
                "Version: 3", "Serial Number:", "Issuer: CN = Root", "Not After : Mar 16", "P-256",
                "X509v3 Extended Key Usage", "TLS Web Server Authentication", "DNS:a.test",
                "X509v3 Key Usage", "SHA-256 fingerprint: ", "SHA-1 fingerprint: ",
                "Signature Value:",
        };
        struct minted *root = make_ca("Root", NULL), *leaf = make_leaf("a.test", root);
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(leaf);
        AUTO_FREE char *text = cert_print(c);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(SHOWN); i++)
                if (!strstr(text, SHOWN[i]))
                        fail_msg("\"%s\" is missing in\n%s", SHOWN[i], text);
        minted_free(leaf);
        minted_free(root);
}

static void make_hostile(struct x509_st *cert)
{
        add_to_subject(cert, NID_organizationName, "\033[2Jx\xe2\x80\xae", 8);
        set_dns_name(cert, "a\033[31m\x07\r.test", 12);
}

static void text__is_printable_whatever_it_holds(void **state)
{
        struct minted *leaf = forge(&(struct mint_spec){
                .cn = "a.test", .names = NAMES("a.test"),
                .not_before_s = NOW - DAY, .not_after_s = NOW + DAY,
        }, NULL, make_hostile);
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(leaf);
        AUTO_FREE char *text = cert_print(c);

        (void)state;
        for (const char *p = text; *p; p++)
                assert_true(*p == '\n' || (unsigned char)*p >= ' ');
        assert_null(strstr(text, "\xe2\x80\xae"));
        assert_non_null(strstr(text, "fingerprint"));
        minted_free(leaf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_schema__knows_every_code_and_no_other),
                cmocka_unit_test(every_key__is_in_the_schema),
                cmocka_unit_test(what_is_to_be_added__stands_there_whole),
                cmocka_unit_test(a_fact_that_comes_again__makes_a_list),
                cmocka_unit_test(text__shows_every_extension_by_name),
                cmocka_unit_test(text__is_printable_whatever_it_holds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
