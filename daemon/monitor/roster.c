/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in roster.h. */
#include "daemon/monitor/roster.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MORE_SUBJECTS 1000 /* than twice as many as members: then most of them are shown no more */
#define LEAF_HEX 16

static_assert(CONFIG_MAX_ENDPOINTS <= 1 << ROSTER_MEMBER_BITS, "members have no room");
static_assert(FINDING_COUNT <= 1 << ROSTER_CODE_BITS, "codes have no room");

static uint32_t seconds(int64_t s)
{
        return s <= 0 ? 0 : s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

uint64_t roster_leaf(const char *fingerprint)
{
        char head[LEAF_HEX + 1];

        snprintf(head, sizeof(head), "%s", fingerprint);
        return strtoull(head, NULL, 16);
}

/* --- what stays as long as the fleet ---------------------------------------------------------- */

/* Adds @piece to the words of a text, unless it is there already. */
static void add_piece(struct buf *text, const char *piece)
{
        if (!strcasestr(buf_str(text), piece))
                buf_printf(text, "%s%s", text->len ? " " : "", piece);
}

static void add_names(struct roster *r, const struct config_endpoint *e)
{
        struct buf text = BUF_INIT(HAYSTACK_TEXT_MAX);
        AUTO_FREE char *target = target_str(&e->target);

        add_piece(&text, target);
        add_piece(&text, e->name);
        add_piece(&text, e->id);
        haystack_add(&r->names, buf_str(&text));
        buf_done(&text);
}

static int by_name(const void *a, const void *b, void *members)
{
        const struct member *x = &((struct member *)members)[*(const uint32_t *)a];
        const struct member *y = &((struct member *)members)[*(const uint32_t *)b];
        int r = strcasecmp(x->cfg->name, y->cfg->name);

        return r ? r : x < y ? -1 : 1;
}

static void rank_names(struct roster *r, const struct fleet *f)
{
        uint32_t *sorted = mem_new0(r->n, sizeof(*sorted));

        for (size_t i = 0; i < r->n; i++)
                sorted[i] = (uint32_t)i;
        if (r->n)
                qsort_r(sorted, r->n, sizeof(*sorted), by_name, f->members);
        for (size_t i = 0; i < r->n; i++)
                r->name_rank[sorted[i]] = (uint32_t)i;
        free(sorted);
}

static int by_address(const void *a, const void *b)
{
        uintptr_t x = (uintptr_t)*(void *const *)a, y = (uintptr_t)*(void *const *)b;

        return x < y ? -1 : x > y;
}

static void add_labels(struct roster *r, const struct config_settings *set)
{
        struct buf text = BUF_INIT(HAYSTACK_TEXT_MAX);

        for (size_t i = 0; i < set->n_labels; i++)
                buf_printf(&text, "%s=%s ", set->labels[i].key, set->labels[i].value);
        haystack_add(&r->labels, buf_str(&text));
        buf_done(&text);
}

static void number_settings(struct roster *r, const struct fleet *f)
{
        r->sets = mem_new0(r->n, sizeof(*r->sets));
        for (size_t i = 0; i < r->n; i++)
                r->sets[i] = f->members[i].cfg->set;
        if (r->n)
                qsort(r->sets, r->n, sizeof(*r->sets), by_address);
        for (size_t i = 0; i < r->n; i++)
                if (i == 0 || r->sets[i] != r->sets[r->n_sets - 1])
                        r->sets[r->n_sets++] = r->sets[i];
        r->sets = mem_resize(r->sets, r->n_sets + 1, sizeof(*r->sets));
        for (size_t i = 0; i < r->n_sets; i++)
                add_labels(r, r->sets[i]);
        for (size_t i = 0; i < r->n; i++) {
                const struct config_settings **set =
                        bsearch(&f->members[i].cfg->set, r->sets, r->n_sets, sizeof(*r->sets),
                                by_address);

                r->settings[i] = (uint32_t)(set - r->sets);
        }
}

/* --- what changes ----------------------------------------------------------------------------- */

static void remove_problems(struct roster *r, size_t i)
{
        while (r->first[i]) {
                uint32_t number = r->first[i];
                struct roster_problem *p = &r->problems[number - 1];

                r->by_code[p->code][p->severity]--;
                r->first[i] = p->next;
                *p = (struct roster_problem){ .next = r->free_problem };
                r->free_problem = number;
        }
}

static struct roster_problem *take_problem(struct roster *r, uint32_t *ret_number)
{
        if (r->free_problem) {
                *ret_number = r->free_problem;
                r->free_problem = r->problems[*ret_number - 1].next;
                return &r->problems[*ret_number - 1];
        }
        if (r->n_problems == r->problems_size) {
                r->problems_size += r->problems_size / 2 + 64;
                r->problems = mem_resize(r->problems, r->problems_size, sizeof(*r->problems));
        }
        *ret_number = (uint32_t)++r->n_problems;
        return &r->problems[r->n_problems - 1];
}

static void add_problems(struct roster *r, size_t i, const struct endpoint_state *s)
{
        for (size_t k = s->n_problems; k-- > 0;) {
                uint32_t number;
                struct roster_problem *p = take_problem(r, &number);

                *p = (struct roster_problem){
                        .since_s = seconds(s->problems[k].since_s),
                        .next = r->first[i],
                        .member = (unsigned)i & ((1U << ROSTER_MEMBER_BITS) - 1),
                        .code = (unsigned)s->problems[k].code & ((1U << ROSTER_CODE_BITS) - 1),
                        .severity = (unsigned)s->problems[k].severity & 7U,
                };
                r->first[i] = number;
                r->by_code[p->code][p->severity]++;
        }
}

static void note_subject(struct roster *r, size_t i, const struct member *m)
{
        const char *subject = m->state.leaf_subject;

        r->subject[i] = (uint32_t)haystack_keep(&r->subjects, subject ? subject : "");
}

/* Those that are shown no more are let go. */
static void gather_subjects(struct roster *r, const struct fleet *f)
{
        haystack_done(&r->subjects);
        for (size_t i = 0; i < r->n; i++)
                note_subject(r, i, &f->members[i]);
}

static void note(struct roster *r, size_t i, const struct member *m)
{
        const struct endpoint_state *s = &m->state;

        r->condition[i] = (uint8_t)condition_of(m);
        r->by_condition[r->condition[i]]++;
        r->expires_s[i] = seconds(s->expires_s);
        r->last_probe_s[i] = seconds(s->last_probe_s);
        r->leaf[i] = roster_leaf(s->leaf_fingerprint);
        note_subject(r, i, m);
        add_problems(r, i, s);
}

void roster_note(const struct member *m)
{
        struct roster *r = m->fleet->roster;
        size_t i = (size_t)(m - m->fleet->members);

        if (!r)
                return;
        r->by_condition[r->condition[i]]--;
        remove_problems(r, i);
        note(r, i, m);
        if (r->subjects.n > 2 * r->n + MORE_SUBJECTS)
                gather_subjects(r, m->fleet);
}

/* ---------------------------------------------------------------------------------------------- */

void roster_begin(struct fleet *f)
{
        struct roster *r = mem_new0(1, sizeof(*r));

        roster_free(f->roster);
        f->roster = r;
        r->n = f->n;
        r->condition = mem_new0(r->n, sizeof(*r->condition));
        r->expires_s = mem_new0(r->n, sizeof(*r->expires_s));
        r->last_probe_s = mem_new0(r->n, sizeof(*r->last_probe_s));
        r->name_rank = mem_new0(r->n, sizeof(*r->name_rank));
        r->settings = mem_new0(r->n, sizeof(*r->settings));
        r->subject = mem_new0(r->n, sizeof(*r->subject));
        r->leaf = mem_new0(r->n, sizeof(*r->leaf));
        r->first = mem_new0(r->n, sizeof(*r->first));
        rank_names(r, f);
        number_settings(r, f);
        for (size_t i = 0; i < r->n; i++) {
                add_names(r, f->members[i].cfg);
                note(r, i, &f->members[i]);
        }
        haystack_trim(&r->names);
}

void roster_free(struct roster *r)
{
        if (!r)
                return;
        free(r->condition);
        free(r->expires_s);
        free(r->last_probe_s);
        free(r->name_rank);
        free(r->settings);
        free(r->subject);
        free(r->leaf);
        free(r->first);
        free(r->sets);
        haystack_done(&r->names);
        haystack_done(&r->labels);
        haystack_done(&r->subjects);
        free(r->problems);
        free(r);
}
