/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/value.h - single values: from text by their row, and back.
 */
#pragma once

#include "config/schema.h"

struct arena;
struct buf;
struct threshold;

/* Where strings go and what relative paths are relative to. */
struct value_place {
        struct arena *arena;
        const char *folder; /* absolute */
};

/*
 * Puts @text into @base as @row says; @row is a scalar. 0; -EINVAL with
 * *ret_error (malloc'ed, a whole sentence with what is allowed), then @base is untouched.
 */
int value_parse(const struct schema_row *row, const char *text, const struct value_place *where,
                void *base, char **ret_error);

/* One part of a threshold, a span or a percentage; the same errors. -EEXIST: that part is set. */
int value_parse_threshold(const struct schema_row *row, const char *text, struct threshold *t,
                          char **ret_error);

/* Every row of @s, and of the mappings in it, that is a scalar or threshold: to "nobody said". */
void value_clear(const struct schema *s, void *base);

/* The same of the rows that have one of @flags. */
void value_clear_flagged(const struct schema *s, unsigned flags, void *base);

/* Values that nobody said, from another struct of the same rows: shared strings, not copies. */
void value_inherit(const struct schema *s, void *base, const void *from);

/* Values that nobody said, from the table. */
void value_standard(const struct schema *s, const struct value_place *where, void *base);

/* Numbers that still nobody said, because they belong to another kind of thing: 0. */
void value_zero_unset(const struct schema *s, void *base);

/* Are all values of the rows that value_inherit() would lay below equal? */
bool value_equal(const struct schema *s, const void *a, const void *b);

/* Mixes the same values into @h (hash.h): what is equal has an equal hash. */
uint64_t value_hash(const struct schema *s, const void *base, uint64_t h);

bool value_is_set(const struct schema_row *row, const void *base);

/* Appends the value as it is written in YAML; it is set. Of a URL, only scheme, host and port. */
void value_print(struct buf *out, const struct schema_row *row, const void *base);
void value_print_text(struct buf *out, const char *text);

/* What is allowed, as in "must be ...": "a span of time from 1s to 30d". */
void value_allowed(struct buf *out, const struct schema_row *row);

/* The part of a web address between "//" and the path, with its length; NULL when it is none. */
const char *value_url_authority(const char *url, size_t *ret_n);
