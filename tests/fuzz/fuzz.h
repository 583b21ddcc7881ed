/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all fuzz targets share. A target is one file, fuzz_NAME.c, with two functions:
 *
 *     int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)    looks at one input
 *     void fuzz_seeds(void)                                           makes inputs to start from
 *
 * What must hold is said with fuzz_check(); crashes, leaks and undefined behaviour show without.
 */
#pragma once

#include "daemon/demo/mint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FUZZ_NOW INT64_C(1800000000) /* 2027-01-15 08:00:00 UTC: inputs mean the same tomorrow */
#define FUZZ_DAY 86400

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Calls fuzz_seed() for every input that is worth starting from. */
void fuzz_seeds(void);

/* Keeps one seed. */
void fuzz_seed(const void *bytes, size_t n);

/* The same for every file of the folder that $NOTAFTER_CORPORA/@folder names, if there is one. */
void fuzz_seed_corpus(const char *folder);

/* Ends the process, so that the fuzzer keeps the input, when @ok is false. */
#define fuzz_check(ok) ((ok) ? (void)0 : fuzz_failed(#ok, __FILE__, __LINE__))
void fuzz_failed(const char *what, const char *file, int line) __attribute__((noreturn));

/* Valid UTF-8 without control bytes: what may be shown to people. */
bool fuzz_is_printable(const char *s);

/* Inputs of several parts: "PART@@PART@@PART". */
#define FUZZ_MARK "@@"

struct fuzz_part {
        const uint8_t *bytes;
        size_t n;
};

/* Splits into at most @max parts, the last one takes what is left; missing ones are empty. */
void fuzz_split(const uint8_t *data, size_t size, struct fuzz_part *parts, size_t max);

/* A part as a string, cut at its first NUL, malloc'ed. */
char *fuzz_text(const struct fuzz_part *part);

/* The DER of a minted certificate; valid until it is freed. *ret_n bytes, malloc'ed. */
uint8_t *fuzz_der(const struct minted *m, size_t *ret_n);
