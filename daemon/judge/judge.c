/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One verdict against what was believed. The order is: what is still or newly wrong, then what is
 * wrong no longer; and then what happened. A verdict can name one code several times (two weak
 * intermediates): the worst speaks for the problem.
 */
#include "daemon/judge/judge.h"

#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/validate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MISSING_PEM_MAX 8192 /* two intermediates with RSA keys of 4096 bits have 4 kB */

/* One verdict, and whom it changes. */
struct judging {
        struct endpoint_state *state;
        const struct verdict *verdict;
        const struct judge_terms *terms;
        bool network_counts; /* the network has failed often enough to be a problem */
        int64_t now_s;
        struct transition_list *ret;
};

static void emit(struct transition_list *list, enum transition_kind kind, const struct problem *p,
                 enum severity previous, int64_t now_s)
{
        list->items = mem_resize(list->items, list->n + 1, sizeof(*list->items));
        list->items[list->n++] = (struct transition){
                .kind = kind,
                .code = p->code,
                .severity = p->severity,
                .worst = p->worst,
                .previous = previous,
                .flapping = p->flapping,
                .scope = p->scope,
                .since_s = p->since_s,
                .at_s = now_s,
                .deadline_s = p->deadline_s,
                .message = mem_strdup(p->message),
                .remedy = mem_strdup(p->remedy),
                .evidence = mem_strdup(p->evidence),
                .fingerprint = mem_strdup(p->fingerprint),
                .missing_pem = mem_strdup(p->missing_pem),
        };
}

/* The worst finding of @code that is a problem, or NULL. */
static const struct finding *worst_of(const struct verdict *v, enum finding_code code)
{
        const struct finding *worst = NULL;

        for (size_t i = 0; i < v->findings.n; i++) {
                const struct finding *f = &v->findings.items[i];

                if (f->code == code && f->severity >= SEVERITY_WARNING &&
                    (!worst || f->severity > worst->severity))
                        worst = f;
        }
        return worst;
}

/* A verdict without certificate and findings is a failure too, which a policy has hidden. */
static bool failed_on_the_network(const struct verdict *v)
{
        if (!v->leaf && v->findings.n == 0)
                return true;
        for (size_t i = 0; i < v->findings.n; i++)
                if (FINDINGS[v->findings.items[i].code].class == FINDING_NETWORK)
                        return true;
        return false;
}

/* What a server does not send, ready to be appended to its chain file; NULL for another problem. */
static char *missing_pem(const struct verdict *v, enum finding_code code)
{
        return code == FINDING_MISSING_INTERMEDIATE
                       ? verdict_fix_pem(v, FIX_ADDED, MISSING_PEM_MAX) : NULL;
}

/* @p, which was @before, is open now. */
static void tell_change(struct transition_list *list, const struct problem *p,
                        enum severity before, int64_t now_s)
{
        if (before == SEVERITY_OK)
                emit(list, TRANSITION_OPENED, p, before, now_s);
        else if (p->severity > before)
                emit(list, TRANSITION_WORSENED, p, before, now_s);
        else if (p->severity < before)
                emit(list, TRANSITION_IMPROVED, p, before, now_s);
}

/* How the problem is known, and why it does not go when it is gone; malloc'ed, or NULL. */
static char *evidence_of(const struct finding *f, bool flapping, const struct flap_terms *t)
{
        char within[SPAN_STR_MAX], calm[SPAN_STR_MAX];

        if (!flapping)
                return mem_strdup(f->evidence);
        return mem_printf("%s%sIt comes and goes (%lld times within %s), so it is held open until "
                          "nothing has changed for %s.", f->evidence ? f->evidence : "",
                          f->evidence ? " " : "", (long long)t->opens,
                          span_exact(t->within_s, within), span_exact(t->calm_s, calm));
}

