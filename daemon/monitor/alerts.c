/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change is written into the groups that know of the problem, and into those that are to know
 * from now on; then each group that was touched is looked at: is there anything that its receiver
 * was not told? Nothing but the store is asked, so a crash anywhere loses nothing.
 *
 * Joining is made cheap: the group that was joined last at each receiver is kept in memory, and
 * written when another one is needed, or the transaction ends.
 *
 * Looking walks over all members. A group of many is not looked at for every one of them: while it
 * gathers (store_group.wait_s), only what is worse than was told, and the end, cannot wait.
 *
 * An event (a certificate was replaced) is a member that is told once, and never ends: its group is
 * kept for as long as others may meet with the same, and then forgotten.
 */
#include "daemon/monitor/alerts.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/monitor/roll.h"
#include "daemon/notice/cause.h"
#include "daemon/notice/quiet.h"
#include "daemon/notice/routing.h"
#include "daemon/store/groups.h"
#include "daemon/store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define MANY 100          /* members: to walk over fewer takes no time */
#define EVENT_LIFE_S 3600 /* so long after it was told, the same event elsewhere is another one */
#define DUE_GROUPS 256    /* looked at in one turn of the loop */
#define OPEN_GROUPS 200   /* read at once */

/* The group that was joined last at a receiver. */
struct latest {
        struct store_group group; /* .row 0 = none */
        char cause[CAUSE_MAX];
        bool changed; /* the store has it as it was before */
};

struct alerts {
        struct store *store;
        const struct config *config;
        const struct config_endpoint **by_id;
        const struct silence_list *silences;
        int64_t *touched; /* rows of groups; some twice, some that were undone */
        size_t n_touched, touched_size;
        struct latest *latest; /* one for each receiver of the configuration */
        int64_t transaction;   /* in which they were read */
        int64_t due_look_s; /* when we last looked who is due; 0 = never */
};

static const struct silence_list NO_SILENCES;

/* --- what the configuration says -------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
        return strcmp((*(const struct config_endpoint *const *)a)->id,
                      (*(const struct config_endpoint *const *)b)->id);
}

static void index_config(struct alerts *a)
{
        size_t n = a->config->n_endpoints;

        a->by_id = mem_resize(a->by_id, n + 1, sizeof(*a->by_id));
        for (size_t i = 0; i < n; i++)
                a->by_id[i] = &a->config->endpoints[i];
        qsort(a->by_id, n, sizeof(*a->by_id), by_id);
        free(a->latest);
        a->latest = mem_new0(a->config->n_receivers, sizeof(*a->latest));
}

static const struct config_endpoint *find_endpoint(const char *id, const void *arg)
{
        const struct alerts *a = arg;
        const struct config_endpoint key = { .id = (char *)id }, *wanted = &key;
        const struct config_endpoint **found =
                bsearch(&wanted, a->by_id, a->config->n_endpoints, sizeof(*a->by_id), by_id);

        return found ? *found : NULL;
}

static bool is_receiver(const struct alerts *a, const char *name)
{
        for (size_t i = 0; i < a->config->n_receivers; i++)
                if (strcmp(a->config->receivers[i].name, name) == 0)
                        return true;
        return false;
}

static bool is_event(enum finding_code code)
{
        return FINDINGS[code].class == FINDING_EVENT;
}

/* Until when nobody wants to hear of it; 0 = it is not silenced. */
static int64_t silent_until_s(const struct alerts *a, const struct config_endpoint *e,
                              const struct transition *t)
{
        const struct subject subject = { .endpoint = e, .code = t->code, .severity = t->severity };
        const struct silence *s = e && a->silences->n > 0
                                          ? silence_find(a->silences, &subject, t->at_s) : NULL;

        return s ? s->end_s : 0;
}

/* --- into the groups -------------------------------------------------------------------------- */

static void touch(struct alerts *a, int64_t row)
{
        if (a->n_touched == a->touched_size) {
                a->touched_size = a->touched_size ? 2 * a->touched_size : 64;
                a->touched = mem_resize(a->touched, a->touched_size, sizeof(*a->touched));
        }
        a->touched[a->n_touched++] = row;
}

