/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place where threads meet, and they meet at two kinds of mailbox: each worker's for
 * jobs, and one at home for reports. A mailbox is a list behind a mutex and an eventfd that wakes
 * its loop when the list was empty before. A job is owned by whoever holds it; nothing else is
 * shared, but for a few numbers that are shown. Reports go home in batches: to wake a thread costs
 * as much as many of them.
 */
#include "daemon/probe/workers.h"

#include "common/base/clock.h"
#include "common/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#define BATCH_MS 10 /* a report waits for others as long as this */
#define TOLERATED_LOAD 16 /* jobs that a worker may have while another has none */

TAILQ_HEAD(job_list, job);

struct job {
        TAILQ_ENTRY(job) link;
        struct worker *worker;
        struct exam_request req;
        void *cookie;
        int64_t started_ms;
        struct exam_report *report; /* once it is done */
};

struct mailbox {
        pthread_mutex_t lock;
        struct job_list jobs;
        bool closed; /* the reader shall end */
        int fd;
};

/* One thread writes, another reads; they need not fit together. */
struct cache_numbers {
        _Atomic uint64_t hits, misses, entries;
};

struct worker {
        struct workers *pool;
        pthread_t thread;
        bool has_thread;
        size_t load; /* jobs it was given and has not reported; the home thread's business */
        struct mailbox inbox;
        struct cache_numbers caches[EXAM_CACHE_COUNT];
        /* of its own thread only: */
        struct event_base *base;
        struct event on_inbox;
        struct examiner *examiner;
        struct job_list running, done;
        struct event send_done;
};

struct workers {
        struct worker *workers; /* the last one reads files, the others probe */
        size_t n;
        struct mailbox reports;
        struct event on_reports;
        struct event deliver;
        struct job_list ready; /* taken out of .reports, to be delivered one per turn */
        workers_done_fn *on_done;
        void *arg;
};

/* ---- mailboxes ------------------------------------------------------------------------------ */

static int mailbox_init(struct mailbox *m)
{
        pthread_mutex_init(&m->lock, NULL);
        TAILQ_INIT(&m->jobs);
        m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        return m->fd < 0 ? -errno : 0;
}

static void job_free(struct job *j)
{
        trust_unref((struct trust *)j->req.pools.learned);
        exam_report_free(j->report);
        free(j);
}

static void free_jobs(struct job_list *jobs)
{
        struct job *j;

        while ((j = TAILQ_FIRST(jobs))) {
                TAILQ_REMOVE(jobs, j, link);
                job_free(j);
        }
}

static void mailbox_done(struct mailbox *m)
{
        free_jobs(&m->jobs);
        pthread_mutex_destroy(&m->lock);
        if (m->fd >= 0)
                close(m->fd);
}

/* An eventfd that is not read for 2^64 - 1 wake-ups would refuse the next: that cannot be. */
static void mailbox_wake(struct mailbox *m)
{
        ssize_t n = write(m->fd, &(uint64_t){ 1 }, sizeof(uint64_t));

        assert(n == sizeof(uint64_t));
        (void)n;
}

/* All of @jobs, one at least. */
static void mailbox_put(struct mailbox *m, struct job_list *jobs)
{
        pthread_mutex_lock(&m->lock);
        bool was_empty = TAILQ_EMPTY(&m->jobs);

        TAILQ_CONCAT(&m->jobs, jobs, link);
        pthread_mutex_unlock(&m->lock);
        if (was_empty)
                mailbox_wake(m);
}

static void mailbox_close(struct mailbox *m)
{
        pthread_mutex_lock(&m->lock);
        m->closed = true;
        pthread_mutex_unlock(&m->lock);
        mailbox_wake(m);
}

/* Appends all that is there to @ret. False when the mailbox is closed. */
static bool mailbox_take(struct mailbox *m, struct job_list *ret)
{
        uint64_t wakeups;

        (void)!read(m->fd, &wakeups, sizeof(wakeups));
        pthread_mutex_lock(&m->lock);
        bool is_open = !m->closed;

        TAILQ_CONCAT(ret, &m->jobs, link);
        pthread_mutex_unlock(&m->lock);
        return is_open;
}

/* ---- a worker ------------------------------------------------------------------------------- */

