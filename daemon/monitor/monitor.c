/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of an endpoint, in the order of this file: due, handed to a worker, judged, kept. What
 * is believed changes only when it is on disk together with the messages about it: a commit that
 * fails puts the old belief back, and the next probe finds the change again.
 */
#include "daemon/monitor/monitor.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/alert/delivery.h"
#include "daemon/judge/judge.h"
#include "daemon/loop/http_client.h"
#include "daemon/monitor/alerts.h"
#include "daemon/monitor/beats.h"
#include "daemon/monitor/chases.h"
#include "daemon/monitor/clocks.h"
#include "daemon/monitor/commands_internal.h"
#include "daemon/monitor/disk.h"
#include "daemon/monitor/facts_of.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/gauges.h"
#include "daemon/monitor/handover.h"
#include "daemon/monitor/health.h"
#include "daemon/monitor/heartbeat.h"
#include "daemon/monitor/learned.h"
#include "daemon/monitor/limiter.h"
#include "daemon/monitor/asks.h"
#include "daemon/monitor/news.h"
#include "daemon/monitor/notify.h"
#include "daemon/monitor/pace.h"
#include "daemon/monitor/queue.h"
#include "daemon/monitor/roster.h"
#include "daemon/monitor/saving.h"
#include "daemon/monitor/schedule.h"
#include "daemon/monitor/sighting.h"
#include "daemon/monitor/silences.h"
#include "daemon/monitor/status.h"
#include "daemon/monitor/summary.h"
#include "daemon/probe/workers.h"
#include "daemon/store/groups.h"
#include "daemon/store/store.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS 10 /* we look no more often who is due: the loop sleeps meanwhile */
#define SLOW_US 1000000   /* a failure that takes longer is as good as silence */
#define SAVE_PERIOD_MS 5000 /* results without news are written in batches */
#define COMPLAIN_PERIOD_MS 60000
#define TOLERATED_LAG_MS 60000
#define FIRST_LOOKS_TOLD 50 /* of a configuration: who adds more reads no list of them */
#define LAG_PERIOD_MS (10 * 60000)
#define TIDY_PERIOD_MS (60 * 60000)
#define ALERT_LOOK_S 60 /* at the latest: the wall clock may be set */
#define ALERT_RETRY_S 5 /* to write what could not be written */
#define UNHEALTHY_SILENCE_MS (15 * 60000) /* the longest probe may take ten minutes */

struct monitor {
        struct event_base *base;
        struct store *store;
        struct fleet *fleet;
        uint64_t generation;  /* of .fleet */
        int64_t started_s, configured_s; /* wall clock; .fleet is of the second */
        char *refused;        /* why a later configuration was not taken; NULL = none was */
        size_t first_looks;   /* since then, at endpoints that turned out to have no problem */
        struct fleet *retired; /* of earlier configurations, with probes still under way */
        struct workers *workers;
        struct http_client *http;
        struct chases *chases;
        struct asks *asks; /* at members of .fleet, and guests of any */
        struct learned *learned;
        struct disk *disk; /* the files of .fleet */
        struct silences *silences;
        struct alerts *alerts;     /* by the configuration of .fleet */
        struct queue queue;        /* of .store and .alerts */
        struct delivery *delivery;
        struct heartbeat *heartbeat; /* by the configuration of .fleet */
        struct event *due_timer, *save_timer, *news_timer, *alert_timer, *greet_timer;
        struct news news; /* of the endpoints of .fleet */
        struct clocks clocks;
        int64_t clock_set_ms; /* clock_boot_ms() when the wall clock was set; 0 = never */
        int64_t due_look_ms; /* when we last looked who is due */
        int64_t tidied_ms; /* when the outbox was last looked through */
        bool stopped;
        bool store_fails;
        bool greeted;           /* every receiver knows what is open, or will */
        size_t greeted_to;      /* ... as far as this, in .fleet */
        size_t in_flight;       /* of all fleets */
        int64_t last_report_ms; /* when a worker last answered */
        int64_t pushed_out;     /* of the outbox, as far as we have complained */
        /* when we last complained */
        int64_t local_complaint_ms, store_complaint_ms, lag_complaint_ms, queue_complaint_ms;
        struct monitor_counts counts;
};

