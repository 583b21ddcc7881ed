/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in assets.h. */
#include "daemon/web/assets.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/web/exchange.h"
#include "daemon/web/routes.h"

#include <string.h>

#define PREFIX "/static/"
#define A_YEAR "private, max-age=31536000, immutable"

static const struct {
        const char *suffix, *type;
} TYPES[] = {
        { ".css", "text/css; charset=utf-8" },
        { ".js", "text/javascript; charset=utf-8" },
        { ".svg", "image/svg+xml" },
        { ".yaml", "application/yaml" }, /* RFC 9512 */
};

static const struct web_asset *find(const char *name)
{
        for (const struct web_asset *a = WEB_ASSETS; a->name; a++)
                if (strcmp(a->name, name) == 0)
                        return a;
        return NULL;
}

static const char *type_of(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(TYPES); i++) {
                const char *dot = strrchr(name, '.');

                if (dot && strcmp(dot, TYPES[i].suffix) == 0)
                        return TYPES[i].type;
        }
        return "application/octet-stream";
}

const char *asset_hash(const char *name)
{
        return find(name)->hash;
}

/* Who asks with the hash has the address of these very bytes; others ask whether they changed. */
static void answer(struct web_exchange *x, const struct web_asset *a)
{
        const char *version = web_param(x, "v"), *known = web_header(x, "If-None-Match");
        AUTO_FREE char *etag = mem_printf("\"%s\"", a->hash);
        struct buf body = BUF_INIT(a->n_bytes);

        web_set_header(x, "ETag", etag);
        web_set_header(x, "Cache-Control",
                       version && strcmp(version, a->hash) == 0 ? A_YEAR : "private, no-cache");
        if (known && strstr(known, etag)) {
                web_reply(x, 304, type_of(a->name), &body);
                return;
        }
        buf_append(&body, a->bytes, a->n_bytes);
        web_reply(x, 200, type_of(a->name), &body);
}

void asset_reply(struct web_exchange *x, const char *name)
{
        answer(x, find(name));
}

void answer_asset(struct web_exchange *x)
{
        const char *path = web_path(x);
        const char *name = strncmp(path, PREFIX, strlen(PREFIX)) == 0 ? path + strlen(PREFIX) : "";
        const struct web_asset *a = find(strcmp(path, "/favicon.ico") == 0 ? "icon.svg" : name);

        if (a)
                answer(x, a);
        else
                web_fail(x, 404, "There is no such file.");
}
