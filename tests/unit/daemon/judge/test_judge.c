/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations with the judge: what was seen, beat by beat, and what is said of it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/judge/judge.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/cert/validate.h"

#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1800000000)
#define BEAT 3600
#define MAX_BEATS 14

static const struct judge_terms ONCE = { .failures = 1 }, THREE = { .failures = 3 };

/* Three times within half a day, until three hours of calm. */
static const struct judge_terms FLAPS = { 1, { 3, 12 * BEAT, 3 * BEAT } };
static const struct judge_terms NEVER_FLAPS = { 1, { 3, 0, 3 * BEAT } };

/* --- verdicts from words --------------------------------------------------------------------- */

static struct cert leaf = { .subject = (char *)"CN=x.example", .fingerprint = "f00d", .refs = 1 };

/*
 * "error leaf-expired, warning weak-key" and whether a certificate was seen. Nothing of it is
 * allocated but the list, which judge() only borrows.
 */
static struct verdict verdict_of(const char *words, bool seen)
{
        struct verdict v = { .leaf = seen ? &leaf : NULL, .expires_s = NOW + 5, .trusted = true };
        AUTO_FREE char *copy = strdup(words);
        char *rest = copy, *severity, *name;

        while ((severity = strsep(&rest, " ")) && *severity) {
                enum finding_code code;

                name = strsep(&rest, ",");
                assert_int_equal(finding_code_parse(name, &code), 0);
                struct finding *f = finding_add(&v.findings, code);

                assert_int_equal(severity_parse(severity, &f->severity), 0);
                finding_set(&f->message, "%s %s", severity, name);
                finding_set(&f->remedy, "mend %s", name);
                finding_set(&f->fingerprint, "f00d");
                rest += rest && *rest == ' ';
        }
        return v;
}

/* "opened error leaf-expired; resolved warning weak-key" */
static char *transitions_str(const struct transition_list *l)
{
        struct buf out = BUF_INIT(4096);

        for (size_t i = 0; i < l->n; i++)
                buf_printf(&out, "%s%s %s %s%s", i ? "; " : "",
                           transition_kind_str(l->items[i].kind),
                           severity_str(l->items[i].severity), FINDINGS[l->items[i].code].name,
                           l->items[i].flapping ? ", flapping" : "");
        return buf_steal(&out);
}

/* --- conversations --------------------------------------------------------------------------- */

struct beat {
        const char *seen; /* findings; after "!" no certificate was seen, after "~" not at every
                             address; NULL ends */
        const char *said; /* transitions */
};

struct conversation {
        const char *name;
        struct beat beats[MAX_BEATS];
        const struct judge_terms *terms; /* NULL = THREE */
};

