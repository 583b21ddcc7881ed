/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/bind_internal.h - what the files of the binder (bind*.c) share.
 *
 * Whoever is handed a value consumes the whole node it begins, whether it can be used or not: so
 * one mistake is one error, and reading goes on behind it.
 */
#pragma once

#include "config/bind.h"
#include "config/schema.h"
#include "config/yaml_reader.h"

#define ALLOWED_MAX_BYTES 1024 /* of what is allowed, in a message */

/* Where a key was first seen; line 0: not yet. */
struct mark {
        int line, column;
};

struct place bind_place(const struct bind *f, int line, int column);

#define bind_error(f, it, ...)                                                                     \
        errors_add(&(f)->build->errors, bind_place(f, (it)->line, (it)->column), __VA_ARGS__)

/* --- stepping from item to item (bind_walk.c) ------------------------------------------------- */

void bind_next(struct bind *f, struct yaml_item *it);

/* The next item of a collection; false at its end. */
bool bind_next_of(struct bind *f, struct yaml_item *it, enum yaml_kind end);

/* The rest of the node that @it begins. */
void bind_skip(struct bind *f, const struct yaml_item *it);

bool bind_is_null(const struct yaml_item *it);

/* "a list", for messages. */
const char *bind_kind_str(const struct yaml_item *it);

/* "interval must be a span of time from 1s to 30d, not a list" */
void bind_refuse_kind(struct bind *f, const struct schema_row *row, const struct yaml_item *it);

/* Is it a single value that holds something? Otherwise says so and skips it. */
bool bind_expect_scalar(struct bind *f, const struct schema_row *row, const struct yaml_item *it);

/* Is it a collection of @kind? Otherwise skips it, and says so unless there is nothing at all. */
bool bind_expect(struct bind *f, const struct schema_row *row, const struct yaml_item *it,
                 enum yaml_kind kind);

/* --- mappings (bind.c) ------------------------------------------------------------------------ */

/* The key of a mapping as text; false when it is something else, and is skipped with its value. */
bool bind_expect_key(struct bind *f, const struct yaml_item *key);

/* True the first time; otherwise says where it was. */
bool bind_first_time(struct bind *f, struct mark *seen, const struct yaml_item *key);

/* The whole mapping that @start begins; @seen has one mark for each row of @s. */
void bind_mapping(struct bind *f, const struct schema *s, void *base, struct mark *seen,
                  const struct yaml_item *start);

/* Calls @one for each mapping of the list that @it begins; @what ("a route") is for messages. */
typedef void bind_item_fn(struct bind *f, struct yaml_item *start);
void bind_items(struct bind *f, const struct schema_row *row, const struct yaml_item *it,
                const char *what, bind_item_fn *one);

/* --- values, one function per form ------------------------------------------------------------ */

/* Puts what @it begins into @base, as @row says; what is wrong is reported, and left out. */
typedef void bind_fn(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                     void *base);

/* bind.c */
bind_fn bind_scalar;
/* bind_list.c */
bind_fn bind_texts, bind_mails, bind_codes, bind_receiver_names, bind_words;
/* bind_endpoint.c */
bind_fn bind_threshold, bind_policy, bind_labels, bind_defaults, bind_endpoints;
/* bind_receiver.c */
bind_fn bind_receivers;
/* bind_route.c */
bind_fn bind_routes;
/* bind_silence.c */
bind_fn bind_silences;
/* bind_listen.c */
bind_fn bind_listens;

/* Copies @n things of @size bytes into the arena, as the list of @row. */
void bind_store_list(struct bind *f, const struct schema_row *row, void *base, const void *items,
                     size_t size, size_t n);

/* Says that there is no such diagnosis, and which one was meant. */
void bind_unknown_code(struct bind *f, const struct yaml_item *it);
