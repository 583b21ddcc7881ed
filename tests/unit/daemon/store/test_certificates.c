/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates go in and come out, stay bounded, and go with the endpoint that showed them. */
#include "scratch.h"

#include "common/cert/chain.h"
#include "daemon/demo/mint.h"
#include "daemon/judge/state.h"
#include "daemon/store/certificates.h"

#include <string.h>

#define NOW INT64_C(1800000000)
#define DAY 86400

static struct cert *make(const char *cn, int64_t not_after_s)
{
        CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                .cn = cn, .not_before_s = NOW - DAY, .not_after_s = not_after_s,
        }, NULL);
        struct cert *c = NULL;
        const char *reason;

        assert_int_equal(cert_from_x509(&c, m->cert, &reason), 0);
        return c;
}

static void put_endpoint(struct store *store, const char *endpoint)
{
        struct endpoint_state empty = { 0 };

        assert_int_equal(store_put_endpoint(store, endpoint, &empty), 0);
}

/* --- intermediates --------------------------------------------------------------------------- */

struct loaded {
        size_t n;
        char fingerprints[8][65];
        int64_t last_s[8];
};

static void keep(struct cert *cert, int64_t last_s, void *arg)
{
        struct loaded *l = arg;

        assert_true(l->n < ARRAY_LEN(l->last_s));
        strcpy(l->fingerprints[l->n], cert->fingerprint);
        l->last_s[l->n++] = last_s;
}

static void intermediates_survive_a_restart_with_the_last_time_they_were_seen(void **state)
{
        struct scratch *s = *state;
        CLEANUP(cert_unref_at_exit) struct cert *c = make("CA", NOW + DAY);
        struct loaded l = { 0 };

        scratch_open(s);
        assert_int_equal(store_put_intermediate(s->store, c, INTERMEDIATE_SERVED, NOW), 0);
        assert_int_equal(store_put_intermediate(s->store, c, INTERMEDIATE_FETCHED, NOW + 5), 0);
        assert_int_equal(store_load_intermediates(scratch_reopen(s), keep, &l), 0);
        assert_int_equal(l.n, 1);
        assert_string_equal(l.fingerprints[0], c->fingerprint);
        assert_int_equal(l.last_s[0], NOW + 5);
}

static void intermediates_that_have_expired_go(void **state)
{
        struct scratch *s = *state;
        CLEANUP(cert_unref_at_exit) struct cert *dead = make("dead", NOW - 1);
        CLEANUP(cert_unref_at_exit) struct cert *alive = make("alive", NOW);
        struct loaded l = { 0 };

        scratch_open(s);
        assert_int_equal(store_put_intermediate(s->store, dead, INTERMEDIATE_SERVED, NOW), 0);
        assert_int_equal(store_put_intermediate(s->store, alive, INTERMEDIATE_SERVED, NOW), 0);
        assert_int_equal(store_trim_intermediates(s->store, NOW), 0);
        assert_int_equal(store_load_intermediates(s->store, keep, &l), 0);
        assert_int_equal(l.n, 1);
        assert_string_equal(l.fingerprints[0], alive->fingerprint);
}

static void count(struct cert *cert, int64_t last_s, void *arg)
{
        size_t *counts = arg; /* all, the first, the second */

        counts[0]++;
        counts[1] += last_s == NOW;
        counts[2] += last_s == NOW + 1;
        (void)cert;
}

