/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a probe that failed must say what to do, and must fit the way it failed. */
#include "daemon/probe/network_rules.h"

#include "common/base/cleanup.h"
#include "common/cert/policy.h"
#include "common/cert/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The one finding of a probe of @port that ended so. */
static void judge(struct verdict *v, uint16_t port, enum probe_outcome outcome)
{
        const struct policy policy = POLICY_DEFAULT;
        struct probe_request req = { .host = "mx.test", .port = port };
        struct probe_result seen = { .outcome = outcome, .detail = "peer's words" };

        *v = (struct verdict){ 0 };
        network_rules_judge(&req, &seen, &policy, v);
        assert_int_equal(v->findings.n, 1);
}

static void every_failure_has_words_and_a_remedy(void **state)
{
        (void)state;
        for (int i = PROBE_OK + 1; i < PROBE_OUTCOME_COUNT; i++) {
                struct verdict v;

                judge(&v, 443, (enum probe_outcome)i);
                const struct finding *f = v.findings.items;

                assert_int_equal(f->code, network_rules_code((enum probe_outcome)i));
                assert_non_null(strstr(f->message, "mx.test"));
                assert_non_null(strstr(f->message, "peer's words."));
                assert_true(strlen(f->remedy) > 20);
                assert_null(strstr(f->remedy, "port 25"));
                verdict_done(&v);
        }
}

static void a_failure_says_whose_it_may_be(void **state)
{
        static const enum finding_scope SCOPES[PROBE_OUTCOME_COUNT] = {
                [PROBE_DNS_TIMEOUT] = FINDING_OF_RESOLVER, /* an answer of no is the name's own */
                [PROBE_CONNECT_FAILED] = FINDING_OF_NETWORK,
                [PROBE_CONNECT_TIMEOUT] = FINDING_OF_NETWORK,
        };

        (void)state;
        for (int i = PROBE_OK + 1; i < PROBE_OUTCOME_COUNT; i++) {
                struct verdict v;

                judge(&v, 443, (enum probe_outcome)i);
                assert_int_equal(v.findings.items[0].scope, SCOPES[i]);
                verdict_done(&v);
        }
}

static void a_silent_port_25_may_be_blocked_on_our_side(void **state)
{
        static const struct {
                enum probe_outcome outcome;
                bool told;
        } ROWS[] = {
                { PROBE_CONNECT_TIMEOUT, true }, { PROBE_CONNECT_FAILED, true },
                { PROBE_CONNECT_REFUSED, false }, { PROBE_STARTTLS_FAILED, false },
                { PROBE_PROXY_FAILED, false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct verdict v;

                judge(&v, 25, ROWS[i].outcome);
                assert_int_equal(strstr(v.findings.items[0].remedy, "submission://") != NULL,
                                 ROWS[i].told);
                verdict_done(&v);
        }
}

static void an_injection_is_no_lack_of_starttls(void **state)
{
        struct verdict v;

        (void)state;
        judge(&v, 587, PROBE_STARTTLS_INJECTED);
        assert_int_equal(v.findings.items[0].code, FINDING_STARTTLS_UNAVAILABLE);
        assert_null(strstr(v.findings.items[0].remedy, "enable STARTTLS"));
        assert_non_null(strstr(v.findings.items[0].remedy, "Update the server"));
        verdict_done(&v);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_failure_has_words_and_a_remedy),
                cmocka_unit_test(a_failure_says_whose_it_may_be),
                cmocka_unit_test(a_silent_port_25_may_be_blocked_on_our_side),
                cmocka_unit_test(an_injection_is_no_lack_of_starttls),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
