/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verdict with the cache is the verdict without it: asked over thousands of random chains, hosts,
 * policies and times, whole documents compared. Served certificates and trust stores are new
 * objects each time, so that AddressSanitizer sees what the cache should not have kept.
 */
#include "common/cert/verdict_cache.h"

#include "common/base/mem.h"
#include "common/cert/report.h"
#include "common/cert/validate.h"
#include "tests/unit/cert/forge.h"

#define QUERIES 3000
#define QUERIES_AT 5 /* within seconds of each other */
#define SCENES 60
#define MAX_SERVED 5

/* --- certificates to choose from -------------------------------------------------------------- */

enum {
        ROOT, OTHER_ROOT, SUB, SUB_CROSSED, SUB_SHORT, LOW, LEAF, LEAF_LONG, LEAF_LOW, ODD, SELF,
        SUB_STRICT, LEAF_STRICT, N
};

static struct minted *minted[N];
static struct cert *known[N];

static struct minted *mint_between(const char *cn, bool ca, int64_t from_day, int64_t until_day,
                                   const struct minted *issuer)
{
        return mint(&(struct mint_spec){
                .cn = cn, .ca = ca, .names = ca ? NULL : NAMES(cn, "*.b.example"),
                .ca_issuers = "http://ca.example/1.crt",
                .not_before_s = NOW + from_day * DAY, .not_after_s = NOW + until_day * DAY,
        }, issuer);
}

static struct minted *cross(const char *cn, int64_t until_day, const struct minted *like,
                            const struct minted *issuer)
{
        return mint_cross(&(struct mint_spec){
                .cn = cn, .ca = true,
                .not_before_s = NOW - 90 * DAY, .not_after_s = NOW + until_day * DAY,
        }, like, issuer);
}

static void require_policy(struct x509_st *cert)
{
        configure_extension(cert, NID_policy_constraints, "critical,requireExplicitPolicy:0");
}

static int set_up(void **state)
{
        (void)state;
        minted[ROOT] = mint_between("Root", true, -1000, 1000, NULL);
        minted[OTHER_ROOT] = mint_between("Other Root", true, -1000, 40, NULL);
        minted[SUB] = mint_between("Sub", true, -300, 300, minted[ROOT]);
        minted[SUB_CROSSED] = cross("Sub", 100, minted[SUB], minted[OTHER_ROOT]);
        minted[SUB_SHORT] = cross("Sub", 20, minted[SUB], minted[ROOT]);
        minted[LOW] = mint_between("Low", true, -50, 50, minted[SUB]);
        minted[LEAF] = mint_between("a.example", false, -30, 60, minted[SUB]);
        minted[LEAF_LONG] = mint_between("a.example", false, -200, 700, minted[SUB]);
        minted[LEAF_LOW] = mint_between("c.example", false, -10, 45, minted[LOW]);
        minted[ODD] = mint_between("a.example", false, -10, 80, minted[LEAF]);
        minted[SELF] = mint_between("self.example", false, -10, 80, NULL);
        minted[SUB_STRICT] = forge(&(struct mint_spec){
                .cn = "Strict", .ca = true,
                .not_before_s = NOW - 300 * DAY, .not_after_s = NOW + 300 * DAY,
        }, minted[ROOT], require_policy);
        minted[LEAF_STRICT] = mint_between("a.example", false, -30, 60, minted[SUB_STRICT]);
        for (size_t i = 0; i < N; i++)
                known[i] = cert_of(minted[i]);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        for (size_t i = 0; i < N; i++) {
                cert_unref(known[i]);
                minted_free(minted[i]);
        }
        return 0;
}

/* --- random questions ------------------------------------------------------------------------- */

static unsigned random_below(unsigned n) /* the same numbers in every run */
{
        static uint64_t x = 88172645463325252U;

        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        return (unsigned)(x >> 32) % n;
}

/* What stays the same between two sights: sets are bits, one for each certificate above. */
struct scene {
        unsigned served[MAX_SERVED];
        unsigned n, anchors, configured, learned;
        const char *host;
        struct policy policy;
};

static struct scene random_scene(void)
{
        static const char *const HOSTS[] = { "a.example", "x.b.example", "c.example", NULL };
        struct scene s = {
                .n = 1 + random_below(MAX_SERVED),
                .anchors = random_below(4) ? 1U << ROOT : random_below(1U << N),
                .configured = random_below(2) ? 0 : random_below(1U << N),
                .learned = random_below(2) ? 0 : random_below(1U << N),
                .host = HOSTS[random_below(ARRAY_LEN(HOSTS))],
                .policy = POLICY_DEFAULT,
        };

