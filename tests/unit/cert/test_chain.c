/* SPDX-License-Identifier: Apache-2.0 */
/* What people put into certificate files, and what is said about it. */
#include "tests/unit/cert/forge.h"

#include "common/base/buf.h"
#include "common/base/mem.h"

#include <errno.h>
#include <openssl/pkcs7.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define UP_TO(n) (&(struct chain_options){ .max_certs = (n) })
#define BYTES(n) (&(struct chain_options){ .max_bytes = (n) })
#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"

static struct minted *ca, *leaf;

static int make_pki(void **state)
{
        (void)state;
        ca = make_ca("CA", NULL);
        leaf = make_leaf("x.example", ca);
        return 0;
}

static int free_pki(void **state)
{
        (void)state;
        minted_free(ca);
        minted_free(leaf);
        return 0;
}

static struct chain *read_text(const char *text)
{
        return chain_parse("web.pem", (const uint8_t *)text, strlen(text), NULL);
}

/* "input-pem-malformed, input-unparseable" in the order they were found. */
static char *problems_str(const struct chain *chain)
{
        struct buf out = BUF_INIT(4096);

        for (size_t i = 0; i < chain->problems.n; i++)
                buf_printf(&out, "%s%s", i ? ", " : "",
                           FINDINGS[chain->problems.items[i].code].name);
        return buf_steal(&out);
}

/* The text with every @from replaced by @to. */
static char *replaced(const char *text, const char *from, const char *to)
{
        struct buf out = BUF_INIT(1 << 20);
        const char *at;

        for (; (at = strstr(text, from)); text = at + strlen(from)) {
                buf_append(&out, text, (size_t)(at - text));
                buf_puts(&out, to);
        }
        buf_puts(&out, text);
        return buf_steal(&out);
}

/* The base64 lines of a certificate, without the markers. */
static char *body_of(const struct minted *m)
{
        AUTO_FREE char *rest = replaced(m->pem, BEGIN, "");

        return replaced(rest, END, "");
}

/* ECDSA signatures differ in length, and so may the number of lines. */
static int lines_of(const char *text)
{
        int n = 0;

        for (; *text; text++)
                n += *text == '\n';
        return n;
}

#define LAST (-1)

/* --- layouts --------------------------------------------------------------------------------- */

static char *plain(void)
{
        return mem_printf("%s%s", leaf->pem, ca->pem);
}

static char *crlf(void)
{
        AUTO_FREE char *text = plain();

        return replaced(text, "\n", "\r\n");
}

static char *cr_only(void)
{
        AUTO_FREE char *text = plain();

        return replaced(text, "\n", "\r");
}

static char *with_bom(void)
{
        AUTO_FREE char *text = plain();

        return mem_printf("\xef\xbb\xbf%s", text);
}

static char *glued(void)
{
        AUTO_FREE char *text = plain();

        return replaced(text, "-----END CERTIFICATE-----\n-----", "-----END CERTIFICATE----------");
}

static char *indented(void)
{
        AUTO_FREE char *text = plain();
        AUTO_FREE char *shifted = replaced(text, "\n", "\n    ");

        return mem_printf("    %s", shifted);
}

static char *blank_lines(void)
{
        AUTO_FREE char *text = plain();

        return replaced(text, "\n", "\n\n");
}

static char *blank_lines_crlf(void)
{
        AUTO_FREE char *text = plain();

        return replaced(text, "\n", "\r\n\r\n");
}

static char *one_line(void)
{
        AUTO_FREE char *a = body_of(leaf), *b = body_of(ca);
        AUTO_FREE char *x = replaced(a, "\n", ""), *y = replaced(b, "\n", "");

        return mem_printf(BEGIN "%s\n" END BEGIN "%s\n" END, x, y);
}

static char *wide(void)
{
        AUTO_FREE char *a = body_of(leaf);
        AUTO_FREE char *x = replaced(a, "\n", "");
        struct buf out = BUF_INIT(1 << 20);

        buf_puts(&out, BEGIN);
        for (size_t i = 0; i < strlen(x); i += 76)
                buf_printf(&out, "%.76s\n", x + i);
        buf_printf(&out, END "%s", ca->pem);
        return buf_steal(&out);
}

