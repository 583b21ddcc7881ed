/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in dialogue.h. */
#include "tests/fuzz/dialogue.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/probe/dialogue.h"

#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 8
#define SAID_MAX (1U << 20)
#define WORDS_MAX_BYTES 256

struct talk {
        const struct dialect *dialect;
        const struct dialogue_terms *terms;
        struct fuzz_part parts[PARTS_MAX];
};

struct outcome {
        enum dialogue_progress progress;
        size_t heard; /* bytes that the dialogue took for its own */
        char *words;
        struct buf said;
};

static void take_what_is_said(struct dialogue *d, struct outcome *o)
{
        size_t n;
        const void *bytes = dialogue_to_send(d, &n);

        buf_append(&o->said, bytes, n);
        dialogue_sent(d, n);
}

/* Exact copies: reading past the end of a piece is an error that shows. */
static void hear(struct dialogue *d, const uint8_t *bytes, size_t n, struct outcome *o)
{
        AUTO_FREE char *copy = n ? memcpy(mem_new0(1, n), bytes, n) : mem_new0(1, 1);
        size_t used = SIZE_MAX;

        o->progress = dialogue_hear(d, copy, n, &used);
        fuzz_check(used <= n);
        fuzz_check(used == n || o->progress != DIALOGUE_ON);
        o->heard += used;
}

/* A part in pieces of 1 to 8 bytes by the bits of @cuts, which 0 makes single bytes. */
static void hear_part(struct dialogue *d, const struct fuzz_part *part, uint8_t cuts,
                      struct outcome *o)
{
        for (size_t at = 0; at < part->n && o->progress == DIALOGUE_ON;) {
                size_t n = (size_t)(cuts >> at % 6 & 7) + 1;

                n = cuts == UINT8_MAX || n > part->n - at ? part->n - at : n;
                hear(d, part->bytes + at, n, o);
                at += n;
        }
}

static struct outcome hold(const struct talk *t, uint8_t cuts)
{
        struct outcome o = { .said = BUF_INIT(SAID_MAX) };
        struct dialogue *d = dialogue_new(t->dialect, t->terms);

        take_what_is_said(d, &o);
        for (size_t i = 0; i < PARTS_MAX && o.progress == DIALOGUE_ON; i++) {
                hear_part(d, &t->parts[i], cuts, &o);
                take_what_is_said(d, &o);
        }
        o.words = mem_strdup(dialogue_words(d));
        dialogue_free(d);
        return o;
}

static void outcome_done(struct outcome *o)
{
        free(o->words);
        buf_done(&o->said);
}

/* Only how much is quoted of what is no such protocol at all may depend on the cuts. */
static void check_same(const struct outcome *a, const struct outcome *b)
{
        fuzz_check(a->progress == b->progress);
        fuzz_check(a->heard == b->heard);
        fuzz_check(a->said.len == b->said.len);
        fuzz_check(a->said.len == 0 || memcmp(a->said.data, b->said.data, a->said.len) == 0);
        fuzz_check(a->progress == DIALOGUE_BROKEN || strcmp(a->words, b->words) == 0);
}

static void check_bounds(const struct outcome *o)
{
        fuzz_check(!o->said.full);
        fuzz_check(o->heard <= DIALOGUE_MAX_BYTES + 1);
        fuzz_check(*o->words && strlen(o->words) < WORDS_MAX_BYTES && fuzz_is_printable(o->words));
}

/* The same talk up to its first @n bytes. */
static struct talk cut_off(const struct talk *t, size_t n)
{
        struct talk part = *t;

        for (size_t i = 0; i < PARTS_MAX; i++) {
                part.parts[i].n = part.parts[i].n < n ? part.parts[i].n : n;
                n -= part.parts[i].n;
        }
        return part;
}

static void check_go_ahead(const struct talk *t, const struct outcome *whole)
{
        struct talk exact = cut_off(t, whole->heard);
        struct talk less = cut_off(t, whole->heard - 1);
        struct outcome o = hold(&exact, UINT8_MAX);

        check_same(whole, &o);
        outcome_done(&o);
        o = hold(&less, UINT8_MAX);
        fuzz_check(o.progress == DIALOGUE_ON);
        outcome_done(&o);
}

void fuzz_dialogue(const struct dialect *dialect, const struct dialogue_terms *terms,
                   const uint8_t *data, size_t size)
{
        struct talk t = { .dialect = dialect, .terms = terms };

        if (size == 0)
                return;
        fuzz_split(data + 1, size - 1, t.parts, PARTS_MAX);
        struct outcome whole = hold(&t, UINT8_MAX);
        struct outcome cut = hold(&t, *data);
        struct outcome bytes = hold(&t, 0);

        check_same(&whole, &cut);
        check_same(&whole, &bytes);
        check_bounds(&whole);
        check_bounds(&bytes);
        if (whole.progress == DIALOGUE_READY)
                check_go_ahead(&t, &whole);
        outcome_done(&whole);
        outcome_done(&cut);
        outcome_done(&bytes);
}

void fuzz_seed_dialogue(const void *parts, size_t n)
{
        AUTO_FREE char *seed = mem_new0(1, n + 1);

        seed[0] = '%';
        memcpy(seed + 1, parts, n);
        fuzz_seed(seed, n + 1);
}
