/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a stream of YAML items to typed structs, as the schema says. The contract is in bind.h.
 *
 * Every function that is handed an item consumes the whole node it begins, whether it can use it or
 * not: so one mistake is one error, and reading goes on behind it.
 */
#include "config/bind.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/lookup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/arena.h"
#include "config/schema.h"
#include "config/yaml_reader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_KEY_MAX_BYTES 64
#define LABEL_VALUE_MAX_BYTES 256
#define ALLOWED_MAX_BYTES 1024

/* Where a key was first seen; line 0: not yet. */
struct mark {
        int line, column;
};

static struct place place_at(const struct bind *f, int line, int column)
{
        struct place at = f->file;

        at.line = line;
        at.column = column;
        return at;
}

#define error_at(f, it, ...)                                                                       \
        errors_add(&(f)->build->errors, place_at(f, (it)->line, (it)->column), __VA_ARGS__)

/* --- walking ---------------------------------------------------------------------------------- */

static void next(struct bind *f, struct yaml_item *it)
{
        yaml_reader_next(f->reader, it);
        if (it->kind == YAML_BAD || (it->kind == YAML_FAILED && !f->failed))
                error_at(f, it, "%s", it->text);
        if (it->tagged)
                error_at(f, it, "tags such as !!str are not supported; quote the value instead");
        f->failed |= it->kind == YAML_FAILED;
        if (f->failed || f->build->errors.full)
                it->kind = YAML_FAILED;
}

/* The next item of a collection; false at its end. */
static bool next_of(struct bind *f, struct yaml_item *it, enum yaml_kind end)
{
        next(f, it);
        return it->kind != end && it->kind != YAML_FAILED && it->kind != YAML_END;
}

/* The rest of the node that @it begins. */
static void skip(struct bind *f, const struct yaml_item *it)
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
                next(f, &inner);
        }
}

static bool is_null(const struct yaml_item *it)
{
        static const char *const NULLS[] = { "", "~", "null", "Null", "NULL" };

        return it->kind == YAML_SCALAR && it->plain &&
               lookup_index(NULLS, ARRAY_LEN(NULLS), it->text) >= 0;
}

static const char *kind_str(const struct yaml_item *it)
{
        switch (it->kind) {
        case YAML_LIST:
                return "a list";
        case YAML_MAPPING:
                return "a mapping";
        case YAML_SCALAR:
                return is_null(it) ? "nothing" : "a single value";
        case YAML_LIST_END:
        case YAML_MAPPING_END:
        case YAML_BAD:
        case YAML_FAILED:
        case YAML_END:
                break;
        }
        return "this";
}

/* "interval must be a span of time from 1s to 30d, not a list" */
static void refuse_kind(struct bind *f, const struct schema_row *row, const struct yaml_item *it)
{
        struct buf allowed = BUF_INIT(ALLOWED_MAX_BYTES);

        if (it->kind != YAML_BAD && it->kind != YAML_FAILED) {
                value_allowed(&allowed, row);
                error_at(f, it, "%s must be %s, not %s", row->key, buf_str(&allowed), kind_str(it));
        }
        buf_done(&allowed);
        skip(f, it);
}

/* Is it a single value that holds something? Otherwise says so and skips it. */
static bool expect_scalar(struct bind *f, const struct schema_row *row, const struct yaml_item *it)
{
        if (it->kind != YAML_SCALAR || is_null(it)) {
                refuse_kind(f, row, it);
                return false;
        }
        if (strlen(it->text) != it->len) {
                error_at(f, it, "%s holds a NUL character", row->key);
                return false;
        }
        return true;
}

/* Is it a collection of @kind? Nothing at all is an empty one. */
static bool expect(struct bind *f, const struct schema_row *row, const struct yaml_item *it,
                   enum yaml_kind kind)
{
        if (it->kind == kind)
                return true;
        if (!is_null(it))
                refuse_kind(f, row, it);
        return false;
}

