/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/chain_file.h - certificates as they stand in files: PEM in every state, DER, PKCS#7,
 * CMS, PKCS#12, and keys beside them.
 *
 * Reading never fails as a whole: each block is parsed on its own, and what was wrong becomes
 * findings with lines. Of keys only a digest stays; passphrases are never asked for.
 */
#pragma once

#include "common/cert/chain.h"

#define CHAIN_MAX_FILE_BYTES (4 * 1024 * 1024)
#define CHAIN_POOL_MAX_CERTS 20000 /* a file of anchors or intermediates */

struct chain_options {
        size_t max_certs;       /* 0 = CHAIN_MAX_CERTS */
        size_t max_bytes;       /* 0 = CHAIN_MAX_FILE_BYTES; of files */
        const char *passphrase; /* of PKCS#12 and of keys; NULL = none */
};

/*
 * Reads bytes; @name is what the findings call the file, @options NULL = as they stand above.
 * Never fails: an unreadable input is a chain without certificates and with problems.
 */
struct chain *chain_parse(const char *name, const uint8_t *bytes, size_t n,
                          const struct chain_options *options);

/* The same of a file, as secret_read() opens it: "-" is the standard input. -errno or -EFBIG. */
int chain_read_file(struct chain **ret, const char *path, const struct chain_options *options);

/* The words for what it returns: "No such file or directory", "Not a regular file". */
const char *chain_file_error(int err);

/*
 * Reads a private key that stands in a file of its own, for the validator to compare with the leaf
 * (key-mismatch). What keeps it from being read becomes a finding of @c.
 */
void chain_read_key(struct chain *c, const char *path, const char *passphrase);

/*
 * The first line of a file: a passphrase, to be given to passphrase_free(). -errno, or -EFBIG over
 * KEY_MAX_PASSPHRASE.
 */
int passphrase_read(char **ret, const char *path);
void passphrase_free(char *passphrase); /* wipes it; NULL is fine */
