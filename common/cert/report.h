/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/report.h - verdicts as one documented JSON object.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct chain;
struct verdict;

/*
 * {"verdict": "ok|warn|error", "diagnoses": [...], "fix": [...], "chain": [...], "expires": ...}
 * A new reference. @served may be NULL. Keys are snake_case; see notafter(1), JSON.
 */
json_t *report_verdict(const struct verdict *v, const struct chain *served);
