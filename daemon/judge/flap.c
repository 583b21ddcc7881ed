/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in flap.h. */
#include "daemon/judge/flap.h"

#include "common/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* What lies in the future was noted before the clock was set back. */
static bool counts(const struct opening *o, const struct flap_terms *t, int64_t now_s)
{
        return o->at_s <= now_s && now_s - o->at_s < t->within_s;
}

/* Forgets what counts no longer, and notes one more; the oldest goes when there are too many. */
static void note_opening(struct endpoint_state *s, enum finding_code code,
                         const struct flap_terms *t, int64_t now_s)
{
        size_t n = 0;

        for (size_t i = 0; i < s->n_openings; i++)
                if (counts(&s->openings[i], t, now_s))
                        s->openings[n++] = s->openings[i];
        if (n == STATE_MAX_OPENINGS)
                memmove(s->openings, s->openings + 1, --n * sizeof(*s->openings));
        s->openings = mem_resize(s->openings, n + 1, sizeof(*s->openings));
        s->openings[n] = (struct opening){ code, now_s };
        s->n_openings = n + 1;
}

static bool is_same(enum finding_code a, enum finding_code b)
{
        return a == b || (FINDINGS[a].class == FINDING_NETWORK &&
                          FINDINGS[b].class == FINDING_NETWORK);
}

static int64_t openings_of(const struct endpoint_state *s, enum finding_code code)
{
        int64_t n = 0;

        for (size_t i = 0; i < s->n_openings; i++)
                n += is_same(s->openings[i].code, code);
        return n;
}

void flap_forget(struct endpoint_state *s, enum finding_code code)
{
        size_t n = 0;

        for (size_t i = 0; i < s->n_openings; i++)
                if (!is_same(s->openings[i].code, code))
                        s->openings[n++] = s->openings[i];
        s->n_openings = n;
}

static int64_t calm_s(const struct flap_terms *t)
{
        return t->within_s > 0 ? t->calm_s : 0;
}

/* Notes since when it is as it is now; false when that is long enough. */
static bool is_restless(struct problem *p, enum severity seen, const struct flap_terms *t,
                        int64_t now_s)
{
        if (p->seen != seen || p->steady_s > now_s) {
                p->seen = seen;
                p->steady_s = now_s;
        }
        return now_s - p->steady_s < calm_s(t);
}

void flap_seen(struct endpoint_state *s, struct problem *p, const struct problem *old,
               const struct flap_terms *t, int64_t now_s)
{
        if (old && old->flapping) {
                p->seen = old->seen;
                p->steady_s = old->steady_s;
                p->flapping = is_restless(p, p->severity, t, now_s);
                if (!p->flapping)
                        flap_forget(s, p->code);
                else if (p->severity < old->severity)
                        p->severity = old->severity;
        } else if (t->within_s > 0 && (!old || p->severity > old->severity)) {
                note_opening(s, p->code, t, now_s);
                p->flapping = openings_of(s, p->code) >= t->opens;
                if (p->flapping)
                        (void)is_restless(p, p->severity, t, now_s);
        }
}

bool flap_holds(struct problem *p, const struct flap_terms *t, int64_t now_s)
{
        return p->flapping && is_restless(p, SEVERITY_OK, t, now_s);
}