static const struct conversation CONVERSATIONS[] = {
        { "a good certificate is no news", { { "", "" }, { "", "" } } },
        { "a problem opens once and is resolved when it is gone",
          { { "error leaf-expired", "opened error leaf-expired" },
            { "error leaf-expired", "" },
            { "", "resolved error leaf-expired" },
            { "", "" } } },
        { "a problem that returns opens again",
          { { "warning weak-key", "opened warning weak-key" },
            { "", "resolved warning weak-key" },
            { "warning weak-key", "opened warning weak-key" } } },
        { "a problem worsens and improves",
          { { "warning leaf-expiring-soon", "opened warning leaf-expiring-soon" },
            { "error leaf-expiring-soon", "worsened error leaf-expiring-soon" },
            { "error leaf-expiring-soon", "" },
            { "warning leaf-expiring-soon", "improved warning leaf-expiring-soon" },
            { "", "resolved warning leaf-expiring-soon" } } },
        { "expiring soon gives way to expired",
          { { "error leaf-expiring-soon", "opened error leaf-expiring-soon" },
            { "error leaf-expired",
              "opened error leaf-expired; resolved error leaf-expiring-soon" } } },
        { "information never opens a problem",
          { { "info root-included", "" }, { "info root-included", "" }, { "", "" } } },
        { "a problem that becomes information is resolved",
          { { "warning weak-key", "opened warning weak-key" },
            { "info weak-key", "resolved warning weak-key" } } },
        { "the worst comes first and good news last",
          { { "warning weak-key, warning ca-as-leaf",
              "opened warning weak-key; opened warning ca-as-leaf" },
            { "warning ca-as-leaf, warning duplicate-certificate, error unknown-ca",
              "opened error unknown-ca; opened warning duplicate-certificate; "
              "resolved warning weak-key" } } },
        { "of the same code twice the worst speaks",
          { { "warning weak-key, error weak-key", "opened error weak-key" },
            { "error weak-key, warning weak-key", "" },
            { "warning weak-key, warning weak-key", "improved warning weak-key" },
            { "info weak-key, warning weak-key", "" },
            { "warning weak-key, error weak-key, info weak-key", "worsened error weak-key" } } },
        { "the network is believed the third time",
          { { "!error connect-refused", "" },
            { "!error connect-refused", "" },
            { "!error connect-refused", "opened error connect-refused" },
            { "!error connect-refused", "" },
            { "", "resolved error connect-refused" },
            { "!error connect-refused", "" } } },
        { "a success begins the count anew",
          { { "!error connect-refused", "" },
            { "!error connect-refused", "" },
            { "", "" },
            { "!error connect-refused", "" },
            { "!error connect-refused", "" },
            { "!error connect-refused", "opened error connect-refused" } } },
        { "different failures count as one row",
          { { "!error dns-failed", "" },
            { "!error connect-timeout", "" },
            { "!error handshake-failed", "opened error handshake-failed" } } },
        { "refused today and silent tomorrow is one problem",
          { { "!error connect-refused", "" },
            { "!error connect-refused", "" },
            { "!error connect-refused", "opened error connect-refused" },
            { "!error connect-timeout", "" },
            { "!error dns-failed", "" },
            { "", "resolved error connect-refused" } } },
        { "an address is dead, then all of them are, for another reason",
          { { "warning connect-timeout", "" },
            { "warning connect-timeout", "" },
            { "warning connect-timeout", "opened warning connect-timeout" },
            { "!error connect-refused", "worsened error connect-timeout" },
            { "!error connect-refused", "" },
            { "warning connect-refused", "improved warning connect-timeout" },
            { "", "resolved warning connect-timeout" } } },
        { "an address that comes and goes takes nothing along that is wrong with it",
          { { "warning address-skew", "opened warning address-skew" },
            { "~warning connect-refused", "" },
            { "warning address-skew", "" },
            { "~warning connect-refused", "" },
            { "~warning connect-refused", "" },
            { "~warning connect-refused",
              "opened warning connect-refused; resolved warning address-skew" },
            { "warning address-skew",
              "opened warning address-skew; resolved warning connect-refused" } } },
        { "an address whose silence the policy hides is not waited for",
          { { "warning address-skew", "opened warning address-skew" },
            { "~", "resolved warning address-skew" } } },
        { "whatever breaks the connection, one problem stays open until it works",
          { { "!error handshake-timeout", "" },
            { "!error handshake-timeout", "" },
            { "!error handshake-timeout", "opened error handshake-timeout" },
            { "error handshake-failed", "" },
            { "error handshake-failed", "" },
            { "", "resolved error handshake-timeout" } } },
        { "a failure that the policy hides counts, and breaks no silence",
          { { "!", "" }, { "!", "" }, { "!", "" },
            { "!error dns-failed", "opened error dns-failed" } } },
        { "a certificate problem stays while nobody answers",
          { { "error leaf-expired", "opened error leaf-expired" },
            { "!error connect-refused", "" },
            { "!error connect-refused", "" },
            { "!error connect-refused", "opened error connect-refused" },
            { "error leaf-expired", "resolved error connect-refused" },
            { "", "resolved error leaf-expired" } } },
        { "a certificate seen before the handshake failed is judged at once",
          { { "error leaf-expired, error handshake-failed", "opened error leaf-expired" },
            { "error handshake-failed", "resolved error leaf-expired" },
            { "error handshake-failed", "opened error handshake-failed" },
            { "error handshake-failed", "" },
            { "", "resolved error handshake-failed" } } },
        { "a lowered network problem is damped and stays lowered",
          { { "!warning dns-failed", "" },
            { "!warning dns-failed", "" },
            { "!warning dns-failed", "opened warning dns-failed" },
            { "!error dns-failed", "worsened error dns-failed" } } },
        { "an event is told whenever it happens, and leaves nothing open",
          { { "info renewed", "replaced info renewed" },
            { "", "" },
            { "warning changed", "replaced warning changed" },
            { "info changed", "replaced info changed" },
            { "", "" } } },
        { "an event stands between bad news and good",
          { { "warning weak-key", "opened warning weak-key" },
            { "error leaf-expired, info changed",
              "opened error leaf-expired; replaced info changed; resolved warning weak-key" } } },
        { "a file without a certificate is a problem at once",
          { { "!error input-empty", "opened error input-empty" },
            { "!error input-empty", "" },
            { "", "resolved error input-empty" } } },
        { "what ails a file now takes the place of what ailed it before",
          { { "warning weak-key", "opened warning weak-key" },
            { "!error input-unreadable", "opened error input-unreadable" },
            { "!error input-empty",
              "opened error input-empty; resolved error input-unreadable" },
            { "!error input-unreadable", "opened error input-unreadable" }, /* is it still empty? */
            { "", "resolved error input-unreadable; resolved error input-empty; "
                  "resolved warning weak-key" } } },
        { "a problem that comes and goes is held open until it is calm",
          { { "error weak-key", "opened error weak-key" },
            { "", "resolved error weak-key" },
            { "error weak-key", "opened error weak-key" },
            { "", "resolved error weak-key" },
            { "error weak-key", "opened error weak-key, flapping" },
            { "", "" },
            { "error weak-key", "" },
            { "", "" },
            { "", "" },
            { "", "" },
            { "", "resolved error weak-key, flapping" },
            { "error weak-key", "opened error weak-key" },
            { "", "resolved error weak-key" } }, &FLAPS },
        { "one that stays in the end is open as any other, and told no more",
          { { "error weak-key", "opened error weak-key" },
            { "", "resolved error weak-key" },
            { "error weak-key", "opened error weak-key" },
            { "", "resolved error weak-key" },
            { "error weak-key", "opened error weak-key, flapping" },
            { "", "" },
            { "error weak-key", "" },
            { "error weak-key", "" },
            { "error weak-key", "" },
            { "error weak-key", "" }, /* calm */
            { "", "resolved error weak-key" } }, &FLAPS },
        { "what gets better and worse is held at its worst",
          { { "warning weak-key", "opened warning weak-key" },
            { "error weak-key", "worsened error weak-key" },
            { "warning weak-key", "improved warning weak-key" },
            { "error weak-key", "worsened error weak-key, flapping" },
            { "warning weak-key", "" },
            { "", "" },
            { "warning weak-key", "" },
            { "warning weak-key", "" },
            { "warning weak-key", "" },
            { "warning weak-key", "improved warning weak-key" },
            { "error weak-key", "worsened error weak-key" } }, &FLAPS },
        { "what is worse than ever is told even so",
          { { "warning weak-key", "opened warning weak-key" },
            { "", "resolved warning weak-key" },
            { "warning weak-key", "opened warning weak-key" },
            { "", "resolved warning weak-key" },
            { "warning weak-key", "opened warning weak-key, flapping" },
            { "error weak-key", "worsened error weak-key, flapping" } }, &FLAPS },
        { "what comes seldom is told each time",
          { { "error weak-key", "opened error weak-key" },
            { "", "resolved error weak-key" }, { "", "" }, { "", "" }, { "", "" }, { "", "" },
            { "error weak-key", "opened error weak-key" },
            { "", "resolved error weak-key" }, { "", "" }, { "", "" }, { "", "" }, { "", "" },
            { "error weak-key", "opened error weak-key" } }, &FLAPS },
        { "another problem counts by itself",
          { { "error weak-key", "opened error weak-key" },
            { "error revoked", "opened error revoked; resolved error weak-key" },
            { "error weak-key", "opened error weak-key; resolved error revoked" },
            { "error revoked", "opened error revoked; resolved error weak-key" },
            { "error weak-key", "opened error weak-key, flapping; resolved error revoked" },
            { "error revoked", "opened error revoked, flapping" } }, &FLAPS },
        { "the network comes and goes whatever the reason",
          { { "!error connect-refused", "opened error connect-refused" },
            { "", "resolved error connect-refused" },
            { "!error connect-timeout", "opened error connect-timeout" },
            { "", "resolved error connect-timeout" },
            { "!error handshake-failed", "opened error handshake-failed, flapping" },
            { "", "" },
            { "!error connect-refused", "" },
            { "", "" },
            { "", "" },
            { "!error connect-refused", "" },
            { "", "" },
            { "", "" },
            { "", "" },
            { "", "resolved error handshake-failed, flapping" } }, &FLAPS },
        { "while nothing is seen, what is held is held",
          { { "error weak-key", "opened error weak-key" },
            { "", "resolved error weak-key" },
            { "error weak-key", "opened error weak-key" },
            { "", "resolved error weak-key" },
            { "error weak-key", "opened error weak-key, flapping" },
            { "!error connect-refused", "opened error connect-refused" },
            { "!error connect-refused", "" },
            { "!error connect-refused", "" },
            { "!error connect-refused", "" },
            { "!error connect-refused", "" },
            { "", "resolved error connect-refused" }, /* only now is the other one gone */
            { "", "" },
            { "", "" },
            { "", "resolved error weak-key, flapping" } }, &FLAPS },
        { "nothing is flapping where that is not wanted",
          { { "error weak-key", "opened error weak-key" },
            { "", "resolved error weak-key" },
            { "error weak-key", "opened error weak-key" },
            { "", "resolved error weak-key" },
            { "error weak-key", "opened error weak-key" },
            { "", "resolved error weak-key" },
            { "error weak-key", "opened error weak-key" } }, &NEVER_FLAPS },
};

