/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receivers. The key that chooses the kind also says which standard values hold, so they are filled
 * in here and not when every file is read.
 */
#include "config/bind_internal.h"

#include "common/base/lookup.h"
#include "common/base/mem.h"

#include <assert.h>
#include <string.h>

/* Sets the kind, and what is standard for it; false when no key chose one, which is reported. */
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
                value_zero_unset(&SCHEMA_RECEIVER, r);
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

                        bind_error(f, it, "receiver %s is already configured at %s:%d:%d",
                                   quoted(r->name, q), first->file, first->line, first->column);
                        return;
                }
        if (c->n_receivers == CONFIG_MAX_RECEIVERS) {
                bind_error(f, it, "more than %d receivers", CONFIG_MAX_RECEIVERS);
                return;
        }
        c->receivers = mem_resize(c->receivers, c->n_receivers + 1, sizeof(*c->receivers));
        f->build->receiver_places = mem_resize(f->build->receiver_places, c->n_receivers + 1,
                                               sizeof(*f->build->receiver_places));
        f->build->receiver_places[c->n_receivers] = bind_place(f, it->line, it->column);
        c->receivers[c->n_receivers++] = *r;
}

void bind_receivers(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        static const struct schema_row ITEM = { .key = "a receiver", .type = SCHEMA_MAPPING };
        struct yaml_item start;

        (void)base;
        if (!bind_expect(f, row, it, YAML_LIST))
                return;
        while (bind_next_of(f, &start, YAML_LIST_END)) {
                struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };
                struct config_receiver r = { 0 };

                if (start.kind != YAML_MAPPING) {
                        bind_refuse_kind(f, &ITEM, &start);
                        continue;
                }
                value_clear(&SCHEMA_RECEIVER, &r);
                bind_mapping(f, &SCHEMA_RECEIVER, &r, seen, &start);
                if (choose_kind(f, &r, seen) && r.name)
                        add_receiver(f, &r, &start);
        }
}
