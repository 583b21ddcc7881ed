/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can only be done when every file is read: laying the defaults below the endpoints, deriving
 * what was not said, and the checks that need the whole. The contract is in bind.h.
 */
#include "common/base/addr.h"
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/lookup.h"
#include "common/base/mem.h"
#include "config/arena.h"
#include "config/bind.h"
#include "config/globs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define THRESHOLD_STR_BYTES 80

static struct place endpoint_place(const struct build *b, const struct config_endpoint *e)
{
        return (struct place){
                .file = e->file,
                .file_rank = b->drafts[e - b->config->endpoints].file_rank,
                .line = e->line,
                .column = e->column,
        };
}

static const char *expiry_text(const struct policy *p, const char *key, struct buf *out)
{
        const struct schema *expiry = schema_find(&SCHEMA_ENDPOINT, "expiry")->rows;

        buf_clear(out);
        value_print(out, schema_find(expiry, key),
                    (const char *)p - offsetof(struct config_settings, policy));
        return buf_str(out);
}

/*
 * Critical must come after warning. Part by part, which is exact: where one part of critical is
 * longer, there is a lifetime for which critical comes first.
 */
static void check_expiry(struct build *b, struct place at, const struct policy *p)
{
        const struct threshold *w = &p->warning, *c = &p->critical;
        struct buf warning = BUF_INIT(THRESHOLD_STR_BYTES);
        struct buf critical = BUF_INIT(THRESHOLD_STR_BYTES);
        bool span = w->span_s && c->span_s > w->span_s;
        bool share = w->millipercent && c->millipercent > w->millipercent;

        if (span || share)
                errors_add(&b->errors, at, "expiry: critical (%s) must not exceed warning (%s)",
                           expiry_text(p, "critical", &critical),
                           expiry_text(p, "warning", &warning));
        buf_done(&warning);
        buf_done(&critical);
}

static void inherit_policy(struct policy *p, const struct policy *from)
{
        for (size_t i = 0; i < FINDING_COUNT; i++)
                if (p->severity[i] < 0)
                        p->severity[i] = from->severity[i];
}

/* Merges two sorted lists; the endpoint's own label wins. */
static void inherit_labels(struct arena *arena, struct config_settings *s,
                           const struct config_settings *d)
{
        struct config_label all[2 * CONFIG_MAX_LABELS];
        size_t n = 0, i = 0, j = 0;

        if (s->n_labels == 0) {
                s->labels = d->labels;
                s->n_labels = d->n_labels;
        }
        if (s->labels == d->labels || d->n_labels == 0)
                return;
        while (i < s->n_labels || j < d->n_labels) {
                int r = i == s->n_labels ? 1
                      : j == d->n_labels ? -1
                                         : strcmp(s->labels[i].key, d->labels[j].key);

                all[n++] = r <= 0 ? s->labels[i] : d->labels[j];
                i += r <= 0;
                j += r >= 0;
        }
        s->labels = arena_alloc(arena, n * sizeof(*all));
        memcpy(s->labels, all, n * sizeof(*all));
        s->n_labels = n;
}

/* Lays the defaults below all that endpoints share. */
static void finish_settings(struct build *b, const struct config_settings *of_files)
{
        for (size_t i = 0; i < b->settings.size; i++) {
                struct config_settings *s = b->settings.slots[i];

                if (!s)
                        continue;
                const struct config_settings *defaults = s->of_file ? of_files : &b->defaults.set;

                value_inherit(&SCHEMA_SETTINGS, s, defaults);
                inherit_policy(&s->policy, &defaults->policy);
                inherit_labels(b->config->arena, s, defaults);
        }
}

/* "host" gets the port of the target. */
static void complete_connect_to(struct build *b, struct config_endpoint *e)
{
        AUTO_FREE char *host = NULL;
        uint16_t port = 0;

        if (!e->connect_to)
                return;
        int r = addr_split_host_port(e->connect_to, &host, &port);

        assert(r == 0); /* value_parse() has seen it */
        (void)r;
        if (port)
                return;
        e->connect_to = arena_adopt(b->config->arena,
                                    mem_printf(strchr(host, ':') ? "[%s]:%u" : "%s:%u", host,
                                               e->target.port));
}

