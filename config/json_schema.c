/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration language as a JSON Schema (draft 2020-12), for editors: the same rows, told in
 * another language. It accepts what the loader accepts, as far as a JSON Schema can say it.
 */
#include "config/loader.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/cert/finding.h"
#include "config/schema.h"
#include "config/value.h"

#include <jansson.h>
#include <stdlib.h>

#define TEXT_MAX_BYTES 1024
#define SPAN_PATTERN "^([0-9]+ ?(ms|w|d|h|m|s) ?)+$"
#define PERCENT_PATTERN "^[0-9]+(\\.[0-9]+)? ?%$"

static json_t *mapping_schema(const struct schema *s, bool is_defaults);

static json_t *object(const char *key, json_t *value)
{
        json_t *o = json_object();

        if (!o || json_object_set_new(o, key, value) < 0)
                mem_exhausted();
        return o;
}

static void set(json_t *o, const char *key, json_t *value)
{
        if (json_object_set_new(o, key, value) < 0)
                mem_exhausted();
}

static json_t *typed(const char *type)
{
        return object("type", json_string(type));
}

static json_t *pattern(const char *regex)
{
        json_t *o = typed("string");

        set(o, "pattern", json_string(regex));
        return o;
}

static json_t *words(const char *const *list, size_t n)
{
        json_t *array = json_array();

        for (size_t i = 0; i < n; i++) {
                json_array_append_new(array, json_string(list[i]));
                if (list[i][0] >= '0' && list[i][0] <= '9') /* `ip: 4` is a number to an editor */
                        json_array_append_new(array, json_integer(atoi(list[i])));
        }
        return object("enum", array);
}

static json_t *text(const struct schema_row *row)
{
        json_t *o = typed("string");

        if (row->min > 0)
                set(o, "minLength", json_integer(row->min));
        if (row->max > 0)
                set(o, "maxLength", json_integer(row->max));
        return o;
}

static json_t *number(const struct schema_row *row)
{
        json_t *o = typed("integer");

        set(o, "minimum", json_integer(row->min));
        set(o, "maximum", json_integer(row->max));
        return o;
}

static json_t *either(const char *how, json_t *a, json_t *b)
{
        json_t *array = json_array();

        json_array_append_new(array, a);
        json_array_append_new(array, b);
        return object(how, array);
}

static json_t *list_of(json_t *items)
{
        json_t *o = typed("array");

        set(o, "items", items);
        return o;
}

/* A list of things of their own: a key with nothing behind it is an empty one. */
static json_t *things(json_t *items)
{
        json_t *o = list_of(items), *types = json_array();

        json_array_append_new(types, json_string("array"));
        json_array_append_new(types, json_string("null"));
        set(o, "type", types);
        return o;
}

static json_t *threshold(void)
{
        json_t *list = list_of(either("anyOf", pattern(SPAN_PATTERN), pattern(PERCENT_PATTERN)));
        json_t *array = json_array();

        set(list, "minItems", json_integer(1));
        set(list, "maxItems", json_integer(2));
        json_array_append_new(array, pattern(SPAN_PATTERN));
        json_array_append_new(array, pattern(PERCENT_PATTERN));
        json_array_append_new(array, list);
        return object("anyOf", array);
}

static json_t *policy(void)
{
        json_t *o = typed("object"), *codes = json_object();

        for (size_t i = 0; i < FINDING_COUNT; i++) {
                json_t *choice = words(SCHEMA_SEVERITIES, SEVERITY_COUNT);

                set(choice, "description", json_string(FINDINGS[i].title));
                set(codes, FINDINGS[i].name, choice);
        }
        set(o, "properties", codes);
        set(o, "additionalProperties", json_false());
        return o;
}

static json_t *labels(const struct schema_row *row)
{
        json_t *o = typed("object"), *value = typed("string");

        set(value, "maxLength", json_integer(256));
        set(o, "propertyNames", object("pattern", json_string("^[a-zA-Z_][a-zA-Z0-9_]{0,63}$")));
        set(o, "additionalProperties", value);
        set(o, "maxProperties", json_integer(row->max));
        return o;
}

static json_t *texts(const struct schema_row *row)
{
        json_t *list = list_of(text(row));

        set(list, "minItems", json_integer((json_int_t)row->least));
        set(list, "maxItems", json_integer((json_int_t)row->most));
        return either("anyOf", text(row), list);
}

static json_t *mappings(const struct schema_row *row, const struct schema *s)
{
        json_t *list = things(mapping_schema(s, false));

        set(list, "maxItems", json_integer((json_int_t)row->most));
        return list;
}

/* One address alone, or a list of addresses and of mappings that say more. */
static json_t *listens(const struct schema_row *row)
{
        json_t *list = things(either("anyOf", typed("string"),
                                     mapping_schema(&SCHEMA_LISTEN, false)));

        set(list, "maxItems", json_integer((json_int_t)row->most));
        return either("anyOf", typed("string"), list);
}

