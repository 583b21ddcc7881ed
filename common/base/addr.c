/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in addr.h. */
#include "common/base/addr.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool addr_parse_ip(const char *s, uint16_t port, struct addr *ret)
{
        struct addr a = { .len = 0 };

        if (inet_pton(AF_INET, s, &a.in.sin_addr) == 1) {
                a.in.sin_family = AF_INET;
                a.in.sin_port = htons(port);
                a.len = sizeof(a.in);
        } else if (inet_pton(AF_INET6, s, &a.in6.sin6_addr) == 1) {
                a.in6.sin6_family = AF_INET6;
                a.in6.sin6_port = htons(port);
                a.len = sizeof(a.in6);
        } else {
                return false;
        }
        *ret = a;
        return true;
}

const uint8_t *addr_ip_bytes(const struct addr *a, size_t *ret_len)
{
        if (a->sa.sa_family == AF_INET) {
                *ret_len = 4;
                return (const uint8_t *)&a->in.sin_addr;
        }
        *ret_len = 16;
        return a->in6.sin6_addr.s6_addr;
}

struct addr addr_of(const struct sockaddr *sa, socklen_t len)
{
        struct addr a = { .len = 0 };
        bool fits = (sa->sa_family == AF_INET && len >= sizeof(a.in)) ||
                    (sa->sa_family == AF_INET6 && len >= sizeof(a.in6));

        if (!fits)
                return a;
        a.len = sa->sa_family == AF_INET ? sizeof(a.in) : sizeof(a.in6);
        memcpy(&a.sa, sa, a.len);
        return a;
}

/* --- which addresses are public --------------------------------------------------------------- */

struct block {
        const char *first;
        unsigned bits;
};

/*
 * IANA's special-purpose registries (RFC 6890) and what is no unicast at all. Blocks of protocol
 * assignments are left out as a whole: no CA publishes at the few public services inside them.
 */
static const struct block NOT_GLOBAL_IPV4[] = {
        { "0.0.0.0", 8 },       /* this network, RFC 791 */
        { "10.0.0.0", 8 },      /* private, RFC 1918 */
        { "100.64.0.0", 10 },   /* shared by carriers, RFC 6598 */
        { "127.0.0.0", 8 },     /* loopback, RFC 1122 */
        { "169.254.0.0", 16 },  /* link-local, RFC 3927; also where clouds keep their metadata */
        { "172.16.0.0", 12 },   /* private, RFC 1918 */
        { "192.0.0.0", 24 },    /* protocol assignments, RFC 6890 */
        { "192.0.2.0", 24 },    /* documentation, RFC 5737 */
        { "192.88.99.0", 24 },  /* 6to4 relays, RFC 7526 */
        { "192.168.0.0", 16 },  /* private, RFC 1918 */
        { "198.18.0.0", 15 },   /* benchmarking, RFC 2544 */
        { "198.51.100.0", 24 }, /* documentation, RFC 5737 */
        { "203.0.113.0", 24 },  /* documentation, RFC 5737 */
        { "224.0.0.0", 4 },     /* multicast, RFC 5771 */
        { "240.0.0.0", 4 },     /* reserved and broadcast, RFC 1112 */
};

/* Global unicast is 2000::/3 (RFC 4291), without these. */
static const struct block GLOBAL_IPV6 = { "2000::", 3 };
static const struct block NOT_GLOBAL_IPV6[] = {
        { "2001::", 23 },     /* protocol assignments, RFC 2928: Teredo, benchmarking, ORCHID */
        { "2001:db8::", 32 }, /* documentation, RFC 3849 */
        { "2002::", 16 },     /* 6to4, RFC 3056: an IPv4 address inside, any */
        { "3fff::", 20 },     /* documentation, RFC 9637 */
};

/* The IPv4 address is in the last 32 bits, and is where packets go. */
static const struct block WRAPS_IPV4[] = {
        { "::ffff:0:0", 96 }, /* IPv4-mapped, RFC 4291 */
        { "64:ff9b::", 96 },  /* NAT64, RFC 6052 */
};

static bool block_has(const struct block *b, const struct addr *a)
{
        struct addr first;
        size_t n, n_first;

        addr_parse_ip(b->first, 0, &first);
        const uint8_t *x = addr_ip_bytes(a, &n), *y = addr_ip_bytes(&first, &n_first);
        unsigned bytes = b->bits / 8, rest = b->bits % 8;

        return n == n_first && memcmp(x, y, bytes) == 0 &&
               (rest == 0 || (x[bytes] ^ y[bytes]) >> (8 - rest) == 0);
}

