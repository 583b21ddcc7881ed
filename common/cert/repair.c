/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in repair.h. */
#include "common/cert/repair.h"

#include "common/base/mem.h"
#include "common/cert/rules.h"

#include <stdlib.h>

const char *const REPAIR_ACTIONS[REPAIR_ACTION_COUNT] = {
        [REPAIR_KEEP] = "keep",
        [REPAIR_ADD] = "add",
        [REPAIR_MOVE] = "move",
        [REPAIR_DROP] = "drop",
};

bool repair_leaves_out(const struct path *p, size_t i)
{
        return i > 0 && (p->steps[i].source == PATH_ANCHOR || p->steps[i].cert->self_signed);
}

static struct repair_step *add_step(struct verdict *v, struct cert *c, int position)
{
        struct repair_step *step = &v->repair[v->n_repair++];

        *step = (struct repair_step){ .cert = cert_ref(c), .position = position, .target = -1,
                                      .source = PATH_SERVED, .why = FINDING_COUNT };
        return step;
}

/* The next certificate of the mended chain; @highest is the last position that was kept. */
static void put(struct verdict *v, const struct path_step *from, int *highest)
{
        struct cert *c = from->cert;
        struct repair_step *step = add_step(v, c, from->position);

        step->target = (int)v->n_fix;
        if (from->position < 0) {
                step->action = REPAIR_ADD;
                step->source = from->source;
                step->why = FINDING_MISSING_INTERMEDIATE;
        } else if (from->position < *highest) {
                step->action = REPAIR_MOVE;
                step->why = v->repair[0].position > 0 && from->position < v->repair[0].position
                                    ? FINDING_LEAF_NOT_FIRST
                                    : FINDING_CHAIN_ORDER_WRONG;
        } else {
                *highest = from->position;
        }
        v->fix[v->n_fix] = from->position >= 0 ? mem_printf("#%d", from->position)
                                               : mem_printf("+%s", c->label);
        v->fix_certs[v->n_fix++] = cert_ref(c);
}

static bool is_put(const struct verdict *v, int position)
{
        for (size_t i = 0; i < v->n_repair; i++)
                if (v->repair[i].position == position)
                        return true;
        return false;
}

/* The rules have said of each certificate that need not be sent why: with one of these. */
static enum finding_code why_dropped(const struct exam *e, int position)
{
        static const enum finding_code WHY[] = {
                FINDING_DUPLICATE_CERTIFICATE, FINDING_ROOT_INCLUDED,
                FINDING_EXPIRED_SUPERFLUOUS_CERTIFICATE, FINDING_ALTERNATE_PATH_CERTIFICATE,
                FINDING_BAD_SIGNATURE,
        };
        const struct path *p = &e->search.best;

        for (size_t i = 0; i < e->findings->n; i++)
                for (size_t k = 0; k < ARRAY_LEN(WHY); k++)
                        if (e->findings->items[i].position == position &&
                            e->findings->items[i].code == WHY[k])
                                return WHY[k];
        for (size_t i = 0; i < p->n; i++)
                if (p->steps[i].position == position)
                        return FINDING_ROOT_INCLUDED; /* a private one: clients need it installed */
        return FINDING_SUPERFLUOUS_CERTIFICATE;
}

void repair_chain(struct exam *e, struct verdict *v)
{
        const struct path *p = &e->search.best;
        int highest = -1;

        v->fix = mem_new0(p->n, sizeof(*v->fix));
        v->fix_certs = mem_new0(p->n, sizeof(*v->fix_certs));
        v->repair = mem_new0(p->n + e->served->n, sizeof(*v->repair));
        for (size_t i = 0; i < p->n; i++)
                if (!repair_leaves_out(p, i))
                        put(v, &p->steps[i], &highest);
        for (size_t i = 0; i < e->served->n; i++)
                if (!is_put(v, e->served->sent_at[i])) {
                        struct repair_step *step =
                                add_step(v, e->served->certs[i], e->served->sent_at[i]);

                        step->action = REPAIR_DROP;
                        step->why = why_dropped(e, step->position);
                }
}

void repair_done(struct verdict *v)
{
        for (size_t i = 0; i < v->n_fix; i++) {
                free(v->fix[i]);
                cert_unref(v->fix_certs[i]);
        }
        for (size_t i = 0; i < v->n_repair; i++)
                cert_unref(v->repair[i].cert);
        free(v->fix);
        free(v->fix_certs);
        free(v->repair);
}
