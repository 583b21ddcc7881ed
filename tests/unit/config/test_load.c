/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations that load: what they mean, and that `config show` says the same again. */
#include "tests/unit/config/helpers.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXAMPLE TEST_DATA_DIR "/../../../config/notafter.example.yaml"
#define CANNOT_CHANGE_USER 77 /* of a child: the test is to be skipped */

static void one_line__is_enough(void **state)
{
        struct config *c = must_load("endpoints: [Example.com]\n");
        const struct config_endpoint *e = &c->endpoints[0];
        const struct policy *p = &e->set->policy;

        (void)state;
        assert_int_equal(c->n_endpoints, 1);
        assert_string_equal(e->id, "example.com:443");
        assert_string_equal(e->name, "Example.com");
        assert_string_equal(e->server_name, "example.com");
        assert_null(e->connect_to);
        assert_int_equal(e->set->ip, ADDR_ANY);
        assert_int_equal(e->set->interval_s, 3600);
        assert_int_equal(e->set->timeout_ms, 10000);
        assert_int_equal(e->set->step_timeout_ms, 5000);
        assert_int_equal(e->set->failures, 3);
        assert_null(e->set->ca_file);
        assert_memory_equal(&p->severity, &POLICY_DEFAULT.severity, sizeof(p->severity));
        assert_int_equal(p->warning.span_s, POLICY_DEFAULT.warning.span_s);
        assert_int_equal(p->warning.millipercent, POLICY_DEFAULT.warning.millipercent);
        assert_int_equal(p->critical.span_s, POLICY_DEFAULT.critical.span_s);
        assert_int_equal(p->critical.millipercent, POLICY_DEFAULT.critical.millipercent);
        assert_string_equal(e->file, "test.yaml");
        assert_int_equal(e->line, 1);
        assert_int_equal(e->column, 13);
        assert_string_equal(c->state, "/var/lib/notafter");
        assert_string_equal(c->socket, "/run/notafter/notafter.sock");
        assert_int_equal(c->workers, 0);
        assert_int_equal(c->concurrency, 1024);
        assert_int_equal(c->per_host, 4);
        config_unref(c);
}

static void routes__are_read_and_shown(void **state)
{
        struct config *c = must_load(
                "receivers: [{ name: ops, journald: }, { name: pager, journald: }]\n"
                "routes:\n"
                "  - match:\n"
                "      labels: { team: web-*, site: '?' }\n"
                "      names: ['*.example.com:443', shop]\n"
                "      codes: leaf-*\n"
                "      severity: warning\n"
                "    receivers: [pager, ops]\n"
                "    continue: true\n"
                "    repeat: { error: 4h, warning: never }\n"
                "    quiet: { from: 22:00, to: 7:05, days: [sun, sat], zone: utc, except: error }\n"
                "  - receivers: []\n"
                "alerts:\n"
                "  receivers: ops\n"
                "  repeat: { warning: 2d }\n");
        const struct config_route *r = c->routes;
        AUTO_FREE char *shown = config_show(c);
        struct config *d = must_load(shown);
        AUTO_FREE char *again = config_show(d);

        (void)state;
        assert_int_equal(c->n_routes, 2);
        assert_int_equal(r->match.n_labels, 2);
        assert_string_equal(r->match.labels[1].key, "team");
        assert_string_equal(r->match.labels[1].value, "web-*");
        assert_int_equal(r->match.n_names, 2);
        assert_string_equal(r->match.names[1], "shop");
        assert_int_equal(r->match.n_codes, 1);
        assert_string_equal(r->match.codes[0], "leaf-*");
        assert_int_equal(r->match.severity, SEVERITY_WARNING);
        assert_int_equal(r->n_receivers, 2);
        assert_string_equal(r->receivers[0], "pager");
        assert_true(r->goes_on);
        assert_int_equal(r->repeat_s[SEVERITY_WARNING], 0);
        assert_int_equal(r->repeat_s[SEVERITY_ERROR], 4 * 3600);
        assert_int_equal(r->quiet.from_min, 22 * 60);
        assert_int_equal(r->quiet.to_min, 7 * 60 + 5);
        assert_int_equal(r->quiet.days, 0x41);
        assert_true(r->quiet.utc);
        assert_int_equal(r->quiet.except, SEVERITY_ERROR);
        assert_string_equal(r->file, "test.yaml");
        assert_int_equal(r->line, 3);
        r++;
        assert_int_equal(r->match.severity, SEVERITY_OK);
        assert_int_equal(r->n_receivers, 0);
        assert_false(r->goes_on);
        assert_int_equal(r->repeat_s[SEVERITY_ERROR], -1);
        assert_int_equal(r->quiet.from_min, r->quiet.to_min);
        assert_int_equal(c->alerts.n_receivers, 1);
        assert_int_equal(c->alerts.repeat_s[SEVERITY_WARNING], 2 * 86400);
        assert_int_equal(c->alerts.repeat_s[SEVERITY_ERROR], 86400);
        assert_int_equal(c->alerts.amend_s, 3600);
        assert_string_equal(shown, again);
        config_unref(c);
        config_unref(d);
}

