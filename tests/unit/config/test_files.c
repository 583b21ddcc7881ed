/* SPDX-License-Identifier: Apache-2.0 */
/* file: endpoints: which defaults hold for them, and what patterns stand for. */
#include "tests/unit/config/helpers.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/notafter-test-files-XXXXXX";

static void touch(const char *name)
{
        AUTO_FREE char *path = mem_printf("%s/%s", folder, name);
        FILE *f = fopen(path, "we");

        assert_non_null(f);
        assert_int_equal(fclose(f), 0);
}

static void make_folder(const char *name)
{
        AUTO_FREE char *path = mem_printf("%s/%s", folder, name);

        assert_int_equal(mkdir(path, 0755), 0);
}

/* a/x.pem, b/x.pem, c/y.pem, and what is no file: d.pem/ and a pipe e.pem. */
static int make_files(void **state)
{
        AUTO_FREE char *pipe = mem_printf("%s/e.pem", mkdtemp(folder));

        (void)state;
        make_folder("a");
        make_folder("b");
        make_folder("c");
        make_folder("d.pem");
        touch("a/x.pem");
        touch("b/x.pem");
        touch("c/y.pem");
        return mkfifo(pipe, 0600);
}

static int remove_files(void **state)
{
        AUTO_FREE char *command = mem_printf("rm -r %s", folder);

        (void)state;
        return system(command);
}

/* %s of the text is the folder, at most three times. */
static struct config *load(const char *format)
{
        char text[2048];

        assert_in_range(snprintf(text, sizeof(text), format, folder, folder, folder), 1,
                        sizeof(text) - 1);
        return must_load(text);
}

static void assert_endpoint(const struct config *c, size_t i, const char *id_format,
                            const char *path)
{
        AUTO_FREE char *full = mem_printf("%s/%s", folder, path);
        char id[256];

        snprintf(id, sizeof(id), id_format, full);
        assert_true(i < c->n_endpoints);
        assert_string_equal(c->endpoints[i].id, id);
        assert_string_equal(c->endpoints[i].name, id);
        assert_int_equal(c->endpoints[i].target.kind, TARGET_FILE);
        assert_string_equal(c->endpoints[i].target.path, full);
}

static void a_file__has_defaults_that_make_sense_for_it(void **state)
{
        struct config *c = load("endpoints: ['file:%s/a/x.pem', a.example]\n"
                                "defaults: {connect_to: b.example, ip: 6, failures: 7, retry: 5s,\n"
                                "           step_timeout: 1s, interval: 2h,\n"
                                "           policy: {weak-key: info}, labels: {team: web}}\n");
        const struct config_settings *file = c->endpoints[0].set, *net = c->endpoints[1].set;

        (void)state;
        assert_endpoint(c, 0, "file:%s", "a/x.pem");
        assert_null(c->endpoints[0].server_name);
        assert_null(c->endpoints[0].connect_to);
        assert_int_equal(file->aia, AIA_OFF);
        assert_int_equal(file->ip, ADDR_ANY);
        assert_int_equal(file->failures, 3);
        assert_int_equal(file->retry_s, 60);
        assert_int_equal(file->step_timeout_ms, 5000);
        assert_int_equal(file->interval_s, 7200);
        assert_int_equal(file->policy.severity[FINDING_WEAK_KEY], SEVERITY_INFO);
        assert_int_equal(file->n_labels, 1);
        assert_string_equal(c->endpoints[1].connect_to, "b.example:443");
        assert_int_equal(net->aia, AIA_PUBLIC);
        assert_int_equal(net->ip, ADDR_IPV6);
        assert_int_equal(net->failures, 7);
        config_unref(c);
}

static void a_file__is_fetched_for_when_somebody_says_so(void **state)
{
        struct config *c = load("endpoints: ['file:%s/a/x.pem', "
                                "{target: 'file:%s/b/x.pem', aia: public, server_name: A.x}]\n"
                                "defaults: {aia: any}\n");

        (void)state;
        assert_int_equal(c->endpoints[0].set->aia, AIA_ANY);
        assert_int_equal(c->endpoints[1].set->aia, AIA_PUBLIC);
        assert_string_equal(c->endpoints[1].server_name, "a.x");
        config_unref(c);
}

