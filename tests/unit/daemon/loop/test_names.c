/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of names, on a clock of our own: how long, how much, and what goes first.
 */
#include "daemon/loop/names.h"

#include "common/base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define PLENTY (1U << 20)

CLEANUP_DEFINE(struct names, names_free)

static struct addr address(const char *ip)
{
        struct addr a;

        assert_true(addr_parse_ip(ip, 0, &a));
        return a;
}

/* Asked and answered with @n_addrs times 192.0.2.1. */
static void know(struct names *n, const char *host, size_t n_addrs, int64_t until_ms)
{
        struct addr addrs[64];
        struct name *name = names_ask(n, host, ADDR_ANY, addrs);

        for (size_t i = 0; i < n_addrs; i++)
                addrs[i] = address("192.0.2.1");
        names_keep(n, name, addrs, n_addrs, until_ms);
}

static bool is_known(struct names *n, const char *host, int64_t now_ms)
{
        return names_find(n, host, ADDR_ANY, now_ms) != NULL;
}

static void an_answer_is_known_until_its_time_is_over(void **state)
{
        CLEANUP(names_free_at_exit) struct names *n = names_new(10, PLENTY);
        const struct addr addrs[] = { address("192.0.2.1"), address("2001:db8::1") };
        int question;
        size_t got;

        (void)state;
        assert_null(names_find(n, "web.test", ADDR_ANY, 0));
        struct name *name = names_ask(n, "web.test", ADDR_ANY, &question);

        assert_ptr_equal(names_find(n, "web.test", ADDR_ANY, 0), name);
        assert_ptr_equal(names_question(name), &question);
        names_keep(n, name, addrs, 2, 5000);
        name = names_find(n, "WEB.test", ADDR_ANY, 4999);
        assert_non_null(name);
        assert_null(names_question(name));
        assert_memory_equal(names_answer(name, &got), addrs, sizeof(addrs));
        assert_int_equal(got, 2);
        assert_null(names_find(n, "web.test", ADDR_IPV4, 4999));
        assert_null(names_find(n, "web.tes", ADDR_ANY, 4999));
        assert_null(names_find(n, "web.test", ADDR_ANY, 5000));
        assert_null(names_find(n, "web.test", ADDR_ANY, 4999)); /* gone is gone */
}

static void a_question_without_a_use_is_dropped(void **state)
{
        CLEANUP(names_free_at_exit) struct names *n = names_new(10, PLENTY);
        int question;

        (void)state;
        names_drop(n, names_ask(n, "web.test", ADDR_ANY, &question));
        assert_null(names_find(n, "web.test", ADDR_ANY, 0));
        names_ask(n, "web.test", ADDR_ANY, &question); /* freed with the rest */
}

static void what_was_not_used_for_the_longest_time_goes_first(void **state)
{
        CLEANUP(names_free_at_exit) struct names *n = names_new(3, PLENTY);

        (void)state;
        know(n, "a", 1, 100);
        know(n, "b", 1, 100);
        know(n, "c", 1, 100);
        assert_true(is_known(n, "a", 0));
        know(n, "d", 1, 100);
        assert_false(is_known(n, "b", 0));
        assert_true(is_known(n, "a", 0) && is_known(n, "c", 0) && is_known(n, "d", 0));
}

static void answers_have_room_for_so_many_bytes(void **state)
{
        CLEANUP(names_free_at_exit) struct names *n = names_new(1000, 20000);
        char host[16];
        int known = 0;

        (void)state;
        for (int i = 0; i < 100; i++) {
                snprintf(host, sizeof(host), "%d.test", i);
                know(n, host, 64, 100);
        }
        for (int i = 0; i < 100; i++) {
                snprintf(host, sizeof(host), "%d.test", i);
                known += is_known(n, host, 0);
        }
        assert_in_range(known, 5, 20000 / (64 * (int)sizeof(struct addr)));
        assert_true(is_known(n, "99.test", 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_answer_is_known_until_its_time_is_over),
                cmocka_unit_test(a_question_without_a_use_is_dropped),
                cmocka_unit_test(what_was_not_used_for_the_longest_time_goes_first),
                cmocka_unit_test(answers_have_room_for_so_many_bytes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
