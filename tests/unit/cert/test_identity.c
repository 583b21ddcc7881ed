/* SPDX-License-Identifier: Apache-2.0 */
/* What we show to servers that ask for a certificate: it loads whole or says why, and it ends. */
#include "tests/unit/cert/forge.h"

#include "common/base/mem.h"
#include "common/cert/identity.h"
#include "common/cert/validate.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <unistd.h>

static struct minted *ca, *client, *other;
static char folder[] = "/tmp/notafter-test-identity-XXXXXX";

static struct minted *make_client(const char *cn, const struct minted *issuer)
{
        return mint(&(struct mint_spec){
                .cn = cn, .key = MINT_EC_P256, .eku = "clientAuth",
                .not_before_s = NOW - 50 * DAY, .not_after_s = NOW + 50 * DAY,
        }, issuer);
}

static int set_up(void **state)
{
        (void)state;
        ca = make_ca("Client CA", NULL);
        client = make_client("client.example", ca);
        other = make_client("other.example", ca);
        return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
        (void)state;
        minted_free(ca);
        minted_free(client);
        minted_free(other);
        return rmdir(folder);
}

/* A file in the folder; the name is malloc'ed. */
static char *put(const char *name, const void *bytes, size_t n)
{
        char *path = mem_printf("%s/%s", folder, name);
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        assert_int_equal(fwrite(bytes, 1, n, f), n);
        fclose(f);
        return path;
}

static char *put_text(const char *name, const char *a, const char *b, const char *c)
{
        AUTO_FREE char *text = mem_printf("%s%s%s", a, b, c);

        return put(name, text, strlen(text));
}

static void drop(char *path)
{
        unlink(path);
        free(path);
}

static char *encrypted(EVP_PKEY *key)
{
        BIO *bio = BIO_new(BIO_s_mem());
        char *data;

        assert_true(PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(), "geheim", 6, NULL,
                                                  NULL));
        long n = BIO_get_mem_data(bio, &data);
        char *text = mem_copy(data, (size_t)n);

        BIO_free(bio);
        return text;
}

static void the_certificate_that_has_the_key_comes_first(void **state)
{
        char *one = put_text("one.pem", ca->pem, client->pem, client->key_pem);
        char *certs = put_text("certs.pem", client->pem, ca->pem, "");
        char *key = put_text("key.pem", client->key_pem, "", "");
        const struct identity_files rows[] = { { .cert = one }, { .cert = certs, .key = key } };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                CLEANUP(identity_free_at_exit) struct identity *id = NULL;
                char *error = NULL;

                assert_int_equal(identity_load(&id, &rows[i], &error), 0);
                assert_null(error);
                assert_int_equal(id->n, 2);
                assert_string_equal(id->certs[0]->label, "client.example");
                assert_string_equal(id->certs[1]->label, "Client CA");
                assert_int_equal(sk_X509_num(id->above), 1);
                assert_int_equal(EVP_PKEY_eq(id->key, client->key), 1);
                assert_string_equal(id->name, rows[i].cert);
        }
        drop(one);
        drop(certs);
        drop(key);
}

static void a_pkcs12_file_opens_with_its_passphrase(void **state)
{
        PKCS12 *p12 = PKCS12_create("geheim", NULL, client->key, client->cert, NULL, 0, 0, 0, 0, 0);
        unsigned char *der = NULL;
        int n = i2d_PKCS12(p12, &der);
        char *file = put("both.p12", der, (size_t)n), *pass = put_text("pass", "geheim\n", "", "");
        CLEANUP(identity_free_at_exit) struct identity *id = NULL;
        char *error = NULL;

        (void)state;
        assert_int_equal(identity_load(&id, &(struct identity_files){ file, NULL, pass }, &error),
                         0);
        assert_string_equal(id->certs[0]->label, "client.example");
        assert_int_equal(EVP_PKEY_eq(id->key, client->key), 1);
        assert_int_equal(identity_load(&id, &(struct identity_files){ .cert = file }, &error),
                         -EINVAL);
        assert_non_null(strstr(error, "both.p12"));
        free(error);
        drop(file);
        drop(pass);
        OPENSSL_free(der);
        PKCS12_free(p12);
}

