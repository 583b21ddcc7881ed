/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every address of a name, judged together: what all have is said once, what some have with their
 * addresses; one that is dead is not the whole endpoint; and what differs is told.
 */
#include "daemon/probe/each_look.h"
#include "daemon/probe/examine.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "daemon/demo/mint.h"
#include "tests/support/dns_server.h"
#include "tests/support/hostile_server.h"

#include <event2/event.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATIENCE_MS 5000
#define DAY_S 86400
#define MAX_NODES 4

static const struct dns_rule RULES[] = {
        { .name = "web.test", .addresses = "::1 127.0.0.43 127.0.0.41 127.0.0.42" },
        { .name = "four.test", .addresses = "127.0.0.43 127.0.0.41 127.0.0.42" },
        { .name = "one.test", .addresses = "127.0.0.41" },
        { NULL },
};
static const char *const IPS[MAX_NODES] = { "127.0.0.41", "127.0.0.42", "127.0.0.43", "::1" };

struct world {
        struct event_base *base;
        struct dns_server *dns;
        struct examiner *examiner;
        struct trust *anchors;
        struct minted *ca;
        struct hostile_server *nodes[MAX_NODES]; /* NULL = nobody listens there */
        uint16_t port;
        struct policy policy;
        struct exam_request req;
        struct exam_report *report;
        size_t calls;
};

static void world_start(struct world *w)
{
        struct mint_spec spec = {
                .cn = "Test Root", .ca = true, .not_before_s = clock_wall_s() - 1000 * DAY_S,
                .not_after_s = clock_wall_s() + 1000 * DAY_S,
        };
        struct cert *root;
        const char *reason;

        *w = (struct world){ .base = event_base_new(), .dns = dns_server_start(RULES),
                             .ca = mint(&spec, NULL), .policy = POLICY_DEFAULT };
        assert_int_equal(cert_from_x509(&root, w->ca->cert, &reason), 0);
        w->anchors = trust_new(&root, 1);
        cert_unref(root);
        assert_int_equal(examiner_new(&w->examiner, w->base, dns_server_str(w->dns)), 0);
        w->req = (struct exam_request){
                .probe = { .host = "web.test", .server_name = "web.test",
                           .timeout_ms = PATIENCE_MS, .step_timeout_ms = PATIENCE_MS },
                .reference = "web.test", .anchors = w->anchors, .policy = &w->policy,
                .all_addresses = true,
        };
}

static void world_done(struct world *w)
{
        exam_report_free(w->report);
        examiner_free(w->examiner);
        for (size_t i = 0; i < MAX_NODES; i++)
                hostile_stop(w->nodes[i]);
        trust_unref(w->anchors);
        minted_free(w->ca);
        dns_server_stop(w->dns);
        event_base_free(w->base);
}

/* Ages in days: from, until. */
static struct minted *leaf(const struct world *w, int from, int until)
{
        static const char *const NAMES[] = { "web.test", "four.test", "one.test", NULL };
        struct mint_spec spec = { .cn = "web.test", .names = NAMES,
                                  .not_before_s = clock_wall_s() + from * DAY_S,
                                  .not_after_s = clock_wall_s() + until * DAY_S };

        return mint(&spec, w->ca);
}

/* A node at IPS[@i] that serves @chain, on the port of the others. */
static void serve(struct world *w, size_t i, const struct minted *const *chain)
{
        struct hostile_options options = { .mode = HOSTILE_NOTHING, .ip = IPS[i], .port = w->port,
                                           .chain = chain, .n_chain = 1 };

        w->nodes[i] = hostile_start(&options);
        w->port = w->req.probe.port = hostile_port(w->nodes[i]);
}

static void on_done(struct exam_report *report, void *arg)
{
        struct world *w = arg;

        w->calls++;
        exam_report_free(w->report);
        w->report = report;
        event_base_loopbreak(w->base);
}

static const struct verdict *run(struct world *w)
{
        size_t calls = w->calls;

        exam_start(w->examiner, &w->req, on_done, w);
        assert_int_equal(w->calls, calls); /* never inside exam_start() */
        event_base_dispatch(w->base);
        assert_int_equal(w->calls, calls + 1);
        return &w->report->verdict;
}

static const struct finding *finding(const struct world *w, enum finding_code code)
{
        const struct finding *f = finding_find(&w->report->verdict.findings, code);

        assert_non_null(f);
        return f;
}

