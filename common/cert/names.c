/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host names. A reference identifier is made canonical once, and then compared by bytes with each
 * presented one: the comparison itself knows no IDNA, no locale and no trailing dots.
 */
#include "common/cert/names.h"

#include "common/base/addr.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <idn2.h>
#include <libpsl.h>
#include <stdlib.h>
#include <string.h>

bool host_is_ip(const char *host)
{
        struct addr a;

        return addr_parse_ip(host, 0, &a);
}

static bool is_name_byte(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Lower-case labels of 1 to 63 letters, digits, hyphens and underscores. */
static bool is_canonical_name(const char *s, size_t n)
{
        size_t label = 0;

        if (n == 0 || n > HOST_MAX_BYTES)
                return false;
        for (size_t i = 0; i < n; i++) {
                if (s[i] == '.') {
                        if (label == 0)
                                return false;
                        label = 0;
                } else if (!is_name_byte(s[i]) || ++label > 63) {
                        return false;
                }
        }
        return label > 0;
}

/* Digits and dots only look like an address and are none: never a name (RFC 1123 section 2.1). */
static bool looks_like_ipv4(const char *s)
{
        return strpbrk(s, "0123456789") && s[strspn(s, "0123456789.")] == '\0';
}

/* Takes the brackets that URLs put around an IPv6 literal (RFC 3986 section 3.2.2) away. */
static bool parse_bracketed(const char *host, struct addr *ret)
{
        size_t n = strlen(host);
        char inner[INET6_ADDRSTRLEN];

        if (n < 2 || n - 2 >= sizeof(inner) || host[0] != '[' || host[n - 1] != ']')
                return false;
        memcpy(inner, host + 1, n - 2);
        inner[n - 2] = '\0';
        return addr_parse_ip(inner, 0, ret) && ret->sa.sa_family == AF_INET6;
}

static int canonical_ip(const char *host, char **ret)
{
        char text[INET6_ADDRSTRLEN];
        struct addr a;
        size_t n;

        if (!addr_parse_ip(host, 0, &a) && !parse_bracketed(host, &a))
                return -EINVAL;
        *ret = mem_strdup(inet_ntop(a.sa.sa_family, addr_ip_bytes(&a, &n), text, sizeof(text)));
        return 0;
}

static bool is_ascii(const char *s)
{
        for (; *s; s++)
                if ((unsigned char)*s >= 0x80)
                        return false;
        return true;
}

/* *ret is malloc'ed: lower case, and A-labels where there was anything but ASCII. */
static int to_ascii(const char *host, char **ret, const char **ret_reason)
{
        uint8_t *ascii = NULL;

        if (is_ascii(host)) {
                *ret = mem_strdup(host);
        } else {
                int r = idn2_lookup_u8((const uint8_t *)host, &ascii,
                                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

                if (r != IDN2_OK) {
                        *ret_reason = idn2_strerror(r);
                        return -EINVAL;
                }
                *ret = mem_strdup((const char *)ascii);
                idn2_free(ascii);
        }
        for (char *p = *ret; *p; p++)
                *p = text_lower(*p);
        return 0;
}

int host_canonical(const char *host, char **ret, const char **ret_reason)
{
        char *name;

        if (canonical_ip(host, ret) == 0)
                return 0;
        int r = to_ascii(host, &name, ret_reason);

        if (r < 0)
                return r;
        size_t n = strlen(name);

        if (n > 1 && name[n - 1] == '.')
                name[--n] = '\0';
        if (!is_canonical_name(name, n) || looks_like_ipv4(name)) {
                *ret_reason = looks_like_ipv4(name) ? "not a valid IP address"
                            : n > HOST_MAX_BYTES    ? "longer than 253 bytes"
                                                    : "not a host name";
                free(name);
                return -EINVAL;
        }
        *ret = name;
        return 0;
}

/*
 * libpsl's own copy of the list: loading the system's would cost milliseconds at every start, and
 * registries below which nobody can register are not new every month. Constant, so thread-safe.
 */
bool name_is_registry(const char *name)
{
        return psl_is_public_suffix2(psl_builtin(), name,
                                     PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) == 1;
}

bool name_covers(const char *pattern, size_t pattern_len, const char *host)
{
        char folded[HOST_MAX_BYTES + 2];
        size_t n = pattern_len;

        if (n > 1 && pattern[n - 1] == '.')
                n--; /* as the root label would be in DNS; some CAs have written it */
        if (n == 0 || n > HOST_MAX_BYTES)
                return false;
        for (size_t i = 0; i < n; i++)
                folded[i] = text_lower(pattern[i]);
        folded[n] = '\0';

        if (n > 2 && folded[0] == '*' && folded[1] == '.') {
                const char *rest = strchr(host, '.');

                if (!is_canonical_name(folded + 2, n - 2) || !strchr(folded + 2, '.'))
                        return false; /* "*.com" would cover a whole registry */
                return rest && rest != host && strcmp(rest + 1, folded + 2) == 0 &&
                       !name_is_registry(folded + 2);
        }
        return is_canonical_name(folded, n) && strcmp(folded, host) == 0;
}