static char *with_text_before(void)
{
        return mem_printf(
                "Bag Attributes\n    friendlyName: x\nsubject=CN = x\n%s\nissuer=CN = CA\n%s",
                leaf->pem, ca->pem);
}

static char *without_last_line_feed(void)
{
        char *text = plain();

        text[strlen(text) - 1] = '\0';
        return text;
}

static char *trailing_blanks(void)
{
        AUTO_FREE char *text = plain();

        return replaced(text, "-----\n", "----- \t\n");
}

static char *data_on_the_marker_line(void)
{
        AUTO_FREE char *text = plain();

        return replaced(text, BEGIN, "-----BEGIN CERTIFICATE-----");
}

static char *text_after_the_end(void)
{
        return mem_printf("%.*s # the leaf\n%s", (int)strlen(leaf->pem) - 1, leaf->pem, ca->pem);
}

static char *end_on_the_data_line(void)
{
        AUTO_FREE char *text = plain();

        return replaced(text, "\n-----END", "-----END");
}

static char *old_label(void)
{
        AUTO_FREE char *text = plain();

        return replaced(text, " CERTIFICATE", " X509 CERTIFICATE");
}

static char *with_parameters_between(void)
{
        return mem_printf("%s-----BEGIN DH PARAMETERS-----\nMAA=\n-----END DH PARAMETERS-----\n%s",
                          leaf->pem, ca->pem);
}

/* As `openssl x509 -addtrust` writes it: the certificate, then a SEQUENCE of trust settings. */
static char *trusted(void)
{
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(leaf);
        uint8_t der[4096];
        unsigned char base64[8192];

        memcpy(der, c->der, c->der_len);
        memcpy(der + c->der_len, "\x30\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01", 14);
        EVP_EncodeBlock(base64, der, (int)c->der_len + 14);
        return mem_printf(
                "-----BEGIN TRUSTED CERTIFICATE-----\n%s\n-----END TRUSTED CERTIFICATE-----\n%s",
                (const char *)base64, ca->pem);
}

static void both_certificates_are_read_whatever_the_layout(void **state)
{
        static const struct {
                char *(*make)(void);
                const char *what; /* the repair that is reported; NULL = none is needed */
                int line;         /* where; LAST and below count from the leaf's END line */
        } ROWS[] = {
                { plain, NULL, 0 },
                { crlf, NULL, 0 },
                { one_line, NULL, 0 },
                { wide, NULL, 0 },
                { with_text_before, NULL, 0 },
                { without_last_line_feed, NULL, 0 },
                { trailing_blanks, NULL, 0 }, /* OpenSSL's reader drops them */
                { trusted, NULL, 0 },
                { old_label, NULL, 0 },
                { with_parameters_between, NULL, 0 },
                { with_bom, "a byte order mark", 1 },
                { glued, "text before a BEGIN marker", LAST },
                { indented, "text before a BEGIN marker", 1 },
                { blank_lines, "blank lines inside a block", 4 },
                { blank_lines_crlf, "blank lines inside a block", 4 },
                { cr_only, "line ends without a line feed", 2 },
                { end_on_the_data_line, "text before an END marker", LAST - 1 },
                { data_on_the_marker_line, "text after a BEGIN marker", 1 },
                { text_after_the_end, "text after an END marker", LAST },
        };
        CLEANUP(cert_unref_at_exit) struct cert *first = cert_of(leaf), *second = cert_of(ca);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *text = ROWS[i].make();
                CLEANUP(chain_free_at_exit) struct chain *chain = read_text(text);
                AUTO_FREE char *problems = problems_str(chain);

                if (chain->n != 2)
                        fail_msg("row %zu: %zu certificates", i, chain->n);
                assert_true(cert_same(chain->certs[0], first));
                assert_true(cert_same(chain->certs[1], second));
                if (strcmp(problems, ROWS[i].what ? "input-pem-malformed" : "") != 0)
                        fail_msg("row %zu: %s", i, problems);
                int line =
                        ROWS[i].line < 0 ? lines_of(leaf->pem) + ROWS[i].line - LAST : ROWS[i].line;
                AUTO_FREE char *expected =
                        mem_printf("web.pem was readable only after repair (%s, line %d).",
                                   ROWS[i].what, line);

                if (ROWS[i].what)
                        assert_string_equal(chain->problems.items[0].message, expected);
        }
}

