/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/identity.h - the certificate that we show when a server asks for one, with its key.
 * Immutable after loading, shared by all threads.
 */
#pragma once

#include "common/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cert;
struct evp_pkey_st;     /* OpenSSL's EVP_PKEY */
struct policy;
struct stack_st_X509;   /* and its STACK_OF(X509) */
struct verdict;

struct identity {
        char *name;                  /* of the certificates' file, printable */
        struct cert **certs;         /* references: the one that has the key, then the others in
                                        the order of the file */
        size_t n;
        struct stack_st_X509 *above; /* the others once more */
        struct evp_pkey_st *key;
};

struct identity_files {
        const char *cert;       /* PEM, or PKCS#12 */
        const char *key;        /* PEM; NULL = it is in .cert */
        const char *passphrase; /* its first line opens them; NULL = they are not encrypted */
};

/*
 * 0; or -EINVAL with *ret_error (malloc'ed, printable): which file cannot be used, and why. Of the
 * passphrase nothing is kept.
 */
int identity_load(struct identity **ret, const struct identity_files *files, char **ret_error);
void identity_free(struct identity *id); /* NULL is fine */
CLEANUP_DEFINE(struct identity, identity_free)

/* The same certificates in the same order, and so the same key? NULL is like NULL only. */
bool identity_same(const struct identity *a, const struct identity *b);

/* Adds client-cert-expired or client-cert-expiring-soon to @v, by the thresholds of @policy. */
void identity_judge(const struct identity *id, const struct policy *policy, int64_t now_s,
                    struct verdict *v);
