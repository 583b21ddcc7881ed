/* SPDX-License-Identifier: Apache-2.0 */
/* What people are told of a transition, in one line. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/monitor/notify.h"

#include "common/base/cleanup.h"
#include "config/model.h"
#include "daemon/judge/state.h"

#include <stdlib.h>

#define MESSAGE (char *)"Certificate x expired 3 d ago (2027-01-12 08:00 UTC)."

static void a_summary_says_who_and_what(void **state)
{
        static const struct {
                struct transition t;
                const char *summary;
        } ROWS[] = {
                { { .kind = TRANSITION_OPENED, .code = FINDING_LEAF_EXPIRED, .message = MESSAGE },
                  "shop: Certificate x expired 3 d ago (2027-01-12 08:00 UTC)." },
                { { .kind = TRANSITION_WORSENED, .code = FINDING_LEAF_EXPIRED, .message = MESSAGE,
                    .severity = SEVERITY_ERROR, .previous = SEVERITY_WARNING },
                  "shop: now critical, was warning: Certificate x expired 3 d ago "
                  "(2027-01-12 08:00 UTC)." },
                { { .kind = TRANSITION_IMPROVED, .code = FINDING_LEAF_EXPIRED,
                    .severity = SEVERITY_WARNING, .previous = SEVERITY_ERROR },
                  "shop: now warning, was critical: certificate has expired" },
                { { .kind = TRANSITION_OPENED, .code = FINDING_LEAF_EXPIRED, .message = MESSAGE,
                    .at_s = 1800000000, .deadline_s = 1800086400 },
                  "shop: certificate expires in 1 d (2027-01-16 08:00 UTC)" },
                { { .kind = TRANSITION_RESOLVED, .code = FINDING_LEAF_EXPIRED, .message = MESSAGE,
                    .since_s = 1000, .at_s = 1000 + 90000 },
                  "shop: resolved after 1 d 1 h: certificate has expired" },
                { { .kind = TRANSITION_RESOLVED, .code = FINDING_CONNECT_REFUSED, .since_s = 5,
                    .at_s = 5 },
                  "shop: resolved after 0 s: connection refused" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *summary = notify_summary("shop", &ROWS[i].t);

                assert_string_equal(summary, ROWS[i].summary);
        }
}

static void a_first_look_says_how_it_is(void **state)
{
        struct config_settings set = { .retry_s = 60, .failures = 3 };
        struct config_endpoint e = { .name = (char *)"shop", .set = &set };
        struct endpoint_state seen = { .expires_s = 1800000000 };
        struct endpoint_state lost = { .last_error = (char *)"No such name." };
        AUTO_FREE char *good = notify_first_look(&e, &seen), *bad = notify_first_look(&e, &lost);

        (void)state;
        assert_string_equal(good, "shop: ok at the first look, until 2027-01-15 08:00 UTC");
        assert_string_equal(bad, "shop: the first look failed: No such name; the next is in 1 min, "
                                 "and 3 failures in a row are a problem");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_summary_says_who_and_what),
                cmocka_unit_test(a_first_look_says_how_it_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
