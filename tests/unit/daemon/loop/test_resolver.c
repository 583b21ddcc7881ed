/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to a name server of our own on the loopback, and to none at all.
 */
#include "daemon/loop/resolver.h"

#include "common/base/clock.h"
#include "tests/support/dns_server.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SERVFAIL 2
#define REFUSED 5

static const struct dns_rule RULES[] = {
        { .name = "both.test", .addresses = "127.0.0.7 ::1" },
        { .name = "four.test", .addresses = "127.0.0.8 127.0.0.9" },
        { .name = "six.test", .addresses = "::1" },
        { .name = "empty.test" },
        { .name = "long.test", .addresses = "127.0.0.10", .truncated = true },
        { .name = "alias.test", .alias = "second.test" },
        { .name = "second.test", .alias = "third.test", .ttl_s = DNS_NOT_KEPT },
        { .name = "third.test", .alias = "both.test" },
        { .name = "good-alias.test", .alias = "both.test" },
        { .name = "nowhere.test", .alias = "empty.test" },
        { .name = "fleeting.test", .addresses = "127.0.0.11", .ttl_s = DNS_NOT_KEPT },
        { .name = "second-long.test", .addresses = "127.0.0.12", .ttl_s = 1 },
        { .name = "broken.test", .rcode = SERVFAIL },
        { .name = "secret.test", .rcode = REFUSED },
        { .name = "mute.test", .silent = true },
        { NULL },
};

struct world {
        struct event_base *base;
        struct resolver *resolver;
        struct dns_server *dns;
        size_t calls;
        size_t wanted; /* calls until the loop ends */
        enum resolve_outcome outcome;
        char detail[200];
        struct addr addrs[RESOLVER_MAX_ADDRESSES];
        size_t n;
        void (*then)(struct world *w); /* called from the callback */
};

static struct world world_new(const struct dns_rule *rules)
{
        struct world w = { .base = event_base_new(), .dns = dns_server_start(rules), .wanted = 1 };
        struct resolver_options options = { .servers = dns_server_str(w.dns) };

        assert_int_equal(resolver_new(&w.resolver, w.base, &options), 0);
        return w;
}

static void world_done(struct world *w)
{
        resolver_free(w->resolver);
        dns_server_stop(w->dns);
        event_base_free(w->base);
}

static void on_done(enum resolve_outcome outcome, const struct addr *addrs, size_t n,
                    const char *detail, void *arg)
{
        struct world *w = arg;

        w->outcome = outcome;
        w->n = n;
        if (n)
                memcpy(w->addrs, addrs, n * sizeof(*addrs));
        snprintf(w->detail, sizeof(w->detail), "%s", detail ? detail : "");
        if (++w->calls >= w->wanted)
                event_base_loopbreak(w->base);
        if (w->then)
                w->then(w);
}

static struct resolver_query *start(struct world *w, const char *host, enum addr_family family)
{
        size_t calls = w->calls;
        struct resolver_query *q = resolver_start(w->resolver, host, 443, family, on_done, w);

        assert_int_equal(w->calls, calls); /* never inside resolver_start() */
        return q;
}

static void run_for(struct world *w, int ms)
{
        struct timeval tv = { .tv_usec = ms * 1000 };

        event_base_loopexit(w->base, &tv);
        event_base_dispatch(w->base);
}

static void assert_addresses(const struct world *w, const char *expected)
{
        char got[1024] = "", str[ADDR_STR_MAX];

        for (size_t i = 0; i < w->n; i++) {
                strcat(got, i ? " " : "");
                strcat(got, addr_str(&w->addrs[i], str));
        }
        assert_string_equal(got, expected);
}

