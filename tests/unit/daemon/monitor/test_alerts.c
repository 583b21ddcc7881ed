/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From transitions to what lies in the outbox, through a store: who is told what, once, whatever
 * happens in between.
 */
#include "../store/scratch.h"
#include "fleet_of.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "daemon/alert/message.h"
#include "daemon/monitor/alerts.h"
#include "daemon/store/database.h"
#include "daemon/store/groups.h"

#include <string.h>

#define NOW_S INT64_C(1800000000) /* 2027-01-15 08:00 UTC */
#define DAY_S 86400
#define CERT "aa11"

struct rig {
        struct scratch *scratch;
        struct config *config;
        struct alerts *alerts;
        int64_t now_s;
        struct message told; /* the last that expect() took */
};

static struct rig begin(void **state, const char *text)
{
        struct rig rig = { .scratch = *state, .config = load(text), .now_s = NOW_S };

        scratch_open(rig.scratch);
        rig.alerts = alerts_new(rig.scratch->store, rig.config);
        assert_int_equal(alerts_due(rig.alerts, rig.now_s), 0);
        return rig;
}

static void end(struct rig *rig)
{
        message_done(&rig->told);
        alerts_free(rig->alerts);
        config_unref(rig->config);
}

/* As if the process had been killed, and another one had begun. */
static void start_again(struct rig *rig)
{
        alerts_free(rig->alerts);
        scratch_reopen(rig->scratch);
        rig->alerts = alerts_new(rig->scratch->store, rig->config);
}

static void reload(struct rig *rig, const char *text)
{
        struct config *old = rig->config;

        rig->config = load(text);
        alerts_reload(rig->alerts, rig->config);
        config_unref(old);
        assert_true(alerts_due(rig->alerts, rig->now_s) >= 0);
}

/* --- what happens ----------------------------------------------------------------------------- */

static const struct config_endpoint *endpoint(const struct rig *rig, const char *id)
{
        for (size_t i = 0; i < rig->config->n_endpoints; i++)
                if (strcmp(rig->config->endpoints[i].id, id) == 0)
                        return &rig->config->endpoints[i];
        return NULL;
}

static void note(struct rig *rig, const char *id, struct transition t)
{
        static const struct endpoint_state NOTHING_KNOWN;
        struct transition_list list = { .items = &t, .n = 1 };

        t.at_s = rig->now_s;
        t.since_s = rig->now_s;
        assert_int_equal(alerts_note(rig->alerts, id, endpoint(rig, id), &NOTHING_KNOWN, &list), 0);
}

static void start(struct rig *rig)
{
        assert_int_equal(store_begin(rig->scratch->store), 0);
}

static void settle(struct rig *rig)
{
        assert_int_equal(alerts_settle(rig->alerts, rig->now_s), 0);
        assert_int_equal(store_commit(rig->scratch->store), 0);
}

static struct transition expiring(enum transition_kind kind, enum severity severity)
{
        return (struct transition){
                .kind = kind, .code = FINDING_LEAF_EXPIRING_SOON, .severity = severity,
                .message = (char *)"It expires.", .fingerprint = (char *)CERT,
        };
}

static void opens(struct rig *rig, const char *id)
{
        start(rig);
        note(rig, id, expiring(TRANSITION_OPENED, SEVERITY_WARNING));
        settle(rig);
}

static void worsens(struct rig *rig, const char *id)
{
        start(rig);
        note(rig, id, expiring(TRANSITION_WORSENED, SEVERITY_ERROR));
        settle(rig);
}

static void ends(struct rig *rig, const char *id)
{
        start(rig);
        note(rig, id, expiring(TRANSITION_RESOLVED, SEVERITY_WARNING));
        settle(rig);
}

static void passes(struct rig *rig, int64_t span_s)
{
        rig->now_s += span_s;
        assert_true(alerts_due(rig->alerts, rig->now_s) >= 0);
}

/* --- what is told ----------------------------------------------------------------------------- */

