/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: of all instructions of a handshake with OpenSSL 3.0, 37 % are d2i_X509() of the certificates
 * that the peer shows, most of them to find a decoder for the public key. A monitor sees the same
 * certificates over and over.
 *
 * How: libssl has no hook at this place. It calls d2i_X509() of libcrypto, by name; and a name that
 * the program defines too is the program's, in all of the process (ELF symbol interposition, as
 * with malloc). So there is a d2i_X509() below. It hands on to libcrypto's own, unless it is called
 * as libssl calls it during a handshake of ours, and the same bytes have been decoded before: then
 * the X509 of that time is given, with one more reference.
 *
 * Where this does not take effect, probes are slower and nothing else changes: when OpenSSL is
 * linked statically (the definition is weak and gives way), when libssl is bound to its libcrypto
 * by other means, or when another version of it decodes certificates by another function.
 *
 * Right, because: an entry is found by SHA-256 and used only when all its bytes are equal to those
 * that came; what OpenSSL refuses is never kept, nor what it read only in part. libssl only reads
 * the certificates of a peer. A cache is one thread's, and with it the index from X509 to entry;
 * what others hold of an X509, they hold through struct cert, which is immutable. All of the
 * process uses OpenSSL's default library context, which an X509 would remember.
 */
#include "daemon/probe/cert_cache.h"

#include "common/base/mem.h"
#include "common/cert/cert.h"

#include <assert.h>
#include <dlfcn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <string.h>
#include <sys/queue.h>

#define HASH_BYTES 32

#define CERT_BYTES 2048   /* that the least certificate takes, and the key in it */
#define ELEMENT_BYTES 160 /* that a DER element of a certificate takes, decoded by OpenSSL and us */
#define MAX_DEPTH 16      /* of elements; certificates have 8 */
#define TAG_CONSTRUCTED 0x20
#define TAG_OCTET_STRING 0x04
#define TAG_SEQUENCE 0x30

struct entry {
        LIST_ENTRY(entry) in_bucket;
        TAILQ_ENTRY(entry) by_age;
        uint8_t sha256[HASH_BYTES];
        X509 *x509;        /* holds a reference */
        struct cert *cert; /* the same, read by us; NULL until somebody asks */
        size_t cost; /* estimated bytes of memory */
        size_t len;
        uint8_t der[];
};

LIST_HEAD(bucket, entry);
TAILQ_HEAD(entry_list, entry);

struct cert_cache {
        EVP_MD *sha256;
        EVP_MD_CTX *hash;
        size_t max_entries, max_bytes;
        size_t n_buckets; /* a power of two */
        struct bucket *buckets;
        struct entry_list entries; /* the most recently used first */
        struct cert_cache_stats stats;
};

static _Thread_local struct cert_cache *in_use;

typedef X509 *decode_fn(X509 **a, const unsigned char **in, long len);

static decode_fn *openssl_decode; /* what d2i_X509() would be without us */
static int entry_index;           /* of the entry, at an X509 that is kept */

static void find_openssl(void)
{
        void *symbol = dlsym(RTLD_NEXT, "d2i_X509");

        memcpy(&openssl_decode, &symbol, sizeof(symbol)); /* as dlsym(3) recommends; NULL when it is
                                                             linked statically: we are not called */
        entry_index = X509_get_ex_new_index(0, NULL, NULL, NULL, NULL);
        if (entry_index < 0)
                mem_exhausted();
}

static void prepare(void)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;

        pthread_once(&once, find_openssl);
}

/* ---- life ----------------------------------------------------------------------------------- */

struct cert_cache *cert_cache_new(size_t max_entries, size_t max_bytes)
{
        struct cert_cache *c = mem_new0(1, sizeof(*c));

        assert(max_entries > 0);
        prepare();
        c->max_entries = max_entries;
        c->max_bytes = max_bytes;
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

static void drop(struct cert_cache *c, struct entry *e)
{
        LIST_REMOVE(e, in_bucket);
        TAILQ_REMOVE(&c->entries, e, by_age);
        c->stats.entries--;
        c->stats.bytes -= e->cost;
        X509_set_ex_data(e->x509, entry_index, NULL); /* others may go on holding it */
        cert_unref(e->cert);
        X509_free(e->x509);
        free(e);
}

void cert_cache_free(struct cert_cache *c)
{
        struct entry *e;

        if (!c)
                return;
        if (in_use == c)
                in_use = NULL;
        while ((e = TAILQ_FIRST(&c->entries)))
                drop(c, e);
        free(c->buckets);
        EVP_MD_CTX_free(c->hash);
        EVP_MD_free(c->sha256);
        free(c);
}

void cert_cache_use(struct cert_cache *c)
{
        in_use = c;
}

struct cert_cache_stats cert_cache_stats(const struct cert_cache *c)
{
        return c->stats;
}

/* ---- entries -------------------------------------------------------------------------------- */

static void hash_der(struct cert_cache *c, const uint8_t *der, size_t len,
                     uint8_t ret[static HASH_BYTES])
{
        if (EVP_DigestInit_ex(c->hash, c->sha256, NULL) != 1 ||
            EVP_DigestUpdate(c->hash, der, len) != 1 || EVP_DigestFinal_ex(c->hash, ret, NULL) != 1)
                mem_exhausted();
}

static struct bucket *bucket_of(const struct cert_cache *c, const uint8_t sha256[static HASH_BYTES])
{
        size_t n;

