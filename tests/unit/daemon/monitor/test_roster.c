/* SPDX-License-Identifier: Apache-2.0 */
/* Counts, filters and pages from the columns, held against the members and the obvious ways. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "daemon/monitor/commands_internal.h"
#include "daemon/monitor/condition.h"
#include "daemon/monitor/roster.h"
#include "daemon/monitor/roster_find.h"
#include "tests/unit/daemon/monitor/fleet_of.h"

#include <stdio.h>

#define N 400
#define ROUNDS 300
#define PAGE 37

static const char *const TEAMS[] = { "web", "Mail", "web-east" };
static const enum finding_code CODES[] = {
        FINDING_LEAF_EXPIRED, FINDING_MISSING_INTERMEDIATE, FINDING_CONNECT_TIMEOUT,
};
static const char *const SUBJECTS[] = { "CN=one.example", "O=Two, CN=two.example", NULL };

static unsigned next(unsigned *seed)
{
        *seed = *seed * 1664525U + 1013904223U;
        return *seed >> 8;
}

static struct fleet *make_fleet(unsigned *seed)
{
        struct buf text = BUF_INIT(1 << 20);

        buf_puts(&text, "endpoints:\n");
        for (int i = 0; i < N; i++)
                buf_printf(&text, "  - {target: 'h%03d.example.com:%d', name: '%s %u', "
                                  "labels: {team: %s}}\n", i, 8443 + i % 2, i % 3 ? "Shop" : "bank",
                           next(seed) % 50 + (unsigned)i * 100, TEAMS[next(seed) % 3]);
        struct fleet *f = fleet_of(buf_str(&text));

        buf_done(&text);
        assert_int_equal(f->n, N);
        return f;
}

/* Every member has a fair chance of each condition, and of sharing dates and certificates. */
static void change(struct member *m, unsigned *seed)
{
        struct endpoint_state *s = &m->state;

        for (size_t i = 0; i < ARRAY_LEN(CODES); i++) {
                struct problem p = { .code = CODES[i], .since_s = 1000 + next(seed) % 9,
                                     .severity = SEVERITY_INFO + next(seed) % 3 };

                if (next(seed) % 3 == 0)
                        endpoint_state_put(s, &p);
                else
                        endpoint_state_remove(s, CODES[i]);
        }
        s->expires_s = next(seed) % 20;
        s->last_probe_s = next(seed) % 30;
        s->last_success_s = next(seed) % 2;
        s->failures = next(seed) % 3 == 0;
        m->blind = next(seed) % 5 == 0;
        snprintf(s->leaf_fingerprint, sizeof(s->leaf_fingerprint), "%016x%048x", next(seed) % 7,
                 0U);
        free(s->leaf_subject);
        const char *subject = SUBJECTS[next(seed) % 3];

        s->leaf_subject = subject ? mem_strdup(subject) : NULL;
}

/* --- the obvious ways ------------------------------------------------------------------------- */

static bool has_word(const struct member *m, const char *word)
{
        AUTO_FREE char *target = target_str(&m->cfg->target);
        AUTO_FREE char *label = mem_printf("team=%s", m->cfg->set->labels[0].value);

        return strcasestr(m->cfg->name, word) || strcasestr(m->cfg->id, word) ||
               strcasestr(target, word) || strcasestr(label, word) ||
               (m->state.leaf_subject && strcasestr(m->state.leaf_subject, word));
}

