/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/pem.h - a text, split into its PEM blocks (RFC 7468) in one pass over the markers.
 *
 * OpenSSL's reader gives up on a whole file for one glued marker, a blank line or an indentation,
 * and does not say where. Nothing here knows what a block holds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEM_LABEL_MAX 64 /* with the NUL; the longest in use is 23 */

struct pem_reader {
        const char *start, *at, *end;
        const char *counted; /* lines are counted up to here */
        int line;
        /* the first thing that OpenSSL's reader stumbles over, or NULL, and its line */
        const char *repair;
        int repair_line;
};

struct pem_block {
        char label[PEM_LABEL_MAX];
        int line; /* of its BEGIN line */
        const char *headers; /* RFC 1421 headers, as in old encrypted keys; NULL = none */
        const char *body, *body_end;
        bool ended; /* by an END line */
};

/* The text is borrowed; a byte order mark is passed over. */
void pem_start(struct pem_reader *r, const char *text, size_t n);

/* The next block; false at the end. An END without BEGIN is passed over. */
bool pem_next(struct pem_reader *r, struct pem_block *ret);

/* Looks for odd but readable layout inside the block that pem_next() gave last. */
void pem_check_layout(struct pem_reader *r, const struct pem_block *b);

/*
 * Decodes the body, whatever its white space; malloc'ed. NULL, and *ret_reason (static), when it is
 * not base64: then nothing of it is left in memory.
 */
uint8_t *pem_decode(const struct pem_block *b, size_t *ret_len, const char **ret_reason);

/*
 * UTF-16, as Windows tools write it: the same text in ASCII, malloc'ed, with ? for what is not.
 * NULL when the bytes are not UTF-16.
 */
char *pem_from_utf16(const uint8_t *bytes, size_t n, size_t *ret_len);