static void assert_says(const struct finding *f, const char *words)
{
        if (!strstr(f->message, words))
                fail_msg("\"%s\" instead of \"%s\"", f->message, words);
}

static void every_address_is_asked_in_ascending_order(void **state)
{
        struct world w;
        char str[ADDR_STR_MAX];

        (void)state;
        world_start(&w);
        CLEANUP(minted_free_at_exit) struct minted *good = leaf(&w, -10, 80);
        const struct minted *chain[] = { good };

        for (size_t i = 0; i < MAX_NODES; i++)
                serve(&w, i, chain);
        const struct verdict *v = run(&w);

        assert_int_equal(v->findings.n, 0);
        assert_true(v->trusted);
        assert_false(v->partial);
        assert_int_equal(w.report->probe.outcome, PROBE_OK);
        assert_true(w.report->probe.step_us[PROBE_RESOLVE] > 0);
        assert_int_equal(w.report->n_each, MAX_NODES);
        assert_int_equal(w.report->n_addresses, MAX_NODES);
        for (size_t i = 0; i < MAX_NODES; i++) {
                assert_string_equal(addr_ip_str(&w.report->each[i].probe.address, str), IPS[i]);
                assert_true(w.report->each[i].verdict.trusted);
                assert_true(w.report->probe.total_us >= w.report->each[i].probe.total_us - 1000);
        }
        assert_int_equal(dns_server_questions(w.dns), 2); /* A and AAAA, once */
        world_done(&w);
}

static void a_node_that_missed_the_renewal_is_told(void **state)
{
        struct world w;

        (void)state;
        world_start(&w);
        CLEANUP(minted_free_at_exit) struct minted *before = leaf(&w, -85, 5);
        CLEANUP(minted_free_at_exit) struct minted *after = leaf(&w, -1, 89);
        const struct minted *old[] = { before }, *renewed[] = { after };

        serve(&w, 0, renewed);
        serve(&w, 1, old);
        serve(&w, 2, renewed);
        w.req.probe.host = "four.test";
        w.req.reference = "four.test";
        run(&w);
        for (int again = 0; again < 2; again++) { /* and judged again it is the same */
                const struct verdict *v = &w.report->verdict;
                const struct finding *skew = finding(&w, FINDING_ADDRESS_SKEW);
                const struct finding *soon = finding(&w, FINDING_LEAF_EXPIRING_SOON);

                assert_int_equal(v->findings.n, 2);
                assert_int_equal(skew->severity, SEVERITY_WARNING);
                assert_memory_equal(skew->message, "2 of 3 addresses (127.0.0.41, 127.0.0.43) "
                                    "serve the newest certificate, serial ", 78);
                assert_says(skew, "; 127.0.0.42 still serves serial ");
                assert_string_equal(skew->remedy, "Install the newest certificate on 127.0.0.42 "
                                                  "and reload the server there.");
                assert_memory_equal(soon->message, "1 of 3 addresses (127.0.0.42): ", 31);
                assert_string_equal(soon->facts[soon->n_facts - 1].key, "address");
                assert_string_equal(soon->facts[soon->n_facts - 1].value, "127.0.0.42");
                assert_string_equal(v->leaf->fingerprint,
                                    w.report->each[0].verdict.leaf->fingerprint);
                assert_ptr_equal(exam_speaker(w.report), &w.report->each[0]);
                assert_int_equal(v->expires_s, w.report->each[1].verdict.expires_s);
                assert_ptr_equal(w.report->probe.chain, w.report->each[1].probe.chain);
                assert_int_equal(addr_compare(&w.report->probe.address,
                                              &w.report->each[1].probe.address), 0);
                exam_judge(&w.req, w.report, w.report->at_s);
        }
        world_done(&w);
}

static void what_all_have_is_said_once(void **state)
{
        struct world w;

        (void)state;
        world_start(&w);
        CLEANUP(minted_free_at_exit) struct minted *expired = leaf(&w, -90, -2);
        const struct minted *chain[] = { expired };

        for (size_t i = 0; i < MAX_NODES; i++)
                serve(&w, i, chain);
        const struct verdict *v = run(&w);

        assert_int_equal(v->findings.n, 1);
        assert_int_equal(v->findings.items[0].code, FINDING_LEAF_EXPIRED);
        assert_null(strstr(v->findings.items[0].message, "addresses"));
        assert_int_equal(v->findings.items[0].n_facts,
                         w.report->each[0].verdict.findings.items[0].n_facts + MAX_NODES);
        world_done(&w);
}

