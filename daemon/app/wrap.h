/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/wrap.h - what a terminal can show, and paragraphs on it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct buf;

struct terminal {
        size_t width;  /* columns; of a file or pipe COLUMNS, or 100 */
        size_t height; /* lines; 0 = without end */
        bool utf8;     /* may lines be drawn? A terminal in a UTF-8 locale */
        bool colour;   /* a terminal that is not dumb, and no NO_COLOR (no-color.org) */
};

/* Of the text for people on it: lines of 40 to 140 columns. */
struct terminal terminal_of(FILE *out);

/* How wide UTF-8 text stands on a terminal, one column a character. */
size_t wrap_columns(const char *text);

/*
 * Appends @text and a line feed, broken at spaces so that no line is wider than @width; the cursor
 * stands at column @indent, where further lines begin.
 */
void wrap_text(struct buf *out, const char *text, size_t indent, size_t width);

/* The same when the cursor stands elsewhere, at @column. */
void wrap_from(struct buf *out, const char *text, size_t column, size_t indent, size_t width);

/* wrap_text() to standard output, as wide as it is. */
void wrap_print(const char *text, size_t indent);

/* Appends @s in exactly @width columns: padded, or its middle left out. */
void wrap_cell(struct buf *out, const char *s, size_t width);

/*
 * Appends the line at @line, without its end, in @width columns at the most: what is longer ends
 * in an ellipsis. Escape sequences of colours (ECMA-48) take none and are kept. Returns its bytes.
 */
size_t wrap_clip(struct buf *out, const char *line, size_t width);