/* --- keys ------------------------------------------------------------------------------------- */

static void unknown_key(struct bind *f, const struct schema *s, const struct yaml_item *key)
{
        const char *near = schema_nearest(s, key->text);
        struct buf known = BUF_INIT(ALLOWED_MAX_BYTES);
        char q[QUOTED_MAX];

        quoted(key->text, q);
        for (size_t i = 0; i < s->n; i++)
                buf_printf(&known, "%s%s", i ? ", " : "", s->rows[i].key);
        if (strcmp(key->text, "<<") == 0)
                error_at(f, key, "merge keys (<<) are not supported: put what endpoints share "
                                 "under \"defaults:\"");
        else if (near)
                error_at(f, key, "unknown key %s in %s; did you mean \"%s\"?", q, s->what, near);
        else if (s == &SCHEMA_TOP && schema_find(&SCHEMA_ENDPOINT, key->text))
                error_at(f, key, "unknown key %s in %s; it belongs to an endpoint, or below "
                                 "\"defaults:\"", q, s->what);
        else
                error_at(f, key, "unknown key %s in %s; there are: %s",
                         *key->text ? q : "that is empty", s->what, buf_str(&known));
        buf_done(&known);
}

/* True the first time; otherwise says where it was. */
static bool first_time(struct bind *f, struct mark *seen, const struct yaml_item *key)
{
        char q[QUOTED_MAX];

        if (seen->line > 0) {
                error_at(f, key, "duplicate key %s; it was first given at %d:%d",
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
        if (!first_time(f, &seen[row - s->rows], key))
                return NULL;
        if ((row->flags & SCHEMA_MAIN_ONLY) && !f->is_main) {
                error_at(f, key, "\"%s\" may stand only in the main file, %s", row->key,
                         f->build->config->files[0]);
                return NULL;
        }
        if ((row->flags & SCHEMA_NO_DEFAULT) && f->in_defaults) {
                error_at(f, key, "\"%s\" belongs to one endpoint and has no default", row->key);
                return NULL;
        }
        return row;
}

/* The key of a mapping as text; false when it is something else, and is skipped with its value. */
static bool expect_key(struct bind *f, const struct yaml_item *key)
{
        struct yaml_item value;

        if (key->kind == YAML_SCALAR && strlen(key->text) == key->len)
                return true;
        if (key->kind == YAML_SCALAR)
                error_at(f, key, "a key holds a NUL character");
        else if (key->kind != YAML_BAD)
                error_at(f, key, "a key must be a word, not %s", kind_str(key));
        skip(f, key);
        next(f, &value);
        skip(f, &value);
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
                        error_at(f, start, "%s needs the key \"%s\"", s->what, row->key);
                if (row->flags & SCHEMA_ONE_OF) {
                        buf_printf(&names, "%s%s", n_choices++ ? ", " : "", row->key);
                        n_chosen += seen[i].line > 0;
                }
        }
        if (n_choices > 0 && n_chosen != 1)
                error_at(f, start, "%s needs exactly one of these keys: %s", s->what,
                         buf_str(&names));
        buf_done(&names);
}

static void bind_value(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                       void *base);

/* The whole mapping that @start begins; @seen has one mark for each row of @s. */
static void bind_mapping(struct bind *f, const struct schema *s, void *base, struct mark *seen,
                         const struct yaml_item *start)
{
        struct yaml_item key, value;

        while (next_of(f, &key, YAML_MAPPING_END)) {
                if (!expect_key(f, &key))
                        continue;
                const struct schema_row *row = find_row(f, s, seen, &key);

                next(f, &value);
                if (row)
                        bind_value(f, row, &value, base);
                else
                        skip(f, &value);
        }
        if (!f->failed)
                check_complete(f, s, seen, start);
}

/* --- values, one function per form ------------------------------------------------------------ */

typedef void bind_fn(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                     void *base);

static void bind_scalar(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                        void *base)
{
        AUTO_FREE char *error = NULL;

        if (!expect_scalar(f, row, it))
                return;
        if (value_parse(row, it->text, &f->where, base, &error) < 0)
                error_at(f, it, "%s", error);
        else if (row->type == SCHEMA_TARGET)
                f->spelling = arena_copy(f->where.arena, it->text, it->len);
}

static void bind_submapping(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                            void *base)
{
        struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };

        if (expect(f, row, it, YAML_MAPPING))
                bind_mapping(f, row->rows, base, seen, it);
        else if (is_null(it))
                check_complete(f, row->rows, seen, it);
}

