/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in errors.h. */
#include "config/errors.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX_BYTES 2048
#define QUOTED_SHOWN 60 /* bytes of a value that a message repeats */

struct error_item {
        struct place at;
        size_t rank; /* order of discovery: several errors at one place keep it */
        char *text;
};

void errors_add(struct errors *e, struct place at, const char *fmt, ...)
{
        struct buf raw = BUF_INIT(MESSAGE_MAX_BYTES);
        va_list ap;

        if (e->full)
                return;
        if (e->n % 32 == 0)
                e->items = mem_resize(e->items, e->n + 32, sizeof(*e->items));
        buf_printf(&raw, "%s:%d:%d: ", at.file, at.line, at.column);
        va_start(ap, fmt);
        buf_vprintf(&raw, fmt, ap);
        va_end(ap);
        e->items[e->n] = (struct error_item){
                .at = at,
                .rank = e->n,
                .text = text_escaped(buf_str(&raw), raw.len),
        };
        buf_done(&raw);
        e->full = ++e->n >= CONFIG_MAX_ERRORS;
}

static int compare_items(const void *pa, const void *pb)
{
        const struct error_item *a = pa, *b = pb;

        if (a->at.file_rank != b->at.file_rank)
                return a->at.file_rank < b->at.file_rank ? -1 : 1;
        if (a->at.line != b->at.line)
                return a->at.line < b->at.line ? -1 : 1;
        if (a->at.column != b->at.column)
                return a->at.column < b->at.column ? -1 : 1;
        return a->rank < b->rank ? -1 : a->rank > b->rank;
}

void errors_finish(struct errors *e, struct config_errors *ret)
{
        if (e->n)
                qsort(e->items, e->n, sizeof(*e->items), compare_items);
        ret->items = mem_new0(e->n + 1, sizeof(*ret->items));
        ret->n = 0;
        for (size_t i = 0; i < e->n; i++)
                ret->items[ret->n++] = e->items[i].text;
        if (e->full)
                ret->items[ret->n++] = mem_printf(
                        "%s:%d:%d: and more: reading stopped after %d errors",
                        e->items[e->n - 1].at.file, e->items[e->n - 1].at.line,
                        e->items[e->n - 1].at.column, CONFIG_MAX_ERRORS);
        free(e->items);
        *e = (struct errors){ 0 };
}

void config_errors_done(struct config_errors *e)
{
        for (size_t i = 0; i < e->n; i++)
                free(e->items[i]);
        free(e->items);
        *e = (struct config_errors){ 0 };
}

const char *quoted(const char *s, char out[static QUOTED_MAX])
{
        size_t n = strlen(s), cut = 0, len;

        if (n == 0)
                return "an empty value";
        while (cut < n && cut < QUOTED_SHOWN) {
                len = text_printable(s + cut, n - cut);
                cut += len ? len : 1;
        }
        snprintf(out, QUOTED_MAX, "\"%.*s%s\"", (int)cut, s, cut < n ? "..." : "");
        return out;
}
