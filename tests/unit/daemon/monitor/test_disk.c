/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations of looks at files and servers: what each shows, when, and what is said of it. The
 * time is made up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/monitor/disk.h"

#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/chain.h"
#include "daemon/demo/mint.h"
#include "tests/unit/daemon/monitor/fleet_of.h"

#include <errno.h>

#define NOW INT64_C(1800000000)
#define HOUR 3600
#define DAY 86400

static const char CONFIG[] =
        "endpoints:\n"
        "  - {target: a.example, name: server}\n"
        "  - {target: b.example, name: other}\n"
        "  - {target: 'file:/one.pem', name: one}\n"
        "  - {target: 'file:/two.pem', name: two}\n"
        "  - {target: 'file:/named.pem', name: named, server_name: a.example}\n";

enum { FIRST, SECOND, THIRD, RSA, CDN, MORE, FUTURE, PAST, OTHER, CERT_COUNT };

static const char *const A_NAMES[] = { "a.example", "www.a.example", NULL };
static const char *const A_SHUFFLED[] = { "WWW.a.example", "A.example", NULL };
static const char *const CDN_NAMES[] = { "a.example", "cdn.example", NULL };
static const char *const MORE_NAMES[] = { "a.example", "www.a.example", "c.example", NULL };
static const char *const OTHER_NAMES[] = { "b.example", NULL };

static const struct {
        const char *const *names;
        int64_t from_days, to_days;
        enum mint_key key;
} SPECS[CERT_COUNT] = {
        [FIRST] = { A_NAMES, -80, 10, MINT_EC_P256 },
        [SECOND] = { A_SHUFFLED, -20, 70, MINT_EC_P256 },
        [THIRD] = { A_NAMES, -1, 89, MINT_EC_P256 },
        [RSA] = { A_NAMES, -10, 80, MINT_RSA_1024 },
        [CDN] = { CDN_NAMES, -80, 10, MINT_EC_P256 },
        [MORE] = { MORE_NAMES, -20, 70, MINT_EC_P256 },
        [FUTURE] = { A_NAMES, 1, 91, MINT_EC_P256 },
        [PAST] = { A_NAMES, -70, -1, MINT_EC_P256 },
        [OTHER] = { OTHER_NAMES, -1, 89, MINT_EC_P256 },
};

static struct cert *certs[CERT_COUNT];

static int make_certs(void **state)
{
        for (size_t i = 0; i < CERT_COUNT; i++) {
                CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                        .cn = SPECS[i].names[0], .names = SPECS[i].names, .key = SPECS[i].key,
                        .not_before_s = NOW + SPECS[i].from_days * DAY,
                        .not_after_s = NOW + SPECS[i].to_days * DAY,
                }, NULL);
                const char *reason;

                assert_int_equal(cert_from_x509(&certs[i], m->cert, &reason), 0);
        }
        return write_anchors(state);
}

static int drop_certs(void **state)
{
        for (size_t i = 0; i < CERT_COUNT; i++)
                cert_unref(certs[i]);
        return remove_anchors(state);
}

struct world {
        struct fleet *fleet;
        struct disk *disk;
};

static struct world world_new(const char *config)
{
        struct world w = { .fleet = fleet_of(config), .disk = disk_new() };

        disk_follow(w.disk, w.fleet);
        return w;
}

static void world_done(struct world *w)
{
        disk_free(w->disk);
        fleet_free(w->fleet);
}

static void reload(struct world *w, const char *config)
{
        struct fleet *next = fleet_of(config);

        disk_follow(w->disk, next);
        fleet_free(w->fleet);
        w->fleet = next;
}

/* A look at @id shows certificate @cert (CERT_COUNT = none, with @error), at NOW + @after_s. */
static void look(struct world *w, const char *id, int cert, int error, int64_t mtime_s,
                 int64_t after_s, struct exam_report *r)
{
        *r = (struct exam_report){
                .at_s = NOW + after_s,
                .file_error = error,
                .file_mtime_s = mtime_s,
                .verdict.leaf = cert < CERT_COUNT ? cert_ref(certs[cert]) : NULL,
        };
        disk_compare(w->disk, fleet_find(w->fleet, id), r);
}

static void file_holds(struct world *w, const char *id, int cert, int64_t written_s,
                       int64_t after_s)
{
        struct exam_report r;

        look(w, id, cert, 0, NOW + written_s, after_s, &r);
        assert_int_equal(r.verdict.findings.n, 0); /* it is never said of a file */
        verdict_done(&r.verdict);
}

