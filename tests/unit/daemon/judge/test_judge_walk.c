/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long walks of random verdicts. Whoever only reads the transitions must know at every moment what
 * is open and how bad it is, and must never be told what has not changed.
 */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/judge/judge.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/cert/validate.h"

#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1800000000)
#define WALKS 300
#define STEPS 200
#define FAILURES 3

static const enum finding_code CERTIFICATE[] = {
        FINDING_LEAF_EXPIRED, FINDING_LEAF_EXPIRING_SOON, FINDING_HOSTNAME_MISMATCH,
        FINDING_MISSING_INTERMEDIATE, FINDING_ROOT_INCLUDED, FINDING_WEAK_KEY,
        FINDING_SAN_UNRESOLVABLE, FINDING_RENEWED_ON_DISK, FINDING_TLS_VERSION_OLD,
};
static const enum finding_code NETWORK[] = {
        FINDING_DNS_FAILED, FINDING_CONNECT_REFUSED, FINDING_CONNECT_TIMEOUT,
        FINDING_HANDSHAKE_FAILED,
};
static const enum finding_code EVENT[] = { FINDING_RENEWED, FINDING_CHANGED };
static const enum finding_code INPUT[] = { FINDING_INPUT_UNREADABLE, FINDING_INPUT_EMPTY };

static struct cert leaf = { .subject = (char *)"CN=x.example", .fingerprint = "f00d", .refs = 1 };

/* What a reader of the transitions knows. */
struct reader {
        enum severity open[FINDING_COUNT]; /* SEVERITY_OK = it is not */
        int64_t since_s[FINDING_COUNT];
};

struct walk {
        uint64_t random;
        int64_t now_s;
        struct endpoint_state state;
        struct reader reader;
        int64_t failures; /* in a row */
};

/* --- what is seen ----------------------------------------------------------------------------- */

static size_t pick(struct walk *w, size_t n)
{
        w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (size_t)(w->random >> 33) % n;
}

static void see(struct walk *w, struct verdict *v, const enum finding_code *codes, size_t n)
{
        struct finding *f = finding_add(&v->findings, codes[pick(w, n)]);

        f->severity = SEVERITY_INFO + pick(w, SEVERITY_COUNT - SEVERITY_INFO);
}

static void see_certificate(struct walk *w, struct verdict *v)
{
        v->leaf = &leaf;
        for (size_t i = pick(w, 4); i > 0; i--)
                see(w, v, CERTIFICATE, ARRAY_LEN(CERTIFICATE));
        if (pick(w, 10) == 0)
                see(w, v, EVENT, ARRAY_LEN(EVENT));
        v->names_unknown = pick(w, 10) == 0;
        v->disk_unknown = pick(w, 10) == 0;
        v->unfinished = pick(w, 10) == 0;
}

static struct verdict verdict_at_random(struct walk *w)
{
        struct verdict v = { 0 };

        switch (pick(w, 8)) {
        case 0: /* a policy has hidden why */
                break;
        case 1:
                see(w, &v, INPUT, ARRAY_LEN(INPUT));
                break;
        case 2:
        case 3: /* of several addresses all failures are told as one */
                see(w, &v, NETWORK, ARRAY_LEN(NETWORK));
                break;
        case 4:
                v.partial = true;
                see(w, &v, NETWORK, ARRAY_LEN(NETWORK));
                see_certificate(w, &v);
                break;
        default:
                see_certificate(w, &v);
        }
        return v;
}

static bool is_about(const struct verdict *v, enum finding_class class)
{
        for (size_t i = 0; i < v->findings.n; i++)
                if (FINDINGS[v->findings.items[i].code].class == class)
                        return true;
        return false;
}

/* As bad as @v says it is; SEVERITY_OK when that is no problem. */
static enum severity seen(const struct verdict *v, enum finding_code code)
{
        enum severity worst = SEVERITY_OK;

        for (size_t i = 0; i < v->findings.n; i++) {
                const struct finding *f = &v->findings.items[i];

                if (f->code == code && f->severity >= SEVERITY_WARNING && f->severity > worst)
                        worst = f->severity;
        }
        return worst;
}

/* --- what is told ----------------------------------------------------------------------------- */

static bool is_network(enum finding_code code)
{
        return FINDINGS[code].class == FINDING_NETWORK;
}

static void read_one(struct walk *w, const struct verdict *v, const struct transition *t)
{
        enum severity *open = &w->reader.open[t->code];

        assert_int_equal(t->at_s, w->now_s);
        assert_int_equal(t->previous, t->kind == TRANSITION_REPLACED ? SEVERITY_OK : *open);
        switch (t->kind) {
        case TRANSITION_OPENED:
                assert_int_equal(*open, SEVERITY_OK);
                assert_true(t->severity >= SEVERITY_WARNING);
                assert_true(!is_network(t->code) || w->failures >= FAILURES);
                w->reader.since_s[t->code] = w->now_s;
                break;
        case TRANSITION_WORSENED:
                assert_true(*open != SEVERITY_OK && t->severity > *open);
                break;
        case TRANSITION_IMPROVED:
                assert_true(t->severity < *open && t->severity >= SEVERITY_WARNING);
                break;
        case TRANSITION_RESOLVED:
                assert_true(*open != SEVERITY_OK && t->severity == *open);
                assert_true(v->leaf || is_about(v, FINDING_CERTIFICATE)); /* a file's contents */
                assert_int_equal(seen(v, t->code), SEVERITY_OK);
                break;
        case TRANSITION_REPLACED:
        case TRANSITION_KIND_COUNT:
                assert_int_equal(FINDINGS[t->code].class, FINDING_EVENT);
                return;
        }
        assert_int_equal(t->since_s, w->reader.since_s[t->code]);
        *open = t->kind == TRANSITION_RESOLVED ? SEVERITY_OK : t->severity;
}