static void bind_threshold_part(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                                struct threshold *t)
{
        AUTO_FREE char *error = NULL;

        if (expect_scalar(f, row, it) && value_parse_threshold(row, it->text, t, &error) < 0)
                error_at(f, it, "%s", error);
}

static void bind_threshold(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                           void *base)
{
        struct threshold t = { 0 };
        struct yaml_item part;

        if (it->kind != YAML_LIST) {
                bind_threshold_part(f, row, it, &t);
        } else {
                size_t n = 0;

                for (; next_of(f, &part, YAML_LIST_END); n++)
                        bind_threshold_part(f, row, &part, &t);
                if (n == 0)
                        error_at(f, it, "%s is an empty list", row->key);
        }
        memcpy((char *)base + row->offset, &t, sizeof(t));
}

static void unknown_code(struct bind *f, const struct yaml_item *key)
{
        const char *names[FINDING_COUNT], *near;
        char q[QUOTED_MAX];

        for (size_t i = 0; i < FINDING_COUNT; i++)
                names[i] = FINDINGS[i].name;
        near = lookup_nearest(names, FINDING_COUNT, key->text);
        if (near)
                error_at(f, key, "unknown diagnosis %s; did you mean \"%s\"?",
                         quoted(key->text, q), near);
        else
                error_at(f, key, "unknown diagnosis %s; the codes are listed in notafter.yaml(5)",
                         quoted(key->text, q));
}

static void bind_severity(struct bind *f, enum finding_code code, const struct yaml_item *it,
                          int8_t *severity)
{
        const struct schema_row row = {
                .key = FINDINGS[code].name,
                .type = SCHEMA_CHOICE,
                .words = SCHEMA_SEVERITIES,
                .n_words = SEVERITY_COUNT,
        };
        AUTO_FREE char *error = NULL;
        int choice;

        if (!expect_scalar(f, &row, it))
                return;
        if (value_parse(&row, it->text, &f->where, &choice, &error) < 0)
                error_at(f, it, "%s", error);
        else
                *severity = (int8_t)choice;
}

static void bind_policy(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                        void *base)
{
        int8_t *severity = (int8_t *)base + row->offset;
        struct mark seen[FINDING_COUNT] = { { 0, 0 } };
        struct yaml_item key, value;

        if (!expect(f, row, it, YAML_MAPPING))
                return;
        while (next_of(f, &key, YAML_MAPPING_END)) {
                enum finding_code code = FINDING_COUNT;

                if (!expect_key(f, &key))
                        continue;
                if (finding_code_parse(key.text, &code) < 0)
                        unknown_code(f, &key);
                else if (!first_time(f, &seen[code], &key))
                        code = FINDING_COUNT;
                next(f, &value);
                if (code == FINDING_COUNT)
                        skip(f, &value);
                else
                        bind_severity(f, code, &value, &severity[code]);
        }
}

static bool is_label_key(const struct yaml_item *key)
{
        if (key->len == 0 || key->len > LABEL_KEY_MAX_BYTES)
                return false;
        for (size_t i = 0; i < key->len; i++) {
                char c = text_lower(key->text[i]);

                if (!(c >= 'a' && c <= 'z') && c != '_' && !(i > 0 && c >= '0' && c <= '9'))
                        return false;
        }
        return true;
}

