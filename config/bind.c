/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a stream of YAML items to typed structs, as the schema says. The contract is in bind.h.
 *
 * Here are the mappings, whose keys are the rows of a schema, and the values that need no more than
 * their row. Each form of value has its function, found in the table at the end.
 */
#include "config/bind_internal.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "config/arena.h"

#include <string.h>

/* --- keys ------------------------------------------------------------------------------------- */

/* What a key of another mapping belongs to, when it is easily put into @s; otherwise NULL. */
static const char *owner_of(const char *key, const struct schema *s)
{
        if (s == &SCHEMA_TOP && schema_find(&SCHEMA_ENDPOINT, key))
                return "an endpoint, or below \"defaults:\"";
        for (size_t i = 0; i < SCHEMA_RECEIVER.n; i++)
                if (SCHEMA_RECEIVER.rows[i].rows == s && schema_find(&SCHEMA_RECEIVER, key))
                        return SCHEMA_RECEIVER.what;
        return NULL;
}

static void unknown_key(struct bind *f, const struct schema *s, const struct yaml_item *key)
{
        const char *near = schema_nearest(s, key->text), *owner = owner_of(key->text, s);
        struct buf known = BUF_INIT(ALLOWED_MAX_BYTES);
        char q[QUOTED_MAX];

        quoted(key->text, q);
        for (size_t i = 0; i < s->n; i++)
                buf_printf(&known, "%s%s", i ? ", " : "", s->rows[i].key);
        if (strcmp(key->text, "<<") == 0)
                bind_error(f, key, "merge keys (<<) are not supported: put what endpoints share "
                                   "under \"defaults:\"");
        else if (near)
                bind_error(f, key, "unknown key %s in %s; did you mean \"%s\"?", q, s->what, near);
        else if (owner)
                bind_error(f, key, "unknown key %s in %s; it belongs to %s", q, s->what, owner);
        else
                bind_error(f, key, "unknown key %s in %s; there are: %s",
                           *key->text ? q : "that is empty", s->what, buf_str(&known));
        buf_done(&known);
}

bool bind_first_time(struct bind *f, struct mark *seen, const struct yaml_item *key)
{
        char q[QUOTED_MAX];

        if (seen->line > 0) {
                bind_error(f, key, "duplicate key %s; it was first given at %d:%d",
                           quoted(key->text, q), seen->line, seen->column);
                return false;
        }
        *seen = (struct mark){ key->line, key->column };
        return true;
}

/* The row of a key that may stand here, or NULL and the reason is reported. */
static const struct schema_row *find_row(struct bind *f, const struct schema *s, struct mark *seen,
                                         const struct yaml_item *key)
{
        const struct schema_row *row = schema_find(s, key->text);

        if (!row) {
                unknown_key(f, s, key);
                return NULL;
        }
        if (!bind_first_time(f, &seen[row - s->rows], key))
                return NULL;
        if ((row->flags & SCHEMA_MAIN_ONLY) && !f->is_main) {
                bind_error(f, key, "\"%s\" may stand only in the main file, %s", row->key,
                           f->build->config->files[0]);
                return NULL;
        }
        if ((row->flags & SCHEMA_NO_DEFAULT) && f->in_defaults) {
                bind_error(f, key, "\"%s\" belongs to one endpoint and has no default", row->key);
                return NULL;
        }
        return row;
}

bool bind_expect_key(struct bind *f, const struct yaml_item *key)
{
        struct yaml_item value;

        if (key->kind == YAML_SCALAR && strlen(key->text) == key->len)
                return true;
        if (key->kind == YAML_SCALAR)
                bind_error(f, key, "a key holds a NUL character");
        else if (key->kind != YAML_BAD)
                bind_error(f, key, "a key must be a word, not %s", bind_kind_str(key));
        bind_skip(f, key);
        bind_next(f, &value);
        bind_skip(f, &value);
        return false;
}

static void check_complete(struct bind *f, const struct schema *s, const struct mark *seen,
                           const struct yaml_item *start)
{
        struct buf names = BUF_INIT(ALLOWED_MAX_BYTES);
        size_t n_chosen = 0, n_choices = 0;

        for (size_t i = 0; i < s->n && !f->in_defaults; i++) {
                const struct schema_row *row = &s->rows[i];

                if ((row->flags & SCHEMA_REQUIRED) && seen[i].line == 0)
                        bind_error(f, start, "%s needs the key \"%s\"", s->what, row->key);
                if (row->flags & SCHEMA_ONE_OF) {
                        buf_printf(&names, "%s%s", n_choices++ ? ", " : "", row->key);
                        n_chosen += seen[i].line > 0;
                }
        }
        if (n_choices > 0 && n_chosen != 1)
                bind_error(f, start, "%s needs exactly one of these keys: %s", s->what,
                           buf_str(&names));
        buf_done(&names);
}

static bind_fn bind_value;

void bind_mapping(struct bind *f, const struct schema *s, void *base, struct mark *seen,
                  const struct yaml_item *start)
{
        struct yaml_item key, value;

        while (bind_next_of(f, &key, YAML_MAPPING_END)) {
                if (!bind_expect_key(f, &key))
                        continue;
                const struct schema_row *row = find_row(f, s, seen, &key);

                bind_next(f, &value);
                if (row)
                        bind_value(f, row, &value, base);
                else
                        bind_skip(f, &value);
        }
        if (!f->failed)
                check_complete(f, s, seen, start);
}

