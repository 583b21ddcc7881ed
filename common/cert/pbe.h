/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/pbe.h - what it costs to try a passphrase (RFC 8018, RFC 7914, RFC 7292).
 *
 * A file says itself how many times a passphrase is hashed, and may say 2^31. Each try is paid from
 * the budget of its file before it is made.
 */
#pragma once

#include <stdbool.h>

struct X509_algor_st; /* OpenSSL's X509_ALGOR */
struct asn1_string_st; /* and its ASN1_INTEGER */

/* Firefox asks for 600,000 a container; a million takes 0.2 s */
#define PBE_MAX_ITERATIONS 3000000L

struct pbe_budget {
        long left; /* iterations */
};

/* A number of iterations; -1 when there is none, or one over the limit. */
long pbe_number(const struct asn1_string_st *i);

/* Takes @iterations from the budget; false when so many are not left, or they are below zero. */
bool pbe_pay(struct pbe_budget *b, long iterations);

/* The same for what @alg asks for. Of algorithms that are not known here it takes nothing. */
bool pbe_pay_for(struct pbe_budget *b, const struct X509_algor_st *alg);

/* Is it RC2, RC4 or single DES: something that OpenSSL 3 has in its legacy provider only? */
bool pbe_is_legacy(const struct X509_algor_st *alg);
