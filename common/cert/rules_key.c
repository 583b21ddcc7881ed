/* SPDX-License-Identifier: Apache-2.0 */
/* Does the private key that came with the certificates belong to the server's? */
#include "common/cert/rules.h"

#include "common/base/mem.h"

#include <string.h>

static bool belongs_to(const struct chain_key *key, const struct cert *c)
{
        return memcmp(key->key_sha256, c->key_sha256, sizeof(key->key_sha256)) == 0;
}

static const struct chain_key *leaf_key(const struct exam *e)
{
        for (size_t i = 0; i < e->served->n_keys; i++)
                if (belongs_to(&e->served->keys[i], e->leaf))
                        return &e->served->keys[i];
        return NULL;
}

/* Index of the certificate that the key belongs to, or .n. */
static size_t owner_of(const struct exam *e, const struct chain_key *key)
{
        size_t k = 0;

        while (k < e->served->n && !belongs_to(key, e->served->certs[k]))
                k++;
        return k;
}

void rules_key(struct exam *e)
{
        const struct chain *s = e->served;

        if (s->n_keys == 0 || leaf_key(e))
                return;
        const struct chain_key *key = &s->keys[0];
        size_t owner = owner_of(e, key);

        if (owner == s->n && s->n_sent > (int)s->n)
                return; /* it may belong to the one that cannot be read */
        AUTO_FREE char *where = key->line > 0 ? mem_printf("%s, line %d,", key->name, key->line)
                                              : mem_strdup(key->name);
        struct finding *f = exam_served_finding(e, FINDING_KEY_MISMATCH, e->leaf_at);

        if (owner < s->n)
                finding_set(&f->message, "The private key in %s does not belong to the server "
                            "certificate %s but to certificate %d, %s.", where, e->leaf->label,
                            s->sent_at[owner] + 1, s->certs[owner]->label);
        else
                finding_set(&f->message, "The private key in %s does not belong to the server "
                            "certificate %s, nor to any other one that is here.", where,
                            e->leaf->label);
        finding_set(&f->remedy, "Use the key that the request for %s was made with; if it is lost, "
                    "have the certificate reissued for this one.", e->leaf->label);
        finding_fact(f, "key_file", "%s", key->name);
        if (key->line > 0)
                finding_fact(f, "key_line", "%d", key->line);
}
