/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in state.h. Problems are few per endpoint: an ordered array beats anything. */
#include "daemon/judge/state.h"

#include "common/base/mem.h"

#include <stdlib.h>
#include <string.h>

static void problem_done(struct problem *p)
{
        free(p->message);
        free(p->remedy);
        free(p->evidence);
        free(p->fingerprint);
        free(p->missing_pem);
}

void endpoint_state_done(struct endpoint_state *s)
{
        for (size_t i = 0; i < s->n_problems; i++)
                problem_done(&s->problems[i]);
        free(s->problems);
        free(s->openings);
        free(s->leaf_subject);
        free(s->last_error);
        *s = (struct endpoint_state){ 0 };
}

void endpoint_state_copy(struct endpoint_state *to, const struct endpoint_state *from)
{
        *to = *from;
        to->problems = NULL;
        to->n_problems = 0;
        to->openings = NULL;
        if (from->n_openings > 0) {
                to->openings = mem_new0(from->n_openings, sizeof(*to->openings));
                memcpy(to->openings, from->openings, from->n_openings * sizeof(*to->openings));
        }
        to->leaf_subject = mem_strdup(from->leaf_subject);
        to->last_error = mem_strdup(from->last_error);
        for (size_t i = 0; i < from->n_problems; i++)
                endpoint_state_put(to, &from->problems[i]);
}

enum severity endpoint_state_severity(const struct endpoint_state *s)
{
        enum severity worst = SEVERITY_OK;

        for (size_t i = 0; i < s->n_problems; i++)
                if (s->problems[i].severity > worst)
                        worst = s->problems[i].severity;
        return worst;
}

/* Index of the first problem whose code is not below @code. */
static size_t position_of(const struct endpoint_state *s, enum finding_code code)
{
        size_t i = 0;

        while (i < s->n_problems && s->problems[i].code < code)
                i++;
        return i;
}

bool endpoint_state_lost(const struct endpoint_state *s)
{
        return s->last_success_s == 0 || s->failures > 1;
}

const struct problem *endpoint_state_find(const struct endpoint_state *s, enum finding_code code)
{
        size_t i = position_of(s, code);

        return i < s->n_problems && s->problems[i].code == code ? &s->problems[i] : NULL;
}

void endpoint_state_put(struct endpoint_state *s, const struct problem *p)
{
        size_t i = position_of(s, p->code);
        struct problem copy = *p;

        copy.message = mem_strdup(p->message);
        copy.remedy = mem_strdup(p->remedy);
        copy.evidence = mem_strdup(p->evidence);
        copy.fingerprint = mem_strdup(p->fingerprint);
        copy.missing_pem = mem_strdup(p->missing_pem);
        if (i < s->n_problems && s->problems[i].code == p->code) {
                problem_done(&s->problems[i]);
        } else {
                s->problems = mem_resize(s->problems, s->n_problems + 1, sizeof(copy));
                memmove(&s->problems[i + 1], &s->problems[i],
                        (s->n_problems - i) * sizeof(copy));
                s->n_problems++;
        }
        s->problems[i] = copy;
}

void endpoint_state_remove(struct endpoint_state *s, enum finding_code code)
{
        size_t i = position_of(s, code);

        if (i == s->n_problems || s->problems[i].code != code)
                return;
        problem_done(&s->problems[i]);
        s->n_problems--;
        memmove(&s->problems[i], &s->problems[i + 1],
                (s->n_problems - i) * sizeof(*s->problems));
}
