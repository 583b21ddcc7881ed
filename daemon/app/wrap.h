/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/wrap.h - paragraphs on a terminal. */
#pragma once

#include <stddef.h>

/* How wide UTF-8 text stands on a terminal, one column a character. */
size_t wrap_columns(const char *text);

/*
 * Prints @text and a line feed, broken at spaces so that no line is wider than the terminal (or
 * than 100 columns when there is none); the cursor stands at column @indent, where further lines
 * begin.
 */
void wrap_print(const char *text, size_t indent);
