/* SPDX-License-Identifier: Apache-2.0 */
/* What is written is what was noted and is still ours to write; and after a failure, all of it. */
#include "../../cert/forge.h"
#include "../store/scratch.h"

#include "common/base/buf.h"
#include "config/loader.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/learned.h"
#include "daemon/monitor/saving.h"
#include "daemon/store/database.h"

#include <stdio.h>
#include <string.h>

#define N 600 /* more than the list begins with */

struct rig {
        struct scratch *scratch;
        struct learned *learned;
        struct fleet *fleet;
        size_t n_stored;
};

static struct rig begin(void **state)
{
        struct rig rig = { .scratch = *state };
        struct buf text = BUF_INIT(1 << 20);
        struct config_errors errors;
        struct config *config;
        char *error;
        AUTO_FREE char *path = scratch_path(rig.scratch, "root.pem");
        CLEANUP(minted_free_at_exit) struct minted *root = make_ca("root", NULL);
        FILE *file = fopen(path, "w");

        assert_true(fputs(root->pem, file) >= 0 && fclose(file) == 0);
        buf_printf(&text, "defaults: {ca_file: %s}\nendpoints:\n", path);
        for (int i = 0; i < N; i++)
                buf_printf(&text, "  - e%03d.example.com\n", i);
        scratch_open(rig.scratch);
        assert_int_equal(config_load_bytes(&config, "test.yaml", buf_str(&text), text.len, &errors),
                         0);
        assert_int_equal(fleet_new(&rig.fleet, config, &error), 0);
        assert_int_equal(learned_new(&rig.learned, rig.scratch->store, 1), 0);
        config_unref(config);
        buf_done(&text);
        return rig;
}

static void end(struct rig *rig)
{
        learned_free(rig->learned);
        fleet_free(rig->fleet);
}

static int save(struct rig *rig)
{
        return saving_write(rig->fleet, rig->learned, rig->scratch->store);
}

static void note(struct rig *rig, size_t i, int64_t probed_s)
{
        rig->fleet->members[i].state.last_probe_s = probed_s;
        saving_note(&rig->fleet->members[i]);
}

static void check_endpoint(const char *id, const struct endpoint_state *state, void *arg)
{
        struct rig *rig = arg;
        const struct member *m = fleet_find(rig->fleet, id);

        assert_non_null(m);
        assert_int_equal(state->last_probe_s, m->state.last_probe_s);
        rig->n_stored++;
}

/* How many the store knows; what it knows of them is what we know. */
static size_t stored(struct rig *rig)
{
        rig->n_stored = 0;
        assert_int_equal(store_load_endpoints(rig->scratch->store, check_endpoint, rig), 0);
        return rig->n_stored;
}

static void nothing_noted__writes_nothing(void **state)
{
        struct rig rig = begin(state);

        assert_int_equal(save(&rig), 0);
        end(&rig);
}

static void what_is_noted__is_written_once(void **state)
{
        struct rig rig = begin(state);

        for (size_t i = 0; i < N; i += 2)
                note(&rig, i, 1000 + (int64_t)i);
        note(&rig, 4, 5);
        note(&rig, 4, 6);
        assert_int_equal(rig.fleet->n_unsaved, N / 2);
        assert_int_equal(save(&rig), 1);
        assert_int_equal(stored(&rig), N / 2);
        assert_int_equal(save(&rig), 0);
        note(&rig, 4, 7);
        note(&rig, 5, 8);
        assert_int_equal(rig.fleet->n_unsaved, 2);
        assert_int_equal(save(&rig), 1);
        assert_int_equal(stored(&rig), N / 2 + 1);
        end(&rig);
}

/* As news_add() does it: the state is on its way with news. */
static void what_is_written_elsewhere__is_left_out(void **state)
{
        struct rig rig = begin(state);

        note(&rig, 1, 10);
        note(&rig, 2, 20);
        rig.fleet->members[1].unsaved = false;
        assert_int_equal(save(&rig), 1);
        assert_int_equal(stored(&rig), 1);
        note(&rig, 1, 11);
        assert_int_equal(save(&rig), 1);
        assert_int_equal(stored(&rig), 2);
        end(&rig);
}

static void what_cannot_be_written__is_written_later(void **state)
{
        struct rig rig = begin(state);

        note(&rig, 1, 10);
        assert_int_equal(database_exec(rig.scratch->store, "PRAGMA query_only = 1"), 0);
        assert_true(save(&rig) < 0);
        assert_int_equal(database_exec(rig.scratch->store, "PRAGMA query_only = 0"), 0);
        assert_true(rig.fleet->members[1].unsaved);
        assert_int_equal(stored(&rig), 0);
        assert_int_equal(save(&rig), 1);
        assert_int_equal(stored(&rig), 1);
        end(&rig);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(nothing_noted__writes_nothing),
                SCRATCH_TEST(what_is_noted__is_written_once),
                SCRATCH_TEST(what_is_written_elsewhere__is_left_out),
                SCRATCH_TEST(what_cannot_be_written__is_written_later),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