/* The earlier of two times, where -1 is never. */
static int64_t first_of(int64_t a, int64_t b)
{
        return a < 0 ? b : b < 0 || a < b ? a : b;
}

/*
 * Something of @severity has changed in @g: is it to be looked at now? Else that is when the
 * silence ends, or with what else is gathered.
 */
static bool stir(struct store_group *g, enum severity severity, int64_t silent_until,
                 int64_t now_s)
{
        bool waits = g->n_open + g->n_gone > MANY && g->n_open > 0 && severity <= g->calm &&
                     now_s < g->wait_s;

        if (silent_until > now_s)
                g->due_s = first_of(g->due_s, silent_until);
        else if (waits)
                g->due_s = first_of(g->due_s, g->wait_s);
        return silent_until <= now_s && !waits;
}

/* Ids that are made together stand together in the indexes of the outbox. */
static void new_group_id(int64_t now_s, char out[static STORE_GROUP_ID_SIZE])
{
        char random[MESSAGE_ID_SIZE];

        message_id_new(random);
        snprintf(out, STORE_GROUP_ID_SIZE, "grp_%010" PRIx64 "%.22s",
                 (uint64_t)now_s & 0xffffffffff, random + strlen("msg_"));
}

/* A problem of one endpoint, and the groups that know of it. */
struct news {
        const char *endpoint;
        const struct config_endpoint *cfg;
        const struct facts *facts;
        const struct transition *t;
        struct store_membership *known;
        size_t n_known;
};

static const struct store_membership *known_in(const struct news *n, int64_t group)
{
        for (size_t i = 0; i < n->n_known; i++)
                if (n->known[i].group.row == group)
                        return &n->known[i];
        return NULL;
}

static bool is_open_at(const struct news *n, const char *receiver)
{
        for (size_t i = 0; i < n->n_known; i++)
                if (n->known[i].gone_s == 0 && strcmp(n->known[i].group.receiver, receiver) == 0)
                        return true;
        return false;
}

static struct store_member member_of(const struct news *n, int64_t group)
{
        return (struct store_member){
                .group = group, .endpoint = n->endpoint, .severity = n->t->severity,
                .since_s = n->t->since_s,
        };
}

static void forget_latest(struct alerts *a)
{
        for (size_t i = 0; a->latest && i < a->config->n_receivers; i++) {
                store_group_done(&a->latest[i].group);
                a->latest[i].changed = false;
        }
}

static int keep_group(struct alerts *a, struct latest *l)
{
        int r = l->changed ? store_group_put(a->store, &l->group) : 0;

        l->changed = false;
        return r;
}

/* The store has everything, and what it is asked now is what holds. */
static int keep_latest(struct alerts *a)
{
        int r = 0;

        for (size_t i = 0; i < a->config->n_receivers && r == 0; i++)
                r = keep_group(a, &a->latest[i]);
        forget_latest(a);
        return r;
}

/* What was done in a transaction that came to nothing is not known any more. */
static void mind_the_transaction(struct alerts *a)
{
        int64_t now = store_transactions(a->store);

        if (now == a->transaction)
                return;
        a->transaction = now;
        a->n_touched = 0;
        forget_latest(a);
}

/* The group of @cause becomes the latest of its receiver; one that is new has no row yet. */
static int find_group(struct alerts *a, const struct news *n, const char *receiver,
                      const char *cause, struct latest *l)
{
        if (l->group.row && strcmp(l->cause, cause) == 0)
                return 0;
        int r = keep_group(a, l);

        store_group_done(&l->group);
        strcpy(l->cause, cause);
        if (r == 0)
                r = store_group_find(a->store, receiver, cause, &l->group);
        if (r != 0)
                return r < 0 ? r : 0;
        l->group = (struct store_group){
                .receiver = mem_strdup(receiver), .cause = mem_strdup(cause), .code = n->t->code,
                .opened_s = n->t->at_s, .due_s = -1,
        };
        new_group_id(n->t->at_s, l->group.id);
        return 0;
}

