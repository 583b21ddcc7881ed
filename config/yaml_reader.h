/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/yaml_reader.h - one YAML document as a stream of items, pulled one by one.
 *
 * Wraps libyaml's event interface and adds what a configuration file needs: places that count from
 * 1, errors with a place for every kind of damage, aliases replayed within a bound, and a limit for
 * everything a file can choose. Memory does not depend on the size of the file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define YAML_MAX_DEPTH 16             /* our own language needs 6 */
#define YAML_MAX_GAP_BYTES (1U << 20) /* input between two items: bounds a scalar or a comment */
#define YAML_MAX_ANCHORS 1000         /* names are searched one by one */
#define YAML_MAX_ANCHORED 100000      /* items kept because they stand under an anchor */
#define YAML_MAX_ANCHORED_BYTES (8U << 20)
#define YAML_MAX_REPLAYED 100000 /* items that all aliases of a file may expand to */

enum yaml_kind {
        YAML_SCALAR,
        YAML_LIST,
        YAML_LIST_END,
        YAML_MAPPING,
        YAML_MAPPING_END,
        YAML_BAD,    /* a node that cannot be used; .text says why; reading may go on */
        YAML_FAILED, /* nothing can be read any more; .text says why; repeats for ever */
        YAML_END,    /* of the file; repeats for ever */
};

struct yaml_item {
        enum yaml_kind kind;
        const char *text; /* of a scalar: NUL-terminated, may hold more NULs; good until the next */
        size_t len;
        bool plain;  /* written without quotes */
        bool tagged; /* carries an explicit tag */
        int line, column; /* of what an alias brings in: the place of the alias */
};

struct yaml_reader;

/* Reads @file (borrowed) from where it stands, at most @max_bytes. */
struct yaml_reader *yaml_reader_new(FILE *file, size_t max_bytes);
void yaml_reader_free(struct yaml_reader *r); /* NULL is fine */

void yaml_reader_next(struct yaml_reader *r, struct yaml_item *ret);
