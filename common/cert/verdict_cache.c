/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table with a list by age. An entry is the result of a search with every certificate
 * replaced by a number: those that were served are the same bytes at the next sight, but other
 * objects, and only the few others are held by reference. So an entry is small, keeps no served
 * chain alive, and nothing of it can dangle.
 */
#include "common/cert/verdict_cache.h"

#include "common/base/mem.h"
#include "common/cert/crls.h"
#include "common/cert/validate.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/queue.h>

/* More is the mark of a maze, and a maze is not worth its place. */
#define MAX_CHECKS_KEPT 40

/* From 0: a served certificate; from OTHERS down: one of .others. */
typedef int16_t cert_number;

#define NUMBER_NONE (-1)
#define OTHERS (-2)

struct kept_step {
        cert_number cert, forbids;
        uint8_t source;
        int16_t position;
};

struct kept_path {
        unsigned cost;
        bool anchored, complete, policies_fail;
        uint8_t n, n_added;
        struct kept_step steps[PATH_MAX_LENGTH];
};

struct kept_check {
        cert_number child, issuer;
        bool verifies;
};

struct entry {
        LIST_ENTRY(entry) in_bucket;
        TAILQ_ENTRY(entry) by_age;
        struct verdict_key key;
        int64_t same_from_s, same_until_s;
        struct kept_path best, mend;
        struct cert **others; /* each holds a reference */
        uint8_t n_others, n_checks;
        struct kept_check checks[]; /* .n_checks of them */
};

LIST_HEAD(bucket, entry);
TAILQ_HEAD(entry_list, entry);

struct verdict_cache {
        EVP_MD *sha256;
        EVP_MD_CTX *hash;
        size_t max_entries;
        size_t n_buckets; /* a power of two */
        struct bucket *buckets;
        struct entry_list entries; /* the most recently used first */
        struct verdict_cache_stats stats;
};

/* --- life ------------------------------------------------------------------------------------- */

struct verdict_cache *verdict_cache_new(size_t max_entries)
{
        struct verdict_cache *c = mem_new0(1, sizeof(*c));

        assert(max_entries > 0);
        c->max_entries = max_entries;
        for (c->n_buckets = 1; c->n_buckets < max_entries;)
                c->n_buckets *= 2;
        c->buckets = mem_new0(c->n_buckets, sizeof(*c->buckets));
        TAILQ_INIT(&c->entries);
        c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
        c->hash = EVP_MD_CTX_new();
        if (!c->sha256 || !c->hash)
                mem_exhausted();
        return c;
}

static void entry_free(struct verdict_cache *c, struct entry *e)
{
        LIST_REMOVE(e, in_bucket);
        TAILQ_REMOVE(&c->entries, e, by_age);
        c->stats.entries--;
        for (size_t i = 0; i < e->n_others; i++)
                cert_unref(e->others[i]);
        free(e->others);
        free(e);
}

void verdict_cache_free(struct verdict_cache *c)
{
        struct entry *e;

        if (!c)
                return;
        while ((e = TAILQ_FIRST(&c->entries)))
                entry_free(c, e);
        free(c->buckets);
        EVP_MD_CTX_free(c->hash);
        EVP_MD_free(c->sha256);
        free(c);
}

struct verdict_cache_stats verdict_cache_stats(const struct verdict_cache *c)
{
        return c->stats;
}

/* --- the key ---------------------------------------------------------------------------------- */

static void put(struct verdict_cache *c, const void *bytes, size_t n)
{
        if (EVP_DigestUpdate(c->hash, bytes, n) != 1)
                mem_exhausted();
}

static const uint8_t NONE[VERDICT_CACHE_KEY_BYTES]; /* the digest of what is not there */

static void put_trust(struct verdict_cache *c, const struct trust *t)
{
        put(c, t ? trust_digest(t) : NONE, TRUST_DIGEST_BYTES);
}

/*
 * Every part has a fixed length or is preceded by it, so that no two inputs look the same. Of the
 * host only this matters to the search: which of the served certificates it makes the leaf.
 */
static struct verdict_key key_of(struct verdict_cache *c, const struct validate_input *in,
                                 size_t leaf)
{
        struct verdict_key key;

        if (EVP_DigestInit_ex(c->hash, c->sha256, NULL) != 1)
                mem_exhausted();
        put(c, &in->served->n, sizeof(in->served->n));
        put(c, in->served->sent_at, in->served->n * sizeof(*in->served->sent_at));
        for (size_t i = 0; i < in->served->n; i++)
                put(c, in->served->certs[i]->sha256, sizeof(in->served->certs[i]->sha256));
        put_trust(c, in->anchors);
        put_trust(c, in->pools.configured);
        put_trust(c, in->pools.learned);
        put_trust(c, in->pools.fetched);
        put(c, in->crls ? crls_digest(in->crls) : NONE, CRLS_DIGEST_BYTES);
        put(c, &leaf, sizeof(leaf));
        if (EVP_DigestFinal_ex(c->hash, key.bytes, NULL) != 1)
                mem_exhausted();
        return key;
}

static struct bucket *bucket_of(const struct verdict_cache *c, const struct verdict_key *key)
{
        size_t n;

        memcpy(&n, key->bytes, sizeof(n));
        return &c->buckets[n & (c->n_buckets - 1)];
}