/* The oldest message that waits for @receiver is such, and is delivered. */
static void expect(struct rig *rig, const char *receiver, enum message_kind kind, int64_t n_open,
                   int64_t n_opened, int64_t n_resolved)
{
        struct store *store = rig->scratch->store;
        struct store_outbox_row row;
        const struct message *m = &rig->told;

        assert_int_equal(store_outbox_next(store, receiver, rig->now_s, &row), 1);
        message_done(&rig->told);
        assert_int_equal(message_from_json(row.payload, &rig->told), 0);
        if (m->kind != kind || m->n_open != n_open || m->n_opened != n_opened ||
            m->n_resolved != n_resolved)
                fail_msg("%s", row.payload);
        assert_int_equal(store_outbox_done(store, row.row), 0);
        free(row.payload);
}

static void expect_nothing(struct rig *rig, const char *receiver)
{
        struct store_outbox_row row;

        if (store_outbox_next(rig->scratch->store, receiver, INT64_MAX, &row) != 0)
                fail_msg("%s", row.payload);
}

static int64_t number(struct rig *rig, const char *sql)
{
        int64_t n = -1;

        assert_int_equal(database_number(rig->scratch->store, sql, &n), 0);
        return n;
}

static void expect_forgotten(struct rig *rig)
{
        assert_int_equal(number(rig, "SELECT count(*) FROM alert_group"), 0);
        assert_int_equal(number(rig, "SELECT count(*) FROM alert_member"), 0);
}

#define OPS "receivers: [{ name: ops, journald: }]\n"
#define TWO "receivers: [{ name: ops, journald: }, { name: pager, journald: }]\n"
#define ENDPOINTS "endpoints: [a.test, b.test, c.test]\n"
#define A "a.test:443"
#define B "b.test:443"
#define C "c.test:443"

static void a_problem__is_told_from_its_beginning_to_its_end(void **state)
{
        struct rig rig = begin(state, TWO ENDPOINTS);
        char group[STORE_GROUP_ID_SIZE];

        opens(&rig, A);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        assert_string_equal(rig.told.endpoint, A);
        assert_int_equal(rig.told.severity, SEVERITY_WARNING);
        assert_int_equal(rig.told.previous, SEVERITY_OK);
        strcpy(group, rig.told.group);
        worsens(&rig, A);
        expect(&rig, "ops", MESSAGE_WORSENED, 1, 0, 0);
        assert_int_equal(rig.told.severity, SEVERITY_ERROR);
        assert_int_equal(rig.told.previous, SEVERITY_WARNING);
        ends(&rig, A);
        expect(&rig, "ops", MESSAGE_RESOLVED, 0, 0, 1);
        assert_string_equal(rig.told.group, group);
        expect(&rig, "pager", MESSAGE_OPENED, 1, 1, 0);
        assert_string_not_equal(rig.told.group, group);
        expect(&rig, "pager", MESSAGE_WORSENED, 1, 0, 0);
        expect(&rig, "pager", MESSAGE_RESOLVED, 0, 0, 1);
        expect_nothing(&rig, "ops");
        expect_nothing(&rig, "pager");
        expect_forgotten(&rig);
        opens(&rig, A);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        assert_string_not_equal(rig.told.group, group); /* it is another incident */
        end(&rig);
}

static void endpoints_with_one_certificate__are_one_message(void **state)
{
        struct rig rig = begin(state, OPS ENDPOINTS);

        start(&rig);
        note(&rig, A, expiring(TRANSITION_OPENED, SEVERITY_WARNING));
        note(&rig, B, expiring(TRANSITION_OPENED, SEVERITY_WARNING));
        settle(&rig);
        expect(&rig, "ops", MESSAGE_OPENED, 2, 2, 0);
        assert_int_equal(rig.told.n_members, 2);
        opens(&rig, C);
        expect_nothing(&rig, "ops");
        assert_int_equal(alerts_next_s(rig.alerts), NOW_S + 30);
        passes(&rig, 29);
        expect_nothing(&rig, "ops");
        passes(&rig, 1);
        expect(&rig, "ops", MESSAGE_AMENDED, 3, 1, 0);
        assert_string_equal(rig.told.endpoint, C); /* what is new comes first */
        ends(&rig, A);
        ends(&rig, B);
        expect_nothing(&rig, "ops");
        ends(&rig, C);
        expect(&rig, "ops", MESSAGE_RESOLVED, 0, 0, 3);
        expect_forgotten(&rig);
        end(&rig);
}

