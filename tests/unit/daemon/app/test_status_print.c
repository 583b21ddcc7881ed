/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon sees, in as much room as there is. */
#include "common/base/buf.h"
#include "daemon/app/status_print.h"
#include "daemon/app/status_view.h"
#include "daemon/app/wrap.h"

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#define N 30
#define MESSAGE "It has been wrong for a long time, for many reasons that are told here at length."

static struct status_view v;

static int set_up(void **state)
{
        json_t *endpoints = json_array();

        (void)state;
        for (int i = 0; i < N; i++)
                json_array_append_new(endpoints, json_pack(
                        "{s:s, s:s, s:n, s:[{s:s, s:s, s:s, s:s, s:s}]}",
                        "name", "www.shop.example.com", "severity", "error", "expires", "problems",
                        "code", "leaf-expired", "severity", "error", "message", MESSAGE,
                        "remedy", "Renew it.", "missing_pem", "-----BEGIN CERTIFICATE-----"));
        v = (struct status_view){
                .endpoints = json_pack("{s:{s:i, s:i}, s:i, s:o}", "counts", "all", 100, "critical",
                                       N, "total", 100, "endpoints", endpoints),
                .problems = json_pack("{s:[{s:s, s:i}, {s:s, s:i}]}", "by_code", "code",
                                      "leaf-expired", "endpoints", N, "code", "weak-key",
                                      "endpoints", 1),
                .health = json_object(),
                .silences = json_object(),
                .filter = json_object(),
        };
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        status_view_done(&v);
        return 0;
}

static size_t lines_of(const char *text)
{
        size_t n = 0;

        for (; (text = strchr(text, '\n')); text++)
                n++;
        return n;
}

static size_t count(const char *text, const char *word)
{
        size_t n = 0;

        for (; (text = strstr(text, word)); text += strlen(word))
                n++;
        return n;
}

static void without_a_height__all_is_shown(void **state)
{
        const struct terminal t = { .width = 80 };
        struct buf out = BUF_INIT(1 << 20);

        (void)state;
        status_put(&out, &v, &t);
        assert_int_equal(count(buf_str(&out), "CRITICAL"), N);
        assert_int_equal(count(buf_str(&out), "-> Renew it."), N);
        assert_non_null(strstr(buf_str(&out), "\nproblems: leaf-expired (30), weak-key\n"));
        assert_non_null(strstr(buf_str(&out), "... and 70 more; --json has them all\n"));
        assert_null(strstr(buf_str(&out), "BEGIN CERTIFICATE"));
        assert_null(strchr(buf_str(&out), '\033'));
        buf_done(&out);
}

/* In any size there is neither a line too many, nor a wrong number. */
static void a_height__is_kept_and_what_is_left_out_is_counted(void **state)
{
        struct terminal t = { .width = 80 };

        (void)state;
        for (t.height = 1; t.height < 80; t.height++) {
                struct buf out = BUF_INIT(1 << 20);
                char more[64];

                status_put(&out, &v, &t);
                const char *text = buf_str(&out);

                assert_in_range(lines_of(text), 1, t.height);
                snprintf(more, sizeof(more), "\n... and %zu more\n",
                         100 - count(text, "CRITICAL"));
                if (t.height >= 9)
                        assert_non_null(strstr(text, more));
                assert_null(strstr(text, "-> "));
                buf_done(&out);
        }
}

static void with_room_for_all__nothing_is_left_out(void **state)
{
        const struct terminal t = { .width = 80, .height = 200 };
        struct buf out = BUF_INIT(1 << 20);

        (void)state;
        status_put(&out, &v, &t);
        assert_int_equal(count(buf_str(&out), "-> Renew it."), N);
        buf_done(&out);
}

static void colour__is_put_on_a_terminal_that_has_it(void **state)
{
        const struct terminal t = { .width = 80, .colour = true };
        struct buf out = BUF_INIT(1 << 20);

        (void)state;
        status_put(&out, &v, &t);
        assert_int_equal(count(buf_str(&out), "\033[1;31mCRITICAL \033[0m"), N);
        buf_done(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(without_a_height__all_is_shown),
                cmocka_unit_test(a_height__is_kept_and_what_is_left_out_is_counted),
                cmocka_unit_test(with_room_for_all__nothing_is_left_out),
                cmocka_unit_test(colour__is_put_on_a_terminal_that_has_it),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
