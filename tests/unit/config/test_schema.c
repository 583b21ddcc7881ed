/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the schema for holes, and compares its two listings with it. */
#include "tests/unit/config/helpers.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "config/schema.h"
#include "config/value.h"

#include <ctype.h>
#include <jansson.h>

#define PACKAGED TEST_DATA_DIR "/../../../packaging/notafter.yaml"

typedef void row_fn(const struct schema *s, const struct schema_row *row);

static void walk(const struct schema *s, row_fn *fn)
{
        assert_true(s->n > 0 && s->n <= SCHEMA_MAX_ROWS);
        assert_non_null(s->what);
        for (size_t i = 0; i < s->n; i++) {
                fn(s, &s->rows[i]);
                if (s->rows[i].type == SCHEMA_MAPPING)
                        walk(s->rows[i].rows, fn);
        }
}

static void walk_all(row_fn *fn)
{
        walk(&SCHEMA_TOP, fn);
        walk(&SCHEMA_ENDPOINT, fn);
        walk(&SCHEMA_RECEIVER, fn);
        walk(&SCHEMA_ROUTE, fn);
        walk(&SCHEMA_SILENCE, fn);
}

static void check_row(const struct schema *s, const struct schema_row *row)
{
        struct buf allowed = BUF_INIT(4096);

        assert_non_null(row->key);
        assert_non_null(row->help);
        assert_true(row->help[strlen(row->help) - 1] == '.');
        assert_ptr_equal(schema_find(s, row->key), row); /* no key twice */
        assert_true(row->min <= row->max);
        assert_int_equal(row->type == SCHEMA_WORD || row->type == SCHEMA_CHOICE ||
                         row->type == SCHEMA_WORDS, row->words != NULL);
        for (size_t i = 0; i < row->n_words; i++)
                assert_non_null(row->words[i]);
        assert_int_equal(row->type == SCHEMA_MAPPING, row->rows != NULL);
        if (row->type == SCHEMA_NUMBER || row->type == SCHEMA_SPAN || row->type == SCHEMA_SPAN_MS) {
                assert_true(row->min >= (row->type == SCHEMA_NUMBER ? 0 : 1));
                assert_non_null(row->unit);
                assert_non_null(row->standard);
        }
        if (row->type == SCHEMA_TEXTS || row->type == SCHEMA_CODES ||
            row->type == SCHEMA_RECEIVER_NAMES) {
                assert_true(row->offset_n > 0);
                assert_true(row->most > 0 && row->most <= CONFIG_MAX_LISTED);
        }
        value_allowed(&allowed, row);
        assert_true(allowed.len > 0);
        assert_false(allowed.full);
        buf_done(&allowed);
}

static void the_table__has_no_holes(void **state)
{
        (void)state;
        walk_all(check_row);
        for (size_t i = 0; i < RECEIVER_KIND_COUNT; i++)
                assert_true(schema_find(&SCHEMA_RECEIVER, SCHEMA_RECEIVER_KINDS[i])->flags &
                            SCHEMA_ONE_OF);
        for (size_t i = 0; i < SEVERITY_COUNT; i++)
                assert_non_null(SCHEMA_SEVERITIES[i]);
}

/* The limits themselves are allowed. */
static void check_bounds(const struct schema *s, const struct schema_row *row)
{
        AUTO_FREE char *error = NULL;
        char text[64];
        int64_t v = -1;
        bool seconds = row->type == SCHEMA_SPAN || row->type == SCHEMA_SPAN_OR_NEVER;
        const char *unit = seconds ? "s" : row->type == SCHEMA_SPAN_MS ? "ms" : "";
        struct schema_row here = *row;

        (void)s;
        here.offset = 0;
        if (!seconds && row->type != SCHEMA_SPAN_MS && row->type != SCHEMA_NUMBER)
                return;
        for (int64_t d = 0; d <= 1; d++) {
                snprintf(text, sizeof(text), "%lld%s", (long long)(row->min - d), unit);
                assert_int_equal(value_parse(&here, text, NULL, &v, &error), d ? -EINVAL : 0);
                snprintf(text, sizeof(text), "%lld%s", (long long)(row->max + d), unit);
                free(error);
                error = NULL;
                assert_int_equal(value_parse(&here, text, NULL, &v, &error), d ? -EINVAL : 0);
        }
        assert_int_equal(v, row->max);
}

static void the_limits__are_inside(void **state)
{
        (void)state;
        walk_all(check_bounds);
}