/* Where @key belongs in @labels, which are sorted. */
static size_t label_place(const struct config_label *labels, size_t n, const char *key)
{
        size_t i = 0;

        while (i < n && strcmp(labels[i].key, key) < 0)
                i++;
        return i;
}

/* Opens a place for the key and fills it; NULL when it cannot stand here, and is reported. */
static struct config_label *add_label(struct bind *f, struct config_label *labels, size_t *n,
                                      const struct yaml_item *key)
{
        char q[QUOTED_MAX];
        size_t i;

        if (!is_label_key(key)) {
                error_at(f, key, "a label's key has 1 to %d letters, digits and underscores and "
                                 "does not begin with a digit, unlike %s", LABEL_KEY_MAX_BYTES,
                         quoted(key->text, q));
                return NULL;
        }
        i = label_place(labels, *n, key->text);
        if (i < *n && strcmp(labels[i].key, key->text) == 0) {
                error_at(f, key, "duplicate label %s", quoted(key->text, q));
                return NULL;
        }
        if (*n == CONFIG_MAX_LABELS) {
                error_at(f, key, "more than %d labels", CONFIG_MAX_LABELS);
                return NULL;
        }
        memmove(&labels[i + 1], &labels[i], (*n - i) * sizeof(*labels));
        labels[i].key = arena_copy(f->where.arena, key->text, key->len);
        labels[i].value = arena_strdup(f->where.arena, "");
        (*n)++;
        return &labels[i];
}

static void bind_labels(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                        void *base)
{
        static const struct schema_row VALUE = {
                .key = "a label", .type = SCHEMA_TEXT, .min = 0, .max = LABEL_VALUE_MAX_BYTES,
                .offset = offsetof(struct config_label, value),
        };
        struct config_label labels[CONFIG_MAX_LABELS];
        struct config_endpoint *e = base;
        struct yaml_item key, value;
        size_t n = 0;

        if (!expect(f, row, it, YAML_MAPPING))
                return;
        while (next_of(f, &key, YAML_MAPPING_END)) {
                if (!expect_key(f, &key))
                        continue;
                struct config_label *label = add_label(f, labels, &n, &key);

                next(f, &value);
                if (!label)
                        skip(f, &value);
                else if (!is_null(&value))
                        bind_scalar(f, &VALUE, &value, label);
        }
        e->labels = arena_alloc(f->where.arena, n * sizeof(*labels));
        memcpy(e->labels, labels, n * sizeof(*labels));
        e->n_labels = n;
}

static void bind_defaults(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                          void *base)
{
        const struct schema_row *expiry = schema_find(&SCHEMA_ENDPOINT, "expiry");
        struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };

        (void)base;
        if (!expect(f, row, it, YAML_MAPPING))
                return;
        f->in_defaults = true;
        bind_mapping(f, &SCHEMA_ENDPOINT, &f->build->defaults, seen, it);
        f->in_defaults = false;

        struct mark at = seen[expiry - SCHEMA_ENDPOINT.rows];

        f->build->defaults_expiry = place_at(f, at.line, at.column);
}

/* --- endpoints and receivers ------------------------------------------------------------------ */

void bind_endpoint_init(struct config_endpoint *e)
{
        *e = (struct config_endpoint){ 0 };
        value_clear(&SCHEMA_ENDPOINT, e);
        memset(e->policy.severity, -1, sizeof(e->policy.severity));
}

/* Room for one more endpoint, in doubling steps. */
static void grow_endpoints(struct build *b)
{
        if (b->config->n_endpoints < b->endpoints_size)
                return;
        b->endpoints_size = b->endpoints_size ? b->endpoints_size * 2 : 16;
        b->config->endpoints = mem_resize(b->config->endpoints, b->endpoints_size,
                                          sizeof(*b->config->endpoints));
        b->drafts = mem_resize(b->drafts, b->endpoints_size, sizeof(*b->drafts));
}

