/* SPDX-License-Identifier: Apache-2.0 */
/* Which silence holds: of those that fit, now, the one that ends last. */
#include "tests/unit/base/unit.h"

#include "common/base/cleanup.h"
#include "config/model.h"
#include "daemon/notice/silence.h"

static const struct config_settings SETTINGS = { .n_labels = 0 };
static const struct config_endpoint SHOP = {
        .id = "shop",
        .name = "shop",
        .target = { .scheme = "tls", .host = "shop.example.com", .port = 443 },
        .set = &SETTINGS,
};

static const struct config_match ANY = { .n_names = 0 };
static const struct config_match SEVERE = { .severity = SEVERITY_ERROR };
static const struct config_match BLOG = { .names = (char *[]){ "blog" }, .n_names = 1 };

static struct silence SILENCES[] = {
        { .id = "blog", .match = &BLOG, .start_s = 0, .end_s = 1000 },
        { .id = "early", .match = &ANY, .start_s = 100, .end_s = 200 },
        { .id = "severe", .match = &SEVERE, .start_s = 150, .end_s = 300 },
        { .id = "late", .match = &ANY, .start_s = 199, .end_s = 201 },
};
static const struct silence_list LIST = { SILENCES, ARRAY_LEN(SILENCES) };

static void the_one_that_ends_last_holds(void **state)
{
        static const struct {
                int64_t now_s;
                enum severity severity;
                const char *id; /* NULL = none */
        } ROWS[] = {
                { 99, SEVERITY_WARNING, NULL },
                { 100, SEVERITY_WARNING, "early" },
                { 150, SEVERITY_WARNING, "early" },
                { 150, SEVERITY_ERROR, "severe" },
                { 199, SEVERITY_WARNING, "late" },
                { 200, SEVERITY_WARNING, "late" },
                { 201, SEVERITY_WARNING, NULL },
                { 299, SEVERITY_ERROR, "severe" },
                { 300, SEVERITY_ERROR, NULL },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                const struct subject s = { &SHOP, FINDING_LEAF_EXPIRED, ROWS[i].severity };
                const struct silence *is = silence_find(&LIST, &s, ROWS[i].now_s);

                assert_int_equal(!is, !ROWS[i].id);
                if (is)
                        assert_string_equal(is->id, ROWS[i].id);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_one_that_ends_last_holds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
