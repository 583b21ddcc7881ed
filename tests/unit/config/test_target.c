/* SPDX-License-Identifier: Apache-2.0 */
/* What a person may write to name an endpoint, as tables. */
#include "tests/unit/config/helpers.h"

#include "common/base/cleanup.h"
#include "config/target.h"

static const struct {
        const char *text, *scheme, *host;
        uint16_t port;
        const char *canonical;
} GOOD[] = {
        { "example.com", "tls", "example.com", 443, "example.com:443" },
        { "Example.COM.", "tls", "example.com", 443, "example.com:443" },
        { "example.com:8443", "tls", "example.com", 8443, "example.com:8443" },
        { "tls://example.com", "tls", "example.com", 443, "example.com:443" },
        { "https://example.com", "https", "example.com", 443, "https://example.com:443" },
        { "HTTPS://example.com/a?b#c", "https", "example.com", 443, "https://example.com:443" },
        { "https://example.com:444?q", "https", "example.com", 444, "https://example.com:444" },
        { "imaps://mail.example.com/", "imaps", "mail.example.com", 993,
          "imaps://mail.example.com:993" },
        { "smtps://m.example.com", "smtps", "m.example.com", 465, "smtps://m.example.com:465" },
        { "pop3s://m.example.com", "pop3s", "m.example.com", 995, "pop3s://m.example.com:995" },
        { "ldaps://d.example.com", "ldaps", "d.example.com", 636, "ldaps://d.example.com:636" },
        { "ftps://f.example.com", "ftps", "f.example.com", 990, "ftps://f.example.com:990" },
        { "nntps://n.example.com", "nntps", "n.example.com", 563, "nntps://n.example.com:563" },
        { "ircs://i.example.com", "ircs", "i.example.com", 6697, "ircs://i.example.com:6697" },
        { "xmpps://x.example.com", "xmpps", "x.example.com", 5223, "xmpps://x.example.com:5223" },
        { "sips://s.example.com", "sips", "s.example.com", 5061, "sips://s.example.com:5061" },
        { "mqtts://q.example.com", "mqtts", "q.example.com", 8883, "mqtts://q.example.com:8883" },
        { "dot://dns.example.com", "dot", "dns.example.com", 853, "dot://dns.example.com:853" },
        { "192.0.2.1", "tls", "192.0.2.1", 443, "192.0.2.1:443" },
        { "2001:DB8::1", "tls", "2001:db8::1", 443, "[2001:db8::1]:443" },
        { "[2001:db8:0::1]:8443", "tls", "2001:db8::1", 8443, "[2001:db8::1]:8443" },
        { "https://[2001:db8::1]/", "https", "2001:db8::1", 443, "https://[2001:db8::1]:443" },
        { "b\xc3\xbc" "cher.example", "tls", "xn--bcher-kva.example", 443,
          "xn--bcher-kva.example:443" },
};

static void a_good_target__has_its_parts(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
                AUTO_FREE char *error = NULL;
                AUTO_FREE char *spelt = NULL;
                struct target t;

                assert_int_equal(target_parse(GOOD[i].text, &t, &error), 0);
                assert_int_equal(t.kind, TARGET_NET);
                assert_string_equal(t.scheme, GOOD[i].scheme);
                assert_string_equal(t.host, GOOD[i].host);
                assert_int_equal(t.port, GOOD[i].port);
                assert_null(t.path);
                spelt = target_str(&t);
                assert_string_equal(spelt, GOOD[i].canonical);
                target_done(&t);
        }
}

static void a_canonical_spelling__parses_to_itself(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
                AUTO_FREE char *error = NULL;
                AUTO_FREE char *spelt = NULL;
                struct target t;

                assert_int_equal(target_parse(GOOD[i].canonical, &t, &error), 0);
                spelt = target_str(&t);
                assert_string_equal(spelt, GOOD[i].canonical);
                target_done(&t);
        }
}

static void a_file__keeps_its_path(void **state)
{
        static const char *const FILES[][2] = {
                { "file:/etc/ssl/web.pem", "/etc/ssl/web.pem" },
                { "file:///etc/ssl/web.pem", "/etc/ssl/web.pem" },
                { "file:////etc//ssl", "/etc//ssl" },
                { "file:/etc/a://b.pem", "/etc/a://b.pem" },
                { "file:web.pem", "web.pem" },
                { "FILE:./my web.pem", "./my web.pem" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
                AUTO_FREE char *error = NULL;
                AUTO_FREE char *spelt = NULL;
                struct target t;

                assert_int_equal(target_parse(FILES[i][0], &t, &error), 0);
                assert_int_equal(t.kind, TARGET_FILE);
                assert_string_equal(t.path, FILES[i][1]);
                assert_null(t.host);
                assert_int_equal(t.port, 0);
                spelt = target_str(&t);
                assert_int_equal(strncmp(spelt, "file:", 5), 0);
                target_done(&t);
        }
}

/* Messages are compared in bad/09 to bad/11; here, what must not slip through. */
static void a_bad_target__is_refused_with_a_sentence(void **state)
{
        static const char *const BAD[] = {
                "", " ", "example.com:", ":443", "example.com:x", "example.com:-1", "a.example:1:1",
                "[::1", "::1]:443", "[example.com]:443", "[]", "a b", "a\nb", "a\x7f", "://",
                "https://", "https:///path", "https://@example.com", "https://u:p@example.com/",
                "tls://example.com/x", "imaps:example.com", "file:", "file://", "file://host/path",
                "file://///",
                "file:/", "*.example.com", "a..b", "999.1.1.1", "fe80::1%eth0", "example.com/",
                "\xff", "smtp://", "SMTPX://example.com", "http://example.com", "x://y",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
                AUTO_FREE char *error = NULL;
                struct target t;

                if (target_parse(BAD[i], &t, &error) == 0)
                        fail_msg("accepted: \"%s\"", BAD[i]);
                assert_non_null(error);
                assert_null(t.host);
                target_done(&t);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_good_target__has_its_parts),
                cmocka_unit_test(a_canonical_spelling__parses_to_itself),
                cmocka_unit_test(a_file__keeps_its_path),
                cmocka_unit_test(a_bad_target__is_refused_with_a_sentence),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