/* --- due -------------------------------------------------------------------------------------- */

static void arm_due(struct monitor *m)
{
        int64_t next = schedule_next_ms(m->fleet->schedule), tick = m->due_look_ms + TICK_MS;
        int64_t wait = (next > tick ? next : tick) - clock_boot_ms();
        struct timeval tv;

        if (next < 0 || m->stopped)
                return;
        if (wait < 0)
                wait = 0;
        tv = (struct timeval){ .tv_sec = wait / 1000, .tv_usec = wait % 1000 * 1000 };
        evtimer_add(m->due_timer, &tv);
}

static void submit(struct monitor *m, struct member *member)
{
        struct exam_request request;

        if (m->in_flight++ == 0)
                m->last_report_ms = clock_mono_ms(); /* silence counts from here */
        member->fleet->in_flight++;
        member->in_flight = true;
        fleet_request(member, &request);
        request.probe.only_resolve = member->resolving;
        request.pools.learned = learned_snapshot(m->learned, clock_mono_ms());
        workers_submit(m->workers, &request, member->seed, member);
}

/* An address that is not known yet is found first, so that it can be paced. */
static void start(struct monitor *m, struct member *member)
{
        member->waiting = false;
        member->resolving = member->address_key == 0 && member->cfg->target.kind == TARGET_NET;
        submit(m, member);
        health_note(member);
}

static void start_ready(struct monitor *m)
{
        struct fleet *f = m->fleet;
        size_t id;

        while (!m->stopped && limiter_next(f->limiter, &id))
                start(m, &f->members[id]);
}

/* To be called whenever the schedule or the limiter may have changed. */
static void go_on(struct monitor *m)
{
        start_ready(m);
        arm_due(m);
}

static void on_due(evutil_socket_t fd, short what, void *arg)
{
        struct monitor *m = arg;

        (void)fd; (void)what;
        m->due_look_ms = clock_boot_ms();
        beats_due(m->fleet, m->due_look_ms);
        go_on(m);
}

/* --- judged and kept -------------------------------------------------------------------------- */

/* May we say this again, or did we within @period_ms? */
static bool may_complain(int64_t *last_ms, int64_t period_ms)
{
        int64_t now_ms = clock_mono_ms();

        if (*last_ms && now_ms - *last_ms < period_ms)
                return false;
        *last_ms = now_ms;
        return true;
}

static void store_failed(struct monitor *m)
{
        m->store_fails = true;
        if (may_complain(&m->store_complaint_ms, COMPLAIN_PERIOD_MS))
                log_error("cannot write the state, will try again with the next probe: %s",
                          store_error(m->store));
}

static void store_worked(struct monitor *m)
{
        if (m->store_fails)
                log_info("writing the state works again");
        m->store_fails = false;
}

/* False when it cannot be written. */
static bool save_states(struct monitor *m)
{
        int r = saving_write(m->fleet, m->learned, m->store);

        if (r < 0)
                store_failed(m);
        else if (r > 0)
                store_worked(m);
        return r >= 0;
}

/*
 * Is it another certificate than the last time? What is not yet written of that one comes first;
 * false when it cannot be written, and then nothing is known of this one.
 */
static bool note_certificate(struct monitor *m, struct member *member, struct exam_report *report,
                             const struct facts *facts)
{
        struct sighting *sighting = sighting_new(member, report, facts, m->store);

        if (!sighting)
                return true;
        if (member->sighting && !save_states(m)) {
                sighting_free(sighting);
                return false;
        }
        member->sighting = sighting;
        return true;
}

/* An endpoint that is new and without a problem: who added it wants to know. */
static void tell_first_look(struct monitor *m, const struct member *member)
{
        if (m->first_looks++ < FIRST_LOOKS_TOLD)
                notify_log_first_look(member->cfg, &member->state);
        else if (m->first_looks == FIRST_LOOKS_TOLD + 1)
                log_info("of further endpoints the first look is told here only when it finds a "
                         "problem; see: notafter status");
}