static void what_cannot_be_used_is_said_with_its_file(void **state)
{
        AUTO_FREE char *locked_text = encrypted(client->key);
        char *cert = put_text("cert", client->pem, "", "");
        char *key = put_text("key", client->key_pem, "", "");
        char *foreign = put_text("foreign", other->key_pem, "", "");
        char *locked = put_text("locked", locked_text, "", "");
        char *nothing = put_text("nothing", "hello\n", "", "");
        char *wrong = put_text("wrong", "falsch\n", "", "");
        char *right = put_text("right", "geheim\n", "", "");
        const struct {
                struct identity_files files;
                const char *error; /* NULL = it loads */
        } rows[] = {
                { { cert, key, NULL }, NULL },
                { { cert, locked, right }, NULL },
                { { cert, NULL, NULL }, "cert holds no private key; name the file that does" },
                { { cert, foreign, NULL }, "foreign does not belong to client.example in /tmp/" },
                { { cert, locked, NULL }, "locked is encrypted, and no file with its passphrase" },
                { { cert, locked, wrong }, "locked is not opened by the passphrase" },
                { { cert, nothing, NULL }, "nothing holds no private key in PEM" },
                { { key, key, NULL }, "key holds no certificate" },
                { { nothing, key, NULL }, "nothing holds no certificate" },
                { { "/nowhere", NULL, NULL }, "cannot read /nowhere: No such file" },
                { { cert, "/nowhere", NULL }, "cannot read /nowhere: No such file" },
                { { cert, key, "/nowhere" }, "cannot read /nowhere: No such file" },
                { { cert, "/dev/null", NULL }, "/dev/null: Not a regular file" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                CLEANUP(identity_free_at_exit) struct identity *id = NULL;
                AUTO_FREE char *error = NULL;
                int r = identity_load(&id, &rows[i].files, &error);

                assert_int_equal(r, rows[i].error ? -EINVAL : 0);
                assert_int_equal(id != NULL, !rows[i].error);
                if (rows[i].error && !strstr(error, rows[i].error))
                        fail_msg("row %zu: %s", i, error);
                if (rows[i].error) /* of a passphrase, right or wrong, nothing is told */
                        assert_true(!strstr(error, "geheim") && !strstr(error, "falsch"));
        }
        drop(cert);
        drop(key);
        drop(foreign);
        drop(locked);
        drop(nothing);
        drop(wrong);
        drop(right);
}

static void only_the_same_certificates_are_the_same_identity(void **state)
{
        char *a = put_text("a", client->pem, client->key_pem, "");
        char *b = put_text("b", other->pem, other->key_pem, "");
        char *c = put_text("c", client->pem, client->key_pem, ca->pem);
        struct identity *x = NULL, *y = NULL, *z = NULL, *again = NULL;
        char *error = NULL;

        (void)state;
        assert_int_equal(identity_load(&x, &(struct identity_files){ .cert = a }, &error), 0);
        assert_int_equal(identity_load(&y, &(struct identity_files){ .cert = b }, &error), 0);
        assert_int_equal(identity_load(&z, &(struct identity_files){ .cert = c }, &error), 0);
        assert_int_equal(identity_load(&again, &(struct identity_files){ .cert = a }, &error), 0);
        assert_true(identity_same(x, again));
        assert_false(identity_same(x, y));
        assert_false(identity_same(x, z));
        assert_false(identity_same(x, NULL));
        assert_false(identity_same(NULL, x));
        assert_true(identity_same(NULL, NULL));
        identity_free(x);
        identity_free(y);
        identity_free(z);
        identity_free(again);
        drop(a);
        drop(b);
        drop(c);
}

/* It lives for 100 days from NOW - 50 d; warning at 20 % of that, critical at 7 %. */
static void its_end_is_told_as_early_as_that_of_a_leaf(void **state)
{
        static const struct {
                int64_t left_s;
                enum finding_code code; /* FINDING_COUNT = none */
                enum severity severity;
                const char *message;
        } rows[] = {
                { 20 * DAY, FINDING_COUNT, 0, NULL },
                { 20 * DAY - 1, FINDING_CLIENT_CERT_EXPIRING_SOON, SEVERITY_WARNING,
                  "expires in 19 d 23 h (" },
                { 7 * DAY, FINDING_CLIENT_CERT_EXPIRING_SOON, SEVERITY_WARNING, "in 7 d" },
                { 7 * DAY - 1, FINDING_CLIENT_CERT_EXPIRING_SOON, SEVERITY_ERROR, "in 6 d 23 h (" },
                { 0, FINDING_CLIENT_CERT_EXPIRING_SOON, SEVERITY_ERROR, "in 0 s (" },
                { -1, FINDING_CLIENT_CERT_EXPIRED, SEVERITY_ERROR, "expired 1 s ago (" },
        };
        char *file = put_text("end.pem", client->pem, client->key_pem, "");
        struct identity *id = NULL;
        char *error = NULL;

        (void)state;
        assert_int_equal(identity_load(&id, &(struct identity_files){ .cert = file }, &error), 0);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                struct verdict v = { 0 };

                identity_judge(id, &POLICY_DEFAULT, NOW + 50 * DAY - rows[i].left_s, &v);
                assert_int_equal(v.findings.n, rows[i].message ? 1 : 0);
                if (rows[i].message) {
                        const struct finding *f = &v.findings.items[0];

                        assert_int_equal(f->code, rows[i].code);
                        assert_int_equal(f->severity, rows[i].severity);
                        assert_int_equal(f->deadline_s, NOW + 50 * DAY);
                        assert_non_null(strstr(f->message, rows[i].message));
                        assert_non_null(strstr(f->message, "client.example, in /tmp/"));
                        assert_non_null(strstr(f->remedy, "end.pem"));
                }
                verdict_done(&v);
        }
        identity_free(id);
        drop(file);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_certificate_that_has_the_key_comes_first),
                cmocka_unit_test(a_pkcs12_file_opens_with_its_passphrase),
                cmocka_unit_test(what_cannot_be_used_is_said_with_its_file),
                cmocka_unit_test(only_the_same_certificates_are_the_same_identity),
                cmocka_unit_test(its_end_is_told_as_early_as_that_of_a_leaf),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
