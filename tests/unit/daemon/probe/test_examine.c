/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A probe and its judgement together: what is told when all is well, when the certificate is bad,
 * when nobody answers, and when both happen at once.
 */
#include "daemon/probe/examine.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "daemon/demo/mint.h"
#include "tests/support/dns_server.h"
#include "tests/support/hostile_server.h"

#include <event2/event.h>
#include <openssl/tls1.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATIENCE_MS 5000
#define STALL_MS 200
#define DAY_S 86400

struct world {
        struct event_base *base;
        struct examiner *examiner;
        struct trust *anchors;
        struct minted *ca;
        struct exam_report *report;
        size_t calls;
};

static struct minted *mint_leaf(const struct minted *ca, int64_t not_after_s)
{
        static const char *const NAMES[] = { "localhost", "127.0.0.1", NULL };
        struct mint_spec spec = {
                .cn = "localhost",
                .names = NAMES,
                .not_before_s = clock_wall_s() - 100 * DAY_S,
                .not_after_s = not_after_s,
        };

        return mint(&spec, ca);
}

static struct world world_new(const char *dns)
{
        struct mint_spec spec = {
                .cn = "Test Root",
                .not_before_s = clock_wall_s() - 1000 * DAY_S,
                .not_after_s = clock_wall_s() + 1000 * DAY_S,
                .ca = true,
        };
        struct world w = { .base = event_base_new(), .ca = mint(&spec, NULL) };
        struct cert *root;
        const char *reason;

        assert_int_equal(cert_from_x509(&root, w.ca->cert, &reason), 0);
        w.anchors = trust_new(&root, 1);
        cert_unref(root);
        assert_int_equal(examiner_new(&w.examiner, w.base, dns), 0);
        return w;
}

static void world_done(struct world *w)
{
        exam_report_free(w->report);
        examiner_free(w->examiner);
        trust_unref(w->anchors);
        minted_free(w->ca);
        event_base_free(w->base);
}

static void on_done(struct exam_report *report, void *arg)
{
        struct world *w = arg;

        w->calls++;
        exam_report_free(w->report);
        w->report = report;
        event_base_loopbreak(w->base);
}

static struct exam_request request_to(const struct world *w, const char *host, uint16_t port)
{
        return (struct exam_request){
                .probe = {
                        .host = host,
                        .port = port,
                        .server_name = "localhost",
                        .timeout_ms = PATIENCE_MS,
                        .step_timeout_ms = PATIENCE_MS,
                },
                .reference = "localhost",
                .anchors = w->anchors,
                .policy = &POLICY_DEFAULT,
        };
}

static void run(struct world *w, const struct exam_request *req)
{
        size_t calls = w->calls;

        exam_start(w->examiner, req, on_done, w);
        assert_int_equal(w->calls, calls); /* never inside exam_start() */
        event_base_dispatch(w->base);
        assert_int_equal(w->calls, calls + 1);
        assert_in_range(w->report->at_s, clock_wall_s() - 10, clock_wall_s());
}

/* Examines a server of @mode that serves @leaf (NULL = some self-signed one). */
static void examine(struct world *w, enum hostile_mode mode, const struct minted *leaf,
                    const struct policy *policy)
{
        struct hostile_options options = { .mode = mode, .chain = leaf ? &leaf : NULL,
                                           .n_chain = 1 };
        struct hostile_server *server = hostile_start(&options);
        struct exam_request req = request_to(w, "127.0.0.1", hostile_port(server));

        req.probe.step_timeout_ms = mode == HOSTILE_NOTHING ? PATIENCE_MS : STALL_MS;
        if (policy)
                req.policy = policy;
        run(w, &req);
        hostile_stop(server);
}

/* The only finding of a report without a certificate. */
static const struct finding *only_finding(const struct world *w)
{
        assert_null(w->report->probe.chain);
        assert_int_equal(w->report->verdict.findings.n, 1);
        return &w->report->verdict.findings.items[0];
}

static void a_good_server_has_no_findings(void **state)
{
        struct world w = world_new(NULL);
        CLEANUP(minted_free_at_exit) struct minted *leaf =
                mint_leaf(w.ca, clock_wall_s() + 200 * DAY_S);

        (void)state;
        examine(&w, HOSTILE_NOTHING, leaf, NULL);
        assert_int_equal(w.report->probe.outcome, PROBE_OK);
        assert_int_equal(w.report->verdict.findings.n, 0);
        assert_true(w.report->verdict.trusted);
        world_done(&w);
}

