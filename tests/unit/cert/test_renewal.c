/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate in the place of another: renewed or changed, and what is said of it. */
#include "forge.h"

#include "common/base/mem.h"
#include "common/cert/finding.h"
#include "common/cert/renewal.h"

#include <stdio.h>

static struct minted *ca, *other_ca;

static int make_cas(void **state)
{
        (void)state;
        ca = make_ca("One CA", NULL);
        other_ca = make_ca("Other CA", NULL);
        return 0;
}

static int free_cas(void **state)
{
        (void)state;
        minted_free(ca);
        minted_free(other_ca);
        return 0;
}

struct side {
        const char *cn;
        const char *names[4]; /* NULL-terminated */
        int last_day;
};

static const struct row {
        const char *name;
        struct side was, is;
        enum finding_code code;
        const char *added, *removed; /* NULL = none */
} ROWS[] = {
        { "the same names and a later end are a renewal",
          { "a.example", { "a.example", "b.example" }, 30 },
          { "a.example", { "b.example", "A.example" }, 90 }, FINDING_RENEWED, NULL, NULL },
        { "more names are a renewal",
          { "a.example", { "a.example" }, 30 },
          { "a.example", { "a.example", "b.example", "192.0.2.1" }, 90 },
          FINDING_RENEWED, "b.example, 192.0.2.1", NULL },
        { "a wildcard covers the name it stands for",
          { "www.a.example", { "www.a.example" }, 30 },
          { "a.example", { "*.a.example" }, 90 }, FINDING_RENEWED, "*.a.example",
          "www.a.example" },
        { "a wildcard covers no deeper name and not its own parent",
          { "a.example", { "x.www.a.example", "a.example" }, 30 },
          { "a.example", { "*.a.example" }, 90 }, FINDING_CHANGED, "*.a.example",
          "a.example, x.www.a.example" },
        { "a name does not cover the wildcard",
          { "a.example", { "*.a.example" }, 30 },
          { "a.example", { "www.a.example" }, 90 }, FINDING_CHANGED, "www.a.example",
          "*.a.example" },
        { "a name that is gone is a change",
          { "a.example", { "a.example", "b.example" }, 30 },
          { "a.example", { "a.example" }, 90 }, FINDING_CHANGED, NULL, "b.example" },
        { "an address that is gone is a change",
          { "a.example", { "a.example", "192.0.2.1" }, 30 },
          { "a.example", { "a.example", "192.0.2.2" }, 90 }, FINDING_CHANGED, "192.0.2.2",
          "192.0.2.1" },
        { "an earlier end is a change",
          { "a.example", { "a.example" }, 90 },
          { "a.example", { "a.example" }, 30 }, FINDING_CHANGED, NULL, NULL },
        { "the same end is a change",
          { "a.example", { "a.example" }, 90 },
          { "a.example", { "a.example" }, 90 }, FINDING_CHANGED, NULL, NULL },
        { "a Common Name counts where there are no other names",
          { "old.example", { NULL }, 30 },
          { "new.example", { "old.example" }, 90 }, FINDING_RENEWED, "old.example", NULL },
        { "another Common Name is a change where there are no other names",
          { "old.example", { NULL }, 30 },
          { "new.example", { NULL }, 90 }, FINDING_CHANGED, NULL, NULL },
};

static struct minted *mint_side(const struct side *s, const struct minted *issuer)
{
        return mint(&(struct mint_spec){
                .cn = s->cn, .names = s->names[0] ? s->names : NULL,
                .not_before_s = NOW - 10 * DAY, .not_after_s = NOW + s->last_day * DAY,
        }, issuer);
}

static const char *fact(const struct finding *f, const char *key)
{
        for (size_t i = 0; i < f->n_facts; i++)
                if (strcmp(f->facts[i].key, key) == 0)
                        return f->facts[i].value;
        return NULL;
}

static void assert_text(const char *a, const char *b)
{
        if (a && b)
                assert_string_equal(a, b);
        else
                assert_true(a == b);
}

static void a_row_holds(void **state)
{
        const struct row *r = *state;
        CLEANUP(minted_free_at_exit) struct minted *old = mint_side(&r->was, ca);
        CLEANUP(minted_free_at_exit) struct minted *new = mint_side(&r->is, ca);
        CLEANUP(cert_unref_at_exit) struct cert *was = cert_of(old);
        CLEANUP(cert_unref_at_exit) struct cert *is = cert_of(new);
        struct finding f;

        renewal_compare(was, is, &f);
        assert_string_equal(FINDINGS[f.code].name, FINDINGS[r->code].name);
        assert_int_equal(f.severity, SEVERITY_INFO);
        assert_string_equal(f.fingerprint, is->fingerprint);
        assert_text(fact(&f, "names_added"), r->added);
        assert_text(fact(&f, "names_removed"), r->removed);
        assert_int_equal(strstr(f.message, "names added: ") != NULL, r->added != NULL);
        assert_int_equal(strstr(f.message, "names removed: ") != NULL, r->removed != NULL);
        finding_done(&f);
}