static int join_group(struct alerts *a, const struct news *n, struct latest *l)
{
        struct store_group *g = &l->group;
        const struct transition *t = n->t;
        const struct store_membership *was = g->row ? known_in(n, g->row) : NULL;
        struct store_member m = member_of(n, g->row);

        m.silent_until_s = silent_until_s(a, n->cfg, t);
        if (is_event(t->code)) {
                m.message = t->message;
                m.remedy = t->remedy;
                m.evidence = t->evidence;
                m.fingerprint = t->fingerprint;
        } else if (was) {
                m.told = was->told; /* it came back before its end was told */
        }
        g->n_open += !was || was->gone_s;
        g->n_gone -= was && was->gone_s;
        bool look = stir(g, t->severity, m.silent_until_s, t->at_s);
        int r = g->row ? 0 : store_group_add(a->store, g, l->cause);

        l->changed = m.group != 0;
        m.group = g->row;
        if (look)
                touch(a, g->row);
        return r < 0 ? r : store_member_put(a->store, &m);
}

/*
 * @receiver is about to hear that it is open, for another cause than before: the end of that one
 * may be gathered still, and comes first.
 */
static int hasten_ends(struct alerts *a, const struct news *n, const char *receiver,
                       const char *cause)
{
        int r = 0;

        for (size_t i = 0; i < n->n_known && r == 0; i++) {
                const struct store_membership *m = &n->known[i];
                struct store_group g;

                if (m->gone_s == 0 || strcmp(m->group.receiver, receiver) != 0 ||
                    strcmp(m->group.cause, cause) == 0)
                        continue;
                r = keep_latest(a);
                if (r == 0)
                        r = store_group_load(a->store, m->group.row, &g);
                if (r <= 0)
                        continue;
                g.told_s = 0; /* so long ago that nothing is gathered any more */
                r = store_group_put(a->store, &g);
                touch(a, g.row);
                store_group_done(&g);
        }
        return r;
}

static void find_cause(const struct news *n, const struct config_receiver *receiver,
                       char out[static CAUSE_MAX])
{
        if (config_receiver_groups(receiver))
                cause_of(n->endpoint, n->t->code, FINDING_OWN, NULL, NULL, out);
        else
                cause_of(n->endpoint, n->t->code, n->t->scope, n->t->fingerprint, n->facts, out);
}

/* Receivers that are to know of it and do not, or NULL for all that routes say. */
static int join_groups(struct alerts *a, const struct news *n, const char *only)
{
        const struct subject subject = {
                .endpoint = n->cfg, .code = n->t->code, .severity = n->t->severity,
        };
        struct routed_list routed;
        char cause[CAUSE_MAX];
        int r = 0;

        routing_find(a->config, &subject, &routed);
        for (size_t i = 0; i < routed.n && r == 0; i++) {
                const struct config_receiver *to = routed.items[i].receiver;
                struct latest *l = &a->latest[to - a->config->receivers];
                const char *receiver = to->name;

                if ((only && strcmp(only, receiver) != 0) ||
                    (!is_event(n->t->code) && is_open_at(n, receiver)))
                        continue;
                find_cause(n, to, cause);
                if (!is_event(n->t->code))
                        r = hasten_ends(a, n, receiver, cause);
                if (r == 0)
                        r = find_group(a, n, receiver, cause, l);
                if (r == 0)
                        r = join_group(a, n, l);
        }
        routed_list_done(&routed);
        return r;
}

/* What nobody heard of, and nobody wants to hear of, is gone without a word. */
static int leave_group(struct alerts *a, const struct news *n, struct store_membership *from)
{
        struct store_group *g = &from->group;
        struct store_member m = member_of(n, g->row);
        bool unheard = from->told == SEVERITY_OK && (from->silent_until_s > n->t->at_s ||
                                                     silent_until_s(a, n->cfg, n->t) > 0);

        m.severity = from->severity;
        m.told = from->told;
        m.gone_s = n->t->at_s;
        m.retired = n->t->retired;
        m.fingerprint = n->t->fingerprint;
        g->n_open--;
        g->n_gone += !unheard;
        if ((!unheard || g->n_open + g->n_gone == 0) && stir(g, SEVERITY_OK, 0, n->t->at_s))
                touch(a, g->row);
        int r = unheard ? store_member_remove(a->store, g->row, n->endpoint)
                        : store_member_put(a->store, &m);

        return r < 0 ? r : store_group_put(a->store, g);
}

