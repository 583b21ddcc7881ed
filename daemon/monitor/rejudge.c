/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in rejudge.h. */
#include "daemon/monitor/rejudge.h"

#include "common/cert/repair.h"
#include "config/model.h"
#include "daemon/monitor/facts_of.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/sighting.h"
#include "daemon/store/certificates.h"

#define CHAIN_PEM_MAX_BYTES (512 * 1024) /* 256 kB is what a server can send */

/* What is not on disk yet is with the member, or on its way there. */
static int served_of(const struct member *m, struct store *store, struct chain **ret)
{
        if (sighting_is_of(m->sighting, &m->state)) {
                *ret = sighting_served(m->sighting);
                return 0;
        }
        return store_served_load(store, m->cfg->id, ret);
}

int rejudge(const struct member *m, struct trust *learned, struct store *store, int64_t now_s,
            struct rejudged *ret)
{
        struct chain *served = NULL;
        int r = served_of(m, store, &served);

        if (r < 0)
                return r;
        if (!served || served->n == 0 || facts_served_id(served) != m->state.facts.served_id) {
                chain_free(served);
                return 0;
        }
        const struct validate_input in = {
                .served = served,
                .anchors = m->anchors,
                .pools = { .configured = m->extra, .learned = learned },
                .host = m->cfg->server_name,
                .policy = &m->cfg->set->policy,
                .now_s = now_s,
                .crls = m->crls,
        };

        ret->served = served;
        validate(&in, &ret->verdict);
        return 1;
}

void rejudged_done(struct rejudged *r)
{
        verdict_done(&r->verdict);
        chain_free(r->served);
        *r = (struct rejudged){ 0 };
}

char *rejudged_chain_pem(const struct rejudged *r)
{
        const struct verdict *v = &r->verdict;

        return verdict_knows_chain(v) ? verdict_fix_pem(v, FIX_ALL, CHAIN_PEM_MAX_BYTES) : NULL;
}
