/* SPDX-License-Identifier: Apache-2.0 */
/* Events as RFC 5545 wants them, whatever is written in a certificate. */
#include "fake_exchange.h"

#include "common/base/cleanup.h"
#include "common/base/text.h"

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static json_t *endpoint(const char *name, const char *sha256, const char *expires,
                        const char *subject)
{
        return json_pack("{s:s, s:s, s:s?, s:s?, s:s}", "name", name, "target", "h:443",
                         "certificate_sha256", sha256, "expires", expires,
                         "certificate_subject", subject);
}

static void ask(struct web_exchange *x, json_t *endpoints)
{
        *x = (struct web_exchange){ .path = "/calendar.ics", .asked = json_object() };
        x->params[0][0] = "label";
        x->params[0][1] = "team=web";
        x->params[1][0] = "limit"; /* not for the reader to choose */
        x->params[1][1] = "1";
        x->body = BUF_INIT(1 << 20);
        x->documents = json_pack("{s:{s:s, s:o}}", "endpoints", "at", "2026-11-24T01:00:00Z",
                                 "endpoints", endpoints);
        answer_calendar(x);
        assert_int_equal(x->status, 200);
}

static size_t occurrences(const char *text, const char *what)
{
        size_t n = 0;

        for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
                n++;
        return n;
}

static void endpoints_with_one_certificate_share_an_event(void **state)
{
        struct web_exchange x;

        (void)state;
        ask(&x, json_pack("[o, o, o, o, o]",
                          endpoint("a.test", SHA_A, "2026-12-01T00:00:00Z", "CN = a"),
                          endpoint("b.test", SHA_B, "2026-12-02T13:35:00Z", "CN = b"),
                          endpoint("c.test", SHA_A, "2026-12-03T00:00:00Z", "CN = a"),
                          endpoint("d.test", NULL, "2026-12-03T00:00:00Z", "CN = d"),
                          endpoint("e.test", SHA_B, NULL, "CN = e")));
        const char *text = buf_str(&x.body);

        assert_int_equal(occurrences(text, "BEGIN:VEVENT\r\n"), 2);
        assert_non_null(strstr(text, "\r\nUID:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@notafter\r\n"));
        assert_non_null(strstr(text, "\r\nDTSTART:20261201T000000Z\r\n"));
        assert_non_null(strstr(text, "\r\nSUMMARY:a.test and 1 other: certificate ends\r\n"));
        assert_non_null(strstr(text, "\r\nSUMMARY:b.test: certificate ends\r\n"));
        assert_non_null(strstr(text, "\r\nDTSTAMP:20261124T010000Z\r\n"));
        json_t *asked = json_object_get(x.asked, "endpoints");

        assert_string_equal(json_string_value(json_object_get(asked, "label")), "team=web");
        assert_int_equal(json_integer_value(json_object_get(asked, "limit")), 1000);
        fake_end(&x);
}

/* No line is longer than 75 bytes or ends within a character, and none is the stranger's. */
static void nothing_breaks_out_of_a_line(void **state)
{
        char name[1000] = "";
        struct web_exchange x;

        (void)state;
        for (size_t i = 0; i < 300; i++)
                strcat(name, "\xe2\x82\xac"); /* a euro sign */
        ask(&x, json_pack("[o, o]", endpoint(name, SHA_A, "2026-12-01T00:00:00Z", "CN = x"),
                          endpoint("a", SHA_B, "2026-12-01T00:00:00Z",
                                   "CN = a, O = b;c\\d\r\nEND:VCALENDAR")));
        for (const char *line = buf_str(&x.body), *end; *line; line = end + 2) {
                end = strstr(line, "\r\n");
                assert_non_null(end);
                assert_true(end - line <= 75);
                assert_true(text_is_utf8(line, (size_t)(end - line)));
        }
        assert_non_null(strstr(buf_str(&x.body), "CN = a\\, O = b\\;c\\\\d\\nEND:VCALENDAR"));
        assert_int_equal(occurrences(buf_str(&x.body), "\r\nEND:VCALENDAR"), 1);
        fake_end(&x);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(endpoints_with_one_certificate_share_an_event),
                cmocka_unit_test(nothing_breaks_out_of_a_line),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
