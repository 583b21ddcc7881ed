/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/wrap.h - what a terminal can show, and paragraphs on it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct buf;

struct terminal {
        size_t width; /* columns; 100 of a file or pipe */
        bool utf8;    /* may lines be drawn? A terminal in a UTF-8 locale */
        bool colour;  /* a terminal that is not dumb, and no NO_COLOR (no-color.org) */
};

struct terminal terminal_of(FILE *out);

/* How wide UTF-8 text stands on a terminal, one column a character. */
size_t wrap_columns(const char *text);

/*
 * Appends @text and a line feed, broken at spaces so that no line is wider than @width; the cursor
 * stands at column @indent, where further lines begin.
 */
void wrap_text(struct buf *out, const char *text, size_t indent, size_t width);

/* The same to standard output, as wide as it is. */
void wrap_print(const char *text, size_t indent);
