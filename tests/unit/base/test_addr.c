/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, and "host:port" in all its spellings. */
#include "tests/unit/base/unit.h"

#include "common/base/addr.h"
#include "common/base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

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

/* The first and the last address of each block, and their neighbours outside. */
static void public_addresses_are_told_from_all_others(void **state)
{
        static const struct {
                const char *ip;
                bool is_global;
        } ROWS[] = {
                { "0.0.0.0", false }, { "0.255.255.255", false }, { "1.0.0.0", true },
                { "1.1.1.1", true }, { "8.8.8.8", true }, { "9.255.255.255", true },
                { "10.0.0.0", false }, { "10.255.255.255", false }, { "11.0.0.0", true },
                { "100.63.255.255", true }, { "100.64.0.0", false },
                { "100.127.255.255", false }, { "100.128.0.0", true },
                { "126.255.255.255", true }, { "127.0.0.0", false }, { "127.0.0.1", false },
                { "127.255.255.255", false }, { "128.0.0.0", true },
                { "169.253.255.255", true }, { "169.254.0.0", false },
                { "169.254.169.254", false }, { "169.254.255.255", false }, { "169.255.0.0", true },
                { "172.15.255.255", true }, { "172.16.0.0", false }, { "172.31.255.255", false },
                { "172.32.0.0", true }, { "191.255.255.255", true }, { "192.0.0.0", false },
                { "192.0.0.255", false }, { "192.0.1.0", true }, { "192.0.1.255", true },
                { "192.0.2.0", false }, { "192.0.2.255", false }, { "192.0.3.0", true },
                { "192.88.98.255", true }, { "192.88.99.0", false }, { "192.88.99.255", false },
                { "192.88.100.0", true }, { "192.167.255.255", true }, { "192.168.0.0", false },
                { "192.168.255.255", false }, { "192.169.0.0", true },
                { "198.17.255.255", true }, { "198.18.0.0", false }, { "198.19.255.255", false },
                { "198.20.0.0", true }, { "198.51.99.255", true }, { "198.51.100.0", false },
                { "198.51.100.255", false }, { "198.51.101.0", true },
                { "203.0.112.255", true }, { "203.0.113.0", false }, { "203.0.113.255", false },
                { "203.0.114.0", true }, { "223.255.255.255", true }, { "224.0.0.0", false },
                { "239.255.255.255", false }, { "240.0.0.0", false },
                { "255.255.255.255", false },

                { "::", false }, { "::1", false }, { "::2", false }, { "::8.8.8.8", false },
                { "::ffff:127.0.0.1", false }, { "::ffff:10.1.2.3", false },
                { "::ffff:8.8.8.8", true }, { "::ffff:0:8.8.8.8", false },
                { "64:ff9b::127.0.0.1", false }, { "64:ff9b::192.168.0.1", false },
                { "64:ff9b::8.8.8.8", true }, { "64:ff9b:1::8.8.8.8", false },
                { "100::1", false }, { "1fff:ffff::", false }, { "2000::", true },
                { "2000:ffff::1", true }, { "2001::", false }, { "2001:0:4136:e378::1", false },
                { "2001:2::1", false }, { "2001:10::1", false }, { "2001:20::1", false },
                { "2001:1ff:ffff::", false }, { "2001:200::", true },
                { "2001:db7:ffff::1", true }, { "2001:db8::", false },
                { "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", false }, { "2001:db9::", true },
                { "2001:4860:4860::8888", true }, { "2002::", false },
                { "2002:7f00:1::1", false }, { "2002:808:808::1", false },
                { "2002:ffff:ffff::", false }, { "2003::", true }, { "2a00::1", true },
                { "3ffe:ffff::", true }, { "3fff::", false },
                { "3fff:fff:ffff::", false }, { "3fff:1000::", true }, { "4000::", false },
                { "5f00::1", false }, { "fbff::1", false }, { "fc00::", false },
                { "fdff:ffff::1", false }, { "fe80::1", false }, { "febf::1", false },
                { "fec0::1", false }, { "ff02::1", false }, { "ff0e::1", false },
        };
        struct addr none = { .len = 0 };

        (void)state;
        assert_false(addr_is_global(&none));
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct addr a;

                assert_true(addr_parse_ip(ROWS[i].ip, 80, &a));
                if (addr_is_global(&a) != ROWS[i].is_global)
                        fail_msg("%s", ROWS[i].ip);
        }
}

static void a_socket_address_is_copied_when_it_is_an_ip_address(void **state)
{
        struct sockaddr_un local = { .sun_family = AF_UNIX };
        struct addr six, copy;

        (void)state;
        assert_true(addr_parse_ip("2001:db8::1", 443, &six));
        copy = addr_of(&six.sa, six.len);
        assert_int_equal(copy.len, six.len);
        assert_int_equal(addr_compare(&copy, &six), 0);
        assert_int_equal(addr_of(&six.sa, sizeof(struct sockaddr_in)).len, 0); /* cut short */
        assert_int_equal(addr_of((struct sockaddr *)&local, sizeof(local)).len, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(public_addresses_are_told_from_all_others),
                cmocka_unit_test(a_socket_address_is_copied_when_it_is_an_ip_address),
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
