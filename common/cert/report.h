/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/report.h - verdicts as one documented JSON object: packaging/schema/check.schema.json
 * says what it holds, and tests hold them together.
 */
#pragma once

#include <jansson.h>

struct chain;
struct verdict;

/*
 * {"verdict": "ok|warn|error", "trusted", "expires", "diagnoses", "fix", "repair", "path", "chain",
 * "staple"}: a new reference. @served may be NULL.
 */
json_t *report_verdict(const struct verdict *v, const struct chain *served);

/* Gives each certificate of @report's chain its "pem" and "text" (cert_print). */
void report_add_certs(json_t *report, const struct chain *served);
