/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What systemd is told (sd_notify(3)): READY when the first probe may start, RELOADING with the
 * monotonic time as notify-reload wants it, STATUS in words, WATCHDOG while the schedule is kept,
 * STOPPING. Without systemd all of that is a no-op.
 */
#include "daemon/app/service.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "config/loader.h"
#include "config/model.h"
#include "daemon/app/args.h"
#include "daemon/app/control.h"
#include "daemon/app/glob_watch.h"
#include "daemon/monitor/commands.h"
#include "daemon/monitor/descriptors.h"
#include "daemon/monitor/monitor.h"
#include "daemon/store/store.h"
#include "daemon/web/web.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#define STATUS_PERIOD_S 10
#define STOP_PATIENCE_MS 1500 /* for messages under way; systemd and people expect two seconds */
#define STOP_LOOK_MS 20
#define SUMMARY_MAX 1024

/*
 * From this size on memory goes back to the system when it is freed: what a configuration holds,
 * above all. glibc would raise the threshold by itself as large pieces are freed, and then keep the
 * next in its heap, where a single string that came later keeps them from going back.
 */
#define MMAP_THRESHOLD (256 << 10)

struct service {
        const char *config_path;
        struct config *config;
        char *state, *socket; /* as they were at the start, and until a restart ... */
        int64_t workers;      /* ... like this */
        struct event_base *base;
        struct store *store;
        struct monitor *monitor;
        struct control *control;
        struct web *web;
        struct glob_watch *globs;
        struct event *on_term, *on_int, *on_hup, *status_timer, *watchdog_timer, *stop_timer;
        int64_t stop_by_ms;
};

/* --- configuration ---------------------------------------------------------------------------- */

/* On failure every error is in the log, and *ret_error is the first, malloc'ed. */
static int load_config(const char *path, struct config **ret, char **ret_error)
{
        struct config_errors errors = { 0 };
        int r = config_load(ret, path, &errors);

        for (size_t i = 0; i < errors.n; i++)
                log_error("%s", errors.items[i]);
        if (r < 0)
                *ret_error = mem_strdup(errors.items[0]);
        config_errors_done(&errors);
        return r;
}

/* Each line of @text as an error of its own, of which the first is what is left of @text. */
static void log_lines(char *text)
{
        char *save = NULL;

        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
                log_error("%s", line);
}

static void warn_unless_same(const char *key, const char *used, const char *wanted)
{
        if (strcmp(used, wanted) != 0)
                log_warning("'%s' is %s and stays %s: to change it takes a restart", key, wanted,
                            used);
}

/* libevent's own words, which would go to standard error as they are. */
static void on_libevent_log(int severity, const char *text)
{
        if (severity == EVENT_LOG_ERR || severity == EVENT_LOG_WARN)
                log_warning("libevent: %s", text);
        else
                log_debug("libevent: %s", text);
}

/* What is to be said of patterns, unless it was said of those of @before (or NULL). */
static void warn_of_globs(const struct config *config, const struct config *before)
{
        for (size_t i = 0; i < config->n_globs; i++) {
                AUTO_FREE char *text = config_glob_warning(&config->globs[i]);
                bool told = !text;

                for (size_t k = 0; !told && before && k < before->n_globs; k++) {
                        AUTO_FREE char *other = config_glob_warning(&before->globs[k]);

                        told = other && strcmp(other, text) == 0;
                }
                if (!told)
                        log_warning("%s", text);
        }
}

/*
 * All of @config or nothing; then *ret_error is the first reason, malloc'ed. What is served goes
 * first, since the way back harms nobody there.
 */
static int take_over(struct service *s, struct config *config, char **ret_error)
{
        int r = web_reload(s->web, config, ret_error);

        if (r == 0) {
                r = monitor_reload(s->monitor, config, ret_error);
                if (r < 0) {
                        AUTO_FREE char *more = NULL;

                        if (web_reload(s->web, s->config, &more) < 0)
                                log_lines(more);
                }
        }
        if (r < 0)
                log_lines(*ret_error);
        return r;
}

/* For who asks later than the log, which has it all. */
static void refuse(struct service *s, const char *verdict, const char *why)
{
        log_error("%s %s: the old configuration stays", s->config_path, verdict);
        monitor_note_refused(s->monitor, why);
}

