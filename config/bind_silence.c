/* SPDX-License-Identifier: Apache-2.0 */
/* Silences; what comes through the daemon's socket is read here, too (monitor/silences.c). */
#include "config/bind_internal.h"

#include "common/base/mem.h"

/* One slip in it must not silence everything. */
static void check_match(struct bind *f, const struct config_match *m, const struct yaml_item *it)
{
        if (m->n_labels + m->n_names + m->n_codes == 0 && m->severity == SEVERITY_OK)
                bind_error(f, it, "a silence must say what it matches; names: \"*\" is everything");
}

static void add_silence(struct bind *f, const struct config_silence *s, const struct yaml_item *it)
{
        struct config *c = f->build->config;

        if (c->n_silences == CONFIG_MAX_SILENCES) {
                bind_error(f, it, "more than %d silences", CONFIG_MAX_SILENCES);
                return;
        }
        if (s->end_s >= 0 && s->end_s <= s->start_s)
                bind_error(f, it, "a silence must end after it begins");
        c->silences = mem_resize(c->silences, c->n_silences + 1, sizeof(*c->silences));
        c->silences[c->n_silences] = *s;
        c->silences[c->n_silences].file = f->file.file;
        c->silences[c->n_silences++].line = it->line;
}

static void bind_silence(struct bind *f, struct yaml_item *start)
{
        struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };
        struct config_silence s = { 0 };

        value_clear(&SCHEMA_SILENCE, &s);
        bind_mapping(f, &SCHEMA_SILENCE, &s, seen, start);
        value_standard(&SCHEMA_SILENCE, &f->where, &s);
        if (seen[schema_find(&SCHEMA_SILENCE, "match") - SCHEMA_SILENCE.rows].line > 0)
                check_match(f, &s.match, start);
        add_silence(f, &s, start);
}

void bind_silences(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        (void)base;
        bind_items(f, row, it, "a silence", bind_silence);
}