static void a_conversation_goes_as_written(void **state)
{
        const struct conversation *c = *state;
        struct endpoint_state s = { 0 };

        for (size_t i = 0; i < MAX_BEATS && c->beats[i].seen; i++) {
                const char *words = c->beats[i].seen;
                struct verdict v = verdict_of(words + strspn(words, "!~"), *words != '!');
                struct transition_list said;

                v.partial = *words == '~';
                judge(&s, &v, c->terms ? c->terms : &THREE, NOW + (int64_t)i * BEAT, &said);
                AUTO_FREE char *text = transitions_str(&said);

                if (strcmp(text, c->beats[i].said) != 0)
                        fail_msg("beat %zu: \"%s\" instead of \"%s\"", i, text, c->beats[i].said);
                for (size_t k = 1; k < s.n_problems; k++)
                        assert_true(s.problems[k - 1].code < s.problems[k].code);
                transition_list_done(&said);
                finding_list_done(&v.findings);
        }
        endpoint_state_done(&s);
}

/* --- what a transition tells ----------------------------------------------------------------- */

static void judge_words(struct endpoint_state *s, const char *words, int64_t failures,
                        int64_t now_s, struct transition_list *ret)
{
        struct verdict v = verdict_of(words + (*words == '!'), *words != '!');

        judge(s, &v, &(struct judge_terms){ .failures = failures }, now_s, ret);
        finding_list_done(&v.findings);
}

