/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in model.h. Strings live in the arena, so letting go is four calls. */
#include "config/model.h"

#include "common/base/hash.h"
#include "common/base/lookup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/arena.h"
#include "config/settings.h"
#include "config/value.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct config *config_ref(struct config *c)
{
        assert(c->refs > 0);
        c->refs++;
        return c;
}

void config_unref(struct config *c)
{
        if (!c)
                return;
        assert(c->refs > 0);
        if (--c->refs > 0)
                return;
        free(c->endpoints);
        free(c->globs);
        free(c->receivers);
        free(c->routes);
        free(c->silences);
        free(c->files);
        arena_free(c->arena);
        free(c);
}

static bool same_target(const struct target *a, const struct target *b)
{
        return a->kind == b->kind && text_same(a->scheme, b->scheme) &&
               text_same(a->host, b->host) && a->port == b->port && text_same(a->path, b->path);
}

int config_endpoint_equal(const struct config_endpoint *a, const struct config_endpoint *b)
{
        return text_same(a->id, b->id) && text_same(a->name, b->name) &&
               same_target(&a->target, &b->target) && text_same(a->server_name, b->server_name) &&
               text_same(a->connect_to, b->connect_to) && text_same(a->starttls, b->starttls) &&
               settings_equal(a->set, b->set);
}

int config_receiver_equal(const struct config_receiver *a, const struct config_receiver *b)
{
        return a->kind == b->kind && value_equal(&SCHEMA_RECEIVER, a, b);
}

bool config_receiver_groups(const struct config_receiver *r)
{
        return r->kind == RECEIVER_ALERTMANAGER;
}

uint32_t config_receiver_hash(const struct config_receiver *r)
{
        uint64_t h = hash_byte(HASH_INIT, (uint8_t)r->kind);

        h = value_hash(&SCHEMA_RECEIVER, r, h);
        return (uint32_t)(h ^ h >> 32);
}

bool config_endpoint_is_meant(const struct config_endpoint *e, const char *text,
                              const struct target *t)
{
        return strcmp(e->name, text) == 0 ||
               (t->host && text_same(e->target.host, t->host) && e->target.port == t->port) ||
               (t->path && text_same(e->target.path, t->path));
}

const char *config_nearest_name(const struct config *c, const char *text)
{
        const char **names = mem_new0(c->n_endpoints + 1, sizeof(*names)), *near;

        for (size_t i = 0; i < c->n_endpoints; i++)
                names[i] = c->endpoints[i].name;
        near = lookup_nearest(names, c->n_endpoints, text);
        free(names);
        return near;
}

/* ---------------------------------------------------------------------------------------------- */

static const char *unless_none(const char *value)
{
        return value && strcmp(value, "none") != 0 ? value : NULL;
}

const char *config_starttls(const struct config_endpoint *e)
{
        return e->starttls ? e->starttls : e->target.starttls;
}

const char *config_alpn(const struct config_endpoint *e)
{
        return e->set->alpn ? unless_none(e->set->alpn) : e->target.alpn;
}

const char *config_proxy(const struct config_settings *s)
{
        return unless_none(s->proxy);
}
