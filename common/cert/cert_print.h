/* SPDX-License-Identifier: Apache-2.0 */
/* common/cert/cert_print.h - a whole certificate for people, as `openssl x509 -text` shows it. */
#pragma once

struct cert;

#define CERT_PRINT_MAX_BYTES (4U << 20) /* the largest DER as a hex dump, four times over */

/*
 * Version, serial, names, dates, key, every extension by name with its value, signature, and the
 * fingerprints, by OpenSSL's own printers; in many lines, each printable (text_escape). malloc'ed.
 */
char *cert_print(const struct cert *c);
