/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/reading.h - one file on its way to a chain. Not for use outside common/cert.
 */
#pragma once

#include "common/cert/chain_file.h"
#include "common/cert/container.h"
#include "common/cert/key.h"
#include "common/cert/pbe.h"
#include "common/cert/pem.h"

struct sniffed;

#define KEYS_MAX 8 /* RSA and ECDSA side by side are two; each costs a millisecond */

struct reading_key {
        struct evp_pkey_st *key; /* NULL = it could not be read */
        enum key_outcome outcome;
        int line;
};

struct reading {
        const char *name;    /* of the file, printable */
        const char *command; /* the same as a word of a shell command */
        unsigned mode;       /* permission bits, 0 = unknown */
        struct chain_options options;
        struct chain *chain;
        struct pem_reader pem;
        size_t n_blocks;     /* of certificates, readable or not */
        size_t n_containers; /* PKCS#7 in PEM */
        struct pbe_budget budget;
        struct reading_key keys[KEYS_MAX];
        size_t n_keys;
        bool has_key; /* in PEM, where it can be taken out */
        bool utf16;
        bool full;
        const struct sniffed *other; /* the first thing found that is no certificate */
};

/* Reads everything; .chain and .keys grow. */
void reading_run(struct reading *r, const uint8_t *bytes, size_t n);

/* Says what can be said only when all has been read; the keys are gone then. */
void reading_conclude(struct reading *r);

/* Takes over a key, or why it could not be read. */
void reading_keep_key(struct reading *r, struct evp_pkey_st *key, enum key_outcome outcome,
                      int line);

/* Leaves the digests of the keys with @chain, as its certificates write them, and frees them. */
void reading_digest_keys(struct reading *r, struct chain *chain);

/* What is said of a file. Lines begin at 1; 0 = it has none. */
void reading_report_repair(struct reading *r, const char *what, int line);
void reading_report_damaged(struct reading *r, int line, const char *reason);
void reading_report_over_limit(struct reading *r);
void reading_report_converted(struct reading *r, const char *format, const char *openssl);
void reading_report_container(struct reading *r, const char *format, enum container_problem why,
                              int line);
void reading_report_key_present(struct reading *r);
void reading_report_nothing(struct reading *r);
void reading_report_no_key(const struct reading *r, struct chain *chain);
