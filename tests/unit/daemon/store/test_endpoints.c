/* SPDX-License-Identifier: Apache-2.0 */
/* States of endpoints go in and come out; transactions are all or nothing, even under kill -9. */
#include "scratch.h"

#include "daemon/judge/state.h"

#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>

struct loaded {
        size_t n;
        char *ids[8];
        struct endpoint_state states[8];
};

static void keep(const char *endpoint, const struct endpoint_state *state, void *arg)
{
        struct loaded *l = arg;

        assert_true(l->n < ARRAY_LEN(l->ids));
        endpoint_state_copy(&l->states[l->n], state);
        l->ids[l->n++] = mem_strdup(endpoint);
}

static void loaded_done(struct loaded *l)
{
        for (size_t i = 0; i < l->n; i++) {
                free(l->ids[i]);
                endpoint_state_done(&l->states[i]);
        }
}

static size_t count_endpoints(struct store *store)
{
        struct loaded l = { 0 };

        assert_int_equal(store_load_endpoints(store, keep, &l), 0);
        size_t n = l.n;

        loaded_done(&l);
        return n;
}

static void assert_text(const char *a, const char *b)
{
        if (a && b)
                assert_string_equal(a, b);
        else
                assert_true(a == b);
}

static void assert_same(const struct endpoint_state *a, const struct endpoint_state *b)
{
        assert_int_equal(a->last_probe_s, b->last_probe_s);
        assert_int_equal(a->last_success_s, b->last_success_s);
        assert_int_equal(a->failures, b->failures);
        assert_int_equal(a->expires_s, b->expires_s);
        assert_int_equal(a->trusted, b->trusted);
        assert_string_equal(a->leaf_fingerprint, b->leaf_fingerprint);
        assert_text(a->leaf_subject, b->leaf_subject);
        assert_text(a->last_error, b->last_error);
        assert_text(a->facts.protocol, b->facts.protocol);
        assert_text(a->facts.cipher, b->facts.cipher);
        assert_text(a->facts.group, b->facts.group);
        assert_text(a->facts.alpn, b->facts.alpn);
        assert_text(a->facts.staple, b->facts.staple);
        assert_int_equal(a->facts.served_id, b->facts.served_id);
        assert_memory_equal(a->facts.us, b->facts.us, sizeof(a->facts.us));
        assert_memory_equal(a->facts.ip, b->facts.ip, sizeof(a->facts.ip));
        assert_int_equal(a->facts.ip_len, b->facts.ip_len);
        assert_int_equal(a->facts.n_served, b->facts.n_served);
        assert_int_equal(a->facts.post_quantum, b->facts.post_quantum);
        assert_int_equal(a->facts.leaf_not_before_s, b->facts.leaf_not_before_s);
        assert_int_equal(a->facts.leaf_not_after_s, b->facts.leaf_not_after_s);
        assert_int_equal(a->facts.served_not_after_s, b->facts.served_not_after_s);
        assert_int_equal(a->n_openings, b->n_openings);
        for (size_t i = 0; i < a->n_openings; i++) {
                assert_int_equal(a->openings[i].code, b->openings[i].code);
                assert_int_equal(a->openings[i].at_s, b->openings[i].at_s);
        }
        assert_int_equal(a->n_problems, b->n_problems);
        for (size_t i = 0; i < a->n_problems; i++) {
                assert_int_equal(a->problems[i].code, b->problems[i].code);
                assert_int_equal(a->problems[i].severity, b->problems[i].severity);
                assert_int_equal(a->problems[i].worst, b->problems[i].worst);
                assert_int_equal(a->problems[i].since_s, b->problems[i].since_s);
                assert_int_equal(a->problems[i].flapping, b->problems[i].flapping);
                assert_int_equal(a->problems[i].seen, b->problems[i].seen);
                assert_int_equal(a->problems[i].steady_s, b->problems[i].steady_s);
                assert_text(a->problems[i].message, b->problems[i].message);
                assert_text(a->problems[i].remedy, b->problems[i].remedy);
                assert_text(a->problems[i].fingerprint, b->problems[i].fingerprint);
                assert_text(a->problems[i].evidence, b->problems[i].evidence);
                assert_text(a->problems[i].missing_pem, b->problems[i].missing_pem);
        }
}

