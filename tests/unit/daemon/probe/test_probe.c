/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes against servers on the loopback, good and hostile: each has one outcome, with words,
 * within the deadline, and exactly once.
 */
#include "daemon/probe/probe.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/chain.h"
#include "common/cert/identity.h"
#include "daemon/demo/mint.h"
#include "daemon/loop/resolver.h"
#include "daemon/probe/proxy.h"
#include "daemon/probe/tls_client.h"
#include "tests/support/dns_server.h"
#include "tests/support/hostile_server.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 5000 /* nothing takes so long, even under a sanitizer on a busy machine */
#define STALL_MS 200     /* the deadline of tests that wait for one */
#define BACKLOG_FILL 4   /* connections that fill a backlog of 0 */

#define NO_PORT_IPV4 1
#define NO_PORT_IPV6 2

/*
 * connect(2) as it is, but for TCP in @no_port_families: there it fails as when no local port is
 * left. The label makes it the one that this program uses.
 */
static unsigned no_port_families;
int test_connect(int fd, const struct sockaddr *to, socklen_t n) __asm__("connect");

int test_connect(int fd, const struct sockaddr *to, socklen_t n)
{
        unsigned family = to->sa_family == AF_INET ? NO_PORT_IPV4
                        : to->sa_family == AF_INET6 ? NO_PORT_IPV6 : 0;
        int type = 0;
        socklen_t len = sizeof(type);

        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
        if (type == SOCK_STREAM && (no_port_families & family)) {
                errno = EADDRNOTAVAIL;
                return -1;
        }
        return (int)syscall(SYS_connect, fd, to, n);
}

struct world {
        struct event_base *base;
        struct resolver *resolver;
        struct tls_client *tls;
        size_t calls;
        bool keep_probe; /* leave it to the test */
        struct probe_result result;
};

static struct world world_with_dns(const char *servers)
{
        struct resolver_options options = { .servers = servers };
        struct world w = { .base = event_base_new() };

        assert_non_null(w.base);
        assert_int_equal(resolver_new(&w.resolver, w.base, &options), 0);
        assert_int_equal(tls_client_new(&w.tls), 0);
        return w;
}

static void world_done(struct world *w)
{
        chain_free(w->result.chain);
        resolver_free(w->resolver);
        tls_client_free(w->tls);
        event_base_free(w->base);
}

static void on_done(struct probe *p, struct probe_result *result, void *arg)
{
        struct world *w = arg;

        w->calls++;
        chain_free(w->result.chain);
        w->result = *result;
        result->chain = NULL;
        event_base_loopbreak(w->base);
        if (!w->keep_probe)
                probe_free(p);
}

static struct probe_request request_to(const char *host, uint16_t port)
{
        return (struct probe_request){
                .host = host,
                .port = port,
                .server_name = "localhost",
                .timeout_ms = PATIENCE_MS,
                .step_timeout_ms = PATIENCE_MS,
        };
}

static struct probe *start(struct world *w, const struct probe_request *req)
{
        size_t calls = w->calls;
        struct probe *p = probe_start(w->base, w->resolver, w->tls, req, on_done, w);

        assert_non_null(p);
        assert_int_equal(w->calls, calls); /* never inside probe_start() */
        return p;
}

static void run(struct world *w, const struct probe_request *req)
{
        size_t calls = w->calls;

        start(w, req);
        event_base_dispatch(w->base);
        assert_int_equal(w->calls, calls + 1);
}

static void run_for(struct world *w, int64_t ms)
{
        struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

        event_base_loopexit(w->base, &tv);
        event_base_dispatch(w->base);
}

/* A good or hostile server, and one probe of it. */
static void probe_server(struct world *w, const struct hostile_options *options,
                         int64_t step_timeout_ms)
{
        struct hostile_server *server = hostile_start(options);
        struct probe_request req = request_to(options->ipv6 ? "::1" : "127.0.0.1",
                                              hostile_port(server));

        req.step_timeout_ms = step_timeout_ms;
        run(w, &req);
        hostile_stop(server);
}

static void assert_result(const struct world *w, enum probe_outcome outcome, const char *detail)
{
        if (w->result.outcome != outcome || !strstr(w->result.detail, detail))
                fail_msg("%s \"%s\" instead of %s \"%s\"", probe_outcome_str(w->result.outcome),
                         w->result.detail, probe_outcome_str(outcome), detail);
}

/* A port nobody listens on: it was ours a moment ago. */
static uint16_t free_port(void)
{
        struct addr a;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        addr_parse_ip("127.0.0.1", 0, &a);
        assert_int_equal(bind(fd, &a.sa, a.len), 0);
        assert_int_equal(getsockname(fd, &a.sa, &a.len), 0);
        close(fd);
        return ntohs(a.in.sin_port);
}

/* A listener whose backlog is full answers no SYN: as good as a black hole. */
struct black_hole {
        int fds[BACKLOG_FILL + 1];
        uint16_t port;
};

static void black_hole_open(struct black_hole *h, const char *ip, uint16_t port)
{
        struct addr a;

        addr_parse_ip(ip, port, &a);
        h->fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(h->fds[0], &a.sa, a.len), 0);
        assert_int_equal(listen(h->fds[0], 0), 0);
        assert_int_equal(getsockname(h->fds[0], &a.sa, &a.len), 0);
        h->port = ntohs(a.in.sin_port);
        for (size_t i = 1; i <= BACKLOG_FILL; i++) {
                h->fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
                connect(h->fds[i], &a.sa, a.len);
        }
}

static void black_hole_close(struct black_hole *h)
{
        for (size_t i = 0; i <= BACKLOG_FILL; i++)
                close(h->fds[i]);
}

static void every_outcome_and_step_has_a_name(void **state)
{
        (void)state;
        for (enum probe_outcome o = 0; o < PROBE_OUTCOME_COUNT; o++)
                assert_non_null(probe_outcome_str(o));
        for (enum probe_step s = 0; s < PROBE_STEP_COUNT; s++)
                assert_non_null(probe_step_str(s));
        assert_string_equal(probe_outcome_str(PROBE_CONNECT_REFUSED), "connect-refused");
        assert_string_equal(probe_step_str(PROBE_CONNECT), "connect");
}

