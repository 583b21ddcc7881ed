/* SPDX-License-Identifier: Apache-2.0 */
/* The demo keeps its word: every case shows what its row says, and mending it helps. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/demo/cases.h"

#include "common/base/cleanup.h"
#include "common/cert/chain_file.h"
#include "common/cert/names.h"
#include "common/cert/validate.h"

#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1800000000)

static struct demo_pki *pki;

static int make_pki(void **state)
{
        (void)state;
        pki = demo_pki_new(NOW);
        return 0;
}

static int free_pki(void **state)
{
        (void)state;
        demo_pki_free(pki);
        demo_pki_free(NULL);
        return 0;
}

static struct trust *trust_of(const char *pem)
{
        CLEANUP(chain_free_at_exit) struct chain *c =
                chain_parse("pem", (const uint8_t *)pem, strlen(pem), NULL);

        assert_int_equal(c->n, 1);
        return trust_new(c->certs, c->n);
}

/* What a client of the demo finds at case @i. */
static void look(size_t i, struct verdict *ret)
{
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(demo_pki_root(pki));
        CLEANUP(trust_unref_at_exit) struct trust *extra = trust_of(demo_pki_intermediate(pki));
        CLEANUP(chain_free_at_exit) struct chain *served = chain_new();
        const struct demo_chain *chain = demo_pki_chain(pki, i);
        AUTO_FREE char *host = demo_host(&DEMO[i]);

        for (size_t k = 0; k < chain->n; k++) {
                CLEANUP(cert_unref_at_exit) struct cert *c = NULL;
                const char *reason;

                assert_int_equal(cert_from_x509(&c, chain->certs[k]->cert, &reason), 0);
                chain_add(served, c);
        }
        validate(&(struct validate_input){
                .served = served, .anchors = anchors,
                .pools = { .configured = extra }, .host = host, .now_s = NOW,
        }, ret);
}

static void a_case_shows_what_it_promises(void **state)
{
        const struct demo_case *c = *state;
        struct verdict v;

        look((size_t)(c - DEMO), &v);
        if (c->expected == DEMO_NO_FINDING || FINDINGS[c->expected].class == FINDING_NETWORK) {
                assert_int_equal(v.findings.n, 0);
        } else {
                assert_true(v.findings.n > 0);
                assert_string_equal(FINDINGS[v.findings.items[0].code].name,
                                    FINDINGS[c->expected].name);
        }
        assert_int_equal(FINDINGS[c->expected % FINDING_COUNT].class == FINDING_NETWORK &&
                                 c->expected != DEMO_NO_FINDING, c->manner != DEMO_TLS);
        verdict_done(&v);
}

static void a_mended_case_is_clean(void **state)
{
        (void)state;
        for (size_t i = 0; i < DEMO_CASES; i++) {
                struct verdict v;

                demo_pki_mend(pki, i, NOW);
                look(i, &v);
                if (v.findings.n > 0)
                        fail_msg("%s: %s", DEMO[i].name, v.findings.items[0].message);
                assert_true(v.trusted);
                verdict_done(&v);
        }
}

static void every_case_has_a_name_a_word_and_a_host_of_its_own(void **state)
{
        char *hosts[DEMO_CASES];

        (void)state;
        for (size_t i = 0; i < DEMO_CASES; i++) {
                AUTO_FREE char *canonical = NULL;
                const char *reason;

                assert_non_null(DEMO[i].name);
                assert_true(strlen(DEMO[i].about) > 5);
                hosts[i] = demo_host(&DEMO[i]);
                assert_int_equal(host_canonical(hosts[i], &canonical, &reason), 0);
                assert_string_equal(canonical, hosts[i]);
                for (size_t k = 0; k < i; k++) {
                        assert_string_not_equal(DEMO[k].name, DEMO[i].name);
                        assert_string_not_equal(hosts[k], hosts[i]);
                }
        }
        for (size_t i = 0; i < DEMO_CASES; i++)
                free(hosts[i]);
}

static void the_servers_key_is_that_of_the_leaf(void **state)
{
        (void)state;
        for (size_t i = 0; i < DEMO_CASES; i++) {
                const struct demo_chain *c = demo_pki_chain(pki, i);

                assert_in_range(c->n, 1, DEMO_MAX_CHAIN);
                assert_ptr_equal(c->key, c->certs[0]);
        }
}

int main(void)
{
        const struct CMUnitTest others[] = {
                cmocka_unit_test(every_case_has_a_name_a_word_and_a_host_of_its_own),
                cmocka_unit_test(the_servers_key_is_that_of_the_leaf),
                cmocka_unit_test(a_mended_case_is_clean),
        };
        struct CMUnitTest tests[DEMO_CASES + ARRAY_LEN(others)];

        for (size_t i = 0; i < DEMO_CASES; i++)
                tests[i] = (struct CMUnitTest){
                        .name = DEMO[i].name, .test_func = a_case_shows_what_it_promises,
                        .initial_state = (void *)(uintptr_t)&DEMO[i],
                };
        memcpy(tests + DEMO_CASES, others, sizeof(others));
        return cmocka_run_group_tests(tests, make_pki, free_pki);
}
