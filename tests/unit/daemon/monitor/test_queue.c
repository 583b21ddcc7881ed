/* SPDX-License-Identifier: Apache-2.0 */
/* What a new receiver is told of a fleet with more problems than one turn of the loop takes. */
#include "../store/scratch.h"
#include "fleet_of.h"

#include "common/base/buf.h"
#include "daemon/monitor/alerts.h"
#include "daemon/monitor/queue.h"
#include "daemon/store/database.h"

#define NOW_S 1800000000
#define ENDPOINTS 1200

struct house {
        struct store *store;
        struct fleet *fleet;
        struct alerts *alerts;
        size_t at;
};

/* Every endpoint has an expiring certificate of its own. */
static struct house begin(struct scratch *scratch, const char *receivers)
{
        struct house h = { .store = scratch_open(scratch) };
        struct buf text = BUF_INIT(1 << 20);

        buf_printf(&text, "receivers: [%s]\nendpoints:\n", receivers);
        for (int i = 0; i < ENDPOINTS; i++)
                buf_printf(&text, "  - h%d.test\n", i);
        h.fleet = fleet_of(buf_str(&text));
        buf_done(&text);
        h.alerts = alerts_new(h.store, h.fleet->config);
        for (size_t i = 0; i < h.fleet->n; i++) {
                struct member *m = &h.fleet->members[i];

                endpoint_state_put(&m->state, &(struct problem){
                        .code = FINDING_LEAF_EXPIRING_SOON, .severity = SEVERITY_WARNING,
                        .since_s = NOW_S - 60, .fingerprint = m->cfg->id,
                });
        }
        return h;
}

static void end(struct house *h)
{
        alerts_free(h->alerts);
        fleet_free(h->fleet);
}

static int greet(struct house *h)
{
        return queue_greet(h->store, h->alerts, h->fleet, &h->at, NOW_S);
}

static int64_t number(const struct house *h, const char *sql)
{
        int64_t n = -1;

        assert_int_equal(database_number(h->store, sql, &n), 0);
        return n;
}

#define LETTERS "SELECT count(*) FROM outbox"
#define HEARERS "SELECT count(*) FROM (SELECT DISTINCT receiver, line FROM outbox)"

static void a_new_receiver__is_told_in_parts(void **state)
{
        struct house h = begin(*state, "{ name: ops, journald: }, { name: pager, journald: }");

        assert_int_equal(greet(&h), 1);
        assert_int_equal(number(&h, LETTERS), 2 * h.at);
        assert_in_range(h.at, 1, ENDPOINTS / 2);
        assert_int_equal(number(&h, "SELECT count(*) FROM receiver"), 0);
        while (greet(&h) == 1)
                ;
        assert_int_equal(number(&h, LETTERS), 2 * ENDPOINTS);
        assert_int_equal(number(&h, "SELECT count(*) FROM receiver"), 2);
        h.at = 0;
        assert_int_equal(greet(&h), 0);
        assert_int_equal(number(&h, LETTERS), 2 * ENDPOINTS);
        end(&h);
}

/* A crash, or a reload. */
static void who_was_not_told_to_the_end__is_told_nothing_twice(void **state)
{
        struct house h = begin(*state, "{ name: ops, journald: }");

        assert_int_equal(greet(&h), 1);
        h.at = 0;
        while (greet(&h) == 1)
                ;
        assert_int_equal(number(&h, LETTERS), ENDPOINTS);
        assert_int_equal(number(&h, HEARERS), ENDPOINTS);
        end(&h);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(a_new_receiver__is_told_in_parts),
                SCRATCH_TEST(who_was_not_told_to_the_end__is_told_nothing_twice),
        };

        return cmocka_run_group_tests(tests, write_anchors, remove_anchors);
}