/* Else the end that was gathered comes last, and reads as if all were well. */
static void an_end_that_is_gathered__comes_before_another_beginning(void **state)
{
        struct rig rig = begin(state, OPS ENDPOINTS);
        struct transition other = expiring(TRANSITION_OPENED, SEVERITY_WARNING);

        start(&rig);
        note(&rig, A, expiring(TRANSITION_OPENED, SEVERITY_WARNING));
        note(&rig, B, expiring(TRANSITION_OPENED, SEVERITY_WARNING));
        settle(&rig);
        expect(&rig, "ops", MESSAGE_OPENED, 2, 2, 0);
        ends(&rig, A);
        expect_nothing(&rig, "ops");
        other.fingerprint = (char *)"bb22";
        start(&rig);
        note(&rig, A, other);
        settle(&rig);
        expect(&rig, "ops", MESSAGE_AMENDED, 1, 0, 1);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        passes(&rig, DAY_S / 2);
        expect_nothing(&rig, "ops");
        end(&rig);
}

static void an_alertmanager__is_told_of_each(void **state)
{
        struct rig rig = begin(state, "receivers:\n"
                                      "  - { name: am, alertmanager: { url: 'http://h' }}\n"
                                      ENDPOINTS);

        start(&rig);
        note(&rig, A, expiring(TRANSITION_OPENED, SEVERITY_WARNING));
        note(&rig, B, expiring(TRANSITION_OPENED, SEVERITY_WARNING));
        settle(&rig);
        expect(&rig, "am", MESSAGE_OPENED, 1, 1, 0);
        expect(&rig, "am", MESSAGE_OPENED, 1, 1, 0);
        end(&rig);
}

static void what_was_told__is_known_after_a_crash(void **state)
{
        struct rig rig = begin(state, OPS ENDPOINTS);

        opens(&rig, A);
        start_again(&rig);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        opens(&rig, B);
        start_again(&rig);
        expect_nothing(&rig, "ops");
        passes(&rig, 30);
        expect(&rig, "ops", MESSAGE_AMENDED, 2, 1, 0);
        ends(&rig, A);
        start_again(&rig);
        ends(&rig, B);
        expect(&rig, "ops", MESSAGE_RESOLVED, 0, 0, 2);
        expect_nothing(&rig, "ops");
        end(&rig);
}

static void what_was_undone__never_happened(void **state)
{
        struct rig rig = begin(state, OPS ENDPOINTS);

        start(&rig);
        note(&rig, A, expiring(TRANSITION_OPENED, SEVERITY_WARNING));
        assert_true(store_outbox_add(rig.scratch->store, NULL, "ops", "x", "{}", 1) < 0);
        assert_true(store_commit(rig.scratch->store) < 0);
        expect_forgotten(&rig);
        start(&rig); /* nobody has settled; and now it is another one, with the same cause */
        note(&rig, B, expiring(TRANSITION_OPENED, SEVERITY_WARNING));
        settle(&rig);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        assert_string_equal(rig.told.endpoint, B);
        expect_nothing(&rig, "ops");
        end(&rig);
}

#define PAGER_FOR_ERRORS                                                                           \
        "routes: [{ match: { severity: error }, receivers: pager, continue: true },"               \
        " { receivers: ops }]\n"