static void every_question_has_its_answer(void **state)
{
        static const struct {
                const char *host;
                enum addr_family family;
                enum resolve_outcome outcome;
                const char *text; /* addresses or detail; NULL = some detail */
        } ROWS[] = {
                { "both.test", ADDR_IPV4, RESOLVE_OK, "127.0.0.7:443" },
                { "both.test", ADDR_IPV6, RESOLVE_OK, "[::1]:443" },
                { "both.test", ADDR_ANY, RESOLVE_OK, "[::1]:443 127.0.0.7:443" },
                { "four.test", ADDR_ANY, RESOLVE_OK, "127.0.0.8:443 127.0.0.9:443" },
                { "FOUR.test", ADDR_ANY, RESOLVE_OK, "127.0.0.8:443 127.0.0.9:443" },
                { "four.test", ADDR_IPV6, RESOLVE_NOT_FOUND, "the name has no IPv6 address" },
                { "six.test", ADDR_ANY, RESOLVE_OK, "[::1]:443" },
                { "six.test", ADDR_IPV4, RESOLVE_NOT_FOUND, "the name has no IPv4 address" },
                { "empty.test", ADDR_ANY, RESOLVE_NOT_FOUND, "the name has no address" },
                { "long.test", ADDR_IPV4, RESOLVE_OK, "127.0.0.10:443" }, /* over TCP */
                { "long.test", ADDR_ANY, RESOLVE_OK, "127.0.0.10:443" },
                { "alias.test", ADDR_ANY, RESOLVE_OK, "[::1]:443 127.0.0.7:443" },
                { "alias.test", ADDR_IPV4, RESOLVE_OK, "127.0.0.7:443" },
                { "nowhere.test", ADDR_ANY, RESOLVE_NOT_FOUND, "the name has no address" },
                { "absent.test", ADDR_ANY, RESOLVE_NOT_FOUND, "no such name in DNS" },
                { "absent.test", ADDR_IPV6, RESOLVE_NOT_FOUND, "no such name in DNS" },
                { "a..b.test", ADDR_ANY, RESOLVE_NOT_FOUND, "not a valid DNS name" },
                { "broken.test", ADDR_ANY, RESOLVE_FAILED, NULL }, /* words differ by version */
                { "secret.test", ADDR_IPV4, RESOLVE_FAILED, NULL },
                { "192.0.2.1", ADDR_ANY, RESOLVE_OK, "192.0.2.1:443" },
                { "192.0.2.1", ADDR_IPV4, RESOLVE_OK, "192.0.2.1:443" },
                { "192.0.2.1", ADDR_IPV6, RESOLVE_NOT_FOUND, "it is not an IPv6 address" },
                { "2001:db8::1", ADDR_ANY, RESOLVE_OK, "[2001:db8::1]:443" },
                { "2001:db8::1", ADDR_IPV4, RESOLVE_NOT_FOUND, "it is not an IPv4 address" },
        };
        struct world w = world_new(RULES);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                print_message("           %s\n", ROWS[i].host);
                start(&w, ROWS[i].host, ROWS[i].family);
                event_base_dispatch(w.base);
                assert_int_equal(w.calls, i + 1);
                assert_int_equal(w.outcome, ROWS[i].outcome);
                if (!ROWS[i].text)
                        assert_non_null(strstr(w.detail, "name server"));
                else if (w.outcome == RESOLVE_OK)
                        assert_addresses(&w, ROWS[i].text);
                else
                        assert_string_equal(w.detail, ROWS[i].text);
        }
        world_done(&w);
}

static void localhost_needs_no_name_server(void **state)
{
        struct world w = world_new(RULES);

        (void)state;
        start(&w, "localhost", ADDR_IPV4);
        event_base_dispatch(w.base);
        assert_int_equal(w.outcome, RESOLVE_OK);
        assert_addresses(&w, "127.0.0.1:443");
        world_done(&w);
}

/* Asks for @host twice, one after the other; returns how many questions the second time cost. */
static size_t cost_of_again(struct world *w, const char *host)
{
        size_t asked;

        start(w, host, ADDR_IPV4);
        event_base_dispatch(w->base);
        asked = dns_server_questions(w->dns);
        assert_true(asked > 0);
        start(w, host, ADDR_IPV4);
        event_base_dispatch(w->base);
        return dns_server_questions(w->dns) - asked;
}