/* ---- good servers --------------------------------------------------------------------------- */

static void every_protocol_version_is_spoken(void **state)
{
        static const struct {
                int version;
                const char *name;
        } ROWS[] = {
                { TLS1_VERSION, "TLSv1" },
                { TLS1_1_VERSION, "TLSv1.1" },
                { TLS1_2_VERSION, "TLSv1.2" },
                { TLS1_3_VERSION, "TLSv1.3" },
        };
        struct world w = world_with_dns(NULL);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct hostile_options options = { .protocol = ROWS[i].version };

                probe_server(&w, &options, PATIENCE_MS);
                assert_result(&w, PROBE_OK, "");
                assert_string_equal(w.result.protocol, ROWS[i].name);
                assert_non_null(w.result.cipher);
                assert_string_equal(w.result.group, "x25519");
                assert_int_equal(w.result.chain->n, 1);
                assert_int_equal(w.result.step, PROBE_COLLECT);
        }
        world_done(&w);
}

static void every_step_is_timed_and_the_address_is_told(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_NOTHING };
        struct world w = world_with_dns(NULL);
        int64_t sum_us = 0;
        char str[ADDR_STR_MAX];

        (void)state;
        probe_server(&w, &options, PATIENCE_MS);
        for (enum probe_step s = 0; s < PROBE_STEP_COUNT; s++) {
                bool skipped = s == PROBE_PROXY || s == PROBE_STARTTLS;

                assert_true(skipped ? w.result.step_us[s] == 0 : w.result.step_us[s] > 0);
                sum_us += w.result.step_us[s];
        }
        assert_true(w.result.total_us >= sum_us - PROBE_STEP_COUNT);
        assert_memory_equal(addr_str(&w.result.address, str), "127.0.0.1:", 10);
        world_done(&w);
}

static void an_ipv6_server_is_probed(void **state)
{
        struct hostile_options options = { .ipv6 = true };
        struct world w = world_with_dns(NULL);
        char str[ADDR_STR_MAX];

        (void)state;
        probe_server(&w, &options, PATIENCE_MS);
        assert_result(&w, PROBE_OK, "");
        assert_memory_equal(addr_str(&w.result.address, str), "[::1]:", 6);
        world_done(&w);
}

static void the_chain_is_kept_in_the_order_served_whatever_it_says(void **state)
{
        static const char *const NAMES[] = { "expired.test", NULL };
        int64_t now_s = clock_wall_s();
        struct mint_spec ca_spec = { .cn = "Some CA", .not_before_s = now_s - 86400,
                                     .not_after_s = now_s + 86400, .ca = true };
        struct mint_spec spec = { .cn = "expired.test", .names = NAMES,
                                  .not_before_s = now_s - 86400, .not_after_s = now_s - 10 };
        CLEANUP(minted_free_at_exit) struct minted *ca = mint(&ca_spec, NULL);
        CLEANUP(minted_free_at_exit) struct minted *leaf = mint(&spec, ca);
        const struct minted *chain[] = { leaf, ca, ca };
        struct hostile_options options = { .chain = chain, .n_chain = ARRAY_LEN(chain) };
        struct world w = world_with_dns(NULL);

        (void)state;
        probe_server(&w, &options, PATIENCE_MS);
        assert_result(&w, PROBE_OK, "");
        assert_int_equal(w.result.chain->n, 3);
        assert_string_equal(w.result.chain->certs[0]->label, "expired.test");
        assert_int_equal(w.result.chain->certs[0]->not_after_s, now_s - 10);
        assert_string_equal(w.result.chain->certs[2]->label, "Some CA");
        world_done(&w);
}

static void more_certificates_than_the_limit_are_a_problem_of_the_chain(void **state)
{
        int64_t now_s = clock_wall_s();
        struct mint_spec spec = { .cn = "many", .not_before_s = now_s, .not_after_s = now_s + 100 };
        CLEANUP(minted_free_at_exit) struct minted *leaf = mint(&spec, NULL);
        const struct minted *chain[CHAIN_MAX_CERTS + 1];
        struct hostile_options options = { .chain = chain, .n_chain = ARRAY_LEN(chain) };
        struct world w = world_with_dns(NULL);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(chain); i++)
                chain[i] = leaf;
        probe_server(&w, &options, PATIENCE_MS);
        assert_result(&w, PROBE_OK, "");
        assert_int_equal(w.result.chain->n, CHAIN_MAX_CERTS);
        assert_non_null(finding_find(&w.result.chain->problems, FINDING_RESOURCE_LIMIT));
        world_done(&w);
}

static void the_server_chooses_of_the_protocols_that_are_offered(void **state)
{
        static const struct {
                const char *server, *offered, *chosen;
        } ROWS[] = {
                { "http/1.1", "h2,http/1.1", "http/1.1" },
                { "h2", "h2", "h2" },
                { "h2", NULL, "" },
                { NULL, "h2", "" },
                { "odd\x1b[2J", "h2,odd\x1b[2J", "odd\\x1B[2J" },
        };
        struct world w = world_with_dns(NULL);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct hostile_options options = { .alpn = ROWS[i].server };
                struct hostile_server *server = hostile_start(&options);
                struct probe_request req = request_to("127.0.0.1", hostile_port(server));

                req.alpn = ROWS[i].offered;
                run(&w, &req);
                assert_result(&w, PROBE_OK, "");
                assert_string_equal(w.result.alpn, ROWS[i].chosen);
                hostile_stop(server);
        }
        world_done(&w);
}

