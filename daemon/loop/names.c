/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A balanced tree (tsearch) and a list by use. A tree and not a hash table: names come out of
 * certificates too, and whoever makes those could choose names that meet in one bucket.
 */
#include "daemon/loop/names.h"

#include "common/base/mem.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

struct name {
        TAILQ_ENTRY(name) by_use; /* while it has an answer */
        char *host;
        enum addr_family family;
        void *question; /* or, when it is NULL: */
        struct addr *addrs;
        size_t n_addrs;
        int64_t until_ms;
};

TAILQ_HEAD(name_list, name);

struct names {
        void *tree;
        struct name_list answers; /* the most recently used first */
        size_t n_answers, bytes;
        size_t max_answers, max_bytes;
};

static int name_compare(const void *a, const void *b)
{
        const struct name *x = a, *y = b;

        if (x->family != y->family)
                return x->family < y->family ? -1 : 1;
        return strcasecmp(x->host, y->host);
}

/* What an answer costs, the tree's own node and the allocator's headers included. */
static size_t name_bytes(const struct name *name)
{
        return sizeof(*name) + strlen(name->host) + 1 + name->n_addrs * sizeof(*name->addrs) + 96;
}

struct names *names_new(size_t max_answers, size_t max_bytes)
{
        struct names *n = mem_new0(1, sizeof(*n));

        TAILQ_INIT(&n->answers);
        n->max_answers = max_answers;
        n->max_bytes = max_bytes;
        return n;
}

static void name_free(void *p)
{
        struct name *name = p;

        free(name->host);
        free(name->addrs);
        free(name);
}

void names_free(struct names *n)
{
        if (!n)
                return;
        tdestroy(n->tree, name_free);
        free(n);
}

void names_drop(struct names *n, struct name *name)
{
        if (!name->question) {
                TAILQ_REMOVE(&n->answers, name, by_use);
                n->n_answers--;
                n->bytes -= name_bytes(name);
        }
        tdelete(name, &n->tree, name_compare);
        name_free(name);
}

struct name *names_find(struct names *n, const char *host, enum addr_family family, int64_t now_ms)
{
        const struct name key = { .host = (char *)host, .family = family };
        struct name **found = tfind(&key, &n->tree, name_compare);
        struct name *name = found ? *found : NULL;

        if (!name || name->question)
                return name;
        if (now_ms >= name->until_ms) {
                names_drop(n, name);
                return NULL;
        }
        TAILQ_REMOVE(&n->answers, name, by_use);
        TAILQ_INSERT_HEAD(&n->answers, name, by_use);
        return name;
}

struct name *names_ask(struct names *n, const char *host, enum addr_family family, void *question)
{
        struct name *name = mem_new0(1, sizeof(*name));

        assert(question);
        name->host = mem_strdup(host);
        name->family = family;
        name->question = question;

        struct name **at = tsearch(name, &n->tree, name_compare);

        if (!at)
                mem_exhausted();
        assert(*at == name); /* or it was known */
        return name;
}

void names_keep(struct names *n, struct name *name, const struct addr *addrs, size_t n_addrs,
                int64_t until_ms)
{
        assert(name->question);
        name->question = NULL;
        name->addrs = mem_copy(addrs, n_addrs * sizeof(*addrs));
        name->n_addrs = n_addrs;
        name->until_ms = until_ms;
        TAILQ_INSERT_HEAD(&n->answers, name, by_use);
        n->n_answers++;
        n->bytes += name_bytes(name);
        while (n->n_answers > n->max_answers || n->bytes > n->max_bytes)
                names_drop(n, TAILQ_LAST(&n->answers, name_list));
}

void *names_question(const struct name *name)
{
        return name->question;
}

const struct addr *names_answer(const struct name *name, size_t *ret_n)
{
        assert(!name->question);
        *ret_n = name->n_addrs;
        return name->addrs;
}
