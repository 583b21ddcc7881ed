/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in ways.h. Few are named by many, so a walk finds them. */
#include "daemon/monitor/ways.h"

#include "common/base/mem.h"
#include "common/base/text.h"
#include "daemon/probe/proxy.h"

#include <stdlib.h>

struct way_identity {
        struct identity_files files;
        struct identity *identity; /* NULL = it cannot be loaded */
};

struct way_proxy {
        const char *url, *auth_file;
        struct proxy *proxy; /* NULL = its login cannot be read */
};

static bool same_files(const struct identity_files *a, const struct identity_files *b)
{
        return text_same(a->cert, b->cert) && text_same(a->key, b->key) &&
               text_same(a->passphrase, b->passphrase);
}

int ways_identity(struct ways *w, const struct identity_files *files, const struct identity **ret,
                  char **ret_error)
{
        struct way_identity way = { .files = *files };

        for (size_t i = 0; i < w->n_identities; i++)
                if (same_files(&w->identities[i].files, files)) {
                        *ret = w->identities[i].identity;
                        return 0;
                }
        int r = identity_load(&way.identity, files, ret_error);

        w->identities = mem_resize(w->identities, w->n_identities + 1, sizeof(way));
        w->identities[w->n_identities++] = way;
        *ret = way.identity;
        return r;
}

int ways_proxy(struct ways *w, const char *url, const char *auth_file, const struct proxy **ret,
               char **ret_error)
{
        struct way_proxy way = { .url = url, .auth_file = auth_file };

        for (size_t i = 0; i < w->n_proxies; i++)
                if (text_same(w->proxies[i].url, url) &&
                    text_same(w->proxies[i].auth_file, auth_file)) {
                        *ret = w->proxies[i].proxy;
                        return 0;
                }
        int r = proxy_new(&way.proxy, url, auth_file, ret_error);

        w->proxies = mem_resize(w->proxies, w->n_proxies + 1, sizeof(way));
        w->proxies[w->n_proxies++] = way;
        *ret = way.proxy;
        return r;
}

void ways_done(struct ways *w)
{
        for (size_t i = 0; i < w->n_identities; i++)
                identity_free(w->identities[i].identity);
        for (size_t i = 0; i < w->n_proxies; i++)
                proxy_free(w->proxies[i].proxy);
        free(w->identities);
        free(w->proxies);
        *w = (struct ways){ 0 };
}