static void what_could_not_be_seen_is_not_resolved(void **state)
{
        struct verdict unfinished = verdict_of("", true), unasked = verdict_of("", true);
        struct verdict unread = verdict_of("", true);
        const struct {
                const char *problem;
                const struct verdict *blind;
        } ROWS[] = {
                { "warning tls-version-old", &unfinished },
                { "warning tls-cipher-weak", &unfinished },
                { "error must-staple-missing", &unfinished },
                { "warning staple-invalid", &unfinished },
                { "warning san-unresolvable", &unasked },
                { "warning renewed-on-disk-not-served", &unread },
        };

        (void)state;
        unfinished.unfinished = true;
        unasked.names_unknown = true;
        unread.disk_unknown = true;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct endpoint_state s = { 0 };
                struct transition_list l;

                judge_words(&s, ROWS[i].problem, 1, NOW, &l);
                transition_list_done(&l);
                judge(&s, ROWS[i].blind, &ONCE, NOW + BEAT, &l);
                assert_int_equal(l.n, 0);
                judge_words(&s, "", 1, NOW + 2 * BEAT, &l);
                assert_int_equal(l.n, 1);
                assert_int_equal(l.items[0].kind, TRANSITION_RESOLVED);
                transition_list_done(&l);
                endpoint_state_done(&s);
        }
}

