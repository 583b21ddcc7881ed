/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many requests over a few threads: each is answered once, on the thread of the home loop, and the
 * pool may be freed whatever is in flight.
 */
#include "daemon/probe/workers.h"

#include "tests/support/hostile_server.h"

#include <dirent.h>
#include <event2/event.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REQUESTS 200
#define WORKERS 3
#define PATIENCE_MS 20000 /* 200 handshakes under a sanitizer, on a busy machine */

struct world {
        struct event_base *base;
        struct workers *workers;
        struct trust *anchors;
        pthread_t home;
        size_t calls;
        size_t wanted;
        int answers[REQUESTS]; /* the cookies point into it */
        enum probe_outcome outcome;
        bool free_in_callback;
};

static void on_done(struct exam_report *report, void *cookie, void *arg)
{
        struct world *w = arg;
        int *answers = cookie;

        assert_true(pthread_equal(pthread_self(), w->home));
        (*answers)++;
        w->outcome = report->probe.outcome;
        exam_report_free(report);
        if (++w->calls == w->wanted)
                event_base_loopbreak(w->base);
        if (w->free_in_callback) {
                workers_free(w->workers);
                w->workers = NULL;
        }
}

static void world_init(struct world *w)
{
        *w = (struct world){ .base = event_base_new(), .home = pthread_self() };
        w->anchors = trust_new(NULL, 0);
        assert_int_equal(workers_new(&w->workers, w->base, WORKERS, NULL, on_done, w), 0);
}

static void world_done(struct world *w)
{
        workers_free(w->workers);
        trust_unref(w->anchors);
        event_base_free(w->base);
}

static void submit(struct world *w, const struct hostile_server *server, size_t n)
{
        struct exam_request req = {
                .probe = {
                        .host = "127.0.0.1",
                        .port = hostile_port(server),
                        .server_name = "localhost",
                        .timeout_ms = PATIENCE_MS,
                        .step_timeout_ms = PATIENCE_MS,
                },
                .reference = "localhost",
                .anchors = w->anchors,
                .policy = &POLICY_DEFAULT,
        };

        w->wanted = n;
        for (size_t i = 0; i < n; i++)
                workers_submit(w->workers, &req, (uint32_t)i, &w->answers[i]);
}

static void run_for(struct world *w, int ms)
{
        struct timeval tv = { .tv_usec = ms * 1000 };

        event_base_loopexit(w->base, &tv);
        event_base_dispatch(w->base);
}

static void every_request_is_answered_once(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_NOTHING };
        CLEANUP(hostile_stop_at_exit) struct hostile_server *server = hostile_start(&options);
        struct world w;

        (void)state;
        world_init(&w);
        submit(&w, server, REQUESTS);
        event_base_dispatch(w.base);
        assert_int_equal(w.calls, REQUESTS);
        assert_int_equal(w.outcome, PROBE_OK);
        for (size_t i = 0; i < REQUESTS; i++)
                assert_int_equal(w.answers[i], 1);
        world_done(&w);
}

/* Of one certificate, each thread reads it once. */
static void caches_are_counted_over_all_threads(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_NOTHING };
        CLEANUP(hostile_stop_at_exit) struct hostile_server *server = hostile_start(&options);
        struct world w;

        (void)state;
        world_init(&w);
        submit(&w, server, REQUESTS);
        event_base_dispatch(w.base);
        for (int i = 0; i < EXAM_CACHE_COUNT; i++) {
                struct exam_cache_stats all = workers_cache(w.workers, (enum exam_cache)i);

                assert_in_range(all.entries, 1, WORKERS);
                assert_int_equal(all.misses, all.entries);
                assert_int_equal(all.hits + all.misses, REQUESTS);
        }
        world_done(&w);
}

static void a_pool_may_be_freed_at_once_or_in_mid_flight(void **state)
{
        static const enum hostile_mode MODES[] = { HOSTILE_NOTHING, HOSTILE_SILENT, HOSTILE_HALF };
        static const int WAITS_MS[] = { 0, 1, 20 };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(MODES); i++) {
                struct hostile_options options = { .mode = MODES[i] };
                struct hostile_server *server = hostile_start(&options);

                for (size_t j = 0; j < ARRAY_LEN(WAITS_MS); j++) {
                        struct world w;

                        world_init(&w);
                        submit(&w, server, 50);
                        if (WAITS_MS[j])
                                run_for(&w, WAITS_MS[j]);
                        size_t calls = w.calls;

                        workers_free(w.workers);
                        w.workers = NULL;
                        run_for(&w, 1);
                        assert_int_equal(w.calls, calls); /* no callback runs any more */
                        world_done(&w);
                }
                hostile_stop(server);
        }
        workers_free(NULL);
}

static void a_callback_may_free_the_pool(void **state)
{
        struct hostile_options options = { .mode = HOSTILE_CLOSE };
        CLEANUP(hostile_stop_at_exit) struct hostile_server *server = hostile_start(&options);
        struct world w;

        (void)state;
        world_init(&w);
        w.free_in_callback = true;
        submit(&w, server, 20);
        w.wanted = 1;
        event_base_dispatch(w.base);
        run_for(&w, 5);
        assert_int_equal(w.calls, 1);
        world_done(&w);
}

/* The signals that the thread @tid blocks, if it is one of the pool; otherwise 0. */
static unsigned long long blocked_by_worker(const char *tid)
{
        char path[300], line[256];
        unsigned long long blocked = 0;
        unsigned number;
        bool is_worker = false;

        snprintf(path, sizeof(path), "/proc/self/task/%s/status", tid);
        FILE *f = fopen(path, "re");

        while (f && fgets(line, sizeof(line), f)) {
                is_worker = is_worker || sscanf(line, "Name: probe-%u", &number) == 1;
                sscanf(line, "SigBlk: %llx", &blocked);
        }
        if (f)
                fclose(f);
        return is_worker ? blocked : 0;
}

static void signals_are_left_to_the_home_thread(void **state)
{
        struct world w;
        sigset_t mask;
        size_t n = 0;

        (void)state;
        world_init(&w);
        pthread_sigmask(SIG_SETMASK, NULL, &mask);
        assert_int_equal(sigismember(&mask, SIGTERM), 0); /* ours is as before */

        DIR *tasks = opendir("/proc/self/task");

        for (struct dirent *d; (d = readdir(tasks));)
                n += blocked_by_worker(d->d_name) >> (SIGTERM - 1) & 1;
        closedir(tasks);
        assert_int_equal(n, WORKERS);
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_request_is_answered_once),
                cmocka_unit_test(caches_are_counted_over_all_threads),
                cmocka_unit_test(a_pool_may_be_freed_at_once_or_in_mid_flight),
                cmocka_unit_test(a_callback_may_free_the_pool),
                cmocka_unit_test(signals_are_left_to_the_home_thread),
        };

        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
