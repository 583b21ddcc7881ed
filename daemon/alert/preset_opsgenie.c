/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opsgenie, Alert API v2: a group of problems is one alert (alias), which is made by its first
 * message, counts those that follow, and is closed at its end. It is told of problems only.
 */
#include "daemon/alert/preset.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <string.h>

#define PATH "/v2/alerts"
#define MESSAGE_BYTES 130 /* its own limits */
#define ENTITY_BYTES 512
#define DESCRIPTION_BYTES 14000

static const char *const PRIORITIES[RANK_COUNT] = {
        [RANK_CRITICAL] = "P1",
        [RANK_WARNING]  = "P3",
        [RANK_INFO]     = "P5",
        [RANK_GOOD]     = "P5",
};

static json_t *details(const struct message *m)
{
        struct preset_fact facts[PRESET_MAX_FACTS];
        size_t n = preset_facts(m, facts);
        json_t *o = json_object();

        for (size_t i = 0; i < n; i++)
                preset_put(o, facts[i].key, json_string(facts[i].value));
        preset_facts_done(facts, n);
        return o;
}

static json_t *create(const struct message *m)
{
        AUTO_FREE char *body = message_body(m, DESCRIPTION_BYTES);
        json_t *o = json_object();

        preset_put(o, "message", preset_text(m->summary, MESSAGE_BYTES));
        preset_put(o, "alias", json_string(preset_key(m)));
        preset_put(o, "description", json_string(body));
        preset_put(o, "priority", json_string(PRIORITIES[preset_rank(m)]));
        preset_put(o, "entity", preset_text(m->target, ENTITY_BYTES));
        preset_put(o, "details", details(m));
        return o;
}

static json_t *close_it(const struct message *m)
{
        json_t *o = json_object();

        preset_put(o, "note", preset_text(m->summary, DESCRIPTION_BYTES));
        return o;
}

static void post(const struct preset_terms *t, const struct message *m, const char *payload,
                 struct preset_post *ret)
{
        bool good = m->kind == MESSAGE_RESOLVED;
        size_t n = strlen(t->url);
        json_t *root;

        (void)payload;
        if (!preset_is_problem(m) && m->kind != MESSAGE_TEST)
                return;
        while (n > 0 && t->url[n - 1] == '/')
                n--;
        ret->url = good ? mem_printf("%.*s" PATH "/%s/close?identifierType=alias", (int)n, t->url,
                                     preset_key(m))
                        : mem_printf("%.*s" PATH, (int)n, t->url);
        ret->authorization = mem_printf("GenieKey %s", t->token);
        root = good ? close_it(m) : create(m);
        preset_put(root, "source", json_string("notafter"));
        ret->body = preset_dump(root);
}

const struct preset PRESET_OPSGENIE = { .post = post };
