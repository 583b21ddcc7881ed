/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/cert_labels.h - what metrics say of a certificate in the labels of other exporters:
 * lists are ",a,b,", so that a pattern finds a whole entry, and "" when they are empty.
 */
#pragma once

struct cert;

#define CERT_LABEL_MAX_BYTES 4096 /* more names are left out */

struct cert_labels {
        char *serial_decimal, *serial_hex;   /* "4660", "1234"; no sign, whole bytes in hex */
        char *cn, *issuer_cn;                /* the last Common Name; "" = there is none */
        char *dns_names, *ips, *emails, *ou; /* lists */
        char *dns_plain;                     /* .dns_names without the commas at its ends */
        char *subject, *issuer; /* as programs in Go write them: usual kinds only, in their order */
};

/* Printable, never NULL; cert_labels_done() them. */
void cert_labels_of(const struct cert *c, struct cert_labels *ret);
void cert_labels_done(struct cert_labels *l);