static void check_in_json(const json_t *o, const struct schema *s)
{
        const json_t *properties = json_object_get(o, "properties");

        assert_int_equal(json_object_size(properties), s->n);
        for (size_t i = 0; i < s->n; i++) {
                const json_t *p = json_object_get(properties, s->rows[i].key);

                assert_true(json_is_string(json_object_get(p, "description")));
                if (s->rows[i].type == SCHEMA_MAPPING)
                        check_in_json(p, s->rows[i].rows);
        }
        assert_true(json_is_false(json_object_get(o, "additionalProperties")));
}

static void the_json_schema__has_every_row(void **state)
{
        AUTO_FREE char *text = config_json_schema();
        json_t *o = json_loads(text, 0, NULL);
        json_t *top, *receivers, *routes, *silences;

        (void)state;
        assert_non_null(o);
        assert_string_equal(json_string_value(json_object_get(o, "$schema")),
                            "https://json-schema.org/draft/2020-12/schema");
        check_in_json(o, &SCHEMA_TOP);
        top = json_object_get(o, "properties");
        receivers = json_object_get(json_object_get(top, "receivers"), "items");
        check_in_json(receivers, &SCHEMA_RECEIVER);
        routes = json_object_get(json_object_get(top, "routes"), "items");
        check_in_json(routes, &SCHEMA_ROUTE);
        silences = json_object_get(json_object_get(top, "silences"), "items");
        check_in_json(silences, &SCHEMA_SILENCE);
        assert_null(json_object_get(json_object_get(json_object_get(top, "defaults"), "properties"),
                                    "target"));
        json_decref(o);
}

/* --- the configuration to begin with ---------------------------------------------------------- */

static void the_new_configuration__is_the_packaged_one(void **state)
{
        AUTO_FREE char *made = config_new(), *packaged = NULL;
        size_t size = 0;
        FILE *f = fopen(PACKAGED, "r");

        (void)state;
        assert_non_null(f);
        assert_true(getdelim(&packaged, &size, '\0', f) > 0);
        fclose(f);
        if (strcmp(made, packaged) != 0)
                fail_msg("run: notafter config new >packaging/notafter.yaml");
}

static void the_new_configuration__has_the_standard_in_effect(void **state)
{
        AUTO_FREE char *text = config_new();
        struct config *made = must_load(text);
        struct config *plain = must_load("receivers: [{name: journal, journald: }]\n");
        AUTO_FREE char *made_shown = config_show(made), *plain_shown = config_show(plain);

        (void)state;
        assert_string_equal(made_shown, plain_shown);
        config_unref(made);
        config_unref(plain);
}

static char *new_text;

static void check_in_new(const struct schema *s, const struct schema_row *row)
{
        AUTO_FREE char *key = mem_printf("%s:", row->key);

        if (!strstr(new_text, key))
                fail_msg("%s: %s is missing", s->what, row->key);
}

/*
 * Lines of keys, and their comments, without the first character. Of the two sockets of syslog no
 * more than one may be given.
 */
static char *uncommented(const char *text)
{
        static const char SOCKET[] = "#      socket: /dev/log";
        struct buf out = BUF_INIT(1 << 20);
        const char *line = strstr(text, "include:");

        for (size_t n; *line; line += n) {
                n = strcspn(line, "\n") + 1;
                if (strncmp(line, SOCKET, strlen(SOCKET)) == 0)
                        continue;
                size_t off = line[0] == '#' && (islower((unsigned char)line[1]) ||
                                                strncmp(line + 1, "  ", 2) == 0);

                buf_append(&out, line + off, n - off);
        }
        return buf_steal(&out);
}

static void the_new_configuration__has_every_row(void **state)
{
        new_text = config_new();
        (void)state;
        walk_all(check_in_new);
        walk(&SCHEMA_LISTEN, check_in_new);
        free(new_text);
}

static void the_new_configuration__loads_with_every_key_in_effect(void **state)
{
        AUTO_FREE char *text = config_new(), *all = uncommented(text);
        struct config *c = must_load(all);

        (void)state;
        assert_int_equal(c->n_endpoints + c->n_globs, 4);
        assert_int_equal(c->n_receivers, RECEIVER_KIND_COUNT + 1);
        assert_int_equal(c->n_routes, 1);
        assert_int_equal(c->n_silences, 1);
        assert_non_null(c->heartbeat.url);
        assert_non_null(strstr(all, "    #url_file:"));
        config_unref(c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_table__has_no_holes),
                cmocka_unit_test(the_limits__are_inside),
                cmocka_unit_test(the_json_schema__has_every_row),
                cmocka_unit_test(the_new_configuration__is_the_packaged_one),
                cmocka_unit_test(the_new_configuration__has_the_standard_in_effect),
                cmocka_unit_test(the_new_configuration__has_every_row),
                cmocka_unit_test(the_new_configuration__loads_with_every_key_in_effect),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