/* --- certificates as numbers ------------------------------------------------------------------ */

static cert_number number_of(struct entry *e, const struct chain *served, const struct cert *cert)
{
        if (!cert)
                return NUMBER_NONE;
        for (size_t i = 0; i < served->n; i++)
                if (cert_same(served->certs[i], cert))
                        return (cert_number)i;
        for (size_t i = 0; i < e->n_others; i++)
                if (cert_same(e->others[i], cert))
                        return (cert_number)(OTHERS - (int)i);
        e->others = mem_resize(e->others, e->n_others + 1U, sizeof(*e->others));
        e->others[e->n_others] = cert_ref((struct cert *)cert);
        return (cert_number)(OTHERS - e->n_others++);
}

static struct cert *cert_of(const struct entry *e, const struct chain *served, cert_number number)
{
        if (number == NUMBER_NONE)
                return NULL;
        return number >= 0 ? served->certs[number] : e->others[OTHERS - number];
}

/* --- search results --------------------------------------------------------------------------- */

static void restore_path(const struct entry *e, const struct kept_path *from,
                         const struct chain *served, struct path *to)
{
        *to = (struct path){
                .n = from->n, .anchored = from->anchored, .complete = from->complete,
                .n_added = from->n_added, .policies_fail = from->policies_fail,
                .cost = from->cost,
        };
        for (size_t i = 0; i < from->n; i++)
                to->steps[i] = (struct path_step){
                        .cert = cert_of(e, served, from->steps[i].cert),
                        .source = from->steps[i].source,
                        .position = from->steps[i].position,
                        .forbids = cert_of(e, served, from->steps[i].forbids),
                };
}

static void restore(const struct entry *e, struct path_search *s)
{
        restore_path(e, &e->best, s->served, &s->best);
        restore_path(e, &e->mend, s->served, &s->mend);
        s->n_checks = e->n_checks;
        for (size_t i = 0; i < e->n_checks; i++)
                s->checks[i] = (struct path_check){
                        .child = cert_of(e, s->served, e->checks[i].child),
                        .issuer = cert_of(e, s->served, e->checks[i].issuer),
                        .verifies = e->checks[i].verifies,
                };
}

static void keep_path(struct entry *e, const struct path *from, const struct chain *served,
                      struct kept_path *to)
{
        *to = (struct kept_path){
                .n = (uint8_t)from->n, .anchored = from->anchored, .complete = from->complete,
                .n_added = (uint8_t)from->n_added, .policies_fail = from->policies_fail,
                .cost = from->cost,
        };
        for (size_t i = 0; i < from->n; i++)
                to->steps[i] = (struct kept_step){
                        .cert = number_of(e, served, from->steps[i].cert),
                        .forbids = number_of(e, served, from->steps[i].forbids),
                        .source = (uint8_t)from->steps[i].source,
                        .position = (int16_t)from->steps[i].position,
                };
}

static struct entry *entry_of(const struct path_search *s)
{
        struct entry *e = mem_new0(1, sizeof(*e) + s->n_checks * sizeof(*e->checks));

        e->same_from_s = s->same_from_s;
        e->same_until_s = s->same_until_s;
        keep_path(e, &s->best, s->served, &e->best);
        keep_path(e, &s->mend, s->served, &e->mend);
        e->n_checks = (uint8_t)s->n_checks;
        for (size_t i = 0; i < s->n_checks; i++)
                e->checks[i] = (struct kept_check){
                        .child = number_of(e, s->served, s->checks[i].child),
                        .issuer = number_of(e, s->served, s->checks[i].issuer),
                        .verifies = s->checks[i].verifies,
                };
        return e;
}

/* --- the cache -------------------------------------------------------------------------------- */

static struct entry *look_up(const struct verdict_cache *c, const struct verdict_key *key)
{
        struct entry *e;

        LIST_FOREACH(e, bucket_of(c, key), in_bucket)
                if (memcmp(e->key.bytes, key->bytes, sizeof(key->bytes)) == 0)
                        return e;
        return NULL;
}

bool verdict_cache_find(struct verdict_cache *c, const struct validate_input *in,
                        struct path_search *s, struct verdict_key *ret_key)
{
        *ret_key = key_of(c, in, s->leaf);
        struct entry *e = look_up(c, ret_key);

        if (!e || s->now_s < e->same_from_s || s->now_s >= e->same_until_s) {
                c->stats.misses++;
                return false;
        }
        TAILQ_REMOVE(&c->entries, e, by_age);
        TAILQ_INSERT_HEAD(&c->entries, e, by_age);
        restore(e, s);
        c->stats.hits++;
        return true;
}

void verdict_cache_keep(struct verdict_cache *c, const struct verdict_key *key,
                        const struct path_search *s)
{
        struct entry *former = look_up(c, key);

        if (former) /* of another time */
                entry_free(c, former);
        if (s->exhausted || s->n_checks > MAX_CHECKS_KEPT || s->served->n > INT16_MAX)
                return;
        if (c->stats.entries == c->max_entries)
                entry_free(c, TAILQ_LAST(&c->entries, entry_list));
        struct entry *e = entry_of(s);

        e->key = *key;
        LIST_INSERT_HEAD(bucket_of(c, key), e, in_bucket);
        TAILQ_INSERT_HEAD(&c->entries, e, by_age);
        c->stats.entries++;
}
