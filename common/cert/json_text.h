/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/json_text.h - what everyone who writes JSON needs: values that may be missing, and no
 * check after each call. All return new references, never NULL.
 */
#pragma once

#include "common/base/clock.h"

#include <jansson.h>
#include <stdint.h>

/* @j itself; ends the process when it is NULL, for want of memory or of UTF-8. */
json_t *json_must(json_t *j);

/* @utf8, or null when there is none (NULL). */
json_t *json_text(const char *utf8);

/* Wall-clock seconds as RFC 3339, or null when there are none (0). */
json_t *json_instant(int64_t at_s);

/* Is the clock synchronised? null: nobody knows. */
json_t *json_clock_sync(enum clock_sync sync);
