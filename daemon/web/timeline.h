/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/timeline.h - what ends when: the document `timeline` as a drawing with one bar for
 * each day, and as a table for who cannot see it. Inside daemon/web.
 */
#pragma once

#include <jansson.h>

struct buf;

void timeline_print(struct buf *b, const json_t *doc);
