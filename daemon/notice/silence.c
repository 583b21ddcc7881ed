/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in silence.h. */
#include "daemon/notice/silence.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/model.h"

#include <stdlib.h>
#include <string.h>

void silence_list_of(const struct config *c, size_t more, struct silence_list *ret)
{
        *ret = (struct silence_list){ mem_new0(c->n_silences + more, sizeof(*ret->items)), 0 };
        for (size_t i = 0; i < c->n_silences; i++) {
                const struct config_silence *is = &c->silences[i];
                AUTO_FREE char *file = text_escaped(is->file, strlen(is->file));

                ret->items[ret->n++] = (struct silence){
                        .id = mem_printf("%s:%d", file, is->line),
                        .match = &is->match,
                        .start_s = is->start_s,
                        .end_s = is->end_s,
                        .reason = is->reason,
                };
        }
}

void silence_list_done(struct silence_list *l)
{
        for (size_t i = 0; i < l->n; i++)
                if (!l->items[i].author)
                        free((char *)l->items[i].id);
        free(l->items);
        *l = (struct silence_list){ 0 };
}

bool silence_holds(const struct silence *s, int64_t now_s)
{
        return s->start_s <= now_s && now_s < s->end_s;
}

const struct silence *silence_find(const struct silence_list *l, const struct subject *s,
                                   int64_t now_s)
{
        const struct silence *last = NULL;

        for (size_t i = 0; i < l->n; i++) {
                const struct silence *is = &l->items[i];

                if (silence_holds(is, now_s) && (!last || is->end_s > last->end_s) &&
                    match_takes(is->match, s))
                        last = is;
        }
        return last;
}