static void a_server_that_speaks_no_offered_protocol_is_told_in_words(void **state)
{
        struct hostile_options options = { .alpn = "h2" };
        struct hostile_server *server = hostile_start(&options);
        struct probe_request req = request_to("127.0.0.1", hostile_port(server));
        struct world w = world_with_dns(NULL);

        (void)state;
        req.alpn = "acme-tls/1,xmpp-client";
        run(&w, &req);
        assert_result(&w, PROBE_HANDSHAKE_FAILED,
                      "peer sent alert: no application protocol (it speaks none of those offered");
        hostile_stop(server);
        world_done(&w);
}

/* ---- STARTTLS ------------------------------------------------------------------------------- */

#define SMTP_HELLO                                                                                 \
        HOSTILE_SAYS("220 mx.test ESMTP\r\n"), HOSTILE_SAYS("250-mx.test\r\n250 STARTTLS\r\n")

static void probe_smtp(struct world *w, const struct hostile_words *preface, enum hostile_mode mode,
                       int64_t step_timeout_ms)
{
        struct hostile_options options = { .mode = mode, .preface = preface };
        struct hostile_server *server = hostile_start(&options);
        struct probe_request req = request_to("127.0.0.1", hostile_port(server));

        req.starttls = "smtp";
        req.step_timeout_ms = step_timeout_ms;
        run(w, &req);
        hostile_stop(server);
}

static void a_server_that_turns_to_tls_shows_its_certificate(void **state)
{
        static const struct hostile_words PREFACE[] = {
                SMTP_HELLO, HOSTILE_SAYS("220 go ahead\r\n"), { 0 },
        };
        struct world w = world_with_dns(NULL);

        (void)state;
        probe_smtp(&w, PREFACE, HOSTILE_NOTHING, PATIENCE_MS);
        assert_result(&w, PROBE_OK, "");
        assert_int_equal(w.result.chain->n, 1);
        assert_true(w.result.step_us[PROBE_STARTTLS] > 0);
        world_done(&w);
}

static void what_keeps_a_server_from_tls_is_told_in_its_words(void **state)
{
        static const struct {
                struct hostile_words preface[5];
                enum hostile_mode mode;
                enum probe_outcome outcome;
                const char *detail;
        } ROWS[] = {
                { { SMTP_HELLO, HOSTILE_SAYS("454 4.7.0 no key\r\n") }, HOSTILE_SILENT,
                  PROBE_STARTTLS_FAILED, "peer refused: 454 4.7.0 no key" },
                { { HOSTILE_SAYS("421 too busy\r\n") }, HOSTILE_CLOSE,
                  PROBE_STARTTLS_FAILED, "421 too busy" },
                { { SMTP_HELLO }, HOSTILE_CLOSE, PROBE_STARTTLS_FAILED,
                  "no answer to STARTTLS" },
                { { SMTP_HELLO, HOSTILE_SAYS("220 go\r\n250 evil\r\n") }, HOSTILE_SILENT,
                  PROBE_STARTTLS_INJECTED, "peer sent 10 bytes after its go-ahead and before TLS: "
                  "an injection (CVE-2011-0411)" },
                { { SMTP_HELLO, HOSTILE_SAYS("220 go\r\n!") }, HOSTILE_NOTHING,
                  PROBE_STARTTLS_INJECTED, "peer sent 1 byte after its go-ahead" },
                { { { 0 } }, HOSTILE_SILENT, PROBE_STARTTLS_TIMEOUT,
                  "peer accepted the connection and then said nothing: no SMTP greeting" },
                { { HOSTILE_SAYS("220 mx.test\r\n"), HOSTILE_SAYS("250-mx") }, HOSTILE_SILENT,
                  PROBE_STARTTLS_TIMEOUT, "then stalled: no answer to EHLO" },
                { { { 0 } }, HOSTILE_CLOSE, PROBE_STARTTLS_FAILED,
                  "peer closed the connection: no SMTP greeting" },
                { { { 0 } }, HOSTILE_GARBAGE, PROBE_STARTTLS_TIMEOUT, "no SMTP greeting" },
                { { HOSTILE_SAYS("SSH-2.0-x\r\n") }, HOSTILE_SILENT, PROBE_STARTTLS_FAILED,
                  "not SMTP: peer sent \"SSH-2.0-x\"" },
                { { SMTP_HELLO, HOSTILE_SAYS("220 go\r\n") }, HOSTILE_CLOSE_HELLO,
                  PROBE_HANDSHAKE_FAILED, "peer closed the connection during the handshake" },
                { { SMTP_HELLO, HOSTILE_SAYS("220 go\r\n") }, HOSTILE_DEAF,
                  PROBE_HANDSHAKE_TIMEOUT, "then said nothing (waited" },
        };
        struct world w = world_with_dns(NULL);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                bool stalls = ROWS[i].outcome == PROBE_STARTTLS_TIMEOUT ||
                              ROWS[i].outcome == PROBE_HANDSHAKE_TIMEOUT;

                print_message("           %s\n", ROWS[i].detail);
                probe_smtp(&w, ROWS[i].preface, ROWS[i].mode, stalls ? STALL_MS : PATIENCE_MS);
                assert_result(&w, ROWS[i].outcome, ROWS[i].detail);
                assert_null(w.result.chain);
        }
        world_done(&w);
}

static void an_unknown_dialect_never_becomes_tls_at_once(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_NOTHING };
        struct hostile_server *server = hostile_start(&options);
        struct probe_request req = request_to("127.0.0.1", hostile_port(server));
        struct world w = world_with_dns(NULL);

        (void)state;
        req.starttls = "gopher";
        run(&w, &req);
        assert_result(&w, PROBE_LOCAL, "does not know the STARTTLS dialect");
        assert_int_equal(w.result.step, PROBE_STARTTLS);
        hostile_stop(server);
        world_done(&w);
}

/* ---- proxies -------------------------------------------------------------------------------- */

#define HTTP_OPEN HOSTILE_SAYS(""), HOSTILE_SAYS("HTTP/1.1 200 Connection established\r\n\r\n")
#define SOCKS_OPEN                                                                                 \
        HOSTILE_SAYS(""), HOSTILE_SAYS("\5\0"), HOSTILE_SAYS("\5\0\0\1\0\0\0\0\0\0")