static int change_in_group(struct alerts *a, const struct news *n, struct store_membership *in)
{
        struct store_member m = member_of(n, in->group.row);

        m.told = in->told;
        m.silent_until_s = silent_until_s(a, n->cfg, n->t);
        if (stir(&in->group, m.severity, m.silent_until_s, n->t->at_s))
                touch(a, in->group.row);
        int r = store_member_put(a->store, &m);

        return r < 0 ? r : store_group_put(a->store, &in->group);
}

static bool is_known(const struct news *n)
{
        return n->n_known > 0 && !is_event(n->t->code);
}

/* Where the problem is known it becomes what it is now. */
static int change_groups(struct alerts *a, struct news *n)
{
        bool over = n->t->kind == TRANSITION_RESOLVED;
        int r = keep_latest(a);

        store_memberships_free(n->known, n->n_known);
        n->known = NULL;
        n->n_known = 0;
        if (r == 0)
                r = store_memberships(a->store, n->endpoint, n->t->code, &n->known, &n->n_known);
        for (size_t i = 0; i < n->n_known && r == 0; i++)
                if (n->known[i].gone_s == 0)
                        r = over ? leave_group(a, n, &n->known[i])
                                 : change_in_group(a, n, &n->known[i]);
        return r;
}

static int note_one(struct alerts *a, struct news *n, const char *only)
{
        int r = store_memberships(a->store, n->endpoint, n->t->code, &n->known, &n->n_known);

        if (r == 0 && !only && is_known(n))
                r = change_groups(a, n);
        if (r == 0 && n->t->kind != TRANSITION_RESOLVED && n->cfg)
                r = join_groups(a, n, only);
        store_memberships_free(n->known, n->n_known);
        return r;
}

int alerts_note(struct alerts *a, const char *endpoint, const struct config_endpoint *e,
                const struct endpoint_state *state, const struct transition_list *transitions)
{
        int r = 0;

        mind_the_transaction(a);
        for (size_t i = 0; i < transitions->n && r == 0; i++) {
                struct news n = {
                        .endpoint = endpoint, .cfg = e, .facts = &state->facts,
                        .t = &transitions->items[i],
                };

                if (is_event(n.t->code) && silent_until_s(a, e, n.t) > 0)
                        continue; /* when the silence ends, it is no news any more */
                r = note_one(a, &n, NULL);
        }
        return r;
}

/* What is open, as if it had just opened; the strings are borrowed. */
static struct transition as_opened(const struct problem *p, int64_t now_s)
{
        return (struct transition){
                .kind = TRANSITION_OPENED, .code = p->code, .severity = p->severity,
                .scope = p->scope, .since_s = p->since_s, .at_s = now_s,
                .fingerprint = p->fingerprint,
        };
}

int alerts_greet(struct alerts *a, const char *receiver, const struct config_endpoint *e,
                 const struct endpoint_state *state, int64_t now_s)
{
        int r = 0;

        mind_the_transaction(a);
        for (size_t i = 0; i < state->n_problems && r == 0; i++) {
                const struct transition t = as_opened(&state->problems[i], now_s);
                struct news n = {
                        .endpoint = e->id, .cfg = e, .facts = &state->facts, .t = &t,
                };

                r = note_one(a, &n, receiver);
        }
        return r;
}

/* --- out to the receivers --------------------------------------------------------------------- */

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

                ret->repeat_s[i] = is_event(g->code) ? 0 : own ? route->repeat_s[i]
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
        enum message_kind kind = is_event(g->code) ? MESSAGE_REPLACED : KINDS[act];
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
        return is_event(g->code) && g->told_s > 0 && now_s - g->told_s >= EVENT_LIFE_S;
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
        if (is_event(g->code) && g->told_s > 0)
                g->due_s = first_of(g->due_s, g->told_s + EVENT_LIFE_S);
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

/* As act(). A receiver that is not configured is told nothing, until it is back. */
static int look(struct alerts *a, int64_t row, int64_t now_s)
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
                r = roll_call(&roll, a->store, &g, a->silences, find_endpoint, a, now_s);
                if (r == 0)
                        r = keep_silences(a, &g, &roll);
                if (r == 0)
                        r = act(a, &g, &roll, now_s);
                roll_done(&roll);
        }
        store_group_done(&g);
        return r;
}