/* Judges; true when there is news, which is then on its way to the disk. */
static bool judge_member(struct monitor *m, struct member *member, struct exam_report *report)
{
        struct transition_list transitions;
        struct endpoint_state before = { 0 };
        const struct config_alerts *alerts = &m->fleet->config->alerts;
        struct judge_terms terms = {
                .failures = member->cfg->set->failures,
                .flap = { alerts->flap_opens, alerts->flap_within_s, alerts->flap_calm_s },
        };
        struct facts facts;

        learned_note(m->learned, &report->verdict, report->at_s);
        disk_compare(m->disk, member, report);
        facts_of(report, &facts);
        member->blind = !note_certificate(m, member, report, &facts);
        if (member->blind)
                return false;
        endpoint_state_copy(&before, &member->state);
        judge(&member->state, &report->verdict, &terms, report->at_s, &transitions);
        if (report->verdict.leaf)
                member->state.facts = facts;
        saving_note(member);
        bool is_news = transitions.n > 0;

        if (!member->known && !is_news)
                tell_first_look(m, member);
        member->known = true;
        if (is_news)
                news_add(&m->news, member, &before, &transitions);
        else
                member->announced = false;
        transition_list_done(&transitions);
        endpoint_state_done(&before);
        return is_news;
}

/* We could not look: that says nothing about the endpoint. */
static void note_local_failure(struct monitor *m, struct member *member,
                               const struct exam_report *report)
{
        if (report->probe.stood_still)
                return; /* the schedule tells of that, once for all; it is looked at again soon */
        m->counts.local_failures++;
        free(member->state.last_error);
        member->state.last_error = mem_strdup(report->probe.detail);
        if (may_complain(&m->local_complaint_ms, COMPLAIN_PERIOD_MS))
                log_error("cannot probe %s: %s", member->cfg->name, report->probe.detail);
}

static void forget_retired(struct monitor *m, struct fleet *f)
{
        struct fleet **link = &m->retired;

        while (*link != f)
                link = &(*link)->next_retired;
        *link = f->next_retired;
        fleet_free(f);
}

/*
 * Whose the report is: the member's that was asked; or, after a reload, its successor's, if that
 * waits for it; or nobody's.
 */
static struct member *recipient_of(struct monitor *m, struct member *asked)
{
        struct member *is;

        if (!asked->fleet->retired)
                return asked;
        is = fleet_find(m->fleet, asked->cfg->id);
        return is && is->awaiting == asked ? is : NULL;
}

/* When something is to be told that no news brings about. */
static void arm_alerts(struct monitor *m, int64_t at_least_s)
{
        int64_t next_s = alerts_next_s(m->alerts), wait_s = next_s - clock_wall_s();

        if (next_s < 0 || wait_s > ALERT_LOOK_S)
                wait_s = ALERT_LOOK_S;
        if (wait_s < at_least_s)
                wait_s = at_least_s;
        evtimer_add(m->alert_timer, &(struct timeval){ .tv_sec = wait_s });
}

static void on_alerts(evutil_socket_t fd, short what, void *arg)
{
        struct monitor *m = arg;
        int r = alerts_due(m->alerts, clock_wall_s());

        (void)fd; (void)what;
        if (r < 0)
                store_failed(m);
        else if (r > 0)
                delivery_kick(m->delivery);
        arm_alerts(m, r < 0 ? ALERT_RETRY_S : 0);
}

/* Writes the news that gathered, and lets their endpoints go on. */
static void tell_news(struct monitor *m)
{
        if (m->news.n == 0)
                return;
        if (news_keep(&m->news, m->store, m->alerts) < 0) {
                store_failed(m);
        } else {
                store_worked(m);
                delivery_kick(m->delivery);
                arm_alerts(m, 0);
        }
        for (size_t i = 0; i < m->news.n; i++)
                beats_next(m->news.items[i].member, clock_boot_ms());
        news_clear(&m->news);
        arm_due(m);
}

static void on_news(evutil_socket_t fd, short what, void *arg)
{
        (void)fd; (void)what;
        tell_news(arg);
}

