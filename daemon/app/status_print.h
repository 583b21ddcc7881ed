/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/status_print.h - the answer of a daemon as a table for people. */
#pragma once

#include <jansson.h>

/*
 * Whether the daemon can remember, totals, then every endpoint in the order of the document, each
 * with its problems and remedies (or why the last probe failed), then the delivery queue.
 */
void status_print(const json_t *status);
