/* SPDX-License-Identifier: Apache-2.0 */
/* Which endpoints share their settings: those that say the same, and no others. */
#include "tests/unit/config/helpers.h"

#include "common/base/cleanup.h"
#include "config/arena.h"
#include "config/bind.h"
#include "config/settings.h"

#include <stdio.h>
#include <stdlib.h>

static void the_schema__keeps_settings_apart(void **state)
{
        const size_t n_own = SCHEMA_ENDPOINT.n - SCHEMA_SETTINGS.n;

        (void)state;
        for (size_t i = 0; i < n_own; i++)
                assert_true(SCHEMA_ENDPOINT.rows[i].offset >= sizeof(struct config_settings));
        for (size_t i = 0; i < SCHEMA_SETTINGS.n; i++)
                assert_true(SCHEMA_SETTINGS.rows[i].offset < sizeof(struct config_settings));
        assert_ptr_equal(SCHEMA_SETTINGS.rows, SCHEMA_ENDPOINT.rows + n_own);
}

static void equal_settings__are_one_object(void **state)
{
        struct config *c = must_load(
                "endpoints:\n"
                "  - a.example.com\n"
                "  - {target: b.example.com, interval: 5m, ca_file: /x.pem, labels: {a: b}}\n"
                "  - {target: c.example.com, name: C, server_name: s.example.com}\n"
                "  - {target: d.example.com, labels: {a: b}, ca_file: '/x.pem', interval: 300s}\n"
                "defaults: {interval: 1d, labels: {env: prod}}\n");
        const struct config_endpoint *e = c->endpoints;

        (void)state;
        assert_ptr_equal(e[0].set, e[2].set);
        assert_ptr_equal(e[1].set, e[3].set);
        assert_ptr_not_equal(e[0].set, e[1].set);
        assert_int_equal(e[2].set->interval_s, 86400);
        assert_int_equal(e[2].set->n_labels, 1);
        assert_int_equal(e[3].set->interval_s, 300);
        assert_int_equal(e[3].set->n_labels, 2);
        assert_string_equal(e[3].set->labels[1].value, "prod");
        config_unref(c);
}

/* Every key, in a spelling that is not what holds when nobody says. */
static const char *const ODD[] = {
        "interval: 7m", "retry: 7s", "timeout: 7s", "step_timeout: 7s", "ip: 4", "failures: 7",
        "alpn: h2", "proxy: http://a:1", "proxy: socks5://a:1", "client_cert: /a",
        "proxy_auth_file: /a\n    proxy: http://a:1", "client_key: /a\n    client_cert: /a",
        "client_passphrase_file: /a\n    client_cert: /a", "addresses: all",
        "ca_file: /a", "intermediates_file: /a", "aia: any", "crl_file: /a",
        "expiry: {warning: 40d}", "expiry: {warning: 50%}", "expiry: {critical: 1d}",
        "resolve_sans: true", "policy: {weak-key: error}", "policy: {root-included: error}",
        "labels: {a: b}", "labels: {a: c}", "labels: {b: b}", "labels: {a: b, b: b}",
};

static bool is_odd(const char *key)
{
        for (size_t i = 0; i < ARRAY_LEN(ODD); i++)
                if (strncmp(ODD[i], key, strlen(key)) == 0 && ODD[i][strlen(key)] == ':')
                        return true;
        return false;
}

static void every_difference__counts(void **state)
{
        struct config *c[ARRAY_LEN(ODD) + 1];

        (void)state;
        for (size_t i = 0; i < SCHEMA_SETTINGS.n; i++)
                if (!is_odd(SCHEMA_SETTINGS.rows[i].key))
                        fail_msg("no example for \"%s\"", SCHEMA_SETTINGS.rows[i].key);
        for (size_t i = 0; i < ARRAY_LEN(c); i++) {
                char text[128];

                snprintf(text, sizeof(text), "endpoints:\n  - target: a.example.com\n    %s\n",
                         i < ARRAY_LEN(ODD) ? ODD[i] : "failures: 3");
                c[i] = must_load(text);
                for (size_t j = 0; j < i; j++)
                        if (config_endpoint_equal(c[i]->endpoints, c[j]->endpoints))
                                fail_msg("\"%s\" is taken for number %zu", ODD[j], i);
        }
        for (size_t i = 0; i < ARRAY_LEN(c); i++)
                config_unref(c[i]);
}

static void many_combinations__are_found_again(void **state)
{
        enum { N = 5000 };
        struct arena *arena = arena_new();
        struct settings_table table = { 0 };
        struct config_endpoint_flat e;
        struct config_settings **first = calloc(N, sizeof(struct config_settings *));

        (void)state;
        bind_endpoint_init(&e);
        for (int64_t i = 0; i < 2 * N; i++) {
                e.set.interval_s = 1 + i % N;
                struct config_settings *s = settings_share(&table, arena, &e.set);

                if (i < N)
                        first[i] = s;
                assert_ptr_equal(s, first[i % N]);
                assert_int_equal(s->interval_s, 1 + i % N);
        }
        assert_int_equal(table.n, N);
        free(first);
        free(table.slots);
        arena_free(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_schema__keeps_settings_apart),
                cmocka_unit_test(equal_settings__are_one_object),
                cmocka_unit_test(every_difference__counts),
                cmocka_unit_test(many_combinations__are_found_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