/* --- what is no chain ------------------------------------------------------------------------ */

static void what_is_no_certificate_is_called_by_its_name(void **state)
{
        static const struct {
                const char *text, *code, *message;
        } ROWS[] = {
                { "", "input-empty", "web.pem holds no certificate." },
                { "\n\n", "input-empty", "web.pem holds no certificate." },
                { "<html>404</html>", "input-not-a-certificate",
                  "web.pem holds an HTML page, not a certificate." },
                { "-----BEGIN", "input-empty", "web.pem holds no certificate." },
                { "-----BEGIN -----", "input-empty", "web.pem holds no certificate." },
                { END, "input-empty", "web.pem holds no certificate." },
                { "0", "input-empty", "web.pem holds no certificate." },
                { "0\x82", "input-empty", "web.pem holds no certificate." },
                { "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n",
                  "input-not-a-certificate", "web.pem holds a private key, not a certificate." },
                { "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n",
                  "input-not-a-certificate",
                  "web.pem holds a certificate request, not a certificate." },
                { "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
                  "input-not-a-certificate",
                  "web.pem holds a certificate revocation list, not a certificate." },
                { "-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n", "input-unparseable",
                  "web.pem is PKCS#7 and is damaged." },
                { "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
                  "input-not-a-certificate", "web.pem holds a public key, not a certificate." },
                { "{\"cert\": \"MII\"}", "input-not-a-certificate",
                  "web.pem holds a JSON document, not a certificate." },
                { "ssh-ed25519 AAAA a@b", "input-not-a-certificate",
                  "web.pem holds an SSH key, not a certificate." },
                { "-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n-----END OPENSSH PRIVATE KEY-----\n",
                  "input-not-a-certificate", "web.pem holds an SSH key, not a certificate." },
                { "-----BEGIN PGP PUBLIC KEY BLOCK-----\nMAA=\n-----END PGP PUBLIC KEY BLOCK-----",
                  "input-not-a-certificate",
                  "web.pem holds an OpenPGP key or message, not a certificate." },
                { "MIIBszCCAVmgAwIBAgIUQ", "input-not-a-certificate",
                  "web.pem holds base64 without BEGIN and END lines, not a certificate." },
                { "0\x82\x04\x01\x30", "input-unparseable",
                  "Certificate 1 of web.pem is damaged (it is cut short: 5 of 1029 bytes are "
                  "there)." },
                { BEGIN, "input-unparseable",
                  "Certificate 1 of web.pem, at line 1, is damaged (it has no END line)." },
                { BEGIN END, "input-unparseable",
                  "Certificate 1 of web.pem, at line 1, is damaged (not a DER certificate)." },
                { "\n\n" BEGIN "MAA=\n" END, "input-unparseable",
                  "Certificate 1 of web.pem, at line 3, is damaged (not a DER certificate)." },
                { BEGIN "MAYwBAICAAE=\n" END, "input-unparseable",
                  "Certificate 1 of web.pem, at line 1, is damaged (a number in it begins with "
                  "needless zeros)." },
                { BEGIN "MAQwAgIA\n" END, "input-unparseable",
                  "Certificate 1 of web.pem, at line 1, is damaged (a number in it is empty)." },
                { BEGIN "M#A=\n" END, "input-unparseable",
                  "Certificate 1 of web.pem, at line 1, is damaged (a character that is not "
                  "base64)." },
                { BEGIN "MAA=M\n" END, "input-unparseable",
                  "Certificate 1 of web.pem, at line 1, is damaged (a character that is not "
                  "base64)." },
                { BEGIN "MAAAM\n" END, "input-unparseable",
                  "Certificate 1 of web.pem, at line 1, is damaged (base64 that breaks off)." },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                CLEANUP(chain_free_at_exit) struct chain *chain = read_text(ROWS[i].text);
                AUTO_FREE char *problems = problems_str(chain);

                assert_int_equal(chain->n, 0);
                assert_string_equal(problems, ROWS[i].code);
                assert_string_equal(chain->problems.items[0].message, ROWS[i].message);
                assert_true(strlen(chain->problems.items[0].remedy) > 20);
        }
}

