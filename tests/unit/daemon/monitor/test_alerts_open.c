/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver that forgets is told again: all that it was told and that is open, no more. */
#include "../store/scratch.h"
#include "fleet_of.h"

#include "daemon/alert/message.h"
#include "daemon/monitor/alerts.h"
#include "daemon/store/groups.h"

#define NOW_S 1800000000
#define MAX_TOLD 8

static const char CONFIG[] =
        "endpoints:\n"
        "  - { target: a.test, name: a, labels: { team: web } }\n"
        "  - { target: b.test, name: b }\n"
        "  - { target: c.test, name: c }\n"
        "receivers:\n"
        "  - { name: am, alertmanager: { url: 'http://am' } }\n"
        "  - { name: hook, webhook: { url: 'http://hook' } }\n"
        "routes:\n" /* nobody hears of warnings before noon; it is eight */
        "  - receivers: [am, hook]\n"
        "    quiet: { from: '00:00', to: '12:00', zone: utc, except: error }\n";

struct house {
        struct store *store;
        struct config *config;
        struct alerts *alerts;
        struct message told[MAX_TOLD];
        int n_told;
};

static struct house begin(struct scratch *scratch)
{
        struct house h = { .store = scratch_open(scratch), .config = load(CONFIG) };

        h.alerts = alerts_new(h.store, h.config);
        return h;
}

static void forget_told(struct house *h)
{
        while (h->n_told > 0)
                message_done(&h->told[--h->n_told]);
}

static void end(struct house *h)
{
        forget_told(h);
        alerts_free(h->alerts);
        config_unref(h->config);
}

/* One certificate is behind all of it. */
static void happens(struct house *h, size_t endpoint, enum transition_kind kind,
                    enum finding_code code, enum severity severity, int64_t at_s)
{
        const struct config_endpoint *e = &h->config->endpoints[endpoint];
        struct transition t = {
                .kind = kind, .code = code, .severity = severity, .since_s = NOW_S, .at_s = at_s,
                .fingerprint = (char *)"00ff",
        };
        const struct transition_list list = { &t, 1 };
        const struct endpoint_state state = { 0 };

        assert_int_equal(store_begin(h->store), 0);
        assert_int_equal(alerts_note(h->alerts, e->id, e, &state, &list), 0);
        assert_int_equal(alerts_settle(h->alerts, at_s), 0);
        assert_int_equal(store_commit(h->store), 0);
}

/* All that @receiver is told again, in steps of @max. */
static void ask(struct house *h, const char *receiver, int max)
{
        AUTO_FREE char *after = NULL;
        int n;

        forget_told(h);
        do {
                assert_true(h->n_told + max <= MAX_TOLD);
                n = alerts_open(h->alerts, receiver, &after, NOW_S + 100, &h->told[h->n_told], max);
                assert_true(n >= 0 && n <= max);
                h->n_told += n;
        } while (n > 0);
}

static void every_endpoint_is_told_by_itself(void **state)
{
        struct house h = begin(*state);

        for (size_t i = 0; i < 3; i++)
                happens(&h, i, TRANSITION_OPENED, FINDING_LEAF_EXPIRED, SEVERITY_ERROR, NOW_S);
        for (int max = 1; max <= 4; max++) {
                ask(&h, "am", max);
                assert_int_equal(h.n_told, 3);
                for (int i = 0; i < 3; i++)
                        assert_string_equal(h.told[i].endpoint, h.config->endpoints[i].id);
        }
        assert_int_equal(h.told[0].kind, MESSAGE_REMINDER);
        assert_int_equal(h.told[0].severity, SEVERITY_ERROR);
        assert_int_equal(h.told[0].since_s, NOW_S);
        assert_string_equal(h.told[0].labels[0].value, "web");
        ask(&h, "hook", 1);
        assert_int_equal(h.n_told, 1); /* there they are one group */
        ask(&h, "nobody", 1);
        assert_int_equal(h.n_told, 0);
        end(&h);
}

static void what_has_ended_is_not_told(void **state)
{
        struct house h = begin(*state);

        happens(&h, 0, TRANSITION_OPENED, FINDING_LEAF_EXPIRED, SEVERITY_ERROR, NOW_S);
        happens(&h, 1, TRANSITION_OPENED, FINDING_LEAF_EXPIRED, SEVERITY_ERROR, NOW_S);
        happens(&h, 0, TRANSITION_RESOLVED, FINDING_LEAF_EXPIRED, SEVERITY_ERROR, NOW_S + 5);
        ask(&h, "am", 2);
        assert_int_equal(h.n_told, 1);
        assert_string_equal(h.told[0].endpoint, "b");
        end(&h);
}

static void events_are_not_told(void **state)
{
        struct house h = begin(*state);

        happens(&h, 0, TRANSITION_REPLACED, FINDING_RENEWED, SEVERITY_INFO, NOW_S);
        happens(&h, 1, TRANSITION_OPENED, FINDING_LEAF_EXPIRED, SEVERITY_ERROR, NOW_S);
        ask(&h, "am", 1);
        assert_int_equal(h.n_told, 1);
        assert_int_equal(h.told[0].code, FINDING_LEAF_EXPIRED);
        end(&h);
}

static void the_severity_is_the_one_that_was_told(void **state)
{
        struct house h = begin(*state);

        happens(&h, 0, TRANSITION_OPENED, FINDING_LEAF_EXPIRING_SOON, SEVERITY_ERROR, NOW_S);
        happens(&h, 0, TRANSITION_IMPROVED, FINDING_LEAF_EXPIRING_SOON, SEVERITY_WARNING,
                NOW_S + 5);
        ask(&h, "am", 1);
        assert_int_equal(h.n_told, 1);
        assert_int_equal(h.told[0].severity, SEVERITY_ERROR);
        assert_int_equal(h.told[0].previous, SEVERITY_ERROR);
        assert_int_equal(alerts_due(h.alerts, NOW_S + 5 * 3600), 2);
        ask(&h, "am", 1);
        assert_int_equal(h.told[0].severity, SEVERITY_WARNING);
        assert_int_equal(h.told[0].previous, SEVERITY_WARNING);
        end(&h);
}

/* Otherwise the receiver would take it for mended. */
static void what_was_told_before_its_silence_is_told(void **state)
{
        struct house h = begin(*state);
        struct config_match all = { 0 };
        struct silence silence = { .match = &all, .start_s = NOW_S + 5, .end_s = NOW_S + 1000 };
        const struct silence_list list = { &silence, 1 };

        happens(&h, 0, TRANSITION_OPENED, FINDING_LEAF_EXPIRED, SEVERITY_ERROR, NOW_S);
        alerts_silences(h.alerts, &list);
        assert_true(alerts_due(h.alerts, NOW_S + 10) >= 0);
        happens(&h, 1, TRANSITION_OPENED, FINDING_LEAF_EXPIRED, SEVERITY_ERROR, NOW_S + 20);
        ask(&h, "am", 2);
        assert_int_equal(h.n_told, 1);
        assert_string_equal(h.told[0].endpoint, "a");
        end(&h);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(every_endpoint_is_told_by_itself),
                SCRATCH_TEST(what_has_ended_is_not_told),
                SCRATCH_TEST(events_are_not_told),
                SCRATCH_TEST(the_severity_is_the_one_that_was_told),
                SCRATCH_TEST(what_was_told_before_its_silence_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
