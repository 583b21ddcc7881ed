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

void saving_note(struct member *m)
{
        struct fleet *f = m->fleet;

        m->unsaved = true;
        if (m->listed)
                return;
        m->listed = true;
        if (f->n_unsaved == f->unsaved_size) {
                f->unsaved_size = f->unsaved_size ? 2 * f->unsaved_size : 256;
                f->unsaved = mem_resize(f->unsaved, f->unsaved_size, sizeof(*f->unsaved));
        }
        f->unsaved[f->n_unsaved++] = m;
}

static int write_all(const struct fleet *f, struct learned *l, struct store *store)
{
        int r = store_begin(store), committed;

        if (r < 0)
                return r;
        for (size_t i = 0; i < f->n_unsaved && r == 0; i++)
                if (f->unsaved[i]->unsaved)
                        r = write_member(f->unsaved[i], store);
        if (r == 0)
                r = learned_save(l, store, clock_wall_s());
        committed = store_commit(store);
        return r < 0 ? r : committed;
}

int saving_write(struct fleet *f, struct learned *l, struct store *store)
{
        if (f->n_unsaved == 0 && !learned_unsaved(l))
                return 0;
        int r = write_all(f, l, store);

        if (r < 0)
                return r;
        learned_saved(l);
        for (size_t i = 0; i < f->n_unsaved; i++) {
                struct member *m = f->unsaved[i];

                if (m->unsaved)
                        sighting_free(TAKE(m->sighting));
                m->unsaved = m->listed = false;
        }
        f->n_unsaved = 0;
        return 1;
}
