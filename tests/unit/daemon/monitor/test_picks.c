/* SPDX-License-Identifier: Apache-2.0 */
/* A page of a list: the first of many in some order, by any order in which they are offered. */
#include "daemon/monitor/picks.h"

#include "common/base/cleanup.h"
#include "daemon/judge/state.h"
#include "daemon/monitor/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define N 1000

static int by_since(const struct pick *a, const struct pick *b)
{
        return a->p->since_s < b->p->since_s ? -1 : a->p->since_s > b->p->since_s;
}

static struct problem problems[N];
static struct member member;

static void offer_all(struct picks *picks)
{
        for (size_t i = 0; i < N; i++) {
                problems[i].since_s = (int64_t)(i * 7919 % N); /* each once, well mixed */
                picks_offer(picks, &(struct pick){ &member, &problems[i] });
        }
        picks_sort(picks);
}

static void the_first_are_kept_in_their_order(void **state)
{
        struct picks picks = { .order = by_since, .max = 110 };

        (void)state;
        offer_all(&picks);
        assert_int_equal(picks.offered, N);
        assert_int_equal(picks.n, 110);
        for (size_t i = 0; i < picks.n; i++)
                assert_int_equal(picks.items[i].p->since_s, i);
        picks_done(&picks);
}

static void descending_is_the_other_end(void **state)
{
        struct picks picks = { .order = by_since, .max = 10, .descending = true };

        (void)state;
        offer_all(&picks);
        for (size_t i = 0; i < picks.n; i++)
                assert_int_equal(picks.items[i].p->since_s, N - 1 - (int64_t)i);
        picks_done(&picks);
}

static void nothing_is_a_page_too(void **state)
{
        struct picks picks = { .order = by_since, .max = 10 };

        (void)state;
        picks_sort(&picks);
        assert_int_equal(picks.n, 0);
        picks_done(&picks);
}

static void a_filter_that_makes_no_sense_is_an_error(void **state)
{
        static const struct {
                const char *key, *value;
        } ROWS[] = {
                { "state", "red" }, { "state", "error,,ok" }, { "label", "team" },
                { "code", "nonsense" }, { "certificate", "abc" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                json_t *request = json_pack("{s:s}", ROWS[i].key, ROWS[i].value);
                struct picks_filter filter;
                json_t *error = picks_filter_read(&filter, request);

                assert_non_null(json_object_get(error, "error"));
                json_decref(error);
                json_decref(request);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first_are_kept_in_their_order),
                cmocka_unit_test(descending_is_the_other_end),
                cmocka_unit_test(nothing_is_a_page_too),
                cmocka_unit_test(a_filter_that_makes_no_sense_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
