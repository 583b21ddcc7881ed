/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files are examined as servers are; and what is seen while somebody replaces one is not believed.
 */
#include "daemon/probe/exam_file.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "daemon/demo/mint.h"
#include "daemon/probe/examine.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_S 86400
#define ALL 8 /* examinations at once, so that they wait side by side */

struct world {
        struct event_base *base;
        struct examiner *examiner;
        struct trust *anchors;
        char folder[64];
        char *leaf, *chain; /* PEM: the leaf alone, and what completes it */
        char *paths[ALL];
        struct exam_report *reports[ALL];
        struct event *change;
        size_t n, done;
};

struct job {
        struct world *w;
        size_t i;
};

static char *pem_of(struct minted *m)
{
        struct cert *cert;
        const char *reason;

        assert_int_equal(cert_from_x509(&cert, m->cert, &reason), 0);
        char *pem = cert_pem(cert);

        cert_unref(cert);
        return pem;
}

static void make_certificates(struct world *w)
{
        static const char *const NAMES[] = { "a.example", NULL };
        struct mint_spec spec = {
                .cn = "Test Root", .ca = true,
                .not_before_s = clock_wall_s() - 100 * DAY_S,
                .not_after_s = clock_wall_s() + 1000 * DAY_S,
        };
        CLEANUP(minted_free_at_exit) struct minted *root = mint(&spec, NULL);

        spec.cn = "Test CA";
        CLEANUP(minted_free_at_exit) struct minted *ca = mint(&spec, root);

        spec.cn = "a.example";
        spec.ca = false;
        spec.names = NAMES;
        spec.not_after_s = clock_wall_s() + 200 * DAY_S;
        CLEANUP(minted_free_at_exit) struct minted *leaf = mint(&spec, ca);
        struct cert *anchor;
        const char *reason;

        assert_int_equal(cert_from_x509(&anchor, root->cert, &reason), 0);
        w->anchors = trust_new(&anchor, 1);
        cert_unref(anchor);
        AUTO_FREE char *above = pem_of(ca);

        w->leaf = pem_of(leaf);
        w->chain = mem_printf("%s%s", w->leaf, above);
}

static void world_new(struct world *w)
{
        *w = (struct world){ .base = event_base_new(), .folder = "/tmp/exam-file-XXXXXX" };
        assert_non_null(mkdtemp(w->folder));
        make_certificates(w);
        assert_int_equal(examiner_new(&w->examiner, w->base, NULL), 0);
}

static void world_done(struct world *w)
{
        for (size_t i = 0; i < w->n; i++) {
                exam_report_free(w->reports[i]);
                remove(w->paths[i]);
                free(w->paths[i]);
        }
        assert_int_equal(rmdir(w->folder), 0);
        examiner_free(w->examiner);
        trust_unref(w->anchors);
        if (w->change)
                event_free(w->change);
        event_base_free(w->base);
        free(w->leaf);
        free(w->chain);
}

static void put(const char *path, const char *text)
{
        FILE *f = fopen(path, "we");

        assert_non_null(f);
        fputs(text, f);
        assert_int_equal(fclose(f), 0);
}

/* Adds a path in the folder, with @text in it unless that is NULL. */
static size_t add(struct world *w, const char *name, const char *text)
{
        w->paths[w->n] = mem_printf("%s/%s", w->folder, name);
        if (text)
                put(w->paths[w->n], text);
        return w->n++;
}

static void on_done(struct exam_report *report, void *arg)
{
        struct job *job = arg;
        struct world *w = job->w;

        w->reports[job->i] = report;
        free(job);
        if (++w->done == w->n)
                event_base_loopbreak(w->base);
}

static void examine_all(struct world *w)
{
        for (size_t i = 0; i < w->n; i++) {
                const struct exam_request req = {
                        .file = w->paths[i], .anchors = w->anchors, .policy = &POLICY_DEFAULT,
                };
                struct job *job = mem_new0(1, sizeof(*job));

                job->w = w;
                job->i = i;
                exam_start(w->examiner, &req, on_done, job);
        }
        assert_int_equal(w->done, 0); /* never inside exam_start() */
        event_base_dispatch(w->base);
        assert_int_equal(w->done, w->n);
}