static void an_expired_certificate_is_judged_and_kept(void **state)
{
        struct world w = world_new(NULL);
        CLEANUP(minted_free_at_exit) struct minted *leaf = mint_leaf(w.ca, clock_wall_s() - DAY_S);

        (void)state;
        examine(&w, HOSTILE_NOTHING, leaf, NULL);
        assert_int_equal(w.report->probe.outcome, PROBE_OK);
        assert_non_null(finding_find(&w.report->verdict.findings, FINDING_LEAF_EXPIRED));
        assert_int_equal(w.report->probe.chain->n, 1);
        world_done(&w);
}

/* What does not go by the clock, as the name that is missing, is told as ever. */
static void a_clock_that_nobody_keeps_is_told_beside_what_goes_by_it(void **state)
{
        static const char WORDS[] = "(the clock of this host is not synchronised).";
        struct world w = world_new(NULL);
        CLEANUP(minted_free_at_exit) struct minted *leaf = mint_leaf(w.ca, clock_wall_s() - DAY_S);
        const struct exam_request req = { .anchors = w.anchors, .reference = "other.test" };

        (void)state;
        examine(&w, HOSTILE_NOTHING, leaf, NULL);
        assert_int_equal(w.report->clock, clock_sync_ask());
        for (int clock = CLOCK_SYNC_UNKNOWN; clock <= CLOCK_UNSYNCHRONISED; clock++) {
                w.report->clock = (enum clock_sync)clock;
                exam_judge(&req, w.report, clock_wall_s());
                const struct finding_list *list = &w.report->verdict.findings;
                const struct finding *expired = finding_find(list, FINDING_LEAF_EXPIRED);
                const struct finding *other = finding_find(list, FINDING_HOSTNAME_MISMATCH);

                assert_int_equal(strstr(expired->message, WORDS) != NULL,
                                 clock == CLOCK_UNSYNCHRONISED);
                assert_null(strstr(other->message, WORDS));
        }
        world_done(&w);
}

static void a_chain_before_a_broken_handshake_is_judged_too(void **state)
{
        struct world w = world_new(NULL);
        CLEANUP(minted_free_at_exit) struct minted *leaf = mint_leaf(w.ca, clock_wall_s() - DAY_S);
        struct policy quiet = POLICY_DEFAULT;

        (void)state;
        examine(&w, HOSTILE_CLIENT_CERT, leaf, NULL);
        const struct finding_list *list = &w.report->verdict.findings;

        assert_int_equal(w.report->probe.outcome, PROBE_HANDSHAKE_FAILED);
        assert_non_null(finding_find(list, FINDING_LEAF_EXPIRED));
        assert_non_null(finding_find(list, FINDING_HANDSHAKE_FAILED));
        for (size_t i = 1; i < list->n; i++)
                assert_true(list->items[i - 1].severity >= list->items[i].severity);

        quiet.severity[FINDING_HANDSHAKE_TIMEOUT] = SEVERITY_OK;
        examine(&w, HOSTILE_HALF, leaf, &quiet);
        list = &w.report->verdict.findings;
        assert_int_equal(w.report->probe.outcome, PROBE_HANDSHAKE_TIMEOUT);
        assert_non_null(finding_find(list, FINDING_LEAF_EXPIRED));
        assert_null(finding_find(list, FINDING_HANDSHAKE_TIMEOUT));
        world_done(&w);
}

static void a_damaged_certificate_is_a_finding(void **state)
{
        struct world w = world_new(NULL);

        (void)state;
        examine(&w, HOSTILE_DAMAGED, NULL, NULL);
        assert_non_null(finding_find(&w.report->verdict.findings, FINDING_INPUT_UNPARSEABLE));
        assert_non_null(finding_find(&w.report->verdict.findings, FINDING_HANDSHAKE_FAILED));
        world_done(&w);
}

static void a_silent_server_is_a_finding_of_the_network(void **state)
{
        struct world w = world_new(NULL);

        (void)state;
        examine(&w, HOSTILE_SILENT, NULL, NULL);
        const struct finding *f = only_finding(&w);

        assert_int_equal(f->code, FINDING_HANDSHAKE_TIMEOUT);
        assert_memory_equal(f->message, "No TLS handshake with 127.0.0.1:", 32);
        assert_non_null(strstr(f->message, ": peer accepted the connection and then said nothing"));
        assert_non_null(f->remedy);
        world_done(&w);
}

