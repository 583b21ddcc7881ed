/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in aia_memory.h. */
#include "daemon/monitor/aia_memory.h"

#include "common/base/mem.h"
#include "common/cert/chain_file.h"
#include "daemon/store/certificates.h"

#include <assert.h>

/* One server that shows another certificate each time can make us ask, and keep, as much. */
static_assert(STORE_MAX_AIA * AIA_MAX_ANSWER_BYTES < 128 << 20, "strangers may fill the disk");

/* A clock that was set back makes what was fetched in the future worth nothing. */
static int recall(void *arg, const char *url, int64_t now_s, uint8_t **ret_bytes, size_t *ret_n,
                  char **ret_reason)
{
        struct store_aia known;
        int r = 0;

        if (store_aia_get(arg, url, &known) <= 0)
                return 0;
        if (known.fetched_s <= now_s && now_s < known.until_s && known.bytes) {
                *ret_bytes = TAKE(known.bytes);
                *ret_n = known.n;
                r = now_s - known.fetched_s < AIA_MEMORY_RETRY_S ? 1 : 3;
        } else if (known.fetched_s <= now_s && now_s < known.until_s) {
                *ret_reason = known.reason ? TAKE(known.reason) : mem_strdup("failed");
                r = 2;
        }
        store_aia_done(&known);
        return r;
}

static int64_t good_until_s(const char *url, const uint8_t *bytes, size_t n, int64_t now_s)
{
        CLEANUP(chain_free_at_exit) struct chain *chain =
                chain_parse(url, bytes, n, &(struct chain_options){ .max_certs = AIA_MAX_CERTS });
        int64_t until_s = now_s + AIA_MEMORY_KEEP_S;

        for (size_t i = 0; i < chain->n; i++) {
                const struct cert *c = chain->certs[i];

                if (c->dates_ok && now_s <= c->not_after_s && c->not_after_s < until_s)
                        until_s = c->not_after_s + 1;
        }
        return until_s;
}

static int64_t retry_after_s(int64_t failures)
{
        int64_t wait_s = AIA_MEMORY_RETRY_S;

        while (--failures > 0 && wait_s < AIA_MEMORY_MAX_RETRY_S)
                wait_s *= 2;
        return wait_s < AIA_MEMORY_MAX_RETRY_S ? wait_s : AIA_MEMORY_MAX_RETRY_S;
}

static int64_t failures_so_far(struct store *store, const char *url)
{
        struct store_aia known;

        if (store_aia_get(store, url, &known) <= 0)
                return 0;
        int64_t failures = known.failures;

        store_aia_done(&known);
        return failures;
}

static void remember(void *arg, const char *url, int64_t now_s, const uint8_t *bytes, size_t n,
                     const char *reason)
{
        struct store_aia aia = { .fetched_s = now_s };

        if (reason) {
                aia.reason = (char *)(uintptr_t)reason;
                aia.failures = failures_so_far(arg, url) + 1;
                aia.until_s = now_s + retry_after_s(aia.failures);
        } else {
                aia.bytes = (uint8_t *)(uintptr_t)bytes;
                aia.n = n;
                aia.until_s = good_until_s(url, bytes, n, now_s);
        }
        (void)store_aia_put(arg, url, &aia);
}

struct aia_memory aia_memory_of(struct store *store)
{
        return (struct aia_memory){ .recall = recall, .remember = remember, .arg = store };
}