static char hex64[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static struct endpoint_state full_state(void)
{
        struct endpoint_state s = {
                .last_probe_s = 1800000000,
                .last_success_s = 1799999999,
                .failures = 3,
                .expires_s = INT64_MAX,
                .trusted = true,
                .leaf_subject = mem_strdup("CN=\xc3\xa9t\xc3\xa9 \"quoted\"; DROP TABLE endpoint"),
                .last_error = mem_strdup("connection refused"),
                .facts = {
                        .protocol = "TLSv1.3", .cipher = "TLS_AES_128_GCM_SHA256",
                        .group = "X25519MLKEM768", .alpn = "h2", .staple = "good",
                        .leaf_not_before_s = -1, .leaf_not_after_s = INT64_MAX,
                        .served_not_after_s = 1800000001,
                        .served_id = INT64_MIN, .us = { 1, 2, 3, 4, 5, UINT32_MAX },
                        .ip = { 0x20, 1, 0xd, 0xb8, [15] = 1 }, .ip_len = 16, .n_served = 100,
                        .post_quantum = true,
                },
        };
        struct problem expired = {
                .code = FINDING_LEAF_EXPIRED, .severity = SEVERITY_WARNING, .since_s = -1,
                .worst = SEVERITY_ERROR,
                .message = (char *)"it's over", .remedy = (char *)"renew",
                .flapping = true, .seen = SEVERITY_OK, .steady_s = 1799999990,
                .fingerprint = hex64, .evidence = (char *)"we looked",
                .missing_pem = (char *)"-----BEGIN",
        };
        struct problem bare = { .code = FINDING_WEAK_KEY, .severity = SEVERITY_INFO };

        strcpy(s.leaf_fingerprint, hex64);
        endpoint_state_put(&s, &bare);
        endpoint_state_put(&s, &expired);
        s.openings = mem_new0(STATE_MAX_OPENINGS, sizeof(*s.openings));
        s.n_openings = STATE_MAX_OPENINGS;
        for (int i = 0; i < STATE_MAX_OPENINGS; i++)
                s.openings[i] = (struct opening){ (enum finding_code)(i % FINDING_COUNT),
                                                  i == 0 ? -1 : 1800000000 + i };
        return s;
}

static void states_survive_a_restart_with_every_field(void **state)
{
        struct scratch *s = *state;
        struct endpoint_state full = full_state(), empty = { 0 };
        struct loaded l = { 0 };

        scratch_open(s);
        assert_int_equal(store_put_endpoint(s->store, "full", &full), 0);
        assert_int_equal(store_put_endpoint(s->store, "empty", &empty), 0);
        assert_int_equal(store_load_endpoints(scratch_reopen(s), keep, &l), 0);
        assert_int_equal(l.n, 2);
        assert_string_equal(l.ids[0], "empty");
        assert_same(&l.states[0], &empty);
        assert_string_equal(l.ids[1], "full");
        assert_same(&l.states[1], &full);
        loaded_done(&l);
        endpoint_state_done(&full);
}

static void putting_again_replaces_problems(void **state)
{
        struct scratch *s = *state;
        struct endpoint_state full = full_state();
        struct loaded l = { 0 };

        scratch_open(s);
        assert_int_equal(store_put_endpoint(s->store, "a", &full), 0);
        endpoint_state_remove(&full, FINDING_LEAF_EXPIRED);
        full.failures = 7;
        assert_int_equal(store_put_endpoint(s->store, "a", &full), 0);
        assert_int_equal(store_load_endpoints(s->store, keep, &l), 0);
        assert_int_equal(l.n, 1);
        assert_same(&l.states[0], &full);
        loaded_done(&l);
        endpoint_state_done(&full);
}

static void removed_endpoint_takes_its_problems_along(void **state)
{
        struct scratch *s = *state;
        struct endpoint_state full = full_state(), empty = { 0 };
        struct loaded l = { 0 };

        scratch_open(s);
        assert_int_equal(store_put_endpoint(s->store, "a", &full), 0);
        assert_int_equal(store_remove_endpoint(s->store, "a"), 0);
        assert_int_equal(store_put_endpoint(s->store, "a", &empty), 0);
        assert_int_equal(store_load_endpoints(s->store, keep, &l), 0);
        assert_int_equal(l.n, 1);
        assert_int_equal(l.states[0].n_problems, 0);
        loaded_done(&l);
        endpoint_state_done(&full);
}

static void every_code_and_severity_keeps_its_name(void **state)
{
        struct scratch *s = *state;
        struct endpoint_state all = { 0 };
        struct loaded l = { 0 };

        for (int i = 0; i < FINDING_COUNT; i++) {
                struct problem p = { .code = (enum finding_code)i,
                                     .severity = (enum severity)(i % SEVERITY_COUNT) };
                endpoint_state_put(&all, &p);
        }
        scratch_open(s);
        assert_int_equal(store_put_endpoint(s->store, "a", &all), 0);
        assert_int_equal(store_load_endpoints(s->store, keep, &l), 0);
        assert_same(&l.states[0], &all);
        loaded_done(&l);
        endpoint_state_done(&all);
}

static void names_of_a_newer_version_are_left_out(void **state)
{
        struct scratch *s = *state;
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);
        struct endpoint_state full = full_state();
        struct loaded l = { 0 };
        sqlite3 *db;

        scratch_open(s);
        assert_int_equal(store_put_endpoint(s->store, "a", &full), 0);
        scratch_close(s);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "UPDATE problem SET code = 'quantum-broken'"
                                          " WHERE code = 'leaf-expired'", NULL, NULL, NULL), 0);
        sqlite3_close(db);
        assert_int_equal(store_load_endpoints(scratch_open(s), keep, &l), 0);
        assert_int_equal(l.n, 1);
        assert_int_equal(l.states[0].n_problems, 1);
        assert_int_equal(l.states[0].problems[0].code, FINDING_WEAK_KEY);
        loaded_done(&l);
        endpoint_state_done(&full);
}

