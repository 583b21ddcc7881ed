/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/base/buf.h - a growing byte string that cannot exist without a limit.
 *
 * Appending past the limit keeps what fits, never a part of a UTF-8 character, sets .full and drops
 * what comes later; callers that must not truncate look at it once, at the end. The bytes are
 * always followed by a NUL that is not counted.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
        char *data; /* NULL until the first byte */
        size_t len;
        size_t size;
        size_t max_bytes;
        bool full; /* something did not fit */
};

#define BUF_INIT(max) ((struct buf){ .max_bytes = (max) })

void buf_append(struct buf *b, const void *bytes, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* The text so far; "" when empty. Borrowed until the next append. */
const char *buf_str(const struct buf *b);

/* Moves the text out (never NULL, free() it) and leaves an empty buffer with the same limit. */
char *buf_steal(struct buf *b);

/* Forgets the bytes, keeps the memory. */
void buf_clear(struct buf *b);

/* Frees the memory; the buffer is empty and usable afterwards. */
void buf_done(struct buf *b);
