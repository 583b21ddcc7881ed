/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/chain.h - certificates in the order somebody gave them: a server, or a file.
 *
 * Reading a file never fails as a whole: blocks are split by ourselves in linear time, each is
 * parsed on its own, and what was wrong becomes findings with line numbers. Key text is never kept.
 */
#pragma once

#include "common/base/cleanup.h"
#include "common/cert/cert.h"
#include "common/cert/finding.h"

#define CHAIN_MAX_CERTS 100                 /* public chains have 2 to 5; the rest is abuse */
#define CHAIN_MAX_FILE_BYTES (4 * 1024 * 1024)
#define CHAIN_POOL_MAX_CERTS 20000          /* a file of anchors or intermediates */

struct chain {
        struct cert **certs; /* those that could be read; each holds a reference */
        int *sent_at;        /* position as sent of each, from 0: what findings and fixes name */
        size_t n;
        int n_sent; /* those that could not be read count too */
        struct finding_list problems; /* of reading: input-*, resource-limit */
};

struct chain *chain_new(void);
void chain_free(struct chain *c); /* NULL is fine */
CLEANUP_DEFINE(struct chain, chain_free)

/* Appends at the next position; the chain takes its own reference. */
void chain_add(struct chain *c, struct cert *cert);

/* Passes over one that cannot be read; its position is returned. */
int chain_skip(struct chain *c);

/*
 * Reads PEM or DER bytes, @name is what the findings call the file, at most @max_certs.
 * Never fails: an unreadable input is a chain without certificates and with problems.
 */
struct chain *chain_parse(const char *name, const uint8_t *bytes, size_t n, size_t max_certs);

/* The same from a file. -errno when it cannot be opened or read, or -EFBIG over @max_bytes. */
int chain_read_file(struct chain **ret, const char *path, size_t max_certs, size_t max_bytes);