static void who_was_told__is_told_the_end(void **state)
{
        struct rig rig = begin(state, TWO PAGER_FOR_ERRORS ENDPOINTS);

        opens(&rig, A);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        expect_nothing(&rig, "pager");
        worsens(&rig, A);
        expect(&rig, "ops", MESSAGE_WORSENED, 1, 0, 0);
        expect(&rig, "pager", MESSAGE_OPENED, 1, 1, 0);
        reload(&rig, TWO "routes: [{ receivers: [] }]\n" ENDPOINTS);
        ends(&rig, A);
        expect(&rig, "ops", MESSAGE_RESOLVED, 0, 0, 1);
        expect(&rig, "pager", MESSAGE_RESOLVED, 0, 0, 1);
        opens(&rig, A);
        expect_nothing(&rig, "ops");
        end(&rig);
}

static void a_receiver_that_is_back__goes_on_where_it_was(void **state)
{
        struct rig rig = begin(state, OPS ENDPOINTS);

        opens(&rig, A);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        reload(&rig, ENDPOINTS);
        ends(&rig, A);
        opens(&rig, B);
        expect_nothing(&rig, "ops");
        reload(&rig, OPS ENDPOINTS);
        expect(&rig, "ops", MESSAGE_RESOLVED, 0, 0, 1);
        expect_nothing(&rig, "ops"); /* of B it hears when it is greeted */
        end(&rig);
}

static void a_new_receiver__is_told_of_what_is_open_once(void **state)
{
        struct rig rig = begin(state, TWO ENDPOINTS);
        struct problem p = {
                .code = FINDING_LEAF_EXPIRING_SOON, .severity = SEVERITY_WARNING,
                .fingerprint = (char *)CERT,
        };
        const struct endpoint_state open = { .problems = &p, .n_problems = 1 };

        for (int i = 0; i < 2; i++) {
                start(&rig);
                for (size_t k = 0; k < rig.config->n_endpoints; k++)
                        assert_int_equal(alerts_greet(rig.alerts, "pager",
                                                      &rig.config->endpoints[k], &open,
                                                      rig.now_s), 0);
                settle(&rig);
                passes(&rig, DAY_S / 2);
        }
        expect(&rig, "pager", MESSAGE_OPENED, 3, 3, 0);
        expect_nothing(&rig, "pager");
        expect_nothing(&rig, "ops");
        end(&rig);
}

#define REPEAT "alerts: { repeat: { warning: 1d, error: 1h } }\n"

static void what_lasts__is_told_again(void **state)
{
        struct rig rig = begin(state, OPS REPEAT ENDPOINTS);

        opens(&rig, A);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        assert_int_equal(alerts_next_s(rig.alerts), NOW_S + DAY_S);
        passes(&rig, DAY_S - 1);
        expect_nothing(&rig, "ops");
        passes(&rig, 1);
        passes(&rig, DAY_S); /* the first reminder is not delivered yet */
        expect(&rig, "ops", MESSAGE_REMINDER, 1, 0, 0);
        expect_nothing(&rig, "ops");
        passes(&rig, DAY_S);
        expect(&rig, "ops", MESSAGE_REMINDER, 1, 0, 0);
        end(&rig);
}

static void a_clock_set_back__delays_no_reminder_for_longer(void **state)
{
        struct rig rig = begin(state, OPS REPEAT ENDPOINTS);

        opens(&rig, A);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        passes(&rig, -365 * DAY_S);
        expect_nothing(&rig, "ops");
        passes(&rig, DAY_S);
        expect(&rig, "ops", MESSAGE_REMINDER, 1, 0, 0);
        end(&rig);
}

/* Silences everything for a while; to be undone before the end. */
static struct silence_list silenced(struct silence *s, int64_t from_s, int64_t to_s)
{
        static const struct config_match ALL;

        *s = (struct silence){ .match = &ALL, .start_s = from_s, .end_s = to_s };
        return (struct silence_list){ s, 1 };
}