static void a_mislabelled_or_bare_pkcs7_is_read(void **state)
{
        static const char *const LABELS[] = { "PKCS7", "CMS", "PKCS #7 SIGNED DATA",
                                              "CERTIFICATE" };
        PKCS7 *p7 = PKCS7_new();
        unsigned char *der = NULL, base64[8192];

        (void)state;
        PKCS7_set_type(p7, NID_pkcs7_signed);
        PKCS7_content_new(p7, NID_pkcs7_data);
        PKCS7_add_certificate(p7, leaf->cert);
        PKCS7_add_certificate(p7, ca->cert);
        int n = i2d_PKCS7(p7, &der);

        EVP_EncodeBlock(base64, der, n);
        for (size_t i = 0; i <= ARRAY_LEN(LABELS); i++) {
                AUTO_FREE char *text =
                        i < ARRAY_LEN(LABELS)
                                ? mem_printf("-----BEGIN %s-----\n%s\n-----END %s-----\n",
                                             LABELS[i], (const char *)base64, LABELS[i])
                                : mem_copy(der, (size_t)n);
                CLEANUP(chain_free_at_exit) struct chain *chain = chain_parse(
                        "my web.p7b", (const uint8_t *)text,
                        i < ARRAY_LEN(LABELS) ? strlen(text) : (size_t)n, NULL);
                AUTO_FREE char *problems = problems_str(chain);

                assert_int_equal(chain->n, 2);
                assert_true(chain->is_set);
                assert_string_equal(problems, "input-format-converted");
                assert_string_equal(chain->problems.items[0].remedy,
                                    i < ARRAY_LEN(LABELS)
                                            ? "Convert it (openssl pkcs7 -print_certs -in FILE "
                                              "-out chain.pem)."
                                            : "Convert it (openssl pkcs7 -inform DER -print_certs "
                                              "-in FILE -out chain.pem).");
        }
        OPENSSL_free(der);
        PKCS7_free(p7);
}

static void utf16_is_read_and_told(void **state)
{
        struct buf text = BUF_INIT(1 << 20);

        (void)state;
        buf_append(&text, "\xff\xfe", 2);
        for (const char *p = leaf->pem; *p; p++)
                buf_append(&text, (char[]){ *p, '\0' }, 2);
        CLEANUP(chain_free_at_exit) struct chain *chain =
                chain_parse("x.pem", (const uint8_t *)text.data, text.len, NULL);

        assert_int_equal(chain->n, 1);
        assert_int_equal(chain->problems.n, 1);
        assert_string_equal(chain->problems.items[0].message,
                            "x.pem was readable only after repair (UTF-16 text, line 1).");
        buf_done(&text);
}

static void a_damaged_block_is_named_by_its_number_and_line_and_the_rest_is_read(void **state)
{
        AUTO_FREE char *text =
                mem_printf("%s\n# two\n" BEGIN "MAA=\n" END BEGIN "M*\n" END "%s" BEGIN "MII",
                           leaf->pem, ca->pem);
        CLEANUP(chain_free_at_exit) struct chain *chain = read_text(text);
        const int first = lines_of(leaf->pem) + 3, last = first + 6 + lines_of(ca->pem);
        AUTO_FREE char *a =
                mem_printf("Certificate 2 of web.pem, at line %d, is damaged (not a DER "
                           "certificate).",
                           first);
        AUTO_FREE char *b =
                mem_printf("Certificate 3 of web.pem, at line %d, is damaged (a character "
                           "that is not base64).",
                           first + 3);
        AUTO_FREE char *c =
                mem_printf("Certificate 5 of web.pem, at line %d, is damaged (it has no "
                           "END line).",
                           last);
        const char *const messages[] = { a, b, c };
        const int positions[] = { 1, 2, 4 };

        (void)state;
        assert_int_equal(chain->n, 2);
        assert_int_equal(chain->sent_at[0], 0);
        assert_int_equal(chain->sent_at[1], 3);
        assert_int_equal(chain->n_sent, 5);
        assert_int_equal(chain->problems.n, 3);
        for (size_t i = 0; i < 3; i++) {
                assert_string_equal(chain->problems.items[i].message, messages[i]);
                assert_int_equal(chain->problems.items[i].position, positions[i]);
        }
}

