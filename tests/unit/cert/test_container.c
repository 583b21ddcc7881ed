/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#7, CMS and PKCS#12, made here and opened again, rightly and wrongly. */
#include "tests/unit/cert/forge.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/cert/container.h"

#include <openssl/cms.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

static struct minted *ca, *leaf, *other;

static int make_pki(void **state)
{
        (void)state;
        ca = make_ca("CA", NULL);
        leaf = make_leaf("x.example", ca);
        other = make_leaf("y.example", ca);
        return 0;
}

static int free_pki(void **state)
{
        (void)state;
        minted_free(ca);
        minted_free(leaf);
        minted_free(other);
        return 0;
}

#define DER(type, object)                                                                          \
        __extension__({                                                                            \
                struct der der_ = { NULL, 0 };                                                     \
                int n_ = i2d_##type(object, &der_.bytes);                                          \
                assert_true(n_ > 0);                                                               \
                der_.n = (size_t)n_;                                                               \
                type##_free(object);                                                               \
                der_;                                                                              \
        })

struct der {
        unsigned char *bytes;
        size_t n;
};

static STACK_OF(X509) *stack_of(const struct minted *const *list)
{
        STACK_OF(X509) *stack = sk_X509_new_null();

        for (; *list; list++)
                sk_X509_push(stack, (*list)->cert);
        return stack;
}

/* --- PKCS#7 ---------------------------------------------------------------------------------- */

static struct der pkcs7_of(const struct minted *const *list)
{
        PKCS7 *p7 = PKCS7_new();

        PKCS7_set_type(p7, NID_pkcs7_signed);
        PKCS7_content_new(p7, NID_pkcs7_data);
        for (; *list; list++)
                PKCS7_add_certificate(p7, (*list)->cert);
        return DER(PKCS7, p7);
}

/* A signer named by key identifier, which PKCS#7 has no place for. */
static struct der cms_of(const struct minted *signer, const struct minted *const *list)
{
        STACK_OF(X509) *certs = stack_of(list);
        BIO *data = BIO_new_mem_buf("x", 1);
        CMS_ContentInfo *cms = CMS_sign(signer->cert, signer->key, certs, data,
                                        CMS_USE_KEYID | CMS_BINARY | CMS_NOCERTS);

        assert_non_null(cms);
        BIO_free(data);
        sk_X509_free(certs);
        return DER(CMS_ContentInfo, cms);
}

static void pkcs7_and_cms_give_their_certificates(void **state)
{
        struct der files[] = {
                pkcs7_of(MINTED(leaf, ca, NULL)),
                cms_of(leaf, MINTED(leaf, ca, NULL)),
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(files); i++) {
                struct container c;

                assert_int_equal(container_kind(files[i].bytes, files[i].n), CONTAINER_PKCS7);
                assert_int_equal(container_open_pkcs7(&c, files[i].bytes, files[i].n, 5),
                                 CONTAINER_READ);
                assert_int_equal(c.n_certs, 2);
                assert_false(c.more);
                /* a set is sorted by its bytes */
                bool in_order = X509_cmp(c.certs[0], leaf->cert) == 0;

                assert_int_equal(X509_cmp(c.certs[!in_order], leaf->cert), 0);
                assert_int_equal(X509_cmp(c.certs[in_order], ca->cert), 0);
                container_done(&c);
                assert_int_equal(container_open_pkcs7(&c, files[i].bytes, files[i].n, 1),
                                 CONTAINER_READ);
                assert_int_equal(c.n_certs, 1);
                assert_true(c.more);
                container_done(&c);
                OPENSSL_free(files[i].bytes);
        }
}

static void a_pkcs7_that_is_cut_at_any_byte_is_damaged(void **state)
{
        struct der file = pkcs7_of(MINTED(leaf, NULL));

        (void)state;
        for (size_t n = 0; n < file.n; n++) {
                struct container c;

                assert_int_equal(container_open_pkcs7(&c, file.bytes, n, 5), CONTAINER_DAMAGED);
                assert_int_equal(c.n_certs, 0);
                container_done(&c);
        }
        OPENSSL_free(file.bytes);
}

static void more_bytes_than_the_limit_are_not_decoded(void **state)
{
        struct container c;
        AUTO_FREE uint8_t *bytes = mem_new0(CONTAINER_MAX_BYTES + 1, 1);

        (void)state;
        assert_int_equal(container_open_pkcs7(&c, bytes, CONTAINER_MAX_BYTES + 1, 5),
                         CONTAINER_TOO_LARGE);
        assert_int_equal(container_open_pkcs12(&c, bytes, CONTAINER_MAX_BYTES + 1, 5, NULL),
                         CONTAINER_TOO_LARGE);
}

/* --- PKCS#12 --------------------------------------------------------------------------------- */

