/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of the way to an endpoint, and when a chain counts as another one. */
#include "common/base/mem.h"
#include "common/cert/chain.h"
#include "daemon/demo/mint.h"
#include "daemon/monitor/facts_of.h"
#include "daemon/probe/examine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct cert *make_until(const char *cn, int64_t not_after_s)
{
        CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                .cn = cn, .not_before_s = 1700000000, .not_after_s = not_after_s,
        }, NULL);
        struct cert *c = NULL;
        const char *reason;

        assert_int_equal(cert_from_x509(&c, m->cert, &reason), 0);
        return c;
}

static struct cert *make(const char *cn)
{
        return make_until(cn, 1800000000);
}

static struct chain *chain_of(struct cert *const *certs, size_t n)
{
        struct chain *chain = chain_new();

        for (size_t i = 0; i < n; i++)
                chain_add(chain, certs[i]);
        return chain;
}

static void every_change_of_a_chain_makes_it_another(void **state)
{
        CLEANUP(cert_unref_at_exit) struct cert *a = make("a");
        CLEANUP(cert_unref_at_exit) struct cert *b = make("b");
        struct cert *const forms[][3] = { { a, b, a }, { b, a, a }, { a, a, a } };
        struct chain *chains[] = {
                chain_of(NULL, 0),     chain_of(forms[0], 1), chain_of(forms[0], 2),
                chain_of(forms[0], 3), chain_of(forms[1], 2), chain_of(forms[2], 2),
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(chains); i++) {
                assert_int_not_equal(facts_served_id(chains[i]), 0);
                assert_true(facts_served_id(chains[i]) == facts_served_id(chains[i]));
                for (size_t j = 0; j < i; j++)
                        assert_true(facts_served_id(chains[i]) != facts_served_id(chains[j]));
        }
        for (size_t i = 0; i < ARRAY_LEN(chains); i++)
                chain_free(chains[i]);
}

static void the_way_is_kept_in_few_bytes(void **state)
{
        static const uint8_t V6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
        CLEANUP(cert_unref_at_exit) struct cert *a = make("a");
        struct exam_report r = {
                .probe = {
                        .chain = chain_of(&a, 1), .protocol = "TLSv1.3", .cipher = "AES",
                        .group = "X25519MLKEM768", .post_quantum = true, .alpn = "h2",
                        .step_us = { [PROBE_CONNECT] = 7, [PROBE_STARTTLS] = INT64_C(1) << 40 },
                        .total_us = 9,
                },
                .verdict = { .staple.status = STAPLE_GOOD, .leaf = a },
        };
        struct facts f;

        (void)state;
        assert_true(addr_parse_ip("2001:db8::1", 443, &r.probe.address));
        facts_of(&r, &f);
        assert_string_equal(f.protocol, "TLSv1.3");
        assert_string_equal(f.cipher, "AES");
        assert_string_equal(f.group, "X25519MLKEM768");
        assert_string_equal(f.alpn, "h2");
        assert_string_equal(f.staple, "good");
        assert_true(f.post_quantum);
        assert_int_equal(f.us[FACTS_RESOLVE], 0);
        assert_int_equal(f.us[FACTS_CONNECT], 7);
        assert_int_equal(f.us[FACTS_STARTTLS], UINT32_MAX);
        assert_int_equal(f.us[FACTS_TOTAL], 9);
        assert_int_equal(f.ip_len, 16);
        assert_memory_equal(f.ip, V6, 16);
        assert_int_equal(f.n_served, 1);
        assert_true(f.served_id == facts_served_id(r.probe.chain));
        assert_int_equal(f.leaf_not_after_s, 1800000000);

        r.probe.step_us[PROBE_PROXY] = 1;
        facts_of(&r, &f);
        assert_int_equal(f.ip_len, 0); /* it was the proxy's */

        chain_free(r.probe.chain);
        r.probe = (struct probe_result){ .alpn = "" };
        r.verdict.leaf = NULL;
        facts_of(&r, &f);
        assert_null(f.alpn);
        assert_int_equal(f.ip_len, 0);
        assert_int_equal(f.served_id, 0);
        assert_int_equal(f.leaf_not_after_s, 0);
        assert_int_equal(f.served_not_after_s, 0);
}

static void of_the_certificates_served__the_first_to_end_is_kept(void **state)
{
        CLEANUP(cert_unref_at_exit) struct cert *leaf = make_until("leaf", 1800000000);
        CLEANUP(cert_unref_at_exit) struct cert *first = make_until("first", 1750000000);
        CLEANUP(cert_unref_at_exit) struct cert *last = make_until("last", 1900000000);
        struct cert *const certs[] = { leaf, last, first, last };
        struct exam_report r = {
                .probe = { .chain = chain_of(certs, ARRAY_LEN(certs)), .alpn = "" },
                .verdict.leaf = leaf,
        };
        struct facts f;

        (void)state;
        facts_of(&r, &f);
        assert_int_equal(f.leaf_not_before_s, 1700000000);
        assert_int_equal(f.leaf_not_after_s, 1800000000);
        assert_int_equal(f.served_not_after_s, 1750000000);
        chain_free(r.probe.chain);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_change_of_a_chain_makes_it_another),
                cmocka_unit_test(the_way_is_kept_in_few_bytes),
                cmocka_unit_test(of_the_certificates_served__the_first_to_end_is_kept),
        };

        return cmocka_run_group_tests_name("monitor: facts", tests, NULL, NULL);
}