static void on_change(evutil_socket_t fd, short what, void *arg)
{
        struct world *w = arg;

        (void)fd; (void)what;
        put(w->paths[0], w->chain);
        put(w->paths[1], w->chain);
}

/* The looks are two seconds apart: what happens after one is between the first and the second. */
static void a_file_that_is_being_replaced_is_judged_when_that_is_over(void **state)
{
        struct world w;

        (void)state;
        world_new(&w);
        add(&w, "gone-for-a-moment.pem", NULL);
        add(&w, "written-bit-by-bit.pem", w.leaf);
        w.change = evtimer_new(w.base, on_change, &w);
        evtimer_add(w.change, &(struct timeval){ .tv_sec = 1 });
        examine_all(&w);
        for (size_t i = 0; i < w.n; i++) {
                assert_int_equal(w.reports[i]->file_error, 0);
                assert_int_equal(w.reports[i]->probe.chain->n, 2);
                assert_true(w.reports[i]->verdict.trusted);
                assert_int_equal(w.reports[i]->verdict.findings.n, 0);
                assert_in_range(w.reports[i]->file_mtime_s, clock_wall_s() - 60, clock_wall_s());
        }
        world_done(&w);
}

static void assert_unreadable(const struct exam_report *r, int error, const char *path,
                              const char *words)
{
        AUTO_FREE char *message = mem_printf("Cannot read %s: %s.", path, words);

        assert_int_equal(r->file_error, error);
        assert_int_equal(r->probe.outcome, PROBE_OK); /* it is no failure of ours */
        assert_null(r->probe.chain);
        assert_null(r->verdict.leaf);
        assert_int_equal(r->verdict.findings.n, 1);
        assert_string_equal(r->verdict.findings.items[0].message, message);
        assert_true(strlen(r->verdict.findings.items[0].remedy) > 0);
}

static void what_cannot_be_read_is_a_problem_of_the_file(void **state)
{
        struct world w;

        (void)state;
        world_new(&w);
        size_t none = add(&w, "none.pem", NULL), folder = add(&w, "folder", NULL);
        size_t pipe = add(&w, "pipe", NULL), large = add(&w, "large.pem", "");
        size_t empty = add(&w, "empty.pem", ""), alone = add(&w, "leaf-only.pem", w.leaf);

        assert_int_equal(mkdir(w.paths[folder], 0700), 0);
        assert_int_equal(mkfifo(w.paths[pipe], 0600), 0);
        assert_int_equal(truncate(w.paths[large], 1 << 30), 0);
        examine_all(&w);
        assert_unreadable(w.reports[none], -ENOENT, w.paths[none], "No such file or directory");
        assert_unreadable(w.reports[folder], -EISDIR, w.paths[folder], "Is a directory");
        assert_unreadable(w.reports[pipe], -ENOTSUP, w.paths[pipe], "Not a regular file");
        assert_unreadable(w.reports[large], -EFBIG, w.paths[large], "File too large");
        assert_int_equal(w.reports[large]->verdict.findings.items[0].code, FINDING_RESOURCE_LIMIT);
        assert_non_null(finding_find(&w.reports[empty]->verdict.findings, FINDING_INPUT_EMPTY));
        assert_non_null(finding_find(&w.reports[alone]->verdict.findings, FINDING_UNKNOWN_CA));
        world_done(&w);
}

static void an_examination_of_a_file_can_be_cancelled(void **state)
{
        struct world w;

        (void)state;
        world_new(&w);
        add(&w, "none.pem", NULL);
        exam_start(w.examiner, &(struct exam_request){ .file = w.paths[0] }, NULL, NULL);
        event_base_loop(w.base, EVLOOP_NONBLOCK);
        world_done(&w); /* the callback would crash, and a leak would be told */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_file_that_is_being_replaced_is_judged_when_that_is_over),
                cmocka_unit_test(what_cannot_be_read_is_a_problem_of_the_file),
                cmocka_unit_test(an_examination_of_a_file_can_be_cancelled),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
