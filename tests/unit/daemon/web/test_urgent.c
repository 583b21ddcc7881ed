/* SPDX-License-Identifier: Apache-2.0 */
/* The most urgent endpoints are those that a sort would put first, of equals the first ones. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "tests/unit/daemon/monitor/fleet_of.h"

#include "common/base/buf.h"
#include "daemon/monitor/condition.h"
#include "daemon/monitor/roster.h"
#include "daemon/web/urgent.h"

#define MEMBERS 300

static struct fleet *fleet_of_many(void)
{
        struct buf text = BUF_INIT(1 << 20);

        buf_puts(&text, "endpoints:\n");
        for (int i = 0; i < MEMBERS; i++)
                buf_printf(&text, "  - h%d.test\n", i);
        struct fleet *f = fleet_of(buf_str(&text));

        buf_done(&text);
        return f;
}

static int compare(const void *pa, const void *pb)
{
        const struct member *a = *(const struct member *const *)pa;
        const struct member *b = *(const struct member *const *)pb;
        enum condition ca = condition_of(a), cb = condition_of(b);

        if (ca != cb)
                return ca < cb ? -1 : 1;
        if (a->state.expires_s != b->state.expires_s)
                return a->state.expires_s < b->state.expires_s ? -1 : 1;
        return a < b ? -1 : a > b;
}

static int by_number(const void *pa, const void *pb)
{
        const struct member *a = *(const struct member *const *)pa;
        const struct member *b = *(const struct member *const *)pb;

        return a < b ? -1 : a > b;
}

/* Few values, so that many are equal. */
static void make_states(struct fleet *f, unsigned seed)
{
        static const int64_t ENDS[] = { 0, 1, 1790000000, 1790000001, 4294967294 };

        srandom(seed);
        for (size_t i = 0; i < f->n; i++) {
                struct endpoint_state *s = &f->members[i].state;

                s->last_success_s = random() % 3 ? 1 : 0;
                s->failures = random() % 4 ? 0 : 1;
                s->expires_s = ENDS[random() % (long)ARRAY_LEN(ENDS)];
        }
}

static void they_are_those_that_a_sort_puts_first(void **state)
{
        static const size_t SIZES[] = { 0, 1, 2, 17, 150, MEMBERS - 1 };
        const struct member *sorted[MEMBERS];
        struct fleet *f = fleet_of_many();

        (void)state;
        for (unsigned seed = 0; seed < 20; seed++) {
                make_states(f, seed);
                roster_begin(f);
                for (size_t i = 0; i < f->n; i++)
                        sorted[i] = &f->members[i];
                qsort(sorted, f->n, sizeof(*sorted), compare);
                for (size_t k = 0; k < ARRAY_LEN(SIZES); k++) {
                        AUTO_FREE uint32_t *urgent = urgent_of(f->roster, SIZES[k]);

                        qsort(sorted, SIZES[k], sizeof(*sorted), by_number);
                        for (size_t i = 0; i < SIZES[k]; i++)
                                assert_ptr_equal(&f->members[urgent[i]], sorted[i]);
                }
        }
        fleet_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(they_are_those_that_a_sort_puts_first),
        };

        return cmocka_run_group_tests_name("urgent", tests, write_anchors, remove_anchors);
}