/* What is missing for it to be of use. */
static void warn_of_gaps(const struct service *s)
{
        char summary[SUMMARY_MAX];

        monitor_summary(s->monitor, summary, sizeof(summary));
        if (s->config->n_endpoints == 0)
                log_warning("%s", summary);
        if (s->config->n_receivers == 0)
                log_warning("no receivers are configured: only this log tells of problems");
}

/* Takes the new configuration or keeps the old one; the log says which and why. */
static void reload(struct service *s)
{
        CLEANUP(config_unref_at_exit) struct config *config = NULL;
        AUTO_FREE char *error = NULL;

        if (load_config(s->config_path, &config, &error) < 0) {
                refuse(s, "has errors", error);
        } else if (take_over(s, config, &error) < 0) {
                refuse(s, "cannot be used", error);
        } else {
                warn_unless_same("state", s->state, config->state);
                warn_unless_same("socket", s->socket, config->socket);
                if (s->workers != config->workers)
                        log_warning("'workers' changed: that takes a restart");
                warn_of_globs(config, s->config);
                config_unref(s->config);
                s->config = config_ref(config);
                glob_watch_follow(s->globs, config);
                log_info("reloaded %s: %zu endpoint%s, %zu receiver%s", s->config_path,
                         config->n_endpoints, config->n_endpoints == 1 ? "" : "s",
                         config->n_receivers, config->n_receivers == 1 ? "" : "s");
                warn_of_gaps(s);
        }
}

/* --- what systemd is told --------------------------------------------------------------------- */

static void tell_status(struct service *s)
{
        char summary[SUMMARY_MAX];

        monitor_summary(s->monitor, summary, sizeof(summary));
        sd_notifyf(0, "STATUS=%s", summary);
}

static void on_status(evutil_socket_t fd, short what, void *arg)
{
        (void)fd; (void)what;
        tell_status(arg);
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
        struct service *s = arg;

        (void)fd; (void)what;
        if (monitor_healthy(s->monitor))
                sd_notify(0, "WATCHDOG=1");
        else
                log_error("the schedule is stalled: letting the watchdog end this process");
}

static void on_reload(evutil_socket_t fd, short what, void *arg)
{
        struct service *s = arg;

        (void)fd; (void)what;
        if (s->stop_by_ms)
                return; /* it is too late for that */
        sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono_us());
        reload(s);
        sd_notify(0, "READY=1");
        tell_status(s);
}

static void on_globs(void *arg)
{
        log_info("files that were watched by a pattern are gone, or there are new ones");
        on_reload(-1, 0, arg);
}

/* --- stopping --------------------------------------------------------------------------------- */

static void on_stop_look(evutil_socket_t fd, short what, void *arg)
{
        struct service *s = arg;

        (void)fd; (void)what;
        if (monitor_delivering(s->monitor) && clock_mono_ms() < s->stop_by_ms)
                return;
        if (!s->web)
                event_base_loopbreak(s->base);
        web_free(s->web); /* whose connections end in the rounds before the next look */
        s->web = NULL;
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
        struct service *s = arg;

        (void)what;
        if (s->stop_by_ms)
                return; /* we are at it */
        log_info("stopping on %s", fd == SIGINT ? "SIGINT" : "SIGTERM");
        sd_notify(0, "STOPPING=1");
        s->stop_by_ms = clock_mono_ms() + STOP_PATIENCE_MS;
        monitor_stop(s->monitor);
        event_add(s->stop_timer, &(struct timeval){ .tv_usec = STOP_LOOK_MS * 1000 });
        event_active(s->stop_timer, EV_TIMEOUT, 0);
}

/* --- starting --------------------------------------------------------------------------------- */

static json_t *answer(const json_t *request, void *arg)
{
        struct service *s = arg;

        return monitor_command(s->monitor, request);
}