/* Did it hold its place as those do that hang? */
static bool was_slow(const struct probe_result *seen)
{
        static const bool SILENCE[PROBE_OUTCOME_COUNT] = {
                [PROBE_DNS_TIMEOUT] = true,
                [PROBE_CONNECT_TIMEOUT] = true,
                [PROBE_PROXY_TIMEOUT] = true,
                [PROBE_STARTTLS_TIMEOUT] = true,
                [PROBE_HANDSHAKE_TIMEOUT] = true,
        };

        return SILENCE[seen->outcome] || (seen->outcome != PROBE_OK && seen->total_us > SLOW_US);
}

/* Of several addresses the lowest stands for all: names that share them share it. */
static void learn_address(struct member *member, const struct exam_report *report)
{
        const struct addr *lowest = &report->probe.address;

        for (size_t i = 0; i < report->n_each; i++) {
                const struct addr *a = &report->each[i].probe.address;

                if (a->len > 0 && (lowest->len == 0 || addr_compare(a, lowest) < 0))
                        lowest = a;
        }
        if (lowest->len > 0 && !member->proxy) /* that may be the proxy's own */
                member->address_key = pace_key(lowest);
}

/* It is in flight no more. */
static void take_back(struct member *member)
{
        struct fleet *f = member->fleet;

        if (!member->chasing)
                limiter_leave(f->limiter, (size_t)(member - f->members));
        member->in_flight = member->chasing = false;
        member->awaiting = NULL;
        health_note(member);
}

static void settle(struct monitor *m, struct member *member, struct exam_report *report)
{
        bool is_news = false;

        looks_add(&member->looks, report);
        member->blind = report->probe.outcome == PROBE_LOCAL;
        if (member->blind) {
                note_local_failure(m, member, report);
        } else {
                is_news = judge_member(m, member, report);
                member->slow = was_slow(&report->probe) && endpoint_state_lost(&member->state);
        }
        roster_note(member);
        if (!is_news)
                beats_next(member, clock_boot_ms());
        else if (m->news.n == NEWS_MAX)
                tell_news(m);
        else
                evtimer_add(m->news_timer, &(struct timeval){ 0 }); /* with what else is ready */
}

/* Has it only been resolved, and with success? Then the look itself is still to come. */
static bool was_resolved(const struct member *asked, const struct exam_report *report)
{
        return asked->resolving && report->probe.outcome == PROBE_OK;
}

/* One with news is about to be told: then its next look can be set. */
static void want(struct member *member, void *arg)
{
        struct monitor *m = arg;

        if (!beats_now(member, clock_boot_ms())) {
                tell_news(m);
                beats_now(member, clock_boot_ms());
        }
        go_on(m);
}

static void report_done(struct monitor *m, struct member *asked, struct exam_report *report)
{
        struct fleet *f = asked->fleet;
        struct member *member = recipient_of(m, asked);
        bool resolved = was_resolved(asked, report);

        f->in_flight--;
        m->in_flight--;
        if (member) {
                take_back(member);
                learn_address(member, report);
                if (resolved)
                        beats_resolved(member, clock_boot_ms());
                else
                        settle(m, member, report);
                go_on(m);
                if (!resolved)
                        asks_report(m->asks, member, report);
                if (!resolved && report->started_ms < m->clock_set_ms)
                        want(member, m); /* by which clock was it judged? */
        }
        if (f->retired && f->in_flight == 0)
                forget_retired(m, f);
        exam_report_free(report);
}

static void on_chased(struct exam_report *report, void *cookie, void *arg)
{
        struct monitor *m = arg;

        m->last_report_ms = clock_mono_ms();
        report_done(m, cookie, report);
}

/* The endpoint stays in flight, but the limiter lets others look meanwhile. */
static void chase(struct monitor *m, struct member *asked, struct member *member,
                  struct exam_report *report)
{
        struct fleet *f = member->fleet;
        struct exam_request request;

