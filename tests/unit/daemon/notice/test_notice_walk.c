/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One group on a long random walk: problems come, change and go, silences and quiet hours begin and
 * end, the clock jumps a year. Whoever is told must in the end know what is, and never hear it
 * twice, nor be reminded faster than set.
 */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/notice/notice.h"

#include "common/base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>

#define NOW INT64_C(1800000000)
#define YEAR (INT64_C(365) * 86400)
#define WALKS 400
#define STEPS 300
#define MEMBERS 5
#define AMEND_S 600
#define QUIET_S 5000   /* at most */
#define SILENT_S 9000  /* at most */

static const int64_t REPEAT_S[SEVERITY_COUNT] = {
        [SEVERITY_WARNING] = 20000,
        [SEVERITY_ERROR] = 3000,
};

struct walk {
        uint64_t seed, random;
        int step;
        int64_t now_s;
        struct notice_member members[MEMBERS];
        struct notice_group group;
        int64_t quiet_until_s; /* 0 = it is not quiet */
        int64_t silent_until_s[MEMBERS]; /* 0 = is not silenced */
        int64_t next_s;        /* what the last plan said */
        int64_t untold_s;      /* how long something has waited, quiet hours and all; elapsed */
        int64_t still_s;       /* how long nothing was told */
        size_t told[NOTICE_DROPPED + 1];
};

static void fail_at(const struct walk *w, const char *what)
{
        fail_msg("seed %" PRIu64 ", step %d: %s", w->seed, w->step, what);
}

static void check(const struct walk *w, bool well, const char *what)
{
        if (!well)
                fail_at(w, what);
}

static int64_t pick(struct walk *w, int64_t n)
{
        w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (int64_t)(w->random >> 33) % n;
}

/* --- what is ---------------------------------------------------------------------------------- */

static bool is_hidden(const struct notice_member *m)
{
        return m->silenced && m->told == SEVERITY_OK;
}

/* Is there a difference that must be told sooner or later, silences as they are? */
static bool is_untold(const struct notice_member *m)
{
        return m->gone ? !is_hidden(m) : !m->silenced && m->told != m->severity;
}

struct truth {
        size_t open, loud, untold;
        enum severity worst, loudest;
};

static struct truth truth_of(const struct notice_group *g)
{
        struct truth t = { 0 };

        for (size_t i = 0; i < g->n; i++) {
                const struct notice_member *m = &g->members[i];
                enum severity s = m->silenced ? m->told : m->severity;

                t.untold += is_untold(m);
                if (m->gone || is_hidden(m))
                        continue;
                t.open++;
                t.loud += !m->silenced;
                if (s > t.worst)
                        t.worst = s;
                if (!m->silenced && s > t.loudest)
                        t.loudest = s;
        }
        return t;
}

/* --- what happens ----------------------------------------------------------------------------- */

static void set_silence(struct walk *w, size_t i, int64_t until_s)
{
        w->silent_until_s[i] = until_s;
        if (w->members[i].gone)
                return; /* what it was when it was resolved stays so */
        w->members[i].silenced = until_s > 0;
        w->members[i].silent_until_s = until_s;
}

static void open_or_change(struct walk *w, size_t i)
{
        struct notice_member *m = &w->members[i];

        if (i >= w->group.n) {
                i = w->group.n++;
                m = &w->members[i];
                *m = (struct notice_member){ 0 };
                w->silent_until_s[i] = pick(w, 3) ? 0 : w->now_s + 1 + pick(w, SILENT_S);
        }
        m->severity = SEVERITY_WARNING + (enum severity)pick(w, 2);
        m->gone = false;
        set_silence(w, i, w->silent_until_s[i]);
}

