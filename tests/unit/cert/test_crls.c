/* SPDX-License-Identifier: Apache-2.0 */
/* Files of revocation lists: what is read of them, what is left out, and how that is said. */
#include "tests/unit/cert/forge_revocation.h"

#include "common/base/mem.h"
#include "common/cert/crls.h"

#include <errno.h>
#include <unistd.h>

static struct minted *ca, *leaf;

static int make_pki(void **state)
{
        (void)state;
        ca = make_ca("Test CA", NULL);
        leaf = make_leaf("web.example", ca);
        return 0;
}

static int free_pki(void **state)
{
        (void)state;
        minted_free(ca);
        minted_free(leaf);
        return 0;
}

static uint8_t *der_of(const struct crl_spec *spec, size_t *ret_len)
{
        X509_CRL *crl = make_crl(spec);
        unsigned char *der = NULL;
        int n = i2d_X509_CRL(crl, &der);

        assert_true(n > 0);
        uint8_t *bytes = mem_copy(der, (size_t)n);

        *ret_len = (size_t)n;
        OPENSSL_free(der);
        X509_CRL_free(crl);
        return bytes;
}

/* What comes of @text: the number of lists, or -errno; *ret_error (freed here) must hold @words. */
static int parse(const void *text, size_t n, const char *words)
{
        CLEANUP(crls_unref_at_exit) struct crls *c = NULL;
        AUTO_FREE char *error = NULL;
        int r = crls_parse(&c, "lists\033.pem", text, n, &error);

        if (words && !(error && strstr(error, words)))
                fail_msg("[%s] does not say [%s]", error ? error : "nothing", words);
        if (!words && error)
                fail_msg("unexpected: %s", error);
        if (error)
                assert_null(strchr(error, '\033'));
        return r < 0 ? r : (int)crls_count(c);
}

static void a_list_is_read_with_its_facts(void **state)
{
        CLEANUP(crls_unref_at_exit) struct crls *c = NULL;
        AUTO_FREE char *error = NULL;
        struct buf file = BUF_INIT(1 << 16);

        (void)state;
        put_crl(&file, &(struct crl_spec){ .by = ca });
        put_crl(&file, &(struct crl_spec){ .by = ca, .number = "", .next_update_s = -1 });
        put_crl(&file, &(struct crl_spec){ .by = ca, .version1 = true });
        put_crl(&file, &(struct crl_spec){ .by = ca, .number = "9", .delta_of = "7" });
        assert_int_equal(crls_parse(&c, "l.pem", (const uint8_t *)buf_str(&file), file.len, &error),
                         0);
        assert_int_equal(crls_count(c), 4);
        assert_string_equal(crls_get(c, 0)->issuer, "Test CA");
        assert_int_equal(crls_get(c, 0)->this_update_s, NOW - DAY);
        assert_int_equal(crls_get(c, 0)->next_update_s, NOW + 6 * DAY);
        assert_int_equal(crls_get(c, 1)->next_update_s, 0);
        for (size_t i = 0; i < 4; i++) {
                assert_int_equal(crls_get(c, i)->lacks_number, i == 1);
                assert_int_equal(crls_get(c, i)->is_delta, i == 3);
        }
        buf_done(&file);
}

static void der_and_pem_are_the_same(void **state)
{
        size_t n;
        AUTO_FREE uint8_t *der = der_of(&(struct crl_spec){ .by = ca }, &n);
        AUTO_FREE uint8_t *longer = mem_copy(der, n); /* and its NUL */

        (void)state;
        assert_int_equal(parse(der, n, NULL), 1);
        assert_int_equal(parse(longer, n + 1, "bytes after its end"), -ENODATA);
        for (size_t cut = 1; cut < n; cut += 7)
                assert_int_equal(parse(der, cut, "is not a DER"), -ENODATA);
}

static void a_damaged_list_is_named_by_its_line_and_spoils_no_other(void **state)
{
        struct buf file = BUF_INIT(1 << 16);

        (void)state;
        buf_puts(&file, "# ours\n");
        buf_puts(&file, leaf->pem); /* a certificate beside them does not matter */
        int line = 1;

        for (size_t i = 0; i < file.len; i++)
                line += buf_str(&file)[i] == '\n';
        buf_puts(&file, "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n");
        put_crl(&file, &(struct crl_spec){ .by = ca });
        AUTO_FREE char *words = mem_printf("The revocation list at line %d of lists\\x1B.pem is "
                                           "left out: it is not a DER", line);

        assert_int_equal(parse(buf_str(&file), file.len, words), 1);
        buf_puts(&file, "-----BEGIN X509 CRL-----\n!!!!\n-----END X509 CRL-----\n");
        assert_int_equal(parse(buf_str(&file), file.len, "1 more"), 1);
        buf_done(&file);
}

static void a_file_without_lists_is_refused(void **state)
{
        (void)state;
        assert_int_equal(parse("", 0, "holds no certificate revocation list"), -ENODATA);
        assert_int_equal(parse("hello\n", 6, "holds no certificate revocation list"), -ENODATA);
        assert_int_equal(parse(leaf->pem, strlen(leaf->pem), "holds no certificate revocation"),
                         -ENODATA);
        assert_int_equal(parse("-----BEGIN X509 CRL-----\nMAA=\n", 30, "it has no END line"),
                         -ENODATA);
}