static bool fits(const struct member *m, const struct roster_filter *filter)
{
        AUTO_FREE char *words = mem_strdup(filter->words ? filter->words : "");
        char *rest = NULL;

        for (char *w = strtok_r(words, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
                if (!has_word(m, w))
                        return false;
        if (filter->label && strcmp(filter->label + strlen("team="), m->cfg->set->labels[0].value))
                return false;
        if (filter->leaf && strcmp(filter->leaf, m->state.leaf_fingerprint) != 0)
                return false;
        if (filter->conditions && !(filter->conditions >> condition_of(m) & 1))
                return false;
        return !filter->has_code || endpoint_state_find(&m->state, filter->code);
}

static int64_t value_of(const struct member *m, enum roster_order order)
{
        int64_t value = order == ROSTER_LAST_PROBE ? m->state.last_probe_s : m->state.expires_s;

        return order == ROSTER_URGENCY ? (int64_t)condition_of(m) * 1000 + value : value;
}

static enum roster_order by;
static bool down;

static int obvious(const void *a, const void *b)
{
        const struct member *x = *(const struct member *const *)a;
        const struct member *y = *(const struct member *const *)b;
        int64_t vx = value_of(x, by), vy = value_of(y, by);
        int64_t r = by == ROSTER_NAME ? strcasecmp(x->cfg->name, y->cfg->name) : vx - vy;

        if (by != ROSTER_NAME && by != ROSTER_URGENCY && (vx == 0) != (vy == 0))
                return vx == 0 ? 1 : -1; /* unknown: last, either way */
        if (r == 0)
                return x < y ? -1 : 1;
        return (r < 0) != down ? -1 : 1;
}

static void assert_page(const struct fleet *f, const struct roster_filter *filter, size_t offset)
{
        const struct member *expected[N];
        uint32_t page[PAGE];
        size_t n = 0, total;
        AUTO_FREE uint8_t *fitting = roster_fitting(f->roster, filter);
        size_t most = roster_page(f->roster, fitting, by, down, offset, PAGE, page, &total);

        for (size_t i = 0; i < N; i++)
                if (fits(&f->members[i], filter))
                        expected[n++] = &f->members[i];
        if (n)
                qsort(expected, n, sizeof(*expected), obvious);
        assert_int_equal(total, n);
        assert_int_equal(most, offset >= n ? 0 : n - offset < PAGE ? n - offset : PAGE);
        for (size_t i = 0; i < most; i++)
                assert_ptr_equal(&f->members[page[i]], expected[offset + i]);
}

static void random_filter(struct roster_filter *ret, unsigned *seed)
{
        static const char *const WORDS[] = { NULL, NULL, "SHOP", "h01 8443", "two bank", "team=web",
                                             "  ", "nowhere", "e,", "mail one.EXAMPLE" };
        static const char *const LABELS[] = { NULL, NULL, "team=web", "team=Mail", "team=none" };
        static char leaf[65];

        *ret = (struct roster_filter){
                .words = WORDS[next(seed) % ARRAY_LEN(WORDS)],
                .label = LABELS[next(seed) % ARRAY_LEN(LABELS)],
                .conditions = next(seed) % 3 ? 0 : next(seed) % (1U << CONDITION_COUNT),
                .has_code = next(seed) % 4 == 0,
                .code = CODES[next(seed) % ARRAY_LEN(CODES)],
        };
        if (next(seed) % 4 == 0) {
                snprintf(leaf, sizeof(leaf), "%016x%048x", 1 + next(seed) % 6, 0U);
                ret->leaf = leaf;
        }
}

static void assert_counts(const struct fleet *f)
{
        size_t by_condition[CONDITION_COUNT] = { 0 };
        static size_t by_code[FINDING_COUNT][SEVERITY_COUNT];

        memset(by_code, 0, sizeof(by_code));
        for (size_t i = 0; i < N; i++) {
                const struct endpoint_state *s = &f->members[i].state;

                by_condition[condition_of(&f->members[i])]++;
                for (size_t k = 0; k < s->n_problems; k++)
                        by_code[s->problems[k].code][s->problems[k].severity]++;
        }
        assert_memory_equal(f->roster->by_condition, by_condition, sizeof(by_condition));
        assert_memory_equal(f->roster->by_code, by_code, sizeof(by_code));
}

/* --- the tests -------------------------------------------------------------------------------- */

static void pages_and_counts_are_those_of_the_obvious_way(void **state)
{
        unsigned seed = 11;
        struct fleet *f = make_fleet(&seed);

        (void)state;
        for (size_t i = 0; i < N; i++)
                change(&f->members[i], &seed);
        roster_begin(f);
        for (int round = 0; round < ROUNDS; round++) {
                struct roster_filter filter;

                for (int i = 0; i < 20; i++) {
                        struct member *m = &f->members[next(&seed) % N];

                        change(m, &seed);
                        roster_note(m);
                }
                assert_counts(f);
                random_filter(&filter, &seed);
                by = next(&seed) % 4;
                down = next(&seed) % 2;
                assert_page(f, &filter, next(&seed) % (next(&seed) % 3 ? PAGE : N + 9));
        }
        fleet_free(f);
}

/* However often each shows another certificate, the texts of the former go. */
static void what_is_shown_no_more_takes_no_room(void **state)
{
        unsigned seed = 5;
        struct fleet *f = make_fleet(&seed);

        (void)state;
        roster_begin(f);
        for (size_t i = 0; i < 20 * N; i++) {
                struct member *m = &f->members[i % N];

                free(m->state.leaf_subject);
                m->state.leaf_subject = mem_printf("CN=%zu", i);
                roster_note(m);
        }
        assert_true(f->roster->subjects.n <= 2 * N + 1001);
        by = ROSTER_NAME;
        down = false;
        assert_page(f, &(struct roster_filter){ .words = "cn=7" }, 0);
        fleet_free(f);
}

static void each_open_problem_is_there_once(void **state)
{
        unsigned seed = 23;
        struct fleet *f = make_fleet(&seed);
        size_t open = 0, listed = 0;

        (void)state;
        roster_begin(f);
        for (int i = 0; i < 5 * N; i++) {
                struct member *m = &f->members[next(&seed) % N];

                change(m, &seed);
                roster_note(m);
        }
        for (size_t i = 0; i < N; i++)
                open += f->members[i].state.n_problems;
        for (size_t i = 0; i < f->roster->n_problems; i++) {
                const struct roster_problem *p = &f->roster->problems[i];
                const struct problem *real = endpoint_state_find(&f->members[p->member].state,
                                                                 (enum finding_code)p->code);

                if (p->severity == SEVERITY_OK)
                        continue;
                listed++;
                assert_non_null(real);
                assert_int_equal(p->severity, real->severity);
                assert_int_equal(p->since_s, real->since_s);
        }
        assert_int_equal(listed, open);
        fleet_free(f);
}

static void an_empty_fleet_has_empty_pages(void **state)
{
        struct fleet *f = fleet_of("endpoints: []\n");

        (void)state;
        roster_begin(f);
        size_t total = 1, n;
        AUTO_FREE uint8_t *fitting = roster_fitting(f->roster,
                                                    &(struct roster_filter){ .words = "x" });

        n = roster_page(f->roster, fitting, ROSTER_URGENCY, false, 0, 10, NULL, &total);
        assert_int_equal(n, 0);
        assert_int_equal(total, 0);
        fleet_free(f);
}

static void what_is_selected_is_what_sorting_would_give(void **state)
{
        unsigned seed = 3;

        (void)state;
        for (size_t round = 0; round < 500; round++) {
                size_t n = next(&seed) % 60, offset = next(&seed) % 70, max = next(&seed) % 30;
                uint64_t keys[60];
                size_t smaller, same;

                for (size_t i = 0; i < n; i++)
                        keys[i] = round % 3 ? next(&seed) % 20 : round % 2 ? i : n - i;
                size_t got = roster_select(keys, n, offset, max);

                assert_int_equal(got, offset >= n ? 0 : n - offset < max ? n - offset : max);
                for (size_t i = offset; i < offset + got; i++) {
                        smaller = same = 0;
                        for (size_t k = 0; k < n; k++) {
                                smaller += keys[k] < keys[i];
                                same += keys[k] == keys[i];
                        }
                        assert_true(smaller <= i && i < smaller + same);
                }
        }
}

static void a_filter_that_makes_no_sense_is_an_error(void **state)
{
        static const struct {
                const char *key, *value;
        } ROWS[] = {
                { "state", "red" }, { "state", "error,,ok" }, { "label", "team" },
                { "code", "nonsense" }, { "certificate", "abc" },
                { "q", "1 2 3 4 5 6 7 8 9" },
                { "certificate", "g123456789abcdef0123456789abcdef"
                                 "0123456789abcdef0123456789abcdef" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                json_t *request = json_pack("{s:s}", ROWS[i].key, ROWS[i].value);
                struct roster_filter filter;
                json_t *error = command_filter(request, &filter);

                assert_non_null(json_object_get(error, "error"));
                json_decref(error);
                json_decref(request);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pages_and_counts_are_those_of_the_obvious_way),
                cmocka_unit_test(what_is_shown_no_more_takes_no_room),
                cmocka_unit_test(each_open_problem_is_there_once),
                cmocka_unit_test(an_empty_fleet_has_empty_pages),
                cmocka_unit_test(what_is_selected_is_what_sorting_would_give),
                cmocka_unit_test(a_filter_that_makes_no_sense_is_an_error),
        };

        return cmocka_run_group_tests(tests, write_anchors, remove_anchors);
}
