/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry for each file, found by two hashes: of the server name it was configured with, and of
 * the set of names that its certificate holds. A server costs two look-ups, however many files
 * there are; of a certificate no more is kept than is told.
 */
#include "daemon/monitor/disk.h"

#include "common/base/cleanup.h"
#include "common/base/hash.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/text.h"
#include "common/cert/chain.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

LIST_HEAD(bucket, entry);

struct entry {
        LIST_ENTRY(entry) named, alike;
        const struct config_endpoint *cfg; /* of the fleet of now */
        int64_t looked_s;   /* wall clock, when it was last looked at; 0 = never */
        bool holds;         /* a certificate: the rest is of that */
        bool fits;          /* it is for the server name that the file was configured with */
        uint64_t names;     /* hash of the set of its names */
        uint8_t sha256[32];
        char *serial;
        int64_t not_before_s, not_after_s;
        int64_t since_s;    /* on disk */
};

struct disk {
        struct entry *entries; /* in the order of the ids */
        size_t n;
        size_t n_unknown;      /* never looked at */
        struct bucket *named, *alike;
        size_t n_buckets;      /* a power of two */
};

/* --- hashes ----------------------------------------------------------------------------------- */

static uint64_t hash_name(enum cert_name_kind kind, const char *bytes, size_t n)
{
        uint64_t h = HASH_INIT + kind;

        for (size_t i = 0; i < n; i++) {
                char c = kind == CERT_NAME_DNS ? text_lower(bytes[i]) : bytes[i];

                h = hash_byte(h, (uint8_t)c);
        }
        return h;
}

static uint64_t hash_host(const char *host)
{
        return hash_name(CERT_NAME_DNS, host, strlen(host));
}

static struct bucket *bucket_of(const struct disk *d, struct bucket *buckets, uint64_t hash)
{
        return &buckets[(hash ^ hash >> 32) & (d->n_buckets - 1)];
}

/* The same for the same names in any order; 0 when there are none. */
static uint64_t hash_names(const struct cert *c)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < c->n_names; i++)
                sum += hash_name(c->names[i].kind, c->names[i].bytes, c->names[i].len);
        return sum;
}

/* --- which files there are -------------------------------------------------------------------- */

static int compare_id(const void *id, const void *entry)
{
        return strcmp(id, ((const struct entry *)entry)->cfg->id);
}

static struct entry *find_entry(const struct disk *d, const char *id)
{
        return d->n == 0 ? NULL
                         : bsearch(id, d->entries, d->n, sizeof(*d->entries), compare_id);
}

struct disk *disk_new(void)
{
        return mem_new0(1, sizeof(struct disk));
}

static void disk_clear(struct disk *d)
{
        for (size_t i = 0; i < d->n; i++)
                free(d->entries[i].serial);
        free(d->entries);
        free(d->named);
        free(d->alike);
        *d = (struct disk){ 0 };
}

void disk_free(struct disk *d)
{
        if (d)
                disk_clear(d);
        free(d);
}

/* Hashes what does not move any more. */
static void link_entries(struct disk *d)
{
        for (d->n_buckets = 1; d->n_buckets < d->n;)
                d->n_buckets *= 2;
        d->named = mem_new0(d->n_buckets, sizeof(*d->named));
        d->alike = mem_new0(d->n_buckets, sizeof(*d->alike));
        for (size_t i = 0; i < d->n; i++) {
                struct entry *e = &d->entries[i];
                const char *name = e->cfg->server_name;

                if (name)
                        LIST_INSERT_HEAD(bucket_of(d, d->named, hash_host(name)), e, named);
                if (e->holds)
                        LIST_INSERT_HEAD(bucket_of(d, d->alike, e->names), e, alike);
        }
}

void disk_follow(struct disk *d, const struct fleet *f)
{
        struct disk next = { 0 };

        for (size_t i = 0; i < f->n; i++)
                next.n += f->members[i].cfg->target.kind == TARGET_FILE;
        next.entries = mem_new0(next.n, sizeof(*next.entries));
        struct entry *e = next.entries;

        for (size_t i = 0; i < f->n; i++) {
                const struct config_endpoint *cfg = f->members[i].cfg;
                struct entry *was = find_entry(d, cfg->id);

                if (cfg->target.kind != TARGET_FILE)
                        continue;
                if (was && config_endpoint_equal(was->cfg, cfg)) {
                        *e = *was;
                        was->serial = NULL;
                }
                e->cfg = cfg;
                next.n_unknown += e->looked_s == 0;
                e++;
        }
        disk_clear(d);
        *d = next;
        link_entries(d);
}

/* --- what a file holds ------------------------------------------------------------------------ */

static void forget(struct entry *e)
{
        if (e->holds)
                LIST_REMOVE(e, alike);
        free(e->serial);
        e->serial = NULL;
        e->holds = false;
}

/*
 * The time of writing, unless that is older than a look that has not seen this certificate: a file
 * may have been written elsewhere and moved here.
 */
static int64_t since(const struct entry *e, const struct exam_report *r)
{
        bool moved = e->looked_s && r->file_mtime_s < e->looked_s;

        return moved || r->file_mtime_s > r->at_s ? r->at_s : r->file_mtime_s;
}

static void hold(struct disk *d, struct entry *e, const struct cert *leaf, int64_t since_s)
{
        forget(e);
        e->holds = true;
        e->fits = e->cfg->server_name && cert_covers_host(leaf, e->cfg->server_name);
        e->names = hash_names(leaf);
        memcpy(e->sha256, leaf->sha256, sizeof(e->sha256));
        e->serial = mem_strdup(leaf->serial);
        e->not_before_s = leaf->not_before_s;
        e->not_after_s = leaf->not_after_s;
        e->since_s = since_s;
        LIST_INSERT_HEAD(bucket_of(d, d->alike, e->names), e, alike);
}

