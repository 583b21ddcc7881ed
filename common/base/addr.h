/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/base/addr.h - IP addresses with a port, and "host:port" in all its spellings.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Which addresses of a name may be used. */
enum addr_family { ADDR_ANY, ADDR_IPV4, ADDR_IPV6 };

struct addr {
        union {
                struct sockaddr sa;
                struct sockaddr_in in;
                struct sockaddr_in6 in6;
        };
        socklen_t len; /* 0 = no address */
};

/*
 * An IPv4 or IPv6 literal, without brackets, zone or port (inet_pton's forms).
 * True and *ret filled, or false and *ret untouched.
 */
bool addr_parse_ip(const char *s, uint16_t port, struct addr *ret);

/* The 4 or 16 address bytes, in network order. */
const uint8_t *addr_ip_bytes(const struct addr *a, size_t *ret_len);

#define ADDR_STR_MAX 64
/* The same address as @sa, or none when @sa is of another family. */
struct addr addr_of(const struct sockaddr *sa, socklen_t len);

/*
 * Is it one of the public Internet? Not: private, loopback, link-local, shared, multicast,
 * documentation, benchmarking, tunnels, or anything that wraps such an IPv4 address (RFC 6890).
 */
bool addr_is_global(const struct addr *a);

/* "192.0.2.1:443" or "[2001:db8::1]:443"; "-" when there is none. */
const char *addr_str(const struct addr *a, char out[static ADDR_STR_MAX]);

/* The same without the port: "192.0.2.1" or "2001:db8::1". */
const char *addr_ip_str(const struct addr *a, char out[static ADDR_STR_MAX]);

/* Ascending: family, address, port. */
int addr_compare(const struct addr *a, const struct addr *b);

/*
 * Splits "host", "host:port", "[v6]", "[v6]:port" or a bare IPv6 literal. *ret_host is malloc'ed,
 * without brackets; *ret_port is 0 when none was given. -EINVAL when it is none of these (port
 * outside 1 to 65535, empty host, space or '/' in it); outputs are then untouched.
 */
int addr_split_host_port(const char *s, char **ret_host, uint16_t *ret_port);