/* Takes over a complete endpoint. */
static void add_endpoint(struct bind *f, struct config_endpoint *e, struct mark expiry,
                         const struct yaml_item *it)
{
        struct build *b = f->build;
        struct config *c = b->config;

        if (c->n_endpoints == CONFIG_MAX_ENDPOINTS) {
                error_at(f, it, "more than %d endpoints", CONFIG_MAX_ENDPOINTS);
                return;
        }
        grow_endpoints(b);
        e->id = e->name ? e->name : arena_adopt(c->arena, target_str(&e->target));
        if (!e->name)
                e->name = f->spelling;
        e->file = f->file.file;
        e->line = it->line;
        e->column = it->column;
        b->drafts[c->n_endpoints] = (struct draft){ f->file.file_rank, expiry.line, expiry.column };
        c->endpoints[c->n_endpoints++] = *e;
}

static void bind_endpoint(struct bind *f, struct yaml_item *it)
{
        const struct schema_row *target = schema_find(&SCHEMA_ENDPOINT, "target");
        const struct schema_row *expiry = schema_find(&SCHEMA_ENDPOINT, "expiry");
        struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };
        struct yaml_item start = *it;
        struct config_endpoint e;

        bind_endpoint_init(&e);
        f->spelling = NULL;
        if (it->kind == YAML_MAPPING)
                bind_mapping(f, &SCHEMA_ENDPOINT, &e, seen, &start);
        else
                bind_scalar(f, target, it, &e);
        if (!f->spelling)
                return; /* there is no target: that is reported */
        if (e.target.kind == TARGET_FILE)
                error_at(f, &start, "file: endpoints are not watched by this version; use "
                                    "`notafter check %s`", f->spelling);
        else
                add_endpoint(f, &e, seen[expiry - SCHEMA_ENDPOINT.rows], &start);
}

static void bind_endpoints(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                           void *base)
{
        struct yaml_item item;

        (void)base;
        if (!expect(f, row, it, YAML_LIST))
                return;
        while (next_of(f, &item, YAML_LIST_END))
                bind_endpoint(f, &item);
}

/* The row that chose the kind, with the kind set and the standard values filled in. */
static bool choose_kind(struct bind *f, struct config_receiver *r, const struct mark *seen)
{
        for (size_t i = 0; i < SCHEMA_RECEIVER.n; i++) {
                const struct schema_row *row = &SCHEMA_RECEIVER.rows[i];

                if (!(row->flags & SCHEMA_ONE_OF) || seen[i].line == 0)
                        continue;
                int kind = lookup_index(SCHEMA_RECEIVER_KINDS, RECEIVER_KIND_COUNT, row->key);

                assert(kind >= 0);
                r->kind = (enum receiver_kind)kind;
                value_standard(row->rows, &f->where, r);
                value_standard(&SCHEMA_RECEIVER, &f->where, r);
                if (r->kind != RECEIVER_WEBHOOK)
                        r->timeout_ms = 0;
                return true;
        }
        return false;
}

static void add_receiver(struct bind *f, const struct config_receiver *r,
                         const struct yaml_item *it)
{
        struct config *c = f->build->config;
        char q[QUOTED_MAX];

        for (size_t i = 0; i < c->n_receivers; i++)
                if (strcmp(c->receivers[i].name, r->name) == 0) {
                        const struct place *first = &f->build->receiver_places[i];

                        error_at(f, it, "receiver %s is already configured at %s:%d:%d",
                                 quoted(r->name, q), first->file, first->line, first->column);
                        return;
                }
        if (c->n_receivers == CONFIG_MAX_RECEIVERS) {
                error_at(f, it, "more than %d receivers", CONFIG_MAX_RECEIVERS);
                return;
        }
        c->receivers = mem_resize(c->receivers, c->n_receivers + 1, sizeof(*c->receivers));
        f->build->receiver_places = mem_resize(f->build->receiver_places, c->n_receivers + 1,
                                               sizeof(*f->build->receiver_places));
        f->build->receiver_places[c->n_receivers] = place_at(f, it->line, it->column);
        c->receivers[c->n_receivers++] = *r;
}

