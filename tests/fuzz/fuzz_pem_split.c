/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of certificates: what is read is never more than what was given. */
#include "tests/fuzz/fuzz.h"

#include "common/base/mem.h"
#include "common/cert/chain_file.h"

#include <string.h>

#define MAX_CERTS 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        CLEANUP(chain_free_at_exit) struct chain *chain = chain_parse(
                "chain.pem", data, size, &(struct chain_options){ .max_certs = MAX_CERTS });
        size_t total = 0;

        fuzz_check(chain->n <= MAX_CERTS);
        for (size_t i = 0; i < chain->n; i++)
                total += chain->certs[i]->der_len;
        fuzz_check(total <= size);
        fuzz_check(chain->n > 0 || chain->problems.n > 0);
        for (size_t i = 0; i < chain->problems.n; i++) {
                const struct finding *f = &chain->problems.items[i];

                fuzz_check(f->message && *f->message && fuzz_is_printable(f->message));
                fuzz_check(f->remedy && *f->remedy && fuzz_is_printable(f->remedy));
        }
        return 0;
}

static void seed_text(const char *format, const struct minted *m)
{
        AUTO_FREE char *cut = mem_copy(m->pem, strlen(m->pem) / 2);
        AUTO_FREE char *text = mem_printf(format, m->pem, m->key_pem, cut);

        fuzz_seed(text, strlen(text));
}

void fuzz_seeds(void)
{
        CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                .cn = "a.example", .not_before_s = FUZZ_NOW, .not_after_s = FUZZ_NOW + FUZZ_DAY,
        }, NULL);
        size_t n;
        AUTO_FREE uint8_t *der = fuzz_der(m, &n);

        fuzz_seed(der, n);
        seed_text("%1$s", m);
        seed_text("%1$s%1$s%2$s", m);
        seed_text("%2$s%1$s", m);
        seed_text("%3$s%1$s", m);
        seed_text("\xef\xbb\xbfsubject=a.example\r\n%1$s", m);
        seed_text("-----BEGIN TRUSTED CERTIFICATE-----\n-----END PKCS7-----%1$s", m);
        fuzz_seed_corpus("malformed/files");
}