static void a_block_cut_short_by_another_does_not_swallow_it(void **state)
{
        AUTO_FREE char *text = mem_printf("%.*s\n%s", 200, leaf->pem, ca->pem);
        CLEANUP(chain_free_at_exit) struct chain *chain = read_text(text);

        (void)state;
        assert_int_equal(chain->n, 1);
        assert_string_equal(chain->certs[0]->label, "CA");
        assert_non_null(finding_find(&chain->problems, FINDING_INPUT_UNPARSEABLE));
}

static void a_nul_in_the_file_hides_nothing(void **state)
{
        struct buf text = BUF_INIT(1 << 20);

        (void)state;
        buf_append(&text, "a\0b\n", 4);
        buf_puts(&text, leaf->pem);
        CLEANUP(chain_free_at_exit) struct chain *chain =
                chain_parse("x", (const uint8_t *)text.data, text.len, UP_TO(5));

        assert_int_equal(chain->n, 1);
        assert_int_equal(chain->problems.n, 0);
        buf_done(&text);
}

static void the_name_of_the_file_is_escaped(void **state)
{
        CLEANUP(chain_free_at_exit) struct chain *chain =
                chain_parse("a\n\x1b.pem", (const uint8_t *)"", 0, UP_TO(5));

        (void)state;
        assert_string_equal(chain->problems.items[0].message,
                            "a\\x0A\\x1B.pem holds no certificate.");
}

/* --- keys ------------------------------------------------------------------------------------ */

static void no_byte_of_a_key_gets_into_a_finding(void **state)
{
        AUTO_FREE char *key = replaced(leaf->key_pem, "-----BEGIN PRIVATE KEY-----\n", "");
        AUTO_FREE char *broken = replaced(leaf->key_pem, "-----END", "#----END");
        AUTO_FREE char *mislabelled = replaced(leaf->key_pem, "PRIVATE KEY", "CERTIFICATE");
        const char *const files[] = { leaf->key_pem, broken, mislabelled };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(files); i++) {
                AUTO_FREE char *text = mem_printf("%s%s%s", files[i], leaf->pem, files[i]);
                CLEANUP(chain_free_at_exit) struct chain *chain = read_text(text);

                assert_true(chain->problems.n > 0);
                for (size_t k = 0; k < chain->problems.n; k++)
                        for (size_t at = 0; at + 12 < strlen(key) - 30; at++) {
                                char piece[13] = { 0 };

                                memcpy(piece, key + at, 12);
                                assert_null(strstr(chain->problems.items[k].message, piece));
                                assert_null(strstr(chain->problems.items[k].remedy, piece));
                        }
        }
}

static void a_key_beside_a_certificate_is_reported_once(void **state)
{
        AUTO_FREE char *text = mem_printf("%s%s%s", leaf->key_pem, leaf->pem, leaf->key_pem);
        CLEANUP(chain_free_at_exit) struct chain *chain = read_text(text);
        AUTO_FREE char *problems = problems_str(chain);

        (void)state;
        assert_int_equal(chain->n, 1);
        assert_string_equal(problems, "input-private-key-present");
}

/* --- DER ------------------------------------------------------------------------------------- */

/* Nobody can compare it, but it is a key, and it is in the wrong place. */
static void a_key_of_any_kind_beside_a_certificate_is_reported(void **state)
{
        AUTO_FREE char *text = mem_printf("%s-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n"
                                          "-----END OPENSSH PRIVATE KEY-----\n", leaf->pem);
        CLEANUP(chain_free_at_exit) struct chain *chain = read_text(text);
        AUTO_FREE char *problems = problems_str(chain);

        (void)state;
        assert_string_equal(problems, "input-private-key-present");
        assert_non_null(strstr(chain->problems.items[0].evidence, "not compared"));
        assert_int_equal(chain->n_keys, 0);
}

