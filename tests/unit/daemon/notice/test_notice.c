/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a group, and when: each rule, by what is and what was told. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/notice/notice.h"

#include "common/base/cleanup.h"

#include <stdio.h>

#define NOW 1000000
#define HOUR 3600
#define DAY 86400
#define SILENT_END (NOW + 500)
#define QUIET_END (NOW + 700)
#define MAX_MEMBERS 4

static const int64_t REPEAT_S[SEVERITY_COUNT] = {
        [SEVERITY_WARNING] = 3 * DAY,
        [SEVERITY_ERROR] = DAY,
};

/* What a member is; one letter each in the rows below. */
static const struct {
        char letter;
        struct notice_member member;
} MEMBERS[] = {
        { 'w', { SEVERITY_WARNING, SEVERITY_OK } },              /* new */
        { 'e', { SEVERITY_ERROR, SEVERITY_OK } },
        { 'W', { SEVERITY_WARNING, SEVERITY_WARNING } },         /* told */
        { 'E', { SEVERITY_ERROR, SEVERITY_ERROR } },
        { '+', { SEVERITY_ERROR, SEVERITY_WARNING } },           /* told, and worse now */
        { '-', { SEVERITY_WARNING, SEVERITY_ERROR } },           /* told, and better now */
        { 'g', { SEVERITY_ERROR, SEVERITY_OK, .gone = true } },  /* came and went */
        { 'G', { SEVERITY_ERROR, SEVERITY_ERROR, .gone = true } },
        { 's', { SEVERITY_ERROR, SEVERITY_OK, .silenced = true, .silent_until_s = SILENT_END } },
        { 'S', { SEVERITY_ERROR, SEVERITY_WARNING, .silenced = true,
                 .silent_until_s = SILENT_END } },
        { 'x', { SEVERITY_ERROR, SEVERITY_OK, .gone = true, .silenced = true } },
        { 'X', { SEVERITY_ERROR, SEVERITY_ERROR, .gone = true, .silenced = true } },
};

static struct notice_member member_of(char letter)
{
        for (size_t i = 0; i < ARRAY_LEN(MEMBERS); i++)
                if (MEMBERS[i].letter == letter)
                        return MEMBERS[i].member;
        fail_msg("no member %c", letter);
        return MEMBERS[0].member;
}

/* A group as it was told; .ago is how long ago the last message was. */
struct row {
        const char *members;
        enum severity told;
        int64_t messages, ago;
        bool quiet;
        enum notice_act act;
        int64_t in; /* look again; 0 = no need */
};

static void check_row(const struct row *row, size_t number)
{
        struct notice_member members[MAX_MEMBERS];
        struct notice_group g = {
                .members = members, .told = row->told, .messages = row->messages,
                .told_s = row->messages ? NOW - row->ago : 0,
        };
        const struct notice_terms terms = {
                .repeat_s = REPEAT_S, .amend_s = HOUR, .quiet_until_s = row->quiet ? QUIET_END : 0,
        };
        struct notice_plan plan;

        for (; row->members[g.n]; g.n++)
                members[g.n] = member_of(row->members[g.n]);
        notice_plan(&g, &terms, NOW, &plan);
        int64_t in = plan.next_s < 0 ? 0 : plan.next_s - NOW;

        if (plan.act != row->act || in != row->in)
                fail_msg("row %zu (%s): act %d in %lld", number, row->members, plan.act,
                         (long long)in);
}

#define CHECK(rows)                                                                                \
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)                                               \
                check_row(&(rows)[i], i)

#define OK SEVERITY_OK
#define WARN SEVERITY_WARNING
#define ERR SEVERITY_ERROR

static void the_first__is_told_at_once(void **state)
{
        static const struct row ROWS[] = {
                { "w",  OK, 0, 0, false, NOTICE_OPENED, 3 * DAY },
                { "we", OK, 0, 0, false, NOTICE_OPENED, DAY },
                { "w",  OK, 3, 9, false, NOTICE_OPENED, 3 * DAY }, /* again, after its end */
                { "wg", OK, 0, 0, false, NOTICE_OPENED, 3 * DAY },
        };

        (void)state;
        CHECK(ROWS);
}

static void worse_or_better__is_told_at_once(void **state)
{
        static const struct row ROWS[] = {
                { "+",  WARN, 1, 0, false, NOTICE_WORSENED, DAY },
                { "We", WARN, 1, 0, false, NOTICE_WORSENED, DAY },
                { "-",  ERR,  1, 0, false, NOTICE_IMPROVED, 3 * DAY },
                { "WG", ERR,  1, 0, false, NOTICE_IMPROVED, 3 * DAY },
        };

        (void)state;
        CHECK(ROWS);
}

static void the_end__is_told_at_once(void **state)
{
        static const struct row ROWS[] = {
                { "G",  ERR, 1, 0, false, NOTICE_RESOLVED, 0 },
                { "GG", ERR, 1, 0, false, NOTICE_RESOLVED, 0 },
                { "X",  ERR, 1, 0, false, NOTICE_RESOLVED, 0 },   /* silence or not */
                { "Gs", ERR, 1, 0, false, NOTICE_RESOLVED, 500 }, /* what is silenced may come */
                { "g",  OK,  0, 0, false, NOTICE_RESOLVED, 0 },   /* after quiet hours */
        };

        (void)state;
        CHECK(ROWS);
}