        member->chasing = true;
        health_note(member);
        limiter_leave(f->limiter, (size_t)(member - f->members));
        fleet_request(asked, &request);
        request.pools.learned = learned_snapshot(m->learned, clock_mono_ms());
        chases_start(m->chases, report, &request, asked->cfg->set->aia, asked);
        start_ready(m);
}

/* A look at what is no endpoint: nothing is judged by it, or kept. */
static void guest_done(struct monitor *m, struct member *guest, struct exam_report *report)
{
        struct fleet *f = guest->fleet;

        asks_report(m->asks, guest, report);
        exam_report_free(report);
        f->in_flight--;
        m->in_flight--;
        if (f->retired && f->in_flight == 0)
                forget_retired(m, f);
}

static void on_report(struct exam_report *report, void *cookie, void *arg)
{
        struct monitor *m = arg;
        struct member *asked = cookie, *member;

        m->last_report_ms = clock_mono_ms();
        if (asked->guest) {
                guest_done(m, asked, report);
                return;
        }
        member = recipient_of(m, asked);
        if (!was_resolved(asked, report)) {
                m->counts.probes++;
                delays_add(&m->counts.delays, report->started_ms - asked->due_ms);
        }
        if (member && report->verdict.orphan && asked->cfg->set->aia != AIA_OFF)
                chase(m, asked, member, report);
        else
                report_done(m, asked, report);
}

/* --- now and then ----------------------------------------------------------------------------- */

static void complain_of_lag(struct monitor *m)
{
        const struct member *last = health_longest_waiting(m->fleet);
        int64_t lag_ms = health_lag_ms(m->fleet, clock_boot_ms());
        char span[SPAN_STR_MAX];

        if (lag_ms <= TOLERATED_LAG_MS || !may_complain(&m->lag_complaint_ms, LAG_PERIOD_MS))
                return;
        span_str(lag_ms / 1000, span);
        if (last->has_turn)
                log_warning("the schedule is %s behind: too many endpoints share the address of "
                            "%s; raise limits.address_rate (%" PRId64 " a second), or probe less "
                            "often", span, last->cfg->name, m->fleet->config->address_rate);
        else
                log_warning("the schedule is %s behind: raise limits.concurrency or "
                            "limits.per_host, or probe less often", span);
}

/* Messages that were given up are shown, but nobody looks for what he does not expect. */
static void complain_of_full_queue(struct monitor *m)
{
        int64_t pushed_out = store_outbox_pushed_out(m->store);

        if (pushed_out == m->pushed_out || !may_complain(&m->queue_complaint_ms,
                                                         COMPLAIN_PERIOD_MS))
                return;
        log_error("the queue is full, %d messages wait: gave up the %" PRId64 " oldest for the "
                  "receiver for which most of them wait; see: notafter alert queue",
                  STORE_MAX_OUTBOX, pushed_out - m->pushed_out);
        m->pushed_out = pushed_out;
}

static void tidy_outbox(struct monitor *m)
{
        m->tidied_ms = clock_mono_ms();
        queue_bury_orphans(m->store, m->fleet->config, clock_wall_s());
}

/*
 * New receivers, a part in every turn of the loop; what cannot be written now is tried again with
 * the next states. News come first: until they are on disk they may be taken back.
 */
static void greet(struct monitor *m)
{
        tell_news(m);
        int r = queue_greet(m->store, m->alerts, m->fleet, &m->greeted_to, clock_wall_s());

        m->greeted = r == 0;
        if (r < 0)
                store_failed(m);
        else if (r > 0)
                evtimer_add(m->greet_timer, &(struct timeval){ 0 });
}

static void on_greet(evutil_socket_t fd, short what, void *arg)
{
        struct monitor *m = arg;

        (void)fd; (void)what;
        greet(m);
        delivery_kick(m->delivery);
        arm_alerts(m, 0);
}

static void tell_summary(struct monitor *m)
{
        int r = summary_due(m->fleet, m->store, clock_wall_s());

        if (r < 0)
                store_failed(m);
        else if (r > 0)
                delivery_kick(m->delivery);
}