/* One DER under many fingerprints is enough: the table does not look into it. */
static void too_many_intermediates_push_out_those_seen_longest_ago(void **state)
{
        struct scratch *s = *state;
        CLEANUP(cert_unref_at_exit) struct cert *c = make("CA", NOW + DAY);
        size_t counts[3] = { 0 };

        scratch_open(s);
        assert_int_equal(store_begin(s->store), 0);
        for (int i = 0; i < STORE_MAX_INTERMEDIATES + 2; i++) {
                struct cert other = *c;

                snprintf(other.fingerprint, sizeof(other.fingerprint), "%064d", i * 7919 % 10007);
                assert_int_equal(store_put_intermediate(s->store, &other, INTERMEDIATE_SERVED,
                                                        i < 2 ? NOW + i : NOW + 2), 0);
        }
        assert_int_equal(store_trim_intermediates(s->store, NOW), 0);
        assert_int_equal(store_commit(s->store), 0);
        assert_int_equal(store_load_intermediates(s->store, count, counts), 0);
        assert_int_equal(counts[0], STORE_MAX_INTERMEDIATES);
        assert_int_equal(counts[1] + counts[2], 0);
}

/* --- server certificates --------------------------------------------------------------------- */

static void assert_kept(struct store *store, const struct cert *c, int kept)
{
        CLEANUP(cert_unref_at_exit) struct cert *back = NULL;

        assert_int_equal(store_leaf_load(store, c->fingerprint, &back), kept);
        assert_int_equal(back != NULL, kept);
        if (back)
                assert_true(cert_same(back, c));
}

static void a_server_certificate_is_seen_where_it_was_seen(void **state)
{
        struct scratch *s = *state;
        CLEANUP(cert_unref_at_exit) struct cert *c = make("a", NOW + DAY);

        scratch_open(s);
        put_endpoint(s->store, "one");
        put_endpoint(s->store, "two");
        assert_kept(s->store, c, 0);
        assert_int_equal(store_leaf_put(s->store, "one", c, "", NOW), 0);
        scratch_reopen(s);
        assert_int_equal(store_leaf_seen(s->store, "one", c->fingerprint), 1);
        assert_int_equal(store_leaf_seen(s->store, "two", c->fingerprint), 0);
        assert_kept(s->store, c, 1);
}

static void a_server_certificate_goes_with_the_last_endpoint_that_showed_it(void **state)
{
        struct scratch *s = *state;
        CLEANUP(cert_unref_at_exit) struct cert *c = make("a", NOW + DAY);

        scratch_open(s);
        put_endpoint(s->store, "one");
        put_endpoint(s->store, "two");
        assert_int_equal(store_leaf_put(s->store, "one", c, "", NOW), 0);
        assert_int_equal(store_leaf_put(s->store, "two", c, "", NOW), 0);
        assert_int_equal(store_remove_endpoint(s->store, "one"), 0);
        assert_kept(s->store, c, 1);
        assert_int_equal(store_leaf_seen(s->store, "one", c->fingerprint), 0);
        assert_int_equal(store_remove_endpoint(s->store, "two"), 0);
        assert_kept(s->store, c, 0);
}

static void what_was_not_seen_for_long_goes_but_never_the_one_before(void **state)
{
        struct scratch *s = *state;
        CLEANUP(cert_unref_at_exit) struct cert *a = make("a", NOW + DAY);
        CLEANUP(cert_unref_at_exit) struct cert *b = make("b", NOW + DAY);
        CLEANUP(cert_unref_at_exit) struct cert *c = make("c", NOW + DAY);
        int64_t later_s = NOW + STORE_SEEN_AGE_S + 1;

        scratch_open(s);
        put_endpoint(s->store, "one");
        assert_int_equal(store_leaf_put(s->store, "one", a, "", NOW - 1), 0);
        assert_int_equal(store_leaf_put(s->store, "one", b, a->fingerprint, NOW), 0);
        assert_int_equal(store_leaf_put(s->store, "one", c, b->fingerprint, later_s), 0);
        assert_kept(s->store, a, 0); /* last seen when b came */
        assert_kept(s->store, b, 1); /* served until c came */
        assert_kept(s->store, c, 1);
}

