/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in facts_of.h. */
#include "daemon/monitor/facts_of.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/word.h"
#include "common/cert/chain.h"
#include "daemon/probe/examine.h"

#include <openssl/evp.h>
#include <string.h>

/* Collecting takes no time worth telling. */
static const enum probe_step STEPS[FACTS_TOTAL] = {
        [FACTS_RESOLVE] = PROBE_RESOLVE,
        [FACTS_CONNECT] = PROBE_CONNECT,
        [FACTS_PROXY] = PROBE_PROXY,
        [FACTS_STARTTLS] = PROBE_STARTTLS,
        [FACTS_HANDSHAKE] = PROBE_HANDSHAKE,
};

static uint32_t microseconds(int64_t us)
{
        return us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

int64_t facts_served_id(const struct chain *chain)
{
        uint8_t digest[EVP_MAX_MD_SIZE];
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        int64_t id;

        if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL))
                mem_exhausted();
        for (size_t i = 0; i < chain->n; i++)
                EVP_DigestUpdate(ctx, chain->certs[i]->fingerprint,
                                 strlen(chain->certs[i]->fingerprint));
        EVP_DigestFinal_ex(ctx, digest, NULL);
        EVP_MD_CTX_free(ctx);
        memcpy(&id, digest, sizeof(id));
        return id ? id : 1;
}

static void note_dates(const struct cert *leaf, const struct chain *chain, struct facts *ret)
{
        if (leaf && leaf->dates_ok) {
                ret->leaf_not_before_s = leaf->not_before_s;
                ret->leaf_not_after_s = leaf->not_after_s;
        }
        for (size_t i = 0; chain && i < chain->n; i++) {
                const struct cert *c = chain->certs[i];

                if (c->dates_ok && (ret->served_not_after_s == 0 ||
                                    c->not_after_s < ret->served_not_after_s))
                        ret->served_not_after_s = c->not_after_s;
        }
}

void facts_of(const struct exam_report *report, struct facts *ret)
{
        const struct exam_report *speaker = exam_speaker(report);
        const struct probe_result *p = &speaker->probe;

        *ret = (struct facts){
                .protocol     = word_keep(p->protocol),
                .cipher       = word_keep(p->cipher),
                .group        = word_keep(p->group),
                .alpn         = word_keep(p->alpn),
                .staple       = staple_status_str(speaker->verdict.staple.status),
                .post_quantum = p->post_quantum,
        };
        note_dates(report->verdict.leaf, p->chain, ret);
        for (int i = 0; i < FACTS_TOTAL; i++)
                ret->us[i] = microseconds(p->step_us[STEPS[i]]);
        ret->us[FACTS_TOTAL] = microseconds(p->total_us);
        if (p->address.len > 0 && p->step_us[PROBE_PROXY] == 0) { /* or it is the proxy's */
                size_t n;
                const uint8_t *bytes = addr_ip_bytes(&p->address, &n);

                memcpy(ret->ip, bytes, n);
                ret->ip_len = (uint8_t)n;
        }
        if (p->chain) {
                ret->n_served = (uint8_t)p->chain->n_sent; /* at most CHAIN_MAX_CERTS */
                ret->served_id = facts_served_id(p->chain);
        }
}
