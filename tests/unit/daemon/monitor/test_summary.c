/* SPDX-License-Identifier: Apache-2.0 */
/* The message of the day: when, once for each day, and what it says. */
#include "../store/scratch.h"

#include "fleet_of.h"

#include "daemon/monitor/roster.h"
#include "daemon/monitor/summary.h"

#include <time.h>

static void assert_next(int at_min, int utc, int64_t last_s, int64_t expected_s)
{
        struct config_summary c = { .at_min = at_min, .utc = utc };

        assert_int_equal(summary_next_s(&c, last_s), expected_s);
}

static void the_next_is_the_first_such_time_after_the_last(void **state)
{
        static const int64_t MIDNIGHT_S = 1795392000; /* 2026-11-23 00:00 UTC */
        static const int64_t EIGHT_S = MIDNIGHT_S + 8 * 3600;

        (void)state;
        assert_next(8 * 60, true, MIDNIGHT_S, EIGHT_S);
        assert_next(8 * 60, true, EIGHT_S - 1, EIGHT_S);
        assert_next(8 * 60, true, EIGHT_S, EIGHT_S + 86400);
        assert_next(8 * 60, true, EIGHT_S + 5, EIGHT_S + 86400);
        assert_next(0, true, MIDNIGHT_S, MIDNIGHT_S + 86400);
        setenv("TZ", "Europe/Berlin", 1);
        tzset();
        assert_next(8 * 60, false, MIDNIGHT_S, EIGHT_S - 3600);
        /* the night to 2026-10-25 has an hour more */
        assert_next(8 * 60, false, 1792821600, 1792821600 + 25 * 3600);
        setenv("TZ", "UTC", 1);
        tzset();
}

static struct fleet *make_fleet(void)
{
        struct fleet *f = fleet_of("receivers: [{name: ops, syslog: {}}, {name: dev, syslog: {}}]\n"
                                   "summary: {at: '08:00', zone: utc, receivers: [ops]}\n"
                                   "endpoints: [a.test, b.test, c.test, d.test]");
        static const int64_t EXPIRES_S[] = { 1800000000, 1799000000, 0, 1700000000 };

        for (size_t i = 0; i < f->n; i++)
                f->members[i].state.expires_s = EXPIRES_S[i];
        endpoint_state_put(&f->members[3].state, &(struct problem){
                .code = FINDING_LEAF_EXPIRED, .severity = SEVERITY_ERROR, .since_s = 1700000000,
        });
        endpoint_state_put(&f->members[1].state, &(struct problem){
                .code = FINDING_LEAF_EXPIRED, .severity = SEVERITY_WARNING, .since_s = 1790000000,
        });
        roster_begin(f);
        return f;
}

static void it_counts_and_lists_the_worst_first(void **state)
{
        struct fleet *f = make_fleet();
        struct store *store = scratch_open(*state);
        struct message m;

        summary_message(f, store, 1795420800, &m);
        assert_non_null(strstr(m.summary, "4 endpoints: 1 critical, 1 warning"));
        assert_non_null(strstr(m.summary, "Next to end: b.test in 41 d "));
        assert_non_null(strstr(m.summary, " UTC), a.test in "));
        assert_null(strstr(m.summary, "d.test")); /* has ended */
        assert_int_equal(m.n_open, 2);
        assert_int_equal(m.n_members, 2);
        assert_string_equal(m.members[0].name, "d.test");
        assert_int_equal(m.members[0].severity, SEVERITY_ERROR);
        assert_int_equal(m.members[0].since_s, 1700000000);
        assert_string_equal(m.members[1].name, "b.test");
        AUTO_FREE char *json = message_to_json(&m);
        struct message again;

        assert_int_equal(message_from_json(json, &again), 0);
        assert_int_equal(again.kind, MESSAGE_SUMMARY);
        message_done(&again);
        message_done(&m);
        fleet_free(f);
}

static int64_t waiting(struct store *store, const char *receiver)
{
        struct store_outbox_stats *stats;
        int64_t n = 0;
        size_t n_stats;

        assert_int_equal(store_outbox_stats(store, &stats, &n_stats), 0);
        for (size_t i = 0; i < n_stats; i++)
                if (strcmp(stats[i].receiver, receiver) == 0)
                        n = stats[i].waiting;
        store_outbox_stats_free(stats, n_stats);
        return n;
}

static void it_comes_once_a_day_and_once_after_a_long_time(void **state)
{
        static const int64_t EIGHT_S = 1795420800;
        static const struct {
                int64_t now_s;
                int result;
        } ROWS[] = {
                { EIGHT_S - 3600, 0 }, /* the first is the next */
                { EIGHT_S - 1, 0 },
                { EIGHT_S, 1 },
                { EIGHT_S, 0 },
                { EIGHT_S + 86399, 0 },
                { EIGHT_S + 86405, 1 },
                { EIGHT_S + 9 * 86400 + 4, 1 }, /* we were stopped */
                { EIGHT_S + 9 * 86400 + 9, 0 },
                { EIGHT_S + 3600, 0 }, /* the clock was set back by days */
                { EIGHT_S + 86400, 1 },
        };
        struct scratch *s = *state;
        struct fleet *f = make_fleet();
        int sent = 0;

        scratch_open(s);
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                scratch_reopen(s);
                assert_int_equal(summary_due(f, s->store, ROWS[i].now_s), ROWS[i].result);
                sent += ROWS[i].result;
                assert_int_equal(waiting(s->store, "ops"), sent);
        }
        assert_int_equal(waiting(s->store, "dev"), 0);
        fleet_free(f);
}

static void one_is_not_many(void **state)
{
        struct fleet *f = fleet_of("endpoints: [a.test]");
        struct message m;

        roster_begin(f);
        summary_message(f, scratch_open(*state), 1795420800, &m);
        assert_non_null(strstr(m.summary, ": 1 endpoint: 0 critical"));
        assert_non_null(strstr(m.summary, "; 0 messages wait"));
        message_done(&m);
        fleet_free(f);
}

static void none_comes_unless_it_is_wanted(void **state)
{
        struct fleet *f = fleet_of("endpoints: [a.test]");
        struct store *store = scratch_open(*state);

        for (int64_t now_s = 1795420800; now_s < 1795420800 + 4 * 86400; now_s += 3600)
                assert_int_equal(summary_due(f, store, now_s), 0);
        fleet_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_next_is_the_first_such_time_after_the_last),
                SCRATCH_TEST(it_counts_and_lists_the_worst_first),
                SCRATCH_TEST(it_comes_once_a_day_and_once_after_a_long_time),
                SCRATCH_TEST(one_is_not_many),
                SCRATCH_TEST(none_comes_unless_it_is_wanted),
        };
        return cmocka_run_group_tests(tests, write_anchors, remove_anchors);
}
