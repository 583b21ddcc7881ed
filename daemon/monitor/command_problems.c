/* SPDX-License-Identifier: Apache-2.0 */
/* The row of `problems`: those that are open, the worst first, then the youngest. */
#include "daemon/monitor/commands_internal.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/json_text.h"
#include "daemon/monitor/endpoint_json.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/roster.h"
#include "daemon/monitor/roster_find.h"
#include "daemon/monitor/silences.h"
#include "daemon/notice/silence.h"

#include <stdlib.h>
#include <string.h>

#define MAX_COMPARISONS 200000 /* of a problem with a silence; about 0.2 us each */

/* How many there are of each code, and how bad the worst is. */
struct kinds {
        struct kind {
                enum finding_code code;
                enum severity worst;
                int64_t n;
        } items[FINDING_COUNT];
};

/* Which problems are meant. */
struct wanted {
        struct roster_filter filter;
        uint8_t *fitting; /* endpoints; NULL = all */
        enum severity least;
        const char *silenced; /* "yes", "no"; or NULL */
        struct hush hush;
};

/* Those that were found, as keys: in their order the worst come first, then the youngest. */
struct found {
        uint64_t *keys;
        size_t n;
        struct kinds kinds;
};

static uint64_t key_of(const struct roster_problem *p)
{
        uint64_t key = (uint64_t)(SEVERITY_ERROR - p->severity) << 32 | (UINT32_MAX - p->since_s);

        return (key << ROSTER_MEMBER_BITS | p->member) << ROSTER_CODE_BITS | p->code;
}

static int worst_then_most(const void *a, const void *b)
{
        const struct kind *x = a, *y = b;

        if (x->worst != y->worst)
                return x->worst > y->worst ? -1 : 1;
        return x->n > y->n ? -1 : x->n < y->n;
}

/* NULL, or an error to answer with. */
static json_t *read_wanted(struct wanted *ret, const json_t *request)
{
        const char *severity = command_text(request, "severity");

        ret->silenced = command_text(request, "silenced");
        if (severity && (severity_parse(severity, &ret->least) < 0 || ret->least == SEVERITY_OK))
                return command_error("severity is info, warning or error");
        if (ret->silenced && strcmp(ret->silenced, "yes") != 0 && strcmp(ret->silenced, "no") != 0)
                return command_error("silenced is yes or no");
        return command_filter(request, &ret->filter);
}

static bool is_silenced(const struct fleet *f, const struct roster_problem *p,
                        const struct hush *h)
{
        const struct subject subject = { f->members[p->member].cfg, (enum finding_code)p->code,
                                         (enum severity)p->severity };

        return silence_find(h->silences, &subject, h->now_s);
}

static bool is_wanted(const struct wanted *w, const struct roster_problem *p)
{
        if (p->severity == SEVERITY_OK || p->severity < w->least)
                return false; /* the first: it is over */
        if (w->filter.has_code && p->code != w->filter.code)
                return false;
        return !w->fitting || w->fitting[p->member];
}

/* False when there would be too much to compare: the loop waits meanwhile. */
static bool find(const struct fleet *f, const struct wanted *w, struct found *found)
{
        const struct roster *r = f->roster;
        size_t comparisons = 0;

        found->keys = mem_new0(r->n_problems, sizeof(*found->keys));
        for (size_t i = 0; i < r->n_problems; i++) {
                const struct roster_problem *p = &r->problems[i];
                struct kind *kind = &found->kinds.items[p->code];

                if (!is_wanted(w, p))
                        continue;
                comparisons += w->silenced ? w->hush.silences->n : 0;
                if (comparisons > MAX_COMPARISONS)
                        return false;
                if (w->silenced && is_silenced(f, p, &w->hush) != (strcmp(w->silenced, "yes") == 0))
                        continue;
                found->keys[found->n++] = key_of(p);
                kind->code = (enum finding_code)p->code;
                kind->n++;
                if (p->severity > kind->worst)
                        kind->worst = (enum severity)p->severity;
        }
        return true;
}

static json_t *kinds_json(struct kinds *kinds)
{
        json_t *by_code = json_must(json_array());

        qsort(kinds->items, FINDING_COUNT, sizeof(*kinds->items), worst_then_most);
        for (size_t i = 0; i < FINDING_COUNT && kinds->items[i].n > 0; i++) {
                const struct kind *kind = &kinds->items[i];

                json_array_append_new(by_code, json_must(json_pack(
                        "{s:s, s:s, s:s, s:I}", "code", FINDINGS[kind->code].name,
                        "severity", severity_str(kind->worst), "title", FINDINGS[kind->code].title,
                        "endpoints", (json_int_t)kind->n)));
        }
        return by_code;
}

static json_t *found_json(const struct fleet *f, uint64_t key, const struct hush *hush)
{
        const struct member *m = &f->members[key >> ROSTER_CODE_BITS &
                                             ((1U << ROSTER_MEMBER_BITS) - 1)];
        enum finding_code code = (enum finding_code)(key & ((1U << ROSTER_CODE_BITS) - 1));
        json_t *problem = problem_json(m, endpoint_state_find(&m->state, code), hush);

        json_object_set_new(problem, "endpoint", endpoint_name_json(m->cfg));
        return problem;
}

json_t *command_problems(struct monitor *m, const json_t *request)
{
        const struct fleet *f = monitor_fleet(m);
        struct wanted wanted = { .hush = { silences_list(monitor_silences(m)), clock_wall_s() } };
        struct found found = { 0 };
        struct page page;
        json_t *error = command_page(request, &page);

        if (!error)
                error = read_wanted(&wanted, request);
        if (error)
                return error;

        wanted.fitting = roster_fitting(f->roster, &wanted.filter);
        bool all = find(f, &wanted, &found);

        free(wanted.fitting);
        if (!all) {
                free(found.keys);
                return command_error("too many problems to compare each with every silence: narrow "
                                     "them down by q, code, label or severity");
        }
        size_t n = roster_select(found.keys, found.n, (size_t)page.offset, (size_t)page.limit);
        json_t *doc = page_json(&page, found.n, wanted.hush.now_s);
        json_t *problems = json_must(json_array());

        for (size_t i = 0; i < n; i++)
                json_array_append_new(problems, found_json(f, found.keys[page.offset + (int64_t)i],
                                                           &wanted.hush));
        free(found.keys);
        json_object_set_new(doc, "by_code", kinds_json(&found.kinds));
        json_object_set_new(doc, "problems", problems);
        return doc;
}
