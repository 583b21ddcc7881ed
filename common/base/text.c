/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in text.h. */
#include "common/base/text.h"

#include "common/base/buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX_BYTES (1U << 20) /* no single shown text is longer */

/* Decodes one sequence (RFC 3629: shortest form, no surrogates, at most U+10FFFF); 0 = invalid. */
static size_t utf8_decode(const unsigned char *s, size_t n, uint32_t *ret_cp)
{
        static const uint32_t LOWEST[] = { 0, 0, 0x80, 0x800, 0x10000 };
        size_t len = s[0] < 0x80 ? 1 : (s[0] & 0xe0) == 0xc0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3
                   : (s[0] & 0xf8) == 0xf0 ? 4 : 0;

        if (len == 0 || len > n)
                return 0;
        uint32_t cp = len == 1 ? s[0] : s[0] & (0xffU >> (len + 1));

        for (size_t i = 1; i < len; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                cp = cp << 6 | (s[i] & 0x3f);
        }
        if (cp < LOWEST[len] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
                return 0;
        *ret_cp = cp;
        return len;
}

bool text_is_utf8(const char *s, size_t n)
{
        uint32_t cp;

        for (size_t len; n > 0; s += len, n -= len) {
                len = utf8_decode((const unsigned char *)s, n, &cp);
                if (len == 0)
                        return false;
        }
        return true;
}

size_t text_printable(const char *s, size_t n)
{
        uint32_t cp = 0;
        size_t len = n ? utf8_decode((const unsigned char *)s, n, &cp) : 0;

        if (len == 0 || cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
                return 0;
        if (cp == 0x061c || cp == 0x200e || cp == 0x200f || (cp >= 0x2028 && cp <= 0x202e) ||
            (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff)
                return 0; /* reorders or breaks the line it stands in */
        return len;
}

void text_escape(struct buf *out, const char *s, size_t n)
{
        while (n > 0) {
                size_t run = 0, len; /* printable bytes, and the next character of them */

                while (run < n && (len = text_printable(s + run, n - run)) > 0)
                        run += len;
                buf_append(out, s, run);
                if (run < n)
                        buf_printf(out, "\\x%02X", (unsigned char)s[run++]);
                s += run;
                n -= run;
        }
}

char *text_escaped(const char *s, size_t n)
{
        struct buf out = BUF_INIT(TEXT_MAX_BYTES);

        text_escape(&out, s, n);
        return buf_steal(&out);
}

bool text_same(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

char text_lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_ieq(const char *a, const char *b)
{
        for (; *a && *b; a++, b++)
                if (text_lower(*a) != text_lower(*b))
                        return false;
        return *a == *b;
}

/* When a byte does not fit, the last * takes one more of them: nothing before it can help. */
bool text_fits(const char *pattern, const char *s)
{
        const char *star = NULL, *taken = NULL;

        while (*s) {
                if (*pattern == '*') {
                        star = pattern++;
                        taken = s;
                } else if (*pattern == '?' || *pattern == *s) {
                        pattern++;
                        s++;
                } else if (star) {
                        pattern = star + 1;
                        s = ++taken;
                } else {
                        return false;
                }
        }
        return pattern[strspn(pattern, "*")] == '\0';
}
