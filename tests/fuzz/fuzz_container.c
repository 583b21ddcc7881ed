/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as PKCS#7 and as PKCS#12: never more out of it than went in, and never for long. */
#include "tests/fuzz/fuzz.h"

#include "common/cert/container.h"

#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#define MAX_CERTS 5

static void check_container(struct container *c, size_t size)
{
        size_t total = 0;

        fuzz_check(c->n_certs <= MAX_CERTS && c->n_keys <= CONTAINER_MAX_KEYS);
        fuzz_check(!c->more || c->n_certs == MAX_CERTS);
        for (size_t i = 0; i < c->n_certs; i++) {
                int n = i2d_X509(c->certs[i], NULL);

                fuzz_check(n > 0);
                total += (size_t)n;
        }
        fuzz_check(total <= size);
        container_done(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct container c;

        if (container_kind(data, size) != CONTAINER_NONE)
                fuzz_check(der_element_length(data, size) <= size);
        container_open_pkcs7(&c, data, size, MAX_CERTS);
        check_container(&c, size);
        container_open_pkcs12(&c, data, size, MAX_CERTS, "a");
        check_container(&c, size);
        container_open_pkcs12(&c, data, size, MAX_CERTS, NULL);
        check_container(&c, size);
        return 0;
}

static void seed_pkcs7(const struct minted *m)
{
        PKCS7 *p7 = PKCS7_new();
        unsigned char *der = NULL;

        PKCS7_set_type(p7, NID_pkcs7_signed);
        PKCS7_content_new(p7, NID_pkcs7_data);
        PKCS7_add_certificate(p7, m->cert);
        int n = i2d_PKCS7(p7, &der);

        fuzz_seed(der, (size_t)n);
        OPENSSL_free(der);
        PKCS7_free(p7);
}

static void seed_pkcs12(const struct minted *m, const char *passphrase, int pbe, int mac)
{
        PKCS12 *p12 = PKCS12_create(passphrase, "a", m->key, m->cert, NULL, pbe, pbe, 1, mac, 0);
        unsigned char *der = NULL;
        int n = i2d_PKCS12(p12, &der);

        fuzz_seed(der, (size_t)n);
        OPENSSL_free(der);
        PKCS12_free(p12);
}

void fuzz_seeds(void)
{
        CLEANUP(minted_free_at_exit) struct minted *m = mint(&(struct mint_spec){
                .cn = "a.example", .not_before_s = FUZZ_NOW, .not_after_s = FUZZ_NOW + FUZZ_DAY,
        }, NULL);

        seed_pkcs7(m);
        seed_pkcs12(m, "a", 0, 1);
        seed_pkcs12(m, "a", NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 1);
        seed_pkcs12(m, NULL, -1, -1); /* in the clear, where a changed byte is not found at once */
        fuzz_seed_corpus("malformed/files");
}
