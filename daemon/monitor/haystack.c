/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in haystack.h. strstr() goes through all of it at some bytes a cycle; a needle
 * has no newline, so what it finds is in one text.
 */
#include "daemon/monitor/haystack.h"

#include "common/base/hash.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64

void haystack_done(struct haystack *h)
{
        free(h->text);
        free(h->at);
        free(h->slots);
        *h = (struct haystack){ 0 };
}

static void make_room(struct haystack *h, size_t n)
{
        if (h->len + n > h->size) {
                h->size = 2 * h->size > h->len + n ? 2 * h->size : h->len + n;
                h->text = mem_resize(h->text, h->size, 1);
        }
        if (h->n + 2 > h->at_size) {
                h->at_size = h->at_size ? 2 * h->at_size : FIRST_SLOTS;
                h->at = mem_resize(h->at, h->at_size, sizeof(*h->at));
        }
}

size_t haystack_add(struct haystack *h, const char *text)
{
        size_t n = strnlen(text, HAYSTACK_TEXT_MAX);

        if (h->len + n + 1 > UINT32_MAX)
                n = 0; /* nobody finds it */
        make_room(h, n + 2);
        h->at[h->n] = (uint32_t)h->len;
        for (size_t i = 0; i < n; i++)
                h->text[h->len++] = text[i] == '\n' ? ' ' : text_lower(text[i]);
        h->text[h->len++] = '\n';
        h->text[h->len] = '\0';
        h->at[++h->n] = (uint32_t)h->len;
        return h->n - 1;
}

void haystack_trim(struct haystack *h)
{
        if (h->n == 0)
                return;
        h->size = h->len + 1;
        h->text = mem_resize(h->text, h->size, 1);
        h->at_size = h->n + 1;
        h->at = mem_resize(h->at, h->at_size, sizeof(*h->at));
}

/* --- each text once --------------------------------------------------------------------------- */

static size_t slot_of(const struct haystack *h, size_t number)
{
        const char *text = h->text + h->at[number];
        size_t len = h->at[number + 1] - h->at[number];
        size_t slot = hash_bytes(HASH_INIT, text, len) & (h->n_slots - 1);

        for (; h->slots[slot]; slot = (slot + 1) & (h->n_slots - 1)) {
                size_t other = h->slots[slot] - 1;

                if (h->at[other + 1] - h->at[other] == len &&
                    memcmp(h->text + h->at[other], text, len) == 0)
                        break;
        }
        return slot;
}

static void grow_slots(struct haystack *h)
{
        h->n_slots = h->n_slots ? 2 * h->n_slots : FIRST_SLOTS;
        free(h->slots);
        h->slots = mem_new0(h->n_slots, sizeof(*h->slots));
        for (size_t i = 0; i < h->n; i++)
                h->slots[slot_of(h, i)] = (uint32_t)i + 1;
}

size_t haystack_keep(struct haystack *h, const char *text)
{
        if (2 * (h->n + 1) > h->n_slots)
                grow_slots(h);
        size_t number = haystack_add(h, text), slot = slot_of(h, number);

        if (h->slots[slot]) { /* known: the copy goes again */
                h->len = h->at[number];
                h->n--;
                h->text[h->len] = '\0';
                return h->slots[slot] - 1;
        }
        h->slots[slot] = (uint32_t)number + 1;
        return number;
}

/* ---------------------------------------------------------------------------------------------- */

void haystack_find(const struct haystack *h, const char *needle, uint8_t *found)
{
        size_t i = 0;

        for (const char *at = h->text; at && (at = strstr(at, needle)); at = h->text + h->at[i]) {
                size_t offset = (size_t)(at - h->text);

                while (h->at[i + 1] <= offset)
                        i++;
                found[i++] = 1;
        }
}
