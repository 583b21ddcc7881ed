/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/chain_draw.h - a chain as it is served and as it should be, drawn side by side with
 * lines from where a certificate is to where it belongs. What is missing is red. A chain that is
 * served as it should be is one column.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct buf;

/*
 * Appends the drawing of @report (check.schema.json) twice, for wide windows and for phones, of
 * which style.css shows one, and then the same in words for whoever does not see it. Nothing when
 * no certificate was served.
 */
void chain_draw(struct buf *b, const json_t *report, int64_t now_s);
