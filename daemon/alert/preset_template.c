/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON that the operator wrote, with placeholders (config/template.h). It is walked as a tree, and
 * only its strings are replaced: whatever a certificate says stays inside of one.
 */
#include "daemon/alert/preset.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "config/template.h"

#include <string.h>

#define TEXT_MAX_BYTES 65536 /* of one string */

struct context {
        const json_t *message; /* its JSON form */
        const char *token;
};

/* A new reference; null when there is nothing of that name. */
static json_t *find(const struct context *c, const char *name)
{
        const json_t *data = json_object_get(c->message, "data");
        json_t *value;

        if (strcmp(name, "token") == 0)
                return c->token ? json_string(c->token) : json_null();
        if (strncmp(name, "labels.", 7) == 0)
                value = json_object_get(json_object_get(data, "labels"), name + 7);
        else
                value = json_object_get(data, name);
        if (!value)
                value = json_object_get(c->message, name);
        return value ? json_incref(value) : json_null();
}

/* @value as it stands in a longer text. */
static void put_text(struct buf *out, const json_t *value)
{
        if (json_is_string(value)) {
                buf_puts(out, json_string_value(value));
        } else if (!json_is_null(value)) {
                AUTO_FREE char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

                buf_puts(out, text ? text : "");
        }
}

static json_t *fill_string(const struct context *c, const char *s)
{
        struct buf out = BUF_INIT(TEXT_MAX_BYTES);
        const char *start = s;
        struct template_hole hole;

        while (template_next(s, &hole) > 0) {
                AUTO_FREE char *name = mem_copy(hole.name, hole.name_len);
                json_t *value = find(c, name);

                if (hole.begin == start && !*hole.end)
                        return value;
                buf_append(&out, s, (size_t)(hole.begin - s));
                put_text(&out, value);
                json_decref(value);
                s = hole.end;
        }
        buf_puts(&out, s);
        json_t *text = json_string(buf_str(&out));

        buf_done(&out);
        return text;
}

static json_t *fill(const struct context *c, json_t *value)
{
        json_t *filled, *member;
        const char *key;
        size_t i;

        if (json_is_string(value))
                return fill_string(c, json_string_value(value));
        if (!json_is_object(value) && !json_is_array(value))
                return json_incref(value);
        filled = json_is_object(value) ? json_object() : json_array();
        json_object_foreach(value, key, member)
                preset_put(filled, key, fill(c, member));
        json_array_foreach(value, i, member)
                preset_append(filled, fill(c, member));
        return filled;
}

static void post(const struct preset_terms *t, const struct message *m, const char *payload,
                 struct preset_post *ret)
{
        json_t *body = json_loads(t->cfg->body, 0, NULL), *message = json_loads(payload, 0, NULL);
        const struct context c = { message, t->token };

        (void)m;
        if (!body || !message)
                mem_exhausted(); /* the loader has read the one, and we have written the other */
        ret->body = preset_dump(fill(&c, body));
        if (t->token && !template_has(t->cfg->body, "token"))
                ret->authorization = mem_printf("Bearer %s", t->token);
        json_decref(body);
        json_decref(message);
}

const struct preset PRESET_TEMPLATE = { .post = post };
