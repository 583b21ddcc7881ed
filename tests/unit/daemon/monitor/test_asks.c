/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for a look is answered once, by the right one, and guests are let in as configured. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/monitor/asks.h"

#include "daemon/probe/examine.h"
#include "tests/unit/daemon/monitor/fleet_of.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>

struct scene {
        struct event_base *base;
        struct fleet *fleet;
        struct asks *asks;
        struct member *wanted, *visited; /* the last one */
        int n_wanted, n_visited;
};

static void on_want(struct member *m, void *arg)
{
        struct scene *s = arg;

        s->wanted = m;
        s->n_wanted++;
}

static void on_visit(struct member *m, void *arg)
{
        struct scene *s = arg;

        m->in_flight = true;
        s->visited = m;
        s->n_visited++;
}

static void begin(struct scene *s, const char *text)
{
        *s = (struct scene){ .base = event_base_new(), .fleet = fleet_of(text) };
        s->asks = asks_new(s->base, &(struct asks_host){ on_want, on_visit, s });
}

static void end(struct scene *s)
{
        asks_free(s->asks);
        fleet_free(s->fleet);
        event_base_free(s->base);
}

/* What one who waits has heard. */
struct ear {
        int calls;
        const struct exam_report *report;
        struct scene *again; /* asks for the next look as soon as it hears */
        struct monitor_look *look;
};

static void on_done(const struct exam_report *report, void *arg);

static int ask(struct scene *s, const char *target, const char *module, struct ear *ear)
{
        const struct monitor_ask a = { target, module, 60000 };

        return asks_add(s->asks, s->fleet, &ear->look, &a, on_done, ear);
}

static void on_done(const struct exam_report *report, void *arg)
{
        struct ear *ear = arg;
        struct scene *again = ear->again;

        ear->calls++;
        ear->report = report;
        ear->again = NULL;
        if (again)
                assert_int_equal(ask(again, "a.example", NULL, ear), 0);
}

static const struct exam_report REPORT;

static void all_who_wait_for_an_endpoint_are_answered_by_its_look(void **state)
{
        struct ear ears[4] = { 0 };
        struct scene s;

        (void)state;
        begin(&s, "endpoints: [a.example, b.example]\n");
        assert_int_equal(ask(&s, "a.example", NULL, &ears[0]), 0);
        assert_int_equal(ask(&s, "https://a.example/", NULL, &ears[1]), 0);
        assert_int_equal(ask(&s, "b.example:443", NULL, &ears[2]), 0);
        assert_int_equal(ask(&s, "a.example", NULL, &ears[3]), 0);
        assert_int_equal(s.n_wanted, 4);
        assert_ptr_equal(s.wanted, &s.fleet->members[0]);
        assert_int_equal(ears[0].calls, 0);
        monitor_look_cancel(ears[3].look);
        asks_report(s.asks, &s.fleet->members[0], &REPORT);
        asks_report(s.asks, &s.fleet->members[0], &REPORT); /* of the next look: nobody waits */
        assert_int_equal(ears[0].calls, 1);
        assert_ptr_equal(ears[0].report, &REPORT);
        assert_int_equal(ears[1].calls, 1);
        assert_int_equal(ears[2].calls, 0);
        assert_int_equal(ears[3].calls, 0);
        end(&s);
        monitor_look_cancel(NULL);
        asks_free(NULL);
}

static void who_asks_again_at_once_waits_for_the_next_look(void **state)
{
        struct ear ear = { 0 };
        struct scene s;

        (void)state;
        begin(&s, "endpoints: [a.example]\n");
        ear.again = &s;
        assert_int_equal(ask(&s, "a.example", NULL, &ear), 0);
        asks_report(s.asks, &s.fleet->members[0], &REPORT);
        assert_int_equal(ear.calls, 1);
        assert_int_equal(s.n_wanted, 2);
        asks_report(s.asks, &s.fleet->members[0], &REPORT);
        assert_int_equal(ear.calls, 2);
        end(&s);
}

static void who_waited_long_enough_is_told_so(void **state)
{
        const struct monitor_ask a = { "a.example", NULL, 1 };
        struct ear ear = { .report = &REPORT };
        struct scene s;

        (void)state;
        begin(&s, "endpoints: [a.example]\n");
        assert_int_equal(asks_add(s.asks, s.fleet, &ear.look, &a, on_done, &ear), 0);
        event_base_dispatch(s.base);
        assert_int_equal(ear.calls, 1);
        assert_null(ear.report);
        asks_report(s.asks, &s.fleet->members[0], &REPORT);
        assert_int_equal(ear.calls, 1);
        end(&s);
}

