/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/template.h - JSON with placeholders in its strings: {"text": "{{summary}}"}. It is read as
 * JSON before anything is put in, so that nothing that is put in can change its form. Pure.
 *
 * A placeholder is a key of a message's JSON form (its "data", and "type" and "timestamp" beside
 * it), "labels." and the key of a label, or "token". A string that is nothing but one stands for
 * the value itself, be it text, a number, a list or null; in a longer string it stands for text.
 */
#pragma once

#include <stddef.h>

#define TEMPLATE_MAX_BYTES 16384

/* Where a placeholder stands in a string. */
struct template_hole {
        const char *begin, *end; /* of "{{" to "}}" */
        const char *name;        /* between them, without spaces */
        size_t name_len;
};

/* The first placeholder in @s: 1; 0 = none; -EINVAL: one that does not end. */
int template_next(const char *s, struct template_hole *ret);

/*
 * Is @text JSON, a list or an object, whose placeholders exist? 0 and the same in one line of ASCII
 * (malloc'ed), or -EINVAL and *ret_error (malloc'ed, printable).
 */
int template_check(const char *text, char **ret_compact, char **ret_error);

/* Has @text a placeholder of that name? */
int template_has(const char *text, const char *name);

extern const char *const TEMPLATE_NAMES[]; /* but for "labels.KEY"; ends with NULL */
