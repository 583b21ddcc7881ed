/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys beside certificates and alone: recognised in every encoding, and never shown. */
#include "tests/unit/cert/forge.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/cert/key.h"
#include "common/cert/pbe.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WITH_RSA, WITH_EC, WITH_ED25519, KINDS };

static struct minted *leaves[KINDS], *ca;

static int make_pki(void **state)
{
        static const enum mint_key KEYS[KINDS] = { MINT_RSA_2048, MINT_EC_P256, MINT_ED25519 };

        (void)state;
        ca = make_ca("CA", NULL);
        for (int i = 0; i < KINDS; i++)
                leaves[i] = mint(&(struct mint_spec){
                        .cn = "x.example", .names = NAMES("x.example"), .key = KEYS[i],
                        .not_before_s = NOW - DAY, .not_after_s = NOW + DAY,
                }, ca);
        return 0;
}

static int free_pki(void **state)
{
        (void)state;
        for (int i = 0; i < KINDS; i++)
                minted_free(leaves[i]);
        minted_free(ca);
        return 0;
}

/* --- ways to write a key --------------------------------------------------------------------- */

static char *pem_text(BIO *bio)
{
        char *data;
        long n = BIO_get_mem_data(bio, &data);
        char *text = mem_copy(data, (size_t)n);

        BIO_free(bio);
        return text;
}

static char *pkcs8(EVP_PKEY *key)
{
        BIO *bio = BIO_new(BIO_s_mem());

        assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
        return pem_text(bio);
}

static char *encrypted_pkcs8(EVP_PKEY *key)
{
        BIO *bio = BIO_new(BIO_s_mem());

        assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_256_cbc(), "geheim", 6,
                                                       NULL, NULL), 1);
        return pem_text(bio);
}

/* What is older than PKCS#8; Ed25519 is not. */
static char *traditional(EVP_PKEY *key)
{
        BIO *bio = BIO_new(BIO_s_mem());

        if (EVP_PKEY_is_a(key, "ED25519")) {
                BIO_free(bio);
                return pkcs8(key);
        }
        assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL),
                         1);
        return pem_text(bio);
}

static char *encrypted_traditional(EVP_PKEY *key)
{
        BIO *bio = BIO_new(BIO_s_mem());

        if (EVP_PKEY_is_a(key, "ED25519")) {
                BIO_free(bio);
                return encrypted_pkcs8(key);
        }
        assert_int_equal(PEM_write_bio_PrivateKey_traditional(
                                 bio, key, EVP_aes_128_cbc(), (const unsigned char *)"geheim", 6,
                                 NULL, NULL), 1);
        return pem_text(bio);
}