/* What was judged by the clock as it was, or is to be told by it, is not right any more. */
static void take_new_clock(struct monitor *m, int64_t set_ms)
{
        m->clock_set_ms = clock_boot_ms();
        beats_clock_set(m->fleet, m->clock_set_ms, set_ms);
        if (store_clock_set(m->store, set_ms / 1000) < 0)
                store_failed(m);
        delivery_kick(m->delivery);
        arm_alerts(m, 0);
}

static void mind_clocks(struct monitor *m)
{
        int64_t set_ms = clocks_look(&m->clocks, clock_ahead_ms(), clock_sync_ask());

        if (set_ms)
                take_new_clock(m, set_ms);
        arm_due(m); /* its timer stands still while the machine sleeps, the schedule does not */
}

static void on_save(evutil_socket_t fd, short what, void *arg)
{
        struct monitor *m = arg;

        (void)fd; (void)what;
        mind_clocks(m);
        save_states(m);
        if (!m->greeted) {
                greet(m);
                delivery_kick(m->delivery);
        }
        complain_of_full_queue(m);
        tell_summary(m);
        if (silences_tidy(m->silences, clock_wall_s()))
                monitor_silences_changed(m);
        complain_of_lag(m);
        if (clock_mono_ms() - m->tidied_ms > TIDY_PERIOD_MS)
                tidy_outbox(m);
}

/* Is all well, by everything we know of ourselves? Whether the disk takes something, too. */
static char *trouble_of(void *arg)
{
        struct monitor *m = arg;

        if (store_keep(m->store, "heartbeat", clock_wall_s()) < 0)
                store_failed(m);
        if (m->store_fails)
                return mem_printf("the state cannot be written: %s", store_error(m->store));
        return health_trouble(m->fleet, clock_boot_ms());
}

/* --- asked for -------------------------------------------------------------------------------- */

static void visit(struct member *guest, void *arg)
{
        submit(arg, guest);
}

int monitor_look(struct monitor *m, struct monitor_look **ret, const struct monitor_ask *ask,
                 monitor_look_fn *on_done, void *arg)
{
        return m->stopped ? -EBUSY : asks_add(m->asks, m->fleet, ret, ask, on_done, arg);
}

/* --- beginning and going over ----------------------------------------------------------------- */

static void start_delivery(struct monitor *m)
{
        const struct outbox outbox = queue_outbox(&m->queue);

        tidy_outbox(m);
        m->greeted_to = 0;
        greet(m);
        if (m->delivery)
                delivery_reload(m->delivery, m->fleet->config);
        else
                m->delivery = delivery_new(m->base, m->fleet->config, m->http, &outbox);
        tell_summary(m);
        delivery_kick(m->delivery);
        arm_alerts(m, 0);
}

static void begin(struct monitor *m)
{
        if (m->fleet->warning)
                log_warning("%s", m->fleet->warning);
        beats_begin(m->fleet, clock_boot_ms());
        go_on(m);
}

static int monitor_start(struct monitor *m, struct config *config, char **ret_error)
{
        int r = fleet_new(&m->fleet, config, ret_error);

        if (r < 0)
                return r;
        m->alerts = alerts_new(m->store, config);
        m->queue = (struct queue){ m->store, m->alerts };
        r = handover_recall(m->fleet, m->alerts, m->store, ret_error);
        if (r < 0)
                return r;
        m->asks = asks_new(m->base, &(struct asks_host){ want, visit, m });
        roster_begin(m->fleet);
        m->disk = disk_new();
        disk_follow(m->disk, m->fleet);
        r = learned_new(&m->learned, m->store, clock_wall_s());
        if (r < 0) {
                *ret_error = mem_printf("cannot read the intermediates: %s", store_error(m->store));
                return r;
        }
        r = silences_new(&m->silences, m->store, config, clock_wall_s());
        if (r < 0) {
                *ret_error = mem_printf("cannot read the silences: %s", store_error(m->store));
                return r;
        }
        alerts_silences(m->alerts, silences_list(m->silences));
        r = http_client_new(&m->http, m->base);
        if (r == 0)
                r = chases_new(&m->chases, m->base, m->http, m->store, on_chased, m);
        if (r == 0)
                r = workers_new(&m->workers, m->base, fleet_workers(config), NULL, on_report, m);
        m->due_timer = evtimer_new(m->base, on_due, m);
        m->news_timer = evtimer_new(m->base, on_news, m);
        m->alert_timer = evtimer_new(m->base, on_alerts, m);
        m->greet_timer = evtimer_new(m->base, on_greet, m);
        m->save_timer = event_new(m->base, -1, EV_PERSIST, on_save, m);
        if (r < 0 || !m->due_timer || !m->save_timer || !m->news_timer || !m->alert_timer ||
            !m->greet_timer) {
                *ret_error = mem_printf("cannot start the workers: %s",
                                        strerror(r < 0 ? -r : ENOMEM));
                return r < 0 ? r : -ENOMEM;
        }
        m->heartbeat = heartbeat_new(m->base, m->http, trouble_of, m);
        heartbeat_follow(m->heartbeat, &config->heartbeat);
        (void)clocks_look(&m->clocks, clock_ahead_ms(), clock_sync_ask());
        event_add(m->save_timer, &(struct timeval){ .tv_sec = SAVE_PERIOD_MS / 1000 });
        start_delivery(m);
        begin(m);
        return 0;
}