static void metrics__are_read_and_shown(void **state)
{
        struct config *c = must_load("metrics: { max_endpoints: 50, labels: [team, site] }\n");
        struct config *none = must_load("endpoints: [a.test]\n");
        AUTO_FREE char *shown = config_show(c);
        struct config *d = must_load(shown);
        AUTO_FREE char *again = config_show(d);

        (void)state;
        assert_int_equal(c->metrics.max_endpoints, 50);
        assert_int_equal(c->metrics.n_labels, 2);
        assert_string_equal(c->metrics.labels[1], "site");
        assert_string_equal(shown, again);
        assert_int_equal(none->metrics.max_endpoints, 10000);
        assert_int_equal(none->metrics.n_labels, 0);
        config_unref(c);
        config_unref(d);
        config_unref(none);
}

static void signs_of_life__are_read_and_shown(void **state)
{
        struct config *c = must_load("heartbeat: { url_file: /etc/beat, period: 5m }\n"
                                     "summary: { at: '08:30', zone: utc, receivers: [b, a] }\n"
                                     "receivers: [{name: a, syslog: {}}, {name: b, syslog: {}}]\n");
        struct config *none = must_load("endpoints: [a.test]\n");
        AUTO_FREE char *shown = config_show(c), *nothing = config_show(none);
        struct config *d = must_load(shown);
        AUTO_FREE char *again = config_show(d);

        (void)state;
        assert_null(c->heartbeat.url);
        assert_string_equal(c->heartbeat.url_file, "/etc/beat");
        assert_int_equal(c->heartbeat.period_s, 300);
        assert_int_equal(c->heartbeat.timeout_ms, 20000);
        assert_int_equal(c->summary.at_min, 8 * 60 + 30);
        assert_true(c->summary.utc);
        assert_int_equal(c->summary.n_receivers, 2);
        assert_string_equal(c->summary.receivers[0], "b");
        assert_string_equal(shown, again);
        assert_null(none->heartbeat.url_file);
        assert_int_equal(none->summary.at_min, -1);
        assert_null(strstr(nothing, "heartbeat"));
        assert_null(strstr(nothing, "summary"));
        config_unref(c);
        config_unref(d);
        config_unref(none);
}

static void silences__are_read_and_shown(void **state)
{
        struct config *c = must_load(
                "silences:\n"
                "  - match: { names: [web-*] }\n"
                "    from: 2026-11-29\n"
                "    until: 2026-11-29T12:30:00Z\n"
                "    reason: 'the move: part 2'\n"
                "  - { match: { severity: info }, until: '@1800000000', reason: all of it }\n");
        AUTO_FREE char *shown = config_show(c);
        struct config *d = must_load(shown);
        AUTO_FREE char *again = config_show(d);

        (void)state;
        assert_int_equal(c->n_silences, 2);
        assert_int_equal(c->silences[0].match.n_names, 1);
        assert_int_equal(c->silences[0].start_s, 1795910400);
        assert_int_equal(c->silences[0].end_s, 1795910400 + 12 * 3600 + 1800);
        assert_string_equal(c->silences[0].reason, "the move: part 2");
        assert_string_equal(c->silences[0].file, "test.yaml");
        assert_int_equal(c->silences[0].line, 2);
        assert_int_equal(c->silences[1].match.severity, SEVERITY_INFO);
        assert_int_equal(c->silences[1].start_s, -1);
        assert_int_equal(c->silences[1].end_s, 1800000000);
        assert_int_equal(d->silences[0].end_s, c->silences[0].end_s);
        assert_int_equal(d->silences[1].start_s, -1);
        assert_string_equal(shown, again);
        config_unref(c);
        config_unref(d);
}