static void silence__holds_back_until_its_end(void **state)
{
        struct rig rig = begin(state, OPS ENDPOINTS);
        struct silence s;
        const struct silence_list list = silenced(&s, NOW_S, NOW_S + 500), none = { 0 };

        alerts_silences(rig.alerts, &list);
        passes(&rig, 0);
        opens(&rig, A);
        opens(&rig, B);
        ends(&rig, B);
        expect_nothing(&rig, "ops");
        assert_int_equal(alerts_next_s(rig.alerts), NOW_S + 500);
        start_again(&rig);
        alerts_silences(rig.alerts, &list);
        passes(&rig, 499);
        expect_nothing(&rig, "ops");
        passes(&rig, 1);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        expect_nothing(&rig, "ops"); /* B came and went unheard */
        alerts_silences(rig.alerts, &none);
        end(&rig);
}

static void silence__eats_no_end_of_what_was_told(void **state)
{
        struct rig rig = begin(state, OPS REPEAT ENDPOINTS);
        struct silence s;
        const struct silence_list list = silenced(&s, NOW_S, NOW_S + 9 * DAY_S);

        opens(&rig, A);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        alerts_silences(rig.alerts, &list);
        passes(&rig, 2 * DAY_S);
        worsens(&rig, A);
        expect_nothing(&rig, "ops");
        ends(&rig, A);
        expect(&rig, "ops", MESSAGE_RESOLVED, 0, 0, 1);
        opens(&rig, A);
        ends(&rig, A);
        expect_nothing(&rig, "ops");
        expect_forgotten(&rig);
        end(&rig);
}

static void a_silence_that_is_lifted__lets_all_be_told(void **state)
{
        struct rig rig = begin(state, OPS ENDPOINTS);
        struct silence s;
        const struct silence_list list = silenced(&s, NOW_S, NOW_S + 500), none = { 0 };

        alerts_silences(rig.alerts, &list);
        opens(&rig, A);
        alerts_silences(rig.alerts, &none);
        assert_true(alerts_next_s(rig.alerts) <= rig.now_s);
        passes(&rig, 0);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        end(&rig);
}

#define NIGHT                                                                                      \
        "routes: [{ receivers: ops, quiet: { from: 08:00, to: 09:00, zone: utc, except: error } "  \
        "}]\n"

static void quiet_hours__put_off_and_drop_nothing(void **state)
{
        struct rig rig = begin(state, OPS NIGHT ENDPOINTS);

        opens(&rig, A);
        opens(&rig, B);
        ends(&rig, B);
        expect_nothing(&rig, "ops");
        assert_int_equal(alerts_next_s(rig.alerts), NOW_S + 3600);
        passes(&rig, 3599);
        expect_nothing(&rig, "ops");
        passes(&rig, 1);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 1);
        ends(&rig, A);
        expect(&rig, "ops", MESSAGE_RESOLVED, 0, 0, 1);
        passes(&rig, DAY_S - 3600);
        opens(&rig, A);
        expect_nothing(&rig, "ops");
        worsens(&rig, A);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        assert_int_equal(rig.told.severity, SEVERITY_ERROR);
        end(&rig);
}

static void an_event__is_told_once_and_forgotten(void **state)
{
        struct rig rig = begin(state, OPS REPEAT ENDPOINTS);
        const struct transition renewed = {
                .kind = TRANSITION_REPLACED, .code = FINDING_RENEWED, .severity = SEVERITY_INFO,
                .message = (char *)"Another one.", .fingerprint = (char *)CERT,
        };

        start(&rig);
        note(&rig, A, renewed);
        note(&rig, B, renewed);
        settle(&rig);
        expect(&rig, "ops", MESSAGE_REPLACED, 2, 2, 0);
        start(&rig);
        note(&rig, C, renewed);
        settle(&rig);
        passes(&rig, 30);
        expect(&rig, "ops", MESSAGE_REPLACED, 1, 1, 0);
        assert_string_equal(rig.told.endpoint, C);
        assert_non_null(strstr(rig.told.summary, "Another one."));
        passes(&rig, 3599);
        assert_int_equal(number(&rig, "SELECT count(*) FROM alert_group"), 1);
        passes(&rig, 1);
        expect_forgotten(&rig);
        expect_nothing(&rig, "ops");
        end(&rig);
}