/* Worst first, and good news last. */
static void check_order(const struct transition_list *l)
{
        for (size_t i = 1; i < l->n; i++) {
                const struct transition *a = &l->items[i - 1], *b = &l->items[i];
                bool good_a = a->kind == TRANSITION_RESOLVED;
                bool good_b = b->kind == TRANSITION_RESOLVED;

                assert_true(good_a < good_b || (good_a == good_b && a->severity >= b->severity));
        }
}

static void check_events(const struct verdict *v, const struct transition_list *l)
{
        size_t happened = 0, told = 0;

        for (size_t i = 0; i < v->findings.n; i++)
                happened += FINDINGS[v->findings.items[i].code].class == FINDING_EVENT;
        for (size_t i = 0; i < l->n; i++)
                told += l->items[i].kind == TRANSITION_REPLACED;
        assert_int_equal(told, happened);
}

/* --- what is believed ------------------------------------------------------------------------- */

static void check_belief(const struct walk *w)
{
        for (int code = 0; code < FINDING_COUNT; code++) {
                const struct problem *p = endpoint_state_find(&w->state, (enum finding_code)code);

                assert_int_equal(p ? p->severity : SEVERITY_OK, w->reader.open[code]);
                if (p)
                        assert_int_equal(p->since_s, w->reader.since_s[code]);
        }
}

/* What a certificate says counts at once; when all is known, nothing else stays open. */
static void check_certificate(const struct walk *w, const struct verdict *v)
{
        bool all_known = v->leaf && !v->partial && !v->names_unknown && !v->disk_unknown &&
                         !v->unfinished;

        for (int code = 0; code < FINDING_COUNT; code++) {
                enum severity s = seen(v, (enum finding_code)code);

                if (FINDINGS[code].class == FINDING_CERTIFICATE && s != SEVERITY_OK)
                        assert_int_equal(w->reader.open[code], s);
                if (all_known && FINDINGS[code].class != FINDING_EVENT)
                        assert_int_equal(w->reader.open[code], s);
        }
}

/* A silence that lasts is one problem, never two. */
static void check_network(const struct walk *w, const struct verdict *v)
{
        bool told = false;
        size_t open = 0;

        for (size_t i = 0; i < ARRAY_LEN(NETWORK); i++) {
                enum severity is = w->reader.open[NETWORK[i]], s = seen(v, NETWORK[i]);

                open += is != SEVERITY_OK;
                told |= s != SEVERITY_OK;
                if (is != SEVERITY_OK && s != SEVERITY_OK)
                        assert_int_equal(is, s);
        }
        assert_true(open <= 1);
        if (w->failures >= FAILURES && told)
                assert_int_equal(open, 1);
}

/* --- the walk --------------------------------------------------------------------------------- */

static void step(struct walk *w)
{
        struct verdict v = verdict_at_random(w);
        bool failed = is_about(&v, FINDING_NETWORK) || (!v.leaf && v.findings.n == 0);
        struct transition_list told;

        w->now_s += 1 + (int64_t)pick(w, 7200);
        w->failures = failed ? w->failures + 1 : 0;
        judge(&w->state, &v, &(struct judge_terms){ .failures = FAILURES }, w->now_s, &told);
        check_order(&told);
        check_events(&v, &told);
        for (size_t i = 0; i < told.n; i++)
                read_one(w, &v, &told.items[i]);
        check_belief(w);
        check_certificate(w, &v);
        check_network(w, &v);
        transition_list_done(&told);
        finding_list_done(&v.findings);
}

static void retire(struct walk *w)
{
        const struct verdict nothing = { .leaf = &leaf };
        struct transition_list told;

        judge_retire(&w->state, w->now_s, &told);
        for (size_t i = 0; i < told.n; i++)
                read_one(w, &nothing, &told.items[i]);
        check_belief(w);
        assert_int_equal(w->state.n_problems, 0);
        transition_list_done(&told);
}

static void who_reads_the_transitions__knows_the_state(void **unused)
{
        (void)unused;
        for (uint64_t seed = 1; seed <= WALKS; seed++) {
                struct walk w = { .random = seed, .now_s = NOW };

                for (int i = 0; i < STEPS; i++)
                        step(&w);
                retire(&w);
                endpoint_state_done(&w.state);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_reads_the_transitions__knows_the_state),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
