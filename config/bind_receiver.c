/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receivers. The key that chooses the kind also says which standard values hold, so they are filled
 * in here and not when every file is read.
 */
#include "config/bind_internal.h"

#include "common/base/addr.h"
#include "common/base/cleanup.h"
#include "common/base/lookup.h"
#include "common/base/mem.h"
#include "config/arena.h"

#include <assert.h>
#include <string.h>

/* Keys that mean nothing without another one, or beside it. */
static void check_companions(struct bind *f, const struct config_receiver *r,
                             const struct yaml_item *it)
{
        const char *transport = r->transport ? r->transport : "tls";
        bool is_tls = r->server && strcmp(transport, "tls") == 0;
        bool is_clear = r->tls && strcmp(r->tls, "none") == 0;
        const struct {
                enum receiver_kind kind;
                bool wrong;
                const char *what;
        } rows[] = {
                { RECEIVER_SYSLOG, r->socket && r->server,
                  "a socket or a server takes it, not both" },
                { RECEIVER_SYSLOG, r->transport && !r->server,
                  "transport without server means nothing" },
                { RECEIVER_SYSLOG, r->ca_file && !is_tls,
                  "ca_file means nothing without a server over TLS" },
                { RECEIVER_SYSLOG, r->client_cert && !is_tls,
                  "client_cert means nothing without a server over TLS" },
                { RECEIVER_SYSLOG, r->client_key && !r->client_cert,
                  "client_key without client_cert means nothing" },
                { RECEIVER_MAIL, !r->user != !r->password_file,
                  "user and password_file go together" },
                { RECEIVER_MAIL, r->user && is_clear,
                  "a password is not sent without TLS" },
                { RECEIVER_MAIL, r->ca_file && is_clear, "ca_file without TLS means nothing" },
                { RECEIVER_EXEC, r->n_command > 0 && *r->command[0] != '/',
                  "command begins with the whole path of a program: no PATH is searched" },
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (rows[i].kind == r->kind && rows[i].wrong)
                        bind_error(f, it, "%s: %s", SCHEMA_RECEIVER_KINDS[r->kind], rows[i].what);
}

/* "host" gets @port; *server is host:port or host, as the schema saw to. */
static void complete_port(struct bind *f, char **server, unsigned port)
{
        AUTO_FREE char *host = NULL;
        uint16_t own = 0;
        int r = addr_split_host_port(*server, &host, &own);

        assert(r == 0);
        (void)r;
        if (own == 0)
                *server = arena_adopt(f->where.arena,
                                      mem_printf(strchr(host, ':') ? "[%s]:%u" : "%s:%u", host,
                                                 port));
}

/* What is standard depends on other keys. */
static void complete(struct bind *f, struct config_receiver *r)
{
        if (r->kind == RECEIVER_SYSLOG && r->server) {
                if (!r->transport)
                        r->transport = arena_strdup(f->where.arena, "tls");
                complete_port(f, &r->server, strcmp(r->transport, "tls") == 0 ? 6514 : 514);
        } else if (r->kind == RECEIVER_SYSLOG && !r->socket) {
                r->socket = arena_strdup(f->where.arena, "/dev/log");
        } else if (r->kind == RECEIVER_MAIL && r->server) {
                complete_port(f, &r->server, !r->tls || strcmp(r->tls, "starttls") == 0 ? 587
                                             : strcmp(r->tls, "tls") == 0               ? 465
                                                                                        : 25);
        }
}

/* Sets the kind, and what is standard for it; false when no key chose one, which is reported. */
static bool choose_kind(struct bind *f, struct config_receiver *r, const struct mark *seen,
                        const struct yaml_item *it)
{
        for (size_t i = 0; i < SCHEMA_RECEIVER.n; i++) {
                const struct schema_row *row = &SCHEMA_RECEIVER.rows[i];

                if (!(row->flags & SCHEMA_ONE_OF) || seen[i].line == 0)
                        continue;
                int kind = lookup_index(SCHEMA_RECEIVER_KINDS, RECEIVER_KIND_COUNT, row->key);

                assert(kind >= 0);
                r->kind = (enum receiver_kind)kind;
                check_companions(f, r, it);
                complete(f, r);
                value_standard(row->rows, &f->where, r);
                value_standard(&SCHEMA_RECEIVER, &f->where, r);
                value_zero_unset(&SCHEMA_RECEIVER, r);
                return true;
        }
        return false;
}

static void add_receiver(struct bind *f, const struct config_receiver *r,
                         const struct yaml_item *it)
{
        struct config *c = f->build->config;
        char q[QUOTED_MAX];

        for (size_t i = 0; i < c->n_receivers; i++)
                if (strcmp(c->receivers[i].name, r->name) == 0) {
                        const struct place *first = &f->build->receiver_places[i];

                        bind_error(f, it, "receiver %s is already configured at %s:%d:%d",
                                   quoted(r->name, q), first->file, first->line, first->column);
                        return;
                }
        if (c->n_receivers == CONFIG_MAX_RECEIVERS) {
                bind_error(f, it, "more than %d receivers", CONFIG_MAX_RECEIVERS);
                return;
        }
        c->receivers = mem_resize(c->receivers, c->n_receivers + 1, sizeof(*c->receivers));
        f->build->receiver_places = mem_resize(f->build->receiver_places, c->n_receivers + 1,
                                               sizeof(*f->build->receiver_places));
        f->build->receiver_places[c->n_receivers] = bind_place(f, it->line, it->column);
        c->receivers[c->n_receivers++] = *r;
}

static void bind_receiver(struct bind *f, struct yaml_item *start)
{
        struct mark seen[SCHEMA_MAX_ROWS] = { { 0, 0 } };
        struct config_receiver r = { 0 };

        value_clear(&SCHEMA_RECEIVER, &r);
        bind_mapping(f, &SCHEMA_RECEIVER, &r, seen, start);
        if (choose_kind(f, &r, seen, start) && r.name)
                add_receiver(f, &r, start);
}

void bind_receivers(struct bind *f, const struct schema_row *row, struct yaml_item *it, void *base)
{
        (void)base;
        bind_items(f, row, it, "a receiver", bind_receiver);
}
