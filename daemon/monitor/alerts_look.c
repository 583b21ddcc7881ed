/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Out to the receivers: is there anything in a group that its receiver was not told?
 *
 * Looking walks over all members. A group of many is not looked at for every one of them: while it
 * gathers (store_group.wait_s), only what is worse than was told, and the end, cannot wait.
 *
 * An event (a certificate was replaced) is a member that is told once, and never ends: its group is
 * kept for as long as others may meet with the same, and then forgotten.
 */
#include "daemon/monitor/alerts_internal.h"

#include "common/base/cleanup.h"
#include "config/model.h"
#include "daemon/monitor/roll.h"
#include "daemon/notice/quiet.h"
#include "daemon/notice/routing.h"
#include "daemon/store/store.h"

#include <string.h>

#define EVENT_LIFE_S 3600 /* so long after it was told, the same event elsewhere is another one */

static bool is_receiver(const struct alerts *a, const char *name)
{
        for (size_t i = 0; i < a->config->n_receivers; i++)
                if (strcmp(a->config->receivers[i].name, name) == 0)
                        return true;
        return false;
}

/* What the route that names the receiver says of the worst that it may be told. */
struct terms {
        int64_t repeat_s[SEVERITY_COUNT];
        struct notice_terms notice;
};

static const struct config_route *route_of(const struct alerts *a, const struct store_group *g,
                                           const struct subject *subject)
{
        const struct config_route *route = NULL;
        struct routed_list routed;

        if (!subject->endpoint)
                return NULL;
        routing_find(a->config, subject, &routed);
        for (size_t i = 0; i < routed.n; i++)
                if (strcmp(routed.items[i].receiver->name, g->receiver) == 0)
                        route = routed.items[i].route;
        routed_list_done(&routed);
        return route;
}

static void find_terms(const struct alerts *a, const struct store_group *g, const struct roll *roll,
                       int64_t now_s, struct terms *ret)
{
        const struct config_alerts *alerts = &a->config->alerts;
        const struct subject subject = {
                .endpoint = roll->n_listed > 0 ? roll->listed[0].cfg : NULL, .code = g->code,
                .severity = roll->n_open > 0 ? roll->worst : roll->worst_ended,
        };
        const struct config_route *route = route_of(a, g, &subject);

        for (int i = 0; i < SEVERITY_COUNT; i++) {
                bool own = route && route->repeat_s[i] >= 0;

                ret->repeat_s[i] = alerts_is_event(g->code) ? 0 : own ? route->repeat_s[i]
                                                               : alerts->repeat_s[i];
        }
        ret->notice = (struct notice_terms){
                .repeat_s = ret->repeat_s, .amend_s = alerts->amend_s,
                .quiet_until_s = route ? quiet_until_s(&route->quiet, subject.severity, now_s) : 0,
        };
}

static const enum message_kind KINDS[] = {
        [NOTICE_OPENED] = MESSAGE_OPENED,     [NOTICE_WORSENED] = MESSAGE_WORSENED,
        [NOTICE_IMPROVED] = MESSAGE_IMPROVED, [NOTICE_AMENDED] = MESSAGE_AMENDED,
        [NOTICE_RESOLVED] = MESSAGE_RESOLVED, [NOTICE_REMINDER] = MESSAGE_REMINDER,
};

/* A message about it; message_done() it. */
static int make_message(struct alerts *a, const struct store_group *g, const struct roll *roll,
                        enum message_kind kind, enum severity severity, int64_t now_s,
                        struct message *ret)
{
        struct store_words words = { 0 };
        int r = store_member_words(a->store, g, roll->listed[0].id, &words);

        if (r < 0)
                return r;
        const struct telling telling = {
                .kind = kind, .group = g->id, .code = g->code,
                .severity = severity, .previous = g->told, .since_s = roll->since_s, .at_s = now_s,
                .members = roll->listed, .n = roll->n_listed,
                .message = words.message, .remedy = words.remedy, .evidence = words.evidence,
                .fingerprint = words.fingerprint, .missing_pem = words.missing_pem,
                .deadline_s = words.deadline_s, .flapping = words.flapping,
                .n_open = roll->n_open, .n_opened = roll->n_opened, .n_resolved = roll->n_ended,
        };
        telling_message(&telling, ret);
        store_words_done(&words);
        return 0;
}

/* The same, as it lies in the outbox. */
static int queue_message(struct alerts *a, const struct store_group *g, const struct roll *roll,
                         enum notice_act act, int64_t now_s)
{
        enum message_kind kind = alerts_is_event(g->code) ? MESSAGE_REPLACED : KINDS[act];
        enum severity severity = roll->n_open > 0 ? roll->worst : roll->worst_ended;
        struct message m;
        int r = make_message(a, g, roll, kind, severity, now_s, &m);

