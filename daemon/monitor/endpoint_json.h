/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/endpoint_json.h - endpoints and their problems as every document has them (see
 * packaging/schema/openapi.yaml). All return new references.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct config_endpoint;
struct member;
struct problem;
struct silence_list;

/* Which silences hold back what is shown, and when "now" is. */
struct hush {
        const struct silence_list *silences;
        int64_t now_s;
};

json_t *endpoint_json(const struct member *m, const struct hush *h);

/* Only {"id", "name", "target"}. */
json_t *endpoint_name_json(const struct config_endpoint *e);

json_t *problem_json(const struct member *m, const struct problem *p, const struct hush *h);
