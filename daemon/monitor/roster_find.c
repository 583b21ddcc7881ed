/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in roster_find.h. Each question is a walk over a few columns; a page in the
 * middle of a million is cut out by partitioning, and only the page itself is sorted.
 */
#include "daemon/monitor/roster_find.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/model.h"
#include "daemon/monitor/roster.h"

#include <stdlib.h>
#include <string.h>

#define KEY_BITS 36 /* a condition and seconds, at the most */
#define KEY_MAX ((UINT64_C(1) << KEY_BITS) - 1)

/* --- who fits --------------------------------------------------------------------------------- */

/* Lets go of whoever has @word nowhere. */
static void keep_word(const struct roster *r, const char *word, uint8_t *fits)
{
        AUTO_FREE uint8_t *names = mem_new0(r->n, 1);
        AUTO_FREE uint8_t *labels = mem_new0(r->n_sets, 1);
        AUTO_FREE uint8_t *subjects = mem_new0(r->subjects.n, 1);

        haystack_find(&r->names, word, names);
        haystack_find(&r->labels, word, labels);
        haystack_find(&r->subjects, word, subjects);
        for (size_t i = 0; i < r->n; i++)
                fits[i] &= names[i] | labels[r->settings[i]] | subjects[r->subject[i]];
}

static void keep_words(const struct roster *r, const char *words, uint8_t *fits)
{
        AUTO_FREE char *lower = mem_strdup(words);
        char *rest = NULL;

        for (char *c = lower; *c; c++)
                *c = text_lower(*c);
        for (char *w = strtok_r(lower, ROSTER_BLANKS, &rest); w;
             w = strtok_r(NULL, ROSTER_BLANKS, &rest))
                keep_word(r, w, fits);
}

static bool has_label(const struct config_settings *set, const char *key, const char *value)
{
        for (size_t i = 0; i < set->n_labels; i++)
                if (strcmp(set->labels[i].key, key) == 0)
                        return strcmp(set->labels[i].value, value) == 0;
        return false;
}

static void keep_label(const struct roster *r, const char *label, uint8_t *fits)
{
        AUTO_FREE uint8_t *sets = mem_new0(r->n_sets, 1);
        AUTO_FREE char *key = mem_strdup(label);
        char *value = strchr(key, '=');

        if (value)
                *value++ = '\0';
        for (size_t i = 0; i < r->n_sets && value; i++)
                sets[i] = has_label(r->sets[i], key, value);
        for (size_t i = 0; i < r->n; i++)
                fits[i] &= sets[r->settings[i]];
}

static void keep_code(const struct roster *r, enum finding_code code, uint8_t *fits)
{
        AUTO_FREE uint8_t *has = mem_new0(r->n, 1);

        for (size_t i = 0; i < r->n_problems; i++)
                if (r->problems[i].severity && r->problems[i].code == code)
                        has[r->problems[i].member] = 1;
        for (size_t i = 0; i < r->n; i++)
                fits[i] &= has[i];
}

uint8_t *roster_fitting(const struct roster *r, const struct roster_filter *filter)
{
        if (!filter->words && !filter->label && !filter->leaf && !filter->conditions &&
            !filter->has_code)
                return NULL;
        uint8_t *fits = mem_new0(r->n, 1);
        unsigned conditions = filter->conditions ? filter->conditions : ~0U;
        uint64_t leaf = filter->leaf ? roster_leaf(filter->leaf) : 0;

        for (size_t i = 0; i < r->n; i++)
                fits[i] = conditions >> r->condition[i] & 1;
        for (size_t i = 0; i < r->n && filter->leaf; i++)
                fits[i] &= r->leaf[i] == leaf;
        if (filter->words)
                keep_words(r, filter->words, fits);
        if (filter->label)
                keep_label(r, filter->label, fits);
        if (filter->has_code)
                keep_code(r, filter->code, fits);
        return fits;
}

/* --- in which order --------------------------------------------------------------------------- */

/* A small number that is different each time, so that no order is a bad one for it. */
static size_t stir(uint64_t *seed)
{
        *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (size_t)(*seed >> 33);
}

/* Moves what is smaller than the one at @pivot before it, and says where it is now. */
static size_t part(uint64_t *keys, size_t n, size_t pivot)
{
        uint64_t than = keys[pivot];
        size_t smaller = 0;

        keys[pivot] = keys[n - 1];
        keys[n - 1] = than;
        for (size_t i = 0; i < n - 1; i++) { /* without a branch that could be guessed wrong */
                uint64_t key = keys[i];

                keys[i] = keys[smaller];
                keys[smaller] = key;
                smaller += key < than;
        }
        keys[n - 1] = keys[smaller];
        keys[smaller] = than;
        return smaller;
}

/* Puts the key in its place that belongs at @at: the smaller ones before it. */
static void place(uint64_t *keys, size_t n, size_t at)
{
        uint64_t seed = n;

        while (n > 1) {
                size_t middle = part(keys, n, stir(&seed) % n);

                if (middle == at)
                        return;
                if (at < middle) {
                        n = middle;
                } else {
                        keys += middle + 1;
                        n -= middle + 1;
                        at -= middle + 1;
                }
        }
}

static int by_key(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return x < y ? -1 : x > y;
}

size_t roster_select(uint64_t *keys, size_t n, size_t offset, size_t max)
{
        if (offset >= n)
                return 0;
        size_t rest = n - offset;

        place(keys, n, offset);
        if (max < rest)
                place(keys + offset, rest, max);
        else
                max = rest;
        if (max)
                qsort(keys + offset, max, sizeof(*keys), by_key);
        return max;
}

/* What is unknown comes last, in either direction. */
static uint64_t key_of(const struct roster *r, size_t i, enum roster_order order, bool descending)
{
        uint64_t value = 0;
        bool known = true;

        switch (order) {
        case ROSTER_URGENCY:
                value = (uint64_t)r->condition[i] << 32 | r->expires_s[i];
                break;
        case ROSTER_NAME:
                value = r->name_rank[i];
                break;
        case ROSTER_EXPIRES:
                value = r->expires_s[i];
                known = value != 0;
                break;
        case ROSTER_LAST_PROBE:
                value = r->last_probe_s[i];
                known = value != 0;
                break;
        }
        return (known ? descending ? KEY_MAX - 1 - value : value : KEY_MAX) << ROSTER_MEMBER_BITS |
               i;
}

size_t roster_page(const struct roster *r, const uint8_t *fitting, enum roster_order order,
                   bool descending, size_t offset, size_t max, uint32_t *ret, size_t *ret_total)
{
        AUTO_FREE uint64_t *keys = mem_new0(r->n, sizeof(*keys));
        size_t n = 0;

        for (size_t i = 0; i < r->n; i++)
                if (!fitting || fitting[i])
                        keys[n++] = key_of(r, i, order, descending);
        max = roster_select(keys, n, offset, max);
        for (size_t i = 0; i < max; i++)
                ret[i] = keys[offset + i] & ((1U << ROSTER_MEMBER_BITS) - 1);
        *ret_total = n;
        return max;
}
