/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/monitor.h - the only glue: an endpoint is due, a worker looks at it, the judge
 * says what changed, the store keeps it together with the messages, delivery sends them.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct event_base;
struct monitor;
struct store;

/*
 * Starts watching @config with @store (both outlive it; a reference to the config is taken). 0, or
 * -errno with *ret_error (malloc'ed).
 */
int monitor_new(struct monitor **ret, struct event_base *base, struct config *config,
                struct store *store, char **ret_error);

/*
 * Goes over to another configuration: endpoints whose id is the same keep their state and beat,
 * gone ones are resolved, new ones are probed soon. On failure everything stays as it was.
 */
int monitor_reload(struct monitor *m, struct config *config, char **ret_error);

/* Another configuration was to be had, and could not be for @why: that is shown until one can. */
void monitor_note_refused(struct monitor *m, const char *why);

/* Stops probing and keeps what is known; deliveries go on. monitor_free() comes next. */
void monitor_stop(struct monitor *m);

/* Has that been done? */
bool monitor_stopping(const struct monitor *m);

/* True while a message is under way. */
bool monitor_delivering(const struct monitor *m);

void monitor_free(struct monitor *m); /* NULL is fine */

/* "24 endpoints: 3 critical, 1 warning; 0 messages wait" - for STATUS= and people. */
void monitor_summary(struct monitor *m, char *out, size_t size);

/* Do the workers answer? What the watchdog asks; that the main loop runs is why it can ask. */
bool monitor_healthy(const struct monitor *m);

/* Why the schedule is not kept, for people; malloc'ed; NULL = it is. */
char *monitor_trouble(const struct monitor *m);

/*
 * Everything `notafter status` shows, as a new reference; at most @max_endpoints of them, the worst
 * first.
 */
json_t *monitor_status(struct monitor *m, size_t max_endpoints);

/* The same without the lists: of what waits for receivers, silences and endpoints. */
json_t *monitor_self(struct monitor *m);

struct exam_report;
struct monitor_look;
typedef void monitor_look_fn(const struct exam_report *report, void *arg);

struct monitor_ask {
        const char *target; /* "example.com:443", "https://example.com/", or a name */
        const char *module; /* of another exporter's configuration: see aims.h; or NULL */
        int64_t timeout_ms;
};

/*
 * Looks now, or shares the look that is under way. A configured endpoint is looked at as it is
 * configured, within its limits, and what is seen is judged and kept; another target only if
 * `probe.allow` has it. @on_done is called once, never from inside, with a report that is borrowed,
 * or with NULL when the time was over. -ENOENT: it is neither configured nor allowed; -EINVAL: it
 * is no target; -EBUSY: too many that are not configured are under way.
 */
int monitor_look(struct monitor *m, struct monitor_look **ret, const struct monitor_ask *ask,
                 monitor_look_fn *on_done, void *arg);
void monitor_look_cancel(struct monitor_look *l); /* before @on_done; NULL is fine */