int monitor_new(struct monitor **ret, struct event_base *base, struct config *config,
                struct store *store, char **ret_error)
{
        struct monitor *m = mem_new0(1, sizeof(*m));

        m->base = base;
        m->store = store;
        m->started_s = m->configured_s = clock_wall_s();
        int r = monitor_start(m, config, ret_error);

        if (r < 0) {
                monitor_free(m);
                return r;
        }
        *ret = m;
        return 0;
}

int monitor_reload(struct monitor *m, struct config *config, char **ret_error)
{
        struct fleet *old = m->fleet, *fleet;
        int r = fleet_new(&fleet, config, ret_error);

        if (r < 0)
                return r;
        tell_news(m); /* they speak of the old fleet */
        r = handover_inherit(fleet, old, m->alerts, m->store, ret_error);
        if (r < 0) {
                fleet_free(fleet);
                return r;
        }
        m->fleet = fleet;
        m->generation++;
        m->configured_s = clock_wall_s();
        m->first_looks = 0;
        free(m->refused);
        m->refused = NULL;
        roster_free(TAKE(old->roster));
        roster_begin(fleet);
        alerts_reload(m->alerts, config);
        disk_follow(m->disk, fleet);
        silences_follow(m->silences, config);
        alerts_silences(m->alerts, silences_list(m->silences));
        start_delivery(m);
        heartbeat_follow(m->heartbeat, &config->heartbeat);
        old->retired = true;
        old->next_retired = m->retired;
        m->retired = old;
        begin(m);
        asks_follow(m->asks, fleet);
        if (old->in_flight == 0)
                forget_retired(m, old);
        return 0;
}

void monitor_note_refused(struct monitor *m, const char *why)
{
        free(m->refused);
        m->refused = mem_strdup(why);
}

/* --- ending ----------------------------------------------------------------------------------- */

void monitor_stop(struct monitor *m)
{
        m->stopped = true;
        heartbeat_free(m->heartbeat);
        m->heartbeat = NULL;
        if (m->due_timer)
                evtimer_del(m->due_timer);
        workers_free(m->workers);
        m->workers = NULL;
        chases_free(m->chases);
        m->chases = NULL;
        tell_news(m);
        save_states(m);
}

bool monitor_stopping(const struct monitor *m)
{
        return m->stopped;
}

bool monitor_delivering(const struct monitor *m)
{
        return delivery_busy(m->delivery) != 0;
}

void monitor_free(struct monitor *m)
{
        if (!m)
                return;
        if (m->workers)
                workers_free(m->workers);
        delivery_free(m->delivery);
        heartbeat_free(m->heartbeat);
        chases_free(m->chases);
        asks_free(m->asks);
        http_client_free(m->http);
        learned_free(m->learned);
        silences_free(m->silences);
        disk_free(m->disk);
        news_clear(&m->news);
        if (m->due_timer)
                event_free(m->due_timer);
        if (m->news_timer)
                event_free(m->news_timer);
        if (m->alert_timer)
                event_free(m->alert_timer);
        if (m->greet_timer)
                event_free(m->greet_timer);
        if (m->save_timer)
                event_free(m->save_timer);
        alerts_free(m->alerts);
        free(m->refused);
        fleet_free(m->fleet);
        while (m->retired)
                forget_retired(m, m->retired);
        free(m);
}