static bool is_held(const struct entry *e, const struct cert *c)
{
        return e->holds && memcmp(e->sha256, c->sha256, sizeof(e->sha256)) == 0;
}

/* What cannot be read now, and is not gone, is believed to be as it was. */
static void note_file(struct disk *d, const char *id, const struct exam_report *r)
{
        const struct cert *leaf = r->verdict.leaf;
        struct entry *e = find_entry(d, id);

        if (!e)
                return;
        if (leaf && leaf->dates_ok && !is_held(e, leaf))
                hold(d, e, leaf, since(e, r));
        else if (!leaf && (r->file_error == 0 || r->file_error == -ENOENT))
                forget(e);
        d->n_unknown -= e->looked_s == 0;
        e->looked_s = r->at_s;
}

/* --- what a server shows ---------------------------------------------------------------------- */

/* Of several addresses, the newest: that others lag behind is said elsewhere. */
static const struct cert *newest_served(const struct exam_report *r)
{
        const struct cert *newest = r->verdict.leaf;

        for (size_t i = 0; i < r->n_each; i++) {
                const struct cert *c = r->each[i].verdict.leaf;

                if (c && (!newest || c->not_before_s > newest->not_before_s))
                        newest = c;
        }
        return newest;
}

struct search {
        const struct cert *served;
        int64_t now_s;
        bool is_served;           /* some file holds just what is served */
        const struct entry *best; /* the newest that could be served instead */
};

static void consider(struct search *s, const struct entry *e)
{
        if (is_held(e, s->served))
                s->is_served = true;
        else if (e->holds && e->not_before_s <= s->now_s && s->now_s <= e->not_after_s &&
                 e->not_before_s > s->served->not_before_s &&
                 s->now_s - e->since_s >= DISK_PATIENCE_S &&
                 (!s->best || e->not_before_s > s->best->not_before_s))
                s->best = e;
}

static void search_files(const struct disk *d, const char *name, struct search *s)
{
        const struct entry *e;
        uint64_t names = hash_names(s->served);

        LIST_FOREACH(e, bucket_of(d, d->named, hash_host(name)), named)
                if (e->fits && strcmp(e->cfg->server_name, name) == 0)
                        consider(s, e);
        if (s->served->n_names == 0 || !cert_covers_host(s->served, name))
                return;
        LIST_FOREACH(e, bucket_of(d, d->alike, names), alike)
                if (e->names == names)
                        consider(s, e);
}

static void put_facts(struct finding *f, const struct cert *served, const struct entry *e)
{
        char text[TIME_STR_MAX];

        finding_fact(f, "path", "%s", e->cfg->target.path);
        finding_fact(f, "on_disk_since", "%s", time_rfc3339(e->since_s, text));
        finding_fact(f, "disk_serial", "%s", e->serial);
        finding_fact(f, "disk_not_before", "%s", time_rfc3339(e->not_before_s, text));
        finding_fact(f, "disk_not_after", "%s", time_rfc3339(e->not_after_s, text));
        finding_fact(f, "serial", "%s", served->serial);
        finding_fact(f, "not_before", "%s", time_rfc3339(served->not_before_s, text));
        finding_fact(f, "not_after", "%s", time_rfc3339(served->not_after_s, text));
}

static void describe(struct finding *f, const struct cert *served, const struct entry *e)
{
        char from[TIME_STR_MAX], to[TIME_STR_MAX], begins[TIME_STR_MAX], ends[TIME_STR_MAX];
        char since_str[TIME_STR_MAX];

        *f = (struct finding){
                .code = FINDING_RENEWED_ON_DISK,
                .severity = FINDINGS[FINDING_RENEWED_ON_DISK].severity,
                .position = FINDING_NO_POSITION,
                .subject = mem_strdup(served->subject),
                .fingerprint = mem_strdup(served->fingerprint),
                .deadline_s = served->not_after_s,
        };
        finding_set(&f->message, "The server shows serial %s (%s to %s), although since %s its "
                                 "file %s holds serial %s (%s to %s).", served->serial,
                    time_str(served->not_before_s, begins), time_str(served->not_after_s, ends),
                    time_str(e->since_s, since_str), e->cfg->target.path, e->serial,
                    time_str(e->not_before_s, from), time_str(e->not_after_s, to));
        finding_set(&f->remedy, "Reload the server (systemctl reload nginx, for instance), and let "
                                "every renewal do so: certbot renew --deploy-hook 'systemctl "
                                "reload nginx', or acme.sh --install-cert with --reloadcmd.");
        put_facts(f, served, e);
}

static void compare_server(const struct disk *d, const struct config_endpoint *cfg,
                           struct exam_report *r)
{
        struct search s = { .served = newest_served(r), .now_s = r->at_s };
        struct finding f;

        if (d->n == 0 || !s.served || !s.served->dates_ok)
                return;
        search_files(d, cfg->server_name, &s);
        r->verdict.disk_unknown = d->n_unknown > 0 && !s.is_served;
        if (!s.best || s.is_served || d->n_unknown > 0)
                return; /* a file that nobody has looked at yet may hold just what is served */
        describe(&f, s.served, s.best);
        verdict_take(&r->verdict, &f, &cfg->set->policy);
}

void disk_compare(struct disk *d, const struct member *m, struct exam_report *report)
{
        if (m->cfg->target.kind == TARGET_FILE)
                note_file(d, m->cfg->id, report);
        else
                compare_server(d, m->cfg, report);
}