/* The proxy goes on as the server that it leads to; its name is nowhere to be found but there. */
static void probe_through(struct world *w, const char *scheme, const char *starttls,
                          const struct hostile_words *preface, enum hostile_mode mode,
                          int64_t step_timeout_ms)
{
        struct hostile_options options = { .mode = mode, .preface = preface };
        struct hostile_server *server = hostile_start(&options);
        AUTO_FREE char *url = mem_printf("%s://127.0.0.1:%u", scheme, hostile_port(server));
        CLEANUP(proxy_free_at_exit) struct proxy *proxy = NULL;
        struct probe_request req = request_to("far.invalid", 443);
        char *error = NULL;

        assert_int_equal(proxy_new(&proxy, url, NULL, &error), 0);
        req.proxy = proxy;
        req.starttls = starttls;
        req.step_timeout_ms = step_timeout_ms;
        run(w, &req);
        hostile_stop(server);
}

static void a_proxy_leads_to_the_server(void **state)
{
        static const struct {
                const char *scheme, *starttls;
                struct hostile_words preface[6];
        } ROWS[] = {
                { "http", NULL, { HTTP_OPEN } },
                { "socks5", NULL, { SOCKS_OPEN } },
                { "http", "smtp", { HOSTILE_SAYS(""), /* the greeting comes with the go-ahead */
                  HOSTILE_SAYS("HTTP/1.0 200 ok\r\nX: y\r\n\r\n220 mx.test\r\n"),
                  HOSTILE_SAYS("250-x\r\n250 STARTTLS\r\n"), HOSTILE_SAYS("220 go\r\n") } },
                { "socks5", "smtp", { HOSTILE_SAYS(""), HOSTILE_SAYS("\5\0"),
                  HOSTILE_SAYS("\5\0\0\1\0\0\0\0\0\0" "220 mx.test\r\n"),
                  HOSTILE_SAYS("250-x\r\n250 STARTTLS\r\n"), HOSTILE_SAYS("220 go\r\n") } },
        };
        struct world w = world_with_dns("127.0.0.1:1"); /* nobody is asked */

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                probe_through(&w, ROWS[i].scheme, ROWS[i].starttls, ROWS[i].preface,
                              HOSTILE_NOTHING, PATIENCE_MS);
                assert_result(&w, PROBE_OK, "");
                assert_int_equal(w.result.chain->n, 1);
                assert_true(w.result.step_us[PROBE_PROXY] > 0);
                assert_int_equal(w.result.step_us[PROBE_STARTTLS] > 0, ROWS[i].starttls != NULL);
        }
        world_done(&w);
}

static void what_a_proxy_refuses_is_told_with_its_name(void **state)
{
        static const struct {
                const char *scheme;
                struct hostile_words preface[5];
                enum hostile_mode mode;
                enum probe_outcome outcome;
                const char *before, *after; /* the address of the proxy */
        } ROWS[] = {
                { "http", { HOSTILE_SAYS(""), HOSTILE_SAYS("HTTP/1.1 407 Proxy Authentication "
                  "Required\r\nProxy-Authenticate: Basic\r\n\r\n") }, HOSTILE_SILENT,
                  PROBE_PROXY_FAILED, "proxy 127.0.0.1:",
                  " refused: 407 Proxy Authentication Required" },
                { "http", { HOSTILE_SAYS(""), HOSTILE_SAYS("HTTP/1.0 403 Forbidden\r\nX: y") },
                  HOSTILE_CLOSE, PROBE_PROXY_FAILED, "proxy 127.0.0.1:",
                  " refused: 403 Forbidden" },
                { "socks5", { HOSTILE_SAYS(""), HOSTILE_SAYS("\5\0"), HOSTILE_SAYS("\5\2") },
                  HOSTILE_SILENT, PROBE_PROXY_FAILED, "proxy 127.0.0.1:",
                  " refused: connection not allowed by ruleset (SOCKS5 reply 2)" },
                { "http", { HOSTILE_SAYS("SSH-2.0-x\r\n") }, HOSTILE_SILENT, PROBE_PROXY_FAILED,
                  "proxy 127.0.0.1:", ": not HTTP: peer sent \"SSH-2.0-x\"" },
                { "http", { { 0 } }, HOSTILE_SILENT, PROBE_PROXY_TIMEOUT, "proxy 127.0.0.1:",
                  " accepted the connection and then said nothing: no answer to CONNECT (waited" },
                { "socks5", { HOSTILE_SAYS(""), HOSTILE_SAYS("\5") }, HOSTILE_SILENT,
                  PROBE_PROXY_TIMEOUT, "proxy 127.0.0.1:", " began to answer and then stalled: no "
                  "answer to the SOCKS5 greeting (waited" },
                { "http", { HTTP_OPEN }, HOSTILE_SMTP, PROBE_HANDSHAKE_FAILED,
                  "not TLS: peer greeted in clear text", "" },
                { "http", { HOSTILE_SAYS(""), HOSTILE_SAYS("HTTP/1.1 200 ok\r\n\r\n220 x\r\n") },
                  HOSTILE_SILENT, PROBE_HANDSHAKE_FAILED, "not TLS: peer greeted", "" },
        };
        struct world w = world_with_dns("127.0.0.1:1");

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                bool stalls = ROWS[i].outcome == PROBE_PROXY_TIMEOUT;

                print_message("           %s\n", ROWS[i].after);
                probe_through(&w, ROWS[i].scheme, NULL, ROWS[i].preface, ROWS[i].mode,
                              stalls ? STALL_MS : PATIENCE_MS);
                assert_result(&w, ROWS[i].outcome, ROWS[i].before);
                assert_result(&w, ROWS[i].outcome, ROWS[i].after);
        }
        world_done(&w);
}