static void openings_that_are_not_ours_are_left_out(void **state)
{
        static const struct {
                const char *text;
                size_t n;
        } ROWS[] = {
                { "weak-key 1800000000", 1 },   { "weak-key 1 revoked 2", 2 },
                { "weak-key 1 revoked", 1 },    { "weak-key 1 quantum-broken 2 revoked 3", 1 },
                { "weak-key soon", 0 },         { "", 0 },
                { " ", 0 },                     { "weak-key  1", 0 },
        };
        struct scratch *s = *state;
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);
        struct endpoint_state empty = { 0 };

        scratch_open(s);
        assert_int_equal(store_put_endpoint(s->store, "a", &empty), 0);
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *sql = mem_printf("UPDATE endpoint SET openings = '%s'",
                                                 ROWS[i].text);
                struct loaded l = { 0 };
                sqlite3 *db;

                scratch_close(s);
                assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
                assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), 0);
                sqlite3_close(db);
                assert_int_equal(store_load_endpoints(scratch_open(s), keep, &l), 0);
                assert_int_equal(l.states[0].n_openings, ROWS[i].n);
                loaded_done(&l);
        }
}

static void without_commit_nothing_happened(void **state)
{
        struct scratch *s = *state;
        struct endpoint_state full = full_state();

        scratch_open(s);
        assert_int_equal(store_begin(s->store), 0);
        assert_int_equal(store_put_endpoint(s->store, "a", &full), 0);
        assert_int_equal(store_outbox_add(s->store, "msg_1", "ops", "ep", "{}", 100), 0);
        scratch_reopen(s);
        assert_int_equal(count_endpoints(s->store), 0);
        assert_int_equal(store_outbox_next_due_s(s->store, "ops"), -1);
        endpoint_state_done(&full);
}

static void failure_inside_undoes_the_whole_transaction(void **state)
{
        struct scratch *s = *state;
        struct endpoint_state empty = { 0 };

        scratch_open(s);
        assert_int_equal(store_begin(s->store), 0);
        assert_int_equal(store_put_endpoint(s->store, "a", &empty), 0);
        assert_true(store_outbox_add(s->store, NULL, "ops", "ep", "{}", 100) < 0);
        assert_int_equal(store_outbox_add(s->store, "msg_2", "ops", "ep", "{}", 100), 0);
        assert_true(store_commit(s->store) < 0);
        assert_non_null(strstr(store_error(s->store), "NOT NULL"));
        assert_int_equal(count_endpoints(s->store), 0);
        assert_int_equal(store_outbox_next_due_s(s->store, "ops"), -1);
        assert_int_equal(store_begin(s->store), 0);
        assert_int_equal(store_put_endpoint(s->store, "a", &empty), 0);
        assert_int_equal(store_commit(s->store), 0);
        assert_int_equal(count_endpoints(s->store), 1);
}

/* A child that writes, commits or does not, and dies the hard way. */
static void write_and_die(struct scratch *s, bool commit)
{
        struct endpoint_state full = full_state();
        pid_t pid = fork();

        if (pid == 0) {
                scratch_open(s);
                store_begin(s->store);
                store_put_endpoint(s->store, "a", &full);
                store_outbox_add(s->store, "msg_1", "ops", "ep", "{}", 100);
                if (commit)
                        store_commit(s->store);
                kill(getpid(), SIGKILL);
        }
        int status;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        endpoint_state_done(&full);
}

static void killed_before_the_commit_leaves_nothing(void **state)
{
        struct scratch *s = *state;

        write_and_die(s, false);
        assert_int_equal(count_endpoints(scratch_open(s)), 0);
        assert_int_equal(store_outbox_next_due_s(s->store, "ops"), -1);
}

static void killed_after_the_commit_loses_nothing(void **state)
{
        struct scratch *s = *state;

        write_and_die(s, true);
        assert_int_equal(count_endpoints(scratch_open(s)), 1);
        assert_int_equal(store_outbox_next_due_s(s->store, "ops"), 100);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(states_survive_a_restart_with_every_field),
                SCRATCH_TEST(putting_again_replaces_problems),
                SCRATCH_TEST(removed_endpoint_takes_its_problems_along),
                SCRATCH_TEST(every_code_and_severity_keeps_its_name),
                SCRATCH_TEST(names_of_a_newer_version_are_left_out),
                SCRATCH_TEST(openings_that_are_not_ours_are_left_out),
                SCRATCH_TEST(without_commit_nothing_happened),
                SCRATCH_TEST(failure_inside_undoes_the_whole_transaction),
                SCRATCH_TEST(killed_before_the_commit_leaves_nothing),
                SCRATCH_TEST(killed_after_the_commit_loses_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