void bind_items(struct bind *f, const struct schema_row *row, const struct yaml_item *it,
                const char *what, bind_item_fn *one)
{
        const struct schema_row item = { .key = what, .type = SCHEMA_MAPPING };
        struct yaml_item start;

        if (!bind_expect(f, row, it, YAML_LIST))
                return;
        while (bind_next_of(f, &start, YAML_LIST_END))
                if (start.kind == YAML_MAPPING)
                        one(f, &start);
                else
                        bind_refuse_kind(f, &item, &start);
}

/* --- values ----------------------------------------------------------------------------------- */

void bind_scalar(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        AUTO_FREE char *error = NULL;

        if (!bind_expect_scalar(f, row, it))
                return;
        if (value_parse(row, it->text, &f->where, base, &error) < 0)
                bind_error(f, it, "%s", error);
        else if (row->type == SCHEMA_TARGET)
                f->spelling = arena_copy(f->where.arena, it->text, it->len);
}

static void bind_submapping(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                            void *base)
{
        struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };

        if (bind_expect(f, row, it, YAML_MAPPING))
                bind_mapping(f, row->rows, base, seen, it);
        else if (bind_is_null(it))
                check_complete(f, row->rows, seen, it);
}

/* --- the file --------------------------------------------------------------------------------- */

static void add_include(struct bind *f, const struct schema_row *row, const struct yaml_item *it)
{
        if (!bind_expect_scalar(f, row, it))
                return;
        if ((int64_t)it->len < row->min || (int64_t)it->len > row->max) {
                bind_error(f, it, "%s: a path has 1 to %d bytes", row->key, (int)row->max);
                return;
        }
        if (f->n_includes == CONFIG_MAX_FILES) {
                bind_error(f, it, "more than %d includes", CONFIG_MAX_FILES);
                return;
        }
        f->includes = mem_resize(f->includes, f->n_includes + 1, sizeof(*f->includes));
        f->includes[f->n_includes++] = (struct include){
                .pattern = arena_copy(f->where.arena, it->text, it->len),
                .at = bind_place(f, it->line, it->column),
        };
}

static void bind_include(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                         void *base)
{
        struct yaml_item item;

        (void)base;
        if (it->kind != YAML_LIST) {
                add_include(f, row, it);
                return;
        }
        while (bind_next_of(f, &item, YAML_LIST_END))
                add_include(f, row, &item);
}

static bind_fn *const BINDERS[SCHEMA_TYPE_COUNT] = {
        [SCHEMA_TEXT] = bind_scalar,
        [SCHEMA_WORD] = bind_scalar,
        [SCHEMA_PATH] = bind_scalar,
        [SCHEMA_HOST] = bind_scalar,
        [SCHEMA_HOST_PORT] = bind_scalar,
        [SCHEMA_ADDRESS] = bind_scalar,
        [SCHEMA_URL] = bind_scalar,
        [SCHEMA_TEMPLATE] = bind_scalar,
        [SCHEMA_PROXY] = bind_scalar,
        [SCHEMA_MAIL] = bind_scalar,
        [SCHEMA_ALPN] = bind_scalar,
        [SCHEMA_TARGET] = bind_scalar,
        [SCHEMA_NUMBER] = bind_scalar,
        [SCHEMA_NUMBER_OR_AUTO] = bind_scalar,
        [SCHEMA_SPAN] = bind_scalar,
        [SCHEMA_SPAN_MS] = bind_scalar,
        [SCHEMA_BOOL] = bind_scalar,
        [SCHEMA_CHOICE] = bind_scalar,
        [SCHEMA_SPAN_OR_NEVER] = bind_scalar,
        [SCHEMA_TIME] = bind_scalar,
        [SCHEMA_CLOCK] = bind_scalar,
        [SCHEMA_THRESHOLD] = bind_threshold,
        [SCHEMA_POLICY] = bind_policy,
        [SCHEMA_LABELS] = bind_labels,
        [SCHEMA_TEXTS] = bind_texts,
        [SCHEMA_MAILS] = bind_mails,
        [SCHEMA_CODES] = bind_codes,
        [SCHEMA_RECEIVER_NAMES] = bind_receiver_names,
        [SCHEMA_WORDS] = bind_words,
        [SCHEMA_MAPPING] = bind_submapping,
        [SCHEMA_DEFAULTS] = bind_defaults,
        [SCHEMA_ENDPOINTS] = bind_endpoints,
        [SCHEMA_RECEIVERS] = bind_receivers,
        [SCHEMA_ROUTES] = bind_routes,
        [SCHEMA_SILENCES] = bind_silences,
        [SCHEMA_LISTENS] = bind_listens,
        [SCHEMA_INCLUDE] = bind_include,
};

static void bind_value(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                       void *base)
{
        if (it->kind != YAML_BAD)
                BINDERS[row->type](f, row, it, base);
}

void bind_document(struct bind *f)
{
        struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };
        struct yaml_item it;

        bind_next(f, &it);
        if (it.kind == YAML_MAPPING) {
                bind_mapping(f, &SCHEMA_TOP, f->build->config, seen, &it);
        } else if (it.kind != YAML_END && it.kind != YAML_FAILED && !bind_is_null(&it)) {
                bind_error(f, &it, "a configuration file is a mapping such as "
                                   "\"endpoints: [...]\", not %s", bind_kind_str(&it));
                bind_skip(f, &it);
        }
        while (bind_next_of(f, &it, YAML_END)) /* libyaml has a word to say about what follows */
                ;
}