/* @p, whose evidence is that of @f, takes the place of @old, which may be NULL. */
static void put_problem(struct judging *j, struct problem *p, const struct problem *old,
                        const struct finding *f)
{
        enum severity before = old ? old->severity : SEVERITY_OK;

        flap_seen(j->state, p, old, &j->terms->flap, j->now_s);
        AUTO_FREE char *evidence = evidence_of(f, p->flapping, &j->terms->flap);

        p->evidence = evidence;
        p->worst = old && old->worst > p->severity ? old->worst : p->severity;
        endpoint_state_put(j->state, p);
        tell_change(j->ret, endpoint_state_find(j->state, p->code), before, j->now_s);
}

static void problem_seen(struct judging *j, const struct finding *f)
{
        AUTO_FREE char *pem = missing_pem(j->verdict, f->code);
        const struct problem *old = endpoint_state_find(j->state, f->code);
        struct problem p = {
                .code = f->code,
                .severity = f->severity,
                .scope = f->scope,
                .since_s = old ? old->since_s : j->now_s,
                .deadline_s = f->deadline_s,
                .message = f->message,
                .remedy = f->remedy,
                .fingerprint = f->fingerprint,
                .missing_pem = pem,
        };

        put_problem(j, &p, old, f);
}

static void resolve(struct endpoint_state *state, const struct problem *p, int64_t now_s,
                    struct transition_list *ret)
{
        if (p->flapping)
                flap_forget(state, p->code);
        emit(ret, TRANSITION_RESOLVED, p, p->severity, now_s);
        endpoint_state_remove(state, p->code);
}

static void problem_gone(struct judging *j, const struct problem *old)
{
        struct problem held = *old;

        if (flap_holds(&held, &j->terms->flap, j->now_s))
                endpoint_state_put(j->state, &held);
        else
                resolve(j->state, old, j->now_s, j->ret);
}

static const struct problem *unreachable_already(const struct endpoint_state *state)
{
        for (size_t i = 0; i < state->n_problems; i++)
                if (FINDINGS[state->problems[i].code].class == FINDING_NETWORK)
                        return &state->problems[i];
        return NULL;
}

/*
 * Another reason for the same silence: the problem that is open speaks of it. That is no news,
 * unless more is silent than before: all addresses, and not some, or the other way round.
 */
static void update_reason(struct judging *j, const struct problem *open, const struct finding *f)
{
        struct problem p = *open;

        p.severity = f->severity;
        p.scope = f->scope;
        p.deadline_s = f->deadline_s;
        p.message = f->message;
        p.remedy = f->remedy;
        put_problem(j, &p, open, f);
}

/* Does it follow from the silence of @v that @code is wrong no longer? */
static bool is_decided(const struct verdict *v, enum finding_code code)
{
        switch (code) {
        case FINDING_SAN_UNRESOLVABLE:
                return !v->names_unknown;
        case FINDING_RENEWED_ON_DISK:
                return !v->disk_unknown;
        case FINDING_TLS_VERSION_OLD:
        case FINDING_TLS_CIPHER_WEAK:
        case FINDING_MUST_STAPLE_MISSING:
        case FINDING_STAPLE_INVALID:
                return !v->unfinished;
        default:
                return FINDINGS[code].class != FINDING_NETWORK || !failed_on_the_network(v);
        }
}

/* Of a file that holds no certificate, what ails it now is known, and nothing else. */
static bool is_about_the_input(const struct verdict *v, enum finding_code code)
{
        for (size_t i = 0; code <= FINDING_INPUT_PRIVATE_KEY_PRESENT && i < v->findings.n; i++) {
                enum finding_code other = v->findings.items[i].code;

                if (other != FINDING_INPUT_UNREADABLE && other <= FINDING_INPUT_PRIVATE_KEY_PRESENT)
                        return true;
        }
        return false;
}

/*
 * Does an address keep silent that may only be restarting? What was wrong there is not known, until
 * its silence is believed.
 */
static bool is_waited_for(const struct judging *j)
{
        return j->verdict->partial && j->state->failures > 0 && !j->network_counts;
}

