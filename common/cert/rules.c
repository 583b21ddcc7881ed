/* SPDX-License-Identifier: Apache-2.0 */
/* What all groups of rules share; see rules.h. */
#include "common/cert/rules.h"

#include "common/base/mem.h"

struct finding *exam_finding(struct exam *e, enum finding_code code, const struct cert *c,
                             int position)
{
        struct finding *f = finding_add(e->findings, code);

        f->position = position;
        if (c) {
                f->subject = mem_strdup(*c->subject ? c->subject : c->label);
                f->fingerprint = mem_strdup(c->fingerprint);
        }
        return f;
}

struct finding *exam_served_finding(struct exam *e, enum finding_code code, size_t k)
{
        return exam_finding(e, code, e->served->certs[k], e->served->sent_at[k]);
}