static void it_says_serial_issuer_key_and_dates_before_and_after(void **state)
{
        static const struct side SIDE = { "a.example", { "a.example" }, 80 };
        CLEANUP(minted_free_at_exit) struct minted *old = make_leaf("a.example", ca);
        CLEANUP(minted_free_at_exit) struct minted *new = mint_side(&SIDE, other_ca);
        CLEANUP(cert_unref_at_exit) struct cert *was = cert_of(old);
        CLEANUP(cert_unref_at_exit) struct cert *is = cert_of(new);
        struct finding f;

        (void)state;
        renewal_compare(was, is, &f);
        AUTO_FREE char *expected = mem_printf(
                "The certificate was renewed: serial %s by Other CA ends 2027-04-05 08:00 UTC "
                "after 90 d; before: serial %s by One CA ends 2027-03-16 08:00 UTC after 90 d; "
                "the key is new.", is->serial, was->serial);

        assert_string_equal(f.message, expected);
        assert_string_equal(fact(&f, "previous_serial"), was->serial);
        assert_string_equal(fact(&f, "serial"), is->serial);
        assert_string_equal(fact(&f, "previous_issuer"), "CN=One CA");
        assert_string_equal(fact(&f, "issuer"), "CN=Other CA");
        assert_string_equal(fact(&f, "previous_sha256"), was->fingerprint);
        assert_string_equal(fact(&f, "key"), "new");
        assert_string_equal(fact(&f, "previous_not_after"), "2027-03-16T08:00:00Z");
        assert_string_equal(fact(&f, "not_after"), "2027-04-05T08:00:00Z");
        assert_string_equal(fact(&f, "previous_lifetime_days"), "90");
        assert_string_equal(fact(&f, "lifetime_days"), "90");
        finding_done(&f);
}

static void a_key_that_is_used_again_is_said_so(void **state)
{
        static const struct side SIDE = { "a.example", { "a.example" }, 80 };
        CLEANUP(minted_free_at_exit) struct minted *old = make_leaf("a.example", ca);
        const struct mint_spec spec = {
                .cn = "a.example", .names = SIDE.names,
                .not_before_s = NOW, .not_after_s = NOW + 90 * DAY,
        };
        CLEANUP(minted_free_at_exit) struct minted *new = mint_cross(&spec, old, ca);
        CLEANUP(cert_unref_at_exit) struct cert *was = cert_of(old);
        CLEANUP(cert_unref_at_exit) struct cert *is = cert_of(new);
        struct finding f;

        (void)state;
        renewal_compare(was, is, &f);
        assert_string_equal(fact(&f, "key"), "reused");
        assert_non_null(strstr(f.message, "by the same CA"));
        assert_non_null(strstr(f.message, "the key is the same"));
        finding_done(&f);
}

static void add_nul_name(struct x509_st *cert)
{
        set_dns_name(cert, "x\0.a.example", 12);
}

static void names_with_bytes_that_no_name_has_are_compared_as_bytes(void **state)
{
        const struct mint_spec spec = {
                .cn = "a.example", .names = NAMES("a.example"),
                .not_before_s = NOW, .not_after_s = NOW + 90 * DAY,
        };
        CLEANUP(minted_free_at_exit) struct minted *old = make_leaf("x.a.example", ca);
        CLEANUP(minted_free_at_exit) struct minted *new = forge(&spec, ca, add_nul_name);
        CLEANUP(cert_unref_at_exit) struct cert *was = cert_of(old);
        CLEANUP(cert_unref_at_exit) struct cert *is = cert_of(new);
        struct finding f;

        (void)state;
        renewal_compare(was, is, &f);
        assert_int_equal(f.code, FINDING_CHANGED);
        assert_string_equal(fact(&f, "names_added"), "x\\x00.a.example");
        finding_done(&f);
        renewal_compare(is, was, &f);
        assert_int_equal(f.code, FINDING_CHANGED);
        finding_done(&f);
}

int main(void)
{
        const struct CMUnitTest others[] = {
                cmocka_unit_test(it_says_serial_issuer_key_and_dates_before_and_after),
                cmocka_unit_test(a_key_that_is_used_again_is_said_so),
                cmocka_unit_test(names_with_bytes_that_no_name_has_are_compared_as_bytes),
        };
        struct CMUnitTest rows[ARRAY_LEN(ROWS)];

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                rows[i] = (struct CMUnitTest){
                        .name = ROWS[i].name, .test_func = a_row_holds,
                        .initial_state = (void *)(uintptr_t)&ROWS[i],
                };
        return cmocka_run_group_tests_name("renewal rows", rows, make_cas, free_cas) +
               cmocka_run_group_tests_name("renewal", others, make_cas, free_cas);
}