static void happen(struct walk *w)
{
        size_t i = (size_t)pick(w, 1 + (int64_t)w->seed % MEMBERS);

        switch (pick(w, 8)) {
        case 0:
        case 1:
        case 2:
                open_or_change(w, i);
                break;
        case 3:
        case 4:
                if (i < w->group.n)
                        w->members[i].gone = true;
                break;
        case 5:
                if (i < w->group.n)
                        set_silence(w, i, pick(w, 2) ? w->now_s + 1 + pick(w, SILENT_S) : 0);
                break;
        case 6:
                w->quiet_until_s = pick(w, 3) ? 0 : w->now_s + 1 + pick(w, QUIET_S);
                break;
        default:
                w->now_s += pick(w, 20) ? 0 : pick(w, 2) ? YEAR : -YEAR;
        }
}

/* What ends by itself. By a clock set back nothing was told, or ends, years from now. */
static void expire(struct walk *w)
{
        if (w->group.told_s > w->now_s)
                w->group.told_s = w->now_s;
        if (w->quiet_until_s <= w->now_s || w->quiet_until_s > w->now_s + QUIET_S)
                w->quiet_until_s = 0;
        for (size_t i = 0; i < w->group.n; i++)
                if (w->silent_until_s[i] <= w->now_s || w->silent_until_s[i] > w->now_s + SILENT_S)
                        set_silence(w, i, 0);
}

/* --- what is told ----------------------------------------------------------------------------- */

/* The span in which changes are gathered, as the contract says it. */
static int64_t gather_s(const struct walk *w)
{
        int64_t s = NOTICE_GATHER_S;

        for (int64_t i = 1; i < w->group.messages && s < AMEND_S; i++)
                s *= 2;
        return s < AMEND_S ? s : AMEND_S;
}

static void check_reason(const struct walk *w, const struct truth *t, enum notice_act act)
{
        const struct notice_group *g = &w->group;
        int64_t ago_s = w->now_s - g->told_s;

        switch (act) {
        case NOTICE_NOTHING:
                check(w, w->quiet_until_s || (t->open ? t->worst == g->told || !t->loud
                                                      : t->untold == 0), "waits without a reason");
                break;
        case NOTICE_OPENED:
                check(w, g->told == SEVERITY_OK && t->loud > 0, "opened, which was told");
                break;
        case NOTICE_WORSENED:
                check(w, g->told != SEVERITY_OK && t->worst > g->told, "worsened, and is no worse");
                break;
        case NOTICE_IMPROVED:
                check(w, t->open && t->worst < g->told, "improved, and is not better");
                break;
        case NOTICE_AMENDED:
                check(w, t->open && t->untold, "amended, and nothing has changed");
                check(w, ago_s >= gather_s(w), "amended too soon");
                break;
        case NOTICE_RESOLVED:
                check(w, !t->open && t->untold, "resolved, and is open, or was never told");
                break;
        case NOTICE_REMINDER:
                check(w, t->loud && REPEAT_S[t->loudest] > 0, "reminder, and nobody asked");
                check(w, ago_s >= REPEAT_S[t->loudest], "reminder too soon");
                break;
        case NOTICE_DROPPED:
                check(w, !t->open && !t->untold, "dropped, and something is to be told");
                for (size_t i = 0; i < g->n; i++)
                        check(w, g->members[i].gone, "dropped, and under a silence it is open");
                break;
        }
        check(w, !w->quiet_until_s || act == NOTICE_NOTHING || act == NOTICE_DROPPED,
              "told in quiet hours");
}

/* The message is taken: now the receiver knows what is. */
static void tell(struct walk *w, enum notice_act act)
{
        struct notice_group *g = &w->group;
        size_t kept = 0;

        for (size_t i = 0; i < g->n; i++) {
                struct notice_member m = w->members[i];

                if (m.gone)
                        continue;
                if (!m.silenced)
                        m.told = m.severity;
                w->silent_until_s[kept] = w->silent_until_s[i];
                w->members[kept++] = m;
        }
        g->n = kept;
        g->told = truth_of(g).worst;
        g->told_s = w->now_s;
        g->messages = kept ? g->messages + (act != NOTICE_DROPPED) : 0;
        w->told[act]++;
}

