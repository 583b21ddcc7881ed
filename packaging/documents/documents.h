/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/documents/documents.h - what an installation says of itself, from the tables.
 *
 * The program runs while notafter is built and is not installed. Manual pages come from those that
 * are written by hand, in which these lines are replaced:
 *
 *     .\" key SCHEMA PATH    one key of the configuration, with what its row says
 *     .\" keys SCHEMA        all keys of a mapping
 *     .\" diagnoses          the list of diagnoses
 *
 * A SCHEMA is top, endpoint, receiver, route, silence, match or listen, or the name of a mapping in
 * top or receiver; a PATH goes through mappings with dots.
 */
#pragma once

#include <stdio.h>

/*
 * Writes the page @in to @out. 0, or -EINVAL after a message on standard error: a line that is not
 * understood, or, in a page that tells keys, one that it does not tell exactly once.
 */
int manual_write(FILE *in, FILE *out);

/*
 * Writes what completes command lines in @shell: bash, zsh or fish; -EINVAL for another one, or
 * after a message: nobody has said how some value of an option is completed.
 */
int completion_write(const char *shell, FILE *out);
