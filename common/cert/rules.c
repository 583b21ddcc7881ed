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

struct finding *exam_about(struct exam *e, enum finding_code code, size_t i)
{
        const struct path_step *s = &e->search.best.steps[i];

        return exam_finding(e, code, s->cert, s->position);
}

bool exam_is_root(const struct exam *e, size_t i)
{
        const struct path_step *s = &e->search.best.steps[i];

        return i > 0 && (s->source == PATH_ANCHOR || s->cert->self_signed);
}

const char *exam_role(const struct exam *e, size_t i)
{
        if (i == 0)
                return "Certificate";
        return exam_is_root(e, i) ? "Root" : "Intermediate";
}

const char *exam_remedy(const struct exam *e, size_t i, const struct remedies *remedies)
{
        if (i == 0)
                return remedies->leaf;
        return exam_is_root(e, i) ? remedies->root : remedies->intermediate;
}
