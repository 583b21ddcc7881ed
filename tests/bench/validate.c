/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microseconds of CPU per verdict: validate() beside X509_verify_cert() with a check of the host's
 * name, on the same chains with the same trust store, in the same run. Both sides take turns in
 * short rounds, so that a noisy machine is noisy to both, and the medians are compared.
 */
#include "common/base/mem.h"
#include "common/cert/chain_file.h"
#include "common/cert/validate.h"
#include "common/cert/verdict_cache.h"
#include "daemon/demo/mint.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOST "shop.example.com"
#define DAY 86400
#define NOW INT64_C(1800000000)
#define LIMIT_FIRST 1.3
#define LIMIT_AGAIN 0.1
#define ROUND_US 4000 /* long against a turn of the scheduler's clock, short against its moods */
#define MAX_ROUNDS 1001
#define MAX_CHAIN 4

/* One chain, in the shapes both sides want. */
struct subject {
        const char *name;
        uint8_t *der[MAX_CHAIN];
        size_t der_len[MAX_CHAIN];
        size_t n;
        struct chain *chain;
        X509 *leaf;
        STACK_OF(X509) *untrusted;
};

static struct trust *anchors;
static X509_STORE *store;
static struct verdict_cache *cache;

static void must(bool ok, const char *what)
{
        if (ok)
                return;
        fprintf(stderr, "bench: %s\n", what);
        ERR_print_errors_fp(stderr);
        exit(2);
}

/* --- what is measured ------------------------------------------------------------------------- */

typedef void measured_fn(const struct subject *s);

static void ours(const struct chain *chain, struct verdict_cache *with)
{
        struct validate_input in = {
                .served = chain, .anchors = anchors, .host = HOST, .now_s = NOW, .cache = with,
        };
        struct verdict v;

        validate(&in, &v);
        must(v.trusted && v.findings.n <= 1, "our verdict is not the expected one");
        verdict_done(&v);
}

static void ours_first(const struct subject *s)
{
        CLEANUP(chain_free_at_exit) struct chain *chain = chain_new();
        const char *reason;

        for (size_t i = 0; i < s->n; i++) {
                CLEANUP(cert_unref_at_exit) struct cert *c = NULL;

                must(cert_parse(&c, s->der[i], s->der_len[i], &reason) == 0, "parse");
                chain_add(chain, c);
        }
        ours(chain, NULL);
}

static void ours_again(const struct subject *s)
{
        ours(s->chain, cache);
}

static void plain(X509 *leaf, STACK_OF(X509) *untrusted)
{
        X509_STORE_CTX *ctx = X509_STORE_CTX_new();

        must(ctx && X509_STORE_CTX_init(ctx, store, leaf, untrusted), "context");
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

        X509_STORE_CTX_set_default(ctx, "ssl_server");
        X509_VERIFY_PARAM_set_time(param, (time_t)NOW);
        X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        must(X509_VERIFY_PARAM_set1_host(param, HOST, 0) == 1, "host");
        must(X509_verify_cert(ctx) == 1, "OpenSSL's verdict is not the expected one");
        X509_STORE_CTX_free(ctx);
}

static X509 *decode(const uint8_t *der, size_t len)
{
        const unsigned char *p = der;

        return d2i_X509(NULL, &p, (long)len);
}

static void plain_first(const struct subject *s)
{
        STACK_OF(X509) *untrusted = sk_X509_new_null();
        X509 *leaf = decode(s->der[0], s->der_len[0]);

        for (size_t i = 1; i < s->n; i++)
                sk_X509_push(untrusted, decode(s->der[i], s->der_len[i]));
        plain(leaf, untrusted);
        X509_free(leaf);
        sk_X509_pop_free(untrusted, X509_free);
}

static void plain_again(const struct subject *s)
{
        plain(s->leaf, s->untrusted);
}

/* --- measuring -------------------------------------------------------------------------------- */

