/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in buf.h. */
#include "common/base/buf.h"

#include "common/base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UTF8_MAX_TAIL 3 /* continuation bytes of one character */

/* How many of the first @n bytes of the longer @s to keep, so that no UTF-8 character is cut. */
static size_t whole_characters(const char *s, size_t n)
{
        for (size_t back = 0; n > 0 && back < UTF8_MAX_TAIL && (s[n] & 0xc0) == 0x80; back++)
                n--;
        return n;
}

/* How many of the @n bytes of @s may still be appended. */
static size_t what_fits(struct buf *b, const char *s, size_t n)
{
        size_t left = b->full ? 0 : b->max_bytes - b->len;

        assert(b->max_bytes > 0);
        if (n <= left)
                return n;
        b->full = true;
        return whole_characters(s, left);
}

/* Room for @n more bytes and the NUL. */
static void make_room(struct buf *b, size_t n)
{
        if (b->len + n + 1 > b->size) {
                size_t size = b->size ? b->size : 64;

                while (size < b->len + n + 1)
                        size *= 2;
                b->data = mem_resize(b->data, size, 1);
                b->size = size;
        }
}

void buf_append(struct buf *b, const void *bytes, size_t n)
{
        n = what_fits(b, bytes, n);
        make_room(b, n);
        if (n)
                memcpy(b->data + b->len, bytes, n);
        b->len += n;
        b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
        buf_append(b, s, strlen(s));
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
        char *s = NULL;
        int n = vasprintf(&s, fmt, ap);

        if (n < 0)
                mem_exhausted();
        buf_append(b, s, (size_t)n);
        free(s);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        buf_vprintf(b, fmt, ap);
        va_end(ap);
}

const char *buf_str(const struct buf *b)
{
        return b->data ? b->data : "";
}

char *buf_steal(struct buf *b)
{
        char *s = b->data ? b->data : mem_strdup("");

        *b = BUF_INIT(b->max_bytes);
        return s;
}

void buf_clear(struct buf *b)
{
        b->len = 0;
        b->full = false;
        if (b->data)
                b->data[0] = '\0';
}

void buf_done(struct buf *b)
{
        free(b->data);
        *b = BUF_INIT(b->max_bytes);
}
