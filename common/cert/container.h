/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/container.h - certificates in binary wrappings: PKCS#7 or CMS (RFC 2315, RFC 5652)
 * and PKCS#12 (RFC 7292). Nobody is ever asked for a passphrase.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct x509_st;
struct evp_pkey_st;

#define CONTAINER_MAX_BYTES (512 * 1024) /* of tiny certificates: 10,000 in 0.7 s and 80 MB */
#define CONTAINER_MAX_KEYS 4              /* there is one */

enum container_kind { CONTAINER_NONE, CONTAINER_PKCS7, CONTAINER_PKCS12 };

enum container_problem {
        CONTAINER_READ,
        CONTAINER_TOO_LARGE,
        CONTAINER_DAMAGED,
        CONTAINER_LOCKED,           /* neither none nor an empty passphrase opens it */
        CONTAINER_WRONG_PASSPHRASE, /* the one that was given does not */
        CONTAINER_TOO_COSTLY,       /* it asks for too many iterations of its passphrase */
        CONTAINER_LEGACY,           /* encrypted in a way that this OpenSSL cannot undo */
        CONTAINER_PROBLEM_COUNT
};

struct container {
        struct x509_st **certs; /* owned; those of PKCS#12 begin with the one that has the key */
        size_t n_certs;
        bool more; /* than @max_certs */
        struct evp_pkey_st *keys[CONTAINER_MAX_KEYS];
        size_t n_keys;
};

/* Length of the first DER element, @n when it is longer or no such thing. */
size_t der_element_length(const uint8_t *der, size_t n);

/* What the first element says of its own length, as far as it can be told; else @n. */
size_t der_element_wanted(const uint8_t *der, size_t n);

/* Does it begin with a SEQUENCE of a SEQUENCE, as certificates do? */
bool der_looks_like_cert(const uint8_t *der, size_t n);

/* By its first bytes; whether it can be read is another question. */
enum container_kind container_kind(const uint8_t *der, size_t n);

/* Both fill *ret as far as they can; container_done() it whatever they return. */
enum container_problem container_open_pkcs7(struct container *ret, const uint8_t *der, size_t n,
                                            size_t max_certs);

/* @passphrase NULL: none and the empty one are tried. */
enum container_problem container_open_pkcs12(struct container *ret, const uint8_t *der, size_t n,
                                             size_t max_certs, const char *passphrase);
void container_done(struct container *c);

/* Takes over one certificate, for those who fill it. */
void container_take(struct container *c, struct x509_st *x509, size_t max_certs);