static void one_dead_address_is_not_the_endpoint(void **state)
{
        struct world w;

        (void)state;
        world_start(&w);
        CLEANUP(minted_free_at_exit) struct minted *good = leaf(&w, -10, 80);
        const struct minted *chain[] = { good };

        serve(&w, 0, chain);
        serve(&w, 2, chain);
        w.req.probe.host = "four.test";
        run(&w);
        const struct finding *f = finding(&w, FINDING_CONNECT_REFUSED);
        AUTO_FREE char *words = mem_printf("Cannot connect to four.test:%u at 1 of 3 addresses "
                                           "(127.0.0.42): connection refused. Others answer.",
                                           w.port);

        assert_int_equal(w.report->verdict.findings.n, 1);
        assert_string_equal(f->message, words);
        assert_int_equal(f->severity, SEVERITY_WARNING);
        assert_int_equal(w.report->probe.outcome, PROBE_OK);
        assert_non_null(w.report->verdict.leaf);
        assert_true(w.report->verdict.trusted);
        assert_false(w.report->verdict.unfinished);
        assert_true(w.report->verdict.partial);

        w.policy.severity[FINDING_CONNECT_REFUSED] = SEVERITY_ERROR;
        run(&w);
        assert_int_equal(finding(&w, FINDING_CONNECT_REFUSED)->severity, SEVERITY_ERROR);
        w.policy.severity[FINDING_CONNECT_REFUSED] = SEVERITY_OK;
        assert_int_equal(run(&w)->findings.n, 0);
        world_done(&w);
}

static void when_all_are_dead_so_is_the_endpoint(void **state)
{
        struct world w;

        (void)state;
        world_start(&w);
        w.req.probe.port = 1;
        w.req.probe.host = "four.test";
        const struct verdict *v = run(&w);

        assert_int_equal(v->findings.n, 1);
        assert_string_equal(v->findings.items[0].message,
                            "Cannot connect to four.test:1 at any of its 3 addresses: connection "
                            "refused.");
        assert_int_equal(v->findings.items[0].severity, SEVERITY_ERROR);
        assert_int_equal(w.report->probe.outcome, PROBE_CONNECT_REFUSED);
        assert_null(v->leaf);

        w.req.probe.host = "one.test"; /* as always */
        v = run(&w);
        assert_int_equal(w.report->n_each, 1);
        assert_string_equal(v->findings.items[0].message,
                            "Cannot connect to one.test:1 (127.0.0.41:1): connection refused.");

        w.req.probe.host = "absent.test";
        v = run(&w);
        assert_int_equal(w.report->n_each, 0);
        assert_string_equal(v->findings.items[0].message,
                            "Cannot resolve absent.test: no such name in DNS.");
        world_done(&w);
}

static void a_self_signed_stand_in_does_not_speak_for_the_endpoint(void **state)
{
        struct world w;

        (void)state;
        world_start(&w);
        CLEANUP(minted_free_at_exit) struct minted *good = leaf(&w, -10, 80);
        const struct minted *chain[] = { good };

        serve(&w, 0, chain);
        serve(&w, 1, NULL); /* made just now */
        serve(&w, 2, chain);
        w.req.probe.host = "four.test";
        const struct verdict *v = run(&w);

        assert_string_equal(v->leaf->fingerprint, w.report->each[0].verdict.leaf->fingerprint);
        assert_false(v->trusted);
        assert_memory_equal(v->findings.items[0].message, "1 of 3 addresses (127.0.0.42): ", 31);
        finding(&w, FINDING_ADDRESS_SKEW);
        world_done(&w);
}

