/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration to endpoints that can be probed. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/monitor/fleet.h"

#include "common/base/mem.h"
#include "config/model.h"
#include "config/schema.h"
#include "daemon/monitor/limiter.h"
#include "daemon/monitor/schedule.h"
#include "daemon/probe/dialogue.h"
#include "daemon/probe/proxy.h"
#include "tests/unit/daemon/monitor/fleet_of.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void an_empty_configuration_is_an_empty_fleet(void **state)
{
        struct fleet *f = fleet_of("endpoints: []\n");

        (void)state;
        assert_int_equal(f->n, 0);
        assert_null(fleet_find(f, "example.com:443"));
        assert_int_equal(schedule_next_ms(f->schedule), -1);
        fleet_free(f);
        fleet_free(NULL);
}

static void endpoints_are_found_by_id(void **state)
{
        static const char *const IDS[] = { "a.example:443", "b.example:8443", "c",
                                           "z.example:443" };
        struct fleet *f = fleet_of("endpoints:\n"
                                   "  - z.example\n"
                                   "  - {target: x.example, name: c}\n"
                                   "  - a.example\n"
                                   "  - b.example:8443\n");

        (void)state;
        assert_int_equal(f->n, 4);
        for (size_t i = 0; i < ARRAY_LEN(IDS); i++) {
                assert_ptr_equal(fleet_find(f, IDS[i]), &f->members[i]);
                assert_string_equal(f->members[i].cfg->id, IDS[i]);
                assert_int_equal(f->members[i].seed, schedule_seed(IDS[i]));
        }
        assert_null(fleet_find(f, "x.example:443"));
        assert_null(fleet_find(f, ""));
        assert_null(fleet_find(f, "zz"));
        fleet_free(f);
}

static void a_request_asks_what_was_configured(void **state)
{
        struct fleet *f = fleet_of("endpoints:\n"
                                   "  - target: Example.com:8443\n"
                                   "    ip: 6\n"
                                   "    timeout: 7s\n"
                                   "    resolve_sans: true\n"
                                   "    step_timeout: 3s\n"
                                   "    policy: {weak-key: ignore}\n");
        struct member *m = fleet_find(f, "example.com:8443");
        struct exam_request request;

        (void)state;
        fleet_request(m, &request);
        assert_string_equal(request.probe.host, "example.com");
        assert_int_equal(request.probe.port, 8443);
        assert_string_equal(request.probe.server_name, "example.com");
        assert_int_equal(request.probe.family, ADDR_IPV6);
        assert_int_equal(request.probe.timeout_ms, 7000);
        assert_int_equal(request.probe.step_timeout_ms, 3000);
        assert_string_equal(request.reference, "example.com");
        assert_ptr_equal(request.policy, &m->cfg->set->policy);
        assert_int_equal(request.policy->severity[FINDING_WEAK_KEY], SEVERITY_OK);
        assert_int_equal(trust_count(request.anchors), 1);
        assert_null(request.pools.configured);
        assert_true(request.resolve_sans);
        fleet_free(f);
}

static void the_way_to_an_endpoint_is_asked_for(void **state)
{
        struct fleet *f = fleet_of("defaults: {starttls: smtp, proxy: 'http://p.example:3128'}\n"
                                   "endpoints:\n"
                                   "  - mx.example:25\n"
                                   "  - {target: 'https://www.example', proxy: none}\n"
                                   "  - {target: 'imap://mail.example', alpn: imap}\n");
        struct exam_request mx, www, mail;

        (void)state;
        fleet_request(fleet_find(f, "mx.example:25"), &mx);
        fleet_request(fleet_find(f, "https://www.example:443"), &www);
        fleet_request(fleet_find(f, "imap://mail.example:143"), &mail);
        assert_string_equal(mx.probe.starttls, "smtp");
        assert_null(mx.probe.alpn);
        assert_string_equal(mx.probe.proxy->name, "p.example:3128");
        assert_null(www.probe.starttls);
        assert_string_equal(www.probe.alpn, "h2,http/1.1");
        assert_null(www.probe.proxy);
        assert_string_equal(mail.probe.starttls, "imap");
        assert_string_equal(mail.probe.alpn, "imap");
        assert_ptr_equal(mail.probe.proxy, mx.probe.proxy); /* made once */
        fleet_free(f);
}

/* Whoever may be configured must be known to the probe. */
static void every_dialect_of_the_configuration_is_spoken(void **state)
{
        const struct schema_row *row = schema_find(&SCHEMA_ENDPOINT, "starttls");

        (void)state;
        for (size_t i = 0; i < row->n_words; i++)
                if (!starttls_dialect(row->words[i]))
                        fail_msg("nobody speaks %s", row->words[i]);
}

