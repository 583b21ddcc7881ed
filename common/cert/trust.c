/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sorted array: by subject name as OpenSSL compares names (RFC 5280 section 7.1), then those that
 * last longest, then by fingerprint. Issuers of a child are one run of it, found by bisection.
 */
#include "common/cert/trust.h"

#include "common/base/mem.h"
#include "common/cert/chain_file.h"

#include <errno.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRUST_MAX_FILE_BYTES (32U << 20) /* the public bundle has 0.2 MB, all of CCADB 10 MB */

struct trust {
        struct cert **certs;
        char **urls; /* of each, where it was fetched from; NULL = they were not */
        size_t n;
        uint8_t digest[SHA256_DIGEST_LENGTH];
        int refs; /* atomic */
};

static int by_subject(const void *a, const void *b)
{
        const struct cert *x = *(struct cert *const *)a, *y = *(struct cert *const *)b;
        int r = X509_NAME_cmp(X509_get_subject_name(x->x509), X509_get_subject_name(y->x509));

        if (r == 0 && x->not_after_s != y->not_after_s)
                return x->not_after_s > y->not_after_s ? -1 : 1;
        return r ? r : memcmp(x->sha256, y->sha256, sizeof(x->sha256));
}

static void digest_members(struct trust *t)
{
        uint8_t *all = mem_new0(t->n, SHA256_DIGEST_LENGTH);

        for (size_t i = 0; i < t->n; i++)
                memcpy(all + i * SHA256_DIGEST_LENGTH, t->certs[i]->sha256, SHA256_DIGEST_LENGTH);
        SHA256(all, t->n * SHA256_DIGEST_LENGTH, t->digest);
        free(all);
}

struct trust *trust_new(struct cert *const *certs, size_t n)
{
        struct trust *t = mem_new0(1, sizeof(*t));
        struct cert **sorted = mem_copy(certs, n * sizeof(*certs));

        t->refs = 1;
        t->certs = mem_new0(n, sizeof(*t->certs));
        qsort(sorted, n, sizeof(*sorted), by_subject);
        for (size_t i = 0; i < n; i++) /* twice the same is once */
                if (i == 0 || !cert_same(sorted[i], sorted[i - 1]))
                        t->certs[t->n++] = cert_ref(sorted[i]);
        free(sorted);
        digest_members(t);
        return t;
}

struct trust *trust_new_fetched(struct cert *const *certs, const char *const *urls, size_t n)
{
        struct trust *t = trust_new(certs, n);

        t->urls = mem_new0(n, sizeof(*t->urls));
        for (size_t i = 0; i < t->n; i++)
                for (size_t k = 0; k < n && !t->urls[i]; k++)
                        if (cert_same(t->certs[i], certs[k]))
                                t->urls[i] = mem_strdup(urls[k]);
        return t;
}

const char *trust_url(const struct trust *t, const struct cert *c)
{
        for (size_t i = 0; t && t->urls && i < t->n; i++)
                if (cert_same(t->certs[i], c))
                        return t->urls[i];
        return NULL;
}

/* Where the system keeps its anchors: Debian and Alpine, Fedora and EL, openSUSE, BSD ports. */
static const char *system_bundle(void)
{
        static const char *const PLACES[] = {
                "/etc/ssl/certs/ca-certificates.crt",
                "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                "/etc/pki/tls/certs/ca-bundle.crt",
                "/etc/ssl/ca-bundle.pem",
                "/etc/ssl/cert.pem",
        };
        const char *named = getenv("SSL_CERT_FILE");

        for (size_t i = 0; !named && i < ARRAY_LEN(PLACES); i++)
                if (access(PLACES[i], R_OK) == 0)
                        named = PLACES[i];
        return named ? named : PLACES[0];
}

/* What was left out: the first, by its line and reason, and how many more; NULL for nothing. */
static char *left_out(const struct chain *chain)
{
        const struct finding *first = NULL;
        size_t n = 0;

        for (size_t i = 0; i < chain->problems.n; i++) {
                const struct finding *f = &chain->problems.items[i];

                if (f->code != FINDING_INPUT_UNPARSEABLE &&
                    f->code != FINDING_INPUT_UNREADABLE && f->code != FINDING_RESOURCE_LIMIT)
                        continue;
                first = first ? first : f;
                n++;
        }
        if (n > 1)
                return mem_printf("%s %zu more could not be read.", first->message, n - 1);
        return first ? mem_strdup(first->message) : NULL;
}

int trust_load(struct trust **ret, const char *path, char **ret_error)
{
        CLEANUP(chain_free_at_exit) struct chain *chain = NULL;

        if (!path)
                path = system_bundle();
        const struct chain_options options = {
                .max_certs = CHAIN_POOL_MAX_CERTS, .max_bytes = TRUST_MAX_FILE_BYTES,
        };
        int r = chain_read_file(&chain, path, &options);

        if (r < 0) {
                *ret_error = mem_printf("cannot read %s: %s", path, chain_file_error(r));
                return r;
        }
        char *warning = left_out(chain);

        if (chain->n == 0) {
                *ret_error = warning ? warning : mem_printf("%s holds no certificate", path);
                return -ENODATA;
        }
        if (warning)
                *ret_error = warning;
        *ret = trust_new(chain->certs, chain->n);
        return 0;
}

struct trust *trust_ref(struct trust *t)
{
        if (t)
                __atomic_add_fetch(&t->refs, 1, __ATOMIC_RELAXED);
        return t;
}

void trust_unref(struct trust *t)
{
        if (!t || __atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL) > 0)
                return;
        for (size_t i = 0; i < t->n; i++) {
                cert_unref(t->certs[i]);
                if (t->urls)
                        free(t->urls[i]);
        }
        free(t->certs);
        free(t->urls);
        free(t);
}

size_t trust_count(const struct trust *t)
{
        return t ? t->n : 0;
}

const uint8_t *trust_digest(const struct trust *t)
{
        return t->digest;
}

/* The first member whose subject is not below @name. */
static size_t lower_bound(const struct trust *t, const X509_NAME *name)
{
        size_t low = 0, high = t->n;

        while (low < high) {
                size_t mid = low + (high - low) / 2;

                if (X509_NAME_cmp(X509_get_subject_name(t->certs[mid]->x509), name) < 0)
                        low = mid + 1;
                else
                        high = mid;
        }
        return low;
}

bool trust_contains(const struct trust *t, const struct cert *c)
{
        const X509_NAME *name = X509_get_subject_name(c->x509);

        for (size_t i = t ? lower_bound(t, name) : 0; t && i < t->n; i++) {
                if (cert_same(t->certs[i], c))
                        return true;
                if (X509_NAME_cmp(X509_get_subject_name(t->certs[i]->x509), name) != 0)
                        return false;
        }
        return false;
}

struct cert *trust_next_issuer(const struct trust *t, const struct cert *child, size_t *pos)
{
        const X509_NAME *name = X509_get_issuer_name(child->x509);

        if (!t)
                return NULL;
        if (*pos == 0)
                *pos = lower_bound(t, name) + 1; /* 0 means "not begun", so positions are one off */
        for (; *pos <= t->n; ++*pos) {
                struct cert *c = t->certs[*pos - 1];

                if (X509_NAME_cmp(X509_get_subject_name(c->x509), name) != 0)
                        return NULL;
                if (cert_names_issuer(child, c)) {
                        ++*pos;
                        return c;
                }
        }
        return NULL;
}
