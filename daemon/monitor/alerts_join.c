/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Into the groups: a change is written into those that know of the problem, and into those that are
 * to know from now on; what is touched is looked at when the transaction ends.
 *
 * Joining is made cheap: the group that was joined last at each receiver is kept in memory, and
 * written when another one is needed, or the transaction ends.
 */
#include "daemon/monitor/alerts_internal.h"

#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/alert/message.h"
#include "daemon/notice/routing.h"
#include "daemon/store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 100 /* members: to walk over fewer takes no time */

/* Until when nobody wants to hear of it; 0 = it is not silenced. */
static int64_t silent_until_s(const struct alerts *a, const struct config_endpoint *e,
                              const struct transition *t)
{
        const struct subject subject = { .endpoint = e, .code = t->code, .severity = t->severity };
        const struct silence *s = e && a->silences->n > 0
                                          ? silence_find(a->silences, &subject, t->at_s) : NULL;

        return s ? s->end_s : 0;
}

static void touch(struct alerts *a, int64_t row)
{
        if (a->n_touched == a->touched_size) {
                a->touched_size = a->touched_size ? 2 * a->touched_size : 64;
                a->touched = mem_resize(a->touched, a->touched_size, sizeof(*a->touched));
        }
        a->touched[a->n_touched++] = row;
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
                g->due_s = alerts_first_of(g->due_s, silent_until);
        else if (waits)
                g->due_s = alerts_first_of(g->due_s, g->wait_s);
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

void alerts_forget_latest(struct alerts *a)
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

int alerts_keep_latest(struct alerts *a)
{
        int r = 0;

        for (size_t i = 0; i < a->config->n_receivers && r == 0; i++)
                r = keep_group(a, &a->latest[i]);
        alerts_forget_latest(a);
        return r;
}

void alerts_mind_transaction(struct alerts *a)
{
        int64_t now = store_transactions(a->store);

        if (now == a->transaction)
                return;
        a->transaction = now;
        a->n_touched = 0;
        alerts_forget_latest(a);
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
        if (alerts_is_event(t->code)) {
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
                r = alerts_keep_latest(a);
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
                    (!alerts_is_event(n->t->code) && is_open_at(n, receiver)))
                        continue;
                find_cause(n, to, cause);
                if (!alerts_is_event(n->t->code))
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
        return n->n_known > 0 && !alerts_is_event(n->t->code);
}

/* Where the problem is known it becomes what it is now. */
static int change_groups(struct alerts *a, struct news *n)
{
        bool over = n->t->kind == TRANSITION_RESOLVED;
        int r = alerts_keep_latest(a);

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

        alerts_mind_transaction(a);
        for (size_t i = 0; i < transitions->n && r == 0; i++) {
                struct news n = {
                        .endpoint = endpoint, .cfg = e, .facts = &state->facts,
                        .t = &transitions->items[i],
                };

                if (alerts_is_event(n.t->code) && silent_until_s(a, e, n.t) > 0)
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

        alerts_mind_transaction(a);
        for (size_t i = 0; i < state->n_problems && r == 0; i++) {
                const struct transition t = as_opened(&state->problems[i], now_s);
                struct news n = {
                        .endpoint = e->id, .cfg = e, .facts = &state->facts, .t = &t,
                };

                r = note_one(a, &n, receiver);
        }
        return r;
}
