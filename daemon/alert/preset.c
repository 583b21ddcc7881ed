/* SPDX-License-Identifier: Apache-2.0 */
/* The table, and the words that services have in common. The contract is in preset.h. */
#include "daemon/alert/preset.h"

#include "daemon/alert/excerpt.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define NARROW_BYTES 40 /* values below that: half a line of a chat */
#define FACT_MAX_BYTES 256
#define LABELS_MAX_BYTES 500

static void webhook_post(const struct preset_terms *t, const struct message *m, const char *payload,
                         struct preset_post *ret)
{
        (void)t, (void)m;
        ret->body = mem_strdup(payload);
}

static const struct preset PRESET_WEBHOOK = { .post = webhook_post };

const struct preset *const PRESETS[RECEIVER_KIND_COUNT] = {
        [RECEIVER_WEBHOOK]      = &PRESET_WEBHOOK,
        [RECEIVER_ALERTMANAGER] = &PRESET_ALERTMANAGER,
        [RECEIVER_SLACK]        = &PRESET_SLACK,
        [RECEIVER_TEAMS]        = &PRESET_TEAMS,
        [RECEIVER_DISCORD]      = &PRESET_DISCORD,
        [RECEIVER_PAGERDUTY]    = &PRESET_PAGERDUTY,
        [RECEIVER_OPSGENIE]     = &PRESET_OPSGENIE,
        [RECEIVER_NTFY]         = &PRESET_NTFY,
        [RECEIVER_TEMPLATE]     = &PRESET_TEMPLATE,
};

void preset_post_done(struct preset_post *p)
{
        free(p->url);
        free(p->authorization);
        free(p->body);
        *p = (struct preset_post){ 0 };
}

/* --- JSON ------------------------------------------------------------------------------------- */

json_t *preset_text(const char *s, size_t max_bytes)
{
        AUTO_FREE char *text = excerpt(s, max_bytes);

        return json_string(text);
}

void preset_put(json_t *object, const char *key, json_t *value)
{
        if (json_object_set_new(object, key, value) < 0)
                mem_exhausted();
}

void preset_append(json_t *array, json_t *value)
{
        if (json_array_append_new(array, value) < 0)
                mem_exhausted();
}

char *preset_dump(json_t *root)
{
        char *text = json_dumps(root, JSON_COMPACT);

        json_decref(root);
        if (!text)
                mem_exhausted();
        return text;
}

/* --- words ------------------------------------------------------------------------------------ */

bool preset_is_problem(const struct message *m)
{
        return message_has_code(m) && m->kind != MESSAGE_REPLACED;
}

const char *preset_key(const struct message *m)
{
        return m->group ? m->group : m->id;
}

const char *preset_mood(const struct message *m)
{
        bool open = preset_is_problem(m) && m->kind != MESSAGE_RESOLVED;

        return open ? message_severity_str(m->severity) : message_kind_str(m->kind);
}

enum preset_rank preset_rank(const struct message *m)
{
        static const enum preset_rank RANKS[SEVERITY_COUNT] = {
                [SEVERITY_OK]      = RANK_GOOD,
                [SEVERITY_INFO]    = RANK_INFO,
                [SEVERITY_WARNING] = RANK_WARNING,
                [SEVERITY_ERROR]   = RANK_CRITICAL,
        };

        if (m->kind == MESSAGE_RESOLVED)
                return RANK_GOOD;
        return preset_is_problem(m) ? RANKS[m->severity] : RANK_INFO;
}

char *preset_title(const struct message *m, size_t max_bytes)
{
        AUTO_FREE char *all = mem_printf("[%s] %s", preset_mood(m), m->summary ? m->summary : "");

        return excerpt(all, max_bytes);
}

char *preset_body(const struct message *m, size_t max_bytes)
{
        AUTO_FREE char *all = message_body(m, max_bytes);
        const char *rest = all + strcspn(all, "\n"); /* behind the summary */

        rest += strspn(rest, "\n");
        size_t n = strlen(rest);

        while (n > 0 && rest[n - 1] == '\n')
                n--;
        return mem_copy(rest, n);
}

static void add_fact(struct preset_fact *facts, size_t *n, const char *key, const char *value)
{
        if (value && *value)
                facts[(*n)++] = (struct preset_fact){ key, excerpt(value, FACT_MAX_BYTES) };
}

static char *labels_of(const struct message *m)
{
        struct buf out = BUF_INIT(LABELS_MAX_BYTES);

        for (size_t i = 0; i < m->n_labels; i++)
                buf_printf(&out, "%s%s=%s", i ? ", " : "", m->labels[i].key, m->labels[i].value);
        return buf_steal(&out);
}

size_t preset_facts(const struct message *m, struct preset_fact out[static PRESET_MAX_FACTS])
{
        AUTO_FREE char *labels = labels_of(m);
        bool many = m->n_members > 1;
        size_t n = 0;

        if (!message_has_code(m))
                return n;
        add_fact(out, &n, "Change", message_kind_str(m->kind));
        add_fact(out, &n, "Code", message_code(m));
        add_fact(out, &n, "Target", many ? NULL : m->target);
        add_fact(out, &n, "Certificate", m->fingerprint);
        add_fact(out, &n, "Labels", many ? NULL : labels);
        return n;
}

void preset_facts_done(struct preset_fact *facts, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(facts[i].value);
}

json_t *preset_fields(const struct message *m, const char *name, const char *narrow,
                      json_t *(*plain)(const char *s))
{
        struct preset_fact facts[PRESET_MAX_FACTS];
        size_t n = preset_facts(m, facts);
        json_t *list = json_array();

        for (size_t i = 0; i < n; i++) {
                json_t *field = json_object();

                preset_put(field, name, json_string(facts[i].key));
                preset_put(field, "value", plain(facts[i].value));
                preset_put(field, narrow, json_boolean(strlen(facts[i].value) < NARROW_BYTES));
                preset_append(list, field);
        }
        preset_facts_done(facts, n);
        return list;
}