static void on_examined(struct exam_report *report, void *arg)
{
        struct job *j = arg;
        struct worker *w = j->worker;

        TAILQ_REMOVE(&w->running, j, link);
        j->report = report;
        report->started_ms = j->started_ms;
        if (TAILQ_EMPTY(&w->done))
                event_add(&w->send_done, &(struct timeval){ .tv_usec = BATCH_MS * 1000 });
        TAILQ_INSERT_TAIL(&w->done, j, link);
}

static void show_caches(struct worker *w)
{
        for (int i = 0; i < EXAM_CACHE_COUNT; i++) {
                struct exam_cache_stats is = examiner_cache(w->examiner, (enum exam_cache)i);

                atomic_store_explicit(&w->caches[i].hits, is.hits, memory_order_relaxed);
                atomic_store_explicit(&w->caches[i].misses, is.misses, memory_order_relaxed);
                atomic_store_explicit(&w->caches[i].entries, is.entries, memory_order_relaxed);
        }
}

static void on_send_done(evutil_socket_t fd, short what, void *arg)
{
        struct worker *w = arg;

        (void)fd;
        (void)what;
        show_caches(w);
        mailbox_put(&w->pool->reports, &w->done);
}

static void on_inbox(evutil_socket_t fd, short what, void *arg)
{
        struct worker *w = arg;
        struct job_list jobs = TAILQ_HEAD_INITIALIZER(jobs);
        bool is_open = mailbox_take(&w->inbox, &jobs);
        struct job *j;

        (void)fd;
        (void)what;
        if (!is_open) {
                free_jobs(&jobs);
                event_base_loopbreak(w->base);
                return;
        }
        while ((j = TAILQ_FIRST(&jobs))) {
                TAILQ_REMOVE(&jobs, j, link);
                TAILQ_INSERT_TAIL(&w->running, j, link);
                j->started_ms = clock_boot_ms();
                exam_start(w->examiner, &j->req, on_examined, j);
        }
}

static void *worker_main(void *arg)
{
        struct worker *w = arg;

        event_base_dispatch(w->base);
        examiner_free(w->examiner); /* here: OpenSSL and c-ares keep things per thread */
        w->examiner = NULL;
        free_jobs(&w->running);
        free_jobs(&w->done);
        return NULL;
}

/* Signals are the main thread's: a thread inherits the mask of the one that makes it. */
static int worker_launch(struct worker *w, size_t i)
{
        char name[16]; /* the kernel's limit */
        sigset_t all, before;

        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        int e = pthread_create(&w->thread, NULL, worker_main, w);

        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (e != 0)
                return -e;
        w->has_thread = true;
        if (i + 1 < w->pool->n)
                snprintf(name, sizeof(name), "probe-%zu", i);
        else
                snprintf(name, sizeof(name), "files");
        pthread_setname_np(w->thread, name);
        return 0;
}

static int worker_start(struct worker *w, size_t i, const char *dns_servers)
{
        w->base = event_base_new();
        if (!w->base)
                return -ENOMEM;
        int r = examiner_new(&w->examiner, w->base, dns_servers);

        if (r < 0)
                return r;
        event_assign(&w->on_inbox, w->base, w->inbox.fd, EV_READ | EV_PERSIST, on_inbox, w);
        event_add(&w->on_inbox, NULL);
        evtimer_assign(&w->send_done, w->base, on_send_done, w);
        return worker_launch(w, i);
}

static void worker_stop(struct worker *w)
{
        if (w->has_thread)
                pthread_join(w->thread, NULL);
        examiner_free(w->examiner); /* only if the thread never ran */
        if (w->base)
                event_base_free(w->base);
        mailbox_done(&w->inbox);
}

/* ---- home ----------------------------------------------------------------------------------- */

/* One per turn: the callback is the last act, it may free the pool. */
static void on_deliver(evutil_socket_t fd, short what, void *arg)
{
        struct workers *pool = arg;
        struct job *j = TAILQ_FIRST(&pool->ready);

        (void)fd;
        (void)what;
        if (!j)
                return;
        TAILQ_REMOVE(&pool->ready, j, link);
        if (!TAILQ_EMPTY(&pool->ready))
                event_active(&pool->deliver, EV_TIMEOUT, 1);

        struct exam_report *report = TAKE(j->report);
        void *cookie = j->cookie;

        j->worker->load--;
        job_free(j);
        pool->on_done(report, cookie, pool->arg);
}