static void ways_through__are_read_and_shown(void **state)
{
        struct config *c = must_load(
                "defaults:\n"
                "  starttls: smtp\n"
                "  proxy: http://Proxy.Example.com:3128/\n"
                "  proxy_auth_file: /etc/notafter/proxy\n"
                "  client_cert: client.pem\n"
                "endpoints:\n"
                "  - mx.example.com:25\n"
                "  - imaps://mail.example.com\n"
                "  - target: https://www.example.com\n"
                "    alpn: h3, acme-tls/1\n"
                "    proxy: none\n"
                "  - { target: \"https://a.example.com\", alpn: None, "
                "proxy: \"SOCKS5://[2001:db8::1]:1080\" }\n"
                "  - https://b.example.com\n");
        const struct {
                const char *starttls, *alpn, *proxy;
        } rows[] = {
                { "smtp", NULL, "http://proxy.example.com:3128" },
                { NULL, NULL, "http://proxy.example.com:3128" },
                { NULL, "h3,acme-tls/1", NULL },
                { NULL, NULL, "socks5://[2001:db8::1]:1080" },
                { NULL, "h2,http/1.1", "http://proxy.example.com:3128" },
        };

        (void)state;
        assert_int_equal(c->n_endpoints, ARRAY_LEN(rows));
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                const struct config_endpoint *e = &c->endpoints[i];

                assert_true(text_same(config_starttls(e), rows[i].starttls));
                assert_true(text_same(config_alpn(e), rows[i].alpn));
                assert_true(text_same(config_proxy(e->set), rows[i].proxy));
                assert_non_null(strstr(e->set->client_cert, "/client.pem"));
        }
        AUTO_FREE char *shown = config_show(c);
        struct config *again = must_load(shown);

        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                assert_true(config_endpoint_equal(&c->endpoints[i], &again->endpoints[i]));
        config_unref(again);
        config_unref(c);
}

static void an_empty_file__is_empty(void **state)
{
        static const char *const EMPTY[] = { "", "# nothing\n", "---\n", "{}", "endpoints:\n",
                                             "endpoints: []\nreceivers: ~\ninclude: []\n" };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(EMPTY); i++) {
                struct config *c = must_load(EMPTY[i]);

                assert_int_equal(c->n_endpoints, 0);
                config_unref(c);
        }
}

static void defaults__lie_below_wherever_they_stand(void **state)
{
        struct config *c = must_load(
                "endpoints:\n"
                "  - a.example.com\n"
                "  - target: b.example.com:8443\n"
                "    interval: 90s\n"
                "    ip: 6\n"
                "    addresses: one\n"
                "    resolve_sans: false\n"
                "    aia: any\n"
                "    server_name: WWW.example.com\n"
                "    connect_to: '[2001:db8::1]:444'\n"
                "    expiry: {warning: 10%, critical: 2d}\n"
                "    policy: {root-included: error}\n"
                "    labels: {team: web, zone: b}\n"
                "defaults:\n"
                "  interval: 1d 12h\n"
                "  timeout: 1500ms\n"
                "  ip: 4\n"
                "  addresses: all\n"
                "  resolve_sans: true\n"
                "  connect_to: 192.0.2.1\n"
                "  policy: {root-included: ignore, weak-key: warning}\n"
                "  labels: {team: ops, env: prod}\n");
        const struct config_endpoint *a = &c->endpoints[0], *b = &c->endpoints[1];

        (void)state;
        assert_int_equal(a->set->interval_s, 129600);
        assert_int_equal(a->set->timeout_ms, 1500);
        assert_int_equal(a->set->ip, ADDR_IPV4);
        assert_int_equal(a->set->all_addresses, 1);
        assert_int_equal(a->set->resolve_sans, 1);
        assert_string_equal(a->connect_to, "192.0.2.1:443");
        assert_int_equal(a->set->policy.severity[FINDING_ROOT_INCLUDED], SEVERITY_OK);
        assert_int_equal(a->set->n_labels, 2);
        assert_string_equal(a->set->labels[1].value, "ops");

        assert_int_equal(b->set->interval_s, 90);
        assert_int_equal(b->set->timeout_ms, 1500);
        assert_int_equal(b->set->ip, ADDR_IPV6);
        assert_int_equal(b->set->all_addresses, 0);
        assert_int_equal(b->set->resolve_sans, 0);
        assert_string_equal(b->server_name, "www.example.com");
        assert_string_equal(b->connect_to, "[2001:db8::1]:444");
        assert_int_equal(b->set->policy.warning.millipercent, 10000);
        assert_int_equal(b->set->policy.warning.span_s, 0);
        assert_int_equal(b->set->policy.critical.span_s, 2 * 86400);
        assert_int_equal(b->set->policy.critical.millipercent, 0);
        assert_int_equal(b->set->policy.severity[FINDING_ROOT_INCLUDED], SEVERITY_ERROR);
        assert_int_equal(b->set->policy.severity[FINDING_WEAK_KEY], SEVERITY_WARNING);
        assert_int_equal(b->set->policy.severity[FINDING_LEAF_EXPIRED], -1);
        assert_int_equal(b->set->n_labels, 3);
        assert_string_equal(b->set->labels[0].key, "env");
        assert_string_equal(b->set->labels[1].value, "web");
        assert_string_equal(b->set->labels[2].key, "zone");
        config_unref(c);
}