static void every_bad_way_is_reported_with_its_place(void **state)
{
        CLEANUP(config_unref_at_exit) struct config *c =
                load("endpoints:\n"
                     "  - {target: a.example, proxy: 'http://p:1', proxy_auth_file: /nowhere}\n"
                     "  - {target: b.example, proxy: 'http://p:1', proxy_auth_file: /nowhere}\n"
                     "  - {target: c.example, client_cert: /nowhere.pem}\n");
        AUTO_FREE char *error = NULL;
        struct fleet *f = NULL;

        (void)state;
        assert_int_equal(fleet_new(&f, c, &error), -EINVAL);
        assert_string_equal(error,
                            "test.yaml:2:5: endpoint a.example: cannot read /nowhere: No such file "
                            "or directory\n"
                            "test.yaml:4:5: endpoint c.example: cannot read /nowhere.pem: No such "
                            "file or directory");
}

/* A file that was renewed changes the endpoints that use it, and no others. */
static void a_renewed_login_makes_another_member(void **state)
{
        char path[] = "/tmp/notafter-test-login-XXXXXX";
        int fd = mkstemp(path);
        AUTO_FREE char *text = mem_printf("endpoints:\n"
                                          "  - {target: a.example, proxy: 'http://p:1', "
                                          "proxy_auth_file: %s}\n"
                                          "  - b.example\n", path);

        (void)state;
        assert_true(write(fd, "user:one\n", 9) == 9);
        struct fleet *before = fleet_of(text), *same = fleet_of(text);

        assert_true(pwrite(fd, "user:two\n", 9, 0) == 9);
        struct fleet *after = fleet_of(text);

        for (size_t i = 0; i < 2; i++) {
                assert_true(fleet_same_member(&before->members[i], &same->members[i]));
                assert_int_equal(fleet_same_member(&before->members[i], &after->members[i]), i);
        }
        fleet_free(before);
        fleet_free(same);
        fleet_free(after);
        close(fd);
        unlink(path);
}

