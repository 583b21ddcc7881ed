/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store is asked only when something differs from the last time: a probe that finds what the
 * one before it found costs nothing.
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

#define EFFORT_MAX_US 30000 /* pages judge on the main loop; a usual chain takes less than 2000 */

struct sighting {
        struct cert *leaf;
        struct chain *served; /* references of its own; NULL = it is not known, or a maze */
        int64_t served_id;
        char before[65]; /* fingerprint of the one last seen; "" = this is the first */
        int64_t at_s;
};

bool sighting_is_of(const struct sighting *s, const struct endpoint_state *state)
{
        return s && strcmp(s->leaf->fingerprint, state->leaf_fingerprint) == 0 &&
               s->served_id == state->facts.served_id;
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

static struct chain *chain_copy(const struct chain *from)
{
        struct chain *copy = chain_new();

        for (size_t i = 0; i < from->n; i++)
                chain_add(copy, from->certs[i]);
        return copy;
}

struct sighting *sighting_new(const struct member *member, struct exam_report *report,
                              const struct facts *facts, struct store *store)
{
        const char *before = member->state.leaf_fingerprint;
        const struct chain *served = exam_speaker(report)->probe.chain;
        struct verdict *v = &report->verdict;

        if (!v->leaf || (strcmp(v->leaf->fingerprint, before) == 0 &&
                         facts->served_id == member->state.facts.served_id))
                return NULL;
        struct sighting *s = mem_new0(1, sizeof(*s));

        s->leaf = cert_ref(v->leaf);
        if (served && chain_effort_us(served) <= EFFORT_MAX_US)
                s->served = chain_copy(served);
        s->served_id = facts->served_id;
        memcpy(s->before, before, sizeof(s->before));
        s->at_s = report->at_s;
        if (*before && strcmp(v->leaf->fingerprint, before) != 0 &&
            store_leaf_seen(store, member->cfg->id, v->leaf->fingerprint) == 0)
                compare(member, v, store);
        return s;
}

struct cert *sighting_leaf(const struct sighting *s)
{
        return s->leaf;
}

struct chain *sighting_served(const struct sighting *s)
{
        return s->served ? chain_copy(s->served) : NULL;
}

int sighting_keep(const struct sighting *s, struct store *store, const char *endpoint)
{
        int r = s ? store_leaf_put(store, endpoint, s->leaf, s->before, s->at_s) : 0;

        return r == 0 && s && s->served ? store_served_put(store, endpoint, s->served, s->at_s) : r;
}

void sighting_free(struct sighting *s)
{
        if (!s)
                return;
        cert_unref(s->leaf);
        chain_free(s->served);
        free(s);
}