static void file_fails(struct world *w, const char *id, int error)
{
        struct exam_report r;

        look(w, id, CERT_COUNT, error, 0, 0, &r);
        verdict_done(&r.verdict);
}

/* All files but those that a test tells hold nothing: so nothing is unknown. */
static void all_are_known(struct world *w)
{
        for (size_t i = 0; i < w->fleet->n; i++)
                if (w->fleet->members[i].cfg->target.kind == TARGET_FILE)
                        file_fails(w, w->fleet->members[i].cfg->id, -ENOENT);
}

/* The message when @id shows @cert, or NULL; free() it. */
static char *server_shows_at(struct world *w, const char *id, int cert, int64_t after_s)
{
        struct exam_report r;

        look(w, id, cert, 0, 0, after_s, &r);
        assert_false(r.verdict.disk_unknown);
        assert_true(r.verdict.findings.n <= 1);
        if (r.verdict.findings.n == 1) {
                assert_int_equal(r.verdict.findings.items[0].code, FINDING_RENEWED_ON_DISK);
                assert_int_equal(r.verdict.findings.items[0].severity, SEVERITY_WARNING);
        }
        char *message = r.verdict.findings.n ? mem_strdup(r.verdict.findings.items[0].message)
                                             : NULL;

        verdict_done(&r.verdict);
        return message;
}

static void assert_blamed(struct world *w, const char *id, int cert, const char *path)
{
        AUTO_FREE char *message = server_shows_at(w, id, cert, 0);

        assert_non_null(message);
        assert_non_null(strstr(message, path));
}

static void assert_fine(struct world *w, const char *id, int cert)
{
        AUTO_FREE char *message = server_shows_at(w, id, cert, 0);

        assert_null(message);
}

static void a_renewed_file_that_is_not_served_is_told(void **state)
{
        struct world w = world_new("endpoints: [a.example, file:/one.pem]\n");
        char since[TIME_STR_MAX];
        struct exam_report r;

        (void)state;
        file_holds(&w, "file:/one.pem", FIRST, -80 * DAY, -3 * HOUR);
        assert_fine(&w, "a.example:443", FIRST);
        file_holds(&w, "file:/one.pem", SECOND, -2 * HOUR, 0);
        look(&w, "a.example:443", FIRST, 0, 0, 0, &r);
        const struct finding *f = finding_find(&r.verdict.findings, FINDING_RENEWED_ON_DISK);

        assert_non_null(f);
        assert_non_null(strstr(f->message, "/one.pem"));
        assert_non_null(strstr(f->message, certs[FIRST]->serial));
        assert_non_null(strstr(f->message, certs[SECOND]->serial));
        assert_non_null(strstr(f->message, time_str(NOW - 2 * HOUR, since)));
        assert_non_null(strstr(f->remedy, "reload"));
        assert_string_equal(f->fingerprint, certs[FIRST]->fingerprint);
        assert_int_equal(f->deadline_s, certs[FIRST]->not_after_s);
        assert_string_equal(f->facts[0].key, "path");
        assert_string_equal(f->facts[0].value, "/one.pem");
        verdict_done(&r.verdict);
        assert_fine(&w, "a.example:443", SECOND); /* the server was reloaded */
        world_done(&w);
}

static void a_reload_forgets_only_what_is_gone(void **state)
{
        struct world w = world_new(CONFIG);

        (void)state;
        all_are_known(&w);
        file_holds(&w, "one", SECOND, -2 * HOUR, -HOUR);
        reload(&w, "endpoints:\n"
                   "  - {target: a.example, name: server, interval: 5s}\n"
                   "  - {target: 'file:/one.pem', name: one}\n");
        assert_blamed(&w, "server", FIRST, "/one.pem");
        reload(&w, "endpoints: [{target: a.example, name: server}]\n");
        assert_fine(&w, "server", FIRST);
        reload(&w, CONFIG);
        all_are_known(&w);
        assert_fine(&w, "server", FIRST);
        world_done(&w);
}

