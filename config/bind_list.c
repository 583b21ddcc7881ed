/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of single values: texts, mail addresses, patterns of codes, names of receivers, words of a
 * set. One text alone is a list of one.
 */
#include "config/bind_internal.h"

#include "common/base/cleanup.h"
#include "common/base/lookup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/finding.h"
#include "config/arena.h"

#include <assert.h>
#include <string.h>

void bind_store_list(struct bind *f, const struct schema_row *row, void *base, const void *items,
                     size_t size, size_t n)
{
        void *copy = arena_alloc(f->where.arena, n * size);

        memcpy(copy, items, n * size);
        memcpy((char *)base + row->offset, &copy, sizeof(copy));
        memcpy((char *)base + row->offset_n, &n, sizeof(n));
}

/* What else a text must be, once it is printable and of the right length. */
typedef void check_fn(struct bind *f, const struct schema_row *row, const struct yaml_item *it);

static bool bind_text(struct bind *f, const struct schema_row *row, const struct yaml_item *it,
                      char **ret, check_fn *check)
{
        const struct schema_row item = {
                .key = row->key, .type = SCHEMA_TEXT, .min = row->min, .max = row->max,
        };
        AUTO_FREE char *error = NULL;

        if (!bind_expect_scalar(f, &item, it))
                return false;
        if (value_parse(&item, it->text, &f->where, ret, &error) < 0) {
                bind_error(f, it, "%s", error);
                return false;
        }
        if (check)
                check(f, row, it);
        return true;
}

static void bind_checked(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                         void *base, check_fn *check)
{
        char *texts[CONFIG_MAX_LISTED];
        struct yaml_item item;
        size_t n = 0, all = 0;

        assert(row->most <= CONFIG_MAX_LISTED);
        if (it->kind != YAML_LIST) {
                if (it->kind == YAML_MAPPING || bind_is_null(it))
                        bind_refuse_kind(f, row, it);
                else if (bind_text(f, row, it, &texts[0], check))
                        bind_store_list(f, row, base, texts, sizeof(*texts), 1);
                return;
        }
        for (; bind_next_of(f, &item, YAML_LIST_END); all++)
                if (all >= row->most)
                        bind_skip(f, &item);
                else
                        n += bind_text(f, row, &item, &texts[n], check);
        if (all > row->most)
                bind_error(f, it, "%s: more than %zu in the list", row->key, row->most);
        else if (all < row->least)
                bind_error(f, it, "%s is an empty list", row->key);
        bind_store_list(f, row, base, texts, sizeof(*texts), n);
}

void bind_texts(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        bind_checked(f, row, it, base, NULL);
}

static void check_mail(struct bind *f, const struct schema_row *row, const struct yaml_item *it)
{
        const struct schema_row item = {
                .key = row->key, .type = SCHEMA_MAIL, .min = row->min, .max = row->max,
        };
        AUTO_FREE char *error = NULL;
        char *mail;

        if (value_parse(&item, it->text, &f->where, &mail, &error) < 0)
                bind_error(f, it, "%s", error);
}

void bind_mails(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        bind_checked(f, row, it, base, check_mail);
}

/* A pattern that no code fits waits for a problem that never comes. */
static void check_code(struct bind *f, const struct schema_row *row, const struct yaml_item *it)
{
        (void)row;
        for (size_t i = 0; i < FINDING_COUNT; i++)
                if (text_fits(it->text, FINDINGS[i].name))
                        return;
        bind_unknown_code(f, it);
}

void bind_codes(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        bind_checked(f, row, it, base, check_code);
}

static void mention(struct bind *f, const struct schema_row *row, const struct yaml_item *it)
{
        struct build *b = f->build;

        b->mentions = mem_resize(b->mentions, b->n_mentions + 1, sizeof(*b->mentions));
        b->mentions[b->n_mentions++] = (struct mention){
                .key = row->key,
                .name = arena_strdup(f->where.arena, it->text),
                .at = bind_place(f, it->line, it->column),
        };
}

void bind_receiver_names(struct bind *f, const struct schema_row *row, struct yaml_item *it,
                         void *base)
{
        bind_checked(f, row, it, base, mention);
}

void bind_words(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        const struct schema_row item = {
                .key = row->key, .type = SCHEMA_CHOICE, .words = row->words,
                .n_words = row->n_words,
        };
        struct yaml_item one;
        unsigned words = 0;
        size_t n = 0;
        int i;

        if (it->kind != YAML_LIST) {
                bind_refuse_kind(f, row, it);
                return;
        }
        for (; bind_next_of(f, &one, YAML_LIST_END); n++) {
                AUTO_FREE char *error = NULL;

                if (!bind_expect_scalar(f, &item, &one))
                        continue;
                if (value_parse(&item, one.text, &f->where, &i, &error) < 0)
                        bind_error(f, &one, "%s", error);
                else
                        words |= 1U << i;
        }
        if (n == 0)
                bind_error(f, it, "%s is an empty list", row->key);
        memcpy((char *)base + row->offset, &words, sizeof(words));
}