static void an_endpoint_that_is_gone__is_told_with_its_name(void **state)
{
        struct rig rig = begin(state, OPS "endpoints: [{ name: shop, target: a.test }]\n");
        struct transition gone = expiring(TRANSITION_RESOLVED, SEVERITY_WARNING);

        opens(&rig, "shop");
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        start(&rig);
        gone.retired = true;
        note(&rig, "shop", gone);
        settle(&rig);
        expect(&rig, "ops", MESSAGE_RESOLVED, 0, 0, 1);
        assert_string_equal(rig.told.target, "a.test:443");
        assert_non_null(strstr(rig.told.summary, "watched no longer"));
        end(&rig);
}

#define MANY 1000

/* More than are looked at for each of them. */
static void a_large_group__loses_nobody(void **state)
{
        struct buf text = BUF_INIT(1 << 16);
        char id[32];

        buf_puts(&text, OPS "endpoints:\n");
        for (int i = 0; i < MANY; i++)
                buf_printf(&text, "  - e%03d.test\n", i);
        struct rig rig = begin(state, buf_str(&text));

        for (int i = 0; i < MANY; i++, rig.now_s += i % 40 == 0) {
                snprintf(id, sizeof(id), "e%03d.test:443", i);
                opens(&rig, id);
        }
        passes(&rig, 3600);
        expect(&rig, "ops", MESSAGE_OPENED, 1, 1, 0);
        expect(&rig, "ops", MESSAGE_AMENDED, MANY, MANY - 1, 0);
        assert_int_equal(rig.told.n_members, MESSAGE_MAX_MEMBERS);
        worsens(&rig, id);
        expect(&rig, "ops", MESSAGE_WORSENED, MANY, 0, 0);
        for (int i = 0; i < MANY - 1; i++) {
                snprintf(id, sizeof(id), "e%03d.test:443", i);
                ends(&rig, id);
        }
        expect_nothing(&rig, "ops");
        snprintf(id, sizeof(id), "e%03d.test:443", MANY - 1);
        ends(&rig, id);
        expect(&rig, "ops", MESSAGE_RESOLVED, 0, 0, MANY);
        expect_forgotten(&rig);
        buf_done(&text);
        end(&rig);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(a_problem__is_told_from_its_beginning_to_its_end),
                SCRATCH_TEST(endpoints_with_one_certificate__are_one_message),
                SCRATCH_TEST(an_end_that_is_gathered__comes_before_another_beginning),
                SCRATCH_TEST(an_alertmanager__is_told_of_each),
                SCRATCH_TEST(what_was_told__is_known_after_a_crash),
                SCRATCH_TEST(what_was_undone__never_happened),
                SCRATCH_TEST(who_was_told__is_told_the_end),
                SCRATCH_TEST(a_receiver_that_is_back__goes_on_where_it_was),
                SCRATCH_TEST(a_new_receiver__is_told_of_what_is_open_once),
                SCRATCH_TEST(what_lasts__is_told_again),
                SCRATCH_TEST(a_clock_set_back__delays_no_reminder_for_longer),
                SCRATCH_TEST(silence__holds_back_until_its_end),
                SCRATCH_TEST(silence__eats_no_end_of_what_was_told),
                SCRATCH_TEST(a_silence_that_is_lifted__lets_all_be_told),
                SCRATCH_TEST(quiet_hours__put_off_and_drop_nothing),
                SCRATCH_TEST(an_event__is_told_once_and_forgotten),
                SCRATCH_TEST(an_endpoint_that_is_gone__is_told_with_its_name),
                SCRATCH_TEST(a_large_group__loses_nobody),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
