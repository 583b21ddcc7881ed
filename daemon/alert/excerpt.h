/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/excerpt.h - foreign text made safe and short enough for a place of known size.
 */
#pragma once

#include <stddef.h>

/*
 * @s as printable UTF-8 in one line (text_escape()), at most @max_bytes long (4 or more). A longer
 * one is cut between characters and ends in an ellipsis. NULL gives "". Never NULL; free() it.
 */
char *excerpt(const char *s, size_t max_bytes);
char *excerpt_n(const char *s, size_t n, size_t max_bytes);

/*
 * "https://hooks.example.com:8443" of a URL: no user, no path, no query, which may be secrets.
 * Printable; free() it.
 */
char *excerpt_origin(const char *url);
