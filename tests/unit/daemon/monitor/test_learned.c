/* SPDX-License-Identifier: Apache-2.0 */
/* What is learned from verdicts, what is not, and what a restart leaves of it. */
#include "../../cert/forge.h"
#include "../store/scratch.h"

#include "common/cert/validate.h"
#include "daemon/monitor/learned.h"

/* A root, two intermediates below each other, and a leaf; set up once. */
enum who { LEAF, LOW, HIGH, ROOT, WHO_COUNT };

static struct minted *minted[WHO_COUNT];
static struct cert *certs[WHO_COUNT];

static int make_path(void **state)
{
        (void)state;
        minted[ROOT] = make_ca("root", NULL);
        minted[HIGH] = make_ca("high", minted[ROOT]);
        minted[LOW] = make_ca("low", minted[HIGH]);
        minted[LEAF] = make_leaf("a.example", minted[LOW]);
        for (int i = 0; i < WHO_COUNT; i++)
                certs[i] = cert_of(minted[i]);
        return 0;
}

static int free_path(void **state)
{
        (void)state;
        for (int i = 0; i < WHO_COUNT; i++) {
                cert_unref(certs[i]);
                minted_free(minted[i]);
        }
        return 0;
}

struct rig {
        struct scratch *scratch;
        struct learned *learned;
};

static struct rig begin(void **state)
{
        struct rig rig = { .scratch = *state };

        scratch_open(rig.scratch);
        assert_int_equal(learned_new(&rig.learned, rig.scratch->store, NOW), 0);
        return rig;
}

/* Notes the path of all four, the intermediates from @low and @high. */
static void note(struct learned *l, enum path_source low, enum path_source high, bool trusted,
                 int64_t now_s)
{
        enum path_source sources[] = { PATH_SERVED, low, high, PATH_ANCHOR };
        struct verdict v = { .leaf = certs[LEAF], .path = certs, .path_source = sources,
                             .n_path = WHO_COUNT, .trusted = trusted };

        learned_note(l, &v, now_s);
}

static bool knows(struct learned *l, enum who who)
{
        return trust_contains(learned_snapshot(l, INT64_MAX), certs[who]);
}

static size_t count(struct learned *l)
{
        return trust_count(learned_snapshot(l, INT64_MAX));
}

static int save(struct rig *rig, int64_t now_s)
{
        assert_int_equal(store_begin(rig->scratch->store), 0);
        int r = learned_save(rig->learned, rig->scratch->store, now_s);

        assert_int_equal(store_commit(rig->scratch->store), 0);
        learned_saved(rig->learned);
        return r;
}

static void intermediates_of_a_trusted_path_are_learned_and_nothing_else(void **state)
{
        struct rig rig = begin(state);

        note(rig.learned, PATH_SERVED, PATH_FETCHED, true, NOW);
        assert_int_equal(count(rig.learned), 2);
        assert_true(knows(rig.learned, LOW) && knows(rig.learned, HIGH));
        assert_false(knows(rig.learned, LEAF) || knows(rig.learned, ROOT));
        learned_free(rig.learned);
}

static void nothing_is_learned_from_a_path_that_is_not_trusted(void **state)
{
        struct rig rig = begin(state);

        note(rig.learned, PATH_SERVED, PATH_SERVED, false, NOW);
        assert_int_equal(count(rig.learned), 0);
        assert_false(learned_unsaved(rig.learned));
        learned_free(rig.learned);
}

static void what_the_operator_gave_is_not_learned(void **state)
{
        struct rig rig = begin(state);

        note(rig.learned, PATH_CONFIGURED, PATH_SERVED, true, NOW);
        assert_false(knows(rig.learned, LOW));
        assert_true(knows(rig.learned, HIGH));
        learned_free(rig.learned);
}

static void what_is_not_valid_now_is_not_learned(void **state)
{
        struct rig rig = begin(state);

        note(rig.learned, PATH_SERVED, PATH_SERVED, true, certs[LOW]->not_after_s + 1);
        note(rig.learned, PATH_SERVED, PATH_SERVED, true, certs[LOW]->not_before_s - 1);
        assert_int_equal(count(rig.learned), 0);
        learned_free(rig.learned);
}

