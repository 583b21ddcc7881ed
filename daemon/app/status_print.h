/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/status_print.h - what the daemon sees, as a table for people. */
#pragma once

struct buf;
struct status_view;
struct terminal;

/*
 * Appends what the daemon itself suffers from, totals, then the endpoints in the order of the
 * document, each with its problems and remedies (or why the last probe failed), then receivers and
 * silences. With a height it has at most so many lines, and those say how many more there are:
 * remedies go first, then what is least urgent.
 */
void status_put(struct buf *out, const struct status_view *v, const struct terminal *t);

void status_print(const struct status_view *v, const struct terminal *t); /* all, to stdout */