static void there_may_be_so_many_lists(void **state)
{
        struct buf file = BUF_INIT(4 << 20);
        struct buf one = BUF_INIT(1 << 16);

        (void)state;
        put_crl(&one, &(struct crl_spec){ .by = ca });
        for (int i = 0; i < CRLS_MAX; i++)
                buf_puts(&file, buf_str(&one));
        assert_int_equal(parse(buf_str(&file), file.len, NULL), CRLS_MAX);
        buf_puts(&file, buf_str(&one));
        assert_int_equal(parse(buf_str(&file), file.len, "too many lists"), CRLS_MAX);
        buf_done(&one);
        buf_done(&file);
}

static void there_may_be_so_many_entries(void **state)
{
        X509_CRL *crl = make_crl(&(struct crl_spec){ .by = ca });
        ASN1_TIME *at = ASN1_TIME_set(NULL, (time_t)REVOKED_AT);
        unsigned char *der = NULL;

        (void)state;
        for (long i = 0; i <= CRLS_MAX_ENTRIES; i++) {
                X509_REVOKED *entry = X509_REVOKED_new();
                ASN1_INTEGER *serial = ASN1_INTEGER_new();

                ASN1_INTEGER_set(serial, i + 1);
                X509_REVOKED_set_serialNumber(entry, serial);
                X509_REVOKED_set_revocationDate(entry, at);
                X509_CRL_add0_revoked(crl, entry);
                ASN1_INTEGER_free(serial);
        }
        assert_true(X509_CRL_sign(crl, ca->key, EVP_sha256()) > 0);
        int n = i2d_X509_CRL(crl, &der);

        assert_in_range(n, 1, CRLS_MAX_FILE_BYTES);
        X509_CRL_free(crl);
        ASN1_TIME_free(at);
        assert_int_equal(parse(der, (size_t)n, "too many entries"), -ENODATA);
        OPENSSL_free(der);
}

static void a_file_is_read_whole_or_said_not_to_be(void **state)
{
        char path[] = "/tmp/na-crls-XXXXXX";
        int fd = mkstemp(path);
        struct buf file = BUF_INIT(1 << 16);
        CLEANUP(crls_unref_at_exit) struct crls *c = NULL;
        AUTO_FREE char *error = NULL, *none = NULL, *large = NULL;

        (void)state;
        put_crl(&file, &(struct crl_spec){ .by = ca });
        assert_int_equal(write(fd, buf_str(&file), file.len), file.len);
        assert_int_equal(crls_load(&c, path, &error), 0);
        assert_int_equal(crls_count(c), 1);
        assert_null(error);
        assert_int_equal(ftruncate(fd, CRLS_MAX_FILE_BYTES + 1), 0);
        assert_int_equal(crls_load(&c, path, &large), -EFBIG);
        assert_non_null(strstr(large, "File too large"));
        unlink(path);
        assert_int_equal(crls_load(&c, path, &none), -ENOENT);
        assert_non_null(strstr(none, path));
        assert_non_null(strstr(none, "No such file"));
        close(fd);
        buf_done(&file);
}

static void equal_files_have_equal_digests(void **state)
{
        CLEANUP(crls_unref_at_exit) struct crls *a = NULL, *b = NULL, *other = NULL;
        AUTO_FREE char *error = NULL;
        size_t n, m;
        AUTO_FREE uint8_t *one = der_of(&(struct crl_spec){ .by = ca }, &n);
        AUTO_FREE uint8_t *two = der_of(&(struct crl_spec){ .by = ca, .number = "8" }, &m);

        (void)state;
        assert_int_equal(crls_parse(&a, "a", one, n, &error), 0);
        assert_int_equal(crls_parse(&b, "b", one, n, &error), 0);
        assert_int_equal(crls_parse(&other, "c", two, m, &error), 0);
        assert_memory_equal(crls_digest(a), crls_digest(b), CRLS_DIGEST_BYTES);
        assert_memory_not_equal(crls_digest(a), crls_digest(other), CRLS_DIGEST_BYTES);
        crls_unref(crls_ref(a));
        assert_int_equal(crls_count(a), 1);
        assert_int_equal(crls_count(NULL), 0);
        assert_null(crls_ref(NULL));
        crls_unref(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_list_is_read_with_its_facts),
                cmocka_unit_test(der_and_pem_are_the_same),
                cmocka_unit_test(a_damaged_list_is_named_by_its_line_and_spoils_no_other),
                cmocka_unit_test(a_file_without_lists_is_refused),
                cmocka_unit_test(there_may_be_so_many_lists),
                cmocka_unit_test(there_may_be_so_many_entries),
                cmocka_unit_test(a_file_is_read_whole_or_said_not_to_be),
                cmocka_unit_test(equal_files_have_equal_digests),
        };

        return cmocka_run_group_tests(tests, make_pki, free_pki);
}