static void an_endpoint_shows_no_more_than_so_many(void **state)
{
        struct scratch *s = *state;
        CLEANUP(cert_unref_at_exit) struct cert *c = make("a", NOW + DAY);
        char before[65] = "";
        struct cert other = *c;

        scratch_open(s);
        put_endpoint(s->store, "one");
        for (int i = 0; i < STORE_MAX_SEEN + 3; i++) {
                snprintf(other.fingerprint, sizeof(other.fingerprint), "%064d", i);
                assert_int_equal(store_leaf_put(s->store, "one", &other, before, NOW + i), 0);
                strcpy(before, other.fingerprint);
        }
        for (int i = 0; i < STORE_MAX_SEEN + 3; i++) {
                snprintf(other.fingerprint, sizeof(other.fingerprint), "%064d", i);
                assert_int_equal(store_leaf_seen(s->store, "one", other.fingerprint), i >= 3);
                assert_kept(s->store, &other, i >= 3);
        }
}

static void nothing_of_a_transaction_that_fails_is_kept(void **state)
{
        struct scratch *s = *state;
        CLEANUP(cert_unref_at_exit) struct cert *c = make("a", NOW + DAY);

        scratch_open(s);
        assert_int_equal(store_begin(s->store), 0);
        assert_true(store_leaf_put(s->store, "nobody", c, "", NOW) < 0); /* no such endpoint */
        assert_true(store_commit(s->store) < 0);
        assert_kept(s->store, c, 0);
}

/* --- caIssuers URLs -------------------------------------------------------------------------- */

static void answers_and_failures_survive_a_restart(void **state)
{
        struct scratch *s = *state;
        const struct store_aia good = { .bytes = (uint8_t *)(uintptr_t)"a\0b", .n = 3,
                                        .fetched_s = NOW, .until_s = NOW + 9 };
        const struct store_aia bad = { .reason = (char *)(uintptr_t)"answered 404",
                                       .fetched_s = NOW, .until_s = NOW + 5, .failures = 2 };
        struct store_aia back;

        scratch_open(s);
        assert_int_equal(store_aia_get(s->store, "http://a/", &back), 0);
        assert_int_equal(store_aia_put(s->store, "http://a/", &bad), 0);
        assert_int_equal(store_aia_put(s->store, "http://a/", &good), 0);
        assert_int_equal(store_aia_put(s->store, "http://b/", &bad), 0);
        scratch_reopen(s);
        assert_int_equal(store_aia_get(s->store, "http://a/", &back), 1);
        assert_int_equal(back.n, 3);
        assert_memory_equal(back.bytes, "a\0b", 3);
        assert_null(back.reason);
        assert_int_equal(back.until_s, NOW + 9);
        assert_int_equal(back.failures, 0);
        store_aia_done(&back);
        assert_int_equal(store_aia_get(s->store, "http://b/", &back), 1);
        assert_null(back.bytes);
        assert_string_equal(back.reason, "answered 404");
        assert_int_equal(back.fetched_s, NOW);
        assert_int_equal(back.failures, 2);
        store_aia_done(&back);
}

static void too_many_urls_push_out_the_one_asked_longest_ago(void **state)
{
        struct scratch *s = *state;
        struct store_aia aia = { .reason = (char *)(uintptr_t)"refused" }, back;

        scratch_open(s);
        assert_int_equal(store_begin(s->store), 0);
        for (int i = 0; i <= STORE_MAX_AIA; i++) {
                char url[32];

                snprintf(url, sizeof(url), "http://%d/", i);
                aia.fetched_s = i == 5 ? NOW : NOW + 1 + i;
                assert_int_equal(store_aia_put(s->store, url, &aia), 0);
        }
        assert_int_equal(store_commit(s->store), 0);
        assert_int_equal(store_aia_get(s->store, "http://5/", &back), 0);
        assert_int_equal(store_aia_get(s->store, "http://0/", &back), 1);
        store_aia_done(&back);
}

/* --- who, and when --------------------------------------------------------------------------- */

struct told {
        char text[512]; /* "what first last; ..." or "who last; ..." */
};

static void tell_seen(const struct store_seen *seen, void *arg)
{
        struct told *told = arg;
        size_t n = strlen(told->text);

        snprintf(told->text + n, sizeof(told->text) - n, "%s %d %d; ", seen->cert->cn,
                 (int)(seen->first_s - NOW), (int)(seen->last_s - NOW));
}

