/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in delays.h. Adding must cost nothing; who asks waits for a sort. */
#include "daemon/monitor/delays.h"

#include "common/base/mem.h"

#include <stdlib.h>

void delays_add(struct delays *d, int64_t ms)
{
        d->ms[d->next] = ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
        d->next = (d->next + 1) % DELAYS_MAX;
        d->n += d->n < DELAYS_MAX;
}

static int ascending(const void *a, const void *b)
{
        uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

        return x < y ? -1 : x > y;
}

struct delays_summary delays_summary(const struct delays *d)
{
        if (d->n == 0)
                return (struct delays_summary){ 0 };
        uint32_t *sorted = mem_copy(d->ms, d->n * sizeof(*sorted));

        qsort(sorted, d->n, sizeof(*sorted), ascending);
        struct delays_summary s = {
                .median_ms = sorted[(d->n - 1) / 2],
                .p99_ms = sorted[(d->n - 1) * 99 / 100],
                .max_ms = sorted[d->n - 1],
        };

        free(sorted);
        return s;
}