static void a_transition_tells_since_when_and_what_it_was(void **state)
{
        struct endpoint_state s = { 0 };
        struct transition_list l;

        (void)state;
        judge_words(&s, "warning weak-key", 1, NOW, &l);
        assert_int_equal(l.items[0].previous, SEVERITY_OK);
        assert_int_equal(l.items[0].since_s, NOW);
        assert_int_equal(l.items[0].at_s, NOW);
        assert_string_equal(l.items[0].message, "warning weak-key");
        assert_string_equal(l.items[0].remedy, "mend weak-key");
        assert_string_equal(l.items[0].fingerprint, "f00d");
        transition_list_done(&l);

        judge_words(&s, "error weak-key", 1, NOW + 10, &l);
        assert_int_equal(l.items[0].previous, SEVERITY_WARNING);
        assert_int_equal(l.items[0].since_s, NOW);
        assert_int_equal(l.items[0].at_s, NOW + 10);
        assert_string_equal(l.items[0].message, "error weak-key");
        transition_list_done(&l);

        judge_words(&s, "", 1, NOW + 20, &l);
        assert_int_equal(l.items[0].kind, TRANSITION_RESOLVED);
        assert_int_equal(l.items[0].severity, SEVERITY_ERROR); /* what it was */
        assert_int_equal(l.items[0].since_s, NOW);
        assert_int_equal(l.items[0].at_s, NOW + 20);
        assert_string_equal(l.items[0].message, "error weak-key");
        transition_list_done(&l);
        assert_null(l.items);
        endpoint_state_done(&s);
}

/* Opens weak-key as often as it takes, a second apart. */
static void what_is_over_was_as_bad_as_at_its_worst(void **state)
{
        static const char *const SEEN[] = { "warning weak-key", "error weak-key",
                                            "warning weak-key", "" };
        static const enum severity WORST[] = { SEVERITY_WARNING, SEVERITY_ERROR, SEVERITY_ERROR,
                                               SEVERITY_ERROR };
        struct endpoint_state s = { 0 };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(SEEN); i++) {
                struct verdict v = verdict_of(SEEN[i], true);
                struct transition_list l;

                judge(&s, &v, &ONCE, NOW + (int64_t)i, &l);
                assert_int_equal(l.n, 1);
                assert_int_equal(l.items[0].worst, WORST[i]);
                transition_list_done(&l);
                finding_list_done(&v.findings);
        }
        endpoint_state_done(&s);
}

static void make_flapping(struct endpoint_state *s, int64_t now_s)
{
        struct transition_list l;

        for (int i = 0; i < 5; i++) {
                struct verdict v = verdict_of(i % 2 ? "" : "error weak-key", true);

                judge(s, &v, &FLAPS, now_s + i, &l);
                transition_list_done(&l);
                finding_list_done(&v.findings);
        }
        assert_true(s->problems[0].flapping);
}