/* --- being seen ------------------------------------------------------------------------------- */

bool monitor_healthy(const struct monitor *m)
{
        return m->in_flight == 0 || clock_mono_ms() - m->last_report_ms < UNHEALTHY_SILENCE_MS;
}

char *monitor_trouble(const struct monitor *m)
{
        if (!monitor_healthy(m))
                return mem_strdup("the workers do not answer");
        return health_trouble(m->fleet, clock_boot_ms());
}

void monitor_summary(struct monitor *m, char *out, size_t size)
{
        size_t n = m->refused ? (size_t)snprintf(out, size, "not taken: %s; the old configuration "
                                                 "stays: ", m->refused) : 0;

        if (n < size)
                status_summary(m->fleet, m->store, out + n, size - n);
}

uint64_t monitor_generation(const struct monitor *m)
{
        return m->generation;
}

void monitor_gauges(const struct monitor *m, struct gauges *ret)
{
        *ret = (struct gauges){
                .generation     = m->generation,
                .started_s      = m->started_s,
                .configured_s   = m->configured_s,
                .refused        = m->refused != NULL,
                .looks          = m->counts.probes,
                .local_failures = m->counts.local_failures,
                .lag_ms         = health_lag_ms(m->fleet, clock_boot_ms()),
                .delay          = delays_summary(&m->counts.delays),
                .store_fails    = m->store_fails,
                .heartbeat_s    = m->heartbeat ? heartbeat_last_s(m->heartbeat) : 0,
        };
        if (!m->workers)
                return; /* it is stopping */
        ret->workers = workers_count(m->workers);
        for (int i = 0; i < EXAM_CACHE_COUNT; i++)
                ret->caches[i] = workers_cache(m->workers, (enum exam_cache)i);
}

static void add_disabled(const struct delivery_lane *lane, void *arg)
{
        if (lane->disabled)
                json_array_append_new(arg, json_must(json_pack(
                        "{s:s, s:o, s:s}", "receiver", lane->receiver,
                        "since", json_instant(lane->disabled_s), "reason", lane->disabled)));
}

json_t *monitor_self(struct monitor *m)
{
        json_t *disabled = json_must(json_array());
        json_t *doc = status_json(m->fleet, m->store, &m->counts, m->store_fails);

        delivery_each(m->delivery, add_disabled, disabled);
        json_object_set_new(doc, "refused", json_text(m->refused));
        json_object_set_new(doc, "disabled_receivers", disabled);
        json_object_set_new(doc, "heartbeat", m->heartbeat ? heartbeat_json(m->heartbeat)
                                                           : json_null());
        return doc;
}

json_t *monitor_status(struct monitor *m, size_t max_endpoints)
{
        json_t *doc = monitor_self(m);

        status_add_lists(doc, m->fleet, m->store, m->silences, max_endpoints);
        return doc;
}

/* --- for commands ----------------------------------------------------------------------------- */

struct store *monitor_store(const struct monitor *m)
{
        return m->store;
}

struct delivery *monitor_delivery(const struct monitor *m)
{
        return m->delivery;
}

const struct config *monitor_config(const struct monitor *m)
{
        return m->fleet->config;
}

const struct fleet *monitor_fleet(const struct monitor *m)
{
        return m->fleet;
}

struct trust *monitor_learned(const struct monitor *m)
{
        return learned_snapshot(m->learned, clock_mono_ms());
}

struct silences *monitor_silences(const struct monitor *m)
{
        return m->silences;
}

void monitor_silences_changed(struct monitor *m)
{
        alerts_silences(m->alerts, silences_list(m->silences));
        arm_alerts(m, 0);
}
