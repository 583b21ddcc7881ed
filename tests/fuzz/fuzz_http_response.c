/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "ORPHAN@@ANCHORS@@ANSWER": what the web server of a caIssuers URL says, and which certificates of
 * it are used. Whatever that is, each has signed one that was there before.
 */
#include "tests/fuzz/fuzz.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/cert/chain_file.h"
#include "daemon/aia/climb.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ANCHORS 4

static struct chain *chain_of(const struct fuzz_part *part, size_t max_certs)
{
        return chain_parse("part", part->bytes, part->n,
                           &(struct chain_options){ .max_certs = max_certs });
}

/* Is link @i the issuer of an earlier one, and one step above it? */
static bool has_signed_an_earlier_one(const struct climb *c, size_t i)
{
        for (size_t k = 0; k < i; k++)
                if (c->links[k].depth + 1 == c->links[i].depth &&
                    cert_names_issuer(c->links[k].cert, c->links[i].cert) &&
                    cert_verify_signature(c->links[k].cert, c->links[i].cert))
                        return true;
        return false;
}

static void check_climb(const struct climb *c)
{
        fuzz_check(c->n >= 1 && c->n <= CLIMB_MAX_LINKS && c->n_checks <= AIA_MAX_CHECKS);
        for (size_t i = 1; i < c->n; i++) {
                fuzz_check(c->links[i].depth <= AIA_MAX_DEPTH);
                fuzz_check(has_signed_an_earlier_one(c, i));
                for (size_t k = 0; k < i; k++)
                        fuzz_check(!cert_same(c->links[k].cert, c->links[i].cert));
        }
}

/* Every URL gives the same answer. */
static void climb(struct cert *orphan, struct trust *anchors, const struct fuzz_part *answer)
{
        struct climb c;
        const char *url = "http://ca.example/";
        size_t link = 0, n_asked = 0;

        climb_begin(&c, orphan, anchors);
        do {
                CLEANUP(chain_free_at_exit) struct chain *chain =
                        climb_parse(url, answer->bytes, answer->n);

                fuzz_check(chain->n <= AIA_MAX_CERTS);
                climb_take(&c, link, chain);
                check_climb(&c);
                fuzz_check(++n_asked <= 1 + CLIMB_MAX_LINKS * AIA_MAX_URLS);
        } while ((url = climb_next_url(&c, &link)));

        CLEANUP(trust_unref_at_exit) struct trust *found = climb_found(&c);

        fuzz_check(trust_count(found) == c.n - 1);
        climb_done(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct fuzz_part part[3];

        fuzz_split(data, size, part, ARRAY_LEN(part));
        CLEANUP(chain_free_at_exit) struct chain *orphan = chain_of(&part[0], 1);
        CLEANUP(chain_free_at_exit) struct chain *roots = chain_of(&part[1], MAX_ANCHORS);
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_new(roots->certs, roots->n);

        if (orphan->n == 1)
                climb(orphan->certs[0], anchors, &part[2]);
        return 0;
}

static struct minted *make(const char *cn, bool ca, const struct minted *issuer)
{
        return mint(&(struct mint_spec){
                .cn = cn, .ca = ca, .not_before_s = FUZZ_NOW - FUZZ_DAY,
                .not_after_s = FUZZ_NOW + FUZZ_DAY, .ca_issuers = "http://ca.example/x",
        }, issuer);
}

static void seed(const struct minted *orphan, const struct minted *anchor, const void *answer,
                 size_t n)
{
        struct buf all = BUF_INIT(1 << 20);

        buf_printf(&all, "%s" FUZZ_MARK "%s" FUZZ_MARK, orphan->pem, anchor->pem);
        buf_append(&all, answer, n);
        fuzz_seed(all.data, all.len);
        buf_done(&all);
}

void fuzz_seeds(void)
{
        CLEANUP(minted_free_at_exit) struct minted *root = make("Root", true, NULL);
        CLEANUP(minted_free_at_exit) struct minted *top = make("Top", true, root);
        CLEANUP(minted_free_at_exit) struct minted *low = make("Low", true, top);
        CLEANUP(minted_free_at_exit) struct minted *leaf = make("a.example", false, low);
        AUTO_FREE char *bundle = mem_printf("%s%s%s", root->pem, top->pem, low->pem);
        size_t n;
        AUTO_FREE uint8_t *der = fuzz_der(low, &n);

        seed(leaf, root, der, n);
        seed(leaf, top, der, n);
        seed(leaf, root, low->pem, strlen(low->pem));
        seed(leaf, root, top->pem, strlen(top->pem));
        seed(leaf, root, bundle, strlen(bundle));
        seed(leaf, leaf, bundle, strlen(bundle));
        seed(root, leaf, bundle, strlen(bundle));
        seed(leaf, root, "<html>", 6);
}
