/* SPDX-License-Identifier: Apache-2.0 */
/* Path and parameters of a request target. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "daemon/web/query.h"

/* "path name=value name=value", to be compared at once. */
static void print(struct buf *out, const struct query *q)
{
        buf_puts(out, q->path);
        for (size_t i = 0; i < q->n_params; i++)
                buf_printf(out, " [%s]=[%s]", q->params[i].name, q->params[i].value);
}

static void a_target_comes_apart(void **state)
{
        static const struct {
                const char *target, *parts;
        } ROWS[] = {
                { "/", "/" },
                { "/a/b", "/a/b" },
                { "/a%2Fb%20c+d", "/a/b c+d" },
                { "/?q=a+b%2Bc&n=1", "/ [q]=[a b+c] [n]=[1]" },
                { "/x?a&b=&=c&&d=e=f", "/x [a]=[] [b]=[] []=[c] [d]=[e=f]" },
                { "/x?a=%C3%BC#frag?b=2", "/x [a]=[\xc3\xbc]" },
                { "/x#?a=1", "/x" },
                { "/x?a=1?b", "/x [a]=[1?b]" },
                { "/x?a=%0d%0aSet-Cookie:%20b", "/x [a]=[\r\nSet-Cookie: b]" }, /* is only text */
                { "/../../etc/passwd", "/../../etc/passwd" },                  /* the same */
                { "/x?a=%zz%4", "/x [a]=[%zz%4]" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct buf out = BUF_INIT(1000);
                struct query q;

                assert_true(query_parse(&q, ROWS[i].target));
                print(&out, &q);
                assert_string_equal(buf_str(&out), ROWS[i].parts);
                query_done(&q);
                buf_done(&out);
        }
}

static void what_is_no_text_is_refused(void **state)
{
        static const char *const ROWS[] = {
                "", "x", "*", "http://a/", "/%00", "/\xff", "/%ff", "/?a=%00", "/?%00=a",
                "/?a=%c0%af", "/?a=1&b=\xed\xa0\x80",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct query q;

                assert_false(query_parse(&q, ROWS[i]));
                assert_null(q.path);
                assert_int_equal(q.n_params, 0);
        }
}

static void parameters_are_bounded(void **state)
{
        struct buf target = BUF_INIT(10000);
        struct query q;

        (void)state;
        buf_puts(&target, "/?");
        for (int i = 0; i < QUERY_MAX_PARAMS; i++)
                buf_printf(&target, "a=%d&", i);
        assert_true(query_parse(&q, buf_str(&target)));
        assert_int_equal(q.n_params, QUERY_MAX_PARAMS);
        assert_string_equal(query_param(&q, "a"), "0");
        assert_null(query_param(&q, "b"));
        query_done(&q);
        buf_puts(&target, "a");
        assert_false(query_parse(&q, buf_str(&target)));
        buf_done(&target);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_target_comes_apart),
                cmocka_unit_test(what_is_no_text_is_refused),
                cmocka_unit_test(parameters_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
