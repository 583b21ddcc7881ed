/* SPDX-License-Identifier: Apache-2.0 */
/* Summaries, word for word: of one endpoint and of many, whatever became of the problem. */
#include "sample.h"

#include "daemon/alert/words.h"

#include <stdlib.h>

#define DAY 86400
#define SENTENCE "Certificate x.example expires in 7 d (2026-11-30 09:00 UTC)."
#define NETWORK "Cannot connect to a:443: connection refused."
#define RENEWED "The certificate was renewed: serial 02 by R3 ends 2027-02-21 09:00 UTC after 90 d."

#define MEMBER(name_, kind_) { .name = (char *)name_, .kind = kind_ }

static struct message_member THREE_OPEN[] = {
        MEMBER("a:443", MESSAGE_OPENED), MEMBER("b:443", MESSAGE_OPENED),
        MEMBER("c:443", MESSAGE_REMINDER),
};

static struct message_member MIXED[] = {
        MEMBER("z:443", MESSAGE_RESOLVED), MEMBER("a:443", MESSAGE_OPENED),
        MEMBER("b:443", MESSAGE_REMINDER),
};

static struct message_member THREE_GONE[] = {
        MEMBER("a:443", MESSAGE_RESOLVED), MEMBER("b:443", MESSAGE_RESOLVED),
        MEMBER("c:443", MESSAGE_RESOLVED),
};

#define MEMBERS(m) .members = (m), .n_members = ARRAY_LEN(m)
#define AT(kind_, code_)                                                                           \
        .name = (char *)"a:443", .kind = MESSAGE_##kind_, .code = FINDING_##code_,                 \
        .since_s = SAMPLE_AT_S - 3 * DAY, .at_s = SAMPLE_AT_S

static const struct {
        struct message m;
        struct words w;
        const char *summary;
} ROWS[] = {
        /* one endpoint */
        { { AT(OPENED, LEAF_EXPIRING_SOON), .deadline_s = SAMPLE_AT_S + 6 * DAY + 14400 },
          { .sentence = SENTENCE },
          "a:443: certificate expires in 6 d 4 h (2026-11-29 13:00 UTC)" },
        { { AT(OPENED, LEAF_EXPIRED), .deadline_s = SAMPLE_AT_S - 2 * DAY },
          { .sentence = SENTENCE },
          "a:443: certificate expired 2 d ago (2026-11-21 09:00 UTC)" },
        { { AT(OPENED, LEAF_EXPIRED), .deadline_s = SAMPLE_AT_S - 2 * DAY },
          { .sentence = "It expired yesterday" FINDING_CLOCK_DOUBT "." },
          "a:443: certificate expired 2 d ago (2026-11-21 09:00 UTC) (the clock of this host is "
          "not synchronised)" },
        { { AT(REMINDER, CLIENT_CERT_EXPIRING_SOON), .deadline_s = SAMPLE_AT_S + DAY },
          { .sentence = SENTENCE },
          "a:443: still open after 3 d: our client certificate expires in 1 d "
          "(2026-11-24 09:00 UTC)" },
        { { AT(OPENED, INTERMEDIATE_EXPIRING_SOON), .deadline_s = SAMPLE_AT_S + DAY },
          { .sentence = "Intermediate R3 expires in 1 d (2026-11-24 09:00 UTC)." },
          "a:443: Intermediate R3 expires in 1 d (2026-11-24 09:00 UTC)." },
        { { AT(OPENED, CONNECT_REFUSED) }, { .sentence = NETWORK }, "a:443: " NETWORK },
        { { AT(OPENED, CONNECT_REFUSED) }, { 0 }, "a:443: connection refused" },
        { { AT(WORSENED, LEAF_EXPIRING_SOON), .severity = SEVERITY_ERROR,
            .previous = SEVERITY_WARNING, .deadline_s = SAMPLE_AT_S + DAY }, { 0 },
          "a:443: now critical, was warning: certificate expires in 1 d (2026-11-24 09:00 UTC)" },
        { { AT(IMPROVED, CONNECT_REFUSED), .severity = SEVERITY_WARNING,
            .previous = SEVERITY_ERROR }, { .sentence = NETWORK },
          "a:443: now warning, was critical: " NETWORK },
        { { AT(RESOLVED, LEAF_EXPIRED), .deadline_s = SAMPLE_AT_S - DAY, .n_resolved = 1 },
          { .sentence = SENTENCE }, "a:443: resolved after 3 d: certificate has expired" },
        { { AT(RESOLVED, LEAF_EXPIRED) }, { .sentence = SENTENCE, .retired = true },
          "a:443: watched no longer; open was: certificate has expired" },
        { { AT(REPLACED, RENEWED) }, { .sentence = RENEWED }, "a:443: " RENEWED },

        { { AT(OPENED, CONNECT_REFUSED), .flapping = true }, { .sentence = NETWORK },
          "a:443: comes and goes, held open: " NETWORK },
        { { AT(RESOLVED, CONNECT_REFUSED), .flapping = true }, { .sentence = NETWORK },
          "a:443: resolved after 3 d: connection refused" },

        /* several */
        { { AT(OPENED, LEAF_EXPIRING_SOON), .deadline_s = SAMPLE_AT_S + 6 * DAY + 14400,
            .n_open = 500, .n_opened = 500, MEMBERS(THREE_OPEN) }, { .sentence = SENTENCE },
          "500 endpoints: certificate expires in 6 d 4 h (2026-11-29 13:00 UTC): "
          "a:443, b:443, c:443 and 497 more" },
        { { AT(OPENED, CONNECT_REFUSED), .n_open = 3, .n_opened = 3, MEMBERS(THREE_OPEN) },
          { .sentence = NETWORK },
          "3 endpoints: connection refused: a:443, b:443, c:443; a:443: " NETWORK },
        { { AT(AMENDED, CONNECT_REFUSED), .n_open = 4, .n_opened = 1, MEMBERS(THREE_OPEN) }, { 0 },
          "4 endpoints (1 more): connection refused: a:443, b:443, c:443 and 1 more" },
        { { AT(AMENDED, CONNECT_REFUSED), .n_open = 2, .n_opened = 1, .n_resolved = 7,
            MEMBERS(MIXED) }, { 0 },
          "2 endpoints (1 more, 7 resolved): connection refused: a:443, b:443" },
        { { AT(AMENDED, CONNECT_REFUSED), .n_open = 1, .n_resolved = 7, MEMBERS(MIXED) },
          { .sentence = NETWORK }, "a:443 (7 resolved): " NETWORK },
        { { AT(REMINDER, CONNECT_REFUSED), .n_open = 3, MEMBERS(THREE_OPEN) }, { 0 },
          "3 endpoints: still open after 3 d: connection refused: a:443, b:443, c:443" },
        { { AT(RESOLVED, CONNECT_REFUSED), .n_open = 0, .n_resolved = 500, MEMBERS(THREE_GONE) },
          { .sentence = NETWORK },
          "500 endpoints: resolved after 3 d: connection refused: a:443, b:443, c:443 and 497 "
          "more" },
        { { AT(RESOLVED, CONNECT_REFUSED), .n_open = 0, .n_resolved = 1, MEMBERS(THREE_GONE) },
          { 0 }, "a:443: resolved after 3 d: connection refused" },
        { { AT(REPLACED, RENEWED), .n_opened = 3, .n_open = 0, MEMBERS(THREE_OPEN) },
          { .sentence = RENEWED },
          "3 endpoints: certificate was renewed: a:443, b:443, c:443; a:443: " RENEWED },
};