static void a_proxy_that_is_not_there_is_told_from_the_server(void **state)
{
        AUTO_FREE char *url = mem_printf("http://127.0.0.1:%u", free_port());
        CLEANUP(proxy_free_at_exit) struct proxy *closed = NULL, *unknown = NULL;
        struct probe_request req = request_to("far.invalid", 443);
        struct world w = world_with_dns("127.0.0.1:1");
        char *error = NULL;

        (void)state;
        assert_int_equal(proxy_new(&closed, url, NULL, &error), 0);
        assert_int_equal(proxy_new(&unknown, "http://none.invalid:3128", NULL, &error), 0);
        req.proxy = closed;
        run(&w, &req);
        assert_result(&w, PROBE_PROXY_FAILED, "proxy 127.0.0.1:");
        assert_result(&w, PROBE_PROXY_FAILED, ": connection refused");
        assert_int_equal(w.result.step, PROBE_CONNECT);
        req.proxy = unknown;
        run(&w, &req);
        assert_int_equal(w.result.step, PROBE_RESOLVE);
        assert_non_null(strstr(w.result.detail, "proxy none.invalid:3128: "));
        world_done(&w);
}

/* ---- what we show --------------------------------------------------------------------------- */

static struct minted *make_client(int64_t not_after_s, const struct minted *ca)
{
        return mint(&(struct mint_spec){ .cn = "client", .eku = "clientAuth",
                                         .not_before_s = clock_wall_s() - 1000,
                                         .not_after_s = not_after_s }, ca);
}

/* Certificate and key of @m, as from a file. */
static struct identity *identity_of(const struct minted *m)
{
        char path[] = "/tmp/notafter-test-client-XXXXXX";
        int fd = mkstemp(path);
        struct identity *id = NULL;
        char *error = NULL;

        dprintf(fd, "%s%s", m->pem, m->key_pem);
        close(fd);
        assert_int_equal(identity_load(&id, &(struct identity_files){ .cert = path }, &error), 0);
        unlink(path);
        return id;
}

static void a_server_that_asks_is_shown_our_certificate(void **state)
{
        int64_t now_s = clock_wall_s();
        struct mint_spec ca_spec = { .cn = "Client CA", .not_before_s = now_s - 86400,
                                     .not_after_s = now_s + 86400, .ca = true };
        CLEANUP(minted_free_at_exit) struct minted *ca = mint(&ca_spec, NULL);
        CLEANUP(minted_free_at_exit) struct minted *good = make_client(now_s + 1000, ca);
        CLEANUP(minted_free_at_exit) struct minted *expired = make_client(now_s - 10, ca);
        CLEANUP(minted_free_at_exit) struct minted *foreign = make_client(now_s + 1000, NULL);
        const struct {
                enum hostile_mode mode;
                int protocol;
                const struct minted *client;
                enum probe_outcome outcome;
                const char *detail;
        } rows[] = {
                { HOSTILE_NOTHING, 0, good, PROBE_OK, "" }, /* nobody asks */
                { HOSTILE_CLIENT_CERT, TLS1_2_VERSION, good, PROBE_OK, "" },
                { HOSTILE_CLIENT_CERT, TLS1_2_VERSION, NULL, PROBE_HANDSHAKE_FAILED,
                  "peer sent alert: " },
                { HOSTILE_CLIENT_CERT, TLS1_2_VERSION, expired, PROBE_HANDSHAKE_FAILED,
                  "peer sent alert: certificate expired" },
                { HOSTILE_CLIENT_CERT, TLS1_2_VERSION, foreign, PROBE_HANDSHAKE_FAILED,
                  "peer sent alert: unknown CA" },
                { HOSTILE_CLIENT_CERT, TLS1_3_VERSION, good, PROBE_OK, "" },
                { HOSTILE_CLIENT_CERT, TLS1_3_VERSION, NULL, PROBE_OK, "" }, /* told too late */
                { HOSTILE_CLIENT_CERT, TLS1_3_VERSION, expired, PROBE_HANDSHAKE_FAILED,
                  "peer sent alert: certificate expired, to our client certificate" },
                { HOSTILE_CLIENT_CERT, TLS1_3_VERSION, foreign, PROBE_HANDSHAKE_FAILED,
                  "peer sent alert: unknown CA, to our client certificate" },
        };
        struct world w = world_with_dns(NULL);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                struct hostile_options options = { .mode = rows[i].mode, .client_ca = ca,
                                                   .protocol = rows[i].protocol };
                struct hostile_server *server = hostile_start(&options);
                struct probe_request req = request_to("127.0.0.1", hostile_port(server));
                CLEANUP(identity_free_at_exit) struct identity *id =
                        rows[i].client ? identity_of(rows[i].client) : NULL;

                req.identity = id;
                run(&w, &req);
                assert_result(&w, rows[i].outcome, rows[i].detail);
                assert_int_equal(w.result.chain->n, 1);
                hostile_stop(server);
        }
        world_done(&w);
}

/* ---- hostile servers ------------------------------------------------------------------------ */

enum facts { NO_FACTS, FACTS };

