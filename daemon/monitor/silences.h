/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/silences.h - all silences there are: those of the configuration, and those that
 * were made through the socket, which the store keeps until they are over.
 */
#pragma once

#include "daemon/notice/silence.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define SILENCES_MAX 1000 /* made through the socket: each problem is compared with each */
#define SILENCES_MAX_SPAN_S (INT64_C(366) * 86400) /* of those: nobody remembers a longer one */

struct config;
struct silences;
struct store;

/* With those that @store knows, which outlives it; takes a reference to @config. 0 or -errno. */
int silences_new(struct silences **ret, struct store *store, struct config *config, int64_t now_s);
void silences_free(struct silences *s); /* NULL is fine */

/* Goes over to those of another configuration. */
void silences_follow(struct silences *s, struct config *config);

/* Borrowed until the next change. */
const struct silence_list *silences_list(const struct silences *s);

/*
 * @request is {"match": {...} as below `match:` of the configuration, "reason": "...", "user": who
 * asks, "until": TIME or "for": SPAN, "from": TIME, if not now}. When it is on disk, what was made
 * (borrowed until the next change); or NULL, with *ret_error (malloc'ed).
 */
const struct silence *silences_add(struct silences *s, const json_t *request, int64_t now_s,
                                   char **ret_error);

/* Ends the one called @id before its time, for good; NULL or what is wrong (malloc'ed). */
char *silences_expire(struct silences *s, const char *id, const char *user);

/* Forgets those that are over; true if there were any. */
bool silences_tidy(struct silences *s, int64_t now_s);

/* For programs, as new references. */
json_t *silence_json(const struct silence *s, int64_t now_s);
json_t *silences_json(const struct silences *s, int64_t now_s);