        for (unsigned i = 0; i < s.n; i++)
                s.served[i] = random_below(N);
        if (random_below(2)) /* one that makes sense */
                s.served[0] = LEAF + random_below(3);
        if (random_below(2))
                s.policy.warning = (struct threshold){ .span_s = random_below(90) * DAY };
        s.policy.severity[random_below(FINDING_COUNT)] = (int8_t)random_below(SEVERITY_COUNT);
        return s;
}

/* The first or the last second of some certificate, or any. */
static int64_t random_time(void)
{
        const struct cert *c = known[random_below(N)];

        switch (random_below(4)) {
        case 0:  return c->not_before_s;
        case 1:  return NOW + (int64_t)random_below(60 * DAY);
        default: return c->not_after_s;
        }
}

static struct chain *serve(const struct scene *s)
{
        struct chain *served = chain_new();
        const char *reason;

        for (unsigned i = 0; i < s->n; i++) {
                const struct cert *like = known[s->served[i]];
                CLEANUP(cert_unref_at_exit) struct cert *c = NULL;

                assert_int_equal(cert_parse(&c, like->der, like->der_len, &reason), 0);
                chain_add(served, c);
        }
        return served;
}

static struct trust *trust_of_bits(unsigned bits)
{
        struct cert *members[N];
        size_t n = 0;

        for (unsigned i = 0; i < N; i++)
                if (bits & 1U << i)
                        members[n++] = known[i];
        return trust_new(members, n);
}

static char *document_of(const struct validate_input *in)
{
        struct verdict v;

        validate(in, &v);
        json_t *report = report_verdict(&v, in->served);
        char *text = json_dumps(report, 0);

        json_decref(report);
        verdict_done(&v);
        return text;
}

/* Asks with and without @cache, objects made for this one question. */
static void ask(const struct scene *s, int64_t now_s, struct verdict_cache *cache)
{
        CLEANUP(chain_free_at_exit) struct chain *served = serve(s);
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of_bits(s->anchors);
        CLEANUP(trust_unref_at_exit) struct trust *configured = trust_of_bits(s->configured);
        CLEANUP(trust_unref_at_exit) struct trust *learned = trust_of_bits(s->learned);
        struct validate_input in = {
                .served = served, .anchors = anchors,
                .pools = { .configured = configured, .learned = learned },
                .host = s->host, .policy = &s->policy, .now_s = now_s,
        };

        AUTO_FREE char *plain = document_of(&in);

        in.cache = cache;
        AUTO_FREE char *cached = document_of(&in);

        assert_string_equal(cached, plain);
}

static void a_cached_verdict_is_the_verdict(void **state)
{
        /* smaller than what is asked for, so that entries go and come back */
        CLEANUP(verdict_cache_free_at_exit) struct verdict_cache *cache =
                verdict_cache_new(SCENES / 2);
        struct scene scenes[SCENES];

        (void)state;
        for (size_t i = 0; i < SCENES; i++)
                scenes[i] = random_scene();
        for (size_t i = 0; i < QUERIES / QUERIES_AT; i++) {
                struct scene *s = &scenes[random_below(random_below(2) ? SCENES : 10)];

                if (random_below(200) == 0)
                        *s = random_scene();
                int64_t at = random_time();

                for (int k = 0; k < QUERIES_AT; k++)
                        ask(s, at + (int64_t)random_below(5) - 2, cache);
        }
        struct verdict_cache_stats stats = verdict_cache_stats(cache);

        assert_int_equal(stats.hits + stats.misses, QUERIES);
        assert_true(stats.hits > QUERIES / 10 && stats.misses > QUERIES / 10);
        assert_true(stats.entries <= SCENES / 2);
}

/* --- one at a time ---------------------------------------------------------------------------- */

static struct scene plain_scene(void)
{
        return (struct scene){
                .served = { LEAF, SUB }, .n = 2, .anchors = 1U << ROOT, .host = "a.example",
                .policy = POLICY_DEFAULT,
        };
}

static void only_the_same_question_is_a_hit(void **state)
{
        CLEANUP(verdict_cache_free_at_exit) struct verdict_cache *cache = verdict_cache_new(100);
        struct scene other[6];
        size_t n = 0;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(other); i++)
                other[i] = plain_scene();
        other[n++].served[0] = LEAF_LONG;
        other[n++].served[1] = SUB_SHORT;
        other[n++].n = 1;
        other[n++].anchors |= 1U << OTHER_ROOT;
        other[n++].configured = 1U << SUB;
        other[n++].learned = 1U << SUB;
        assert_int_equal(n, ARRAY_LEN(other));

        struct scene s = plain_scene();

        ask(&s, NOW, cache);
        ask(&s, NOW, cache);
        assert_int_equal(verdict_cache_stats(cache).hits, 1);
        for (size_t i = 0; i < n; i++) {
                ask(&other[i], NOW, cache);
                assert_int_equal(verdict_cache_stats(cache).hits, 1);
        }
        ask(&s, NOW, cache);
        assert_int_equal(verdict_cache_stats(cache).hits, 2);
}