        memcpy(&n, sha256, sizeof(n));
        return &c->buckets[n & (c->n_buckets - 1)];
}

static struct entry *find(struct cert_cache *c, const uint8_t *der, size_t len,
                          const uint8_t sha256[static HASH_BYTES])
{
        struct entry *e;

        LIST_FOREACH(e, bucket_of(c, sha256), in_bucket)
                if (e->len == len && memcmp(e->der, der, len) == 0)
                        break;
        if (!e) {
                c->stats.misses++;
                return NULL;
        }
        c->stats.hits++;
        TAILQ_REMOVE(&c->entries, e, by_age);
        TAILQ_INSERT_HEAD(&c->entries, e, by_age);
        return e;
}

/* The length that follows a tag; 0 when it is longer than the @n bytes left, or none of DER. */
static size_t header_size(const uint8_t *p, size_t n, size_t *ret_content)
{
        size_t width = n > 1 && p[1] > 0x80 ? p[1] & 0x7fU : 0, content = 0;

        if (n < 2 || (p[0] & 0x1f) == 0x1f || p[1] == 0x80 || width > 4 || n < 2 + width)
                return 0;
        for (size_t i = 0; i < width; i++)
                content = content << 8 | p[2 + i];
        if (width == 0)
                content = p[1];
        *ret_content = content;
        return content <= n - 2 - width ? 2 + width : 0;
}

/*
 * At least as many elements as OpenSSL can make of @n bytes of DER, those inside of extensions too.
 * A certificate made for the purpose has one in every two bytes, which take eighty times as much
 * when decoded; of what is not plain DER we expect that.
 */
static size_t count_elements(const uint8_t *p, size_t n, unsigned depth)
{
        size_t count = 0;

        for (size_t at = 0, content; at < n; at += content) {
                uint8_t tag = p[at];
                size_t header = header_size(p + at, n - at, &content);

                if (header == 0 || depth == MAX_DEPTH)
                        return n / 2 + 1;
                at += header;
                count++;
                if (tag & TAG_CONSTRUCTED ||
                    (tag == TAG_OCTET_STRING && content > 0 && p[at] == TAG_SEQUENCE))
                        count += count_elements(p + at, content, depth + 1);
        }
        return count;
}

static void keep(struct cert_cache *c, X509 *x509, const uint8_t *der, size_t len,
                 const uint8_t sha256[static HASH_BYTES])
{
        size_t cost = CERT_BYTES + 2 * len + ELEMENT_BYTES * count_elements(der, len, 0);

        if (cost > c->max_bytes)
                return;
        while (c->stats.entries == c->max_entries || c->stats.bytes + cost > c->max_bytes)
                drop(c, TAILQ_LAST(&c->entries, entry_list));
        struct entry *e = mem_new0(1, sizeof(*e) + len);

        memcpy(e->sha256, sha256, sizeof(e->sha256));
        memcpy(e->der, der, len);
        e->len = len;
        e->cost = cost;
        if (!X509_set_ex_data(x509, entry_index, e)) {
                free(e);
                return;
        }
        X509_up_ref(x509);
        e->x509 = x509;
        LIST_INSERT_HEAD(bucket_of(c, sha256), e, in_bucket);
        TAILQ_INSERT_HEAD(&c->entries, e, by_age);
        c->stats.entries++;
        c->stats.bytes += cost;
}

/* ---- where OpenSSL comes by ----------------------------------------------------------------- */

/* libssl decodes into an X509 that it has just made: that one is exchanged for the one we keep. */
static X509 *decode_cached(struct cert_cache *c, X509 **a, const unsigned char **in, long len)
{
        const unsigned char *der = *in;
        uint8_t sha256[HASH_BYTES];

        hash_der(c, der, (size_t)len, sha256);
        struct entry *e = find(c, der, (size_t)len, sha256);

        if (e) {
                X509_up_ref(e->x509);
                X509_free(*a);
                *a = e->x509;
                *in = der + len;
                return *a;
        }
        X509 *x509 = openssl_decode(a, in, len);

        if (x509 && *in == der + len)
                keep(c, x509, der, (size_t)len, sha256);
        return x509;
}

/* See the top of this file. Weak, so that it gives way to a libcrypto that is linked statically. */
__attribute__((weak, visibility("default")))
X509 *d2i_X509(X509 **a, const unsigned char **in, long len)
{
        prepare();
        if (in_use && a && *a && len > 0)
                return decode_cached(in_use, a, in, len);
        return openssl_decode(a, in, len);
}

int cert_cache_read(struct cert **ret, X509 *x509, const char **ret_reason)
{
        prepare();
        struct entry *e = X509_get_ex_data(x509, entry_index);

        if (!e)
                return cert_from_x509(ret, x509, ret_reason);
        int r = e->cert ? 0 : cert_from_x509(&e->cert, x509, ret_reason);

        if (r == 0)
                *ret = cert_ref(e->cert);
        return r;
}