static void bind_receivers(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                           void *base)
{
        static const struct schema_row ITEM = { .key = "a receiver", .type = SCHEMA_MAPPING };
        struct yaml_item start;

        (void)base;
        if (!expect(f, row, it, YAML_LIST))
                return;
        while (next_of(f, &start, YAML_LIST_END)) {
                struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };
                struct config_receiver r = { 0 };

                if (start.kind != YAML_MAPPING) {
                        refuse_kind(f, &ITEM, &start);
                        continue;
                }
                value_clear(&SCHEMA_RECEIVER, &r);
                bind_mapping(f, &SCHEMA_RECEIVER, &r, seen, &start);
                if (choose_kind(f, &r, seen) && r.name)
                        add_receiver(f, &r, &start);
        }
}

/* --- the file --------------------------------------------------------------------------------- */

static void add_include(struct bind *f, const struct schema_row *row, const struct yaml_item *it)
{
        if (!expect_scalar(f, row, it))
                return;
        if ((int64_t)it->len < row->min || (int64_t)it->len > row->max) {
                error_at(f, it, "%s: a path has 1 to %d bytes", row->key, (int)row->max);
                return;
        }
        if (f->n_includes == CONFIG_MAX_FILES) {
                error_at(f, it, "more than %d includes", CONFIG_MAX_FILES);
                return;
        }
        f->includes = mem_resize(f->includes, f->n_includes + 1, sizeof(*f->includes));
        f->includes[f->n_includes++] = (struct include){
                .pattern = arena_copy(f->where.arena, it->text, it->len),
                .at = place_at(f, it->line, it->column),
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
        while (next_of(f, &item, YAML_LIST_END))
                add_include(f, row, &item);
}

static bind_fn *const BINDERS[SCHEMA_TYPE_COUNT] = {
        [SCHEMA_TEXT] = bind_scalar,
        [SCHEMA_WORD] = bind_scalar,
        [SCHEMA_PATH] = bind_scalar,
        [SCHEMA_HOST] = bind_scalar,
        [SCHEMA_HOST_PORT] = bind_scalar,
        [SCHEMA_URL] = bind_scalar,
        [SCHEMA_TARGET] = bind_scalar,
        [SCHEMA_NUMBER] = bind_scalar,
        [SCHEMA_NUMBER_OR_AUTO] = bind_scalar,
        [SCHEMA_SPAN] = bind_scalar,
        [SCHEMA_SPAN_MS] = bind_scalar,
        [SCHEMA_CHOICE] = bind_scalar,
        [SCHEMA_THRESHOLD] = bind_threshold,
        [SCHEMA_POLICY] = bind_policy,
        [SCHEMA_LABELS] = bind_labels,
        [SCHEMA_MAPPING] = bind_submapping,
        [SCHEMA_DEFAULTS] = bind_defaults,
        [SCHEMA_ENDPOINTS] = bind_endpoints,
        [SCHEMA_RECEIVERS] = bind_receivers,
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

        next(f, &it);
        if (it.kind == YAML_MAPPING) {
                bind_mapping(f, &SCHEMA_TOP, f->build->config, seen, &it);
        } else if (it.kind != YAML_END && it.kind != YAML_FAILED && !is_null(&it)) {
                error_at(f, &it, "a configuration file is a mapping such as \"endpoints: [...]\", "
                                 "not %s", kind_str(&it));
                skip(f, &it);
        }
        while (next_of(f, &it, YAML_END)) /* libyaml has a word to say about what follows */
                ;
}
