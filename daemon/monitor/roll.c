/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in roll.h. One walk: a group may have as many members as there are endpoints. */
#include "daemon/monitor/roll.h"

#include "common/base/mem.h"
#include "daemon/notice/silence.h"

#include <stdlib.h>
#include <string.h>

struct walk {
        struct roll *roll;
        size_t size;
        const struct store_group *group;
        const struct silence_list *silences;
        roll_find_fn *find;
        const void *arg;
        int64_t now_s;
        bool is_event;
        struct telling_member worst_open; /* .id NULL = none is open */
};

/* --- silences --------------------------------------------------------------------------------- */

static int64_t silent_until_s(const struct walk *w, const struct store_member *m)
{
        if (w->silences->n == 0)
                return 0;
        const struct subject subject = {
                .endpoint = w->find(m->endpoint, w->arg), .code = w->group->code,
                .severity = m->severity,
        };
        const struct silence *s = subject.endpoint
                                          ? silence_find(w->silences, &subject, w->now_s) : NULL;

        return s ? s->end_s : 0;
}

static void note_silence(struct roll *r, const char *endpoint, int64_t until_s)
{
        r->silences = mem_resize(r->silences, r->n_silences + 1, sizeof(*r->silences));
        r->silences[r->n_silences++] = (struct roll_silence){ mem_strdup(endpoint), until_s };
}

/* --- what a message lists --------------------------------------------------------------------- */

static bool is_change(const struct telling_member *m)
{
        return m->gone_s || m->told != m->severity;
}

static bool is_before(const struct telling_member *a, const struct telling_member *b)
{
        if (is_change(a) != is_change(b))
                return is_change(a);
        if (!a->gone_s != !b->gone_s)
                return !a->gone_s;
        return a->severity > b->severity;
}

static void list(struct walk *w, struct telling_member *at, const struct telling_member *m,
                 const char *id)
{
        free(at->id);
        *at = *m;
        at->id = mem_strdup(id);
        at->cfg = w->find(id, w->arg);
}

/* Of equals, the first that came stands first, and stays. */
static void offer(struct walk *w, const struct store_member *m)
{
        struct roll *r = w->roll;
        const struct telling_member is = {
                .severity = m->severity, .told = m->told, .since_s = m->since_s,
                .gone_s = m->gone_s, .retired = m->retired,
        };
        size_t i = r->n_listed;

        if (!is.gone_s && (!w->worst_open.id || is_before(&is, &w->worst_open)))
                list(w, &w->worst_open, &is, m->endpoint);
        while (i > 0 && is_before(&is, &r->listed[i - 1]))
                i--;
        if (i == MESSAGE_MAX_MEMBERS)
                return;
        if (r->n_listed == MESSAGE_MAX_MEMBERS)
                free(r->listed[--r->n_listed].id);
        memmove(&r->listed[i + 1], &r->listed[i], (r->n_listed - i) * sizeof(is));
        r->listed[i].id = NULL;
        list(w, &r->listed[i], &is, m->endpoint);
        r->n_listed++;
}

/* Who is well again does not speak for the others as long as one of them is not. */
static void let_the_open_speak(struct walk *w)
{
        struct roll *r = w->roll;
        struct telling_member *speaker = &w->worst_open;
        size_t i = 0;

        if (!speaker->id || r->n_listed == 0 || !r->listed[0].gone_s)
                return;
        while (i < r->n_listed - 1 && strcmp(r->listed[i].id, speaker->id) != 0)
                i++;
        free(r->listed[i].id); /* it, or the last one of too many */
        memmove(&r->listed[1], &r->listed[0], i * sizeof(*r->listed));
        r->listed[0] = *speaker;
        speaker->id = NULL;
}

/* --- what the members come to ----------------------------------------------------------------- */

static enum severity worse_of(enum severity a, enum severity b)
{
        return a > b ? a : b;
}

static void count_member(struct roll *r, const struct store_member *m, bool silenced)
{
        if (silenced && m->told == SEVERITY_OK)
                return;
        if (m->gone_s) {
                r->n_ended++;
                r->worst_ended = worse_of(r->worst_ended, m->severity);
        } else {
                r->n_open++;
                r->n_opened += m->told == SEVERITY_OK;
                r->worst = worse_of(r->worst, silenced ? m->told : m->severity);
        }
        if (r->since_s == 0 || m->since_s < r->since_s)
                r->since_s = m->since_s;
}

static void add_member(const struct store_member *m, void *arg)
{
        struct walk *w = arg;
        struct roll *r = w->roll;
        int64_t until_s = m->gone_s ? 0 : silent_until_s(w, m);
        bool silenced = until_s > w->now_s;

        if (!m->gone_s && until_s != m->silent_until_s)
                note_silence(r, m->endpoint, until_s);
        if (r->n == w->size) {
                w->size = w->size ? 2 * w->size : 4;
                r->members = mem_resize(r->members, w->size, sizeof(*r->members));
        }
        r->members[r->n++] = (struct notice_member){
                .severity = m->severity, .told = m->told, .gone = m->gone_s != 0,
                .silenced = silenced, .silent_until_s = until_s,
        };
        if (w->is_event && m->told != SEVERITY_OK)
                return; /* it has happened, and that was told */
        count_member(r, m, silenced);
        if (!silenced)
                offer(w, m);
}

int roll_call(struct roll *r, struct store *store, const struct store_group *g,
              const struct silence_list *silences, roll_find_fn *find, const void *arg,
              int64_t now_s)
{
        struct walk walk = {
                .roll = r, .group = g, .silences = silences, .find = find, .arg = arg,
                .now_s = now_s, .is_event = FINDINGS[g->code].class == FINDING_EVENT,
        };

        memset(r, 0, sizeof(*r));
        int err = store_members(store, g->row, add_member, &walk);

        let_the_open_speak(&walk);
        free(walk.worst_open.id);
        return err;
}

void roll_done(struct roll *r)
{
        for (size_t i = 0; i < r->n_listed; i++)
                free(r->listed[i].id);
        for (size_t i = 0; i < r->n_silences; i++)
                free(r->silences[i].endpoint);
        free(r->silences);
        free(r->members);
}
