/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in settings.h. A hash table with open addressing, at most half full. */
#include "config/settings.h"

#include "common/base/hash.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/arena.h"
#include "config/model.h"
#include "config/value.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 64 /* a power of two, as all that follow */

static bool same_labels(const struct config_settings *a, const struct config_settings *b)
{
        if (a->n_labels != b->n_labels)
                return false;
        for (size_t i = 0; i < a->n_labels; i++)
                if (!text_same(a->labels[i].key, b->labels[i].key) ||
                    !text_same(a->labels[i].value, b->labels[i].value))
                        return false;
        return true;
}

bool settings_equal(const struct config_settings *a, const struct config_settings *b)
{
        return a == b || (a->of_file == b->of_file && value_equal(&SCHEMA_SETTINGS, a, b) &&
                          same_labels(a, b) &&
                          memcmp(a->policy.severity, b->policy.severity,
                                 sizeof(a->policy.severity)) == 0);
}

static uint64_t hash_of(const struct config_settings *s)
{
        uint64_t h = value_hash(&SCHEMA_SETTINGS, s, HASH_INIT);

        h = hash_bytes(h, &s->of_file, sizeof(s->of_file));
        h = hash_bytes(h, s->policy.severity, sizeof(s->policy.severity));
        for (size_t i = 0; i < s->n_labels; i++) {
                h = hash_bytes(h, s->labels[i].key, strlen(s->labels[i].key) + 1);
                h = hash_bytes(h, s->labels[i].value, strlen(s->labels[i].value) + 1);
        }
        return h;
}

/* Where @s is, or where it belongs. */
static struct config_settings **find(const struct settings_table *t,
                                     const struct config_settings *s)
{
        size_t i = hash_of(s) & (t->size - 1);

        while (t->slots[i] && !settings_equal(t->slots[i], s))
                i = (i + 1) & (t->size - 1);
        return &t->slots[i];
}

static void grow(struct settings_table *t)
{
        struct settings_table bigger = { .n = t->n, .size = t->size ? 2 * t->size : FIRST_SIZE };

        bigger.slots = mem_new0(bigger.size, sizeof(*bigger.slots));
        for (size_t i = 0; i < t->size; i++)
                if (t->slots[i])
                        *find(&bigger, t->slots[i]) = t->slots[i];
        free(t->slots);
        *t = bigger;
}

struct config_settings *settings_share(struct settings_table *t, struct arena *arena,
                                       const struct config_settings *s)
{
        if (t->n >= t->size / 2)
                grow(t);
        struct config_settings **slot = find(t, s);

        if (!*slot) {
                *slot = arena_alloc(arena, sizeof(**slot));
                **slot = *s;
                t->n++;
        }
        return *slot;
}