static struct der pkcs12_of(const char *passphrase, int key_nid, int cert_nid, int iterations)
{
        STACK_OF(X509) *more = stack_of(MINTED(ca, NULL));
        PKCS12 *p12 = PKCS12_create(passphrase, "x", leaf->key, leaf->cert, more, key_nid, cert_nid,
                                    2, iterations, 0);

        assert_non_null(p12);
        sk_X509_free(more);
        return DER(PKCS12, p12);
}

static void pkcs12_opens_with_the_right_passphrase_alone(void **state)
{
        static const struct {
                const char *written, *given;
                int mac; /* iterations; -1 = none at all */
                enum container_problem expected;
        } ROWS[] = {
                { "geheim", "geheim", 1, CONTAINER_READ },
                { "geheim", "Geheim", 1, CONTAINER_WRONG_PASSPHRASE },
                { "geheim", "", 1, CONTAINER_WRONG_PASSPHRASE },
                { "geheim", NULL, 1, CONTAINER_LOCKED },
                { "", NULL, 1, CONTAINER_READ },
                { "", "", 1, CONTAINER_READ },
                { "", "x", 1, CONTAINER_WRONG_PASSPHRASE },
                { NULL, NULL, 1, CONTAINER_READ },
                { "geheim", "geheim", -1, CONTAINER_READ },
                { "geheim", "Geheim", -1, CONTAINER_WRONG_PASSPHRASE },
                { "geheim", NULL, -1, CONTAINER_LOCKED },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct der file = pkcs12_of(ROWS[i].written, 0, 0, ROWS[i].mac);
                struct container c;
                enum container_problem found =
                        container_open_pkcs12(&c, file.bytes, file.n, 5, ROWS[i].given);
                bool is_read = ROWS[i].expected == CONTAINER_READ;

                if (found != ROWS[i].expected)
                        fail_msg("row %zu: %d", i, (int)found);
                assert_int_equal(container_kind(file.bytes, file.n), CONTAINER_PKCS12);
                assert_int_equal(c.n_certs, is_read ? 2 : 0);
                assert_int_equal(c.n_keys, is_read ? 1 : 0);
                if (is_read) {
                        assert_int_equal(X509_cmp(c.certs[0], leaf->cert), 0);
                        assert_int_equal(EVP_PKEY_eq(c.keys[0], leaf->key), 1);
                }
                container_done(&c);
                OPENSSL_free(file.bytes);
        }
}

static void what_is_not_encrypted_needs_no_passphrase(void **state)
{
        struct der file = pkcs12_of(NULL, -1, -1, -1);
        struct container c;

        (void)state;
        assert_int_equal(container_open_pkcs12(&c, file.bytes, file.n, 5, NULL), CONTAINER_READ);
        assert_int_equal(c.n_certs, 2);
        assert_int_equal(c.n_keys, 1);
        container_done(&c);
        OPENSSL_free(file.bytes);
}

/* Certificates in an order of our own, and the key under a passphrase of its own. */
static struct der pkcs12_with_leaf_last(const char *key_passphrase)
{
        STACK_OF(PKCS12_SAFEBAG) *certs = NULL, *keys = NULL;
        STACK_OF(PKCS7) *safes = NULL;
        unsigned char id[] = "the leaf";

        PKCS12_add_cert(&certs, ca->cert);
        PKCS12_add_cert(&certs, other->cert);
        PKCS12_SAFEBAG *bag = PKCS12_add_cert(&certs, leaf->cert);

        PKCS12_add_localkeyid(bag, id, sizeof(id));
        bag = PKCS12_add_key(&keys, leaf->key, 0, 2,
                             NID_pbe_WithSHA1And3_Key_TripleDES_CBC, key_passphrase);
        PKCS12_add_localkeyid(bag, id, sizeof(id));
        assert_int_equal(PKCS12_add_safe(&safes, certs, -1, 0, NULL), 1);
        assert_int_equal(PKCS12_add_safe(&safes, keys, -1, 0, NULL), 1);
        PKCS12 *p12 = PKCS12_add_safes(safes, 0);

        assert_int_equal(PKCS12_set_mac(p12, "a", 1, NULL, 0, 1, NULL), 1);
        sk_PKCS7_pop_free(safes, PKCS7_free);
        sk_PKCS12_SAFEBAG_pop_free(certs, PKCS12_SAFEBAG_free);
        sk_PKCS12_SAFEBAG_pop_free(keys, PKCS12_SAFEBAG_free);
        return DER(PKCS12, p12);
}