static void a_refused_connection_is_told_with_name_and_address(void **state)
{
        static const struct dns_rule RULES[] = { { .name = "web.test", .addresses = "127.0.0.1" },
                                                 { NULL } };
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        struct world w = world_new(dns_server_str(dns));
        struct exam_request req = request_to(&w, "web.test", 1);

        (void)state;
        run(&w, &req);
        assert_int_equal(only_finding(&w)->code, FINDING_CONNECT_REFUSED);
        assert_string_equal(only_finding(&w)->message,
                            "Cannot connect to web.test:1 (127.0.0.1:1): connection refused.");

        req = request_to(&w, "127.0.0.1", 1);
        run(&w, &req);
        assert_string_equal(only_finding(&w)->message,
                            "Cannot connect to 127.0.0.1:1: connection refused.");

        req = request_to(&w, "absent.test", 1);
        run(&w, &req);
        assert_int_equal(only_finding(&w)->code, FINDING_DNS_FAILED);
        assert_string_equal(only_finding(&w)->message,
                            "Cannot resolve absent.test: no such name in DNS.");
        world_done(&w);
}

static void an_address_may_be_all_that_is_asked_for(void **state)
{
        static const struct dns_rule RULES[] = { { .name = "web.test", .addresses = "127.0.0.9" },
                                                 { NULL } };
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        struct world w = world_new(dns_server_str(dns));
        struct exam_request req = request_to(&w, "web.test", 1);
        char str[ADDR_STR_MAX];

        (void)state;
        req.probe.only_resolve = true;
        req.resolve_sans = true; /* of no certificate */
        run(&w, &req);
        assert_int_equal(w.report->probe.outcome, PROBE_OK);
        assert_int_equal(w.report->probe.step, PROBE_RESOLVE);
        assert_string_equal(addr_str(&w.report->probe.address, str), "127.0.0.9:1");
        assert_null(w.report->verdict.leaf);
        assert_int_equal(w.report->verdict.findings.n, 0);
        assert_false(w.report->verdict.unfinished);

        req.probe.host = "absent.test";
        run(&w, &req);
        assert_int_equal(only_finding(&w)->code, FINDING_DNS_FAILED);
        world_done(&w);
}

static void what_never_connects_is_a_finding_of_the_network(void **state)
{
        static const struct dns_rule RULES[] = { { .name = "mute.test", .silent = true },
                                                 { NULL } };
        static const struct {
                const char *host;
                enum probe_outcome outcome;
                enum finding_code code;
        } CASES[] = {
                { "mute.test", PROBE_DNS_TIMEOUT, FINDING_DNS_FAILED },
                { "255.255.255.255", PROBE_CONNECT_FAILED, FINDING_CONNECT_FAILED },
        };
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        struct world w = world_new(dns_server_str(dns));

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct exam_request req = request_to(&w, CASES[i].host, 443);

                req.probe.step_timeout_ms = STALL_MS;
                run(&w, &req);
                assert_int_equal(w.report->probe.outcome, CASES[i].outcome);
                assert_int_equal(only_finding(&w)->code, CASES[i].code);
                assert_int_equal(FINDINGS[CASES[i].code].class, FINDING_NETWORK);
        }
        world_done(&w);
}

static void examinations_end_with_their_examiner(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_HALF };
        CLEANUP(hostile_stop_at_exit) struct hostile_server *server = hostile_start(&options);
        struct world w = world_new(NULL);
        struct exam_request req = request_to(&w, "127.0.0.1", hostile_port(server));
        struct timeval soon = { .tv_usec = 30000 };

        (void)state;
        for (int i = 0; i < 3; i++)
                exam_start(w.examiner, &req, on_done, &w);
        event_base_loopexit(w.base, &soon);
        event_base_dispatch(w.base);
        exam_start(w.examiner, &req, on_done, &w); /* this one has not even begun */
        examiner_free(w.examiner);
        w.examiner = NULL;
        event_base_loop(w.base, EVLOOP_NONBLOCK);
        assert_int_equal(w.calls, 0);
        world_done(&w);
}