static void receivers__have_their_kind(void **state)
{
        struct config *c = must_load("receivers:\n"
                                     "  - {name: a, syslog: }\n"
                                     "  - {name: b, journald: {}}\n"
                                     "  - name: c\n"
                                     "    max_age: 1h\n"
                                     "    webhook: {url: 'http://[::1]:8080/x'}\n");
        const struct config_receiver *r = c->receivers;

        (void)state;
        assert_int_equal(c->n_receivers, 3);
        assert_int_equal(r[0].kind, RECEIVER_SYSLOG);
        assert_string_equal(r[0].socket, "/dev/log");
        assert_string_equal(r[0].facility, "daemon");
        assert_int_equal(r[0].max_age_s, 3 * 86400);
        assert_int_equal(r[1].kind, RECEIVER_JOURNALD);
        assert_string_equal(r[1].socket, "/run/systemd/journal/socket");
        assert_null(r[1].facility);
        assert_int_equal(r[2].kind, RECEIVER_WEBHOOK);
        assert_string_equal(r[2].url, "http://[::1]:8080/x");
        assert_null(r[2].secret_file);
        assert_int_equal(r[2].timeout_ms, 20000);
        assert_int_equal(r[2].max_age_s, 3600);
        config_unref(c);
}

static void log_servers__have_a_port_and_a_transport(void **state)
{
        struct config *c = must_load(
                "receivers:\n"
                "  - {name: a, syslog: {server: logs.example.com, ca_file: /ca}}\n"
                "  - {name: b, syslog: {server: 'logs.example.com:601', transport: tcp}}\n"
                "  - {name: c, syslog: {server: '2001:db8::1', transport: udp}}\n");
        const struct config_receiver *r = c->receivers;

        (void)state;
        assert_string_equal(r[0].server, "logs.example.com:6514");
        assert_string_equal(r[0].transport, "tls");
        assert_null(r[0].socket);
        assert_string_equal(r[1].server, "logs.example.com:601");
        assert_string_equal(r[2].server, "[2001:db8::1]:514");
        assert_false(config_receiver_equal(&r[0], &r[1]));
        config_unref(c);
}

static void credentials__are_where_the_service_manager_put_them(void **state)
{
        static const char TEXT[] = "receivers: [{name: a, webhook: {url: 'https://h/', "
                                   "secret_file: $CREDENTIALS_DIRECTORY/hook}}]\n";
        struct config *c;

        (void)state;
        setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1);
        c = must_load(TEXT);
        assert_string_equal(c->receivers[0].secret_file, "/run/credentials/x/hook");
        config_unref(c);
        unsetenv("CREDENTIALS_DIRECTORY");
        c = must_load(TEXT);
        assert_string_equal(c->receivers[0].secret_file, "$CREDENTIALS_DIRECTORY/hook");
        config_unref(c);
}

