/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/notice/silence.h - problems that nobody wants to hear of for a while: of the file, and
 * made through the socket. Pure.
 */
#pragma once

#include "daemon/notice/match.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

struct silence {
        const char *id; /* "sil_..."; of the file: where it stands */
        const struct config_match *match;
        int64_t start_s, end_s; /* wall clock; it is over at .end_s */
        const char *reason, *author; /* printable; an author of NULL: it is of the file */
};

struct silence_list {
        struct silence *items;
        size_t n;
};

/* Those of the file, which outlives them, and room for @more; silence_list_done() it. */
void silence_list_of(const struct config *c, size_t more, struct silence_list *ret);
void silence_list_done(struct silence_list *l);

bool silence_holds(const struct silence *s, int64_t now_s);

/* Of those that hold at @now_s and take @s, the one that ends last; NULL = none. */
const struct silence *silence_find(const struct silence_list *l, const struct subject *s,
                                   int64_t now_s);
