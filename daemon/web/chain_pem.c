/* SPDX-License-Identifier: Apache-2.0 */
/* /chain.pem: the chain that a server should send, ready to be installed. */
#include "daemon/web/routes.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/web/exchange.h"

#include <stdint.h>
#include <string.h>

#define NAME_MAX_BYTES 100
#define SAFE "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-."

/* "www.example.com_443-chain.pem": an id can hold whatever a name may. malloc'ed. */
static char *disposition(const char *id)
{
        AUTO_FREE char *name = mem_printf("%.*s", NAME_MAX_BYTES, id);

        for (char *c = name; *c; c++)
                if (!strchr(SAFE, *c) || (c == name && *c == '.'))
                        *c = '_';
        return mem_printf("attachment; filename=\"%s-chain.pem\"", name);
}

static const char *text_at(const json_t *o, const char *key)
{
        return json_string_value(json_object_get(o, key));
}

void answer_chain_pem(struct web_exchange *x)
{
        json_t *doc = web_ask(x, "endpoint");
        const char *pem = text_at(doc, "chain_pem");
        struct buf body = BUF_INIT(SIZE_MAX);

        if (!doc)
                return;
        if (pem) {
                AUTO_FREE char *header = disposition(text_at(json_object_get(doc, "endpoint"),
                                                             "id"));

                web_set_header(x, "Content-Disposition", header);
                buf_puts(&body, pem);
                web_reply(x, 200, "application/pem-certificate-chain", &body); /* RFC 8555 9.1 */
        } else {
                web_fail(x, 404, "no right chain is known for this endpoint: see its page");
        }
        json_decref(doc);
}
