/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/cert_read.h - inside cert: the readers that fill a struct cert when it is made, in
 * the order in which they are declared. Not for use outside common/cert/cert*.c.
 */
#pragma once

#include "common/cert/cert.h"

#define CERT_TEXT_MAX 4096 /* bytes of one printed distinguished name or list of names */

/* All extensions, and what follows from them. Needs .self_issued and .version. */
void cert_read_extensions(struct cert *c);

/* Names, serial, dates, key, signature and encoding. Needs the names of the extensions. */
void cert_read_fields(struct cert *c);

/* @n bytes from outside as printable text, malloc'ed. */
char *cert_text(const void *bytes, size_t n);