static void on_reports(evutil_socket_t fd, short what, void *arg)
{
        struct workers *pool = arg;

        (void)fd;
        (void)what;
        mailbox_take(&pool->reports, &pool->ready);
        if (!TAILQ_EMPTY(&pool->ready))
                event_active(&pool->deliver, EV_TIMEOUT, 1);
}

static int pool_init(struct workers *pool, struct event_base *base, size_t n)
{
        int r = mailbox_init(&pool->reports);

        TAILQ_INIT(&pool->ready);
        event_assign(&pool->deliver, base, -1, 0, on_deliver, pool);
        event_assign(&pool->on_reports, base, pool->reports.fd, EV_READ | EV_PERSIST, on_reports,
                     pool);
        pool->workers = mem_new0(n, sizeof(*pool->workers));
        for (pool->n = 0; r == 0 && pool->n < n; pool->n++) {
                struct worker *w = &pool->workers[pool->n];

                w->pool = pool;
                TAILQ_INIT(&w->running);
                TAILQ_INIT(&w->done);
                r = mailbox_init(&w->inbox);
        }
        return r < 0 ? r : event_add(&pool->on_reports, NULL) < 0 ? -ENOMEM : 0;
}

int workers_new(struct workers **ret, struct event_base *base, size_t n, const char *dns_servers,
                workers_done_fn *on_done, void *arg)
{
        struct workers *pool = mem_new0(1, sizeof(*pool));

        assert(n > 0);
        pool->on_done = on_done;
        pool->arg = arg;
        int r = pool_init(pool, base, n + 1);

        for (size_t i = 0; r == 0 && i < pool->n; i++)
                r = worker_start(&pool->workers[i], i, dns_servers);
        if (r < 0) {
                workers_free(pool);
                return r;
        }
        *ret = pool;
        return 0;
}

/* The same for the same @kin, as long as it is not much busier than others. */
static struct worker *choose(const struct workers *pool, uint32_t kin)
{
        uint32_t mixed = kin * UINT32_C(2654435769) >> 16; /* Fibonacci hashing */
        size_t n = pool->n - 1;
        struct worker *usual = &pool->workers[mixed % n], *idlest = usual;

        for (size_t i = 0; i < n; i++)
                if (pool->workers[i].load < idlest->load)
                        idlest = &pool->workers[i];
        return usual->load <= 2 * idlest->load + TOLERATED_LOAD ? usual : idlest;
}

void workers_submit(struct workers *pool, const struct exam_request *req, uint32_t kin,
                    void *cookie)
{
        struct worker *w = req->file ? &pool->workers[pool->n - 1] : choose(pool, kin);
        struct job_list one = TAILQ_HEAD_INITIALIZER(one);
        struct job *j = mem_new0(1, sizeof(*j));

        w->load++;
        j->worker = w;
        j->req = *req;
        trust_ref((struct trust *)req->pools.learned); /* the next snapshot may be there first */
        j->cookie = cookie;
        TAILQ_INSERT_TAIL(&one, j, link);
        mailbox_put(&w->inbox, &one);
}

size_t workers_count(const struct workers *pool)
{
        return pool->n - 1;
}

struct exam_cache_stats workers_cache(const struct workers *pool, enum exam_cache cache)
{
        struct exam_cache_stats all = { 0 };

        for (size_t i = 0; i < pool->n; i++) {
                const struct cache_numbers *c = &pool->workers[i].caches[cache];

                all.hits += atomic_load_explicit(&c->hits, memory_order_relaxed);
                all.misses += atomic_load_explicit(&c->misses, memory_order_relaxed);
                all.entries += atomic_load_explicit(&c->entries, memory_order_relaxed);
        }
        return all;
}

void workers_free(struct workers *pool)
{
        if (!pool)
                return;
        for (size_t i = 0; i < pool->n; i++)
                if (pool->workers[i].has_thread) /* all first: they end at the same time */
                        mailbox_close(&pool->workers[i].inbox);
        for (size_t i = 0; i < pool->n; i++)
                worker_stop(&pool->workers[i]);
        event_del(&pool->on_reports);
        event_del(&pool->deliver);
        free_jobs(&pool->ready);
        mailbox_done(&pool->reports);
        free(pool->workers);
        free(pool);
}
