/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/app/doc.h - values of the daemon's documents, for people. What the document of
 * another version lacks reads as nothing.
 */
#pragma once

#include "common/base/parse.h"

#include <jansson.h>
#include <stddef.h>

#define RELATIVE_STR_MAX (SPAN_STR_MAX + 8)

/* The text at @key, or @otherwise; borrowed. */
const char *doc_text(const json_t *object, const char *key, const char *otherwise);

json_int_t doc_number(const json_t *object, const char *key); /* or 0 */

/* "in 6 d 4 h" or "3 d ago", of a time; "-" when there is none. Into @out, or a constant. */
const char *doc_relative(const json_t *object, const char *key,
                               char out[static RELATIVE_STR_MAX]);
