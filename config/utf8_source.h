/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/utf8_source.h - the bytes of a text file, up to the first that is not text.
 *
 * Libyaml reports damaged encoding by byte offset, and drops what it has read ahead. Here the bytes
 * are checked on their way in: everything before the damage is delivered first, and the damage has
 * a line and a column.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct utf8_source {
        FILE *file;
        size_t max_bytes;     /* of the file */
        size_t max_gap_bytes; /* between two resets of .gap_bytes by the reader */
        size_t n_bytes, gap_bytes;
        int line, column; /* of the next character; of the problem once there is one */
        const char *problem; /* static text, or NULL */

        /* a character that is not complete yet */
        uint32_t code;
        int missing;
        uint32_t lowest;
};

/*
 * At most @size bytes; 0 of them at the end of the file. 0, or -EINVAL with .problem set: at once
 * when the first byte is at fault, at the next call when there are good ones before it.
 */
int utf8_source_read(struct utf8_source *s, unsigned char *out, size_t size, size_t *ret_n);
