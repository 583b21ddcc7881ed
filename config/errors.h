/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/errors.h - gathering what is wrong with a configuration, each at its place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct config_errors;
struct error_item;

/* A place in a file; line and column count from 1. Line 0: nowhere. */
struct place {
        const char *file;   /* as people know it; borrowed */
        unsigned file_rank; /* files sort in the order in which they were read */
        int line, column;
};

struct errors {
        struct error_item *items;
        size_t n;
        bool full; /* CONFIG_MAX_ERRORS reached: reading on is of no use */
};

/* Appends one message; every foreign byte in it is made printable. Nothing once @e is full. */
void errors_add(struct errors *e, struct place at, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* Moves everything, sorted by place, to @ret; @e is empty afterwards. */
void errors_finish(struct errors *e, struct config_errors *ret);

#define QUOTED_MAX 96
/* @s in double quotes for a message, cut when it is long; "an empty value" for nothing. */
const char *quoted(const char *s, char out[static QUOTED_MAX]);
