/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/silence_print.h - silences for people, from what the daemon says of them. */
#pragma once

#include <jansson.h>

void silence_print(const json_t *silence); /* in two lines or more */