static void a_missing_issuer_of_any_address_may_be_fetched(void **state)
{
        static const char *const NAMES[] = { "web.test", NULL };
        struct world w;

        (void)state;
        world_start(&w);
        struct mint_spec ca = { .cn = "Between", .ca = true,
                                .not_before_s = clock_wall_s() - DAY_S,
                                .not_after_s = clock_wall_s() + 500 * DAY_S };
        CLEANUP(minted_free_at_exit) struct minted *between = mint(&ca, w.ca);
        struct mint_spec spec = { .cn = "web.test", .names = NAMES,
                                  .ca_issuers = "http://ca.test/between.crt",
                                  .not_before_s = clock_wall_s() - 10 * DAY_S,
                                  .not_after_s = clock_wall_s() + 80 * DAY_S };
        CLEANUP(minted_free_at_exit) struct minted *bare = mint(&spec, between);
        CLEANUP(minted_free_at_exit) struct minted *expired = leaf(&w, -90, -2);
        const struct minted *with[] = { expired }, *without[] = { bare };
        struct cert *issuer;
        const char *reason;

        serve(&w, 0, with); /* the worst, and complete */
        serve(&w, 1, without);
        serve(&w, 2, without);
        w.req.probe.host = "four.test";
        run(&w);
        assert_non_null(w.report->verdict.orphan);
        assert_string_equal(w.report->verdict.orphan->label, "web.test");

        assert_int_equal(cert_from_x509(&issuer, between->cert, &reason), 0);
        w.req.pools.fetched = trust_new(&issuer, 1);
        exam_judge(&w.req, w.report, w.report->at_s);
        assert_null(w.report->verdict.orphan);
        assert_memory_equal(finding(&w, FINDING_MISSING_INTERMEDIATE)->message,
                            "2 of 3 addresses (127.0.0.42, 127.0.0.43): ", 43);
        trust_unref((struct trust *)w.req.pools.fetched);
        cert_unref(issuer);
        world_done(&w);
}

static void too_many_addresses_are_left_out_and_told(void **state)
{
        char addresses[2000] = "";
        const struct dns_rule rules[] = { { .name = "many.test", .addresses = addresses },
                                          { NULL } };
        struct world w;

        (void)state;
        for (int i = 1; i <= 70; i++)
                sprintf(addresses + strlen(addresses), "127.0.1.%d ", i);
        world_start(&w);
        dns_server_stop(w.dns);
        examiner_free(w.examiner);
        w.dns = dns_server_start(rules);
        assert_int_equal(examiner_new(&w.examiner, w.base, dns_server_str(w.dns)), 0);
        w.req.probe.port = 1;
        w.req.probe.host = "many.test";
        run(&w);
        assert_int_equal(w.report->n_each, EACH_MAX_ADDRESSES);
        assert_int_equal(w.report->n_addresses, 70);
        assert_string_equal(finding(&w, FINDING_RESOURCE_LIMIT)->message,
                            "many.test has 70 addresses: only the first 64 were looked at.");
        assert_says(finding(&w, FINDING_CONNECT_REFUSED), "at any of its 64 addresses");
        world_done(&w);
}

static void an_examiner_may_go_in_the_midst_of_it(void **state)
{
        struct timeval soon = { .tv_usec = 20000 };
        struct world w;

        (void)state;
        world_start(&w);
        CLEANUP(minted_free_at_exit) struct minted *good = leaf(&w, -10, 80);
        const struct minted *chain[] = { good };
        struct hostile_options silent = { .mode = HOSTILE_SILENT, .ip = IPS[0] };

        w.nodes[0] = hostile_start(&silent);
        w.port = hostile_port(w.nodes[0]);
        serve(&w, 1, chain);
        exam_start(w.examiner, &w.req, on_done, &w);
        exam_start(w.examiner, &w.req, on_done, &w);
        event_base_loopexit(w.base, &soon);
        event_base_dispatch(w.base);
        exam_start(w.examiner, &w.req, on_done, &w); /* this one has not even begun */
        assert_int_equal(w.calls, 0);
        world_done(&w); /* the sanitizer sees to the rest */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_address_is_asked_in_ascending_order),
                cmocka_unit_test(a_node_that_missed_the_renewal_is_told),
                cmocka_unit_test(what_all_have_is_said_once),
                cmocka_unit_test(one_dead_address_is_not_the_endpoint),
                cmocka_unit_test(when_all_are_dead_so_is_the_endpoint),
                cmocka_unit_test(a_self_signed_stand_in_does_not_speak_for_the_endpoint),
                cmocka_unit_test(a_missing_issuer_of_any_address_may_be_fetched),
                cmocka_unit_test(too_many_addresses_are_left_out_and_told),
                cmocka_unit_test(an_examiner_may_go_in_the_midst_of_it),
        };

        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
