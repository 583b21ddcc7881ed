/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/silence_print.h - silences for people, from what the daemon says of them. */
#pragma once

#include <jansson.h>
#include <stddef.h>

struct buf;

/* Appends two lines or more, no wider than @width. */
void silence_put(struct buf *out, const json_t *silence, size_t width);

void silence_print(const json_t *silence); /* the same to standard output */