static void the_certificate_of_the_key_comes_first_and_the_rest_as_it_stands(void **state)
{
        static const char *const KEY_PASSPHRASES[] = { "a", "another" };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(KEY_PASSPHRASES); i++) {
                struct der file = pkcs12_with_leaf_last(KEY_PASSPHRASES[i]);
                struct container c;

                assert_int_equal(container_open_pkcs12(&c, file.bytes, file.n, 5, "a"),
                                 CONTAINER_READ);
                assert_int_equal(c.n_keys, i == 0); /* the other one cannot be decrypted */
                assert_int_equal(c.n_certs, 3);
                assert_int_equal(X509_cmp(c.certs[0], leaf->cert), 0);
                assert_int_equal(X509_cmp(c.certs[1], ca->cert), 0);
                assert_int_equal(X509_cmp(c.certs[2], other->cert), 0);
                container_done(&c);
                OPENSSL_free(file.bytes);
        }
}

static void iterations_are_paid_for_before_they_are_made(void **state)
{
        static const uint8_t ASKED[] = { 0x02, 0x03, 0x01, 0x00, 0x01 }; /* 65,537 */
        struct der file = pkcs12_of("a", -1, -1, 65537);
        struct container c;
        uint8_t *at = NULL;

        (void)state;
        for (size_t i = 0; i + sizeof(ASKED) <= file.n; i++)
                if (memcmp(file.bytes + i, ASKED, sizeof(ASKED)) == 0)
                        at = file.bytes + i; /* the last one: the MAC comes at the end */
        assert_non_null(at);
        memcpy(at + 2, "\x7f\xff\xff", 3); /* 8,388,607 */
        assert_int_equal(container_open_pkcs12(&c, file.bytes, file.n, 5, "a"),
                         CONTAINER_TOO_COSTLY);
        container_done(&c);
        memcpy(at + 2, "\x80\x00\x01", 3); /* below zero */
        assert_int_equal(container_open_pkcs12(&c, file.bytes, file.n, 5, "a"),
                         CONTAINER_TOO_COSTLY);
        container_done(&c);
        OPENSSL_free(file.bytes);
}

/* Wrong results are fine; memory errors and endless work are not. */
static void a_pkcs12_with_any_byte_changed_is_survived(void **state)
{
        struct der file = pkcs12_of("a", -1, -1, 1);

        (void)state;
        for (size_t i = 0; i < file.n; i++) {
                static const uint8_t BYTES[] = { 0x00, 0x30, 0x7f, 0x80, 0xff };

                for (size_t k = 0; k < ARRAY_LEN(BYTES); k++) {
                        uint8_t before = file.bytes[i];
                        struct container c;

                        file.bytes[i] = BYTES[k];
                        container_open_pkcs12(&c, file.bytes, file.n, 5, "a");
                        assert_true(c.n_certs <= 5 && c.n_keys <= CONTAINER_MAX_KEYS);
                        container_done(&c);
                        file.bytes[i] = before;
                }
        }
        OPENSSL_free(file.bytes);
}

/* --- DER ------------------------------------------------------------------------------------- */

static void lengths_beyond_the_bytes_are_not_believed(void **state)
{
        static const struct {
                const char *der;
                size_t n, length, wanted;
        } ROWS[] = {
                { "", 0, 0, 0 },
                { "0", 1, 1, 1 },
                { "0\x01x", 3, 3, 3 },
                { "0\x01xy", 4, 3, 3 },
                { "0\x05xy", 4, 4, 7 },
                { "0\x81\x01xy", 5, 4, 4 },
                { "0\x84\xff\xff\xff\xff", 6, 6, (size_t)0xffffffff + 6 },
                { "0\x85\x01\x01\x01\x01\x01", 7, 7, 7 }, /* nobody's length has five bytes */
                { "0\x80xy", 4, 4, 4 }, /* BER: up to an end mark */
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                const uint8_t *der = (const uint8_t *)ROWS[i].der;

                if (der_element_length(der, ROWS[i].n) != ROWS[i].length ||
                    der_element_wanted(der, ROWS[i].n) != ROWS[i].wanted)
                        fail_msg("row %zu: %zu, %zu", i, der_element_length(der, ROWS[i].n),
                                 der_element_wanted(der, ROWS[i].n));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pkcs7_and_cms_give_their_certificates),
                cmocka_unit_test(a_pkcs7_that_is_cut_at_any_byte_is_damaged),
                cmocka_unit_test(more_bytes_than_the_limit_are_not_decoded),
                cmocka_unit_test(pkcs12_opens_with_the_right_passphrase_alone),
                cmocka_unit_test(what_is_not_encrypted_needs_no_passphrase),
                cmocka_unit_test(
                        the_certificate_of_the_key_comes_first_and_the_rest_as_it_stands),
                cmocka_unit_test(iterations_are_paid_for_before_they_are_made),
                cmocka_unit_test(a_pkcs12_with_any_byte_changed_is_survived),
                cmocka_unit_test(lengths_beyond_the_bytes_are_not_believed),
        };

        return cmocka_run_group_tests(tests, make_pki, free_pki);
}