/* The verdicts differ; what the cache keeps of them does not. */
static void host_and_policy_may_differ_but_not_the_leaf(void **state)
{
        CLEANUP(verdict_cache_free_at_exit) struct verdict_cache *cache = verdict_cache_new(100);
        struct scene s = plain_scene(), two = plain_scene();

        (void)state;
        ask(&s, NOW, cache);
        s.host = "c.example";
        ask(&s, NOW, cache);
        s.host = NULL;
        s.policy.severity[FINDING_COUNT - 1] = SEVERITY_OK;
        ask(&s, NOW, cache);
        assert_int_equal(verdict_cache_stats(cache).hits, 2);

        two.served[0] = SUB; /* which is nobody's: one of the others is the leaf */
        two.served[1] = LEAF;
        two.served[2] = LEAF_LOW;
        two.n = 3;
        ask(&two, NOW, cache);
        two.host = "c.example";
        ask(&two, NOW, cache);
        assert_int_equal(verdict_cache_stats(cache).hits, 2);
        ask(&two, NOW, cache);
        assert_int_equal(verdict_cache_stats(cache).hits, 3);
}

static void a_date_on_the_way_ends_an_entry(void **state)
{
        CLEANUP(verdict_cache_free_at_exit) struct verdict_cache *cache = verdict_cache_new(100);
        struct scene s = plain_scene();
        int64_t last = NOW + 60 * DAY; /* of the leaf */

        (void)state;
        ask(&s, NOW, cache);
        ask(&s, last, cache);
        assert_int_equal(verdict_cache_stats(cache).hits, 1);
        ask(&s, last + 1, cache);
        assert_int_equal(verdict_cache_stats(cache).hits, 1);
        ask(&s, last + 2, cache);
        assert_int_equal(verdict_cache_stats(cache).hits, 2);
        assert_int_equal(verdict_cache_stats(cache).entries, 1);
}

static void a_fault_of_the_whole_path_is_kept(void **state)
{
        CLEANUP(verdict_cache_free_at_exit) struct verdict_cache *cache = verdict_cache_new(100);
        struct scene s = plain_scene();

        (void)state;
        s.served[0] = LEAF_STRICT;
        s.served[1] = SUB_STRICT;
        ask(&s, NOW, cache);
        ask(&s, NOW, cache); /* policy-violation again */
        assert_int_equal(verdict_cache_stats(cache).hits, 1);
}

static void the_least_recently_used_goes_first(void **state)
{
        CLEANUP(verdict_cache_free_at_exit) struct verdict_cache *cache = verdict_cache_new(2);
        struct scene a = plain_scene(), b = plain_scene(), c = plain_scene();

        (void)state;
        b.learned = 1U << SUB;
        c.learned = 1U << SUB_SHORT;
        ask(&a, NOW, cache);
        ask(&b, NOW, cache);
        ask(&a, NOW, cache);
        ask(&c, NOW, cache); /* b goes */
        assert_int_equal(verdict_cache_stats(cache).entries, 2);
        ask(&a, NOW, cache);
        assert_int_equal(verdict_cache_stats(cache).hits, 2);
        ask(&b, NOW, cache);
        assert_int_equal(verdict_cache_stats(cache).hits, 2);
}

static void a_verdict_outlives_its_cache(void **state)
{
        struct verdict_cache *cache = verdict_cache_new(1);
        struct trust *anchors = trust_of_bits(1U << ROOT);
        struct verdict v;

        (void)state;
        for (int i = 0; i < 2; i++) {
                struct scene s = plain_scene();
                CLEANUP(chain_free_at_exit) struct chain *served = serve(&s);

                validate(&(struct validate_input){
                        .served = served, .anchors = anchors, .now_s = NOW, .cache = cache,
                }, &v);
                if (i == 0)
                        verdict_done(&v);
        }
        assert_int_equal(verdict_cache_stats(cache).hits, 1);
        verdict_cache_free(cache);
        trust_unref(anchors);
        assert_int_equal(v.n_path, 3);
        assert_string_equal(v.path[2]->label, "Root");
        assert_string_equal(v.leaf->label, "a.example");
        verdict_done(&v);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_cached_verdict_is_the_verdict),
                cmocka_unit_test(only_the_same_question_is_a_hit),
                cmocka_unit_test(host_and_policy_may_differ_but_not_the_leaf),
                cmocka_unit_test(a_date_on_the_way_ends_an_entry),
                cmocka_unit_test(a_fault_of_the_whole_path_is_kept),
                cmocka_unit_test(the_least_recently_used_goes_first),
                cmocka_unit_test(a_verdict_outlives_its_cache),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
