/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store is asked only when the fingerprint differs from the last one: a probe that finds what
 * the one before it found costs nothing.
 */
#include "daemon/monitor/sighting.h"

#include "common/base/mem.h"
#include "common/cert/renewal.h"
#include "common/cert/validate.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"
#include "daemon/store/certificates.h"

#include <stdlib.h>
#include <string.h>

struct sighting {
        struct cert *leaf;
        char before[65]; /* fingerprint of the one last seen; "" = this is the first */
        int64_t at_s;
};

bool sighting_is_of(const struct sighting *s, const struct endpoint_state *state)
{
        return s && strcmp(s->leaf->fingerprint, state->leaf_fingerprint) == 0;
}

/* The certificate last seen, as a new reference; NULL when it is not to be had. */
static struct cert *last_leaf(const struct member *member, struct store *store)
{
        const struct sighting *unsaved = member->sighting;
        struct cert *was = NULL;

        if (sighting_is_of(unsaved, &member->state))
                return cert_ref(unsaved->leaf);
        (void)store_leaf_load(store, member->state.leaf_fingerprint, &was);
        return was;
}

static void compare(const struct member *member, struct verdict *v, struct store *store)
{
        CLEANUP(cert_unref_at_exit) struct cert *was = last_leaf(member, store);
        struct finding f;

        if (!was)
                return;
        renewal_compare(was, v->leaf, &f);
        verdict_take(v, &f, &member->cfg->set->policy);
}

struct sighting *sighting_new(const struct member *member, struct verdict *v, struct store *store,
                              int64_t now_s)
{
        const char *before = member->state.leaf_fingerprint;

        if (!v->leaf || strcmp(v->leaf->fingerprint, before) == 0)
                return NULL;
        struct sighting *s = mem_new0(1, sizeof(*s));

        s->leaf = cert_ref(v->leaf);
        memcpy(s->before, before, sizeof(s->before));
        s->at_s = now_s;
        if (*before && store_leaf_seen(store, member->cfg->id, v->leaf->fingerprint) == 0)
                compare(member, v, store);
        return s;
}

int sighting_keep(const struct sighting *s, struct store *store, const char *endpoint)
{
        return s ? store_leaf_put(store, endpoint, s->leaf, s->before, s->at_s) : 0;
}

void sighting_free(struct sighting *s)
{
        if (!s)
                return;
        cert_unref(s->leaf);
        free(s);
}