/* The only finding of a good certificate on a server that speaks nothing but @protocol; or NULL. */
static const struct finding *finding_of_protocol(struct world *w, int protocol)
{
        CLEANUP(minted_free_at_exit) struct minted *leaf =
                mint_leaf(w->ca, clock_wall_s() + 200 * DAY_S);
        const struct minted *const chain[] = { leaf };
        struct hostile_options options = { .protocol = protocol, .chain = chain, .n_chain = 1 };
        CLEANUP(hostile_stop_at_exit) struct hostile_server *server = hostile_start(&options);
        struct exam_request req = request_to(w, "127.0.0.1", hostile_port(server));

        run(w, &req);
        assert_int_equal(w->report->probe.outcome, PROBE_OK);
        assert_null(w->report->probe.weakness);
        assert_true(w->report->verdict.findings.n <= 1);
        return w->report->verdict.findings.items;
}

static void an_old_version_of_tls_is_a_finding(void **state)
{
        static const struct {
                int protocol;
                const char *words;
        } ROWS[] = {
                { TLS1_VERSION, "chose TLSv1, which" }, { TLS1_1_VERSION, "chose TLSv1.1, which" },
                { TLS1_2_VERSION, NULL }, { TLS1_3_VERSION, NULL },
        };
        struct world w = world_new(NULL);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                const struct finding *f = finding_of_protocol(&w, ROWS[i].protocol);

                if (!ROWS[i].words) {
                        assert_null(f);
                        continue;
                }
                assert_int_equal(f->code, FINDING_TLS_VERSION_OLD);
                assert_int_equal(f->severity, SEVERITY_WARNING);
                assert_non_null(strstr(f->message, ROWS[i].words));
                assert_non_null(strstr(f->remedy, "ssl_protocols TLSv1.2 TLSv1.3"));
        }
        world_done(&w);
}

/* --- the names of the certificate ------------------------------------------------------------- */

/* A server whose certificate has @names, asked with the name servers' rules @dns. */
static void examine_names(struct world *w, const char *const *names, int64_t timeout_ms)
{
        struct mint_spec spec = {
                .cn = "localhost", .names = names,
                .not_before_s = clock_wall_s() - 10 * DAY_S,
                .not_after_s = clock_wall_s() + 80 * DAY_S,
        };
        struct minted *leaf = mint(&spec, w->ca);
        struct hostile_options options = {
                .mode = HOSTILE_NOTHING, .chain = &(const struct minted *){ leaf }, .n_chain = 1,
        };
        struct hostile_server *server = hostile_start(&options);
        struct exam_request req = request_to(w, "127.0.0.1", hostile_port(server));

        req.reference = NULL;
        req.resolve_sans = true;
        req.probe.timeout_ms = timeout_ms;
        run(w, &req);
        hostile_stop(server);
        minted_free(leaf);
}

static void names_without_an_address_are_a_warning(void **state)
{
        static const struct dns_rule RULES[] = {
                { .name = "here.test", .addresses = "192.0.2.1" },
                { .name = "six.test", .addresses = "2001:db8::1" },
                { .name = "bare.test" },
                { .name = "broken.test", .rcode = 2 },
                { 0 },
        };
        static const char *const NAMES[] = {
                "here.test", "HERE.test", "six.test", "bare.test", "gone.test", "broken.test",
                "*.wild.test", "192.0.2.7", "not a host", NULL,
        };
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        struct world w = world_new(dns_server_str(dns));

        (void)state;
        examine_names(&w, NAMES, PATIENCE_MS);
        const struct san_names *n = &w.report->sans;
        const struct finding *f = finding_find(&w.report->verdict.findings,
                                               FINDING_SAN_UNRESOLVABLE);

        assert_true(n->done);
        assert_int_equal(n->n_asked, 5);
        assert_int_equal(n->n_missing, 2);
        assert_int_equal(n->n_unknown, 1);
        assert_non_null(f);
        assert_int_equal(f->severity, SEVERITY_WARNING);
        assert_non_null(strstr(f->message, "bare.test"));
        assert_non_null(strstr(f->message, "gone.test"));
        assert_null(strstr(f->message, "broken.test"));
        assert_int_equal(f->n_facts, 2);

        exam_judge(&(struct exam_request){ .anchors = w.anchors }, w.report, clock_wall_s());
        assert_non_null(finding_find(&w.report->verdict.findings, FINDING_SAN_UNRESOLVABLE));
        world_done(&w);
}

