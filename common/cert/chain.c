/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in chain.h; what is said about files stands in chain_file.c. */
#include "common/cert/chain.h"

#include "common/base/mem.h"

#include <string.h>

struct chain *chain_new(void)
{
        return mem_new0(1, sizeof(struct chain));
}

void chain_free(struct chain *c)
{
        if (!c)
                return;
        for (size_t i = 0; i < c->n; i++)
                cert_unref(c->certs[i]);
        for (size_t i = 0; i < c->n_keys; i++)
                free(c->keys[i].name);
        free(c->certs);
        free(c->sent_at);
        free(c->keys);
        finding_list_done(&c->problems);
        free(c);
}

void chain_add(struct chain *c, struct cert *cert)
{
        if ((c->n & (c->n + 1)) == 0) { /* room for 1, 3, 7 ... */
                c->certs = mem_resize(c->certs, 2 * c->n + 1, sizeof(*c->certs));
                c->sent_at = mem_resize(c->sent_at, 2 * c->n + 1, sizeof(*c->sent_at));
        }
        c->sent_at[c->n] = c->n_sent++;
        c->certs[c->n++] = cert_ref(cert);
}

int chain_skip(struct chain *c)
{
        return c->n_sent++;
}

void chain_add_key(struct chain *c, const char *name, int line, const uint8_t sha256[static 32])
{
        c->keys = mem_resize(c->keys, c->n_keys + 1, sizeof(*c->keys));
        struct chain_key *k = &c->keys[c->n_keys++];

        *k = (struct chain_key){ .name = mem_strdup(name), .line = line };
        memcpy(k->key_sha256, sha256, sizeof(k->key_sha256));
}

/* --- effort ----------------------------------------------------------------------------------- */

/* To verify one signature of @c, with some room: the time grows with the square of the key. */
static int64_t signature_us(const struct cert *c)
{
        int64_t bits = c->key_bits;

        return c->key == KEY_RSA ? 30 * bits * bits / (1024 * 1024) : bits * bits / 256;
}

int64_t chain_effort_us(const struct chain *c)
{
        int64_t us = 0;

        for (size_t i = 0; i < c->n; i++) {
                const struct cert *ca = c->certs[i];

                for (size_t k = 0; k < c->n; k++) {
                        if (ca->has_constraints) /* a comparison of names is 1 us at the worst */
                                us += (int64_t)cert_constraints_cost(ca, c->certs[k]);
                        if (i == k ? ca->self_issued : cert_names_issuer(c->certs[k], ca))
                                us += signature_us(ca);
                }
        }
        return us;
}
