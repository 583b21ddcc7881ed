/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/sighting.h - another server certificate at an endpoint than the last time, or the
 * same one with another chain. A server certificate that the endpoint has never shown is news; one
 * that it has, is not: nodes behind one address may take turns. Of a chain that would take long to
 * judge, which only hostile servers send, the server certificate alone is kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cert;
struct chain;
struct endpoint_state;
struct exam_report;
struct facts;
struct member;
struct sighting;
struct store;

/*
 * NULL when the chain is the one last seen, or there is none. Otherwise a sighting, to be kept
 * together with the state that speaks of it; and when it is another server certificate, the verdict
 * of @report has a finding more, unless this is the first of all, or one seen before. Call it
 * before the verdict is judged. @facts are those of @report.
 */
struct sighting *sighting_new(const struct member *member, struct exam_report *report,
                              const struct facts *facts, struct store *store);
void sighting_free(struct sighting *s); /* NULL is fine */

/* Is it of the chain that @state speaks of? NULL is of none. */
bool sighting_is_of(const struct sighting *s, const struct endpoint_state *state);

/* The server certificate (borrowed); the chain served, as a new one, or NULL: it is not known. */
struct cert *sighting_leaf(const struct sighting *s);
struct chain *sighting_served(const struct sighting *s);

/* Writes it, after the endpoint itself. NULL is nothing to write. 0 or -errno. */
int sighting_keep(const struct sighting *s, struct store *store, const char *endpoint);