static void a_relative_path__starts_from_the_folder_of_the_file(void **state)
{
        AUTO_FREE char *main_file = mem_printf("%s/c/main.yaml", folder);
        AUTO_FREE char *path = mem_printf("%s/c/y.pem", folder);
        struct config_errors errors;
        struct config *c = NULL;
        FILE *f = fopen(main_file, "we");

        (void)state;
        fputs("endpoints: ['file:y.pem', 'file:../?/x.pem']\n", f);
        fclose(f);
        assert_int_equal(config_load(&c, main_file, &errors), 0);
        unlink(main_file);
        assert_endpoint(c, 0, "file:%s", "c/y.pem");
        assert_int_equal(c->n_endpoints, 3);
        assert_endpoint(c, 2, "file:%s", "c/../b/x.pem");
        config_unref(c);
}

static void a_pattern__is_one_endpoint_for_each_file(void **state)
{
        struct config *c = load("endpoints:\n"
                                "  - {target: 'file:%s/*/x.pem', name: web, interval: 5m}\n"
                                "  - a.example\n"
                                "  - file:%s/*\n"
                                "  - file:%s/?/?.pem\n");

        (void)state;
        assert_int_equal(c->n_endpoints, 4);
        assert_string_equal(c->endpoints[0].id, "a.example:443");
        assert_endpoint(c, 1, "web (%s)", "a/x.pem");
        assert_endpoint(c, 2, "web (%s)", "b/x.pem");
        assert_int_equal(c->endpoints[1].set->interval_s, 300);
        assert_ptr_equal(c->endpoints[1].set, c->endpoints[2].set);
        assert_int_equal(c->endpoints[2].line, 2);
        assert_endpoint(c, 3, "file:%s", "c/y.pem"); /* the others are web's */
        assert_int_equal(c->n_globs, 3);
        assert_int_equal(c->globs[0].n, 2);
        assert_int_equal(c->globs[1].n, 0); /* neither folders nor pipes */
        assert_int_equal(c->globs[2].n, 1);
        assert_int_equal(c->globs[2].n_paths, 3);
        config_unref(c);
}

static void a_file_with_an_endpoint_of_its_own__is_not_the_patterns(void **state)
{
        struct config *c = load("endpoints:\n"
                                "  - file:%s/*/x.pem\n"
                                "  - {target: 'file:%s/b/x.pem', name: special}\n");

        (void)state;
        assert_int_equal(c->n_endpoints, 2);
        assert_string_equal(c->endpoints[0].id, "special");
        assert_endpoint(c, 1, "file:%s", "a/x.pem");
        config_unref(c);
}

static void a_pattern_that_matches_nothing__is_told(void **state)
{
        struct config *c = load("endpoints: ['file:%s/none/*.pem', 'file:%s/a/*.pem']\n");
        AUTO_FREE char *warning = config_glob_warning(&c->globs[0]);
        AUTO_FREE char *expected = mem_printf("test.yaml:1:13: file:%s/none/*.pem matches no file",
                                              folder);

        (void)state;
        assert_string_equal(warning, expected);
        assert_null(config_glob_warning(&c->globs[1]));
        assert_int_equal(c->n_endpoints, 1);
        config_unref(c);
}

