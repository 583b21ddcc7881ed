/* SPDX-License-Identifier: Apache-2.0 */
/* Which problems a route or a silence takes, and what is said of those that it does not. */
#include "tests/unit/base/unit.h"

#include "common/base/cleanup.h"
#include "config/model.h"
#include "daemon/notice/match.h"

#define COUNT(...) ARRAY_LEN(((char *[]){ __VA_ARGS__ }))
#define NAMES(...) .names = (char *[]){ __VA_ARGS__ }, .n_names = COUNT(__VA_ARGS__)
#define CODES(...) .codes = (char *[]){ __VA_ARGS__ }, .n_codes = COUNT(__VA_ARGS__)
#define LABELS(...)                                                                                \
        .labels = (struct config_label[]){ __VA_ARGS__ },                                          \
        .n_labels = ARRAY_LEN(((struct config_label[]){ __VA_ARGS__ }))

static const struct config_settings SETTINGS = { LABELS({ "site", "fra-1" }, { "team", "web" }) };

static const struct config_endpoint SHOP = {
        .id = "shop",
        .name = "shop",
        .target = { .scheme = "tls", .host = "shop.example.com", .port = 443 },
        .set = &SETTINGS,
};

static const struct subject EXPIRING = { &SHOP, FINDING_LEAF_EXPIRING_SOON, SEVERITY_WARNING };

static void all_that_is_given_must_fit(void **state)
{
        const struct {
                struct config_match match;
                const char *refusal; /* NULL = it fits */
        } rows[] = {
                { { .n_names = 0 }, NULL },
                { { NAMES("shop") }, NULL },
                { { NAMES("sho?") }, NULL },
                { { NAMES("blog", "*.example.com:443") }, NULL }, /* of the target */
                { { NAMES("blog", "shop.*.org") }, "name is \"shop\", not \"blog\" or "
                                                   "\"shop.*.org\"" },
                { { NAMES("Shop") }, "name is \"shop\", not \"Shop\"" },
                { { CODES("leaf-exp*") }, NULL },
                { { CODES("connect-*", "leaf-expiring-soon") }, NULL },
                { { CODES("leaf-expired") }, "code is leaf-expiring-soon, not \"leaf-expired\"" },
                { { LABELS({ "team", "web" }) }, NULL },
                { { LABELS({ "site", "fra-*" }, { "team", "*" }) }, NULL },
                { { LABELS({ "site", "fra-*" }, { "team", "db" }) },
                  "label team is \"web\", not \"db\"" },
                { { LABELS({ "owner", "*" }) }, "it has no label owner" },
                { { .severity = SEVERITY_WARNING }, NULL },
                { { .severity = SEVERITY_ERROR }, "severity is warning, below error" },
                { { NAMES("shop"), CODES("leaf-*"), LABELS({ "team", "web" }),
                    .severity = SEVERITY_INFO }, NULL },
                { { NAMES("blog"), CODES("leaf-*"), LABELS({ "team", "web" }) },
                  "name is \"shop\", not \"blog\"" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                AUTO_FREE char *refusal = match_refusal(&rows[i].match, &EXPIRING);

                assert_int_equal(match_takes(&rows[i].match, &EXPIRING), !rows[i].refusal);
                if (rows[i].refusal)
                        assert_string_equal(refusal, rows[i].refusal);
                else
                        assert_null(refusal);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_that_is_given_must_fit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
