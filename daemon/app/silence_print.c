/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in silence_print.h. */
#include "daemon/app/silence_print.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "daemon/app/doc.h"
#include "daemon/app/wrap.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES (64 * 1024)
#define INDENT 18
#define INDENT_NARROW 4
#define WIDE 60

/* "2026-11-29 12:00 UTC, in 6 d 4 h"; malloc'ed. */
static char *when(const char *rfc3339)
{
        char date[TIME_STR_MAX], span[SPAN_STR_MAX];
        int64_t at_s, left;

        if (parse_time(rfc3339, &at_s) < 0)
                return mem_strdup("?");
        left = at_s - clock_wall_s();
        return mem_printf(left >= 0 ? "%s, in %s" : "%s, %s ago", time_str(at_s, date),
                          span_str(left, span));
}

static void put_patterns(struct buf *out, const char *what, const json_t *patterns)
{
        const json_t *p;
        size_t i;

        json_array_foreach(patterns, i, p)
                buf_printf(out, "%s%s", i ? " or " : what, json_string_value(p));
        if (i > 0)
                buf_puts(out, "; ");
}

/* "name web-*; label team is web; code leaf-*" */
static void put_match(struct buf *out, const json_t *match)
{
        const char *key, *severity = doc_text(match, "severity", "");
        json_t *value;

        put_patterns(out, "name ", json_object_get(match, "names"));
        json_object_foreach(json_object_get(match, "labels"), key, value)
                buf_printf(out, "label %s is %s; ", key, json_string_value(value));
        put_patterns(out, "code ", json_object_get(match, "codes"));
        if (strcmp(severity, "any") != 0)
                buf_printf(out, "severity %s or worse; ", severity);
}

void silence_put(struct buf *out, const json_t *s, size_t width)
{
        const char *state = doc_text(s, "state", ""), *author = doc_text(s, "author", "");
        size_t indent = width < WIDE ? INDENT_NARROW : INDENT;
        AUTO_FREE char *from = when(doc_text(s, "from", ""));
        AUTO_FREE char *until = when(doc_text(s, "until", ""));
        struct buf text = BUF_INIT(LINE_MAX_BYTES);

        if (strcmp(state, "later") == 0)
                buf_printf(&text, "begins %s; ", from);
        buf_printf(&text, "%s %s", strcmp(state, "over") == 0 ? "ended" : "ends", until);
        if (*author)
                buf_printf(&text, "; by %s", author);
        buf_printf(out, "%-17s ", doc_text(s, "id", ""));
        wrap_text(out, buf_str(&text), INDENT, width);
        buf_clear(&text);
        put_match(&text, json_object_get(s, "match"));
        buf_printf(&text, "reason: %s", doc_text(s, "reason", ""));
        buf_printf(out, "%*s", (int)indent, "");
        wrap_text(out, buf_str(&text), indent, width);
        buf_done(&text);
}

void silence_print(const json_t *silence)
{
        struct buf out = BUF_INIT(2 * LINE_MAX_BYTES);

        silence_put(&out, silence, terminal_of(stdout).width);
        fputs(buf_str(&out), stdout);
        buf_done(&out);
}