static void a_snapshot_lives_as_long_as_somebody_uses_it(void **state)
{
        struct rig rig = begin(state);
        CLEANUP(trust_unref_at_exit) struct trust *empty =
                trust_ref(learned_snapshot(rig.learned, 5000));

        note(rig.learned, PATH_SERVED, PATH_SERVED, true, NOW);
        assert_ptr_equal(learned_snapshot(rig.learned, 5000 + LEARNED_SNAPSHOT_MS - 1), empty);
        CLEANUP(trust_unref_at_exit) struct trust *full =
                trust_ref(learned_snapshot(rig.learned, 5000 + LEARNED_SNAPSHOT_MS));

        assert_int_equal(trust_count(full), 2);
        assert_int_equal(trust_count(empty), 0);
        note(rig.learned, PATH_SERVED, PATH_SERVED, true, NOW + 1);
        assert_ptr_equal(learned_snapshot(rig.learned, 99999), full); /* nothing is new */
        learned_free(rig.learned);
}

static void a_restart_forgets_nothing_that_was_saved(void **state)
{
        struct rig rig = begin(state);

        note(rig.learned, PATH_SERVED, PATH_FETCHED, true, NOW);
        assert_true(learned_unsaved(rig.learned));
        assert_int_equal(save(&rig, NOW), 0);
        assert_false(learned_unsaved(rig.learned));
        learned_free(rig.learned);
        assert_int_equal(learned_new(&rig.learned, scratch_reopen(rig.scratch), NOW), 0);
        assert_true(knows(rig.learned, LOW) && knows(rig.learned, HIGH));
        learned_free(rig.learned);
}

static void that_it_was_seen_again_is_written_once_a_day(void **state)
{
        struct rig rig = begin(state);

        note(rig.learned, PATH_SERVED, PATH_SERVED, true, NOW);
        assert_int_equal(save(&rig, NOW), 0);
        note(rig.learned, PATH_SERVED, PATH_LEARNED, true, NOW + DAY - 1);
        assert_false(learned_unsaved(rig.learned));
        note(rig.learned, PATH_SERVED, PATH_LEARNED, true, NOW + DAY);
        assert_true(learned_unsaved(rig.learned));
        learned_free(rig.learned);
}

static void what_has_expired_is_forgotten_in_memory_and_on_disk(void **state)
{
        struct rig rig = begin(state);
        int64_t end_s = certs[LOW]->not_after_s;

        note(rig.learned, PATH_SERVED, PATH_SERVED, true, NOW);
        assert_int_equal(save(&rig, NOW), 0);
        note(rig.learned, PATH_SERVED, PATH_SERVED, true, end_s);
        assert_int_equal(save(&rig, end_s + 1), 0);
        assert_int_equal(count(rig.learned), 0);
        assert_false(knows(rig.learned, LOW));
        learned_free(rig.learned);
        assert_int_equal(learned_new(&rig.learned, scratch_reopen(rig.scratch), NOW), 0);
        assert_int_equal(count(rig.learned), 0);
        learned_free(rig.learned);
}

static void what_was_learned_gives_no_trust(void **state)
{
        struct rig rig = begin(state);
        CLEANUP(minted_free_at_exit) struct minted *other = make_ca("other", NULL);
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(MINTED(other));
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of(MINTED(minted[LEAF]));
        struct verdict v;

        note(rig.learned, PATH_SERVED, PATH_SERVED, true, NOW);
        validate(&(struct validate_input){
                .served = served, .anchors = anchors, .now_s = NOW,
                .pools = { .learned = learned_snapshot(rig.learned, 0) },
        }, &v);
        assert_false(v.trusted);
        assert_null(finding_find(&v.findings, FINDING_MISSING_INTERMEDIATE));
        verdict_done(&v);
        learned_free(rig.learned);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(intermediates_of_a_trusted_path_are_learned_and_nothing_else),
                SCRATCH_TEST(nothing_is_learned_from_a_path_that_is_not_trusted),
                SCRATCH_TEST(what_the_operator_gave_is_not_learned),
                SCRATCH_TEST(what_is_not_valid_now_is_not_learned),
                SCRATCH_TEST(a_snapshot_lives_as_long_as_somebody_uses_it),
                SCRATCH_TEST(a_restart_forgets_nothing_that_was_saved),
                SCRATCH_TEST(that_it_was_seen_again_is_written_once_a_day),
                SCRATCH_TEST(what_has_expired_is_forgotten_in_memory_and_on_disk),
                SCRATCH_TEST(what_was_learned_gives_no_trust),
        };

        return cmocka_run_group_tests_name("learned", tests, make_path, free_path);
}
