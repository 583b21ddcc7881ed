/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table of the members' numbers: heads of chains, and one link for each of them. */
#include "daemon/monitor/aims.h"

#include "common/base/hash.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"

#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX

struct aims {
        const struct fleet *fleet;
        uint32_t *first, *next;
        size_t mask; /* of .first */
};

static size_t slot_of(const struct aims *a, const struct target *t)
{
        const char *place = t->kind == TARGET_NET ? t->host : t->path;
        uint64_t h = hash_bytes(HASH_INIT, place, strlen(place));

        h = hash_bytes(h, &t->port, sizeof(t->port));
        return (size_t)(h ^ h >> 32) & a->mask;
}

struct aims *aims_new(const struct fleet *f)
{
        struct aims *a = mem_new0(1, sizeof(*a));
        size_t size = 1;

        while (size < f->n / 2)
                size *= 2;
        *a = (struct aims){ f, mem_new0(size, sizeof(*a->first)),
                            mem_new0(f->n, sizeof(*a->next)), size - 1 };
        memset(a->first, 0xff, size * sizeof(*a->first));
        for (size_t i = f->n; i-- > 0;) {
                size_t slot = slot_of(a, &f->members[i].cfg->target);

                a->next[i] = a->first[slot];
                a->first[slot] = (uint32_t)i;
        }
        return a;
}

void aims_free(struct aims *a)
{
        if (!a)
                return;
        free(a->first);
        free(a->next);
        free(a);
}

/* --- what is meant ---------------------------------------------------------------------------- */

/*
 * Names of modules are free; those that people use say what they do: "smtp_starttls", "imap",
 * "tcp_postgres_starttls". The first part that is a scheme with a dialect decides.
 */
static const char *dialect_of(const char *module, uint16_t port)
{
        bool starttls = false;

        for (const char *p = module; *p;) {
                size_t n = strcspn(p, "_-. ");
                const char *dialect = target_scheme_dialect(p, n);

                if (dialect)
                        return dialect;
                starttls |= n == strlen("starttls") && strncmp(p, "starttls", n) == 0;
                p += n + (p[n] != '\0');
        }
        return starttls ? target_port_dialect(port) : NULL;
}

int aims_read(const char *text, const char *module, struct target *ret, char **ret_error)
{
        int r = target_parse(text, ret, ret_error);

        if (r == 0 && module && target_is_bare(ret) && !strstr(text, "://"))
                ret->starttls = dialect_of(module, ret->port);
        return r;
}

static bool is_at(const struct member *m, const struct target *t)
{
        const struct target *own = &m->cfg->target;

        if (own->kind != t->kind)
                return false;
        return t->kind == TARGET_NET ? own->port == t->port && strcmp(own->host, t->host) == 0
                                     : strcmp(own->path, t->path) == 0;
}

struct member *aims_find(const struct aims *a, const char *text, const struct target *t)
{
        struct member *found = fleet_find(a->fleet, text);

        if (t->kind != TARGET_NET || (found && !is_at(found, t)))
                return found;
        uint32_t i = a->first[slot_of(a, t)];

        for (size_t tried = 0; i != NOBODY && tried < AIMS_MAX_TRIED; i = a->next[i], tried++) {
                struct member *m = &a->fleet->members[i];

                if (!is_at(m, t))
                        continue;
                if (text_same(config_starttls(m->cfg), t->starttls))
                        return m;
                if (!found)
                        found = m;
        }
        return found;
}

size_t aims_at(const struct aims *a, const struct target *t, const struct member **ret,
               size_t max)
{
        uint32_t i = a->first[slot_of(a, t)];
        size_t n = 0;

        for (size_t tried = 0; i != NOBODY && tried < AIMS_MAX_TRIED && n < max;
             i = a->next[i], tried++)
                if (is_at(&a->fleet->members[i], t))
                        ret[n++] = &a->fleet->members[i];
        return n;
}
