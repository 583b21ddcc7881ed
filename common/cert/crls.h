/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/crls.h - a set of certificate revocation lists (RFC 5280 section 5) out of a file.
 *
 * Immutable after loading, shared by all threads, reference-counted. Nothing is believed here: who
 * signed a list, and whether it is current, is asked when a path is judged (revocation.h). A list
 * that is out of date is data, and loads like any other.
 */
#pragma once

#include "common/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRLS_MAX 1000                           /* lists in one file; PKITS has 173 in all */
#define CRLS_MAX_FILE_BYTES (14U * 1024 * 1024) /* the largest public lists have 10 MB; the
                                                   worst takes 17 times its size in memory */
#define CRLS_MAX_ENTRIES 500000                 /* in all lists of a file: 100 MB of memory */

struct X509_crl_st; /* OpenSSL's X509_CRL */

struct crl {
        struct X509_crl_st *x509_crl;
        char *issuer;          /* printable: CN, else the whole name */
        int64_t this_update_s; /* wall clock */
        int64_t next_update_s; /* 0 = it does not say */
        bool lacks_number;     /* of version 2 without a CRL number (RFC 5280 section 5.2.3) */
        bool is_delta;         /* says only what has changed since another one */
};

struct crls;

/*
 * Loads every list of a PEM or DER file. -errno, or -ENODATA when it holds none; then *ret_error
 * (malloc'ed) says what is wrong with which file. 0 when some were read; then *ret_error is a
 * warning when others were not, because they are damaged or too many, and is left alone when all
 * were.
 */
int crls_load(struct crls **ret, const char *path, char **ret_error);

/* The same from bytes in memory; @name is what *ret_error calls them. */
int crls_parse(struct crls **ret, const char *name, const uint8_t *bytes, size_t n,
               char **ret_error);

struct crls *crls_ref(struct crls *c); /* NULL is fine */
void crls_unref(struct crls *c);       /* NULL is fine */
CLEANUP_DEFINE(struct crls, crls_unref)

size_t crls_count(const struct crls *c);                     /* NULL: 0 */
const struct crl *crls_get(const struct crls *c, size_t i);  /* borrowed */

#define CRLS_DIGEST_BYTES 32

/* SHA-256 over the bytes of the file. */
const uint8_t *crls_digest(const struct crls *c);
