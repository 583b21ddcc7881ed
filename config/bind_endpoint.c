/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoints, and what only they have: thresholds, a policy, labels and defaults.
 *
 * An endpoint joins the configuration when it has a target, whatever else is wrong with it; its
 * defaults are laid below it when every file is read.
 */
#include "config/bind_internal.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/arena.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_KEY_MAX_BYTES 64
#define LABEL_VALUE_MAX_BYTES 256

/* --- its values ------------------------------------------------------------------------------- */

static void bind_threshold_part(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                                struct threshold *t)
{
        AUTO_FREE char *error = NULL;

        if (bind_expect_scalar(f, row, it) && value_parse_threshold(row, it->text, t, &error) < 0)
                bind_error(f, it, "%s", error);
}

void bind_threshold(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        struct threshold t = { 0 };
        struct yaml_item part;

        if (it->kind != YAML_LIST) {
                bind_threshold_part(f, row, it, &t);
        } else {
                size_t n = 0;

                for (; bind_next_of(f, &part, YAML_LIST_END); n++)
                        bind_threshold_part(f, row, &part, &t);
                if (n == 0)
                        bind_error(f, it, "%s is an empty list", row->key);
        }
        memcpy((char *)base + row->offset, &t, sizeof(t));
}

void bind_unknown_code(struct bind *f, const struct yaml_item *key)
{
        const char *near = finding_code_nearest(key->text);
        char q[QUOTED_MAX];

        if (near)
                bind_error(f, key, "unknown diagnosis %s; did you mean \"%s\"?",
                           quoted(key->text, q), near);
        else
                bind_error(f, key, "unknown diagnosis %s; \"notafter explain\" lists the codes",
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

        if (!bind_expect_scalar(f, &row, it))
                return;
        if (value_parse(&row, it->text, &f->where, &choice, &error) < 0)
                bind_error(f, it, "%s", error);
        else
                *severity = (int8_t)choice;
}

void bind_policy(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        int8_t *severity = (int8_t *)base + row->offset;
        struct mark seen[FINDING_COUNT] = { { 0, 0 } };
        struct yaml_item key, value;

        if (!bind_expect(f, row, it, YAML_MAPPING))
                return;
        while (bind_next_of(f, &key, YAML_MAPPING_END)) {
                enum finding_code code = FINDING_COUNT;

                if (!bind_expect_key(f, &key))
                        continue;
                if (finding_code_parse(key.text, &code) < 0)
                        bind_unknown_code(f, &key);
                else if (!bind_first_time(f, &seen[code], &key))
                        code = FINDING_COUNT;
                bind_next(f, &value);
                if (code == FINDING_COUNT)
                        bind_skip(f, &value);
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
                bind_error(f, key, "a label's key has 1 to %d letters, digits and underscores and "
                                   "does not begin with a digit, unlike %s", LABEL_KEY_MAX_BYTES,
                           quoted(key->text, q));
                return NULL;
        }
        i = label_place(labels, *n, key->text);
        if (i < *n && strcmp(labels[i].key, key->text) == 0) {
                bind_error(f, key, "duplicate label %s", quoted(key->text, q));
                return NULL;
        }
        if (*n == CONFIG_MAX_LABELS) {
                bind_error(f, key, "more than %d labels", CONFIG_MAX_LABELS);
                return NULL;
        }
        memmove(&labels[i + 1], &labels[i], (*n - i) * sizeof(*labels));
        labels[i].key = arena_copy(f->where.arena, key->text, key->len);
        labels[i].value = arena_strdup(f->where.arena, "");
        (*n)++;
        return &labels[i];
}

void bind_labels(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        static const struct schema_row VALUE = {
                .key = "a label", .type = SCHEMA_TEXT, .min = 0, .max = LABEL_VALUE_MAX_BYTES,
                .offset = offsetof(struct config_label, value),
        };
        struct config_label labels[CONFIG_MAX_LABELS];
        struct yaml_item key, value;
        size_t n = 0;

        if (!bind_expect(f, row, it, YAML_MAPPING))
                return;
        while (bind_next_of(f, &key, YAML_MAPPING_END)) {
                if (!bind_expect_key(f, &key))
                        continue;
                struct config_label *label = add_label(f, labels, &n, &key);

                bind_next(f, &value);
                if (!label)
                        bind_skip(f, &value);
                else if (!bind_is_null(&value))
                        bind_scalar(f, &VALUE, &value, label);
        }
        bind_store_list(f, row, base, labels, sizeof(*labels), n);
}

/* --- the whole endpoint, and the defaults of all ---------------------------------------------- */

void bind_endpoint_init(struct config_endpoint_flat *e)
{
        *e = (struct config_endpoint_flat){ 0 };
        value_clear(&SCHEMA_ENDPOINT, e);
        memset(e->set.policy.severity, -1, sizeof(e->set.policy.severity));
}

struct config_endpoint *build_add_endpoint(struct build *b, struct draft draft)
{
        struct config *c = b->config;

        if (c->n_endpoints == b->endpoints_size) {
                b->endpoints_size = b->endpoints_size ? b->endpoints_size * 2 : 16;
                c->endpoints = mem_resize(c->endpoints, b->endpoints_size, sizeof(*c->endpoints));
                b->drafts = mem_resize(b->drafts, b->endpoints_size, sizeof(*b->drafts));
        }
        b->drafts[c->n_endpoints] = draft;
        return &c->endpoints[c->n_endpoints++];
}

/* Takes over a complete endpoint. */
static void add_endpoint(struct bind *f, const struct config_endpoint_flat *flat,
                         struct mark expiry, const struct yaml_item *it)
{
        struct build *b = f->build;
        struct config *c = b->config;
        struct config_endpoint *e;

        if (c->n_endpoints == CONFIG_MAX_ENDPOINTS) {
                bind_error(f, it, "more than %d endpoints", CONFIG_MAX_ENDPOINTS);
                return;
        }
        e = build_add_endpoint(b, (struct draft){ f->file.file_rank, expiry.line, expiry.column });
        *e = flat->own;
        e->set = settings_share(&b->settings, c->arena, &flat->set);
        e->id = e->name ? e->name : arena_adopt(c->arena, target_str(&e->target));
        if (!e->name)
                e->name = f->spelling;
        e->file = f->file.file;
        e->line = it->line;
        e->column = it->column;
}

/* What the network needs is of no use for a file; and its path begins where the other paths do. */
static void check_file(struct bind *f, struct config_endpoint_flat *e, const struct mark *seen,
                       const struct yaml_item *it)
{
        struct target *t = &e->own.target;

        for (size_t i = 0; i < SCHEMA_ENDPOINT.n; i++) {
                const struct schema_row *row = &SCHEMA_ENDPOINT.rows[i];

                if ((row->flags & SCHEMA_NET_ONLY) && seen[i].line > 0)
                        errors_add(&f->build->errors, bind_place(f, seen[i].line, seen[i].column),
                                   "\"%s\" is of no use for a file: nobody is asked over the "
                                   "network", row->key);
        }
        for (size_t n = strlen(t->path), i = 0; i < n; i += text_printable(t->path + i, n - i))
                if (!text_printable(t->path + i, n - i)) {
                        bind_error(f, it, "target: a control character in the path of a file");
                        break;
                }
        if (*t->path != '/') {
                t->path = arena_adopt(f->where.arena,
                                      mem_printf("%s/%s", f->where.folder, t->path));
                f->spelling = arena_adopt(f->where.arena, target_str(t));
        }
        e->set.of_file = true;
}

/* A scheme says by itself what is spoken before TLS; @at is where the key says another thing. */
static void check_starttls(struct bind *f, const struct config_endpoint_flat *e, struct mark at)
{
        const struct target *t = &e->own.target;
        const char *dialect = e->own.starttls;

        if (!dialect || t->kind == TARGET_FILE || target_is_bare(t) ||
            text_same(dialect, t->starttls))
                return;
        errors_add(&f->build->errors, bind_place(f, at.line, at.column),
                   "starttls: %s contradicts %s://, which %s%s; leave one of them out", dialect,
                   t->scheme, t->starttls ? "begins with " : "is TLS from the first byte",
                   t->starttls ? t->starttls : "");
}

static void bind_endpoint(struct bind *f, struct yaml_item *it)
{
        const struct schema_row *starttls = schema_find(&SCHEMA_ENDPOINT, "starttls");
        const struct schema_row *target = schema_find(&SCHEMA_ENDPOINT, "target");
        const struct schema_row *expiry = schema_find(&SCHEMA_ENDPOINT, "expiry");
        struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };
        struct yaml_item start = *it;
        struct config_endpoint_flat e;

        bind_endpoint_init(&e);
        f->spelling = NULL;
        if (it->kind == YAML_MAPPING)
                bind_mapping(f, &SCHEMA_ENDPOINT, &e, seen, &start);
        else
                bind_scalar(f, target, it, &e);
        if (!f->spelling)
                return; /* there is no target: that is reported */
        check_starttls(f, &e, seen[starttls - SCHEMA_ENDPOINT.rows]);
        if (e.own.target.kind == TARGET_FILE)
                check_file(f, &e, seen, &start);
        add_endpoint(f, &e, seen[expiry - SCHEMA_ENDPOINT.rows], &start);
}

void bind_endpoints(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        struct yaml_item item;

        (void)base;
        if (!bind_expect(f, row, it, YAML_LIST))
                return;
        while (bind_next_of(f, &item, YAML_LIST_END))
                bind_endpoint(f, &item);
}

void bind_defaults(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        const struct schema_row *expiry = schema_find(&SCHEMA_ENDPOINT, "expiry");
        struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };

        (void)base;
        if (!bind_expect(f, row, it, YAML_MAPPING))
                return;
        f->in_defaults = true;
        bind_mapping(f, &SCHEMA_ENDPOINT, &f->build->defaults, seen, it);
        f->in_defaults = false;

        struct mark at = seen[expiry - SCHEMA_ENDPOINT.rows];

        f->build->defaults_expiry = bind_place(f, at.line, at.column);
}
