/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/bars.h - spans as bars: how long certificates are valid, and where the seconds of a
 * look went.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct buf;

/*
 * Appends a table of when the certificates of @report are valid: those of the path, then those sent
 * besides, around a line for @now_s. The scale is that of the server certificate; longer bars leave
 * it at the sides.
 */
void bars_validity(struct buf *b, const json_t *report, int64_t now_s);

/* Appends one bar with a part for each step of "seconds" of a connection, and what it means. */
void bars_timing(struct buf *b, const json_t *seconds);
