/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in model.h. Strings live in the arena, so letting go is four calls. */
#include "config/model.h"

#include "config/arena.h"

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
        free(c->receivers);
        free(c->files);
        arena_free(c->arena);
        free(c);
}

static bool same(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_target(const struct target *a, const struct target *b)
{
        return a->kind == b->kind && same(a->scheme, b->scheme) && same(a->host, b->host) &&
               a->port == b->port && same(a->path, b->path);
}

static bool same_threshold(const struct threshold *a, const struct threshold *b)
{
        return a->span_s == b->span_s && a->millipercent == b->millipercent;
}

static bool same_policy(const struct policy *a, const struct policy *b)
{
        return same_threshold(&a->warning, &b->warning) &&
               same_threshold(&a->critical, &b->critical) &&
               memcmp(a->severity, b->severity, sizeof(a->severity)) == 0;
}

static bool same_labels(const struct config_endpoint *a, const struct config_endpoint *b)
{
        if (a->n_labels != b->n_labels)
                return false;
        for (size_t i = 0; i < a->n_labels; i++)
                if (!same(a->labels[i].key, b->labels[i].key) ||
                    !same(a->labels[i].value, b->labels[i].value))
                        return false;
        return true;
}

int config_endpoint_equal(const struct config_endpoint *a, const struct config_endpoint *b)
{
        return same(a->id, b->id) && same(a->name, b->name) &&
               same_target(&a->target, &b->target) && same(a->server_name, b->server_name) &&
               same(a->connect_to, b->connect_to) && a->ip == b->ip &&
               a->interval_s == b->interval_s && a->retry_s == b->retry_s &&
               a->timeout_ms == b->timeout_ms &&
               a->step_timeout_ms == b->step_timeout_ms && a->failures == b->failures &&
               same(a->ca_file, b->ca_file) && same(a->intermediates_file, b->intermediates_file) &&
               same_policy(&a->policy, &b->policy) && same_labels(a, b);
}