static void what_is_known_is_not_asked_for_again(void **state)
{
        static const struct {
                const char *host;
                bool kept;
        } ROWS[] = {
                { "four.test", true }, { "good-alias.test", true }, { "long.test", true },
                { "fleeting.test", false },
                { "alias.test", false }, /* an alias on the way is not to be kept */
                { "absent.test", false }, { "empty.test", false }, { "broken.test", false },
        };
        struct world w = world_new(RULES);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                print_message("           %s\n", ROWS[i].host);
                assert_int_equal(cost_of_again(&w, ROWS[i].host) == 0, ROWS[i].kept);
        }
        size_t asked = dns_server_questions(w.dns);

        resolver_start(w.resolver, "FOUR.test", 8443, ADDR_IPV4, on_done, &w);
        event_base_dispatch(w.base);
        assert_addresses(&w, "127.0.0.8:8443 127.0.0.9:8443");
        assert_int_equal(dns_server_questions(w.dns), asked);
        start(&w, "four.test", ADDR_IPV6); /* is another question */
        event_base_dispatch(w.base);
        assert_int_equal(w.outcome, RESOLVE_NOT_FOUND);
        assert_int_equal(dns_server_questions(w.dns), asked + 1);
        world_done(&w);
}

static void an_answer_is_not_used_after_its_time(void **state)
{
        struct world w = world_new(RULES);
        int64_t begin_ms = clock_boot_ms();

        (void)state;
        do {
                start(&w, "second-long.test", ADDR_IPV4);
                event_base_dispatch(w.base);
                assert_addresses(&w, "127.0.0.12:443");
        } while (dns_server_questions(w.dns) == 1);
        assert_true(clock_boot_ms() - begin_ms >= 1000);
        world_done(&w);
}

static void who_asks_for_the_same_shares_the_question(void **state)
{
        struct world w = world_new(RULES);

        (void)state;
        w.wanted = 50;
        for (size_t i = 0; i < w.wanted; i++) {
                start(&w, "four.test", ADDR_IPV4);
                resolver_cancel(start(&w, "four.test", ADDR_IPV4));
        }
        event_base_dispatch(w.base);
        assert_int_equal(w.calls, 50);
        assert_addresses(&w, "127.0.0.8:443 127.0.0.9:443");
        assert_int_equal(dns_server_questions(w.dns), 1);

        resolver_cancel(start(&w, "six.test", ADDR_IPV6)); /* the answer is kept all the same */
        run_for(&w, 50);
        w.wanted = 51;
        start(&w, "six.test", ADDR_IPV6);
        event_base_dispatch(w.base);
        assert_int_equal(dns_server_questions(w.dns), 2);
        world_done(&w);
}

static void more_addresses_than_the_limit_are_left_out(void **state)
{
        char addresses[200 * 16] = "";
        const struct dns_rule rules[] = { { .name = "many.test", .addresses = addresses },
                                          { NULL } };
        struct world w = { 0 };

        (void)state;
        for (int i = 1; i <= 200; i++)
                sprintf(addresses + strlen(addresses), "127.0.1.%d ", i);
        w = world_new(rules);
        start(&w, "many.test", ADDR_IPV4);
        event_base_dispatch(w.base);
        assert_int_equal(w.outcome, RESOLVE_OK);
        assert_int_equal(w.n, RESOLVER_MAX_ADDRESSES);
        world_done(&w);
}

/* The only test that waits for both tries to run out. */
static void silence_ends_and_nobody_listening_ends_sooner(void **state)
{
        struct world w = world_new(RULES);
        struct resolver_options options = { .servers = "127.0.0.1:1" };
        struct resolver *nowhere, *impatient;
        int64_t start_ms = clock_mono_ms();

        (void)state;
        assert_int_equal(resolver_new(&nowhere, w.base, &options), 0);
        resolver_start(nowhere, "four.test", 443, ADDR_ANY, on_done, &w);
        event_base_dispatch(w.base);
        assert_int_equal(w.outcome, RESOLVE_FAILED);
        assert_string_equal(w.detail, "no name server was reached that could answer");
        assert_true(clock_mono_ms() - start_ms < 1500);
        resolver_free(nowhere);

        options = (struct resolver_options){ .servers = dns_server_str(w.dns), .try_ms = 100 };
        assert_int_equal(resolver_new(&impatient, w.base, &options), 0);
        resolver_start(impatient, "mute.test", 443, ADDR_IPV4, on_done, &w);
        event_base_dispatch(w.base);
        assert_int_equal(w.outcome, RESOLVE_TIMEOUT);
        assert_string_equal(w.detail, "no answer from the name servers");
        resolver_free(impatient);
        world_done(&w);
}