static void tell_shower(const char *endpoint, int64_t last_s, void *arg)
{
        struct told *told = arg;
        size_t n = strlen(told->text);

        snprintf(told->text + n, sizeof(told->text) - n, "%s %d; ", endpoint,
                 last_s ? (int)(last_s - NOW) : 0);
}

static void it_is_known_who_has_shown_what_and_when(void **state)
{
        struct scratch *s = *state;
        CLEANUP(cert_unref_at_exit) struct cert *a = make("a", NOW + DAY);
        CLEANUP(cert_unref_at_exit) struct cert *b = make("b", NOW + DAY);
        struct told one = { 0 }, two = { 0 }, who = { 0 }, first = { 0 };
        int64_t first_s = -1;

        scratch_open(s);
        put_endpoint(s->store, "one");
        put_endpoint(s->store, "two");
        assert_int_equal(store_leaf_put(s->store, "two", a, "", NOW), 0);
        assert_int_equal(store_leaf_put(s->store, "one", a, "", NOW + 1), 0);
        assert_int_equal(store_leaf_put(s->store, "one", b, a->fingerprint, NOW + 7), 0);
        assert_int_equal(store_seen_load(s->store, "one", tell_seen, &one), 0);
        assert_string_equal(one.text, "b 7 7; a 0 7; ");
        assert_int_equal(store_seen_load(s->store, "two", tell_seen, &two), 0);
        assert_string_equal(two.text, "a 0 0; ");
        assert_int_equal(store_leaf_showers(s->store, a->fingerprint, 9, tell_shower, &who), 0);
        assert_string_equal(who.text, "one 7; two 0; ");
        assert_int_equal(store_leaf_showers(s->store, a->fingerprint, 1, tell_shower, &first), 0);
        assert_string_equal(first.text, "one 7; ");
        assert_int_equal(store_leaf_first(s->store, b->fingerprint, &first_s), 0);
        assert_int_equal(first_s, NOW + 7);
        assert_int_equal(store_leaf_first(s->store, "nobody", &first_s), 0);
        assert_int_equal(first_s, 0);
}

static void it_is_known_who_sends_a_certificate(void **state)
{
        struct scratch *s = *state;
        CLEANUP(cert_unref_at_exit) struct cert *a = make("a", NOW + DAY);
        CLEANUP(cert_unref_at_exit) struct cert *ca = make("ca", NOW + DAY);
        CLEANUP(chain_free_at_exit) struct chain *twice = chain_new();
        CLEANUP(chain_free_at_exit) struct chain *alone = chain_new();
        struct told who = { 0 };
        int64_t total = 0;

        chain_add(twice, a);
        chain_add(twice, ca);
        chain_add(twice, ca);
        chain_add(alone, a);
        scratch_open(s);
        for (char name[2] = "a"; *name < 'e'; ++*name) {
                put_endpoint(s->store, name);
                assert_int_equal(store_served_put(s->store, name, *name == 'c' ? alone : twice,
                                                  NOW), 0);
        }
        assert_int_equal(store_served_by(s->store, ca->fingerprint, 2, tell_shower, &who, &total),
                         0);
        assert_string_equal(who.text, "a 0; b 0; ");
        assert_int_equal(total, 3);
        assert_int_equal(store_served_by(s->store, "nobody", 2, tell_shower, &who, &total), 0);
        assert_int_equal(total, 0);
}

/* --- chains as served ------------------------------------------------------------------------ */

static void put_served(struct store *store, const char *endpoint, struct cert *const *certs,
                       size_t n)
{
        CLEANUP(chain_free_at_exit) struct chain *chain = chain_new();

        for (size_t i = 0; i < n; i++)
                chain_add(chain, certs[i]);
        assert_int_equal(store_served_put(store, endpoint, chain, NOW), 0);
}