static bool any_has(const struct block *blocks, size_t n, const struct addr *a)
{
        for (size_t i = 0; i < n; i++)
                if (block_has(&blocks[i], a))
                        return true;
        return false;
}

bool addr_is_global(const struct addr *a)
{
        if (a->len == 0)
                return false;
        if (a->sa.sa_family == AF_INET)
                return !any_has(NOT_GLOBAL_IPV4, ARRAY_LEN(NOT_GLOBAL_IPV4), a);
        if (any_has(WRAPS_IPV4, ARRAY_LEN(WRAPS_IPV4), a)) {
                struct addr inner = {
                        .in = { .sin_family = AF_INET }, .len = sizeof(inner.in),
                };

                memcpy(&inner.in.sin_addr, &a->in6.sin6_addr.s6_addr[12], 4);
                return addr_is_global(&inner);
        }
        return block_has(&GLOBAL_IPV6, a) &&
               !any_has(NOT_GLOBAL_IPV6, ARRAY_LEN(NOT_GLOBAL_IPV6), a);
}

/* --- text ------------------------------------------------------------------------------------- */

const char *addr_str(const struct addr *a, char out[static ADDR_STR_MAX])
{
        char ip[INET6_ADDRSTRLEN];

        if (a->len == 0)
                snprintf(out, ADDR_STR_MAX, "-");
        else if (a->sa.sa_family == AF_INET)
                snprintf(out, ADDR_STR_MAX, "%s:%u",
                         inet_ntop(AF_INET, &a->in.sin_addr, ip, sizeof(ip)),
                         ntohs(a->in.sin_port));
        else
                snprintf(out, ADDR_STR_MAX, "[%s]:%u",
                         inet_ntop(AF_INET6, &a->in6.sin6_addr, ip, sizeof(ip)),
                         ntohs(a->in6.sin6_port));
        return out;
}

const char *addr_ip_str(const struct addr *a, char out[static ADDR_STR_MAX])
{
        size_t n;

        if (a->len == 0 || !inet_ntop(a->sa.sa_family, addr_ip_bytes(a, &n), out, ADDR_STR_MAX))
                snprintf(out, ADDR_STR_MAX, "-");
        return out;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
        size_t la, lb;

        if (a->sa.sa_family != b->sa.sa_family)
                return a->sa.sa_family < b->sa.sa_family ? -1 : 1;
        const uint8_t *ia = addr_ip_bytes(a, &la), *ib = addr_ip_bytes(b, &lb);
        int r = memcmp(ia, ib, la);

        return r ? r : (int)ntohs(a->in.sin_port) - (int)ntohs(b->in.sin_port);
}

static bool host_is_plausible(const char *s, size_t n)
{
        if (n == 0 || n > 1024)
                return false;
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)s[i] <= ' ' || s[i] == '/' || s[i] == '[' || s[i] == ']' ||
                    s[i] == 0x7f)
                        return false;
        return true;
}

int addr_split_host_port(const char *s, char **ret_host, uint16_t *ret_port)
{
        const char *host = s, *colon;
        size_t host_len;
        int64_t port = 0;
        struct addr ip;

        if (*s == '[') {
                const char *close = strchr(s, ']');

                if (!close || (close[1] && close[1] != ':'))
                        return -EINVAL;
                host = s + 1;
                host_len = (size_t)(close - host);
                colon = close[1] ? close + 1 : NULL;
        } else if (addr_parse_ip(s, 0, &ip)) {
                host_len = strlen(s);
                colon = NULL;
        } else {
                colon = strchr(s, ':');
                host_len = colon ? (size_t)(colon - s) : strlen(s);
        }
        if (colon && (parse_int(colon + 1, &port) < 0 || port < 1 || port > 65535))
                return -EINVAL;
        if (!host_is_plausible(host, host_len))
                return -EINVAL;

        char *copy = mem_copy(host, host_len);

        if (*s == '[' && (!addr_parse_ip(copy, 0, &ip) || ip.sa.sa_family != AF_INET6)) {
                free(copy);
                return -EINVAL;
        }
        *ret_host = copy;
        *ret_port = (uint16_t)port;
        return 0;
}
