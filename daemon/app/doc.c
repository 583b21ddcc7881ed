/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in doc.h. */
#include "daemon/app/doc.h"

#include "common/base/clock.h"
#include "daemon/app/wrap.h"

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

/* The first @columns columns of UTF-8 @s, in bytes. */
static int bytes_of_columns(const char *s, size_t columns)
{
        size_t n = 0;

        for (; s[n]; n++)
                if (((unsigned char)s[n] & 0xc0) != 0x80 && columns-- == 0)
                        break;
        return (int)n;
}

void print_cell(const char *s, size_t width)
{
        size_t wide = wrap_columns(s);

        if (wide > width)
                printf("%.*s\xe2\x80\xa6", bytes_of_columns(s, width - 1), s);
        else
                printf("%s%*s", s, (int)(width - wide), "");
}