static void new_and_vanished_files__are_noticed(void **state)
{
        struct config *c = load("endpoints: ['file:%s/?/x.pem', 'file:%s/none/*']\n");
        AUTO_FREE char *path = mem_printf("%s/c/x.pem", folder);
        AUTO_FREE char *other = mem_printf("%s/b/x.pem", folder);

        (void)state;
        assert_false(config_glob_changed(&c->globs[0]));
        assert_false(config_glob_changed(&c->globs[1]));
        assert_int_equal(rename(other, path), 0); /* as many as before */
        assert_true(config_glob_changed(&c->globs[0]));
        assert_int_equal(rename(path, other), 0);
        assert_false(config_glob_changed(&c->globs[0]));
        assert_int_equal(symlink("/nonexistent", path), 0); /* a fault that is to be told */
        assert_true(config_glob_changed(&c->globs[0]));
        assert_int_equal(unlink(path), 0);
        touch("a/z\xff.pem");
        config_unref(c);

        c = load("endpoints: ['file:%s/a/*']\n");
        AUTO_FREE char *warning = config_glob_warning(&c->globs[0]);

        assert_int_equal(c->n_endpoints, 1);
        assert_non_null(strstr(warning, "left out are 1 of its files"));
        AUTO_FREE char *strange = mem_printf("%s/a/z\xff.pem", folder);

        assert_int_equal(unlink(strange), 0);
        config_unref(c);
}

static void what_is_shown__loads_to_the_same_files(void **state)
{
        struct config *c = load("endpoints:\n"
                                "  - b.example\n"
                                "  - {target: 'file:%s/a/x.pem', name: special, server_name: a.b}\n"
                                "  - {target: 'file:%s/?/*.pem', name: all, aia: any}\n"
                                "  - file:%s/none/*\n"
                                "defaults: {failures: 9, ip: 4}\n");
        AUTO_FREE char *shown = config_show(c);
        struct config *d = must_load(shown);
        AUTO_FREE char *again = config_show(d);
        AUTO_FREE char *one = mem_printf("    #   %s/b/x.pem\n", folder);

        (void)state;
        assert_string_equal(shown, again);
        assert_int_equal(d->n_endpoints, 4);
        for (size_t i = 0; i < c->n_endpoints; i++)
                assert_true(config_endpoint_equal(&c->endpoints[i], &d->endpoints[i]));
        assert_non_null(strstr(shown, one));
        assert_non_null(strstr(shown, "    # 0 files now\n"));
        assert_true(strstr(shown, "failures: 9") < strstr(shown, "special"));
        assert_null(strstr(strstr(shown, "special"), "failures:"));
        config_unref(c);
        config_unref(d);
}

/* Root may enter every folder: then somebody else looks. */
static void a_closed_folder__is_watched_in_place_of_what_it_may_hold(void **state)
{
        AUTO_FREE char *closed = mem_printf("%s/a", folder);

        (void)state;
        assert_int_equal(chmod(folder, 0755), 0);
        assert_int_equal(chmod(closed, 0), 0);
        if (getuid() == 0 && seteuid(65534) < 0) {
                chmod(closed, 0755);
                skip(); /* in a user namespace there may be nobody else */
        }
        struct config *c = load("endpoints: ['file:%s/*/x.pem']\n");

        assert_int_equal(seteuid(getuid()), 0);
        assert_int_equal(chmod(closed, 0755), 0);
        assert_int_equal(c->n_endpoints, 2);
        assert_endpoint(c, 0, "file:%s", "b/x.pem");
        assert_endpoint(c, 1, "file:%s", "a");
        assert_true(config_glob_changed(&c->globs[0]));
        config_unref(c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_file__has_defaults_that_make_sense_for_it),
                cmocka_unit_test(a_file__is_fetched_for_when_somebody_says_so),
                cmocka_unit_test(a_relative_path__starts_from_the_folder_of_the_file),
                cmocka_unit_test(a_pattern__is_one_endpoint_for_each_file),
                cmocka_unit_test(a_file_with_an_endpoint_of_its_own__is_not_the_patterns),
                cmocka_unit_test(a_pattern_that_matches_nothing__is_told),
                cmocka_unit_test(new_and_vanished_files__are_noticed),
                cmocka_unit_test(what_is_shown__loads_to_the_same_files),
                cmocka_unit_test(a_closed_folder__is_watched_in_place_of_what_it_may_hold),
        };

        return cmocka_run_group_tests(tests, make_files, remove_files);
}
