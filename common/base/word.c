/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in word.h. They are few and mostly the same: the latest are looked at first. */
#include "common/base/word.h"

#include "common/base/mem.h"

#include <stddef.h>
#include <string.h>

static char *kept[WORD_MAX_KEPT];
static size_t n_kept;

/* The one just found comes to the front, so that the usual ones are found at once. */
static const char *to_front(size_t i)
{
        char *word = kept[i];

        memmove(&kept[1], &kept[0], i * sizeof(kept[0]));
        kept[0] = word;
        return word;
}

const char *word_keep(const char *text)
{
        if (!text || !*text)
                return NULL;
        for (size_t i = 0; i < n_kept; i++)
                if (strcmp(kept[i], text) == 0)
                        return to_front(i);
        if (n_kept == WORD_MAX_KEPT)
                return WORD_OTHER;
        kept[n_kept] = mem_strdup(text);
        return to_front(n_kept++);
}