static void what_is_flapping_says_so(void **state)
{
        struct endpoint_state s = { 0 }, copy = { 0 };

        (void)state;
        make_flapping(&s, NOW);
        assert_string_equal(s.problems[0].evidence,
                            "It comes and goes (3 times within 12h), so it is held open until "
                            "nothing has changed for 3h.");
        assert_int_equal(s.problems[0].seen, SEVERITY_ERROR);
        assert_int_equal(s.problems[0].steady_s, NOW + 4);
        assert_int_equal(s.n_openings, 3);
        endpoint_state_copy(&copy, &s);
        endpoint_state_done(&s);
        assert_int_equal(copy.n_openings, 3);
        assert_int_equal(copy.openings[2].at_s, NOW + 4);
        assert_true(copy.problems[0].flapping);
        endpoint_state_done(&copy);
}

static void where_flapping_is_switched_off_it_ends(void **state)
{
        struct endpoint_state s = { 0 };
        struct verdict good = verdict_of("", true);
        struct transition_list l;

        (void)state;
        make_flapping(&s, NOW);
        judge(&s, &good, &NEVER_FLAPS, NOW + 10, &l);
        assert_int_equal(l.n, 1);
        assert_int_equal(l.items[0].kind, TRANSITION_RESOLVED);
        assert_int_equal(s.n_problems, 0);
        transition_list_done(&l);
        endpoint_state_done(&s);
}

static void a_clock_that_is_set_back_holds_nothing_for_longer(void **state)
{
        struct endpoint_state s = { 0 };
        struct verdict good = verdict_of("", true);
        struct transition_list l;

        (void)state;
        make_flapping(&s, NOW + 365 * 86400);
        judge(&s, &good, &FLAPS, NOW, &l);
        assert_int_equal(l.n, 0);
        judge(&s, &good, &FLAPS, NOW + 3 * BEAT, &l);
        assert_int_equal(l.n, 1);
        transition_list_done(&l);
        make_flapping(&s, NOW + 365 * 86400);
        judge_retire(&s, NOW, &l);
        assert_int_equal(l.n, 1);
        transition_list_done(&l);
        make_flapping(&s, NOW); /* three times, not two and those of the future */
        endpoint_state_done(&s);
}

#define MANY                                                                                       \
        "error weak-key, error revoked, error leaf-expired, error weak-signature, error x509-v1, " \
        "error unknown-ca, error hostname-mismatch, error bad-signature, error ca-as-leaf, "       \
        "error serial-invalid, error key-mismatch, error root-expired"

static void openings_are_bounded(void **state)
{
        const struct judge_terms terms = { 1, { 20, 1000000, 1000000 } };
        struct endpoint_state s = { 0 };
        struct transition_list l;

        (void)state;
        for (int i = 0; i < 1000; i++) {
                struct verdict v = verdict_of(i % 2 ? "" : MANY, true);

                judge(&s, &v, &terms, NOW + i, &l);
                assert_true(s.n_openings <= STATE_MAX_OPENINGS);
                transition_list_done(&l);
                finding_list_done(&v.findings);
        }
        assert_int_equal(s.n_openings, STATE_MAX_OPENINGS);
        endpoint_state_done(&s);
}

static void the_number_of_failures_is_the_endpoints(void **state)
{
        (void)state;
        for (int64_t failures = 1; failures < 6; failures++) {
                struct endpoint_state s = { 0 };
                struct transition_list l;

                for (int64_t i = 1; i <= failures; i++) {
                        judge_words(&s, "!error dns-failed", failures, NOW, &l);
                        assert_int_equal(l.n, i == failures);
                        assert_int_equal(s.failures, i);
                        transition_list_done(&l);
                }
                endpoint_state_done(&s);
        }
}

static void the_state_remembers_the_last_certificate_and_the_last_error(void **state)
{
        struct endpoint_state s = { 0 };
        struct transition_list l;

        (void)state;
        judge_words(&s, "", 3, NOW, &l);
        assert_int_equal(s.last_probe_s, NOW);
        assert_int_equal(s.last_success_s, NOW);
        assert_int_equal(s.expires_s, NOW + 5);
        assert_true(s.trusted);
        assert_string_equal(s.leaf_fingerprint, "f00d");
        assert_string_equal(s.leaf_subject, "CN=x.example");
        assert_null(s.last_error);

        judge_words(&s, "!error connect-refused", 3, NOW + 10, &l);
        assert_int_equal(s.last_probe_s, NOW + 10);
        assert_int_equal(s.last_success_s, NOW);
        assert_string_equal(s.leaf_subject, "CN=x.example");
        assert_string_equal(s.last_error, "error connect-refused");

        judge_words(&s, "", 3, NOW + 20, &l);
        assert_null(s.last_error);
        endpoint_state_done(&s);
        assert_int_equal(s.last_probe_s, 0);
}

