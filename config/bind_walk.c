/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stepping through the items of a file: from one to the next, past what is of no use, and whether a
 * value has the shape that its row asks for. The contract is in bind_internal.h.
 *
 * When the reader fails, or there are errors enough, every further item is YAML_FAILED: so all
 * loops end, and nothing more is said.
 */
#include "config/bind_internal.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/lookup.h"

#include <string.h>

struct place bind_place(const struct bind *f, int line, int column)
{
        struct place at = f->file;

        at.line = line;
        at.column = column;
        return at;
}

void bind_next(struct bind *f, struct yaml_item *it)
{
        yaml_reader_next(f->reader, it);
        if (it->kind == YAML_BAD || (it->kind == YAML_FAILED && !f->failed))
                bind_error(f, it, "%s", it->text);
        if (it->tagged)
                bind_error(f, it, "tags such as !!str are not supported; quote the value instead");
        f->failed |= it->kind == YAML_FAILED;
        if (f->failed || f->build->errors.full)
                it->kind = YAML_FAILED;
}

bool bind_next_of(struct bind *f, struct yaml_item *it, enum yaml_kind end)
{
        bind_next(f, it);
        return it->kind != end && it->kind != YAML_FAILED && it->kind != YAML_END;
}

void bind_skip(struct bind *f, const struct yaml_item *it)
{
        struct yaml_item inner = *it;
        int depth = 0;

        for (;;) {
                if (inner.kind == YAML_LIST || inner.kind == YAML_MAPPING)
                        depth++;
                else if (inner.kind == YAML_LIST_END || inner.kind == YAML_MAPPING_END)
                        depth--;
                if (depth <= 0 || inner.kind == YAML_FAILED || inner.kind == YAML_END)
                        return;
                bind_next(f, &inner);
        }
}

bool bind_is_null(const struct yaml_item *it)
{
        static const char *const NULLS[] = { "", "~", "null", "Null", "NULL" };

        return it->kind == YAML_SCALAR && it->plain &&
               lookup_index(NULLS, ARRAY_LEN(NULLS), it->text) >= 0;
}

const char *bind_kind_str(const struct yaml_item *it)
{
        switch (it->kind) {
        case YAML_LIST:
                return "a list";
        case YAML_MAPPING:
                return "a mapping";
        case YAML_SCALAR:
                return bind_is_null(it) ? "nothing" : "a single value";
        case YAML_LIST_END:
        case YAML_MAPPING_END:
        case YAML_BAD:
        case YAML_FAILED:
        case YAML_END:
                break;
        }
        return "this";
}

void bind_refuse_kind(struct bind *f, const struct schema_row *row, const struct yaml_item *it)
{
        struct buf allowed = BUF_INIT(ALLOWED_MAX_BYTES);

        if (it->kind != YAML_BAD && it->kind != YAML_FAILED) {
                value_allowed(&allowed, row);
                bind_error(f, it, "%s must be %s, not %s", row->key, buf_str(&allowed),
                           bind_kind_str(it));
        }
        buf_done(&allowed);
        bind_skip(f, it);
}

bool bind_expect_scalar(struct bind *f, const struct schema_row *row, const struct yaml_item *it)
{
        if (it->kind != YAML_SCALAR || bind_is_null(it)) {
                bind_refuse_kind(f, row, it);
                return false;
        }
        if (strlen(it->text) != it->len) {
                bind_error(f, it, "%s holds a NUL character", row->key);
                return false;
        }
        return true;
}

bool bind_expect(struct bind *f, const struct schema_row *row, const struct yaml_item *it,
                 enum yaml_kind kind)
{
        if (it->kind == kind)
                return true;
        if (!bind_is_null(it))
                bind_refuse_kind(f, row, it);
        return false;
}