static void silence_of_the_name_servers_is_no_finding(void **state)
{
        static const struct dns_rule RULES[] = {
                { .name = "here.test", .addresses = "192.0.2.1" },
                { .name = "mute.test", .silent = true },
                { 0 },
        };
        static const char *const NAMES[] = { "here.test", "mute.test", NULL };
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        struct world w = world_new(dns_server_str(dns));

        (void)state;
        examine_names(&w, NAMES, 500);
        assert_true(w.report->sans.done);
        assert_int_equal(w.report->sans.n_missing, 0);
        assert_int_equal(w.report->sans.n_unknown, 1);
        assert_true(w.report->verdict.names_unknown);
        assert_int_equal(w.report->verdict.findings.n, 0);
        world_done(&w);
}

static void at_most_a_hundred_names_are_asked_for(void **state)
{
        static const struct dns_rule RULES[] = { { .name = NULL } };
        char text[SAN_MAX_NAMES + 7][16];
        const char *names[SAN_MAX_NAMES + 8] = { NULL };
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        struct world w = world_new(dns_server_str(dns));

        (void)state;
        for (int i = 0; i < SAN_MAX_NAMES + 7; i++) {
                snprintf(text[i], sizeof(text[i]), "n%d.test", i);
                names[i] = text[i];
        }
        examine_names(&w, names, 4 * PATIENCE_MS);
        assert_int_equal(w.report->sans.n_asked, SAN_MAX_NAMES);
        assert_int_equal(w.report->sans.n_missing, SAN_MAX_NAMES);
        assert_int_equal(w.report->sans.n_left_out, 7);
        world_done(&w);
}

static void a_certificate_without_host_names_needs_no_look_up(void **state)
{
        static const struct dns_rule RULES[] = { { .name = NULL } };
        static const char *const NAMES[] = { "*.wild.test", "127.0.0.1", NULL };
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        struct world w = world_new(dns_server_str(dns));

        (void)state;
        examine_names(&w, NAMES, PATIENCE_MS);
        assert_true(w.report->sans.done);
        assert_int_equal(w.report->sans.n_asked, 0);
        world_done(&w);
}

static void an_examiner_may_go_while_names_are_looked_up(void **state)
{
        static const struct dns_rule RULES[] = { { .name = "mute.test", .silent = true }, { 0 } };
        static const char *const NAMES[] = { "mute.test", NULL };
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        struct world w = world_new(dns_server_str(dns));
        struct minted *leaf = mint(&(struct mint_spec){
                .cn = "mute.test", .names = NAMES, .not_before_s = clock_wall_s() - DAY_S,
                .not_after_s = clock_wall_s() + 80 * DAY_S,
        }, w.ca);
        struct exam_report *report = mem_new0(1, sizeof(*report));
        struct exam_request req = request_to(&w, "127.0.0.1", 1);
        const char *reason;

        (void)state;
        assert_int_equal(cert_from_x509(&report->verdict.leaf, leaf->cert, &reason), 0);
        exam_resolve_sans(w.examiner, &req, report, on_done, &w);
        event_base_loop(w.base, EVLOOP_NONBLOCK);
        assert_int_equal(w.calls, 0);
        minted_free(leaf);
        world_done(&w); /* the sanitizer sees to the rest */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_without_an_address_are_a_warning),
                cmocka_unit_test(silence_of_the_name_servers_is_no_finding),
                cmocka_unit_test(at_most_a_hundred_names_are_asked_for),
                cmocka_unit_test(a_certificate_without_host_names_needs_no_look_up),
                cmocka_unit_test(an_examiner_may_go_while_names_are_looked_up),
                cmocka_unit_test(a_good_server_has_no_findings),
                cmocka_unit_test(an_expired_certificate_is_judged_and_kept),
                cmocka_unit_test(a_clock_that_nobody_keeps_is_told_beside_what_goes_by_it),
                cmocka_unit_test(a_chain_before_a_broken_handshake_is_judged_too),
                cmocka_unit_test(a_damaged_certificate_is_a_finding),
                cmocka_unit_test(a_silent_server_is_a_finding_of_the_network),
                cmocka_unit_test(a_refused_connection_is_told_with_name_and_address),
                cmocka_unit_test(an_address_may_be_all_that_is_asked_for),
                cmocka_unit_test(what_never_connects_is_a_finding_of_the_network),
                cmocka_unit_test(an_old_version_of_tls_is_a_finding),
                cmocka_unit_test(examinations_end_with_their_examiner),
        };

        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
