/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in transition.h. */
#include "daemon/judge/transition.h"

#include "common/base/lookup.h"

#include <errno.h>
#include <stdlib.h>

static const char *const KINDS[TRANSITION_KIND_COUNT] = {
        [TRANSITION_OPENED] = "opened",
        [TRANSITION_WORSENED] = "worsened",
        [TRANSITION_IMPROVED] = "improved",
        [TRANSITION_RESOLVED] = "resolved",
        [TRANSITION_REPLACED] = "replaced",
};

const char *transition_kind_str(enum transition_kind k)
{
        return KINDS[k];
}

int transition_kind_parse(const char *name, enum transition_kind *ret)
{
        int i = lookup_index(KINDS, TRANSITION_KIND_COUNT, name);

        if (i < 0)
                return -EINVAL;
        *ret = (enum transition_kind)i;
        return 0;
}

void transition_list_done(struct transition_list *l)
{
        for (size_t i = 0; i < l->n; i++) {
                free(l->items[i].message);
                free(l->items[i].remedy);
                free(l->items[i].evidence);
                free(l->items[i].fingerprint);
                free(l->items[i].missing_pem);
        }
        free(l->items);
        *l = (struct transition_list){ 0 };
}
