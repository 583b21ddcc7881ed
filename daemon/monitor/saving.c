/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in saving.h. */
#include "daemon/monitor/saving.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/learned.h"
#include "daemon/monitor/sighting.h"
#include "daemon/store/store.h"

static int write_member(const struct member *m, struct store *store)
{
        int r = store_put_endpoint(store, m->cfg->id, &m->state);

        return r < 0 ? r : sighting_keep(m->sighting, store, m->cfg->id);
}

static int write_all(struct fleet *f, struct learned *l, struct store *store)
{
        int r = store_begin(store), committed;

        if (r < 0)
                return r;
        for (size_t i = 0; i < f->n && r == 0; i++)
                if (f->members[i].unsaved)
                        r = write_member(&f->members[i], store);
        if (r == 0)
                r = learned_save(l, store, clock_wall_s());
        committed = store_commit(store);
        return r < 0 ? r : committed;
}

int saving_write(struct fleet *f, struct learned *l, struct store *store)
{
        bool any = learned_unsaved(l);

        for (size_t i = 0; i < f->n && !any; i++)
                any = f->members[i].unsaved;
        if (!any)
                return 0;
        int r = write_all(f, l, store);

        if (r < 0)
                return r;
        learned_saved(l);
        for (size_t i = 0; i < f->n; i++) {
                if (f->members[i].unsaved)
                        sighting_free(TAKE(f->members[i].sighting));
                f->members[i].unsaved = false;
        }
        return 1;
}