static json_t *value_schema(const struct schema_row *row)
{
        switch (row->type) {
        case SCHEMA_TEXT:
        case SCHEMA_PATH:
        case SCHEMA_HOST:
        case SCHEMA_HOST_PORT:
        case SCHEMA_ADDRESS:
        case SCHEMA_TARGET:
        case SCHEMA_TEMPLATE:
        case SCHEMA_MAIL:
                return text(row);
        case SCHEMA_URL:
                return pattern("^https?://");
        case SCHEMA_PROXY:
                return pattern("^(none|(http|socks5)://[^@/]+:[0-9]+/?)$");
        case SCHEMA_ALPN:
                return pattern("^[!-~]{1,255}( *, *[!-~]{1,255})*$");
        case SCHEMA_WORD:
        case SCHEMA_CHOICE:
                return words(row->words, row->n_words);
        case SCHEMA_NUMBER:
                return number(row);
        case SCHEMA_NUMBER_OR_AUTO:
                return either("anyOf", object("const", json_string("auto")), number(row));
        case SCHEMA_BOOL:
                return typed("boolean");
        case SCHEMA_SPAN:
        case SCHEMA_SPAN_MS:
                return pattern(SPAN_PATTERN);
        case SCHEMA_SPAN_OR_NEVER:
                return either("anyOf", object("const", json_string("never")),
                              pattern(SPAN_PATTERN));
        case SCHEMA_TIME:
                return pattern("^([0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+Z)?|@[0-9]+)$");
        case SCHEMA_CLOCK:
                return pattern("^[0-9]{1,2}:[0-5][0-9]$");
        case SCHEMA_TEXTS:
        case SCHEMA_MAILS:
        case SCHEMA_CODES:
        case SCHEMA_RECEIVER_NAMES:
                return texts(row);
        case SCHEMA_WORDS:
                return list_of(words(row->words, row->n_words));
        case SCHEMA_THRESHOLD:
                return threshold();
        case SCHEMA_POLICY:
                return policy();
        case SCHEMA_LABELS:
                return labels(row);
        case SCHEMA_MAPPING:
                return mapping_schema(row->rows, false);
        case SCHEMA_DEFAULTS:
                return mapping_schema(&SCHEMA_ENDPOINT, true);
        case SCHEMA_ENDPOINTS:
                return things(either("anyOf", typed("string"),
                                     mapping_schema(&SCHEMA_ENDPOINT, false)));
        case SCHEMA_RECEIVERS:
                return things(mapping_schema(&SCHEMA_RECEIVER, false));
        case SCHEMA_ROUTES:
                return mappings(row, &SCHEMA_ROUTE);
        case SCHEMA_SILENCES:
                return mappings(row, &SCHEMA_SILENCE);
        case SCHEMA_LISTENS:
                return listens(row);
        case SCHEMA_INCLUDE:
                return either("anyOf", text(row), list_of(text(row)));
        case SCHEMA_TYPE_COUNT:
                break;
        }
        return json_true();
}

/* "Time between two probes. A span of time from 1s to 30d; unless given, 1h." */
static void describe(json_t *o, const struct schema_row *row)
{
        struct buf b = BUF_INIT(TEXT_MAX_BYTES);

        buf_printf(&b, "%s Allowed: ", row->help);
        value_allowed(&b, row);
        if (row->standard)
                buf_printf(&b, "; unless given, %s", row->standard);
        buf_puts(&b, ".");
        set(o, "description", json_string(buf_str(&b)));
        buf_done(&b);
}

static json_t *mapping_schema(const struct schema *s, bool is_defaults)
{
        json_t *o = json_object(), *properties = json_object();
        json_t *required = json_array(), *choices = json_array(), *types = json_array();

        json_array_append_new(types, json_string("object"));
        json_array_append_new(types, json_string("null"));
        for (size_t i = 0; i < s->n; i++) {
                const struct schema_row *row = &s->rows[i];

                if (is_defaults && (row->flags & SCHEMA_NO_DEFAULT))
                        continue;
                json_t *value = value_schema(row);

                describe(value, row);
                set(properties, row->key, value);
                if (row->flags & SCHEMA_REQUIRED)
                        json_array_append_new(required, json_string(row->key));
                if (row->flags & SCHEMA_ONE_OF) {
                        json_t *only = json_array();

                        json_array_append_new(only, json_string(row->key));
                        json_array_append_new(choices, object("required", only));
                }
        }
        set(o, "type", json_array_size(required) ? json_string("object") : json_incref(types));
        set(o, "properties", properties);
        set(o, "additionalProperties", json_false());
        if (json_array_size(required))
                set(o, "required", json_incref(required));
        if (json_array_size(choices))
                set(o, "oneOf", json_incref(choices));
        json_decref(types);
        json_decref(required);
        json_decref(choices);
        return o;
}

char *config_json_schema(void)
{
        json_t *o = mapping_schema(&SCHEMA_TOP, false);

        set(o, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
        set(o, "title", json_string("notafter configuration"));
        char *out = json_dumps(o, JSON_INDENT(2) | JSON_SORT_KEYS);

        json_decref(o);
        if (!out)
                mem_exhausted();
        return out;
}
