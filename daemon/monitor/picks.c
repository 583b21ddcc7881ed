/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in picks.h.
 *
 * What comes first is kept as a heap with the last of it at its top: most of a million are looked
 * at once and left.
 */
#include "daemon/monitor/picks.h"

#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/monitor/commands_internal.h"
#include "daemon/monitor/condition.h"
#include "daemon/monitor/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX_BYTES 200
#define WORD_MAX_BYTES (WORDS_MAX_BYTES + 1)
#define LABEL_MAX_BYTES 1024

/* --- which are meant -------------------------------------------------------------------------- */

static json_t *read_states(struct picks_filter *ret, const char *states)
{
        while (states && *states) {
                size_t n = strcspn(states, ",");
                enum condition c;

                if (condition_parse(states, n, &c) < 0)
                        return command_error("a state is error, warning, failing, unknown or ok; "
                                             "several have commas between");
                ret->conditions |= 1u << c;
                states += n + (states[n] == ',');
        }
        return NULL;
}

json_t *picks_filter_read(struct picks_filter *ret, const json_t *request)
{
        const char *code = command_text(request, "code");

        *ret = (struct picks_filter){
                .words = command_text(request, "q"), .label = command_text(request, "label"),
                .certificate = command_text(request, "certificate"), .has_code = code != NULL,
        };
        if (ret->words && strlen(ret->words) > WORDS_MAX_BYTES)
                return command_error("q has at most %d bytes", WORDS_MAX_BYTES);
        if (ret->label && !strchr(ret->label, '='))
                return command_error("label is key=value");
        if (ret->certificate && strlen(ret->certificate) != 64)
                return command_error("certificate is a SHA-256 of 64 hex digits");
        if (code && finding_code_parse(code, &ret->code) < 0)
                return command_error("there is no diagnosis '%s'", code);
        return read_states(ret, command_text(request, "state"));
}

static bool has_label(const struct config_settings *set, const char *label)
{
        size_t key_n = strcspn(label, "=");

        for (size_t i = 0; i < set->n_labels; i++)
                if (strncmp(set->labels[i].key, label, key_n) == 0 && !set->labels[i].key[key_n] &&
                    strcmp(set->labels[i].value, label + key_n + 1) == 0)
                        return true;
        return false;
}

static bool label_holds(const struct config_settings *set, const char *word)
{
        for (size_t i = 0; i < set->n_labels; i++) {
                char text[LABEL_MAX_BYTES];

                (void)snprintf(text, sizeof(text), "%s=%s", set->labels[i].key,
                               set->labels[i].value);
                if (strcasestr(text, word))
                        return true;
        }
        return false;
}

static bool holds(const struct member *m, const char *word)
{
        const char *subject = m->state.leaf_subject;

        return strcasestr(m->cfg->name, word) || strcasestr(m->cfg->id, word) ||
               (subject && strcasestr(subject, word)) || label_holds(m->cfg->set, word);
}

static bool holds_all(const struct member *m, const char *words)
{
        while (*(words += strspn(words, " "))) {
                char word[WORD_MAX_BYTES];
                size_t n = strcspn(words, " ");

                memcpy(word, words, n);
                word[n] = '\0';
                if (!holds(m, word))
                        return false;
                words += n;
        }
        return true;
}

bool picks_filter_takes(const struct picks_filter *f, const struct member *m)
{
        if (f->conditions && !(f->conditions & 1u << condition_of(m)))
                return false;
        if (f->has_code && !endpoint_state_find(&m->state, f->code))
                return false;
        if (f->certificate && strcasecmp(f->certificate, m->state.leaf_fingerprint) != 0)
                return false;
        if (f->label && !has_label(m->cfg->set, f->label))
                return false;
        return !f->words || holds_all(m, f->words);
}

/* --- which come first ------------------------------------------------------------------------- */

static int compare(const struct picks *p, const struct pick *a, const struct pick *b)
{
        int r = p->order(a, b);

        if (r == 0)
                r = a->m < b->m ? -1 : a->m > b->m; /* by the id */
        return p->descending ? -r : r;
}

static void sink(struct picks *p, const struct pick *item)
{
        size_t i = 0, child;

        while ((child = 2 * i + 1) < p->n) {
                if (child + 1 < p->n && compare(p, &p->items[child + 1], &p->items[child]) > 0)
                        child++;
                if (compare(p, &p->items[child], item) <= 0)
                        break;
                p->items[i] = p->items[child];
                i = child;
        }
        p->items[i] = *item;
}

static void rise(struct picks *p, const struct pick *item)
{
        size_t i = p->n++;

        while (i > 0 && compare(p, item, &p->items[(i - 1) / 2]) > 0) {
                p->items[i] = p->items[(i - 1) / 2];
                i = (i - 1) / 2;
        }
        p->items[i] = *item;
}

void picks_offer(struct picks *p, const struct pick *item)
{
        p->offered++;
        if (p->n < p->max) {
                if (p->n == p->size) {
                        p->size = p->size ? 2 * p->size : 64;
                        p->items = mem_resize(p->items, p->size, sizeof(*p->items));
                }
                rise(p, item);
        } else if (p->n > 0 && compare(p, item, &p->items[0]) < 0) {
                sink(p, item);
        }
}

static int compare_for_sort(const void *a, const void *b, void *arg)
{
        return compare(arg, a, b);
}

void picks_sort(struct picks *p)
{
        if (p->n > 0)
                qsort_r(p->items, p->n, sizeof(*p->items), compare_for_sort, p);
}

void picks_done(struct picks *p)
{
        free(p->items);
        *p = (struct picks){ 0 };
}