        if (r < 0)
                return r;
        AUTO_FREE char *payload = message_to_json(&m);

        r = store_outbox_add(a->store, m.id, g->receiver, g->cause, payload, now_s);
        message_done(&m);
        return r;
}

static int tell(struct alerts *a, struct store_group *g, const struct roll *roll,
                const struct notice_plan *plan, int64_t now_s)
{
        int r = queue_message(a, g, roll, plan->act, now_s);

        if (r == 0)
                r = roll->n == 1 ? store_member_told(a->store, g->row, roll->listed[0].id, now_s)
                                 : store_members_told(a->store, g->row, now_s);
        if (r == 0 && roll->n_ended > 0)
                r = store_members_gone(a->store, g->row);
        g->told = plan->act == NOTICE_RESOLVED ? SEVERITY_OK : roll->worst;
        g->told_s = now_s;
        g->messages++;
        g->n_gone = 0;
        g->calm = g->told;
        g->wait_s = now_s + notice_gather_s(g->messages, a->config->alerts.amend_s);
        return r;
}

/* The last message is not delivered yet: the same once more would come together with it. */
static int is_queued(struct alerts *a, const struct store_group *g, const struct notice_plan *plan)
{
        return plan->act == NOTICE_REMINDER ? store_outbox_waits(a->store, g->receiver, g->cause)
                                            : 0;
}

static bool is_past(const struct store_group *g, int64_t now_s)
{
        return alerts_is_event(g->code) && g->told_s > 0 && now_s - g->told_s >= EVENT_LIFE_S;
}

/* 1 when its receiver is told something, 0, or -errno. */
static int act(struct alerts *a, struct store_group *g, const struct roll *roll, int64_t now_s)
{
        struct terms terms;
        struct notice_plan plan;
        const struct notice_group group = {
                .members = roll->members, .n = roll->n, .told_s = g->told_s,
                .messages = g->messages, .told = g->told,
        };

        find_terms(a, g, roll, now_s, &terms);
        notice_plan(&group, &terms.notice, now_s, &plan);
        int r = is_queued(a, g, &plan);

        if (r < 0)
                return r;
        bool quiet = r > 0 || plan.act == NOTICE_NOTHING || plan.act == NOTICE_DROPPED;

        r = quiet ? 0 : tell(a, g, roll, &plan, now_s);
        g->due_s = plan.next_s;
        if (quiet && terms.notice.quiet_until_s > now_s) {
                g->wait_s = terms.notice.quiet_until_s;
                g->calm = roll->worst;
        }
        if (alerts_is_event(g->code) && g->told_s > 0)
                g->due_s = alerts_first_of(g->due_s, g->told_s + EVENT_LIFE_S);
        bool ended = plan.act == NOTICE_DROPPED || (g->n_open == 0 && g->n_gone == 0) ||
                     (is_past(g, now_s) && plan.act == NOTICE_NOTHING);

        if (r == 0)
                r = ended ? store_group_remove(a->store, g->row) : store_group_put(a->store, g);
        return r < 0 ? r : !quiet;
}

static int keep_silences(struct alerts *a, const struct store_group *g, const struct roll *roll)
{
        int r = 0;

        for (size_t i = 0; i < roll->n_silences && r == 0; i++)
                r = store_member_silence(a->store, g->row, roll->silences[i].endpoint,
                                         roll->silences[i].until_s);
        return r;
}

/* A receiver that is not configured is told nothing, until it is back. */
int alerts_look(struct alerts *a, int64_t row, int64_t now_s)
{
        struct store_group g;
        struct roll roll;
        int r = store_group_load(a->store, row, &g);

        if (r <= 0)
                return r;
        if (!is_receiver(a, g.receiver)) {
                g.due_s = -1;
                g.wait_s = now_s;
                r = store_group_put(a->store, &g);
        } else {
                r = roll_call(&roll, a->store, &g, a->silences, alerts_find_endpoint, a, now_s);
                if (r == 0)
                        r = keep_silences(a, &g, &roll);
                if (r == 0)
                        r = act(a, &g, &roll, now_s);
                roll_done(&roll);
        }
        store_group_done(&g);
        return r;
}

int alerts_repeat(struct alerts *a, int64_t row, int64_t now_s, struct message *ret)
{
        struct store_group g;
        struct roll roll;
        int r = store_group_load(a->store, row, &g);

        if (r <= 0)
                return r;
        r = roll_call(&roll, a->store, &g, &(struct silence_list){ 0 }, alerts_find_endpoint, a,
                      now_s);
        bool open = r == 0 && !alerts_is_event(g.code) && roll.n_open > 0;

        if (open)
                r = make_message(a, &g, &roll, MESSAGE_REMINDER, g.told, now_s, ret);
        roll_done(&roll);
        store_group_done(&g);
        return r < 0 ? r : open;
}
