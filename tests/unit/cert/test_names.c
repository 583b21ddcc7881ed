/* SPDX-License-Identifier: Apache-2.0 */
/* Host names: their canonical form, and which of them a name in a certificate covers (RFC 9525). */
#include "tests/unit/cert/forge.h"

#include "common/cert/names.h"

#include <errno.h>
#include <stdio.h>

#define A10 "aaaaaaaaaa"
#define A63 A10 A10 A10 A10 A10 A10 "aaa"
#define HOST_251 A63 "." A63 "." A63 "." A10 A10 A10 A10 A10 "aaaaaaaaa"

static void check_covers(const char *pattern, size_t n, const char *host, bool expected)
{
        if (name_covers(pattern, n, host) != expected)
                fail_msg("\"%s\" %s \"%s\"", pattern, expected ? "must cover" : "must not cover",
                         host);
}

static void a_plain_name_covers_itself_only(void **state)
{
        static const struct {
                const char *pattern, *host;
                bool covers;
        } ROWS[] = {
                { "example.com", "example.com", true },
                { "EXAMPLE.Com", "example.com", true },
                { "example.com.", "example.com", true },
                { "example.com..", "example.com", false },
                { ".example.com", "example.com", false },
                { "example.com", "www.example.com", false },
                { "www.example.com", "example.com", false },
                { "xample.com", "example.com", false },
                { "example.co", "example.com", false },
                { "exampleXcom", "example.com", false },
                { "", "example.com", false },
                { ".", "example.com", false },
                { "a..b", "a..b", false },
                { "a b.com", "a b.com", false },
                { "exa_mple.com", "exa_mple.com", true },
                { "xn--mnchen-3ya.de", "xn--mnchen-3ya.de", true },
                { "XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de", true },
                { "m\xc3\xbcnchen.de", "xn--mnchen-3ya.de", false },
                { "m\xc3\xbcnchen.de", "m\xc3\xbcnchen.de", false },
                { "localhost", "localhost", true },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                check_covers(ROWS[i].pattern, strlen(ROWS[i].pattern), ROWS[i].host,
                             ROWS[i].covers);
}

static void a_wildcard_covers_exactly_one_label(void **state)
{
        static const struct {
                const char *pattern, *host;
                bool covers;
        } ROWS[] = {
                { "*.example.com", "www.example.com", true },
                { "*.EXAMPLE.com", "www.example.com", true },
                { "*.example.com.", "www.example.com", true },
                { "*.example.com", "xn--mnchen-3ya.example.com", true },
                { "*.example.com", "example.com", false },
                { "*.example.com", "a.b.example.com", false },
                { "*.example.com", ".example.com", false },
                { "*.example.com", "wwwexample.com", false },
                { "*.com", "example.com", false },
                { "*.", "example", false },
                { "*", "example", false },
                { "*", "example.com", false },
                { "**.example.com", "www.example.com", false },
                { "*.*.example.com", "a.b.example.com", false },
                { "www.*.com", "www.example.com", false },
                { "www.example.*", "www.example.com", false },
                { "w*.example.com", "www.example.com", false },
                { "*w.example.com", "www.example.com", false },
                { "w*w.example.com", "www.example.com", false },
                { "xn--*.example.com", "xn--mnchen-3ya.example.com", false },
                { "*example.com", "wexample.com", false },
                { "*..example.com", "www..example.com", false },
                { "*.b\xc3\xbc.com", "a.b\xc3\xbc.com", false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                check_covers(ROWS[i].pattern, strlen(ROWS[i].pattern), ROWS[i].host,
                             ROWS[i].covers);
}

static void a_wildcard_right_below_a_registry_covers_nothing(void **state)
{
        static const struct {
                const char *pattern, *host;
                bool covers;
        } ROWS[] = {
                { "*.co.uk", "example.co.uk", false },
                { "*.CO.uk.", "example.co.uk", false },
                { "*.example.co.uk", "www.example.co.uk", true },
                { "*.com", "example.com", false },
                { "*.x.kawasaki.jp", "a.x.kawasaki.jp", false },
                { "*.city.kawasaki.jp", "a.city.kawasaki.jp", true },
                { "*.xn--55qx5d.cn", "a.xn--55qx5d.cn", false },
                { "*.s3.amazonaws.com", "bucket.s3.amazonaws.com", true }, /* a company's own */
                { "*.github.io", "user.github.io", true },
                { "*.corp.internal", "www.corp.internal", true }, /* on no list */
                { "co.uk", "co.uk", true },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                check_covers(ROWS[i].pattern, strlen(ROWS[i].pattern), ROWS[i].host,
                             ROWS[i].covers);
        assert_true(name_is_registry("co.uk"));
        assert_false(name_is_registry("github.io"));
        assert_false(name_is_registry("internal"));
}

static void a_nul_in_a_name_never_matches(void **state)
{
        (void)state;
        check_covers("bank.example\0.evil.example", 26, "bank.example", false);
        check_covers("bank.example\0", 13, "bank.example", false);
        check_covers("\0bank.example", 13, "bank.example", false);
        check_covers("*.bank.example\0x", 16, "www.bank.example", false);
}

static void labels_of_63_and_names_of_253_bytes_are_the_longest(void **state)
{
        char longest[] = HOST_251 ".a", longer[] = HOST_251 ".aa";

        (void)state;
        assert_int_equal(strlen(longest), 253);
        check_covers(A63 ".com", 67, A63 ".com", true);
        check_covers("a" A63 ".com", 68, "a" A63 ".com", false);
        check_covers("*." A63 ".com", 69, "x." A63 ".com", true);
        check_covers("*.a" A63 ".com", 70, "x.a" A63 ".com", false);
        check_covers(longest, 253, longest, true);
        check_covers(HOST_251 ".a.", 254, longest,
                     true); /* the root's dot is no byte of the name */
        check_covers(longer, 254, longer, false);
}

/* --- against a reference that splits into labels and knows nothing of speed ------------------ */

static size_t split(const char *s, char labels[8][8])
{
        size_t n = 0, len = 0;

        for (;; s++) {
                if (*s == '.' || *s == '\0') {
                        labels[n++][len] = '\0';
                        len = 0;
                        if (*s == '\0')
                                return n;
                } else {
                        labels[n][len++] = *s == 'A' ? 'a' : *s;
                }
        }
}

static bool reference_covers(const char *pattern, const char *host)
{
        char p[8][8], h[8][8];
        size_t np = split(pattern, p), nh = split(host, h);

        if (np > 1 && p[np - 1][0] == '\0')
                np--;
        if (np != nh)
                return false;
        for (size_t i = 0; i < np; i++) {
                bool star = i == 0 && strcmp(p[i], "*") == 0;

                if (star ? np < 3 || h[i][0] == '\0'
                         : p[i][0] == '\0' || strchr(p[i], '*') || strcmp(p[i], h[i]) != 0)
                        return false;
        }
        return true;
}

/* The @number-th string over @alphabet, in order of length. */
static void generate(size_t number, const char *alphabet, char out[8])
{
        size_t base = strlen(alphabet), len = 0;

        for (number++; number > 0; number = (number - 1) / base)
                out[len++] = alphabet[(number - 1) % base];
        out[len] = '\0';
}

static void every_short_pattern_is_judged_as_by_the_reference(void **state)
{
        enum { PATTERNS = 4 + 16 + 64 + 256 + 1024 + 4096, HOSTS = 3 + 9 + 27 + 81 + 243 };
        size_t covered = 0;
        char pattern[8], host[8], labels[8][8];

        (void)state;
        for (size_t i = 0; i < HOSTS; i++) {
                bool canonical = true;

                generate(i, "ab.", host);
                for (size_t k = split(host, labels); k > 0; k--)
                        canonical &= labels[k - 1][0] != '\0';
                for (size_t k = 0; canonical && k < PATTERNS; k++) {
                        generate(k, "aA*.", pattern);
                        bool covers = reference_covers(pattern, host);

                        covered += covers;
                        check_covers(pattern, strlen(pattern), host, covers);
                }
        }
        assert_true(covered > 100);
}

/* --- canonical form -------------------------------------------------------------------------- */

static void hosts_become_canonical(void **state)
{
        static const struct {
                const char *host, *canonical;
        } ROWS[] = {
                { "example.com", "example.com" },
                { "EXAMPLE.Com", "example.com" },
                { "example.com.", "example.com" },
                { "localhost", "localhost" },
                { "a_b.example", "a_b.example" },
                { "1.example", "1.example" },
                { "M\xc3\xbcnchen.de", "xn--mnchen-3ya.de" },
                { "M\xc3\x9cNCHEN.DE", "xn--mnchen-3ya.de" },
                { "mu\xcc\x88nchen.de", "xn--mnchen-3ya.de" }, /* not NFC */
                { "fa\xc3\x9f.de", "xn--fa-hia.de" },          /* IDNA2008, not 2003 */
                { "XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de" },
                { "\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
                  "xn--r8jz45g.xn--zckzah" },
                { "192.0.2.1", "192.0.2.1" },
                { "2001:DB8:0::0:1", "2001:db8::1" },
                { "::FFFF:192.0.2.1", "::ffff:192.0.2.1" },
                { "[::1]", "::1" },
                { "[2001:DB8:0::0:1]", "2001:db8::1" },
                { HOST_251 ".a", HOST_251 ".a" },
                { HOST_251 ".a.", HOST_251 ".a" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *canonical = NULL, *again = NULL;
                const char *reason = NULL;

                if (host_canonical(ROWS[i].host, &canonical, &reason) != 0)
                        fail_msg("%s: %s", ROWS[i].host, reason);
                assert_string_equal(canonical, ROWS[i].canonical);
                assert_int_equal(host_canonical(canonical, &again, &reason), 0);
                assert_string_equal(again, canonical);
        }
}

static void what_is_no_host_is_refused_with_a_reason(void **state)
{
        static const struct {
                const char *host, *reason;
        } ROWS[] = {
                { "", "not a host name" },
                { ".", "not a host name" },
                { ".example.com", "not a host name" },
                { "example..com", "not a host name" },
                { "example.com..", "not a host name" },
                { "exam ple.com", "not a host name" },
                { "example.com/", "not a host name" },
                { "*.example.com", "not a host name" },
                { "a:b", "not a host name" },
                { "[::1", "not a host name" },
                { "::1]", "not a host name" },
                { "[[::1]]", "not a host name" },
                { "[192.0.2.1]", "not a host name" },
                { "[]", "not a host name" },
                { "[::1]:443", "not a host name" },
                { "a" A63 ".com", "not a host name" },
                { "1.2.3", "not a valid IP address" },
                { "1.2.3.4.5", "not a valid IP address" },
                { "256.1.1.1", "not a valid IP address" },
                { "1.2.3.4.", "not a valid IP address" },
                { "12345", "not a valid IP address" },
                { HOST_251 ".aa", "longer than 253 bytes" },
        };
        static const char *const NOT_IDNA[] = {
                "\xff.de",      "\xc3\xbc\xe2\x80\xae.de", "-\xc3\xbc.de",
                "\xc3\xbc..de", "\xc3\xbc b.de",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                char *canonical = NULL;
                const char *reason = "none";

                if (host_canonical(ROWS[i].host, &canonical, &reason) != -EINVAL)
                        fail_msg("\"%s\" was not refused", ROWS[i].host);
                assert_null(canonical);
                if (strcmp(reason, ROWS[i].reason) != 0)
                        fail_msg("\"%s\": %s", ROWS[i].host, reason);
        }
        for (size_t i = 0; i < ARRAY_LEN(NOT_IDNA); i++) {
                char *canonical = NULL;
                const char *reason = NULL;

                if (host_canonical(NOT_IDNA[i], &canonical, &reason) != -EINVAL)
                        fail_msg("\"%s\" became %s", NOT_IDNA[i], canonical);
                assert_non_null(reason);
        }
}

static void literals_are_told_from_names(void **state)
{
        (void)state;
        assert_true(host_is_ip("192.0.2.1"));
        assert_true(host_is_ip("2001:db8::1"));
        assert_false(host_is_ip("example.com"));
        assert_false(host_is_ip("192.0.2"));
        assert_false(host_is_ip("[::1]"));
        assert_false(host_is_ip(""));
}

/* --- a whole certificate --------------------------------------------------------------------- */

static void an_address_is_covered_by_an_ip_name_only(void **state)
{
        static const struct {
                const char *name, *host;
                bool covers;
        } ROWS[] = {
                { "192.0.2.1", "192.0.2.1", true },
                { "192.0.2.1", "192.0.2.2", false },
                { "2001:db8::1", "2001:db8::1", true },
                { "2001:db8::1", "2001:db8::2", false },
                { "::ffff:192.0.2.1", "192.0.2.1", false },
                { "example.com", "192.0.2.1", false },
                { "192.0.2.1", "example.com", false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                CLEANUP(minted_free_at_exit) struct minted *m = make_leaf(ROWS[i].name, NULL);
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

                assert_int_equal(cert_covers_host(c, ROWS[i].host), ROWS[i].covers);
        }
}

static void spell_an_address_as_dns_name(struct x509_st *cert)
{
        set_dns_name(cert, "192.0.2.1", 9);
}

static void spell_a_wildcard_address(struct x509_st *cert)
{
        set_dns_name(cert, "*.0.2.1", 7);
}

static void an_address_spelled_as_dns_name_covers_nothing(void **state)
{
        static alter_fn *const WAYS[] = { spell_an_address_as_dns_name, spell_a_wildcard_address };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(WAYS); i++) {
                CLEANUP(minted_free_at_exit) struct minted *m = forge(&(struct mint_spec){
                        .cn = "192.0.2.1", .names = NAMES("x"), .not_after_s = NOW,
                }, NULL, WAYS[i]);
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

                assert_int_equal(c->n_names, 1);
                assert_false(cert_covers_host(c, "192.0.2.1"));
        }
}

static void the_common_name_covers_nothing(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                .cn = "example.com", .not_after_s = NOW,
        }, NULL);
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

        (void)state;
        assert_false(cert_covers_host(c, "example.com"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_plain_name_covers_itself_only),
                cmocka_unit_test(a_wildcard_covers_exactly_one_label),
                cmocka_unit_test(a_wildcard_right_below_a_registry_covers_nothing),
                cmocka_unit_test(a_nul_in_a_name_never_matches),
                cmocka_unit_test(labels_of_63_and_names_of_253_bytes_are_the_longest),
                cmocka_unit_test(every_short_pattern_is_judged_as_by_the_reference),
                cmocka_unit_test(hosts_become_canonical),
                cmocka_unit_test(what_is_no_host_is_refused_with_a_reason),
                cmocka_unit_test(literals_are_told_from_names),
                cmocka_unit_test(an_address_is_covered_by_an_ip_name_only),
                cmocka_unit_test(an_address_spelled_as_dns_name_covers_nothing),
                cmocka_unit_test(the_common_name_covers_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
