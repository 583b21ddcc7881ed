/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/aims.h - which endpoint somebody means who names a host and a port, and a module
 * of another exporter's configuration: the scrape configurations that there are name nothing else.
 */
#pragma once

#include "config/target.h"

#include <stddef.h>

struct aims;
struct fleet;
struct member;

#define AIMS_MAX_TRIED 1000 /* endpoints at one host and port that are told apart */

/* Of all members of @f, which outlives it and moves none of them. 8 bytes each. */
struct aims *aims_new(const struct fleet *f);
void aims_free(struct aims *a); /* NULL is fine */

/*
 * Reads @text as target_parse() does. Where it has no scheme, @module says what comes before TLS:
 * "smtp_starttls", or the port does, if @module only speaks of STARTTLS. NULL: there is none.
 */
int aims_read(const char *text, const char *module, struct target *ret, char **ret_error);

/*
 * The endpoint whose name is @text or that has the host and port of @t; of several the one that
 * begins as @t does, then the first by id. NULL: it is none.
 */
struct member *aims_find(const struct aims *a, const char *text, const struct target *t);

/* Who has the host and port of @t, or its file, by id: at most @max. How many are in @ret. */
size_t aims_at(const struct aims *a, const struct target *t, const struct member **ret,
               size_t max);