static void more_and_fewer__are_gathered(void **state)
{
        static const struct row ROWS[] = {
                { "Ee", ERR, 1,  0,   false, NOTICE_NOTHING, 30 },
                { "Ee", ERR, 1,  29,  false, NOTICE_NOTHING, 1 },
                { "Ee", ERR, 1,  30,  false, NOTICE_AMENDED, DAY },
                { "EG", ERR, 2,  30,  false, NOTICE_NOTHING, 30 },
                { "EG", ERR, 2,  60,  false, NOTICE_AMENDED, DAY },
                { "Eg", ERR, 2,  60,  false, NOTICE_AMENDED, DAY },
                { "E+", ERR, 3,  100, false, NOTICE_NOTHING, 20 },
                { "E+", ERR, 3,  120, false, NOTICE_AMENDED, DAY },
                { "Ee", ERR, 99, 600, false, NOTICE_NOTHING, HOUR - 600 },
        };

        (void)state;
        CHECK(ROWS);
}

static void what_stays__is_told_again(void **state)
{
        static const struct row ROWS[] = {
                { "E",  ERR,  1, 100,         false, NOTICE_NOTHING,  DAY - 100 },
                { "E",  ERR,  1, DAY,         false, NOTICE_REMINDER, DAY },
                { "W",  WARN, 1, DAY,         false, NOTICE_NOTHING,  2 * DAY },
                { "W",  WARN, 1, 3 * DAY,     false, NOTICE_REMINDER, 3 * DAY },
                { "WE", ERR,  1, DAY,         false, NOTICE_REMINDER, DAY },
                { "Ee", ERR,  1, DAY,         false, NOTICE_AMENDED,  DAY },
        };

        (void)state;
        CHECK(ROWS);
}

static void silence__holds_back_what_was_not_told(void **state)
{
        static const struct row ROWS[] = {
                { "s",  OK,   0, 0,       false, NOTICE_NOTHING,  500 },
                { "sw", OK,   0, 0,       false, NOTICE_OPENED,   500 },
                { "x",  OK,   0, 0,       false, NOTICE_DROPPED,  0 },
                { "xs", OK,   0, 0,       false, NOTICE_NOTHING,  500 },
                { "Ws", WARN, 1, DAY,     false, NOTICE_NOTHING,  500 }, /* no worse, no more */
                { "S",  WARN, 1, 9 * DAY, false, NOTICE_NOTHING,  500 }, /* and not again */
                { "SG", WARN, 1, 30,      false, NOTICE_AMENDED,  500 },
                { "Ex", ERR,  1, 60,      false, NOTICE_NOTHING,  DAY - 60 },
        };

        (void)state;
        CHECK(ROWS);
}

static void quiet_hours__hold_back_everything(void **state)
{
        static const struct row ROWS[] = {
                { "w",  OK,   0, 0,       true, NOTICE_NOTHING, 700 },
                { "+",  WARN, 1, 0,       true, NOTICE_NOTHING, 700 },
                { "G",  ERR,  1, 0,       true, NOTICE_NOTHING, 700 },
                { "E",  ERR,  1, DAY,     true, NOTICE_NOTHING, 700 },
                { "Ee", ERR,  1, 60,      true, NOTICE_NOTHING, 700 },
                { "Ee", ERR,  1, 10,      true, NOTICE_NOTHING, 20 }, /* it may be over then */
                { "x",  OK,   0, 0,       true, NOTICE_DROPPED, 0 },
        };

        (void)state;
        CHECK(ROWS);
}

static void a_clock_set_back__makes_nothing_wait_longer(void **state)
{
        static const struct row ROWS[] = {
                { "E",  ERR, 1, -9 * DAY, false, NOTICE_NOTHING, DAY },
                { "Ee", ERR, 1, -9 * DAY, false, NOTICE_NOTHING, 30 },
        };

        (void)state;
        CHECK(ROWS);
}

static void a_severity_without_reminders__is_not_told_again(void **state)
{
        static const struct notice_member MEMBER = { SEVERITY_INFO, SEVERITY_INFO };
        const struct notice_group g = {
                .members = &MEMBER, .n = 1, .told_s = 1, .messages = 1, .told = SEVERITY_INFO,
        };
        const struct notice_terms terms = { .repeat_s = REPEAT_S, .amend_s = HOUR };
        struct notice_plan plan;

        (void)state;
        notice_plan(&g, &terms, NOW, &plan);
        assert_int_equal(plan.act, NOTICE_NOTHING);
        assert_int_equal(plan.next_s, -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first__is_told_at_once),
                cmocka_unit_test(worse_or_better__is_told_at_once),
                cmocka_unit_test(the_end__is_told_at_once),
                cmocka_unit_test(more_and_fewer__are_gathered),
                cmocka_unit_test(what_stays__is_told_again),
                cmocka_unit_test(silence__holds_back_what_was_not_told),
                cmocka_unit_test(quiet_hours__hold_back_everything),
                cmocka_unit_test(a_clock_set_back__makes_nothing_wait_longer),
                cmocka_unit_test(a_severity_without_reminders__is_not_told_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