/*
 * What the verdict tells of one code: a problem, no problem, or nothing. While no certificate is
 * seen, nothing is resolved; and an endpoint that is refused today and silent tomorrow is one
 * problem, not two.
 */
static void judge_code(struct judging *j, enum finding_code code)
{
        const struct verdict *v = j->verdict;
        const struct finding *f = worst_of(v, code);
        const struct problem *old = endpoint_state_find(j->state, code);
        const struct problem *other = unreachable_already(j->state);
        bool network = FINDINGS[code].class == FINDING_NETWORK;

        if (f && (old || !network || (j->network_counts && !other)))
                problem_seen(j, f);
        else if (f && other && !worst_of(v, other->code))
                update_reason(j, other, f);
        else if (!f && old && !is_waited_for(j) &&
                 (v->leaf ? is_decided(v, code) : is_about_the_input(v, code)))
                problem_gone(j, old);
}

/* What happened is told as it is, and nothing stays open. */
static void tell_events(const struct verdict *v, int64_t now_s, struct transition_list *ret)
{
        for (size_t i = 0; i < v->findings.n; i++) {
                const struct finding *f = &v->findings.items[i];
                const struct problem event = {
                        .code = f->code,
                        .severity = f->severity,
                        .scope = f->scope,
                        .since_s = now_s,
                        .message = f->message,
                        .remedy = f->remedy,
                        .evidence = f->evidence,
                        .fingerprint = f->fingerprint,
                };

                if (FINDINGS[f->code].class == FINDING_EVENT)
                        emit(ret, TRANSITION_REPLACED, &event, SEVERITY_OK, now_s);
        }
}

static void remember(struct endpoint_state *state, const struct verdict *v, int64_t now_s)
{
        state->last_probe_s = now_s;
        free(state->last_error);
        state->last_error = v->leaf           ? NULL
                            : v->findings.n > 0 ? mem_strdup(v->findings.items[0].message)
                                                : mem_strdup("No certificate was seen.");
        if (!v->leaf)
                return;
        state->last_success_s = now_s;
        state->expires_s = v->expires_s;
        state->trusted = v->trusted;
        snprintf(state->leaf_fingerprint, sizeof(state->leaf_fingerprint), "%s",
                 v->leaf->fingerprint);
        free(state->leaf_subject);
        state->leaf_subject = mem_strdup(v->leaf->subject);
}

static int worst_first(const void *a, const void *b)
{
        const struct transition *x = a, *y = b;
        bool rx = x->kind == TRANSITION_RESOLVED, ry = y->kind == TRANSITION_RESOLVED;

        if (rx != ry)
                return rx ? 1 : -1; /* the good news comes last */
        if (x->severity != y->severity)
                return x->severity > y->severity ? -1 : 1;
        return (int)x->code - (int)y->code;
}

void judge(struct endpoint_state *state, const struct verdict *verdict,
           const struct judge_terms *terms, int64_t now_s, struct transition_list *ret)
{
        struct judging j = { state, verdict, terms, .now_s = now_s, .ret = ret };

        assert(terms->failures >= 1);
        *ret = (struct transition_list){ 0 };
        state->failures = failed_on_the_network(verdict) ? state->failures + 1 : 0;
        j.network_counts = state->failures >= terms->failures;
        for (int code = 0; code < FINDING_COUNT; code++)
                if (FINDINGS[code].class != FINDING_EVENT)
                        judge_code(&j, (enum finding_code)code);
        tell_events(verdict, now_s, ret);
        remember(state, verdict, now_s);
        if (ret->n)
                qsort(ret->items, ret->n, sizeof(*ret->items), worst_first);
}

void judge_retire(struct endpoint_state *state, int64_t now_s, struct transition_list *ret)
{
        *ret = (struct transition_list){ 0 };
        while (state->n_problems > 0) {
                resolve(state, &state->problems[0], now_s, ret);
                ret->items[ret->n - 1].retired = true;
        }
}
