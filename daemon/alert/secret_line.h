/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/secret_line.h - a token, a password or an address that is one, from a file of its
 * own: the first line, without the spaces around it.
 */
#pragma once

#define SECRET_LINE_MAX_BYTES 4096

/*
 * 0 and *ret, for secret_line_free(); -errno with *ret_error (malloc'ed, without the secret), which
 * is -EINVAL for a line that is empty or holds control characters.
 */
int secret_line_read(const char *path, char **ret, char **ret_error);

/* Wipes it. NULL is fine. */
void secret_line_free(char *line);
