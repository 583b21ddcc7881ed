/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds of telling again, against an outbox that has so many open problems. */
#include "sample.h"

#include "daemon/alert/resend.h"

#include <errno.h>
#include <stdio.h>

#define PERIOD_S 60
#define PERIOD_MS (PERIOD_S * INT64_C(1000))

struct rig {
        struct resend *resend;
        struct outbox outbox;
        int n_open, failure, asked;
        int64_t now_ms;
        struct message batch[RESEND_BATCH];
};

static struct message problem(int number, enum message_kind kind)
{
        struct message m = sample();
        char name[32];

        snprintf(name, sizeof(name), "e%d", number);
        replace_text(&m.endpoint, name);
        m.kind = kind;
        return m;
}

/* Problems are e1 ... */
static int open_problems(void *ctx, const char *receiver, char **after, struct message *ret,
                         int max)
{
        struct rig *rig = ctx;
        int n = 0, last = *after ? atoi(*after) : 0;

        assert_string_equal(receiver, "am");
        rig->asked++;
        if (rig->failure < 0)
                return rig->failure;
        while (n < max && last < rig->n_open)
                ret[n++] = problem(++last, MESSAGE_REMINDER);
        free(*after);
        *after = mem_printf("%d", last);
        return n;
}

static int setup(void **state)
{
        struct rig *rig = mem_new0(1, sizeof(*rig));

        rig->resend = resend_new(PERIOD_S);
        rig->outbox = (struct outbox){ .ctx = rig, .open = open_problems };
        rig->now_ms = 5000;
        *state = rig;
        return 0;
}

static int teardown(void **state)
{
        struct rig *rig = *state;

        resend_free(rig->resend);
        free(rig);
        return 0;
}

static int take(struct rig *rig)
{
        return resend_take(rig->resend, &rig->outbox, "am", rig->now_ms, rig->batch);
}

static void drop(struct rig *rig, int n)
{
        for (int i = 0; i < n; i++)
                message_done(&rig->batch[i]);
}

static void assert_takes(struct rig *rig, int n)
{
        int r = take(rig);

        drop(rig, r);
        assert_int_equal(r, n);
}

static void note(struct rig *rig, int number, enum message_kind kind)
{
        struct message m = problem(number, kind);
        AUTO_FREE char *payload = message_to_json(&m);

        resend_note(rig->resend, &m, payload, rig->now_ms);
        message_done(&m);
}

static void the_first_round__is_at_once_and_in_batches(void **state)
{
        struct rig *rig = *state;

        rig->n_open = 2 * RESEND_BATCH + 1;
        assert_true(resend_due_ms(rig->resend) <= rig->now_ms);
        assert_takes(rig, RESEND_BATCH);
        assert_takes(rig, RESEND_BATCH);
        assert_takes(rig, 1);
        assert_takes(rig, 0);
        assert_int_equal(resend_due_ms(rig->resend), rig->now_ms + PERIOD_MS);
        rig->now_ms += PERIOD_MS - 1;
        assert_takes(rig, 0);
        rig->now_ms++;
        assert_takes(rig, RESEND_BATCH);
}

static void what_did_not_arrive__is_sent_again_from_the_start(void **state)
{
        struct rig *rig = *state;

        rig->n_open = RESEND_BATCH + 1;
        assert_takes(rig, RESEND_BATCH);
        resend_again(rig->resend);
        assert_takes(rig, RESEND_BATCH);
        assert_takes(rig, 1);
        assert_takes(rig, 0);
}

static void a_failure_of_the_outbox__is_told(void **state)
{
        struct rig *rig = *state;

        rig->n_open = 1;
        rig->failure = -EIO;
        assert_takes(rig, -EIO);
        rig->failure = 0;
        assert_takes(rig, 1);
}

static void an_end__is_told_for_five_rounds(void **state)
{
        struct rig *rig = *state;

        assert_takes(rig, 0);
        note(rig, 7, MESSAGE_OPENED);
        note(rig, 7, MESSAGE_RESOLVED);
        for (int round = 1; round < RESEND_ROUNDS; round++) {
                rig->now_ms += PERIOD_MS;
                assert_int_equal(take(rig), 1);
                assert_int_equal(rig->batch[0].kind, MESSAGE_RESOLVED);
                assert_string_equal(rig->batch[0].endpoint, "e7");
                drop(rig, 1);
                assert_takes(rig, 0);
        }
        rig->now_ms += PERIOD_MS;
        assert_takes(rig, 0);
}

/* Otherwise the old end would end what is open again. */
static void an_end__is_forgotten_when_it_opens_again(void **state)
{
        static const enum message_kind KINDS[] = { MESSAGE_OPENED, MESSAGE_WORSENED };
        struct rig *rig = *state;

        for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
                note(rig, 1, MESSAGE_RESOLVED);
                note(rig, 2, MESSAGE_RESOLVED);
                note(rig, 2, KINDS[i]);
                assert_takes(rig, 1);
                assert_takes(rig, 0);
                rig->now_ms += PERIOD_MS;
        }
        note(rig, 1, MESSAGE_RESOLVED);
        rig->n_open = 1; /* the message that says so waits, perhaps, but it is open */
        assert_int_equal(take(rig), 1);
        assert_int_equal(rig->batch[0].kind, MESSAGE_REMINDER);
        drop(rig, 1);
        assert_takes(rig, 0);
}

static void ends__are_bounded(void **state)
{
        struct rig *rig = *state;
        int all = 0, n;

        for (int i = 0; i < RESEND_MAX_ENDED + 10; i++)
                note(rig, i, MESSAGE_RESOLVED);
        while ((n = take(rig)) > 0) {
                if (all == 0)
                        assert_string_equal(rig->batch[0].endpoint, "e10");
                drop(rig, n);
                all += n;
        }
        assert_int_equal(all, RESEND_MAX_ENDED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(the_first_round__is_at_once_and_in_batches, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(what_did_not_arrive__is_sent_again_from_the_start,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(a_failure_of_the_outbox__is_told, setup, teardown),
                cmocka_unit_test_setup_teardown(an_end__is_told_for_five_rounds, setup, teardown),
                cmocka_unit_test_setup_teardown(an_end__is_forgotten_when_it_opens_again, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(ends__are_bounded, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