static void connect_to_changes_the_place_and_not_the_name(void **state)
{
        static const struct {
                const char *target, *to, *host;
                uint16_t port;
        } ROWS[] = {
                { "example.com", "192.0.2.1:4443", "192.0.2.1", 4443 },
                { "example.com", "192.0.2.1", "192.0.2.1", 443 },
                { "example.com:8443", "lb.example", "lb.example", 8443 },
                { "example.com:8443", "[2001:db8::1]:444", "2001:db8::1", 444 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *text = mem_printf("endpoints: [{target: '%s', connect_to: '%s'}]\n",
                                                  ROWS[i].target, ROWS[i].to);
                struct fleet *f = fleet_of(text);
                struct exam_request request;

                fleet_request(&f->members[0], &request);
                assert_string_equal(request.probe.host, ROWS[i].host);
                assert_int_equal(request.probe.port, ROWS[i].port);
                assert_string_equal(request.probe.server_name, "example.com");
                assert_string_equal(request.reference, "example.com");
                fleet_free(f);
        }
}

static void a_trust_file_is_read_once_for_all_who_name_it(void **state)
{
        AUTO_FREE char *text = mem_printf("endpoints:\n"
                                          "  - {target: a.example, ca_file: %s}\n"
                                          "  - {target: b.example, ca_file: %s}\n"
                                          "  - {target: c.example, intermediates_file: %s}\n"
                                          "  - d.example\n", anchors, anchors, anchors);
        struct fleet *f = fleet_of(text);

        (void)state;
        assert_int_equal(f->n_trust_files, 2); /* this one, and the system's */
        assert_ptr_equal(f->members[0].anchors, f->members[1].anchors);
        assert_ptr_equal(f->members[2].extra, f->members[0].anchors);
        assert_ptr_equal(f->members[2].anchors, f->members[3].anchors);
        assert_ptr_not_equal(f->members[2].anchors, f->members[0].anchors);
        assert_null(f->members[0].extra);
        fleet_free(f);
}

static void every_bad_trust_file_is_reported_with_its_place(void **state)
{
        static const struct {
                const char *text, *error;
        } ROWS[] = {
                { "endpoints:\n  - good.example\n  - {target: a.example, ca_file: "
                  "/nonexistent/ca.pem}\n",
                  "test.yaml:3:5: endpoint a.example: cannot read /nonexistent/ca.pem: "
                  "No such file or directory" },
                { "endpoints:\n  - {target: a.example, intermediates_file: /dev/null}\n",
                  "test.yaml:2:5: endpoint a.example: /dev/null is not a regular file" },
                { "endpoints:\n  - {target: a.example, crl_file: /dev/null}\n",
                  "test.yaml:2:5: endpoint a.example: /dev/null is not a regular file" },
                { "endpoints:\n  - {target: a.example, crl_file: /nonexistent/a.crl}\n",
                  "test.yaml:2:5: endpoint a.example: cannot read /nonexistent/a.crl: "
                  "No such file or directory" },
                { "endpoints:\n  - {target: a.example, ca_file: /}\n",
                  "test.yaml:2:5: endpoint a.example: / is not a regular file" },
                { "defaults: {ca_file: /}\n"
                  "endpoints:\n  - {target: a.example, intermediates_file: /dev/null}\n"
                  "  - b.example\n",
                  "test.yaml:3:5: endpoint a.example: / is not a regular file\n"
                  "test.yaml:3:5: endpoint a.example: /dev/null is not a regular file" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                CLEANUP(config_unref_at_exit) struct config *c = load(ROWS[i].text);
                AUTO_FREE char *error = NULL;
                struct fleet *f = NULL;

                assert_int_equal(fleet_new(&f, c, &error), -EINVAL);
                assert_string_equal(error, ROWS[i].error);
                assert_null(f);
        }
}

static void endpoints_of_one_host_share_its_limit(void **state)
{
        struct fleet *f = fleet_of("limits: {per_host: 1, concurrency: 10}\n"
                                   "endpoints:\n"
                                   "  - a.example:1\n"
                                   "  - a.example:2\n"
                                   "  - b.example:1\n"
                                   "  - {target: 'c.example:1', connect_to: b.example}\n");
        size_t id;

        (void)state;
        for (size_t i = 0; i < 4; i++)
                limiter_enter(f->limiter, i, LANE_QUICK);
        assert_true(limiter_next(f->limiter, &id));
        assert_string_equal(f->members[id].cfg->id, "a.example:1");
        assert_true(limiter_next(f->limiter, &id));
        assert_string_equal(f->members[id].cfg->id, "b.example:1");
        assert_false(limiter_next(f->limiter, &id));
        limiter_leave(f->limiter, id);
        assert_true(limiter_next(f->limiter, &id));
        assert_string_equal(f->members[id].cfg->id, "c.example:1");
        fleet_free(f);
}

static void a_file_never_goes_where_servers_go(void **state)
{
        struct fleet *f = fleet_of("endpoints: [a.example, file:/b.pem]\n");

        (void)state;
        assert_int_equal(member_lane(&f->members[0]), LANE_SLOW);
        assert_int_equal(member_lane(&f->members[1]), LANE_FILES);
        f->members[0].slow = f->members[1].slow = false;
        assert_int_equal(member_lane(&f->members[0]), LANE_QUICK);
        assert_int_equal(member_lane(&f->members[1]), LANE_FILES);
        fleet_free(f);
}

static void what_stands_for_an_address_is_known_at_once_or_to_be_found(void **state)
{
        struct fleet *f = fleet_of("endpoints:\n"
                                   "  - {name: a, target: '192.0.2.1:25'}\n"
                                   "  - {name: b, target: a.example, connect_to: 192.0.2.1}\n"
                                   "  - {name: c, target: a.example}\n"
                                   "  - {name: d, target: a.example, proxy: 'http://p:1'}\n"
                                   "  - {name: e, target: b.example, proxy: 'http://p:1'}\n");

        (void)state;
        assert_int_not_equal(f->members[0].address_key, 0);
        assert_int_equal(f->members[1].address_key, f->members[0].address_key);
        assert_int_equal(f->members[2].address_key, 0);
        assert_int_not_equal(f->members[3].address_key, 0);
        assert_int_not_equal(f->members[4].address_key, f->members[3].address_key);
        fleet_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_empty_configuration_is_an_empty_fleet),
                cmocka_unit_test(endpoints_are_found_by_id),
                cmocka_unit_test(a_request_asks_what_was_configured),
                cmocka_unit_test(the_way_to_an_endpoint_is_asked_for),
                cmocka_unit_test(every_dialect_of_the_configuration_is_spoken),
                cmocka_unit_test(every_bad_way_is_reported_with_its_place),
                cmocka_unit_test(a_renewed_login_makes_another_member),
                cmocka_unit_test(connect_to_changes_the_place_and_not_the_name),
                cmocka_unit_test(a_trust_file_is_read_once_for_all_who_name_it),
                cmocka_unit_test(every_bad_trust_file_is_reported_with_its_place),
                cmocka_unit_test(endpoints_of_one_host_share_its_limit),
                cmocka_unit_test(a_file_never_goes_where_servers_go),
                cmocka_unit_test(what_stands_for_an_address_is_known_at_once_or_to_be_found),
        };

        return cmocka_run_group_tests(tests, write_anchors, remove_anchors);
}
