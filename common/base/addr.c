/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in addr.h. */
#include "common/base/addr.h"

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