/* As openssl ecparam -genkey writes it: the curve first. */
static char *with_parameters(EVP_PKEY *key)
{
        AUTO_FREE char *text = traditional(key);

        return mem_printf("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                          "-----END EC PARAMETERS-----\n%s", text);
}

/* The same key with its curve in numbers instead of a name. */
static char *with_explicit_curve(EVP_PKEY *key)
{
        EVP_PKEY *copy = EVP_PKEY_dup(key);

        if (EVP_PKEY_is_a(key, "EC"))
                assert_int_equal(EVP_PKEY_set_utf8_string_param(
                                         copy, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"), 1);
        char *text = pkcs8(copy);

        EVP_PKEY_free(copy);
        return text;
}

static const struct {
        char *(*write)(EVP_PKEY *key);
        bool encrypted;
} FORMS[] = {
        { pkcs8, false },         { encrypted_pkcs8, true }, { traditional, false },
        { with_parameters, false }, { encrypted_traditional, true }, { with_explicit_curve, false },
};

static struct chain *read_text(const char *text, const char *passphrase)
{
        return chain_parse("web.pem", (const uint8_t *)text, strlen(text),
                           &(struct chain_options){ .passphrase = passphrase });
}

/* Does the key of the chain belong to its certificate @k? */
static bool belongs_to(const struct chain *chain, size_t k)
{
        return memcmp(chain->keys[0].key_sha256, chain->certs[k]->key_sha256, 32) == 0;
}

static void a_key_is_recognised_however_it_is_written(void **state)
{
        (void)state;
        for (int kind = 0; kind < KINDS; kind++)
                for (size_t i = 0; i < ARRAY_LEN(FORMS); i++) {
                        AUTO_FREE char *key = FORMS[i].write(leaves[kind]->key);
                        AUTO_FREE char *text = mem_printf("%s%s%s", leaves[kind]->pem, key,
                                                          leaves[!kind]->pem);
                        CLEANUP(chain_free_at_exit) struct chain *chain =
                                read_text(text, "geheim");

                        if (chain->n_keys != 1)
                                fail_msg("kind %d, form %zu: not read", kind, i);
                        if (!belongs_to(chain, 0) || belongs_to(chain, 1))
                                fail_msg("kind %d, form %zu: not recognised", kind, i);
                        assert_int_equal(chain->problems.n, 1);
                        assert_int_equal(chain->problems.items[0].code,
                                         FINDING_INPUT_PRIVATE_KEY_PRESENT);
                        assert_null(chain->problems.items[0].evidence);
                }
}

static void a_key_that_cannot_be_decrypted_is_not_compared(void **state)
{
        static const struct {
                const char *passphrase, *evidence;
        } ROWS[] = {
                { NULL, "it is encrypted, and no passphrase was given." },
                { "falsch", "it is encrypted, and the passphrase is wrong." },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(FORMS); i++)
                for (size_t k = 0; k < ARRAY_LEN(ROWS) && FORMS[i].encrypted; k++) {
                        AUTO_FREE char *key = FORMS[i].write(leaves[WITH_RSA]->key);
                        AUTO_FREE char *text = mem_printf("%s%s", leaves[WITH_RSA]->pem, key);
                        CLEANUP(chain_free_at_exit) struct chain *chain =
                                read_text(text, ROWS[k].passphrase);

                        assert_int_equal(chain->n_keys, 0);
                        assert_int_equal(chain->problems.n, 1);
                        assert_non_null(chain->problems.items[0].evidence);
                        assert_non_null(
                                strstr(chain->problems.items[0].evidence, ROWS[k].evidence));
                }
}

static void an_rsa_pss_certificate_knows_its_rsa_key(void **state)
{
        const struct minted *m = leaves[WITH_RSA];
        X509 *pss = X509_dup(m->cert);
        X509_PUBKEY *spki = X509_get_X509_PUBKEY(pss);
        const unsigned char *bits;
        int n;
        uint8_t sha256[32];
        struct cert *cert = NULL;
        const char *reason;

        (void)state;
        X509_PUBKEY_get0_param(NULL, &bits, &n, NULL, spki);
        unsigned char *copy = OPENSSL_memdup(bits, (size_t)n);

        assert_int_equal(X509_PUBKEY_set0_param(spki, OBJ_nid2obj(NID_rsassaPss), V_ASN1_UNDEF,
                                                NULL, copy, n), 1);
        assert_true(X509_sign(pss, ca->key, EVP_sha256()) > 0);
        unsigned char *der = NULL;
        int len = i2d_X509(pss, &der);

        assert_int_equal(cert_parse(&cert, der, (size_t)len, &reason), 0);
        key_digest(m->key, &cert, 1, sha256);
        assert_memory_equal(sha256, cert->key_sha256, 32);
        key_digest(leaves[WITH_EC]->key, &cert, 1, sha256);
        assert_memory_not_equal(sha256, cert->key_sha256, 32);
        cert_unref(cert);
        OPENSSL_free(der);
        X509_free(pss);
}

static void iterations_of_a_key_are_paid_for(void **state)
{
        struct pbe_budget b = { 10 };

        (void)state;
        assert_true(pbe_pay(&b, 4));
        assert_true(pbe_pay(&b, 6));
        assert_false(pbe_pay(&b, 1));
        assert_true(pbe_pay(&b, 0));
        assert_false(pbe_pay(&b, -1));
        assert_int_equal(b.left, 0);

        AUTO_FREE char *pem = encrypted_pkcs8(leaves[WITH_EC]->key); /* 2,048 iterations */
        BIO *bio = BIO_new_mem_buf(pem, -1);
        X509_SIG *sig = PEM_read_bio_PKCS8(bio, NULL, NULL, NULL);
        EVP_PKEY *key = NULL;

        b.left = 2047;
        assert_int_equal(key_from_sig(&key, sig, "geheim", &b, NULL), KEY_TOO_COSTLY);
        b.left = 2048;
        assert_int_equal(key_from_sig(&key, sig, "geheim", &b, NULL), KEY_READ);
        assert_int_equal(b.left, 0);
        EVP_PKEY_free(key);
        X509_SIG_free(sig);
        BIO_free(bio);
}

/* --- keys in files of their own -------------------------------------------------------------- */

static void put_file(const char *path, const void *bytes, size_t n)
{
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        assert_int_equal(fwrite(bytes, 1, n, f), n);
        fclose(f);
}

static void a_key_file_is_compared_or_what_keeps_it_is_said(void **state)
{
        const struct minted *m = leaves[WITH_EC];
        unsigned char *der = NULL;
        int len = i2d_PrivateKey(m->key, &der);
        AUTO_FREE char *locked = encrypted_pkcs8(m->key);
        const struct {
                const void *bytes;
                size_t n;
                const char *passphrase;
                const char *message; /* NULL = it is read */
                enum severity severity;
        } rows[] = {
                { m->key_pem, strlen(m->key_pem), NULL, NULL, 0 },
                { der, (size_t)len, NULL, NULL, 0 },
                { locked, strlen(locked), "geheim", NULL, 0 },
                { locked, strlen(locked), NULL, "no passphrase was given", SEVERITY_WARNING },
                { locked, strlen(locked), "x", "the passphrase is wrong", SEVERITY_ERROR },
                { m->pem, strlen(m->pem), NULL, "holds a certificate, not a private key",
                  SEVERITY_ERROR },
                { "", 0, NULL, "holds something else, not a private key", SEVERITY_ERROR },
        };
        char path[] = "/tmp/notafter-test-key-XXXXXX";
        int fd = mkstemp(path);

        (void)state;
        assert_true(fd >= 0);
        close(fd);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                CLEANUP(chain_free_at_exit) struct chain *chain =
                        chain_of(MINTED(leaves[WITH_RSA], m, NULL));

                put_file(path, rows[i].bytes, rows[i].n);
                chain_read_key(chain, path, rows[i].passphrase);
                assert_int_equal(chain->n, 2);
                assert_int_equal(chain->n_keys, rows[i].message ? 0 : 1);
                assert_int_equal(chain->problems.n, rows[i].message ? 1 : 0);
                if (!rows[i].message) {
                        assert_true(belongs_to(chain, 1));
                        continue;
                }
                const struct finding *f = &chain->problems.items[0];

                assert_int_equal(f->code, FINDING_INPUT_UNREADABLE);
                assert_int_equal(f->severity, rows[i].severity);
                if (!strstr(f->message, rows[i].message))
                        fail_msg("row %zu: %s", i, f->message);
        }
        unlink(path);
        CLEANUP(chain_free_at_exit) struct chain *chain = chain_of(MINTED(m, NULL));

        chain_read_key(chain, path, NULL);
        assert_non_null(strstr(chain->problems.items[0].message, "No such file"));
        OPENSSL_free(der);
}

static void who_may_read_a_key_is_said(void **state)
{
        static const struct {
                unsigned mode;
                const char *readers; /* NULL = nobody else */
        } ROWS[] = {
                { 0600, NULL }, { 0640, "mode 0640 and lets its group" },
                { 0644, "mode 0644 and lets everybody" }, { 0400, NULL },
        };
        const struct minted *m = leaves[WITH_EC];
        AUTO_FREE char *text = mem_printf("%s%s", m->pem, m->key_pem);
        char path[] = "/tmp/notafter-test-key-XXXXXX";
        int fd = mkstemp(path);

        (void)state;
        assert_true(fd >= 0);
        close(fd);
        put_file(path, text, strlen(text));
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct chain *chain = NULL;

                assert_int_equal(chmod(path, ROWS[i].mode), 0);
                assert_int_equal(chain_read_file(&chain, path, NULL), 0);
                const char *remedy = chain->problems.items[0].remedy;

                if (ROWS[i].readers)
                        assert_non_null(strstr(remedy, ROWS[i].readers));
                else
                        assert_string_equal(remedy, "Keep keys in a file of their own, mode 0600.");
                chain_free(chain);
        }
        unlink(path);
}

static void a_passphrase_is_the_first_line(void **state)
{
        static const struct {
                const char *text, *passphrase;
        } ROWS[] = {
                { "geheim\n", "geheim" }, { "geheim", "geheim" }, { "a b\r\nc\n", "a b" },
                { "\n", "" }, { "", "" },
        };
        char path[] = "/tmp/notafter-test-pass-XXXXXX";
        int fd = mkstemp(path);
        char *passphrase = NULL, large[KEY_MAX_PASSPHRASE + 1];

        (void)state;
        assert_true(fd >= 0);
        close(fd);
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                put_file(path, ROWS[i].text, strlen(ROWS[i].text));
                assert_int_equal(passphrase_read(&passphrase, path), 0);
                assert_string_equal(passphrase, ROWS[i].passphrase);
                passphrase_free(passphrase);
        }
        memset(large, 'x', sizeof(large));
        put_file(path, large, sizeof(large));
        assert_int_equal(passphrase_read(&passphrase, path), -EFBIG);
        unlink(path);
        assert_int_equal(passphrase_read(&passphrase, path), -ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_key_is_recognised_however_it_is_written),
                cmocka_unit_test(a_key_that_cannot_be_decrypted_is_not_compared),
                cmocka_unit_test(an_rsa_pss_certificate_knows_its_rsa_key),
                cmocka_unit_test(iterations_of_a_key_are_paid_for),
                cmocka_unit_test(a_key_file_is_compared_or_what_keeps_it_is_said),
                cmocka_unit_test(who_may_read_a_key_is_said),
                cmocka_unit_test(a_passphrase_is_the_first_line),
        };

        return cmocka_run_group_tests(tests, make_pki, free_pki);
}
