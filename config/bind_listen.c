/* SPDX-License-Identifier: Apache-2.0 */
/* Where we listen: addresses, or mappings that say more. One address alone is a list of one. */
#include "config/bind_internal.h"

#include "common/base/text.h"
#include "config/arena.h"

#include <string.h>

static void check_listen(struct bind *f, const struct config_listen *l, const struct yaml_item *it)
{
        if (!l->cert_file != !l->key_file)
                bind_error(f, it, "%s without %s means nothing",
                           l->cert_file ? "cert_file" : "key_file",
                           l->cert_file ? "key_file" : "cert_file");
}

/* One address, as text or as a mapping; false when it cannot be used, which is reported. */
static bool bind_listen(struct bind *f, struct yaml_item *it, struct config_listen *l)
{
        const struct schema_row *address = schema_find(&SCHEMA_LISTEN, "address");
        struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };
        struct yaml_item start = *it;

        *l = (struct config_listen){ .file = f->file.file, .line = it->line };
        if (it->kind == YAML_MAPPING)
                bind_mapping(f, &SCHEMA_LISTEN, l, seen, &start);
        else
                bind_scalar(f, address, it, l);
        check_listen(f, l, &start);
        return l->address != NULL;
}

static bool is_there(const struct config_listen *all, size_t n, const char *address)
{
        for (size_t i = 0; i < n; i++)
                if (text_same(all[i].address, address))
                        return true;
        return false;
}

void bind_listens(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        struct config_listen all[CONFIG_MAX_LISTENS];
        struct yaml_item item = *it;
        size_t n = 0;
        bool list = it->kind == YAML_LIST, full = false;

        f->build->listen_given = true;
        for (bool more = list ? bind_next_of(f, &item, YAML_LIST_END) : !bind_is_null(it); more;
             more = list && bind_next_of(f, &item, YAML_LIST_END)) {
                struct yaml_item start = item;

                full = n == row->most;
                if (full)
                        bind_skip(f, &item);
                else if (bind_listen(f, &item, &all[n]) && !is_there(all, n, all[n].address))
                        n++;
                else if (all[n].address)
                        bind_error(f, &start, "%s is in the list twice", all[n].address);
        }
        if (full)
                bind_error(f, it, "%s: more than %zu in the list", row->key, row->most);
        bind_store_list(f, row, base, all, sizeof(*all), n);
}