static int by_number(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return x < y ? -1 : x > y;
}

int alerts_settle(struct alerts *a, int64_t now_s)
{
        mind_the_transaction(a);
        int r = keep_latest(a);

        if (a->n_touched > 0)
                qsort(a->touched, a->n_touched, sizeof(*a->touched), by_number);
        for (size_t i = 0; i < a->n_touched && r >= 0; i++)
                if (i == 0 || a->touched[i] != a->touched[i - 1])
                        r = look(a, a->touched[i], now_s);
        a->n_touched = 0;
        return r < 0 ? r : 0;
}

/* --- in their time ---------------------------------------------------------------------------- */

/* A clock that was set back has left times behind that may be years away. */
static int mind_the_clock(struct alerts *a, int64_t now_s)
{
        bool anew = now_s < a->due_look_s || a->due_look_s == 0;

        return anew ? store_groups_wake(a->store, now_s) : 0;
}

static int look_at_due(struct alerts *a, int64_t now_s)
{
        int64_t rows[DUE_GROUPS];
        int told = 0, r = mind_the_clock(a, now_s);

        if (r == 0)
                r = store_groups_due(a->store, now_s, rows, DUE_GROUPS);
        for (int i = 0, n = r; i < n && r >= 0; i++) {
                r = look(a, rows[i], now_s);
                told += r > 0;
        }
        return r < 0 ? r : told;
}

int alerts_due(struct alerts *a, int64_t now_s)
{
        int r = store_begin(a->store);

        if (r < 0)
                return r;
        r = look_at_due(a, now_s);
        int committed = store_commit(a->store);

        if (r >= 0 && committed == 0)
                a->due_look_s = now_s;
        return committed < 0 ? committed : r;
}

int64_t alerts_next_s(const struct alerts *a)
{
        return a->due_look_s == 0 ? 0 : store_groups_next_due_s(a->store);
}

/* --- once more -------------------------------------------------------------------------------- */

/* What its receiver was told, silenced or not: 1 and a message; 0 when nothing of it is open. */
static int repeat(struct alerts *a, int64_t row, int64_t now_s, struct message *ret)
{
        struct store_group g;
        struct roll roll;
        int r = store_group_load(a->store, row, &g);

        if (r <= 0)
                return r;
        r = roll_call(&roll, a->store, &g, &NO_SILENCES, find_endpoint, a, now_s);
        bool open = r == 0 && !is_event(g.code) && roll.n_open > 0;

        if (open)
                r = make_message(a, &g, &roll, MESSAGE_REMINDER, g.told, now_s, ret);
        roll_done(&roll);
        store_group_done(&g);
        return r < 0 ? r : open;
}

int alerts_open(struct alerts *a, const char *receiver, char **after, int64_t now_s,
                struct message *ret, int max)
{
        int64_t rows[OPEN_GROUPS];
        int n = 0, r = 1;

        while (n == 0 && r > 0) {
                int n_rows = store_groups_told(a->store, receiver, after, rows,
                                               max < OPEN_GROUPS ? max : OPEN_GROUPS);

                r = n_rows;
                for (int i = 0; i < n_rows && r >= 0; i++) {
                        r = repeat(a, rows[i], now_s, &ret[n]);
                        n += r > 0;
                }
                r = r < 0 ? r : n_rows;
        }
        return n > 0 ? n : r;
}

/* --- a life ----------------------------------------------------------------------------------- */

struct alerts *alerts_new(struct store *store, const struct config *config)
{
        struct alerts *a = mem_new0(1, sizeof(*a));

        *a = (struct alerts){ .store = store, .config = config, .silences = &NO_SILENCES };
        index_config(a);
        return a;
}

void alerts_free(struct alerts *a)
{
        if (!a)
                return;
        forget_latest(a);
        free(a->latest);
        free(a->by_id);
        free(a->touched);
        free(a);
}

void alerts_reload(struct alerts *a, const struct config *config)
{
        forget_latest(a);
        a->config = config;
        index_config(a);
        a->due_look_s = 0; /* all are looked at anew */
}

void alerts_silences(struct alerts *a, const struct silence_list *silences)
{
        a->silences = silences;
        a->due_look_s = 0;
}