static const struct {
        enum probe_outcome outcome;
        const char *detail;
        enum facts facts;
} HOSTILITIES[HOSTILE_MODE_COUNT] = {
        [HOSTILE_NOTHING] = { PROBE_OK, "", FACTS },
        [HOSTILE_SILENT] = { PROBE_HANDSHAKE_TIMEOUT, "then said nothing (waited 2", NO_FACTS },
        [HOSTILE_CLOSE] = { PROBE_HANDSHAKE_FAILED, "the connection during the", NO_FACTS },
        [HOSTILE_CLOSE_HELLO] = { PROBE_HANDSHAKE_FAILED,
                                  "peer closed the connection during the handshake", NO_FACTS },
        [HOSTILE_RESET_HELLO] = { PROBE_HANDSHAKE_FAILED,
                                  "peer reset the connection during the handshake", NO_FACTS },
        [HOSTILE_GARBAGE] = { PROBE_HANDSHAKE_FAILED,
                              "not TLS: peer answered with \"\\x99@\\xE7\\x8E5\"", NO_FACTS },
        [HOSTILE_HTTP] = { PROBE_HANDSHAKE_FAILED, "not TLS: peer answered with plain HTTP",
                           NO_FACTS },
        [HOSTILE_SMTP] = { PROBE_HANDSHAKE_FAILED, "as SMTP and FTP servers do", NO_FACTS },
        [HOSTILE_ALERT] = { PROBE_HANDSHAKE_FAILED, "peer sent alert: handshake failure",
                            NO_FACTS },
        [HOSTILE_HALF] = { PROBE_HANDSHAKE_TIMEOUT, "then stalled", FACTS },
        [HOSTILE_HALF_CLOSE] = { PROBE_HANDSHAKE_FAILED, "peer closed the connection", FACTS },
        [HOSTILE_DRIP] = { PROBE_HANDSHAKE_TIMEOUT, "then stalled", NO_FACTS },
        [HOSTILE_OVERSIZE] = { PROBE_HANDSHAKE_FAILED, "larger than 256 kB", NO_FACTS },
        [HOSTILE_DAMAGED] = { PROBE_HANDSHAKE_FAILED, "damaged certificate", FACTS },
        [HOSTILE_DEAF] = { PROBE_HANDSHAKE_TIMEOUT, "then said nothing", NO_FACTS },
        [HOSTILE_CLIENT_CERT] = { PROBE_HANDSHAKE_FAILED, "peer sent alert: ", FACTS },
        [HOSTILE_HELLO_REQUESTS] = { PROBE_HANDSHAKE_FAILED, "peer sent more than 1024 kB",
                                     NO_FACTS },
};

static void every_hostile_server_has_its_outcome_in_time(void **state)
{
        struct world w = world_with_dns(NULL);

        (void)state;
        for (enum hostile_mode mode = 0; mode < HOSTILE_MODE_COUNT; mode++) {
                struct hostile_options options = { .mode = mode };
                bool stalls = HOSTILITIES[mode].outcome == PROBE_HANDSHAKE_TIMEOUT;

                print_message("           %s\n", hostile_mode_str(mode));
                probe_server(&w, &options, stalls ? STALL_MS : PATIENCE_MS);
                assert_result(&w, HOSTILITIES[mode].outcome, HOSTILITIES[mode].detail);
                assert_int_equal(w.result.chain != NULL, HOSTILITIES[mode].facts == FACTS);
                if (stalls)
                        assert_in_range(w.result.total_us, STALL_MS * 900, PATIENCE_MS * 1000);
                if (mode != HOSTILE_NOTHING)
                        assert_int_equal(w.result.step, PROBE_HANDSHAKE);
        }
        world_done(&w);
}

static void a_damaged_certificate_does_not_hide_the_others(void **state)
{
        int64_t now_s = clock_wall_s();
        struct mint_spec ca_spec = { .cn = "Some CA", .not_before_s = now_s,
                                     .not_after_s = now_s + 100, .ca = true };
        struct mint_spec spec = { .cn = "leaf", .not_before_s = now_s, .not_after_s = now_s + 50 };
        CLEANUP(minted_free_at_exit) struct minted *ca = mint(&ca_spec, NULL);
        CLEANUP(minted_free_at_exit) struct minted *leaf = mint(&spec, ca);
        const struct minted *chain[] = { leaf, ca };
        struct hostile_options options = { HOSTILE_DAMAGED, .chain = chain, .n_chain = 2 };
        struct world w = world_with_dns(NULL);

        (void)state;
        probe_server(&w, &options, PATIENCE_MS);
        assert_result(&w, PROBE_HANDSHAKE_FAILED, "damaged");
        assert_int_equal(w.result.chain->n, 1);
        assert_string_equal(w.result.chain->certs[0]->label, "leaf");

        const struct finding *f =
                finding_find(&w.result.chain->problems, FINDING_INPUT_UNPARSEABLE);

        assert_non_null(f);
        assert_int_equal(f->position, 1);
        world_done(&w);
}

/* ---- ways that lead nowhere ----------------------------------------------------------------- */

static void a_closed_port_refuses(void **state)
{
        struct world w = world_with_dns(NULL);
        struct probe_request req = request_to("127.0.0.1", free_port());

        (void)state;
        run(&w, &req);
        assert_result(&w, PROBE_CONNECT_REFUSED, "connection refused");
        assert_int_equal(w.result.step, PROBE_CONNECT);
        assert_int_equal(ntohs(w.result.address.in.sin_port), req.port);
        assert_int_equal(w.result.step_us[PROBE_HANDSHAKE], 0);
        world_done(&w);
}

static void an_unreachable_address_fails_in_the_systems_words(void **state)
{
        struct world w = world_with_dns(NULL);
        struct probe_request req = request_to("255.255.255.255", 443);

        (void)state;
        run(&w, &req);
        assert_result(&w, PROBE_CONNECT_FAILED, "");
        assert_true(strlen(w.result.detail) > 0);
        world_done(&w);
}

static void a_black_hole_times_out(void **state)
{
        struct world w = world_with_dns(NULL);
        struct black_hole hole;

        (void)state;
        black_hole_open(&hole, "127.0.0.1", 0);
        struct probe_request req = request_to("127.0.0.1", hole.port);

        req.step_timeout_ms = STALL_MS;
        run(&w, &req);
        assert_result(&w, PROBE_CONNECT_TIMEOUT, "no answer (waited 2");
        assert_in_range(w.result.total_us, STALL_MS * 900, PATIENCE_MS * 1000);
        black_hole_close(&hole);
        world_done(&w);
}

static void the_deadline_of_the_whole_probe_counts_too(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_SILENT };
        CLEANUP(hostile_stop_at_exit) struct hostile_server *server = hostile_start(&options);
        struct world w = world_with_dns(NULL);
        struct probe_request req = request_to("127.0.0.1", hostile_port(server));

        (void)state;
        req.timeout_ms = STALL_MS;
        run(&w, &req);
        assert_result(&w, PROBE_HANDSHAKE_TIMEOUT, "said nothing");
        assert_in_range(w.result.total_us, STALL_MS * 900, PATIENCE_MS * 1000);
        world_done(&w);
}

