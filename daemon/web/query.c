/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in query.h. */
#include "daemon/web/query.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#include <event2/http.h>
#include <string.h>

/* @n bytes of @s without their %XX; NULL when what comes out is no text. */
static char *decode(const char *s, size_t n, bool plus)
{
        AUTO_FREE char *coded = mem_copy(s, n);
        size_t size = 0;
        AUTO_FREE char *text = evhttp_uridecode(coded, plus, &size);

        if (!text || strlen(text) != size || !text_is_utf8(text, size))
                return NULL;
        return TAKE(text);
}

/* "name=value" or "name"; the empty one between two & is none. */
static bool add_param(struct query *q, const char *s, size_t n)
{
        const char *equals = memchr(s, '=', n);
        size_t name_n = equals ? (size_t)(equals - s) : n;
        struct query_param *p = &q->params[q->n_params];

        if (n == 0)
                return true;
        if (q->n_params == QUERY_MAX_PARAMS)
                return false;
        p->name = decode(s, name_n, true);
        p->value = equals ? decode(equals + 1, n - name_n - 1, true) : mem_strdup("");
        q->n_params++;
        return p->name && p->value;
}

bool query_parse(struct query *ret, const char *target)
{
        size_t path_n = strcspn(target, "?#");
        const char *s = target + path_n;
        bool ok = *target == '/';

        *ret = (struct query){ .params = mem_new0(QUERY_MAX_PARAMS, sizeof(*ret->params)) };
        ret->path = ok ? decode(target, path_n, false) : NULL;
        ok = ret->path != NULL;
        for (size_t n; ok && (*s == '?' || *s == '&'); s += n) {
                s++;
                n = strcspn(s, "&#");
                ok = add_param(ret, s, n);
        }
        if (!ok)
                query_done(ret);
        return ok;
}

void query_done(struct query *q)
{
        for (size_t i = 0; i < q->n_params; i++) {
                free(q->params[i].name);
                free(q->params[i].value);
        }
        free(q->params);
        free(q->path);
        *q = (struct query){ 0 };
}

const char *query_param(const struct query *q, const char *name)
{
        for (size_t i = 0; i < q->n_params; i++)
                if (strcmp(q->params[i].name, name) == 0)
                        return q->params[i].value;
        return NULL;
}
