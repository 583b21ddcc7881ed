/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row of `certificate`: one, with who shows it now and who has shown it. Of an intermediate it
 * is told who sends it.
 */
#include "daemon/monitor/commands_internal.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/cert.h"
#include "common/cert/json_text.h"
#include "common/cert/report.h"
#include "config/model.h"
#include "daemon/monitor/condition.h"
#include "daemon/monitor/endpoint_json.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/roster.h"
#include "daemon/monitor/sighting.h"
#include "daemon/store/certificates.h"

#include <stdlib.h>
#include <string.h>

#define LISTED_MAX 1000
#define SHOWERS_MAX 5000 /* that have shown it at some time: so many are looked through */
#define DIGITS "0123456789abcdef"

/* --- who shows it now ------------------------------------------------------------------------- */

struct showing {
        const struct fleet *fleet;
        uint32_t members[LISTED_MAX]; /* by number, the most urgent first */
        size_t n;
        int64_t total;
};

static int by_urgency(const void *a, const void *b, void *fleet)
{
        const struct member *members = ((const struct fleet *)fleet)->members;
        uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
        enum condition x = condition_of(&members[i]), y = condition_of(&members[j]);

        if (x != y)
                return x < y ? -1 : 1;
        if (members[i].state.expires_s != members[j].state.expires_s)
                return members[i].state.expires_s < members[j].state.expires_s ? -1 : 1;
        return i < j ? -1 : i > j;
}

static void sort_urgent(struct showing *s)
{
        if (s->n > 0)
                qsort_r(s->members, s->n, sizeof(*s->members), by_urgency, (void *)s->fleet);
}

static void find_showing(struct showing *s, const char *sha256)
{
        const uint64_t *leaf = s->fleet->roster->leaf, wanted = roster_leaf(sha256);

        for (uint32_t i = 0; i < s->fleet->n; i++) {
                if (leaf[i] != wanted ||
                    strcmp(s->fleet->members[i].state.leaf_fingerprint, sha256) != 0)
                        continue;
                if (s->n < LISTED_MAX)
                        s->members[s->n++] = i;
                s->total++;
        }
        sort_urgent(s);
}

static void add_sender(const char *endpoint, int64_t last_s, void *arg)
{
        struct showing *s = arg;
        const struct member *m = fleet_find(s->fleet, endpoint);

        (void)last_s;
        if (m && s->n < LISTED_MAX)
                s->members[s->n++] = (uint32_t)(m - s->fleet->members);
}

/* Of an intermediate: who sends it. */
static void find_senders(struct showing *s, const char *sha256, struct store *store)
{
        (void)store_served_by(store, sha256, LISTED_MAX, add_sender, s, &s->total);
        sort_urgent(s);
}

/* The certificate, as a new reference; NULL: nobody knows it. It may not be on disk yet. */
static struct cert *find_cert(const struct showing *s, const char *sha256, struct store *store)
{
        struct cert *c = NULL;

        if (store_leaf_load(store, sha256, &c) > 0)
                return c;
        for (size_t i = 0; i < s->n; i++) {
                const struct member *m = &s->fleet->members[s->members[i]];

                if (sighting_is_of(m->sighting, &m->state))
                        return cert_ref(sighting_leaf(m->sighting));
        }
        return NULL;
}

static json_t *showing_json(const struct showing *s)
{
        json_t *list = json_must(json_array());

        for (size_t i = 0; i < s->n; i++) {
                const struct member *m = &s->fleet->members[s->members[i]];
                json_t *row = endpoint_name_json(m->cfg);

                json_object_set_new(row, "severity", json_text(condition_str(condition_of(m))));
                json_object_set_new(row, "expires", json_instant(m->state.expires_s));
                json_array_append_new(list, row);
        }
        return list;
}

/* --- who has shown it ------------------------------------------------------------------------- */

struct shower {
        const struct member *member;
        int64_t last_s;
};

struct showers {
        const struct fleet *fleet;
        const char *sha256;
        struct shower items[SHOWERS_MAX];
        size_t n;
};

static void add_shower(const char *endpoint, int64_t last_s, void *arg)
{
        struct showers *all = arg;
        const struct member *m = fleet_find(all->fleet, endpoint);

        if (m && strcmp(m->state.leaf_fingerprint, all->sha256) != 0)
                all->items[all->n++] = (struct shower){ m, last_s };
}

static int last_first(const void *a, const void *b)
{
        const struct shower *x = a, *y = b;

        return x->last_s != y->last_s ? (x->last_s > y->last_s ? -1 : 1)
                                      : strcmp(x->member->cfg->id, y->member->cfg->id);
}

static json_t *earlier_json(const struct fleet *f, const char *sha256, struct store *store)
{
        AUTO_FREE struct showers *all = mem_new0(1, sizeof(*all));
        json_t *list = json_must(json_array());

        all->fleet = f;
        all->sha256 = sha256;
        (void)store_leaf_showers(store, sha256, SHOWERS_MAX, add_shower, all);
        if (all->n > 0)
                qsort(all->items, all->n, sizeof(*all->items), last_first);
        for (size_t i = 0; i < all->n && i < LISTED_MAX; i++) {
                json_t *row = endpoint_name_json(all->items[i].member->cfg);

                json_object_set_new(row, "last_seen", json_instant(all->items[i].last_s));
                json_array_append_new(list, row);
        }
        return list;
}

/* --- the document ----------------------------------------------------------------------------- */

static json_t *document(const struct showing *s, const struct cert *c, struct store *store)
{
        json_t *certificate = report_certificate(c, 0);
        int64_t first_s = 0;

        report_add_cert(certificate, c);
        (void)store_leaf_first(store, c->fingerprint, &first_s);
        return json_must(json_pack("{s:o, s:o, s:o, s:I, s:o, s:o}",
                                   "at", json_instant(clock_wall_s()), "certificate", certificate,
                                   "first_seen", json_instant(first_s),
                                   "endpoints_total", (json_int_t)s->total,
                                   "endpoints", showing_json(s),
                                   "earlier", earlier_json(s->fleet, c->fingerprint, store)));
}

json_t *command_certificate(struct monitor *m, const json_t *request)
{
        const char *sha256 = command_text(request, "sha256");
        struct store *store = monitor_store(m);
        AUTO_FREE struct showing *s = mem_new0(1, sizeof(*s));

        s->fleet = monitor_fleet(m);
        if (!sha256 || strlen(sha256) != 64 || strspn(sha256, DIGITS) != 64)
                return command_error("sha256 is that of a certificate: 64 digits from 0 to f");
        find_showing(s, sha256);
        CLEANUP(cert_unref_at_exit) struct cert *c = find_cert(s, sha256, store);

        if (!c)
                return command_missing("no endpoint shows that certificate, or has shown it");
        if (s->total == 0)
                find_senders(s, sha256, store);
        return document(s, c, store);
}
