/* SPDX-License-Identifier: Apache-2.0 */
/* The row of `problems`: those that are open, the worst first, then the youngest. */
#include "daemon/monitor/commands_internal.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/monitor/endpoint_json.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/picks.h"
#include "daemon/monitor/silences.h"
#include "daemon/notice/silence.h"

#include <stdlib.h>
#include <string.h>

/* How many there are of each code, and how bad the worst is. */
struct kinds {
        struct kind {
                enum finding_code code;
                enum severity worst;
                int64_t n;
        } items[FINDING_COUNT];
};

/* Which problems of an endpoint are meant. */
struct wanted {
        struct picks_filter filter;
        enum severity least;
        const char *silenced; /* "yes", "no"; or NULL */
        struct hush hush;
};

static int worst_then_youngest(const struct pick *a, const struct pick *b)
{
        if (a->p->severity != b->p->severity)
                return a->p->severity > b->p->severity ? -1 : 1;
        return a->p->since_s > b->p->since_s ? -1 : a->p->since_s < b->p->since_s;
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
        return picks_filter_read(&ret->filter, request);
}

static bool is_wanted(const struct wanted *w, const struct pick *pick)
{
        const struct problem *p = pick->p;

        if (p->severity < w->least || (w->filter.has_code && p->code != w->filter.code))
                return false;
        if (!w->silenced)
                return true;
        const struct subject subject = { pick->m->cfg, p->code, p->severity };

        return (silence_find(w->hush.silences, &subject, w->hush.now_s) != NULL) ==
               (strcmp(w->silenced, "yes") == 0);
}

static void offer_problems(const struct wanted *w, const struct member *m, struct picks *picks,
                           struct kinds *kinds)
{
        if (m->state.n_problems == 0 || !picks_filter_takes(&w->filter, m))
                return;
        for (size_t i = 0; i < m->state.n_problems; i++) {
                const struct pick pick = { m, &m->state.problems[i] };
                struct kind *kind = &kinds->items[pick.p->code];

                if (!is_wanted(w, &pick))
                        continue;
                picks_offer(picks, &pick);
                kind->code = pick.p->code;
                kind->n++;
                if (pick.p->severity > kind->worst)
                        kind->worst = pick.p->severity;
        }
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

static json_t *pick_json(const struct pick *pick, const struct hush *hush)
{
        json_t *problem = problem_json(pick->m, pick->p, hush);

        json_object_set_new(problem, "endpoint", endpoint_name_json(pick->m->cfg));
        return problem;
}

json_t *command_problems(struct monitor *m, const json_t *request)
{
        const struct fleet *f = monitor_fleet(m);
        struct wanted wanted = { .hush = { silences_list(monitor_silences(m)), clock_wall_s() } };
        struct kinds kinds = { 0 };
        struct picks picks = { .order = worst_then_youngest };
        struct page page;
        json_t *error = command_page(request, &page);

        if (!error)
                error = read_wanted(&wanted, request);
        if (error)
                return error;

        picks.max = (size_t)(page.offset + page.limit);
        for (size_t i = 0; i < f->n; i++)
                offer_problems(&wanted, &f->members[i], &picks, &kinds);
        picks_sort(&picks);

        json_t *doc = page_json(&page, picks.offered, wanted.hush.now_s);
        json_t *problems = json_must(json_array());

        for (size_t i = (size_t)page.offset; i < picks.n; i++)
                json_array_append_new(problems, pick_json(&picks.items[i], &wanted.hush));
        picks_done(&picks);
        json_object_set_new(doc, "by_code", kinds_json(&kinds));
        json_object_set_new(doc, "problems", problems);
        return doc;
}