/* Looks, and tells what is to be told; then there is nothing more to tell now. */
static void look(struct walk *w)
{
        struct notice_terms terms = { .repeat_s = REPEAT_S, .amend_s = AMEND_S };
        struct notice_plan plan;

        expire(w);
        terms.quiet_until_s = w->quiet_until_s;
        for (int i = 0; i < 2; i++) {
                struct truth t = truth_of(&w->group);

                if (w->group.n == 0)
                        return;
                notice_plan(&w->group, &terms, w->now_s, &plan);
                check(w, i == 0 || plan.act == NOTICE_NOTHING || plan.act == NOTICE_DROPPED,
                      "two messages at once");
                check_reason(w, &t, plan.act);
                if (i == 0)
                        w->next_s = plan.next_s;
                if (plan.act == NOTICE_NOTHING)
                        break;
                tell(w, plan.act);
                w->still_s = w->untold_s = 0;
        }
        struct truth t = truth_of(&w->group);

        check(w, w->next_s < 0 || w->next_s > w->now_s, "looks again at once");
        check(w, t.untold == 0 || w->next_s > 0, "something is to be told, and nobody will look");
        check(w, t.loud == 0 || w->next_s > 0, "nobody will remind");
        for (size_t i = 0; i < w->group.n; i++)
                check(w, w->quiet_until_s || w->members[i].gone || !w->members[i].silenced ||
                         (w->next_s > 0 && w->next_s <= w->members[i].silent_until_s),
                      "a silence ends, and nobody will look");
}

/* Waits for @s seconds, looking whenever a plan has asked for it. */
static void wait(struct walk *w, int64_t s)
{
        while (s > 0) {
                int64_t nap = w->next_s < 0 || w->next_s - w->now_s > s ? s : w->next_s - w->now_s;
                struct truth before = truth_of(&w->group);

                w->now_s += nap;
                s -= nap;
                w->still_s += before.loud && !w->quiet_until_s ? nap : 0;
                w->untold_s += before.untold ? nap : 0;
                look(w);
                struct truth t = truth_of(&w->group);

                check(w, !t.untold || w->untold_s <= 2 * AMEND_S + QUIET_S, "told too late");
                check(w, !t.loud || w->quiet_until_s ||
                         w->still_s <= 2 * REPEAT_S[SEVERITY_WARNING], "reminded too late");
        }
}

static void settle(struct walk *w)
{
        w->quiet_until_s = 0;
        for (size_t i = 0; i < w->group.n; i++)
                set_silence(w, i, 0);
        look(w);
        wait(w, 2 * AMEND_S);
        check(w, truth_of(&w->group).untold == 0, "lost");
        for (size_t i = 0; i < w->group.n; i++)
                w->members[i].gone = true;
        look(w);
        check(w, w->group.n == 0, "not resolved in the end");
}

static void walk(uint64_t seed, size_t told[static NOTICE_DROPPED + 1])
{
        struct walk w = { .seed = seed, .random = seed, .now_s = NOW, .next_s = -1 };

        w.group.members = w.members;
        for (w.step = 0; w.step < STEPS; w.step++) {
                happen(&w);
                look(&w);
                wait(&w, pick(&w, 3) ? pick(&w, 60) : pick(&w, 2 * REPEAT_S[SEVERITY_WARNING]));
        }
        settle(&w);
        for (size_t i = 0; i <= NOTICE_DROPPED; i++)
                told[i] += w.told[i];
}

static void who_is_told__knows_what_is_and_hears_nothing_twice(void **state)
{
        size_t told[NOTICE_DROPPED + 1] = { 0 };

        (void)state;
        for (uint64_t seed = 1; seed <= WALKS; seed++)
                walk(seed, told);
        for (size_t i = NOTICE_OPENED; i <= NOTICE_DROPPED; i++)
                assert_true(told[i] > WALKS); /* the walks go everywhere */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_is_told__knows_what_is_and_hears_nothing_twice),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
