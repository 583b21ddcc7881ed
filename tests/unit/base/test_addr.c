/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, and "host:port" in all its spellings. */
#include "tests/unit/base/unit.h"

#include "common/base/addr.h"
#include "common/base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void a_host_and_a_port_are_split(void **state)
{
        static const struct {
                const char *text, *host;
                uint16_t port;
        } ROWS[] = {
                { "example.com", "example.com", 0 },
                { "example.com:443", "example.com", 443 },
                { "example.com:1", "example.com", 1 },
                { "example.com:65535", "example.com", 65535 },
                { "example.com:00443", "example.com", 443 },
                { "a", "a", 0 },
                { "192.0.2.1", "192.0.2.1", 0 },
                { "192.0.2.1:8443", "192.0.2.1", 8443 },
                { "::1", "::1", 0 },
                { "2001:db8::1", "2001:db8::1", 0 },
                { "2001:db8::1:443", "2001:db8::1:443", 0 }, /* the last group, not a port */
                { "::ffff:192.0.2.1", "::ffff:192.0.2.1", 0 },
                { "[::1]", "::1", 0 },
                { "[2001:db8::1]:443", "2001:db8::1", 443 },
                { "m\xc3\xbcnchen.example:25", "m\xc3\xbcnchen.example", 25 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *host = NULL;
                uint16_t port = 7;

                if (addr_split_host_port(ROWS[i].text, &host, &port) != 0)
                        fail_msg("%s was refused", ROWS[i].text);
                assert_string_equal(host, ROWS[i].host);
                assert_int_equal(port, ROWS[i].port);
        }
}

static void what_is_neither_is_refused_and_touches_nothing(void **state)
{
        static const char *const ROWS[] = {
                "", ":", ":443", "example.com:", "example.com:0", "example.com:65536",
                "example.com:-1", "example.com:+1", "example.com: 443", "example.com:443 ",
                "example.com:https", "example.com:99999999999999999999", "example.com:443:444",
                "exam ple.com", " example.com", "example.com/", "http://example.com", "a\tb",
                "a\x7f", "[", "]", "[]", "[]:443", "[::1", "::1]", "[::1]443", "[::1]:",
                "[::1]:0", "[::1]:65536", "[example.com]:443", "[192.0.2.1]:443",
                "[::1%eth0]:443", "[[::1]]", "::1::2", "2001:db8:::1", "fe80::1%eth0",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                char *host = (char *)"untouched";
                uint16_t port = 7;

                if (addr_split_host_port(ROWS[i], &host, &port) != -EINVAL)
                        fail_msg("\"%s\" was not refused", ROWS[i]);
                assert_string_equal(host, "untouched");
                assert_int_equal(port, 7);
        }
}

static void an_endless_host_is_refused(void **state)
{
        char text[1100], *host = NULL;
        uint16_t port;

        (void)state;
        memset(text, 'a', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        assert_int_equal(addr_split_host_port(text, &host, &port), -EINVAL);
        assert_null(host);
}

static void literals_are_read_and_printed_in_their_shortest_form(void **state)
{
        static const struct {
                const char *text, *printed;
                size_t len;
        } ROWS[] = {
                { "192.0.2.1", "192.0.2.1:443", 4 },
                { "255.255.255.255", "255.255.255.255:443", 4 },
                { "::", "[::]:443", 16 },
                { "2001:0DB8:0:0:0:0:0:1", "[2001:db8::1]:443", 16 },
                { "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:443", 16 },
                { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                  "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:443", 16 },
        };
        char out[ADDR_STR_MAX];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct addr a;
                size_t len;

                assert_true(addr_parse_ip(ROWS[i].text, 443, &a));
                assert_string_equal(addr_str(&a, out), ROWS[i].printed);
                addr_ip_bytes(&a, &len);
                assert_int_equal(len, ROWS[i].len);
                assert_int_equal(a.len, len == 4 ? sizeof(a.in) : sizeof(a.in6));
        }
        assert_string_equal(addr_str(&(struct addr){ .len = 0 }, out), "-");
}

static void the_bytes_are_in_network_order(void **state)
{
        struct addr a;
        size_t len;

        (void)state;
        assert_true(addr_parse_ip("192.0.2.1", 1, &a));
        assert_memory_equal(addr_ip_bytes(&a, &len), "\xc0\x00\x02\x01", 4);
        assert_true(addr_parse_ip("2001:db8::1", 1, &a));
        assert_memory_equal(addr_ip_bytes(&a, &len),
                            "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
}

static void what_is_no_literal_is_refused_and_touches_nothing(void **state)
{
        static const char *const ROWS[] = {
                "",       "example.com", "192.0.2",    "192.0.2.1.1", "192.0.2.256", "192.0.2.01",
                "0x7f.1", "127.1",       "2130706433", " 192.0.2.1",  "192.0.2.1 ",  "[::1]",
                "::1%lo", ":::",         "1::2::3",    "12345::",     "::g",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct addr a = { .len = 77 };

                if (addr_parse_ip(ROWS[i], 443, &a))
                        fail_msg("\"%s\" was not refused", ROWS[i]);
                assert_int_equal(a.len, 77);
        }
}

static void addresses_are_ordered_by_family_address_and_port(void **state)
{
        static const struct {
                const char *ip;
                uint16_t port;
        } ASCENDING[] = {
                { "1.2.3.4", 1 }, { "1.2.3.4", 256 }, { "1.2.3.5", 1 }, { "200.0.0.0", 1 },
                { "::1", 1 }, { "::1", 300 }, { "2001:db8::", 2 }, { "ffff::", 1 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ASCENDING); i++)
                for (size_t k = 0; k < ARRAY_LEN(ASCENDING); k++) {
                        struct addr a, b;

                        assert_true(addr_parse_ip(ASCENDING[i].ip, ASCENDING[i].port, &a));
                        assert_true(addr_parse_ip(ASCENDING[k].ip, ASCENDING[k].port, &b));
                        int r = addr_compare(&a, &b);

                        assert_int_equal((r > 0) - (r < 0), (i > k) - (i < k));
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_host_and_a_port_are_split),
                cmocka_unit_test(what_is_neither_is_refused_and_touches_nothing),
                cmocka_unit_test(an_endless_host_is_refused),
                cmocka_unit_test(literals_are_read_and_printed_in_their_shortest_form),
                cmocka_unit_test(the_bytes_are_in_network_order),
                cmocka_unit_test(what_is_no_literal_is_refused_and_touches_nothing),
                cmocka_unit_test(addresses_are_ordered_by_family_address_and_port),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
