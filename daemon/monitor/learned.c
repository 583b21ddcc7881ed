/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An array in the order of the fingerprints: intermediates are looked up with every report and
 * added hardly ever. When it is full, the one that was seen longest ago makes room.
 *
 * When one was last seen is written to the store once a day, not with every report.
 */
#include "daemon/monitor/learned.h"

#include "common/base/mem.h"
#include "common/cert/trust.h"
#include "common/cert/validate.h"
#include "daemon/store/certificates.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LEARNED_MAX STORE_MAX_INTERMEDIATES
#define REFRESH_S 86400

struct entry {
        struct cert *cert; /* a reference */
        enum intermediate_source source;
        int64_t last_s;
        int64_t stored_s; /* .last_s as the store knows it; 0 = it does not know it at all */
};

struct learned {
        struct entry *entries; /* in the order of cert->sha256 */
        size_t n;
        struct trust *snapshot;
        bool stale;         /* .snapshot lacks something */
        int64_t built_ms;
        bool unsaved;
};

/* Where @cert is, or belongs. */
static size_t position_of(const struct learned *l, const struct cert *cert, bool *ret_found)
{
        size_t low = 0, high = l->n;

        *ret_found = false;
        while (low < high) {
                size_t mid = low + (high - low) / 2;
                int r = memcmp(l->entries[mid].cert->sha256, cert->sha256, sizeof(cert->sha256));

                if (r == 0) {
                        *ret_found = true;
                        return mid;
                }
                if (r < 0)
                        low = mid + 1;
                else
                        high = mid;
        }
        return low;
}

static void remove_at(struct learned *l, size_t i)
{
        cert_unref(l->entries[i].cert);
        l->n--;
        memmove(&l->entries[i], &l->entries[i + 1], (l->n - i) * sizeof(*l->entries));
        l->stale = true;
}

static void make_room(struct learned *l)
{
        size_t oldest = 0;

        for (size_t i = 1; i < l->n; i++)
                if (l->entries[i].last_s < l->entries[oldest].last_s)
                        oldest = i;
        remove_at(l, oldest);
}

static struct entry *add(struct learned *l, struct cert *cert)
{
        bool found;

        if (l->n == LEARNED_MAX)
                make_room(l);
        size_t i = position_of(l, cert, &found);

        assert(!found);
        l->entries = mem_resize(l->entries, l->n + 1, sizeof(*l->entries));
        memmove(&l->entries[i + 1], &l->entries[i], (l->n - i) * sizeof(*l->entries));
        l->n++;
        l->entries[i] = (struct entry){ .cert = cert_ref(cert) };
        l->stale = true;
        return &l->entries[i];
}

static bool is_unsaved(const struct entry *e)
{
        return e->last_s - e->stored_s >= REFRESH_S;
}

static void note(struct learned *l, struct cert *cert, enum intermediate_source source,
                 int64_t now_s)
{
        bool found;
        size_t i = position_of(l, cert, &found);
        struct entry *e = found ? &l->entries[i] : add(l, cert);

        if (!found)
                e->source = source;
        if (now_s > e->last_s)
                e->last_s = now_s;
        l->unsaved = l->unsaved || is_unsaved(e);
}

/* Not the top: that is the anchor. What the operator gave is in a file already. */
static bool is_worth_learning(const struct verdict *v, size_t i, int64_t now_s)
{
        const struct cert *c = v->path[i];

        return v->path_source[i] != PATH_ANCHOR && v->path_source[i] != PATH_CONFIGURED &&
               c->is_ca && !c->self_signed && c->dates_ok && c->not_before_s <= now_s &&
               now_s <= c->not_after_s;
}

void learned_note(struct learned *l, const struct verdict *v, int64_t now_s)
{
        if (!v->trusted)
                return;
        for (size_t i = 1; i + 1 < v->n_path; i++)
                if (is_worth_learning(v, i, now_s))
                        note(l, v->path[i],
                             v->path_source[i] == PATH_FETCHED ? INTERMEDIATE_FETCHED
                                                               : INTERMEDIATE_SERVED,
                             now_s);
}

static void forget_expired(struct learned *l, int64_t now_s)
{
        for (size_t i = l->n; i-- > 0;)
                if (l->entries[i].cert->not_after_s < now_s)
                        remove_at(l, i);
}

struct trust *learned_snapshot(struct learned *l, int64_t now_ms)
{
        if (!l->stale || (l->snapshot && now_ms - l->built_ms < LEARNED_SNAPSHOT_MS))
                return l->snapshot;
        struct cert **certs = mem_new0(l->n, sizeof(*certs));

        for (size_t i = 0; i < l->n; i++)
                certs[i] = l->entries[i].cert;
        trust_unref(l->snapshot);
        l->snapshot = trust_new(certs, l->n);
        l->stale = false;
        l->built_ms = now_ms;
        free(certs);
        return l->snapshot;
}

bool learned_unsaved(const struct learned *l)
{
        return l->unsaved;
}

int learned_save(struct learned *l, struct store *store, int64_t now_s)
{
        int r = 0;

        if (!l->unsaved)
                return 0;
        forget_expired(l, now_s);
        for (size_t i = 0; i < l->n && r == 0; i++) {
                const struct entry *e = &l->entries[i];

                if (is_unsaved(e))
                        r = store_put_intermediate(store, e->cert, e->source, e->last_s);
        }
        return r == 0 ? store_trim_intermediates(store, now_s) : r;
}

void learned_saved(struct learned *l)
{
        if (!l->unsaved)
                return;
        for (size_t i = 0; i < l->n; i++)
                if (is_unsaved(&l->entries[i]))
                        l->entries[i].stored_s = l->entries[i].last_s;
        l->unsaved = false;
}

struct loading {
        struct learned *l;
        int64_t now_s;
};

static void load_one(struct cert *cert, int64_t last_s, void *arg)
{
        struct loading *loading = arg;

        if (cert->not_after_s < loading->now_s || loading->l->n == LEARNED_MAX)
                return;
        struct entry *e = add(loading->l, cert);

        e->last_s = e->stored_s = last_s;
}

int learned_new(struct learned **ret, struct store *store, int64_t now_s)
{
        struct learned *l = mem_new0(1, sizeof(*l));
        struct loading loading = { l, now_s };

        l->stale = true;
        int r = store_load_intermediates(store, load_one, &loading);

        if (r < 0)
                learned_free(l);
        else
                *ret = l;
        return r;
}

void learned_free(struct learned *l)
{
        if (!l)
                return;
        for (size_t i = 0; i < l->n; i++)
                cert_unref(l->entries[i].cert);
        free(l->entries);
        trust_unref(l->snapshot);
        free(l);
}