static void many_questions_at_once_are_all_answered(void **state)
{
        static const char *const HOSTS[] = { "four.test", "absent.test", "192.0.2.1", "six.test" };
        struct world w = world_new(RULES);

        (void)state;
        w.wanted = 100; /* more would not fit the socket of the test server */
        for (size_t i = 0; i < w.wanted; i++)
                start(&w, HOSTS[i % ARRAY_LEN(HOSTS)], ADDR_ANY);
        event_base_dispatch(w.base);
        assert_int_equal(w.calls, 100);
        run_for(&w, 5);
        assert_int_equal(w.calls, 100);
        world_done(&w);
}

static void a_cancelled_question_is_never_answered(void **state)
{
        struct world w = world_new(RULES);

        (void)state;
        resolver_cancel(start(&w, "four.test", ADDR_ANY));
        resolver_cancel(start(&w, "192.0.2.1", ADDR_ANY));
        resolver_cancel(start(&w, "mute.test", ADDR_ANY));
        resolver_cancel(NULL);
        start(&w, "six.test", ADDR_IPV6);
        event_base_dispatch(w.base);
        run_for(&w, 30);
        assert_int_equal(w.calls, 1);
        assert_addresses(&w, "[::1]:443");
        world_done(&w);
}

static void the_resolver_may_be_freed_with_questions_open(void **state)
{
        struct world w = world_new(RULES);

        (void)state;
        start(&w, "mute.test", ADDR_ANY);
        start(&w, "four.test", ADDR_ANY);
        start(&w, "192.0.2.1", ADDR_ANY);
        resolver_cancel(start(&w, "mute.test", ADDR_IPV4));
        resolver_free(w.resolver);
        w.resolver = NULL;
        run_for(&w, 10);
        assert_int_equal(w.calls, 0);
        world_done(&w);
}

static void free_the_resolver(struct world *w)
{
        resolver_free(w->resolver);
        w->resolver = NULL;
}

static void ask_once_more(struct world *w)
{
        if (w->calls == 1)
                start(w, "four.test", ADDR_IPV4);
}

static void a_callback_may_ask_again_or_free_the_resolver(void **state)
{
        struct world w = world_new(RULES);

        (void)state;
        w.then = ask_once_more;
        w.wanted = 2;
        start(&w, "absent.test", ADDR_ANY);
        event_base_dispatch(w.base);
        assert_int_equal(w.calls, 2);
        assert_int_equal(w.outcome, RESOLVE_OK);

        w.then = free_the_resolver;
        w.wanted = 3;
        start(&w, "192.0.2.1", ADDR_ANY);
        start(&w, "192.0.2.2", ADDR_ANY);
        start(&w, "four.test", ADDR_ANY);
        event_base_dispatch(w.base);
        run_for(&w, 10);
        assert_int_equal(w.calls, 3);
        world_done(&w);
}

static void nonsense_for_servers_is_an_error(void **state)
{
        struct resolver_options options = { .servers = "not an address" };
        struct event_base *base = event_base_new();
        struct resolver *r = NULL;

        (void)state;
        assert_true(resolver_new(&r, base, &options) < 0);
        assert_null(r);
        resolver_free(NULL);
        event_base_free(base);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_question_has_its_answer),
                cmocka_unit_test(localhost_needs_no_name_server),
                cmocka_unit_test(what_is_known_is_not_asked_for_again),
                cmocka_unit_test(an_answer_is_not_used_after_its_time),
                cmocka_unit_test(who_asks_for_the_same_shares_the_question),
                cmocka_unit_test(more_addresses_than_the_limit_are_left_out),
                cmocka_unit_test(many_questions_at_once_are_all_answered),
                cmocka_unit_test(a_cancelled_question_is_never_answered),
                cmocka_unit_test(the_resolver_may_be_freed_with_questions_open),
                cmocka_unit_test(a_callback_may_ask_again_or_free_the_resolver),
                cmocka_unit_test(nonsense_for_servers_is_an_error),
                cmocka_unit_test(silence_ends_and_nobody_listening_ends_sooner),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
