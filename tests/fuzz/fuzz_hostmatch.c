/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "PATTERN@@HOST": name_covers() against the words of RFC 9525 section 6.3, written down a second
 * time, label by label.
 */
#include "tests/fuzz/fuzz.h"

#include "common/base/mem.h"
#include "common/cert/names.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MAX_LABELS 128

struct labels {
        const char *at[MAX_LABELS];
        size_t n_bytes[MAX_LABELS];
        size_t n;
};

static bool is_label(const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!isascii(s[i]) || !(isalnum((unsigned char)s[i]) || s[i] == '-' || s[i] == '_'))
                        return false;
        return n >= 1 && n <= 63;
}

/* Splits at dots, one dot at the end aside. */
static void split_labels(const char *s, size_t n, struct labels *ret)
{
        ret->n = 0;
        if (n > 1 && s[n - 1] == '.')
                n--;
        for (size_t from = 0, i = 0; i <= n && ret->n < MAX_LABELS; i++) {
                if (i < n && s[i] != '.')
                        continue;
                ret->at[ret->n] = s + from;
                ret->n_bytes[ret->n++] = i - from;
                from = i + 1;
        }
}

static bool reference(const char *pattern, size_t n, const char *host)
{
        struct labels p, h;
        bool wildcard = n > 0 && pattern[0] == '*';

        split_labels(pattern, n, &p);
        split_labels(host, strlen(host), &h);
        if (p.n != h.n || (wildcard && (p.n_bytes[0] != 1 || p.n < 3)))
                return false;
        for (size_t i = 0; i < p.n; i++) {
                if (i == 0 && wildcard)
                        continue;
                if (!is_label(p.at[i], p.n_bytes[i]) || p.n_bytes[i] != h.n_bytes[i] ||
                    strncasecmp(p.at[i], h.at[i], p.n_bytes[i]) != 0)
                        return false;
        }
        return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct fuzz_part part[2];
        const char *reason = NULL;
        AUTO_FREE char *host = NULL, *again = NULL;

        fuzz_split(data, size, part, 2);
        AUTO_FREE char *given = fuzz_text(&part[1]);
        AUTO_FREE char *pattern = mem_copy(part[0].bytes, part[0].n);

        if (host_canonical(given, &host, &reason) < 0) {
                fuzz_check(reason && *reason);
                return 0;
        }
        fuzz_check(fuzz_is_printable(host) && strlen(host) <= HOST_MAX_BYTES);
        fuzz_check(host_canonical(host, &again, &reason) == 0 && strcmp(host, again) == 0);
        if (!host_is_ip(host))
                fuzz_check(name_covers(pattern, part[0].n, host) ==
                           reference(pattern, part[0].n, host));
        return 0;
}

void fuzz_seeds(void)
{
        static const char *const SEEDS[] = {
                "a.example@@a.example", "*.b.example@@A.b.example.", "*.example@@a.example",
                "f*.b.example@@foo.b.example", "*.*.example@@a.b.example", "*@@localhost",
                "xn--mller-kva.example@@m\xc3\xbcller.example",
                "M\xc3\x9cLLER.example@@m\xc3\xbcller.example",
                "192.0.2.1@@192.0.2.1", "::1@@[::1]", "_a.example.@@_a.example", "a..b@@a..b",
        };

        for (size_t i = 0; i < ARRAY_LEN(SEEDS); i++)
                fuzz_seed(SEEDS[i], strlen(SEEDS[i]));
}