static void only_what_is_configured_or_allowed_is_looked_at(void **state)
{
        static const struct {
                const char *target;
                int r;
        } ROWS[] = {
                { "a.example", 0 }, { "b.example:443", 0 }, { "B.Example", 0 },
                { "imap://b.example:443", 0 }, { "x.b.example:443", -ENOENT },
                { "b.example:444", -ENOENT }, { "192.0.2.7:8443", 0 }, { "192.0.2.7:22", -ENOENT },
                { "192.0.3.7:8443", -ENOENT }, { "[::1]:9", 0 }, { "[::1]:91", -ENOENT },
                { "192.0.2.evil.example:8443", -ENOENT }, { "198.51.100.7:443", 0 },
                { "198.51.100.evil.example:443", -ENOENT }, { "7.web.example:443", 0 },
                { "file:/etc/passwd", -ENOENT }, { "b.example:443\r\nx: y", -EINVAL },
                { "http://b.example:443/", -EINVAL }, { "", -EINVAL },
        };
        struct ear ear = { 0 };
        struct scene s;

        (void)state;
        begin(&s, "endpoints: [a.example]\n"
                  "probe: {allow: ['b.example:443', '192.0.2.*:8443', '\x5b::1]:9', "
                  "'198.51.100.*', '?.web.example:*']}\n");
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                assert_int_equal(ask(&s, ROWS[i].target, NULL, &ear), ROWS[i].r);
        end(&s);
        begin(&s, "endpoints: [a.example]\n");
        assert_int_equal(ask(&s, "b.example:443", NULL, &ear), -ENOENT);
        end(&s);
}

static void a_guest_is_looked_at_by_the_defaults_and_once_for_all(void **state)
{
        struct ear ears[3] = { 0 };
        struct exam_request request;
        struct scene s;

        (void)state;
        begin(&s, "defaults: {timeout: 7s, starttls: imap, connect_to: '127.0.0.1'}\n"
                  "endpoints: []\n"
                  "probe: {allow: '*'}\n");
        assert_int_equal(ask(&s, "b.example:25", "smtp_starttls", &ears[0]), 0);
        assert_int_equal(ask(&s, "B.example:25", "smtp_starttls", &ears[1]), 0);
        assert_int_equal(s.n_visited, 1);
        fleet_request(s.visited, &request);
        assert_string_equal(request.probe.host, "127.0.0.1");
        assert_int_equal(request.probe.port, 25);
        assert_string_equal(request.probe.server_name, "b.example");
        assert_string_equal(request.reference, "b.example");
        assert_string_equal(request.probe.starttls, "smtp");
        assert_int_equal(request.probe.timeout_ms, 7000);
        assert_non_null(request.anchors);
        struct member *first = s.visited;

        assert_int_equal(ask(&s, "b.example:25", NULL, &ears[2]), 0); /* begins in another way */
        assert_int_equal(s.n_visited, 2);
        fleet_request(s.visited, &request);
        assert_string_equal(request.probe.starttls, "imap");
        asks_report(s.asks, first, &REPORT);
        assert_int_equal(ears[0].calls, 1);
        assert_int_equal(ears[1].calls, 1);
        assert_int_equal(ears[2].calls, 0);
        assert_int_equal(ask(&s, "b.example:25", "smtp_starttls", &ears[0]), 0);
        assert_int_equal(s.n_visited, 3);
        end(&s); /* with two under way */
}

static void guests_are_bounded(void **state)
{
        struct ear ear = { 0 };
        struct scene s;
        char target[40];

        (void)state;
        begin(&s, "endpoints: []\nprobe: {allow: '*'}\n");
        for (int i = 0; i < ASKS_GUESTS_AT_ONCE; i++) {
                snprintf(target, sizeof(target), "h%d.example:443", i);
                assert_int_equal(ask(&s, target, NULL, &ear), 0);
        }
        assert_int_equal(ask(&s, "one.example:443", NULL, &ear), -EBUSY);
        assert_int_equal(ask(&s, "h3.example:443", NULL, &ear), 0); /* which is under way */
        asks_report(s.asks, s.visited, &REPORT);
        assert_int_equal(ask(&s, "one.example:443", NULL, &ear), 0);
        end(&s);
}

static void a_reload_takes_along_who_waits(void **state)
{
        struct ear stays = { 0 }, goes = { .report = &REPORT };
        struct fleet *next;
        struct scene s;

        (void)state;
        begin(&s, "endpoints: [a.example, b.example]\n");
        next = fleet_of("endpoints: [0.example, b.example]\n");
        assert_int_equal(ask(&s, "a.example", NULL, &goes), 0);
        assert_int_equal(ask(&s, "b.example", NULL, &stays), 0);
        asks_follow(s.asks, next);
        fleet_free(s.fleet);
        s.fleet = next;
        assert_int_equal(s.n_wanted, 3);
        assert_ptr_equal(s.wanted, &next->members[1]);
        assert_int_equal(goes.calls, 0); /* never from inside */
        asks_report(s.asks, &next->members[1], &REPORT);
        assert_int_equal(stays.calls, 1);
        event_base_loop(s.base, EVLOOP_NONBLOCK);
        assert_int_equal(goes.calls, 1);
        assert_null(goes.report);
        end(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_who_wait_for_an_endpoint_are_answered_by_its_look),
                cmocka_unit_test(who_asks_again_at_once_waits_for_the_next_look),
                cmocka_unit_test(who_waited_long_enough_is_told_so),
                cmocka_unit_test(only_what_is_configured_or_allowed_is_looked_at),
                cmocka_unit_test(a_guest_is_looked_at_by_the_defaults_and_once_for_all),
                cmocka_unit_test(guests_are_bounded),
                cmocka_unit_test(a_reload_takes_along_who_waits),
        };

        return cmocka_run_group_tests(tests, write_anchors, remove_anchors);
}
