/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in repair.h. */
#include "common/cert/repair.h"

#include "common/base/mem.h"
#include "common/cert/path.h"
#include "common/cert/validate.h"

static void add(struct verdict *v, struct cert *c, int position)
{
        v->fix[v->n_fix] =
                position >= 0 ? mem_printf("#%d", position) : mem_printf("+%s", c->label);
        v->fix_certs[v->n_fix++] = cert_ref(c);
}

bool repair_leaves_out(const struct path *p, size_t i)
{
        return i > 0 && (p->steps[i].source == PATH_ANCHOR || p->steps[i].cert->self_signed);
}

void repair_chain(struct verdict *v, const struct path *path)
{
        v->fix = mem_new0(path->n, sizeof(*v->fix));
        v->fix_certs = mem_new0(path->n, sizeof(*v->fix_certs));
        for (size_t i = 0; i < path->n; i++)
                if (!repair_leaves_out(path, i))
                        add(v, path->steps[i].cert, path->steps[i].position);
}