static void aliases__repeat_what_they_name(void **state)
{
        struct config *c = must_load(
                "defaults:\n"
                "  labels: &l {team: &t web, also: *t}\n"
                "endpoints:\n"
                "  - &one {target: a.example.com, labels: *l, policy: &p {weak-key: info}}\n"
                "  - {target: b.example.com, policy: *p, name: *t}\n"
                "  - {target: c.example.com, policy: &p {weak-key: error}}\n"
                "  - {target: d.example.com, policy: *p}\n");

        (void)state;
        assert_int_equal(c->n_endpoints, 4);
        assert_string_equal(c->endpoints[0].set->labels[0].value, "web");
        assert_string_equal(c->endpoints[1].name, "web");
        assert_int_equal(c->endpoints[1].set->policy.severity[FINDING_WEAK_KEY], SEVERITY_INFO);
        assert_int_equal(c->endpoints[3].set->policy.severity[FINDING_WEAK_KEY], SEVERITY_ERROR);
        config_unref(c);

        must_fail("endpoints:\n  - &e example.com\n  - *e\n",
                  "test.yaml:3:5: endpoint \"example.com:443\" is already configured at "
                  "test.yaml:2:5; give one of them a \"name\" of its own");
}

static void a_byte_order_mark__is_skipped(void **state)
{
        (void)state;
        config_unref(must_load("\xef\xbb\xbf" "endpoints: [example.com]\r\n"));
}

/* --- show ------------------------------------------------------------------------------------- */

/* Host and port of @url and their length: no more of it is shown, but for the scheme. */
static const char *host_of(const char *url, size_t *ret_n)
{
        const char *start = strstr(url, "://") + 3, *end = start + strcspn(start, "/?#");
        const char *at = memchr(start, '@', (size_t)(end - start));

        start = at ? at + 1 : start;
        *ret_n = (size_t)(end - start);
        return start;
}

static int same_host(const char *a, const char *b)
{
        size_t n_a = 0, n_b = 0;

        if (!a || !b)
                return a == b;
        a = host_of(a, &n_a);
        b = host_of(b, &n_b);
        return n_a == n_b && memcmp(a, b, n_a) == 0;
}

static void assert_equal_receivers(const struct config *a, const struct config *b)
{
        assert_int_equal(a->n_receivers, b->n_receivers);
        for (size_t i = 0; i < a->n_receivers; i++) {
                const struct config_receiver *x = &a->receivers[i], *y = &b->receivers[i];

                struct config_receiver x_else = *x, y_else = *y;

                assert_true(same_host(x->url, y->url));
                x_else.url = y_else.url = NULL;
                assert_true(config_receiver_equal(&x_else, &y_else));
        }
}

/* Consumes @a. */
static void check_round_trip(struct config *a)
{
        AUTO_FREE char *shown = config_show(a);
        struct config *b = must_load(shown);
        AUTO_FREE char *again = config_show(b);

        assert_string_equal(shown, again);
        assert_int_equal(a->n_endpoints, b->n_endpoints);
        for (size_t i = 0; i < a->n_endpoints; i++)
                assert_true(config_endpoint_equal(&a->endpoints[i], &b->endpoints[i]));
        assert_equal_receivers(a, b);
        assert_string_equal(a->state, b->state);
        assert_string_equal(a->socket, b->socket);
        assert_int_equal(a->workers, b->workers);
        assert_int_equal(a->concurrency, b->concurrency);
        assert_int_equal(a->per_host, b->per_host);
        config_unref(a);
        config_unref(b);
}

static void what_is_shown__loads_to_the_same(void **state)
{
        (void)state;
        check_round_trip(must_load(""));
        check_round_trip(must_load(
                "state: here\nsocket: s.sock\nworkers: 3\nlimits: {concurrency: 7, per_host: 2}\n"
                "endpoints:\n"
                "  - Example.com\n"
                "  - '[2001:db8::1]:8443'\n"
                "  - {target: example.com, name: \"a \\\"b\\\" \\\\ # : 'x' \xc3\xa9\"}\n"
                "  - {target: imaps://m.example.com, name: 'null', timeout: 123ms, interval: 61s}\n"
                "  - target: n.example.com\n"
                "    ca_file: ca.pem\n"
                "    resolve_sans: true\n"
                "    aia: off\n"
                "    intermediates_file: /i.pem\n"
                "    expiry: {warning: 7.125%, critical: 1h}\n"
                "    policy: {leaf-expired: info, weak-key: ignore}\n"
                "    labels: {'null': '~', y: '', true: '5'}\n"
                "receivers:\n"
                "  - {name: a, webhook: {url: 'https://h.example.com/%7e?a=b', secret_file: s}}\n"
                "  - {name: b, syslog: {facility: local7, socket: log}}\n"
                "  - {name: c, alertmanager: {url: 'http://am:9093', resend: 90s}}\n"
                "  - {name: d, slack: {url_file: d.url, timeout: 3s}}\n"
                "  - {name: e, pagerduty: {token_file: /e.key}}\n"
                "  - name: f\n"
                "    template:\n"
                "      url: http://f/x\n"
                "      body: |\n"
                "        { \"text\": \"\\\"{{ summary }}\\\" \\\\ \xc3\xbc\", "
                "\"n\": [1, null, \"{{labels}}\"] }\n"));
}

