/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in silence.h. */
#include "daemon/notice/silence.h"

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
