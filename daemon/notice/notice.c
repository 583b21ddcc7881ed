/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One look over the members says what counts, and that against what was told says what to tell.
 * When it is time to tell it is asked last: so what must wait is what would have been told.
 */
#include "daemon/notice/notice.h"

/* What the members come to. */
struct tally {
        size_t open;          /* that count */
        size_t loud;          /* of those, the ones that may be told now */
        size_t news;          /* of those, the ones that are not as they were told */
        size_t ended;         /* whose end is to be told */
        size_t hidden;        /* open, silenced and never told */
        enum severity worst;  /* of the open ones; a silenced one is what it was told to be */
        enum severity loudest; /* of those that may be told */
        int64_t silent_until_s; /* the first end of a silence; -1 = none */
};

static enum severity worse_of(enum severity a, enum severity b)
{
        return a > b ? a : b;
}

/* The earlier of two times, where -1 is never. */
static int64_t first_of(int64_t a, int64_t b)
{
        return a < 0 ? b : b < 0 || a < b ? a : b;
}

static void count_silenced(struct tally *t, const struct notice_member *m)
{
        t->silent_until_s = first_of(t->silent_until_s, m->silent_until_s);
        if (m->told == SEVERITY_OK) {
                t->hidden++;
                return;
        }
        t->open++;
        t->worst = worse_of(t->worst, m->told);
}

static void count_member(struct tally *t, const struct notice_member *m)
{
        if (m->gone) {
                t->ended += m->told != SEVERITY_OK || !m->silenced;
        } else if (m->silenced) {
                count_silenced(t, m);
        } else {
                t->open++;
                t->loud++;
                t->news += m->told != m->severity;
                t->worst = worse_of(t->worst, m->severity);
                t->loudest = worse_of(t->loudest, m->severity);
        }
}

int64_t notice_gather_s(int64_t messages, int64_t amend_s)
{
        int64_t s = NOTICE_GATHER_S;

        for (int64_t i = 1; i < messages && s < amend_s; i++)
                s *= 2;
        return s < amend_s ? s : amend_s;
}

/* When it comes again, unchanged, if it was last told at @told_s; -1 = never. */
static int64_t reminder_s(const struct tally *t, const struct notice_terms *terms, int64_t told_s)
{
        int64_t repeat_s = t->loud > 0 ? terms->repeat_s[t->loudest] : 0;

        return repeat_s > 0 ? told_s + repeat_s : -1;
}

/* What is to be told at once, quiet hours apart. */
static enum notice_act urgent_act(const struct notice_group *g, const struct tally *t)
{
        if (t->open == 0)
                return t->ended > 0 ? NOTICE_RESOLVED : t->hidden > 0 ? NOTICE_NOTHING
                                                                      : NOTICE_DROPPED;
        if (g->told == SEVERITY_OK)
                return t->loud > 0 ? NOTICE_OPENED : NOTICE_NOTHING;
        return t->worst > g->told ? NOTICE_WORSENED : t->worst < g->told ? NOTICE_IMPROVED
                                                                         : NOTICE_NOTHING;
}

/* The same of what is told in its time; *@next_s is when that is. */
static enum notice_act patient_act(const struct notice_group *g, const struct notice_terms *terms,
                                   const struct tally *t, int64_t now_s, int64_t *next_s)
{
        int64_t told_s = g->told_s < now_s ? g->told_s : now_s;
        int64_t amend_s = told_s + notice_gather_s(g->messages, terms->amend_s);
        bool changed = t->open > 0 && t->news + t->ended > 0;
        int64_t remind_s = reminder_s(t, terms, told_s);

        *next_s = first_of(changed ? amend_s : -1, remind_s);
        if (changed && amend_s <= now_s)
                return NOTICE_AMENDED;
        return remind_s >= 0 && remind_s <= now_s ? NOTICE_REMINDER : NOTICE_NOTHING;
}

void notice_plan(const struct notice_group *g, const struct notice_terms *t, int64_t now_s,
                 struct notice_plan *ret)
{
        struct tally tally = { .silent_until_s = -1 };
        int64_t next_s = -1;

        for (size_t i = 0; i < g->n; i++)
                count_member(&tally, &g->members[i]);
        enum notice_act act = urgent_act(g, &tally);

        if (act == NOTICE_NOTHING && g->told != SEVERITY_OK)
                act = patient_act(g, t, &tally, now_s, &next_s);
        if (act == NOTICE_DROPPED) {
                *ret = (struct notice_plan){ .act = act, .next_s = -1 };
        } else if (act != NOTICE_NOTHING && t->quiet_until_s > now_s) {
                *ret = (struct notice_plan){ .next_s = t->quiet_until_s };
        } else {
                if (act != NOTICE_NOTHING)
                        next_s = reminder_s(&tally, t, now_s);
                *ret = (struct notice_plan){
                        .act = act,
                        .next_s = first_of(next_s, tally.silent_until_s),
                };
        }
}