static void a_receiver__has_what_its_kind_needs(void **state)
{
        struct config *c = must_load("receivers:\n"
                                     "  - {name: a, alertmanager: {url: 'http://am:9093'}}\n"
                                     "  - {name: b, opsgenie: {token_file: b.key}}\n"
                                     "  - {name: c, ntfy: {url_file: c.url}}\n");
        const struct config_receiver *r = c->receivers;

        (void)state;
        assert_int_equal(r[0].resend_s, 60);
        assert_true(config_receiver_groups(&r[0]));
        assert_null(r[0].token_file);
        assert_string_equal(r[1].url, "https://api.opsgenie.com");
        assert_int_equal(r[1].resend_s, 0);
        assert_false(config_receiver_groups(&r[1]));
        assert_null(r[2].url);
        assert_non_null(strstr(r[2].url_file, "/c.url"));
        assert_int_equal(r[2].timeout_ms, 20000);
        config_unref(c);
}

static void of_a_url__only_the_host_is_shown(void **state)
{
        static const struct {
                const char *url, *shown;
        } CASES[] = {
                { "https://user:s3cret@h.example.com/p@th", "\"https://***@h.example.com/***\"" },
                { "https://user:s3cret@h.example.com", "\"https://***@h.example.com\"" },
                { "https://h.example.com:8443/x/s3cret", "\"https://h.example.com:8443/***\"" },
                { "http://[::1]:80/?key=s3cret", "\"http://[::1]:80/***\"" },
                { "http://h.example.com?key=s3cret@x", "\"http://h.example.com/***\"" },
                { "http://h.example.com#s3cret", "\"http://h.example.com/***\"" },
                { "https://h.example.com/", "\"https://h.example.com/\"" },
                { "https://h.example.com", "\"https://h.example.com\"" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                AUTO_FREE char *yaml = mem_printf("receivers: [{name: a, webhook: {url: '%s'}}]\n",
                                                  CASES[i].url);
                struct config *c = must_load(yaml);
                AUTO_FREE char *shown = config_show(c);

                assert_non_null(strstr(shown, CASES[i].shown));
                assert_null(strstr(shown, "s3cret"));
                assert_string_equal(c->receivers[0].url, CASES[i].url);
                check_round_trip(c);
        }
}

static void the_example__loads_and_is_shown(void **state)
{
        struct config_errors errors;
        struct config *c = NULL;
        int r = config_load(&c, EXAMPLE, &errors);

        (void)state;
        for (size_t i = 0; i < errors.n; i++)
                print_error("%s\n", errors.items[i]);
        assert_int_equal(r, 0);
        assert_int_equal(c->n_endpoints, 5);
        assert_int_equal(c->n_receivers, 3);
        check_round_trip(c);
}

/* --- includes --------------------------------------------------------------------------------- */

static void write_file(const char *folder, const char *name, const char *text)
{
        AUTO_FREE char *path = mem_printf("%s/%s", folder, name);
        FILE *f = fopen(path, "we");

        assert_non_null(f);
        fputs(text, f);
        fclose(f);
}

static void includes__are_relative_to_their_file(void **state)
{
        char folder[] = "/tmp/notafter-test-XXXXXX";
        struct config_errors errors;
        struct config *c = NULL;

        (void)state;
        assert_non_null(mkdtemp(folder));
        AUTO_FREE char *sub = mem_printf("%s/[odd] d", folder); /* no glob of ours */
        AUTO_FREE char *path = mem_printf("%s/main.yaml", folder);
        AUTO_FREE char *ca_file = mem_printf("%s/ca.pem", sub);
        AUTO_FREE char *command = mem_printf("rm -r '%s'", folder);

        assert_int_equal(mkdir(sub, 0700), 0);
        write_file(folder, "main.yaml", "include: ['[[]odd] d/?.yaml', 'none/*.yaml', "
                                        "'main.yaml/*.yaml']\n"
                                        "defaults: {interval: 5m}\n"
                                        "endpoints: [main.example.com]\n");
        write_file(sub, "b.yaml", "endpoints: [{target: b.example.com, ca_file: ca.pem}]\n");
        write_file(sub, "a.yaml", "endpoints: [a.example.com]\ninclude: 'more/../more-*.yaml'\n");
        write_file(sub, "more-1.yaml", "receivers: [{name: r, journald: }]\n");
        write_file(sub, "empty.yaml", "");
        int r = config_load(&c, path, &errors);

        for (size_t i = 0; i < errors.n; i++)
                print_error("%s\n", errors.items[i]);
        assert_int_equal(r, 0);
        assert_int_equal(c->n_endpoints, 3);
        assert_string_equal(c->endpoints[1].id, "a.example.com:443");
        assert_int_equal(c->endpoints[1].set->interval_s, 300);
        assert_string_equal(c->endpoints[2].set->ca_file, ca_file);
        assert_string_equal(c->files[0], path);
        config_unref(c);
        assert_int_equal(system(command), 0);
}

/* Runs in a process of its own, which is no superuser: those can read everything. */
static int load_as_somebody(const char *path, const char *expected)
{
        struct config_errors errors = { 0 };
        struct config *c = NULL;

        if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0))
                return CANNOT_CHANGE_USER;
        if (config_load(&c, path, &errors) == 0)
                return 1;
        bool equal = errors.n == 1 && strcmp(errors.items[0], expected) == 0;

        for (size_t i = 0; i < errors.n && !equal; i++)
                fprintf(stderr, "%s\n", errors.items[i]);
        config_errors_done(&errors);
        return equal ? 0 : 1;
}

