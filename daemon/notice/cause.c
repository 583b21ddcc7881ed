/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in cause.h. */
#include "daemon/notice/cause.h"

#include "common/base/buf.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

static void put_network(struct buf *out, const struct facts *facts)
{
        size_t n = facts->ip_len == 4 ? 3 : 8;

        buf_printf(out, " network ");
        for (size_t i = 0; i < n; i++)
                buf_printf(out, "%02x", facts->ip[i]);
}

static void put_subject(struct buf *out, const char *endpoint, enum finding_scope scope,
                        const char *fingerprint, const struct facts *facts)
{
        if (scope == FINDING_OF_RESOLVER)
                buf_puts(out, " resolver");
        else if (scope == FINDING_OF_NETWORK && facts && facts->ip_len > 0)
                put_network(out, facts);
        else if (scope == FINDING_OWN && fingerprint && *fingerprint)
                buf_printf(out, " certificate %s", fingerprint);
        else
                buf_printf(out, " endpoint %s", endpoint);
}

void cause_of(const char *endpoint, enum finding_code code, enum finding_scope scope,
              const char *fingerprint, const struct facts *facts, char out[static CAUSE_MAX])
{
        struct buf text = BUF_INIT(8192);
        unsigned char hash[SHA256_DIGEST_LENGTH];

        buf_puts(&text, FINDINGS[code].name);
        put_subject(&text, endpoint, scope, fingerprint, facts);
        if (text.len < CAUSE_MAX) {
                memcpy(out, buf_str(&text), text.len + 1);
        } else {
                SHA256((const unsigned char *)buf_str(&text), text.len, hash);
                int n = snprintf(out, CAUSE_MAX, "%s hash ", FINDINGS[code].name);

                for (size_t i = 0; i < sizeof(hash); i++)
                        n += snprintf(out + n, CAUSE_MAX - (size_t)n, "%02x", hash[i]);
        }
        buf_done(&text);
}
