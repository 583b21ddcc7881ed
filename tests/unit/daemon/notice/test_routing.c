/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told of a problem, and how that is explained. */
#include "tests/unit/base/unit.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/notice/routing.h"

#include <stdlib.h>
#include <string.h>

#define HM(h, m) ((h) * 60 + (m))
#define COUNT(...) ARRAY_LEN(((char *[]){ __VA_ARGS__ }))
#define TO(...) .receivers = (char *[]){ __VA_ARGS__ }, .n_receivers = COUNT(__VA_ARGS__)

static struct config_receiver RECEIVERS[] = { { .name = "ops" }, { .name = "pager" },
                                              { .name = "log" } };
static const struct config_settings SETTINGS = { .n_labels = 0 };
static const struct config_endpoint SHOP = { .id = "shop", .name = "shop", .set = &SETTINGS };

#define CODE(code) .match = { .codes = (char *[]){ code }, .n_codes = 1 }
#define USUAL_REPEAT .repeat_s = { -1, -1, -1, -1 }

static struct config_route ROUTES[] = {
        { CODE("revoked"), TO("log", "ops"), .goes_on = true, USUAL_REPEAT, .file = "a",
          .line = 3 },
        { CODE("revo*"), TO("pager", "log"), .repeat_s = { 0, 0, 0, 3600 }, .file = "a", .line = 9,
          .quiet = { HM(22, 0), HM(7, 30), 0x7f, true, SEVERITY_OK } },
        { CODE("root-*"), .receivers = NULL, USUAL_REPEAT, .file = "b", .line = 1 },
        { CODE("root-included"), TO("ops"), USUAL_REPEAT, .file = "b", .line = 5 },
        { CODE("key-mismatch"), TO("pager"), .goes_on = true, USUAL_REPEAT, .file = "b",
          .line = 8 },
};

static struct config CONFIG = {
        .receivers = RECEIVERS,
        .n_receivers = ARRAY_LEN(RECEIVERS),
        .routes = ROUTES,
        .n_routes = ARRAY_LEN(ROUTES),
        .alerts = { .repeat_s = { [SEVERITY_WARNING] = 604800, [SEVERITY_ERROR] = 86400 } },
};

static struct subject problem(enum finding_code code)
{
        return (struct subject){ &SHOP, code, SEVERITY_ERROR };
}

/* "log by 0, pager by 1"; of the routes, their places. */
static char *told(enum finding_code code)
{
        const struct subject s = problem(code);
        struct routed_list l;
        char *text = mem_strdup("");

        routing_find(&CONFIG, &s, &l);
        for (size_t i = 0; i < l.n; i++) {
                AUTO_FREE char *before = text;

                text = mem_printf("%s%s%s by %d", before, i ? ", " : "", l.items[i].receiver->name,
                                  l.items[i].route ? (int)(l.items[i].route - ROUTES) : -1);
        }
        routed_list_done(&l);
        return text;
}

static void the_first_route_takes_it_unless_it_goes_on(void **state)
{
        static const struct {
                enum finding_code code;
                const char *told;
        } ROWS[] = {
                { FINDING_REVOKED, "log by 0, ops by 0, pager by 1" },
                { FINDING_REVOCATION_UNKNOWN, "pager by 1, log by 1" },
                { FINDING_ROOT_INCLUDED, "" },
                { FINDING_KEY_MISMATCH, "pager by 4" },
                { FINDING_LEAF_EXPIRED, "ops by -1, pager by -1, log by -1" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *text = told(ROWS[i].code);

                assert_string_equal(text, ROWS[i].told);
        }
}

static void the_receivers_of_alerts_are_told_of_what_no_route_takes(void **state)
{
        (void)state;
        CONFIG.alerts.receivers = (char *[]){ "log" };
        CONFIG.alerts.n_receivers = 1;
        AUTO_FREE char *taken = told(FINDING_KEY_MISMATCH);
        AUTO_FREE char *left = told(FINDING_LEAF_EXPIRED);

        CONFIG.alerts.n_receivers = 0;
        assert_string_equal(taken, "pager by 4");
        assert_string_equal(left, "log by -1");
}

static void it_is_explained_route_by_route(void **state)
{
        const struct subject revoked = problem(FINDING_REVOKED);
        const struct subject included = problem(FINDING_ROOT_INCLUDED);
        const struct subject expired = { &SHOP, FINDING_LEAF_EXPIRED, SEVERITY_INFO };

        (void)state;
        AUTO_FREE char *a = routing_explain(&CONFIG, &revoked, 1795560000);
        AUTO_FREE char *b = routing_explain(&CONFIG, &included, 0);
        AUTO_FREE char *c = routing_explain(&CONFIG, &expired, 0);

        assert_string_equal(a, "route 1 (a:3) takes it: log, ops; it goes on\n"
                               "route 2 (a:9) takes it: pager, log\n"
                               "route 3 (b:1) is not asked\n"
                               "route 4 (b:5) is not asked\n"
                               "route 5 (b:8) is not asked\n"
                               "told to:\n"
                               "  log, again every 1d\n"
                               "  ops, again every 1d\n"
                               "  pager, again every 1h; quiet from 22:00 to 07:30 UTC, now until "
                               "2026-11-25 07:30 UTC\n");
        assert_string_equal(b, "route 1 (a:3) does not take it: code is root-included, not "
                               "\"revoked\"\n"
                               "route 2 (a:9) does not take it: code is root-included, not "
                               "\"revo*\"\n"
                               "route 3 (b:1) takes it: nobody\n"
                               "route 4 (b:5) is not asked\n"
                               "route 5 (b:8) is not asked\n"
                               "told to nobody\n");
        assert_non_null(strstr(c, "route 5 (b:8) does not take it: code is leaf-expired, not "
                                  "\"key-mismatch\"\n"
                                  "no route takes it: it goes to every receiver\n"
                                  "told to:\n"
                                  "  ops, once\n"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first_route_takes_it_unless_it_goes_on),
                cmocka_unit_test(the_receivers_of_alerts_are_told_of_what_no_route_takes),
                cmocka_unit_test(it_is_explained_route_by_route),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