static double now_us(void)
{
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Microseconds of one call, over as many as fit into a round. */
static double round_of(measured_fn *fn, const struct subject *s)
{
        double start = now_us(), end;
        unsigned calls = 0;

        do {
                for (int i = 0; i < 8; i++)
                        fn(s);
                calls += 8;
                end = now_us();
        } while (end - start < ROUND_US);
        return (end - start) / calls;
}

static int ascending(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
        qsort(values, n, sizeof(*values), ascending);
        return values[n / 2];
}

/* Prints a line; true when it is within @limit. */
static bool compare(const struct subject *s, measured_fn *our, measured_fn *their, double limit,
                    size_t rounds)
{
        static double a[MAX_ROUNDS], b[MAX_ROUNDS];

        for (size_t i = 0; i < rounds; i++) {
                a[i] = round_of(our, s);
                b[i] = round_of(their, s);
        }
        double x = median(a, rounds), y = median(b, rounds);

        printf("  %-24s %9.1f %9.1f %8.3f  %s\n", s->name, x, y, x / y,
               x / y <= limit ? "within" : "OVER");
        return x / y <= limit;
}

/* --- the chains ------------------------------------------------------------------------------- */

static struct minted *make_ca(const char *cn, enum mint_key key, const struct minted *issuer)
{
        return mint(&(struct mint_spec){
                .cn = cn, .ca = true, .key = key,
                .not_before_s = NOW - 900 * DAY, .not_after_s = NOW + 2700 * DAY,
        }, issuer);
}

static struct minted *make_leaf(enum mint_key key, const struct minted *issuer)
{
        return mint(&(struct mint_spec){
                .cn = HOST, .key = key, .ca_issuers = "http://ca.example/1.crt",
                .names = (const char *const[]){ "example.com", "www.example.com", HOST, NULL },
                .not_before_s = NOW - 30 * DAY, .not_after_s = NOW + 60 * DAY,
        }, issuer);
}

static void subject_init(struct subject *s, const char *name, struct minted *const *list)
{
        const char *reason;

        *s = (struct subject){
                .name = name, .chain = chain_new(), .untrusted = sk_X509_new_null(),
        };
        for (; *list; list++) {
                CLEANUP(cert_unref_at_exit) struct cert *c = NULL;
                int len = i2d_X509((*list)->cert, &s->der[s->n]);

                must(len > 0, "encode");
                s->der_len[s->n] = (size_t)len;
                must(cert_parse(&c, s->der[s->n], s->der_len[s->n], &reason) == 0, "parse");
                chain_add(s->chain, c);
                X509 *x = decode(s->der[s->n], s->der_len[s->n]);

                if (s->n == 0)
                        s->leaf = x;
                else
                        sk_X509_push(s->untrusted, x);
                s->n++;
        }
}

/* The system's bundle with @root added, for both sides. */
static void trust_init(struct minted *const *roots)
{
        CLEANUP(chain_free_at_exit) struct chain *all = NULL;
        const char *bundle = getenv("SSL_CERT_FILE");
        const char *reason;

        if (!bundle)
                bundle = "/etc/ssl/certs/ca-certificates.crt";
        if (chain_read_file(&all, bundle, &(struct chain_options){ .max_certs = 1000 }) < 0)
                all = chain_new();
        for (; *roots; roots++) {
                CLEANUP(cert_unref_at_exit) struct cert *c = NULL;

                must(cert_from_x509(&c, (*roots)->cert, &reason) == 0, "root");
                chain_add(all, c);
        }
        store = X509_STORE_new();
        for (size_t i = 0; i < all->n; i++)
                X509_STORE_add_cert(store, decode(all->certs[i]->der, all->certs[i]->der_len));
        anchors = trust_new(all->certs, all->n);
        printf("%zu trust anchors (%s and the minted roots)\n", trust_count(anchors), bundle);
}

static bool table(const char *title, const struct subject *s, size_t n, measured_fn *our,
                  measured_fn *their, double limit, size_t rounds)
{
        bool within = true;

        printf("\n%s\n  %-24s %9s %9s %8s  limit %.1f\n", title, "chain", "us", "OpenSSL", "ratio",
               limit);
        for (size_t i = 0; i < n; i++)
                within &= compare(&s[i], our, their, limit, rounds);
        return within;
}

#define LIST(...) ((struct minted *const[]){ __VA_ARGS__, NULL })

int main(int argc, char **argv)
{
        long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 101;
        struct minted *rsa = make_ca("Bench RSA Root", MINT_RSA_2048, NULL);
        struct minted *rsa_sub = make_ca("Bench RSA Issuing", MINT_RSA_2048, rsa);
        struct minted *p256 = make_ca("Bench P-256 Root", MINT_EC_P256, NULL);
        struct minted *p256_sub = make_ca("Bench P-256 Issuing", MINT_EC_P256, p256);
        struct minted *p384 = make_ca("Bench P-384 Root", MINT_EC_P384, NULL);
        struct minted *p384_sub = make_ca("Bench P-384 Issuing", MINT_EC_P384, p384);
        struct minted *cross = mint_cross(&(struct mint_spec){
                .cn = "Bench P-256 Root", .ca = true,
                .not_before_s = NOW - 900 * DAY, .not_after_s = NOW + 2700 * DAY,
        }, p256, rsa);
        struct subject subjects[4];

        must(rounds > 0 && rounds <= MAX_ROUNDS, "rounds: 1 to 1001");
        subject_init(&subjects[0], "RSA 2048", LIST(make_leaf(MINT_RSA_2048, rsa_sub), rsa_sub));
        subject_init(&subjects[1], "P-256", LIST(make_leaf(MINT_EC_P256, p256_sub), p256_sub));
        subject_init(&subjects[2], "P-256 below P-384",
                     LIST(make_leaf(MINT_EC_P256, p384_sub), p384_sub));
        subject_init(&subjects[3], "P-256, cross-signed root",
                     LIST(make_leaf(MINT_EC_P256, p256_sub), p256_sub, cross));
        trust_init(LIST(rsa, p256, p384));
        cache = verdict_cache_new(100);
        bool first = table("First sight: from DER to the verdict", subjects, ARRAY_LEN(subjects),
                           ours_first, plain_first, LIMIT_FIRST, (size_t)rounds);
        bool again = table("Seen again: with the verdict cache; certificates are decoded already",
                           subjects, ARRAY_LEN(subjects), ours_again, plain_again, LIMIT_AGAIN,
                           (size_t)rounds);

        printf("\n%s\n", first && again ? "All within the limits." : "Not all within the limits.");
        return first && again ? 0 : 1;
}
