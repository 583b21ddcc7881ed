/* SPDX-License-Identifier: Apache-2.0 */
/* What is told together, and what is not. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/notice/cause.h"

#include "common/base/cleanup.h"

#include <string.h>

static const struct facts NEAR = { .ip = { 192, 0, 2, 1 }, .ip_len = 4 };
static const struct facts BESIDE = { .ip = { 192, 0, 2, 77 }, .ip_len = 4 };
static const struct facts FAR = { .ip = { 192, 0, 3, 1 }, .ip_len = 4 };

struct problem_of {
        const char *endpoint;
        enum finding_code code;
        enum finding_scope scope;
        const char *fingerprint;
        const struct facts *facts;
};

static bool same(const struct problem_of *a, const struct problem_of *b)
{
        char x[CAUSE_MAX], y[CAUSE_MAX];

        cause_of(a->endpoint, a->code, a->scope, a->fingerprint, a->facts, x);
        cause_of(b->endpoint, b->code, b->scope, b->fingerprint, b->facts, y);
        return strcmp(x, y) == 0;
}

static void one_cause__has_one_text(void **state)
{
        static const struct {
                struct problem_of a, b;
                bool same;
        } ROWS[] = {
                { { "a", FINDING_LEAF_EXPIRED, FINDING_OWN, "00ff", &NEAR },
                  { "b", FINDING_LEAF_EXPIRED, FINDING_OWN, "00ff", &FAR }, true },
                { { "a", FINDING_LEAF_EXPIRED, FINDING_OWN, "00ff" },
                  { "a", FINDING_HOSTNAME_MISMATCH, FINDING_OWN, "00ff" }, false },
                { { "a", FINDING_LEAF_EXPIRED, FINDING_OWN, "00ff" },
                  { "b", FINDING_LEAF_EXPIRED, FINDING_OWN, "00fe" }, false },
                { { "a", FINDING_LEAF_MISSING, FINDING_OWN, NULL },
                  { "b", FINDING_LEAF_MISSING, FINDING_OWN, "" }, false },
                { { "a", FINDING_DNS_FAILED, FINDING_OF_RESOLVER },
                  { "b", FINDING_DNS_FAILED, FINDING_OF_RESOLVER, NULL, &FAR }, true },
                { { "a", FINDING_DNS_FAILED, FINDING_OF_RESOLVER },
                  { "b", FINDING_DNS_FAILED, FINDING_OWN }, false },
                { { "a", FINDING_CONNECT_TIMEOUT, FINDING_OF_NETWORK, NULL, &NEAR },
                  { "b", FINDING_CONNECT_TIMEOUT, FINDING_OF_NETWORK, NULL, &BESIDE }, true },
                { { "a", FINDING_CONNECT_TIMEOUT, FINDING_OF_NETWORK, NULL, &NEAR },
                  { "b", FINDING_CONNECT_TIMEOUT, FINDING_OF_NETWORK, NULL, &FAR }, false },
                { { "a", FINDING_CONNECT_TIMEOUT, FINDING_OF_NETWORK },
                  { "b", FINDING_CONNECT_TIMEOUT, FINDING_OF_NETWORK }, false },
                { { "a", FINDING_CONNECT_REFUSED, FINDING_OWN, NULL, &NEAR },
                  { "b", FINDING_CONNECT_REFUSED, FINDING_OWN, NULL, &NEAR }, false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                if (same(&ROWS[i].a, &ROWS[i].b) != ROWS[i].same)
                        fail_msg("row %zu", i);
}

static void a_long_name__is_hashed_and_still_told_apart(void **state)
{
        char a[2 * CAUSE_MAX], b[2 * CAUSE_MAX];

        (void)state;
        memset(a, 'x', sizeof(a));
        memset(b, 'x', sizeof(b));
        a[sizeof(a) - 1] = b[sizeof(b) - 1] = '\0';
        b[sizeof(b) - 2] = 'y';
        assert_true(same(&(struct problem_of){ a, FINDING_LEAF_MISSING },
                         &(struct problem_of){ a, FINDING_LEAF_MISSING }));
        assert_false(same(&(struct problem_of){ a, FINDING_LEAF_MISSING },
                          &(struct problem_of){ b, FINDING_LEAF_MISSING }));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_cause__has_one_text),
                cmocka_unit_test(a_long_name__is_hashed_and_still_told_apart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
