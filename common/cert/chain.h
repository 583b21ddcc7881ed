/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/chain.h - certificates in the order somebody gave them: a server, or a file.
 *
 * One that cannot be read leaves a gap: positions are those of what was sent, so that a person who
 * counts the certificates of a file finds the one that is meant.
 */
#pragma once

#include "common/base/cleanup.h"
#include "common/cert/cert.h"
#include "common/cert/finding.h"

#define CHAIN_MAX_CERTS 100 /* public chains have 2 to 5; the rest is abuse */

/* A private key that came with them: of the key itself nothing is kept. */
struct chain_key {
        char *name;             /* of its file, printable */
        int line;               /* of its BEGIN line; 0 = the file has no lines */
        uint8_t key_sha256[32]; /* compares with that of the certificate it belongs to */
};

struct chain {
        struct cert **certs; /* those that could be read; each holds a reference */
        int *sent_at;        /* position as sent of each, from 0: what findings and fixes name */
        size_t n;
        int n_sent;          /* those that could not be read count too */
        bool is_set;         /* of a PKCS#7 or PKCS#12 file: its order says nothing */
        struct chain_key *keys;
        size_t n_keys;
        struct finding_list problems; /* of reading: input-*, resource-limit */
};

struct chain *chain_new(void);
void chain_free(struct chain *c); /* NULL is fine */
CLEANUP_DEFINE(struct chain, chain_free)

/* Appends at the next position; the chain takes its own reference. */
void chain_add(struct chain *c, struct cert *cert);

/* Passes over one that cannot be read; its position is returned. */
int chain_skip(struct chain *c);

/* Remembers a key by its digest. */
void chain_add_key(struct chain *c, const char *name, int line, const uint8_t sha256[static 32]);

/*
 * About how long it takes to read the chain and to find a path in it, at the worst: a server may
 * send a maze of namesakes with the largest keys there are, and names without end.
 */
int64_t chain_effort_us(const struct chain *c);
