/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Races for a connection: who wins, in which order and how many at a time addresses are tried, and
 * what is said when nobody answers.
 */
#include "daemon/probe/race.h"

#include "common/base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_US 5000000
#define BACKLOG_FILL 4 /* connections that fill a backlog of 0 */

/* What connect(2) says of an address, instead of what it would; a table ends with .ip NULL. */
struct script {
        const char *ip;
        int error;
};

static const struct script *script;
static char tried[1024]; /* the addresses, in order */
static size_t most_sockets;

static size_t open_descriptors(void)
{
        DIR *d = opendir("/proc/self/fd");
        size_t n = 0;

        while (readdir(d))
                n++;
        closedir(d);
        return n;
}

/* The label makes it the connect(2) that this program uses. */
int test_connect(int fd, const struct sockaddr *to, socklen_t n) __asm__("connect");

int test_connect(int fd, const struct sockaddr *to, socklen_t n)
{
        struct addr a = addr_of(to, n), other;
        char str[ADDR_STR_MAX];
        size_t sockets = open_descriptors();

        snprintf(tried + strlen(tried), sizeof(tried) - strlen(tried), "%s ", addr_str(&a, str));
        most_sockets = sockets > most_sockets ? sockets : most_sockets;
        for (const struct script *s = script; s && s->ip; s++)
                if (addr_parse_ip(s->ip, ntohs(a.in.sin_port), &other) &&
                    addr_compare(&a, &other) == 0) {
                        errno = s->error;
                        return -1;
                }
        return (int)syscall(SYS_connect, fd, to, n);
}

struct world {
        struct event_base *base;
        struct addr addrs[64];
        size_t n, calls;
        struct race *race;
        struct race_result result;
};

static void world_start(struct world *w, const char *addresses, uint16_t port,
                        const struct script *says)
{
        char copy[1024], *rest = copy, *word;

        *w = (struct world){ .base = event_base_new() };
        snprintf(copy, sizeof(copy), "%s", addresses);
        while ((word = strsep(&rest, " ")))
                assert_true(addr_parse_ip(word, port, &w->addrs[w->n++]));
        script = says;
        tried[0] = '\0';
        most_sockets = 0;
}

static void on_done(struct race_result *result, void *arg)
{
        struct world *w = arg;

        w->calls++;
        w->result = *result;
        race_free(w->race);
        w->race = NULL;
        if (result->fd >= 0)
                close(result->fd);
}

static void run(struct world *w, int64_t time_us)
{
        w->race = race_start(w->base, w->addrs, w->n, time_us, on_done, w);
        assert_int_equal(w->calls, 0); /* never inside race_start() */
        event_base_dispatch(w->base);
        assert_int_equal(w->calls, 1);
}

static void world_done(struct world *w)
{
        race_free(w->race);
        event_base_free(w->base);
}

/* A listener, of all addresses or of one; a black hole accepts nothing and its backlog is full. */
struct listener {
        int fds[BACKLOG_FILL + 1];
        uint16_t port;
};

static void listener_open(struct listener *l, const char *ip, uint16_t port, bool black_hole)
{
        struct addr a;
        int yes = 1;

        assert_true(addr_parse_ip(ip, port, &a));
        l->fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        setsockopt(l->fds[0], SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
        assert_int_equal(bind(l->fds[0], &a.sa, a.len), 0);
        assert_int_equal(listen(l->fds[0], black_hole ? 0 : 16), 0);
        assert_int_equal(getsockname(l->fds[0], &a.sa, &a.len), 0);
        l->port = ntohs(a.in.sin_port);
        for (size_t i = 1; i <= BACKLOG_FILL; i++) {
                l->fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
                if (black_hole)
                        syscall(SYS_connect, l->fds[i], &a.sa, a.len);
        }
}

static void listener_close(struct listener *l)
{
        for (size_t i = 0; i <= BACKLOG_FILL; i++)
                close(l->fds[i]);
}

static void the_families_take_turns(void **state)
{
        static const struct {
                const char *addresses, *tried;
        } ROWS[] = {
                { "::1 ::2 127.0.0.1 127.0.0.2",
                  "[::1]:9 127.0.0.1:9 [::2]:9 127.0.0.2:9 " },
                { "127.0.0.1 127.0.0.2 127.0.0.3 ::1",
                  "127.0.0.1:9 [::1]:9 127.0.0.2:9 127.0.0.3:9 " },
                { "127.0.0.1 ::1 ::2 ::3", "127.0.0.1:9 [::1]:9 [::2]:9 [::3]:9 " },
                { "127.0.0.2 127.0.0.1", "127.0.0.2:9 127.0.0.1:9 " },
        };
        static const struct script REFUSED[] = {
                { "::1", ECONNREFUSED }, { "::2", ECONNREFUSED }, { "::3", ECONNREFUSED },
                { "127.0.0.1", ECONNREFUSED }, { "127.0.0.2", ECONNREFUSED },
                { "127.0.0.3", ECONNREFUSED }, { NULL },
        };
        struct world w;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                world_start(&w, ROWS[i].addresses, 9, REFUSED);
                run(&w, PATIENCE_US);
                assert_int_equal(w.result.outcome, PROBE_CONNECT_REFUSED);
                assert_string_equal(tried, ROWS[i].tried);
                world_done(&w);
        }
}

