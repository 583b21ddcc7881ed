/* SPDX-License-Identifier: Apache-2.0 */
/* How many probes the descriptors allow, and when somebody is told. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/monitor/descriptors.h"

#include "tests/unit/daemon/monitor/fleet_of.h"

#include <sys/resource.h>

static void what_else_is_open_is_set_aside_and_a_probe_may_race(void **state)
{
        (void)state;
        assert_int_equal(descriptors_allow(1024, 2, 1, 4), (1024 - 80 - 128 - 2 * 16 - 3) / 4);
        assert_int_equal(descriptors_allow(65536, 64, 1000, 8),
                         (65536 - 80 - 512 - 64 * 16 - 3000) / 8);
        assert_int_equal(descriptors_allow(20, 2, 1, 4), 1); /* it will fail, but it will say how */
}

static int64_t concurrency_of(const char *text, char **ret_warning)
{
        CLEANUP(config_unref_at_exit) struct config *c = load(text);

        return descriptors_concurrency(c, 2, ret_warning);
}

#define SIX_AT_ADDRESSES                                                                           \
        "endpoints:\n"                                                                             \
        "  - 192.0.2.1\n  - 192.0.2.2\n  - '[2001:db8::1]:443'\n  - 192.0.2.3\n  - 192.0.2.4\n"    \
        "  - {target: b.example, connect_to: 192.0.2.1}\n"
#define THREE "endpoints: [a.example, b.example, c.example]\n"

static void a_low_limit_is_told_only_if_it_holds_somebody_up(void **state)
{
        struct rlimit before;
        char *warning;

        (void)state;
        getrlimit(RLIMIT_NOFILE, &before);
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){ .rlim_cur = 138, .rlim_max = before.rlim_max });
        assert_int_equal(concurrency_of(THREE, &warning), 2);
        assert_string_equal(
                warning,
                "limits.concurrency is 1024, but RLIMIT_NOFILE allows 2: of 138 descriptors 129 "
                "are set aside, and a probe may take 4; raise LimitNOFILE= in the unit (or ulimit "
                "-n), or lower limits.concurrency");
        free(warning);
        assert_int_equal(concurrency_of(THREE "limits: {concurrency: 2}\n", &warning), 2);
        assert_null(warning);
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){ .rlim_cur = 142, .rlim_max = before.rlim_max });
        assert_int_equal(concurrency_of(THREE, &warning), 3);
        assert_null(warning);
        assert_int_equal(concurrency_of("defaults: {addresses: all}\n" THREE, &warning), 3);
        assert_null(warning);
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){ .rlim_cur = 133, .rlim_max = before.rlim_max });
        assert_int_equal(concurrency_of(SIX_AT_ADDRESSES, &warning), 5);
        assert_non_null(warning);
        free(warning);
        assert_int_equal(concurrency_of(SIX_AT_ADDRESSES "  - file:/a.pem\n", &warning), 5);
        assert_non_null(warning);
        free(warning);
        assert_int_equal(concurrency_of(SIX_AT_ADDRESSES "  - a.example\n", &warning), 1);
        free(warning);
        assert_int_equal(concurrency_of("defaults: {proxy: 'http://p.example:1'}\n"
                                        SIX_AT_ADDRESSES, &warning), 1);
        free(warning);
        descriptors_raise();
        if (before.rlim_max >= 65536) {
                assert_int_equal(concurrency_of(THREE, &warning), 1024);
                assert_null(warning);
        }
        setrlimit(RLIMIT_NOFILE, &before);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_else_is_open_is_set_aside_and_a_probe_may_race),
                cmocka_unit_test(a_low_limit_is_told_only_if_it_holds_somebody_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
