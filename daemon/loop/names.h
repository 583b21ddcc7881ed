/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/loop/names.h - what is known of names: their addresses, for as long as the name servers
 * have said (TTL), or that they are being asked for. Bounded, and pure: it neither asks nor reads a
 * clock.
 */
#pragma once

#include "common/base/addr.h"

#include <stddef.h>
#include <stdint.h>

struct name;
struct names;

/* Answers are kept up to both limits; those not used for the longest time go first. */
struct names *names_new(size_t max_answers, size_t max_bytes);
void names_free(struct names *n); /* NULL is fine */

/*
 * The name, if it is known or being asked for as of @now_ms; NULL = nothing is known, any more.
 * Upper and lower case are the same.
 */
struct name *names_find(struct names *n, const char *host, enum addr_family family, int64_t now_ms);

/* Notes that it is being asked for, by @question, until one of the two below; it is unknown now. */
struct name *names_ask(struct names *n, const char *host, enum addr_family family, void *question);

/*
 * The answer, good until @until_ms; @addrs are copied. @name may be gone when this returns, as
 * others may.
 */
void names_keep(struct names *n, struct name *name, const struct addr *addrs, size_t n_addrs,
                int64_t until_ms);
void names_drop(struct names *n, struct name *name);

void *names_question(const struct name *name); /* NULL = there is an answer: */
const struct addr *names_answer(const struct name *name, size_t *ret_n);
