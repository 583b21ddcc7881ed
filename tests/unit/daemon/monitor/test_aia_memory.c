/* SPDX-License-Identifier: Apache-2.0 */
/* How long an answer of a caIssuers URL is good for, and when a failure is tried again. */
#include "../../cert/forge.h"
#include "../store/scratch.h"

#include "daemon/monitor/aia_memory.h"

#define URL "http://ca.example/ca.crt"
#define HOUR 3600

struct recalled {
        int r;
        uint8_t *bytes;
        size_t n;
        char *reason;
};

static struct recalled recall(const struct aia_memory *m, int64_t now_s)
{
        struct recalled got = { 0 };

        got.r = m->recall(m->arg, URL, now_s, &got.bytes, &got.n, &got.reason);
        return got;
}

static int outcome(const struct aia_memory *m, int64_t now_s)
{
        struct recalled got = recall(m, now_s);

        free(got.bytes);
        free(got.reason);
        return got.r;
}

static struct cert *make_issuer(int64_t not_after_s)
{
        CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                .cn = "CA", .ca = true, .not_before_s = NOW - DAY, .not_after_s = not_after_s,
        }, NULL);

        return cert_of(m);
}

static void nothing_is_known_of_a_url_that_was_never_asked(void **state)
{
        const struct aia_memory m = aia_memory_of(scratch_open(*state));

        assert_int_equal(outcome(&m, NOW), 0);
}

static void an_answer_is_good_for_a_week_and_over_a_restart(void **state)
{
        struct aia_memory m = aia_memory_of(scratch_open(*state));
        CLEANUP(cert_unref_at_exit) struct cert *c = make_issuer(NOW + 100 * DAY);

        m.remember(m.arg, URL, NOW, c->der, c->der_len, NULL);
        m = aia_memory_of(scratch_reopen(*state));
        struct recalled got = recall(&m, NOW + AIA_MEMORY_KEEP_S - 1);

        assert_int_equal(outcome(&m, NOW + HOUR - 1), 1);
        assert_int_equal(got.r, 3);
        assert_int_equal(got.n, c->der_len);
        assert_memory_equal(got.bytes, c->der, c->der_len);
        assert_null(got.reason);
        free(got.bytes);
        assert_int_equal(outcome(&m, NOW + AIA_MEMORY_KEEP_S), 0);
        assert_int_equal(outcome(&m, NOW - 1), 0); /* the clock was set back */
}

static void an_answer_is_good_no_longer_than_its_certificate(void **state)
{
        const struct aia_memory m = aia_memory_of(scratch_open(*state));
        CLEANUP(cert_unref_at_exit) struct cert *c = make_issuer(NOW + DAY);

        m.remember(m.arg, URL, NOW, c->der, c->der_len, NULL);
        assert_int_equal(outcome(&m, NOW + DAY), 3);
        assert_int_equal(outcome(&m, NOW + DAY + 1), 0);
}

static void a_failure_is_tried_again_ever_later(void **state)
{
        static const int64_t WAITS_S[] = { HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY,
                                           DAY };
        struct aia_memory m = aia_memory_of(scratch_open(*state));
        int64_t now_s = NOW;

        for (size_t i = 0; i < ARRAY_LEN(WAITS_S); i++) {
                m.remember(m.arg, URL, now_s, NULL, 0, "answered 404");
                m = aia_memory_of(scratch_reopen(*state));
                struct recalled got = recall(&m, now_s + WAITS_S[i] - 1);

                assert_int_equal(got.r, 2);
                assert_string_equal(got.reason, "answered 404");
                assert_null(got.bytes);
                free(got.reason);
                now_s += WAITS_S[i];
                assert_int_equal(outcome(&m, now_s), 0);
        }
}

static void a_success_begins_the_waiting_anew(void **state)
{
        const struct aia_memory m = aia_memory_of(scratch_open(*state));
        CLEANUP(cert_unref_at_exit) struct cert *c = make_issuer(NOW + 100 * DAY);

        m.remember(m.arg, URL, NOW, NULL, 0, "answered 404");
        m.remember(m.arg, URL, NOW + HOUR, NULL, 0, "answered 404");
        m.remember(m.arg, URL, NOW + 3 * HOUR, c->der, c->der_len, NULL);
        assert_int_equal(outcome(&m, NOW + 3 * HOUR), 1);
        m.remember(m.arg, URL, NOW + 4 * HOUR, NULL, 0, "answered 404");
        assert_int_equal(outcome(&m, NOW + 5 * HOUR - 1), 2);
        assert_int_equal(outcome(&m, NOW + 5 * HOUR), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(nothing_is_known_of_a_url_that_was_never_asked),
                SCRATCH_TEST(an_answer_is_good_for_a_week_and_over_a_restart),
                SCRATCH_TEST(an_answer_is_good_no_longer_than_its_certificate),
                SCRATCH_TEST(a_failure_is_tried_again_ever_later),
                SCRATCH_TEST(a_success_begins_the_waiting_anew),
        };

        return cmocka_run_group_tests_name("aia memory", tests, NULL, NULL);
}
