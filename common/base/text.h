/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/base/text.h - making foreign bytes safe to show.
 *
 * Names in certificates, words of servers and lines of files may hold anything. Whatever is shown
 * on a terminal, in a log or in a message goes through text_escape() first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * Appends @n bytes of @s as valid, printable UTF-8: control characters (C0, DEL, C1), bidirectional
 * overrides, line and paragraph separators, and bytes that are not UTF-8 (RFC 3629) become \xNN,
 * one per byte. Anything else, the backslash included, is kept as it is.
 */
void text_escape(struct buf *out, const char *s, size_t n);

/* The same into a new string; free() it. */
char *text_escaped(const char *s, size_t n);

/*
 * Length in bytes of the UTF-8 sequence at @s that is valid and printable, 0 when it is not.
 */
size_t text_printable(const char *s, size_t n);

/* Is all of it UTF-8 (RFC 3629)? Control characters are, too. */
bool text_is_utf8(const char *s, size_t n);

/* Equal bytes, or neither is there (NULL). */
bool text_same(const char *a, const char *b);

/* ASCII case folding and comparison, independent of the locale; for host names and keys. */
char text_lower(char c);
bool text_ieq(const char *a, const char *b);

/* Does @s as a whole fit @pattern, in which * stands for any bytes and ? for any single one? */
bool text_fits(const char *pattern, const char *s);