static void assert_served(struct store *store, const char *endpoint, struct cert *const *certs,
                          size_t n)
{
        CLEANUP(chain_free_at_exit) struct chain *chain = NULL;

        assert_int_equal(store_served_load(store, endpoint, &chain), 0);
        assert_int_equal(chain->n, n);
        for (size_t i = 0; i < n; i++)
                assert_string_equal(chain->certs[i]->fingerprint, certs[i]->fingerprint);
}

static bool is_kept(struct store *store, const struct cert *cert)
{
        CLEANUP(cert_unref_at_exit) struct cert *c = NULL;

        return store_leaf_load(store, cert->fingerprint, &c) == 1;
}

static void a_chain_is_kept_in_the_order_in_which_it_was_served(void **state)
{
        struct scratch *s = *state;
        CLEANUP(cert_unref_at_exit) struct cert *leaf = make("leaf", NOW + DAY);
        CLEANUP(cert_unref_at_exit) struct cert *ca = make("CA", NOW + DAY);
        struct cert *const both[] = { leaf, ca, leaf }, *const reversed[] = { ca, leaf };

        scratch_open(s);
        put_endpoint(s->store, "a");
        assert_served(s->store, "a", NULL, 0);
        put_served(s->store, "a", both, 3);
        assert_served(scratch_reopen(s), "a", both, 3);
        put_served(s->store, "a", reversed, 2);
        assert_served(s->store, "a", reversed, 2);
}

static void a_certificate_goes_when_it_is_neither_seen_nor_served(void **state)
{
        struct scratch *s = *state;
        CLEANUP(cert_unref_at_exit) struct cert *leaf = make("leaf", NOW + DAY);
        CLEANUP(cert_unref_at_exit) struct cert *ca = make("CA", NOW + DAY);
        struct cert *const both[] = { leaf, ca };

        scratch_open(s);
        put_endpoint(s->store, "a");
        put_endpoint(s->store, "b");
        assert_int_equal(store_leaf_put(s->store, "a", leaf, "", NOW), 0);
        put_served(s->store, "a", both, 2);
        put_served(s->store, "b", both, 2);
        put_served(s->store, "a", both, 1);
        assert_true(is_kept(s->store, ca));
        assert_int_equal(store_remove_endpoint(s->store, "b"), 0);
        assert_false(is_kept(s->store, ca));
        assert_true(is_kept(s->store, leaf));
        put_served(s->store, "a", &both[1], 1);
        assert_true(is_kept(s->store, leaf)); /* it was seen */
        assert_int_equal(store_remove_endpoint(s->store, "a"), 0);
        assert_false(is_kept(s->store, leaf));
        assert_false(is_kept(s->store, ca));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(intermediates_survive_a_restart_with_the_last_time_they_were_seen),
                SCRATCH_TEST(intermediates_that_have_expired_go),
                SCRATCH_TEST(too_many_intermediates_push_out_those_seen_longest_ago),
                SCRATCH_TEST(a_server_certificate_is_seen_where_it_was_seen),
                SCRATCH_TEST(a_server_certificate_goes_with_the_last_endpoint_that_showed_it),
                SCRATCH_TEST(what_was_not_seen_for_long_goes_but_never_the_one_before),
                SCRATCH_TEST(an_endpoint_shows_no_more_than_so_many),
                SCRATCH_TEST(nothing_of_a_transaction_that_fails_is_kept),
                SCRATCH_TEST(a_chain_is_kept_in_the_order_in_which_it_was_served),
                SCRATCH_TEST(a_certificate_goes_when_it_is_neither_seen_nor_served),
                SCRATCH_TEST(answers_and_failures_survive_a_restart),
                SCRATCH_TEST(too_many_urls_push_out_the_one_asked_longest_ago),
                SCRATCH_TEST(it_is_known_who_has_shown_what_and_when),
                SCRATCH_TEST(it_is_known_who_sends_a_certificate),
        };

        return cmocka_run_group_tests_name("store: certificates", tests, NULL, NULL);
}