static void without_a_descriptor_we_say_that_it_is_us(void **state)
{
        struct world w = world_with_dns(NULL);
        struct probe_request req = request_to("127.0.0.1", free_port());
        struct rlimit before, none;
        int next_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        (void)state;
        event_base_loop(w.base, EVLOOP_NONBLOCK); /* libevent has opened all it needs */
        close(next_fd);
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        none = before;
        none.rlim_cur = (rlim_t)next_fd;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        run(&w, &req);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_result(&w, PROBE_LOCAL, "too many open files");
        world_done(&w);
}

static void after_standing_still_we_say_that_it_is_us(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_SILENT };
        struct hostile_server *server = hostile_start(&options);
        struct world w = world_with_dns(NULL);
        struct probe_request req = request_to("127.0.0.1", hostile_port(server));

        (void)state;
        req.timeout_ms = STALL_MS;
        start(&w, &req);
        event_base_loop(w.base, EVLOOP_ONCE); /* it is under way */
        usleep(STALL_MS * 1000 + 2000000);
        event_base_dispatch(w.base);
        assert_int_equal(w.calls, 1);
        assert_result(&w, PROBE_LOCAL, "this process stood still for 2 s");
        assert_true(w.result.stood_still);
        hostile_stop(server);
        world_done(&w);
}

/* ---- names ---------------------------------------------------------------------------------- */

static const struct dns_rule RULES[] = {
        { .name = "mute.test", .silent = true },
        { .name = "four.test", .addresses = "127.0.0.1" },
        { .name = "pair.test", .addresses = "127.0.0.2 127.0.0.1" },
        { .name = "both.test", .addresses = "::1 127.0.0.1" },
        { .name = "trio.test", .addresses = "127.0.0.2 127.0.0.3 127.0.0.4" },
        { NULL },
};

static void a_name_that_does_not_resolve_is_told_with_the_reason(void **state)
{
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        struct world w = world_with_dns(dns_server_str(dns));
        struct probe_request req = request_to("absent.test", 443);

        (void)state;
        run(&w, &req);
        assert_result(&w, PROBE_DNS_FAILED, "no such name in DNS");
        assert_int_equal(w.result.step, PROBE_RESOLVE);
        assert_int_equal(w.result.address.len, 0);

        req = request_to("four.test", 443);
        req.family = ADDR_IPV6;
        run(&w, &req);
        assert_result(&w, PROBE_DNS_FAILED, "the name has no IPv6 address");

        req = request_to("mute.test", 443);
        req.step_timeout_ms = STALL_MS;
        run(&w, &req);
        assert_result(&w, PROBE_DNS_TIMEOUT, "no answer from the name servers (waited 2");
        world_done(&w);
}

static void an_address_that_is_given_is_used_and_nothing_is_resolved(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_NOTHING };
        CLEANUP(hostile_stop_at_exit) struct hostile_server *server = hostile_start(&options);
        struct world w = world_with_dns("127.0.0.1:1"); /* nobody there */
        struct probe_request req = request_to("web.test", 1);

        (void)state;
        req.address = *hostile_addr(server);
        run(&w, &req);
        assert_result(&w, PROBE_OK, "");
        assert_int_equal(w.result.step_us[PROBE_RESOLVE], 0);
        assert_int_equal(addr_compare(&w.result.address, hostile_addr(server)), 0);
        world_done(&w);
}

static void a_probe_may_end_with_the_addresses(void **state)
{
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        struct world w = world_with_dns(dns_server_str(dns));
        struct probe_request req = request_to("trio.test", 443);
        char str[ADDR_STR_MAX];

        (void)state;
        req.only_resolve = true;
        run(&w, &req);
        assert_result(&w, PROBE_OK, "");
        assert_int_equal(w.result.step, PROBE_RESOLVE);
        assert_int_equal(w.result.n_addresses, 3);
        assert_string_equal(addr_str(&w.result.address, str), "127.0.0.2:443");

        req.host = "::1"; /* a literal is its own answer */
        run(&w, &req);
        assert_result(&w, PROBE_OK, "");
        assert_int_equal(w.result.n_addresses, 1);
        assert_string_equal(addr_str(&w.result.address, str), "[::1]:443");

        req.host = "absent.test";
        run(&w, &req);
        assert_result(&w, PROBE_DNS_FAILED, "no such name in DNS");
        assert_int_equal(w.result.n_addresses, 0);
        world_done(&w);
}

static void a_refused_address_gives_way_to_the_next(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_NOTHING };
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        CLEANUP(hostile_stop_at_exit) struct hostile_server *server = hostile_start(&options);
        struct world w = world_with_dns(dns_server_str(dns));
        struct probe_request req = request_to("pair.test", hostile_port(server));

        (void)state;
        run(&w, &req);
        assert_result(&w, PROBE_OK, "");
        assert_int_equal(addr_compare(&w.result.address, hostile_addr(server)), 0);
        world_done(&w);
}

static void a_silent_address_costs_only_a_moment(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_NOTHING };
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        CLEANUP(hostile_stop_at_exit) struct hostile_server *server = hostile_start(&options);
        struct world w = world_with_dns(dns_server_str(dns));
        struct probe_request req = request_to("pair.test", hostile_port(server));
        struct black_hole hole;

        (void)state;
        black_hole_open(&hole, "127.0.0.2", req.port);
        run(&w, &req); /* it would take PATIENCE_MS if we waited */
        assert_result(&w, PROBE_OK, "");
        assert_in_range(w.result.step_us[PROBE_CONNECT], 249000, PATIENCE_MS * 1000 / 2);
        black_hole_close(&hole);
        world_done(&w);
}

static void without_a_local_port_we_say_that_it_is_us(void **state)
{
        struct world w = world_with_dns(NULL);
        struct probe_request req = request_to("127.0.0.1", free_port());

        (void)state;
        no_port_families = NO_PORT_IPV4;
        run(&w, &req);
        no_port_families = 0;
        assert_result(&w, PROBE_LOCAL, "cannot assign requested address");
        world_done(&w);
}

