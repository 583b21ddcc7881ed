/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/secret.h - files that may hold keys: read whole, and wiped from memory afterwards.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct secret {
        uint8_t *bytes; /* followed by a NUL that is not counted */
        size_t n, size;
        unsigned mode; /* permission bits of the file; 0 = it is none that others could open */
};

/*
 * Reads a regular file of at most @max_bytes. "-", /dev/stdin and /dev/fd/N are descriptors that
 * somebody gave us, and may be pipes; any other pipe, terminal or device could keep us waiting for
 * ever and is refused with -ENOTSUP. Else -errno, or -EFBIG. secret_done() it when it is 0.
 */
int secret_read(struct secret *ret, const char *path, size_t max_bytes);
void secret_done(struct secret *s);

/* The system's words for an error of the above: "No such file or directory". */
const char *secret_error(int err);
