/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one endpoint, and the words of transitions. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/judge/state.h"
#include "daemon/judge/transition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void every_kind_of_transition_reads_back_as_itself(void **state)
{
        enum transition_kind kind = TRANSITION_KIND_COUNT;

        (void)state;
        for (int i = 0; i < TRANSITION_KIND_COUNT; i++) {
                const char *name = transition_kind_str((enum transition_kind)i);

                assert_non_null(name);
                assert_true(*name);
                assert_int_equal(transition_kind_parse(name, &kind), 0);
                assert_int_equal(kind, i);
        }
        assert_int_equal(transition_kind_parse("", &kind), -EINVAL);
        assert_int_equal(transition_kind_parse("Opened", &kind), -EINVAL);
        assert_int_equal(transition_kind_parse("renewed", &kind), -EINVAL);
        assert_int_equal(kind, TRANSITION_KIND_COUNT - 1);
}

static void put(struct endpoint_state *s, int code, const char *message)
{
        char copy[32];

        strcpy(copy, message); /* gone when we return: the state must have its own */
        endpoint_state_put(s, &(struct problem){
                .code = (enum finding_code)code, .severity = SEVERITY_WARNING, .message = copy,
        });
        memset(copy, '!', sizeof(copy));
}

/* A number that only looks random; every run is the same. */
static unsigned next_random(unsigned *seed)
{
        *seed = *seed * 1664525U + 1013904223U;
        return *seed >> 16;
}

static void problems_keep_their_order_through_any_changes(void **state)
{
        bool open[FINDING_COUNT] = { false };
        struct endpoint_state s = { 0 };
        unsigned seed = 1;

        (void)state;
        for (int i = 0; i < 20000; i++) {
                int code = (int)(next_random(&seed) % FINDING_COUNT);
                size_t expected = 0;

                if (next_random(&seed) % 2) {
                        put(&s, code, "x");
                        open[code] = true;
                } else {
                        endpoint_state_remove(&s, (enum finding_code)code);
                        open[code] = false;
                }
                for (int k = 0; k < FINDING_COUNT; k++) {
                        assert_int_equal(endpoint_state_find(&s, (enum finding_code)k) != NULL,
                                         open[k]);
                        if (open[k])
                                assert_int_equal(s.problems[expected++].code, k);
                }
                assert_int_equal(s.n_problems, expected);
        }
        endpoint_state_done(&s);
}

static void putting_a_code_again_replaces_it(void **state)
{
        struct endpoint_state s = { 0 };

        (void)state;
        put(&s, FINDING_WEAK_KEY, "first");
        put(&s, FINDING_LEAF_EXPIRED, "other");
        put(&s, FINDING_WEAK_KEY, "second");
        assert_int_equal(s.n_problems, 2);
        assert_string_equal(endpoint_state_find(&s, FINDING_WEAK_KEY)->message, "second");
        assert_string_equal(endpoint_state_find(&s, FINDING_LEAF_EXPIRED)->message, "other");
        assert_null(endpoint_state_find(&s, FINDING_WEAK_KEY)->remedy);
        endpoint_state_done(&s);
}

static void the_severity_of_an_endpoint_is_that_of_its_worst_problem(void **state)
{
        struct endpoint_state s = { 0 };

        (void)state;
        assert_int_equal(endpoint_state_severity(&s), SEVERITY_OK);
        put(&s, FINDING_WEAK_KEY, "x");
        assert_int_equal(endpoint_state_severity(&s), SEVERITY_WARNING);
        endpoint_state_put(&s, &(struct problem){
                .code = FINDING_LEAF_EXPIRED, .severity = SEVERITY_ERROR,
        });
        assert_int_equal(endpoint_state_severity(&s), SEVERITY_ERROR);
        endpoint_state_remove(&s, FINDING_LEAF_EXPIRED);
        assert_int_equal(endpoint_state_severity(&s), SEVERITY_WARNING);
        endpoint_state_done(&s);
        assert_int_equal(endpoint_state_severity(&s), SEVERITY_OK);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_kind_of_transition_reads_back_as_itself),
                cmocka_unit_test(problems_keep_their_order_through_any_changes),
                cmocka_unit_test(putting_a_code_again_replaces_it),
                cmocka_unit_test(the_severity_of_an_endpoint_is_that_of_its_worst_problem),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
