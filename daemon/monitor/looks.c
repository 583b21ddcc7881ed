/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in looks.h. */
#include "daemon/monitor/looks.h"

#include "daemon/probe/examine.h"

#define MS_MAX 0xffffffU

void looks_add(struct looks *l, const struct exam_report *report)
{
        int64_t ms = (report->probe.total_us + 500) / 1000;

        if (report->probe.total_us > 0 && ms == 0)
                ms = 1; /* it was no file */
        l->ring[l->next] = (struct look){
                .at_s = (uint32_t)report->at_s,
                .ms = (ms < MS_MAX ? (uint32_t)ms : MS_MAX) & MS_MAX,
                .outcome = report->file_error ? LOOK_UNREADABLE : (uint8_t)report->probe.outcome,
        };
        l->next = (uint8_t)((l->next + 1) % LOOKS_KEPT);
        if (l->n < LOOKS_KEPT)
                l->n++;
}

const struct look *looks_at(const struct looks *l, size_t i)
{
        return i < l->n ? &l->ring[((size_t)l->next + LOOKS_KEPT - 1 - i) % LOOKS_KEPT] : NULL;
}
