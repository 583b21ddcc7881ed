/* SPDX-License-Identifier: Apache-2.0 */
/* Property: whatever happens to the bytes of a file, loading ends with a config or with errors. */
#include "tests/unit/config/helpers.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define EXAMPLE TEST_DATA_DIR "/../../../config/notafter.example.yaml"
#define MUTATIONS 4000

/* Shorter than the example, with every construct of YAML that the reader knows. */
static const char DENSE[] = "defaults: &d {interval: 1h, labels: &l {a: b}}\n"
                            "endpoints: [a.example.com, {target: b.example.com, labels: *l,\n"
                            "  expiry: {warning: [20%, 30d]}, policy: {weak-key: info}}]\n"
                            "receivers:\n"
                            "  - {name: \"x\\u00e9\", syslog: }\n"
                            "  - name: 'y'\n"
                            "    webhook: {url: >-\n"
                            "      https://h.example.com/\n"
                            "      }\n"
                            "limits: !x {per_host: 3}\n"
                            "--- \n";

static void load(const char *bytes, size_t n)
{
        struct config_errors errors;
        struct config *c = NULL;
        int r = config_load_bytes(&c, "damaged.yaml", bytes, n, &errors);

        assert_int_equal(r == 0, c != NULL);
        assert_int_equal(r == 0, errors.n == 0);
        for (size_t i = 0; i < errors.n; i++)
                assert_int_equal(strncmp(errors.items[i], "damaged.yaml:", 13), 0);
        config_errors_done(&errors);
        config_unref(c);
}

static char *read_example(size_t *ret_n)
{
        FILE *f = fopen(EXAMPLE, "re");
        char *bytes = mem_new0(1, 16384);

        assert_non_null(f);
        *ret_n = fread(bytes, 1, 16384, f);
        fclose(f);
        return bytes;
}

static void a_truncated_file__never_crashes(void **state)
{
        size_t n;
        AUTO_FREE char *example = read_example(&n);

        (void)state;
        for (size_t i = 0; i <= n; i++) {
                AUTO_FREE char *exact = mem_copy(example, i);

                load(exact, i);
        }
        for (size_t i = 0; i < sizeof(DENSE); i++)
                load(DENSE, i);
}

static uint32_t next_random(uint32_t *x)
{
        *x = *x * 1664525 + 1013904223;
        return *x >> 8;
}

/* Mostly bytes that mean something to YAML. */
static char next_byte(uint32_t *x)
{
        static const char TELLING[] = ":{}[],&*!|>'\"%@`#?- \n\t\\~<=0\0\x80\xff";
        uint32_t r = next_random(x);

        return r % 4 ? TELLING[r / 4 % (sizeof(TELLING) - 1)] : (char)(r / 4);
}

static void mutate(const char *bytes, size_t n, uint32_t *x)
{
        AUTO_FREE char *copy = mem_copy(bytes, n);

        for (uint32_t flips = 1 + next_random(x) % 4; flips > 0; flips--)
                copy[next_random(x) % n] = next_byte(x);
        load(copy, n);
}

static void a_mutated_file__never_crashes(void **state)
{
        size_t n;
        AUTO_FREE char *example = read_example(&n);
        uint32_t x = 20261123;

        (void)state;
        for (int i = 0; i < MUTATIONS; i++) {
                mutate(example, n, &x);
                mutate(DENSE, sizeof(DENSE) - 1, &x);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_truncated_file__never_crashes),
                cmocka_unit_test(a_mutated_file__never_crashes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
