/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in lookup.h; the distance is the optimal string alignment distance. */
#include "common/base/lookup.h"

#include "common/base/text.h"

#include <string.h>

#define WORD_MAX 64

static size_t min3(size_t a, size_t b, size_t c)
{
        size_t m = a < b ? a : b;

        return m < c ? m : c;
}

static size_t edit_distance(const char *a, size_t la, const char *b, size_t lb)
{
        size_t row[3][WORD_MAX + 1];
        size_t *before = row[0], *prev = row[1], *cur = row[2];

        for (size_t j = 0; j <= lb; j++)
                prev[j] = j;
        for (size_t i = 1; i <= la; i++) {
                cur[0] = i;
                for (size_t j = 1; j <= lb; j++) {
                        size_t cost = text_lower(a[i - 1]) != text_lower(b[j - 1]);

                        cur[j] = min3(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + cost);
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                            before[j - 2] + 1 < cur[j])
                                cur[j] = before[j - 2] + 1;
                }
                size_t *spare = before;

                before = prev;
                prev = cur;
                cur = spare;
        }
        return prev[lb];
}

int lookup_index(const char *const *names, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (names[i] && strcmp(names[i], name) == 0)
                        return (int)i;
        return -1;
}

const char *lookup_nearest(const char *const *names, size_t n, const char *word)
{
        const char *best = NULL;
        size_t len = strlen(word), limit = len / 3;

        if (len == 0 || len > WORD_MAX)
                return NULL;
        limit = limit < 1 ? 1 : limit > 3 ? 3 : limit;
        for (size_t i = 0; i < n; i++) {
                size_t name_len = names[i] ? strlen(names[i]) : 0;

                if (name_len == 0 || name_len > WORD_MAX)
                        continue;
                size_t d = edit_distance(word, len, names[i], name_len);

                if (d <= limit) {
                        best = names[i];
                        if (d == 0)
                                break;
                        limit = d - 1;
                }
        }
        return best;
}