static void failures_are_counted_the_most_telling_first(void **state)
{
        static const struct {
                const char *addresses;
                struct script says[5];
                enum probe_outcome outcome;
                const char *address, *detail;
        } ROWS[] = {
                { "127.0.0.1", { { "127.0.0.1", ECONNREFUSED } }, PROBE_CONNECT_REFUSED,
                  "127.0.0.1:9", "connection refused" },
                { "127.0.0.1 ::1", { { "127.0.0.1", ECONNREFUSED }, { "::1", ECONNREFUSED } },
                  PROBE_CONNECT_REFUSED, "127.0.0.1:9", "connection refused (both addresses)" },
                { "127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4",
                  { { "127.0.0.1", ETIMEDOUT }, { "127.0.0.2", EHOSTUNREACH },
                    { "127.0.0.3", ECONNREFUSED }, { "127.0.0.4", EHOSTUNREACH } },
                  PROBE_CONNECT_REFUSED, "127.0.0.3:9",
                  "connection refused (1 of 4 addresses), no route to host (2), connection timed "
                  "out (1)" },
                { "::1 127.0.0.1", { { "::1", EADDRNOTAVAIL }, { "127.0.0.1", ENETUNREACH } },
                  PROBE_CONNECT_FAILED, "[::1]:9",
                  "cannot assign requested address (1 of 2 addresses), network is unreachable "
                  "(1)" },
                { "127.0.0.1 127.0.0.2 127.0.0.3",
                  { { "127.0.0.1", ECONNREFUSED }, { "127.0.0.2", EMFILE } }, PROBE_LOCAL,
                  "127.0.0.2:9", "too many open files" },
        };
        char str[ADDR_STR_MAX];
        struct world w;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                print_message("           %s\n", ROWS[i].detail);
                world_start(&w, ROWS[i].addresses, 9, ROWS[i].says);
                run(&w, PATIENCE_US);
                assert_int_equal(w.result.outcome, ROWS[i].outcome);
                assert_string_equal(w.result.detail, ROWS[i].detail);
                assert_string_equal(addr_str(&w.result.address, str), ROWS[i].address);
                world_done(&w);
        }
}

static void silence_is_told_with_the_others_when_the_time_is_up(void **state)
{
        static const struct script SAYS[] = { { "127.0.0.3", EHOSTUNREACH }, { NULL } };
        struct listener hole;
        struct world w;

        (void)state;
        listener_open(&hole, "0.0.0.0", 0, true);
        world_start(&w, "127.0.0.1 127.0.0.2 127.0.0.3", hole.port, SAYS);
        w.race = race_start(w.base, w.addrs, w.n, 40000, on_done, &w);
        while (!strstr(tried, "127.0.0.3"))
                event_base_loop(w.base, EVLOOP_ONCE);
        race_give_up(w.race, &w.result);
        assert_int_equal(w.calls, 0);
        assert_int_equal(w.result.outcome, PROBE_CONNECT_FAILED);
        assert_non_null(strstr(w.result.detail, "no route to host (1 of 3 addresses), no answer "
                                                "(2, waited "));
        world_done(&w);

        world_start(&w, "127.0.0.1 127.0.0.2", hole.port, NULL);
        w.race = race_start(w.base, w.addrs, w.n, PATIENCE_US, on_done, &w);
        race_give_up(w.race, &w.result);
        assert_int_equal(w.result.outcome, PROBE_CONNECT_TIMEOUT);
        assert_non_null(strstr(w.result.detail, "no answer (1 of 2 addresses, waited "));
        assert_non_null(strstr(w.result.detail, ", not tried (1)"));
        world_done(&w);
        listener_close(&hole);
}

static void one_live_address_among_fifty_is_found(void **state)
{
        char addresses[1024] = "";
        struct listener hole, live;
        size_t before;
        struct world w;

        (void)state;
        listener_open(&hole, "0.0.0.0", 0, true);
        listener_open(&live, "127.0.0.50", hole.port, false);
        for (int i = 1; i <= 50; i++)
                sprintf(addresses + strlen(addresses), "%s127.0.0.%d", i > 1 ? " " : "", i);
        world_start(&w, addresses, hole.port, NULL);
        before = open_descriptors();
        run(&w, PATIENCE_US / 5); /* it does not end by itself */
        assert_int_equal(w.result.outcome, PROBE_OK);
        assert_int_equal(addr_compare(&w.result.address, &w.addrs[49]), 0);
        assert_in_range(most_sockets, before + 2, before + RACE_MAX_SOCKETS);
        assert_true(open_descriptors() <= before);
        world_done(&w);
        listener_close(&live);
        listener_close(&hole);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_families_take_turns),
                cmocka_unit_test(failures_are_counted_the_most_telling_first),
                cmocka_unit_test(silence_is_told_with_the_others_when_the_time_is_up),
                cmocka_unit_test(one_live_address_among_fifty_is_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