static void der_certificates_are_read_one_after_the_other(void **state)
{
        CLEANUP(cert_unref_at_exit) struct cert *a = cert_of(leaf), *b = cert_of(ca);
        struct buf der = BUF_INIT(1 << 20);

        (void)state;
        for (size_t n = 1; n <= 2; n++) {
                const struct cert *c = n == 1 ? a : b;

                buf_append(&der, c->der, c->der_len);
                CLEANUP(chain_free_at_exit) struct chain *chain =
                        chain_parse("x.der", (const uint8_t *)der.data, der.len, UP_TO(5));
                AUTO_FREE char *problems = problems_str(chain);

                assert_int_equal(chain->n, n);
                assert_true(cert_same(chain->certs[n - 1], c));
                assert_string_equal(problems, "input-format-converted");
        }
        buf_done(&der);
}

static void too_many_der_certificates_are_reported(void **state)
{
        CLEANUP(cert_unref_at_exit) struct cert *a = cert_of(leaf);
        struct buf der = BUF_INIT(1 << 20);

        (void)state;
        for (int i = 0; i < 4; i++)
                buf_append(&der, a->der, a->der_len);
        CLEANUP(chain_free_at_exit) struct chain *exact =
                chain_parse("x.der", (const uint8_t *)der.data, der.len, UP_TO(4));
        CLEANUP(chain_free_at_exit) struct chain *over =
                chain_parse("x.der", (const uint8_t *)der.data, der.len, UP_TO(3));

        assert_int_equal(exact->n, 4);
        assert_null(finding_find(&exact->problems, FINDING_RESOURCE_LIMIT));
        assert_int_equal(over->n, 3);
        assert_non_null(finding_find(&over->problems, FINDING_RESOURCE_LIMIT));
        buf_done(&der);
}

static void bytes_after_a_der_certificate_are_reported(void **state)
{
        CLEANUP(cert_unref_at_exit) struct cert *a = cert_of(leaf);
        struct buf der = BUF_INIT(1 << 20);

        (void)state;
        buf_append(&der, a->der, a->der_len);
        buf_append(&der, "\x30\x03junk", 6);
        CLEANUP(chain_free_at_exit) struct chain *chain =
                chain_parse("x.der", (const uint8_t *)der.data, der.len, UP_TO(4));

        assert_int_equal(chain->n, 1);
        assert_non_null(finding_find(&chain->problems, FINDING_INPUT_UNPARSEABLE));
        buf_done(&der);
}

/* --- limits ---------------------------------------------------------------------------------- */

static void no_more_certificates_are_read_than_allowed(void **state)
{
        struct buf text = BUF_INIT(1 << 20);

        (void)state;
        for (int i = 0; i < 6; i++)
                buf_puts(&text, leaf->pem);
        for (size_t max = 1; max < 8; max++) {
                CLEANUP(chain_free_at_exit) struct chain *chain =
                        chain_parse("x", (const uint8_t *)text.data, text.len, UP_TO(max));
                AUTO_FREE char *problems = problems_str(chain);

                assert_int_equal(chain->n, max < 6 ? max : 6);
                assert_string_equal(problems, max < 6 ? "resource-limit" : "");
        }
        buf_done(&text);
}

