/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/report.h - verdicts as one documented JSON object: packaging/schema/check.schema.json
 * says what it holds, and tests hold them together.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

struct cert;
struct chain;
struct verdict;

/*
 * {"verdict": "ok|warn|error", "trusted", "expires", "diagnoses", "fix", "repair", "path", "chain",
 * "staple"}: a new reference. @served may be NULL.
 */
json_t *report_verdict(const struct verdict *v, const struct chain *served);

/* One as in "chain", at @position; -1 = in none. */
json_t *report_certificate(const struct cert *c, int position);

/*
 * Gives each certificate of @report's chain its "pem" and "text" (cert_print); those behind the
 * first @max_bytes of DER go without.
 */
void report_add_certs(json_t *report, const struct chain *served, size_t max_bytes);

/* The same of one, as report_certificate() gives it. */
void report_add_cert(json_t *o, const struct cert *c);