/* Keys that mean nothing without another one. */
static void check_companions(struct build *b, const struct config_endpoint *e)
{
        const struct config_settings *s = e->set;
        const struct {
                const char *key, *value, *other_key, *other;
        } rows[] = {
                { "proxy_auth_file", s->proxy_auth_file, "proxy", s->proxy },
                { "client_key", s->client_key, "client_cert", s->client_cert },
                { "client_passphrase_file", s->client_passphrase_file, "client_cert",
                  s->client_cert },
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (rows[i].value && !rows[i].other)
                        errors_add(&b->errors, endpoint_place(b, e),
                                   "%s without %s means nothing", rows[i].key, rows[i].other_key);
        if (s->all_addresses && config_proxy(s))
                errors_add(&b->errors, endpoint_place(b, e),
                           "addresses: all cannot be had through a proxy, which chooses the "
                           "address; write addresses: one, or proxy: none");
}

static void finish_endpoint(struct build *b, struct config_endpoint *e)
{
        const struct draft *draft = &b->drafts[e - b->config->endpoints];

        if (!e->connect_to && e->target.kind == TARGET_NET)
                e->connect_to = b->defaults.own.connect_to;
        complete_connect_to(b, e);
        if (!e->starttls && target_is_bare(&e->target))
                e->starttls = b->defaults.own.starttls;
        if (!e->server_name)
                e->server_name = b->defaults.own.server_name;
        if (!e->server_name)
                e->server_name = e->target.host;
        check_companions(b, e);
        if (e->set->n_labels > CONFIG_MAX_LABELS)
                errors_add(&b->errors, endpoint_place(b, e),
                           "%zu labels, those of the defaults included; at most %d",
                           e->set->n_labels, CONFIG_MAX_LABELS);
        if (draft->expiry_line > 0) {
                struct place at = endpoint_place(b, e);

                at.line = draft->expiry_line;
                at.column = draft->expiry_column;
                check_expiry(b, at, &e->set->policy);
        }
}

/* By id, then in the order of reading: sorting, since nobody can make that quadratic. */
static int compare_ids(const void *pa, const void *pb)
{
        const struct config_endpoint *a = *(const struct config_endpoint *const *)pa;
        const struct config_endpoint *b = *(const struct config_endpoint *const *)pb;
        int r = strcmp(a->id, b->id);

        return r ? r : a < b ? -1 : a > b;
}

static void check_unique(struct build *b)
{
        size_t n = b->config->n_endpoints;
        const struct config_endpoint **sorted = mem_new0(n, sizeof(*sorted)), *first;
        char q[QUOTED_MAX];

        for (size_t i = 0; i < n; i++)
                sorted[i] = &b->config->endpoints[i];
        qsort(sorted, n, sizeof(*sorted), compare_ids);
        first = n ? sorted[0] : NULL;
        for (size_t i = 1; i < n; i++) {
                if (strcmp(first->id, sorted[i]->id) != 0) {
                        first = sorted[i];
                        continue;
                }
                errors_add(&b->errors, endpoint_place(b, sorted[i]),
                           "endpoint %s is already configured at %s:%d:%d; give one of them a "
                           "\"name\" of its own", quoted(first->id, q), first->file, first->line,
                           first->column);
        }
        free(sorted);
}

/* A receiver that is named and not there would be alerts that go nowhere. */
static void check_mention(struct build *b, const struct mention *m)
{
        const struct config *c = b->config;
        const char *names[CONFIG_MAX_RECEIVERS], *near;
        char q[QUOTED_MAX], near_q[QUOTED_MAX];

        for (size_t i = 0; i < c->n_receivers; i++) {
                names[i] = c->receivers[i].name;
                if (strcmp(names[i], m->name) == 0)
                        return;
        }
        near = lookup_nearest(names, c->n_receivers, m->name);
        quoted(m->name, q);
        if (near)
                errors_add(&b->errors, m->at, "%s: no receiver is named %s; did you mean %s?",
                           m->key, q, quoted(near, near_q));
        else
                errors_add(&b->errors, m->at, "%s: no receiver is named %s", m->key, q);
}

/* The defaults of files: none for what concerns the network, which is left alone unless asked. */
static void defaults_of_files(const struct build *b, const struct value_place *where,
                              struct config_endpoint_flat *ret)
{
        *ret = b->defaults;
        value_clear_flagged(&SCHEMA_ENDPOINT, SCHEMA_NET_ONLY, ret);
        if (!value_is_set(schema_find(&SCHEMA_ENDPOINT, "aia"), ret))
                ret->set.aia = AIA_OFF;
        value_standard(&SCHEMA_ENDPOINT, where, ret);
}

/* What is served where when nobody says. */
static void standard_listens(struct build *b)
{
        static const char *const ADDRESSES[] = { "127.0.0.1:9219", "/run/notafter/http.sock" };
        struct config *c = b->config;

        c->listens = arena_alloc(c->arena, ARRAY_LEN(ADDRESSES) * sizeof(*c->listens));
        for (size_t i = 0; i < ARRAY_LEN(ADDRESSES); i++)
                c->listens[i] = (struct config_listen){
                        .address = arena_strdup(c->arena, ADDRESSES[i]),
                };
        c->n_listens = ARRAY_LEN(ADDRESSES);
}

/* How a target is looked at that is no endpoint. */
static void finish_probe(struct build *b)
{
        struct config_endpoint *as = &b->config->probe.as;
        struct config_settings *set = arena_alloc(b->config->arena, sizeof(*set));

        *set = b->defaults.set;
        *as = b->defaults.own;
        as->set = set;
        as->id = as->name = arena_adopt(b->config->arena, mem_strdup("probe.allow"));
        as->file = b->config->n_files > 0 ? b->config->files[0] : NULL; /* it could not be read */
}

void build_finish(struct build *b)
{
        const struct value_place where = { .arena = b->config->arena, .folder = "" };
        struct config_endpoint_flat of_files;

        value_standard(&SCHEMA_TOP, &where, b->config);
        if (!b->listen_given)
                standard_listens(b);
        defaults_of_files(b, &where, &of_files);
        value_standard(&SCHEMA_ENDPOINT, &where, &b->defaults);
        if (b->defaults_expiry.line > 0)
                check_expiry(b, b->defaults_expiry, &b->defaults.set.policy);
        finish_settings(b, &of_files.set);
        finish_probe(b);
        for (size_t i = 0; i < b->config->n_endpoints; i++)
                finish_endpoint(b, &b->config->endpoints[i]);
        for (size_t i = 0; i < b->n_mentions; i++)
                check_mention(b, &b->mentions[i]);
        globs_expand(b);
        check_unique(b);
}
