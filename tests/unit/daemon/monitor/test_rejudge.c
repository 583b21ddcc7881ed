/* SPDX-License-Identifier: Apache-2.0 */
/* The chain that was served last is judged as of now, and no other one. */
#include "../../cert/forge.h"
#include "../store/scratch.h"

#include "config/loader.h"
#include "config/model.h"
#include "daemon/monitor/facts_of.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/rejudge.h"
#include "daemon/monitor/sighting.h"
#include "daemon/probe/examine.h"
#include "daemon/store/certificates.h"

#include <stdio.h>
#include <string.h>

struct rig {
        struct minted *root, *inter, *leaf;
        struct fleet *fleet;
        struct member *member;
        struct chain *served; /* the server certificate alone */
        struct trust *learned;
};

static struct rig begin(struct scratch *s)
{
        struct rig rig = { .root = make_ca("root", NULL) };
        AUTO_FREE char *path = scratch_path(s, "root.pem");
        AUTO_FREE char *text = mem_printf("defaults: {ca_file: %s}\nendpoints: [x.example]\n",
                                          path);
        CLEANUP(config_unref_at_exit) struct config *config = NULL;
        struct config_errors errors;
        char *error;
        FILE *file = fopen(path, "w");

        assert_true(fputs(rig.root->pem, file) >= 0 && fclose(file) == 0);
        rig.inter = make_ca("inter", rig.root);
        rig.leaf = make_leaf("x.example", rig.inter);
        rig.served = chain_of(MINTED(rig.leaf));
        rig.learned = trust_of(MINTED(rig.inter));
        assert_int_equal(config_load_bytes(&config, "test.yaml", text, strlen(text), &errors), 0);
        assert_int_equal(fleet_new(&rig.fleet, config, &error), 0);
        rig.member = rig.fleet->members;
        scratch_open(s);
        assert_int_equal(store_put_endpoint(s->store, rig.member->cfg->id, &rig.member->state), 0);
        return rig;
}

static void end(struct rig *rig)
{
        fleet_free(rig->fleet);
        chain_free(rig->served);
        trust_unref(rig->learned);
        minted_free(rig->leaf);
        minted_free(rig->inter);
        minted_free(rig->root);
}

static void assert_mended(const struct rig *rig, struct store *store, int64_t now_s, size_t n_fix)
{
        struct rejudged r = { 0 };

        assert_int_equal(rejudge(rig->member, rig->learned, store, now_s, &r), 1);
        AUTO_FREE char *pem = rejudged_chain_pem(&r);
        AUTO_FREE char *both = mem_printf("%s%s", rig->leaf->pem, rig->inter->pem);

        assert_true(r.verdict.trusted);
        assert_int_equal(r.verdict.n_fix, n_fix);
        assert_string_equal(pem, both);
        assert_int_equal(finding_find(&r.verdict.findings, FINDING_LEAF_EXPIRED) != NULL,
                         now_s > r.verdict.leaf->not_after_s);
        rejudged_done(&r);
}

static void the_chain_on_disk_is_judged_as_of_now(void **state)
{
        struct scratch *s = *state;
        struct rig rig = begin(s);
        const char *id = rig.member->cfg->id;
        int64_t end_s = rig.served->certs[0]->not_after_s;

        assert_int_equal(store_served_put(s->store, id, rig.served, NOW), 0);
        rig.member->state.facts.served_id = facts_served_id(rig.served);
        assert_mended(&rig, s->store, end_s, 2);
        assert_mended(&rig, s->store, end_s + 1, 2);
        end(&rig);
}

static void without_an_intermediate_no_right_chain_is_known(void **state)
{
        struct scratch *s = *state;
        struct rig rig = begin(s);
        struct rejudged r = { 0 };

        assert_int_equal(store_served_put(s->store, rig.member->cfg->id, rig.served, NOW), 0);
        rig.member->state.facts.served_id = facts_served_id(rig.served);
        assert_int_equal(rejudge(rig.member, NULL, s->store, NOW, &r), 1);
        assert_false(r.verdict.trusted);
        assert_null(rejudged_chain_pem(&r));
        rejudged_done(&r);
        end(&rig);
}

static void a_chain_that_is_not_the_last_one_is_not_judged(void **state)
{
        struct scratch *s = *state;
        struct rig rig = begin(s);
        struct rejudged r = { 0 };

        assert_int_equal(rejudge(rig.member, rig.learned, s->store, NOW, &r), 0);
        assert_int_equal(store_served_put(s->store, rig.member->cfg->id, rig.served, NOW), 0);
        assert_int_equal(rejudge(rig.member, rig.learned, s->store, NOW, &r), 0);
        rig.member->state.facts.served_id = facts_served_id(rig.served) + 1;
        assert_int_equal(rejudge(rig.member, rig.learned, s->store, NOW, &r), 0);
        end(&rig);
}

static void a_chain_that_is_not_on_disk_yet_is_known_all_the_same(void **state)
{
        struct scratch *s = *state;
        struct rig rig = begin(s);
        struct exam_report report = {
                .at_s = NOW, .probe.chain = rig.served,
                .verdict.leaf = rig.served->certs[0],
        };
        struct facts facts;

        facts_of(&report, &facts);
        rig.member->sighting = sighting_new(rig.member, &report, &facts, s->store);
        assert_non_null(rig.member->sighting);
        rig.member->state.facts = facts;
        strcpy(rig.member->state.leaf_fingerprint, rig.served->certs[0]->fingerprint);
        assert_mended(&rig, s->store, NOW, 2);
        end(&rig);
}

/* Namesakes with large keys: to judge them again would keep everybody waiting. */
static void a_maze_is_not_kept(void **state)
{
        enum { SAME = 15 };
        struct scratch *s = *state;
        struct rig rig = begin(s);
        struct exam_report report = { .at_s = NOW, .probe.chain = rig.served,
                                      .verdict.leaf = rig.served->certs[0] };
        struct rejudged r = { 0 };
        struct facts facts;

        assert_true(chain_effort_us(rig.served) < 100);
        for (int i = 0; i < SAME; i++) {
                CLEANUP(minted_free_at_exit) struct minted *ca = make_ca("inter", NULL);
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(ca);

                chain_add(rig.served, c);
        }
        assert_true(chain_effort_us(rig.served) > 30000);
        facts_of(&report, &facts);
        struct sighting *sighting = sighting_new(rig.member, &report, &facts, s->store);

        assert_ptr_equal(sighting_leaf(sighting), rig.served->certs[0]);
        assert_int_equal(sighting_keep(sighting, s->store, rig.member->cfg->id), 0);
        rig.member->sighting = sighting;
        rig.member->state.facts = facts;
        strcpy(rig.member->state.leaf_fingerprint, rig.served->certs[0]->fingerprint);
        assert_int_equal(rejudge(rig.member, NULL, s->store, NOW, &r), 0);
        sighting_free(TAKE(rig.member->sighting));
        assert_int_equal(rejudge(rig.member, NULL, s->store, NOW, &r), 0);
        end(&rig);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(the_chain_on_disk_is_judged_as_of_now),
                SCRATCH_TEST(without_an_intermediate_no_right_chain_is_known),
                SCRATCH_TEST(a_chain_that_is_not_the_last_one_is_not_judged),
                SCRATCH_TEST(a_chain_that_is_not_on_disk_yet_is_known_all_the_same),
                SCRATCH_TEST(a_maze_is_not_kept),
        };

        return cmocka_run_group_tests_name("monitor: rejudge", tests, NULL, NULL);
}