static void a_summary_says_what_where_until_when(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *summary = words_summary(&ROWS[i].m, &ROWS[i].w);

                assert_string_equal(summary, ROWS[i].summary);
        }
}

static void every_code_has_a_summary(void **state)
{
        (void)state;
        for (int code = 0; code < FINDING_COUNT; code++) {
                struct message m = { .name = (char *)"x", .code = (enum finding_code)code };
                AUTO_FREE char *summary = words_summary(&m, &(struct words){ 0 });
                AUTO_FREE char *expected = mem_printf("x: %s", FINDINGS[code].title);

                assert_string_equal(summary, expected);
        }
}

static void a_remedy_is_of_what_is_open(void **state)
{
        struct message m = { .kind = MESSAGE_REMINDER };
        struct words w = { .remedy = "Renew it." };

        (void)state;
        assert_string_equal(words_remedy(&m, &w), "Renew it.");
        m.kind = MESSAGE_RESOLVED;
        assert_string_equal(words_remedy(&m, &w), "Nothing is left to do.");
        w.retired = true;
        assert_non_null(strstr(words_remedy(&m, &w), "put the endpoint back"));
        assert_string_equal(words_remedy(&(struct message){ 0 }, &(struct words){ 0 }), "");
}

static void a_clock_that_was_set_back_makes_no_negative_span(void **state)
{
        struct message m = { .name = (char *)"x", .kind = MESSAGE_RESOLVED, .since_s = 1000 };
        AUTO_FREE char *summary = words_summary(&m, &(struct words){ 0 });

        (void)state;
        assert_string_equal(summary, "x: resolved after 0 s: cannot be read");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_summary_says_what_where_until_when),
                cmocka_unit_test(every_code_has_a_summary),
                cmocka_unit_test(a_remedy_is_of_what_is_open),
                cmocka_unit_test(a_clock_that_was_set_back_makes_no_negative_span),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
