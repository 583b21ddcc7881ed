/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/queue_print.h - what `notafter alert queue` shows people, of the daemon's answer. */
#pragma once

#include <jansson.h>

/* To standard output; @receiver NULL: of all. */
void queue_print(const json_t *doc, const char *receiver);