static void an_include_folder_that_cannot_be_read__is_an_error(void **state)
{
        static const char *const PATTERNS[] = { "conf.d/*.yaml", "*/*.yaml", "c*/a.yaml",
                                                "c*/sub/*.yaml" };
        char folder[] = "/tmp/notafter-test-XXXXXX";
        int status = 0;

        (void)state;
        assert_non_null(mkdtemp(folder));
        AUTO_FREE char *sub = mem_printf("%s/conf.d", folder);
        AUTO_FREE char *path = mem_printf("%s/main.yaml", folder);

        assert_int_equal(chmod(folder, 0755) | mkdir(sub, 0000), 0);
        for (size_t i = 0; i < ARRAY_LEN(PATTERNS) && status == 0; i++) {
                AUTO_FREE char *text = mem_printf("include: ['%s']\n", PATTERNS[i]);
                AUTO_FREE char *expected = mem_printf("%s:1:11: cannot read a folder of %s/%s: "
                                                      "Permission denied", path, folder,
                                                      PATTERNS[i]);

                write_file(folder, "main.yaml", text);
                assert_int_equal(chmod(path, 0644), 0);
                pid_t pid = fork();

                if (pid == 0)
                        _exit(load_as_somebody(path, expected));
                assert_int_equal(waitpid(pid, &status, 0), pid);
        }
        assert_int_equal(rmdir(sub) | unlink(path) | rmdir(folder), 0);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == CANNOT_CHANGE_USER)
                skip();
        assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_line__is_enough),
                cmocka_unit_test(routes__are_read_and_shown),
                cmocka_unit_test(signs_of_life__are_read_and_shown),
                cmocka_unit_test(metrics__are_read_and_shown),
                cmocka_unit_test(silences__are_read_and_shown),
                cmocka_unit_test(ways_through__are_read_and_shown),
                cmocka_unit_test(an_empty_file__is_empty),
                cmocka_unit_test(defaults__lie_below_wherever_they_stand),
                cmocka_unit_test(receivers__have_their_kind),
                cmocka_unit_test(log_servers__have_a_port_and_a_transport),
                cmocka_unit_test(credentials__are_where_the_service_manager_put_them),
                cmocka_unit_test(aliases__repeat_what_they_name),
                cmocka_unit_test(a_byte_order_mark__is_skipped),
                cmocka_unit_test(what_is_shown__loads_to_the_same),
                cmocka_unit_test(a_receiver__has_what_its_kind_needs),
                cmocka_unit_test(of_a_url__only_the_host_is_shown),
                cmocka_unit_test(the_example__loads_and_is_shown),
                cmocka_unit_test(includes__are_relative_to_their_file),
                cmocka_unit_test(an_include_folder_that_cannot_be_read__is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
