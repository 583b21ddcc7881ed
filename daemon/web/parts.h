/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/parts.h - parts of the pages of an endpoint and of a certificate.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct buf;

/* A title as a sentence: the first letter is made a capital one. */
void part_sentence(struct buf *b, const char *title);

/* "2027-01-23", or a dash. */
void part_date(struct buf *b, const json_t *instant);

/*
 * A link to a certificate, of which the subject is known: the Common Name that it begins with, and
 * then the rest; without a subject the hash.
 */
void part_certificate_link(struct buf *b, const json_t *cert);

/* A row of a dl.facts; none when there is no text. */
void part_fact(struct buf *b, const char *name, const char *text);

/* All of one certificate, "chain" of check.schema.json: facts, PEM and text. */
void part_certificate(struct buf *b, const json_t *cert, int64_t now_s);

/* The certificates of a report as they were sent, to be opened one by one. */
void part_certificates(struct buf *b, const json_t *report, int64_t now_s);

/* Of the document `endpoint`: its last looks; what was before; its settings. */
void part_looks(struct buf *b, const json_t *doc, int64_t now_s);
void part_past(struct buf *b, const json_t *doc, int64_t now_s);
void part_settings(struct buf *b, const json_t *doc);