static bool arm_events(struct service *s)
{
        uint64_t watchdog_us = 0;

        s->on_term = evsignal_new(s->base, SIGTERM, on_stop, s);
        s->on_int = evsignal_new(s->base, SIGINT, on_stop, s);
        s->on_hup = evsignal_new(s->base, SIGHUP, on_reload, s);
        s->status_timer = event_new(s->base, -1, EV_PERSIST, on_status, s);
        s->watchdog_timer = event_new(s->base, -1, EV_PERSIST, on_watchdog, s);
        s->stop_timer = event_new(s->base, -1, EV_PERSIST, on_stop_look, s);
        s->globs = glob_watch_new(s->base, on_globs, s);
        if (!s->on_term || !s->on_int || !s->on_hup || !s->status_timer || !s->watchdog_timer ||
            !s->stop_timer || !s->globs)
                return false;
        event_add(s->on_term, NULL);
        event_add(s->on_int, NULL);
        event_add(s->on_hup, NULL);
        if (getenv("NOTIFY_SOCKET"))
                event_add(s->status_timer, &(struct timeval){ .tv_sec = STATUS_PERIOD_S });
        if (sd_watchdog_enabled(0, &watchdog_us) > 0)
                event_add(s->watchdog_timer, &(struct timeval){
                        .tv_sec = (time_t)(watchdog_us / 2000000),
                        .tv_usec = (suseconds_t)(watchdog_us / 2 % 1000000),
                });
        return true;
}

static int open_store(struct service *s)
{
        AUTO_FREE char *note = NULL;
        int r = store_open(&s->store, s->config->state, &note);

        if (note)
                log_error("%s", note);
        if (r < 0 && !note)
                log_error("cannot open the state in %s: %s", s->config->state, strerror(-r));
        return r;
}

static int start(struct service *s)
{
        AUTO_FREE char *error = NULL;
        int r = load_config(s->config_path, &s->config, &error);

        if (r < 0)
                return r;
        s->state = mem_strdup(s->config->state);
        s->socket = mem_strdup(s->config->socket);
        s->workers = s->config->workers;
        descriptors_raise();
        warn_of_globs(s->config, NULL);
        event_set_log_callback(on_libevent_log);
        s->base = event_base_new();
        if (!s->base || !arm_events(s)) {
                log_error("cannot make an event loop");
                return -1;
        }
        r = control_new(&s->control, s->base, s->config->socket, answer, s);
        if (r < 0) {
                log_error("cannot listen at %s: %s", s->config->socket,
                          r == -EEXIST       ? "there is something else, which is no socket"
                          : r == -EADDRINUSE ? "another notafter listens there"
                                             : strerror(-r));
                return r;
        }
        r = open_store(s);
        if (r < 0)
                return r;
        glob_watch_follow(s->globs, s->config);
        r = monitor_new(&s->monitor, s->base, s->config, s->store, &error);
        if (r == 0)
                r = web_new(&s->web, s->base, s->monitor, s->config, &error);
        if (r < 0)
                log_lines(error);
        return r;
}

static void finish(struct service *s)
{
        struct event *events[] = {
                s->on_term, s->on_int, s->on_hup, s->status_timer, s->watchdog_timer, s->stop_timer,
        };

        control_free(s->control);
        web_free(s->web);
        glob_watch_free(s->globs);
        monitor_free(s->monitor);
        store_close(s->store);
        for (size_t i = 0; i < ARRAY_LEN(events); i++)
                if (events[i])
                        event_free(events[i]);
        if (s->base)
                event_base_free(s->base);
        config_unref(s->config);
        free(s->state);
        free(s->socket);
}

int service_run(const char *config_path)
{
        struct service s = { .config_path = config_path };

        mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
        int r = start(&s);
        int status = r == 0         ? EXIT_OK
                     : r == -EINVAL ? EXIT_CRITICAL /* the configuration: no use to start again */
                                    : EXIT_UNKNOWN;

        if (r == 0) {
                log_info("notafter %s watches %zu endpoint%s for %zu receiver%s", NOTAFTER_VERSION,
                         s.config->n_endpoints, s.config->n_endpoints == 1 ? "" : "s",
                         s.config->n_receivers, s.config->n_receivers == 1 ? "" : "s");
                warn_of_gaps(&s);
                sd_notify(0, "READY=1");
                tell_status(&s);
                event_base_dispatch(s.base);
                log_info("stopped");
        }
        finish(&s);
        return status;
}