static void an_ipv6_address_without_ipv6_gives_way_to_the_next(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_NOTHING };
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        CLEANUP(hostile_stop_at_exit) struct hostile_server *server = hostile_start(&options);
        struct world w = world_with_dns(dns_server_str(dns));
        struct probe_request req = request_to("both.test", hostile_port(server));

        (void)state;
        no_port_families = NO_PORT_IPV6;
        run(&w, &req);
        assert_result(&w, PROBE_OK, "");

        req.family = ADDR_IPV6; /* nothing else is left */
        run(&w, &req);
        assert_result(&w, PROBE_CONNECT_FAILED, "cannot assign requested address");

        req.family = ADDR_ANY;
        no_port_families = NO_PORT_IPV4 | NO_PORT_IPV6;
        run(&w, &req);
        no_port_families = 0;
        assert_result(&w, PROBE_LOCAL, "cannot assign requested address");
        world_done(&w);
}

static void when_all_addresses_fail_the_reason_is_told(void **state)
{
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        struct world w = world_with_dns(dns_server_str(dns));
        struct probe_request req = request_to("trio.test", free_port());

        (void)state;
        run(&w, &req);
        assert_result(&w, PROBE_CONNECT_REFUSED,
                      "connection refused (all 3 addresses)");
        world_done(&w);
}

/* ---- ending early --------------------------------------------------------------------------- */

static void a_probe_may_be_freed_in_every_step(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_HALF };
        CLEANUP(dns_server_stop_at_exit) struct dns_server *dns = dns_server_start(RULES);
        CLEANUP(hostile_stop_at_exit) struct hostile_server *server = hostile_start(&options);
        struct world w = world_with_dns(dns_server_str(dns));
        struct black_hole hole;

        (void)state;
        black_hole_open(&hole, "127.0.0.1", 0);
        const struct probe_request requests[] = {
                request_to("mute.test", 443),
                request_to("127.0.0.1", hole.port),
                request_to("127.0.0.1", hostile_port(server)),
        };

        for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
                probe_free(start(&w, &requests[i])); /* before its first step */
                run_for(&w, 1);

                struct probe *p = start(&w, &requests[i]);

                run_for(&w, 30);
                probe_free(p);
                run_for(&w, 1);
        }

        struct probe_request req = request_to("four.test", 443);
        struct probe *p = start(&w, &req);

        event_base_loop(w.base, EVLOOP_NONBLOCK | EVLOOP_ONCE); /* the question is out */
        probe_free(p);
        run_for(&w, 50); /* the answer comes */
        assert_int_equal(w.calls, 0);
        probe_free(NULL);
        black_hole_close(&hole);
        world_done(&w);
}

static void a_finished_probe_may_be_freed_later(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_NOTHING };
        CLEANUP(hostile_stop_at_exit) struct hostile_server *server = hostile_start(&options);
        struct world w = world_with_dns(NULL);
        struct probe_request req = request_to("127.0.0.1", hostile_port(server));

        (void)state;
        w.keep_probe = true;
        struct probe *p = start(&w, &req);

        event_base_dispatch(w.base);
        assert_result(&w, PROBE_OK, "");
        run_for(&w, 10);
        assert_int_equal(w.calls, 1);
        probe_free(p);
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_outcome_and_step_has_a_name),
                cmocka_unit_test(every_protocol_version_is_spoken),
                cmocka_unit_test(every_step_is_timed_and_the_address_is_told),
                cmocka_unit_test(an_ipv6_server_is_probed),
                cmocka_unit_test(the_chain_is_kept_in_the_order_served_whatever_it_says),
                cmocka_unit_test(more_certificates_than_the_limit_are_a_problem_of_the_chain),
                cmocka_unit_test(the_server_chooses_of_the_protocols_that_are_offered),
                cmocka_unit_test(a_server_that_speaks_no_offered_protocol_is_told_in_words),
                cmocka_unit_test(a_server_that_turns_to_tls_shows_its_certificate),
                cmocka_unit_test(what_keeps_a_server_from_tls_is_told_in_its_words),
                cmocka_unit_test(an_unknown_dialect_never_becomes_tls_at_once),
                cmocka_unit_test(a_server_that_asks_is_shown_our_certificate),
                cmocka_unit_test(a_proxy_leads_to_the_server),
                cmocka_unit_test(what_a_proxy_refuses_is_told_with_its_name),
                cmocka_unit_test(a_proxy_that_is_not_there_is_told_from_the_server),
                cmocka_unit_test(every_hostile_server_has_its_outcome_in_time),
                cmocka_unit_test(a_damaged_certificate_does_not_hide_the_others),
                cmocka_unit_test(a_closed_port_refuses),
                cmocka_unit_test(an_unreachable_address_fails_in_the_systems_words),
                cmocka_unit_test(a_black_hole_times_out),
                cmocka_unit_test(the_deadline_of_the_whole_probe_counts_too),
                cmocka_unit_test(without_a_descriptor_we_say_that_it_is_us),
                cmocka_unit_test(after_standing_still_we_say_that_it_is_us),
                cmocka_unit_test(a_name_that_does_not_resolve_is_told_with_the_reason),
                cmocka_unit_test(an_address_that_is_given_is_used_and_nothing_is_resolved),
                cmocka_unit_test(a_probe_may_end_with_the_addresses),
                cmocka_unit_test(a_refused_address_gives_way_to_the_next),
                cmocka_unit_test(a_silent_address_costs_only_a_moment),
                cmocka_unit_test(without_a_local_port_we_say_that_it_is_us),
                cmocka_unit_test(an_ipv6_address_without_ipv6_gives_way_to_the_next),
                cmocka_unit_test(when_all_addresses_fail_the_reason_is_told),
                cmocka_unit_test(a_probe_may_be_freed_in_every_step),
                cmocka_unit_test(a_finished_probe_may_be_freed_later),
        };

        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
