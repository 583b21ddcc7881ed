/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in places.h. */
#include "daemon/probe/places.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/probe/examine.h"

#define MAX_LISTED 8 /* a sentence is for people; all are in the facts */

size_t places_count(const struct places *p)
{
        size_t count = 0;

        for (size_t i = 0; i < p->n; i++)
                count += p->in[i];
        return count;
}

char *places_list(const struct places *p)
{
        struct buf out = BUF_INIT(FINDING_TEXT_MAX);
        size_t count = places_count(p), listed = 0;
        char ip[ADDR_STR_MAX];

        for (size_t i = 0; i < p->n && listed < MAX_LISTED; i++)
                if (p->in[i])
                        buf_printf(&out, "%s%s", listed++ ? ", " : "",
                                   addr_ip_str(&p->each[i].probe.address, ip));
        if (listed < count)
                buf_printf(&out, " and %zu more", count - listed);
        return buf_steal(&out);
}

char *places_str(const struct places *p)
{
        AUTO_FREE char *list = places_list(p);

        return mem_printf("%zu of %zu addresses (%s)", places_count(p), p->n, list);
}

void places_tell(const struct places *p, struct finding *f)
{
        char ip[ADDR_STR_MAX];

        for (size_t i = 0; i < p->n; i++)
                if (p->in[i])
                        finding_fact(f, "address", "%s",
                                     addr_ip_str(&p->each[i].probe.address, ip));
}
