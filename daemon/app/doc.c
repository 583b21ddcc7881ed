/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in doc.h. */
#include "daemon/app/doc.h"

#include "common/base/clock.h"

#include <stdio.h>

const char *doc_text(const json_t *object, const char *key, const char *otherwise)
{
        const char *s = json_string_value(json_object_get(object, key));

        return s ? s : otherwise;
}

json_int_t doc_number(const json_t *object, const char *key)
{
        return json_integer_value(json_object_get(object, key));
}

const char *doc_relative(const json_t *object, const char *key,
                               char out[static RELATIVE_STR_MAX])
{
        const char *when = doc_text(object, key, NULL);
        char span[SPAN_STR_MAX];
        int64_t s;

        if (!when || parse_time(when, &s) < 0)
                return "-";
        int64_t left = s - clock_wall_s();

        if (left > -2 && left < 2)
                return "now";
        snprintf(out, RELATIVE_STR_MAX, left > 0 ? "in %s" : "%s ago", span_str(left, span));
        return out;
}