static int64_t cpu_us(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
        return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* A quadratic reader takes minutes; the bound is generous for sanitizers and slow machines. */
static void hostile_files_take_linear_time_and_few_findings(void **state)
{
        static const struct {
                const char *piece;
                size_t times;
        } ROWS[] = {
                { "-----BEGIN CERTIFICATE-----\n", 100000 },
                { "-----BEGIN X-----\n", 100000 },
                { "-----BEGIN ", 300000 },
                { "-----END CERTIFICATE-----\n", 100000 },
                { "-", CHAIN_MAX_FILE_BYTES },
                { "\r", CHAIN_MAX_FILE_BYTES },
                { BEGIN END, 80000 },
                { "-----BEGIN PRIVATE KEY-----\nx", 100000 },
                { "-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n", 80000 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct buf text = BUF_INIT(2 * CHAIN_MAX_FILE_BYTES);

                for (size_t k = 0; k < ROWS[i].times; k++)
                        buf_puts(&text, ROWS[i].piece);
                int64_t before = cpu_us();
                CLEANUP(chain_free_at_exit) struct chain *chain = chain_parse(
                        "x", (const uint8_t *)text.data, text.len, UP_TO(CHAIN_MAX_CERTS));

                if (cpu_us() - before > 10000000)
                        fail_msg("row %zu took %lld us", i, (long long)(cpu_us() - before));
                assert_int_equal(chain->n, 0);
                assert_in_range(chain->problems.n, 1, CHAIN_MAX_CERTS + 2);
                buf_done(&text);
        }
}

/* --- files ----------------------------------------------------------------------------------- */

static void files_are_read_or_refused_with_an_errno(void **state)
{
        char path[] = "/tmp/notafter-test-chain-XXXXXX";
        int fd = mkstemp(path);
        struct chain *chain = NULL;

        (void)state;
        assert_true(fd >= 0);
        assert_int_equal(write(fd, leaf->pem, strlen(leaf->pem)), strlen(leaf->pem));
        close(fd);
        assert_int_equal(chain_read_file(&chain, path, BYTES(strlen(leaf->pem))), 0);
        assert_int_equal(chain->n, 1);
        chain_free(chain);
        chain = NULL;
        assert_int_equal(chain_read_file(&chain, path, BYTES(strlen(leaf->pem) - 1)), -EFBIG);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(chain_read_file(&chain, path, BYTES(1000)), -ENOENT);
        assert_int_equal(chain_read_file(&chain, "/tmp", BYTES(1000)), -EISDIR);
        assert_null(chain);
}

/* A pipe of the file system may have no writer; one that we were given has. */
static void only_a_pipe_that_was_given_is_waited_for(void **state)
{
        char folder[] = "/tmp/notafter-test-fifo-XXXXXX";
        struct chain *chain = NULL;
        int ends[2];

        (void)state;
        assert_non_null(mkdtemp(folder));
        AUTO_FREE char *fifo = mem_printf("%s/fifo", folder);

        assert_int_equal(mkfifo(fifo, 0600), 0);
        assert_int_equal(chain_read_file(&chain, fifo, NULL), -ENOTSUP);
        assert_int_equal(chain_read_file(&chain, "/dev/zero", NULL), -ENOTSUP);
        assert_string_equal(chain_file_error(-ENOTSUP), "Not a regular file");
        unlink(fifo);
        rmdir(folder);

        assert_int_equal(pipe(ends), 0);
        AUTO_FREE char *given = mem_printf("/dev/fd/%d", ends[0]);

        assert_int_equal(write(ends[1], leaf->pem, strlen(leaf->pem)), strlen(leaf->pem));
        close(ends[1]);
        assert_int_equal(chain_read_file(&chain, given, NULL), 0);
        assert_int_equal(chain->n, 1);
        chain_free(chain);
        close(ends[0]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(both_certificates_are_read_whatever_the_layout),
                cmocka_unit_test(what_is_no_certificate_is_called_by_its_name),
                cmocka_unit_test(
                        a_damaged_block_is_named_by_its_number_and_line_and_the_rest_is_read),
                cmocka_unit_test(a_block_cut_short_by_another_does_not_swallow_it),
                cmocka_unit_test(a_nul_in_the_file_hides_nothing),
                cmocka_unit_test(the_name_of_the_file_is_escaped),
                cmocka_unit_test(no_byte_of_a_key_gets_into_a_finding),
                cmocka_unit_test(a_key_beside_a_certificate_is_reported_once),
                cmocka_unit_test(a_key_of_any_kind_beside_a_certificate_is_reported),
                cmocka_unit_test(der_certificates_are_read_one_after_the_other),
                cmocka_unit_test(too_many_der_certificates_are_reported),
                cmocka_unit_test(bytes_after_a_der_certificate_are_reported),
                cmocka_unit_test(no_more_certificates_are_read_than_allowed),
                cmocka_unit_test(hostile_files_take_linear_time_and_few_findings),
                cmocka_unit_test(a_mislabelled_or_bare_pkcs7_is_read),
                cmocka_unit_test(utf16_is_read_and_told),
                cmocka_unit_test(files_are_read_or_refused_with_an_errno),
                cmocka_unit_test(only_a_pipe_that_was_given_is_waited_for),
        };

        return cmocka_run_group_tests(tests, make_pki, free_pki);
}
