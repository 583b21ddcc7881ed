/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the status names when it may not name all: the most urgent, in the same order. */
#include "../../cert/forge.h"
#include "../store/scratch.h"

#include "common/base/buf.h"
#include "config/loader.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/roster.h"
#include "daemon/monitor/silences.h"
#include "daemon/monitor/status.h"

#include <stdio.h>
#include <string.h>

#define N 200

static struct fleet *make_fleet(const struct scratch *scratch)
{
        struct buf text = BUF_INIT(1 << 20);
        CLEANUP(config_unref_at_exit) struct config *config = NULL;
        struct config_errors errors;
        struct fleet *f = NULL;
        AUTO_FREE char *error = NULL;
        AUTO_FREE char *path = scratch_path(scratch, "root.pem");
        CLEANUP(minted_free_at_exit) struct minted *root = make_ca("root", NULL);
        FILE *file = fopen(path, "w");

        assert_true(fputs(root->pem, file) >= 0 && fclose(file) == 0);
        buf_printf(&text, "defaults: {ca_file: %s}\nendpoints:\n", path);
        for (int i = 0; i < N; i++)
                buf_printf(&text, "  - e%03d.example.com\n", i);
        assert_int_equal(config_load_bytes(&config, "test.yaml", buf_str(&text), text.len, &errors),
                         0);
        assert_int_equal(fleet_new(&f, config, &error), 0);
        buf_done(&text);
        return f;
}

/* All conditions there are, and several of each that end at the same time. */
static void make_states(struct fleet *f)
{
        unsigned seed = 7;

        for (size_t i = 0; i < f->n; i++) {
                struct endpoint_state *s = &f->members[i].state;
                unsigned x = (seed = seed * 1664525U + 1013904223U) >> 8;
                struct problem p = { .code = FINDING_LEAF_EXPIRED,
                                     .severity = x % 5 ? SEVERITY_WARNING : SEVERITY_ERROR };

                s->last_success_s = x % 3;
                s->failures = x % 7 == 0;
                s->expires_s = x / 8 % 20;
                if (x % 4 == 0) {
                        endpoint_state_put(s, &p);
                        p.code = FINDING_RESOURCE_LIMIT; /* before the other, by code */
                        p.severity = SEVERITY_WARNING;
                        endpoint_state_put(s, &p);
                }
        }
}

static json_t *ask(struct fleet *f, struct scratch *scratch, size_t max)
{
        static const struct monitor_counts counts;
        struct silences *silences = NULL;

        roster_begin(f);
        assert_int_equal(silences_new(&silences, scratch->store, f->config, 0), 0);
        json_t *all = status_json(f, scratch->store, &counts, false);

        status_add_lists(all, f, scratch->store, silences, max);
        json_t *endpoints = json_incref(json_object_get(all, "endpoints"));

        assert_int_equal(json_integer_value(json_object_get(
                                 json_object_get(all, "endpoints_total"), "all")), N);
        json_decref(all);
        silences_free(silences);
        return endpoints;
}

static void of_many__the_most_urgent_are_told(void **state)
{
        static const size_t MOST[] = { 0, 1, 2, 3, 10, 64, N - 1, N, N + 1, SIZE_MAX };
        struct scratch *scratch = *state;
        struct fleet *f = make_fleet(scratch);

        scratch_open(scratch);
        make_states(f);
        json_t *all = ask(f, scratch, N);

        assert_int_equal(json_array_size(all), N);
        assert_string_equal(json_string_value(json_object_get(json_array_get(all, 0), "severity")),
                            "error");
        for (size_t i = 0; i < ARRAY_LEN(MOST); i++) {
                json_t *some = ask(f, scratch, MOST[i]);

                assert_int_equal(json_array_size(some), MOST[i] < N ? MOST[i] : N);
                for (size_t j = 0; j < json_array_size(some); j++)
                        assert_true(json_equal(json_array_get(some, j), json_array_get(all, j)));
                json_decref(some);
        }
        json_decref(all);
        fleet_free(f);
}

static void of_one__the_worst_problem_is_told_first(void **state)
{
        struct scratch *scratch = *state;
        struct fleet *f = make_fleet(scratch);

        scratch_open(scratch);
        make_states(f);
        json_t *all = ask(f, scratch, N);
        json_t *first = json_object_get(json_array_get(all, 0), "problems");

        assert_int_equal(json_array_size(first), 2);
        assert_string_equal(json_string_value(json_object_get(json_array_get(first, 0), "code")),
                            "leaf-expired");
        assert_string_equal(json_string_value(json_object_get(json_array_get(first, 1), "code")),
                            "resource-limit");
        json_decref(all);
        fleet_free(f);
}

static void what_is_held_open__says_how_it_really_is(void **state)
{
        struct scratch *scratch = *state;
        struct fleet *f = make_fleet(scratch);

        scratch_open(scratch);
        endpoint_state_put(&f->members[0].state, &(struct problem){
                .code = FINDING_REVOKED, .severity = SEVERITY_ERROR, .flapping = true,
                .seen = SEVERITY_OK, .steady_s = 1800000000,
        });
        json_t *all = ask(f, scratch, N);
        json_t *problem = json_array_get(json_object_get(json_array_get(all, 0), "problems"), 0);
        json_t *expected = json_pack("{s:s, s:s}", "now", "ok", "since", "2027-01-15T08:00:00Z");

        assert_true(json_equal(json_object_get(problem, "flapping"), expected));
        json_decref(expected);
        json_decref(all);
        fleet_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(of_many__the_most_urgent_are_told),
                SCRATCH_TEST(of_one__the_worst_problem_is_told_first),
                SCRATCH_TEST(what_is_held_open__says_how_it_really_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
