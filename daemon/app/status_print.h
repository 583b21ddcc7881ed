/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/status_print.h - the answer of a daemon as a table for people. */
#pragma once

#include <jansson.h>

/* Totals, then every endpoint, problems first with their remedies, then the delivery queue. */
void status_print(const json_t *status);