static void a_problem_speaks_of_the_latest_reason(void **state)
{
        struct endpoint_state s = { 0 };
        struct transition_list l;

        (void)state;
        judge_words(&s, "!error connect-refused", 1, NOW, &l);
        transition_list_done(&l);
        judge_words(&s, "!error dns-failed", 1, NOW + 10, &l);
        assert_int_equal(l.n, 0);
        assert_int_equal(s.n_problems, 1);
        assert_int_equal(s.problems[0].code, FINDING_CONNECT_REFUSED);
        assert_int_equal(s.problems[0].since_s, NOW);
        assert_string_equal(s.problems[0].message, "error dns-failed");
        assert_string_equal(s.problems[0].remedy, "mend dns-failed");

        /* of several addresses, each for its own reason: the one that was told goes before */
        judge_words(&s, "!error connect-refused, error connect-timeout", 1, NOW + 20, &l);
        assert_int_equal(l.n, 0);
        assert_int_equal(s.n_problems, 1);
        assert_string_equal(s.problems[0].message, "error connect-refused");
        endpoint_state_done(&s);
}

static void retiring_resolves_everything(void **state)
{
        struct endpoint_state s = { 0 };
        struct transition_list l;

        (void)state;
        judge_words(&s, "error leaf-expired, warning weak-key", 1, NOW, &l);
        transition_list_done(&l);
        judge_words(&s, "!error dns-failed", 1, NOW, &l);
        transition_list_done(&l);
        judge_retire(&s, NOW + 7, &l);
        AUTO_FREE char *said = transitions_str(&l);

        assert_string_equal(said, "resolved error leaf-expired; resolved warning weak-key; "
                                  "resolved error dns-failed");
        assert_int_equal(l.items[0].at_s, NOW + 7);
        assert_true(l.items[0].retired && l.items[2].retired);
        assert_int_equal(s.n_problems, 0);
        transition_list_done(&l);
        judge_retire(&s, NOW + 8, &l);
        assert_int_equal(l.n, 0);
        endpoint_state_done(&s);
}

int main(void)
{
        const struct CMUnitTest others[] = {
                cmocka_unit_test(what_could_not_be_seen_is_not_resolved),
                cmocka_unit_test(a_transition_tells_since_when_and_what_it_was),
                cmocka_unit_test(what_is_over_was_as_bad_as_at_its_worst),
                cmocka_unit_test(what_is_flapping_says_so),
                cmocka_unit_test(where_flapping_is_switched_off_it_ends),
                cmocka_unit_test(a_clock_that_is_set_back_holds_nothing_for_longer),
                cmocka_unit_test(openings_are_bounded),
                cmocka_unit_test(the_number_of_failures_is_the_endpoints),
                cmocka_unit_test(the_state_remembers_the_last_certificate_and_the_last_error),
                cmocka_unit_test(a_problem_speaks_of_the_latest_reason),
                cmocka_unit_test(retiring_resolves_everything),
        };
        struct CMUnitTest tests[ARRAY_LEN(CONVERSATIONS) + ARRAY_LEN(others)];

        for (size_t i = 0; i < ARRAY_LEN(CONVERSATIONS); i++)
                tests[i] = (struct CMUnitTest){
                        .name = CONVERSATIONS[i].name,
                        .test_func = a_conversation_goes_as_written,
                        .initial_state = (void *)(uintptr_t)&CONVERSATIONS[i],
                };
        memcpy(tests + ARRAY_LEN(CONVERSATIONS), others, sizeof(others));
        return cmocka_run_group_tests(tests, NULL, NULL);
}