static void which_files_are_for_a_server(void **state)
{
        static const struct {
                const char *file;
                int holds, shown;
                const char *server;
                bool blamed;
        } CASES[] = {
                { "one", SECOND, FIRST, "server", true },
                { "one", THIRD, SECOND, "server", true },
                { "one", FIRST, SECOND, "server", false },  /* older */
                { "one", FUTURE, FIRST, "server", false },  /* it may not be served yet */
                { "one", PAST, FIRST, "server", false },    /* or no more */
                { "one", SECOND, CDN, "server", false },    /* something stands in front */
                { "one", MORE, FIRST, "server", false },    /* other names: another certificate */
                { "one", SECOND, FIRST, "other", false },   /* its name is none of the file's */
                { "named", SECOND, CDN, "server", true },   /* the operator says that it is */
                { "named", MORE, FIRST, "server", true },
                { "named", OTHER, FIRST, "server", false }, /* and is wrong */
                { "one", OTHER, FIRST, "server", false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct world w = world_new(CONFIG);

                all_are_known(&w);
                file_holds(&w, "two", OTHER, -2 * HOUR, 0);
                /* a file that was moved here counts from now: so it was moved an hour ago */
                file_holds(&w, CASES[i].file, CASES[i].holds, -2 * HOUR, -HOUR);
                AUTO_FREE char *message = server_shows_at(&w, CASES[i].server, CASES[i].shown, 0);

                if ((message != NULL) != CASES[i].blamed)
                        fail_msg("case %zu: %s", i, message ? message : "nothing is said");
                world_done(&w);
        }
}

static void several_files_for_one_name(void **state)
{
        struct world w = world_new(CONFIG);

        (void)state;
        all_are_known(&w);
        file_holds(&w, "one", SECOND, -2 * HOUR, -HOUR);
        file_holds(&w, "two", RSA, -2 * HOUR, -HOUR);
        assert_fine(&w, "server", SECOND); /* RSA and ECDSA side by side */
        assert_fine(&w, "server", RSA);
        assert_blamed(&w, "server", FIRST, "/two.pem"); /* both are later: the newest is told */
        file_holds(&w, "one", THIRD, -2 * HOUR, -HOUR);
        assert_blamed(&w, "server", FIRST, "/one.pem");
        assert_blamed(&w, "server", SECOND, "/one.pem");
        assert_fine(&w, "server", RSA);
        world_done(&w);
}

/* The look that has not seen it, when it was written, when it was seen, and when it is told. */
static void a_file_must_be_on_disk_for_a_while(void **state)
{
        static const struct {
                bool before;
                int64_t before_s, written_s, seen_s, shown_s;
                bool blamed;
        } CASES[] = {
                { false, 0, 0, 0, DISK_PATIENCE_S - 1, false },
                { false, 0, 0, 0, DISK_PATIENCE_S, true },
                { true, -HOUR, -1800, 0, 0, true },             /* written since the last look */
                { true, -HOUR, -2 * HOUR, 0, 0, false },        /* moved here since then */
                { true, -HOUR, -2 * HOUR, 0, DISK_PATIENCE_S, true },
                { false, 0, DAY, 0, DISK_PATIENCE_S - 1, false }, /* a clock that is ahead */
                { false, 0, DAY, 0, DISK_PATIENCE_S, true },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct world w = world_new("endpoints: [{target: a.example, name: server},\n"
                                           "            {target: 'file:/one.pem', name: one}]\n");

                if (CASES[i].before)
                        file_holds(&w, "one", FIRST, -80 * DAY, CASES[i].before_s);
                file_holds(&w, "one", SECOND, CASES[i].written_s, CASES[i].seen_s);
                AUTO_FREE char *message = server_shows_at(&w, "server", FIRST, CASES[i].shown_s);

                if ((message != NULL) != CASES[i].blamed)
                        fail_msg("case %zu: %s", i, message ? message : "nothing is said");
                world_done(&w);
        }
}

static void what_cannot_be_read_is_believed_to_be_as_it_was(void **state)
{
        struct world w = world_new(CONFIG);

        (void)state;
        all_are_known(&w);
        file_holds(&w, "one", SECOND, -2 * HOUR, -HOUR);
        file_fails(&w, "one", -EACCES);
        assert_blamed(&w, "server", FIRST, "/one.pem");
        file_fails(&w, "one", -ENOENT);
        assert_fine(&w, "server", FIRST);
        file_holds(&w, "one", SECOND, -2 * HOUR, -HOUR);
        file_fails(&w, "one", 0); /* it is there, and holds no certificate */
        assert_fine(&w, "server", FIRST);
        world_done(&w);
}

static void nothing_is_decided_before_every_file_was_read(void **state)
{
        struct world w = world_new(CONFIG);
        struct exam_report r;

        (void)state;
        look(&w, "server", FIRST, 0, 0, 0, &r);
        assert_true(r.verdict.disk_unknown);
        verdict_done(&r.verdict);

        file_holds(&w, "one", FIRST, -DAY, 0);
        look(&w, "server", FIRST, 0, 0, 0, &r);
        assert_false(r.verdict.disk_unknown); /* what is served is on disk: that is decisive */
        verdict_done(&r.verdict);

        look(&w, "server", SECOND, 0, 0, 0, &r);
        assert_true(r.verdict.disk_unknown);
        verdict_done(&r.verdict);

        all_are_known(&w);
        assert_fine(&w, "server", SECOND);
        reload(&w, "endpoints: [a.example, {target: 'file:/one.pem', name: one}]\n");
        assert_fine(&w, "a.example:443", SECOND);
        reload(&w, CONFIG); /* two files are new */
        look(&w, "server", SECOND, 0, 0, 0, &r);
        assert_true(r.verdict.disk_unknown);
        verdict_done(&r.verdict);
        world_done(&w);
}

/* A key of each kind: the other file, not read yet, may hold what is served. */
static void nobody_is_blamed_before_every_file_was_read(void **state)
{
        struct world w = world_new("endpoints: [{target: a.example, name: server},\n"
                                   "            {target: 'file:/one.pem', name: one},\n"
                                   "            {target: 'file:/two.pem', name: two}]\n");
        struct exam_report r;

        (void)state;
        file_holds(&w, "one", RSA, -2 * HOUR, -HOUR);
        look(&w, "server", SECOND, 0, 0, 0, &r);
        assert_int_equal(r.verdict.findings.n, 0);
        assert_true(r.verdict.disk_unknown);
        verdict_done(&r.verdict);

        file_holds(&w, "two", FIRST, -80 * DAY, 0);
        assert_blamed(&w, "server", SECOND, "/one.pem");
        world_done(&w);
}

static void of_several_addresses_the_newest_counts(void **state)
{
        struct world w = world_new(CONFIG);
        struct exam_report each[2] = { { .at_s = NOW }, { .at_s = NOW } };
        struct exam_report r = { .at_s = NOW, .each = each, .n_each = 2 };

        (void)state;
        all_are_known(&w);
        file_holds(&w, "one", SECOND, -2 * HOUR, -HOUR);
        r.verdict.leaf = cert_ref(certs[FIRST]);
        each[0].verdict.leaf = certs[FIRST];
        disk_compare(w.disk, fleet_find(w.fleet, "server"), &r);
        assert_int_equal(r.verdict.findings.n, 1);
        verdict_done(&r.verdict);

        r.verdict.leaf = cert_ref(certs[FIRST]);
        each[1].verdict.leaf = certs[SECOND]; /* reloaded here, not yet there */
        disk_compare(w.disk, fleet_find(w.fleet, "server"), &r);
        assert_int_equal(r.verdict.findings.n, 0);
        verdict_done(&r.verdict);
        world_done(&w);
}

static void a_policy_decides_how_bad_it_is(void **state)
{
        struct world w = world_new("endpoints:\n"
                                   "  - target: a.example\n"
                                   "    policy: {renewed-on-disk-not-served: ignore}\n"
                                   "  - file:/one.pem\n");

        (void)state;
        file_holds(&w, "file:/one.pem", SECOND, -2 * HOUR, -HOUR);
        assert_fine(&w, "a.example:443", FIRST);
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_renewed_file_that_is_not_served_is_told),
                cmocka_unit_test(a_reload_forgets_only_what_is_gone),
                cmocka_unit_test(which_files_are_for_a_server),
                cmocka_unit_test(several_files_for_one_name),
                cmocka_unit_test(a_file_must_be_on_disk_for_a_while),
                cmocka_unit_test(what_cannot_be_read_is_believed_to_be_as_it_was),
                cmocka_unit_test(nothing_is_decided_before_every_file_was_read),
                cmocka_unit_test(nobody_is_blamed_before_every_file_was_read),
                cmocka_unit_test(of_several_addresses_the_newest_counts),
                cmocka_unit_test(a_policy_decides_how_bad_it_is),
        };

        return cmocka_run_group_tests_name("monitor: disk", tests, make_certs, drop_certs);
}
