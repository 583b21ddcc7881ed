/* SPDX-License-Identifier: Apache-2.0 */
/* Silences of the file and of the socket, side by side; what the store cannot keep is not made. */
#include "../store/scratch.h"
#include "fleet_of.h"

#include "common/base/log.h"
#include "common/cert/json_text.h"
#include "daemon/monitor/silences.h"
#include "daemon/store/database.h"
#include "daemon/store/silences.h"

#define NOW_S 1800000000

static const char FILE_TEXT[] =
        "silences:\n"
        "  - { match: { codes: leaf-* }, until: '@1800000100', reason: of the file }\n";

static struct silences *begin(struct scratch *scratch, const char *text)
{
        CLEANUP(config_unref_at_exit) struct config *c = load(text);
        struct silences *s = NULL;

        assert_int_equal(silences_new(&s, scratch->store, c, NOW_S), 0);
        return s;
}

/* One that ends in @seconds; its reason says when. */
static char *make(struct silences *s, int seconds)
{
        AUTO_FREE char *span = mem_printf("%ds", seconds);
        json_t *request = json_must(json_pack(
                "{s:{s:s}, s:s, s:s, s:s}", "match", "names", "web-*", "for", span,
                "reason", span, "user", "alice"));
        char *error = NULL;
        const struct silence *is = silences_add(s, request, NOW_S, &error);

        json_decref(request);
        assert_int_equal(!is, !!error);
        if (is) {
                assert_int_equal(is->end_s, NOW_S + seconds);
                assert_string_equal(is->author, "alice");
                assert_string_equal(is->match->names[0], "web-*");
        }
        return error;
}

static size_t count(const struct silences *s)
{
        return silences_list(s)->n;
}

static void those_of_the_file_come_and_go_with_it(void **state)
{
        struct scratch *scratch = *state;
        CLEANUP(config_unref_at_exit) struct config *other = load("endpoints: []\n");

        scratch_open(scratch);
        struct silences *s = begin(scratch, FILE_TEXT);

        assert_null(make(s, 10));
        assert_int_equal(count(s), 2);
        assert_string_equal(silences_list(s)->items[0].id, "test.yaml:2");
        assert_string_equal(silences_list(s)->items[0].reason, "of the file");
        assert_null(silences_list(s)->items[0].author);
        silences_follow(s, other);
        assert_int_equal(count(s), 1);
        assert_string_equal(silences_list(s)->items[0].reason, "10s");
        silences_free(s);
}

static void those_that_are_over_go(void **state)
{
        struct scratch *scratch = *state;

        scratch_open(scratch);
        struct silences *s = begin(scratch, FILE_TEXT);

        for (int i = 1; i <= 5; i++)
                assert_null(make(s, 10 * i));
        assert_false(silences_tidy(s, NOW_S + 9));
        assert_true(silences_tidy(s, NOW_S + 30));
        assert_int_equal(count(s), 3);
        assert_string_equal(silences_list(s)->items[1].reason, "40s");
        assert_string_equal(silences_list(s)->items[2].reason, "50s");
        silences_free(s);
        scratch_reopen(scratch);
        s = begin(scratch, "endpoints: []\n");
        assert_int_equal(count(s), 2);
        silences_free(s);
}

static void what_cannot_be_kept_is_not_made(void **state)
{
        struct scratch *scratch = *state;
        struct store *store = scratch_open(scratch);
        struct silences *s = begin(scratch, FILE_TEXT);

        assert_null(make(s, 10));
        assert_int_equal(database_exec(store, "PRAGMA query_only = 1"), 0);
        AUTO_FREE char *error = make(s, 20);

        assert_non_null(strstr(error, "cannot be kept"));
        assert_int_equal(count(s), 2);
        AUTO_FREE char *stays = silences_expire(s, silences_list(s)->items[1].id, "bob");

        assert_non_null(strstr(stays, "cannot be removed"));
        assert_int_equal(count(s), 2);
        assert_int_equal(database_exec(store, "PRAGMA query_only = 0"), 0);
        assert_null(silences_expire(s, silences_list(s)->items[1].id, "bob"));
        assert_int_equal(count(s), 1);
        silences_free(s);
}

static void one_that_cannot_be_read_does_not_hide_the_others(void **state)
{
        struct scratch *scratch = *state;
        struct store *store = scratch_open(scratch);
        char good[] = "{\"names\": \"web-*\"}", code[] = "{\"codes\": \"of-the-future\"}";
        char damaged[] = "{", nothing[] = "{}", id[] = "sil_0", why[] = "why", who[] = "who";
        char *const matches[] = { code, good, damaged, nothing };

        for (size_t i = 0; i < ARRAY_LEN(matches); i++, id[4]++)
                assert_int_equal(store_silence_put(store, &(struct store_silence){
                        .id = id, .match = matches[i], .start_s = 0, .end_s = NOW_S + 1,
                        .reason = why, .author = who }), 0);
        struct silences *s = begin(scratch, "endpoints: []\n");

        assert_int_equal(count(s), 1);
        assert_string_equal(silences_list(s)->items[0].id, "sil_1");
        silences_free(s);
}

static void there_is_a_limit(void **state)
{
        struct scratch *scratch = *state;

        scratch_open(scratch);
        struct silences *s = begin(scratch, FILE_TEXT);

        log_set_level(LOG_LEVEL_ERROR);
        assert_int_equal(store_begin(scratch->store), 0);
        for (int i = 0; i < SILENCES_MAX; i++)
                assert_null(make(s, 10));
        AUTO_FREE char *error = make(s, 10);

        assert_non_null(strstr(error, "too many"));
        assert_int_equal(store_commit(scratch->store), 0);
        silences_free(s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(those_of_the_file_come_and_go_with_it),
                SCRATCH_TEST(those_that_are_over_go),
                SCRATCH_TEST(what_cannot_be_kept_is_not_made),
                SCRATCH_TEST(one_that_cannot_be_read_does_not_hide_the_others),
                SCRATCH_TEST(there_is_a_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
