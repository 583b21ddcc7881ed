/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/sniff.h - what it is that people took for a certificate.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sniffed {
        const char *what; /* "a private key", "an HTML page": static */
        const char *remedy;
};

/* By the label of a PEM block, by the beginning of a text, by DER; NULL = nobody knows. */
const struct sniffed *sniff_label(const char *label);
const struct sniffed *sniff_text(const char *text, size_t n);
const struct sniffed *sniff_der(const uint8_t *der, size_t n);
