/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread lives for one look: it reads the configuration, which never changes, and leaves one
 * answer. Everything else, the references too, is the business of the main thread.
 */
#include "daemon/app/glob_watch.h"

#include "common/base/mem.h"
#include "config/model.h"

#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PERIOD_S 60
#define MAX_PERIOD_S 3600 /* while the configuration cannot be loaded */
#define CERTAIN_S 5       /* after the first sight of a change */

struct glob_watch {
        struct event *timer, *on_looked;
        int fd; /* the thread tells that it is done */
        glob_watch_fn *on_change;
        void *arg;
        struct config *config; /* a reference */
        time_t period_s;
        bool suspect; /* the last look has seen a change */
        pthread_t thread;
        struct config *looking; /* a reference for the thread; NULL = there is none */
        bool changed;           /* its answer */
};

static void arm(struct glob_watch *w, time_t wait_s)
{
        if (w->config->n_globs > 0)
                evtimer_add(w->timer, &(struct timeval){ .tv_sec = wait_s });
}

static void *look(void *arg)
{
        struct glob_watch *w = arg;
        bool changed = false;

        for (size_t i = 0; !changed && i < w->looking->n_globs; i++)
                changed = config_glob_changed(&w->looking->globs[i]);
        w->changed = changed;
        (void)!write(w->fd, &(uint64_t){ 1 }, sizeof(uint64_t)); /* it cannot be full */
        return NULL;
}

/* Signals are the main thread's. */
static bool start_thread(struct glob_watch *w)
{
        sigset_t all, before;

        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        int e = pthread_create(&w->thread, NULL, look, w);

        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return e == 0;
}

static void on_due(evutil_socket_t fd, short what, void *arg)
{
        struct glob_watch *w = arg;

        (void)fd; (void)what;
        w->looking = config_ref(w->config);
        if (start_thread(w))
                return;
        config_unref(w->looking);
        w->looking = NULL;
        arm(w, w->period_s);
}

static void end_thread(struct glob_watch *w)
{
        pthread_join(w->thread, NULL);
        config_unref(w->looking);
        w->looking = NULL;
}

static void on_looked(evutil_socket_t fd, short what, void *arg)
{
        struct glob_watch *w = arg;
        uint64_t n;
        bool outdated = w->looking != w->config;

        (void)what;
        (void)!read(fd, &n, sizeof(n));
        end_thread(w);
        if (outdated || !w->changed) {
                w->suspect = false;
                arm(w, w->period_s);
        } else if (!w->suspect) {
                w->suspect = true;
                arm(w, CERTAIN_S);
        } else { /* unless it is followed by a new configuration */
                w->period_s = 2 * w->period_s < MAX_PERIOD_S ? 2 * w->period_s : MAX_PERIOD_S;
                arm(w, w->period_s);
                w->on_change(w->arg);
        }
}

struct glob_watch *glob_watch_new(struct event_base *base, glob_watch_fn *on_change, void *arg)
{
        struct glob_watch *w = mem_new0(1, sizeof(*w));

        w->on_change = on_change;
        w->arg = arg;
        w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        w->timer = evtimer_new(base, on_due, w);
        if (w->fd >= 0)
                w->on_looked = event_new(base, w->fd, EV_READ | EV_PERSIST, on_looked, w);
        if (!w->timer || !w->on_looked || event_add(w->on_looked, NULL) < 0) {
                glob_watch_free(w);
                return NULL;
        }
        return w;
}

void glob_watch_free(struct glob_watch *w)
{
        if (!w)
                return;
        if (w->looking)
                end_thread(w);
        if (w->timer)
                event_free(w->timer);
        if (w->on_looked)
                event_free(w->on_looked);
        if (w->fd >= 0)
                close(w->fd);
        config_unref(w->config);
        free(w);
}

void glob_watch_follow(struct glob_watch *w, struct config *config)
{
        config_unref(w->config);
        w->config = config_ref(config);
        w->period_s = PERIOD_S;
        w->suspect = false;
        if (w->config->n_globs == 0)
                evtimer_del(w->timer);
        else if (!w->looking)
                arm(w, PERIOD_S);
}
