/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in reading.h. Others split and decode (pem, container, key, sniff); here it is
 * decided what is a certificate of the chain.
 */
#include "common/cert/reading.h"

#include "common/base/mem.h"
#include "common/cert/sniff.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

/* --- certificates ----------------------------------------------------------------------------- */

/* "it is cut short: 800 of 1200 bytes are there", else what the parser says. */
static char *der_problem(const uint8_t *der, size_t n, const char *reason)
{
        size_t wanted = der_element_wanted(der, n);

        if (wanted > n && der[0] == 0x30)
                return mem_printf("it is cut short: %zu of %zu bytes are there", n, wanted);
        return mem_strdup(reason);
}

/* Adds one, or says what is wrong with it; @hint is a better reason than the parser's, or NULL. */
static void take_der(struct reading *r, const uint8_t *der, size_t n, int line, const char *hint)
{
        CLEANUP(cert_unref_at_exit) struct cert *cert = NULL;
        const char *reason;

        if (r->n_blocks++ >= r->options.max_certs) {
                reading_report_over_limit(r);
        } else if (cert_parse(&cert, der, n, &reason) == 0) {
                chain_add(r->chain, cert);
        } else {
                AUTO_FREE char *text = hint ? mem_strdup(hint) : der_problem(der, n, reason);

                reading_report_damaged(r, line, text);
        }
}

void reading_keep_key(struct reading *r, EVP_PKEY *key, enum key_outcome outcome, int line)
{
        if (r->n_keys < KEYS_MAX)
                r->keys[r->n_keys++] = (struct reading_key){ key, outcome, line };
        else
                EVP_PKEY_free(key);
}

static void take_container(struct reading *r, struct container *c)
{
        if (r->chain->n_sent == 0 && c->n_certs > 0)
                r->chain->is_set = true;
        for (size_t i = 0; i < c->n_certs && !r->full; i++) {
                CLEANUP(cert_unref_at_exit) struct cert *cert = NULL;
                const char *reason;

                if (r->n_blocks++ >= r->options.max_certs)
                        reading_report_over_limit(r);
                else if (cert_from_x509(&cert, c->certs[i], &reason) == 0)
                        chain_add(r->chain, cert);
                else
                        reading_report_damaged(r, 0, reason);
        }
        if (c->more && !r->full)
                reading_report_over_limit(r);
        for (size_t i = 0; i < c->n_keys; i++)
                reading_keep_key(r, c->keys[i], KEY_READ, 0);
        c->n_keys = 0; /* they moved */
}

/* @line 0: the file is DER. */
static void read_pkcs7(struct reading *r, const uint8_t *der, size_t n, int line)
{
        struct container c;
        enum container_problem why = container_open_pkcs7(&c, der, n, r->options.max_certs);

        if (why != CONTAINER_READ) {
                reading_report_container(r, "PKCS#7", why, line);
        } else if (c.n_certs == 0) {
                r->other = r->other ? r->other : sniff_label("PKCS7");
        } else {
                reading_report_converted(r, "PKCS#7", line > 0 ? "pkcs7 -print_certs"
                                                       : "pkcs7 -inform DER -print_certs");
                take_container(r, &c);
        }
        container_done(&c);
}

static void read_pkcs12(struct reading *r, const uint8_t *der, size_t n)
{
        struct container c;
        enum container_problem why = container_open_pkcs12(&c, der, n, r->options.max_certs,
                                                           r->options.passphrase);

        if (why != CONTAINER_READ)
                reading_report_container(r, "PKCS#12", why, 0);
        else if (c.n_certs == 0)
                r->other = sniff_label("PRIVATE KEY");
        if (c.n_certs > 0)
                reading_report_converted(r, "PKCS#12", "pkcs12 -nokeys");
        take_container(r, &c);
        container_done(&c);
}

/* --- PEM -------------------------------------------------------------------------------------- */

static void read_certificate(struct reading *r, const struct pem_block *b)
{
        const char *reason;
        size_t len = 0, cert_len;
        uint8_t *der = pem_decode(b, &len, &reason);
        const char *hint = b->ended ? (der ? NULL : reason) : "it has no END line";

        if (!der) {
                take_der(r, (const uint8_t *)"", 0, b->line, hint);
                return;
        }
        if (container_kind(der, len) == CONTAINER_PKCS7) {
                read_pkcs7(r, der, len, b->line);
        } else {
                cert_len = strcmp(b->label, "TRUSTED CERTIFICATE") == 0
                                   ? der_element_length(der, len) /* trust settings follow */
                                   : len;
                take_der(r, der, cert_len, b->line, hint);
        }
        pem_check_layout(&r->pem, b);
        OPENSSL_cleanse(der, len); /* people put wrong labels on keys */
        free(der);
}

static void read_pkcs7_block(struct reading *r, const struct pem_block *b)
{
        const char *reason;
        size_t len;

        if (r->n_containers++ >= r->options.max_certs) { /* empty or damaged, they are abuse too */
                reading_report_over_limit(r);
                return;
        }
        AUTO_FREE uint8_t *der = pem_decode(b, &len, &reason);

        if (!der || !b->ended)
                reading_report_container(r, "PKCS#7", CONTAINER_DAMAGED, b->line);
        else
                read_pkcs7(r, der, len, b->line);
}

static void read_key(struct reading *r, const struct pem_block *b)
{
        const char *reason, *passphrase = r->options.passphrase;
        EVP_PKEY *key = NULL;
        size_t len = 0;
        enum key_outcome outcome = KEY_UNREADABLE;

        r->has_key = true;
        r->other = sniff_label(b->label); /* whatever else is there */
        if (r->n_keys == KEYS_MAX)
                return;
        uint8_t *der = pem_decode(b, &len, &reason);

        if (der && strcmp(b->label, "ENCRYPTED PRIVATE KEY") == 0)
                outcome = key_from_encrypted_der(&key, der, len, passphrase, &r->budget);
        else if (der && b->headers)
                outcome = key_from_old_pem(&key, b->headers, (size_t)(b->body - b->headers), der,
                                           len, passphrase);
        else if (der)
                outcome = key_from_der(&key, der, len);
        reading_keep_key(r, key, outcome, b->line);
        if (der)
                OPENSSL_cleanse(der, len);
        free(der);
}

static bool is_key_label(const char *label)
{
        static const char END[] = "PRIVATE KEY";
        size_t n = strlen(label), m = sizeof(END) - 1;

        return n >= m && strcmp(label + n - m, END) == 0;
}

static void read_block(struct reading *r, const struct pem_block *b)
{
        static const struct {
                const char *label;
                void (*read)(struct reading *r, const struct pem_block *b);
        } ROWS[] = {
                { "CERTIFICATE", read_certificate },
                { "X509 CERTIFICATE", read_certificate },
                { "TRUSTED CERTIFICATE", read_certificate },
                { "PKCS7", read_pkcs7_block },
                { "PKCS #7 SIGNED DATA", read_pkcs7_block },
                { "CMS", read_pkcs7_block },
        };

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                if (strcmp(b->label, ROWS[i].label) == 0) {
                        ROWS[i].read(r, b);
                        return;
                }
        if (is_key_label(b->label))
                read_key(r, b);
        else if (!r->other)
                r->other = sniff_label(b->label);
}

/* False when there is not a single block. */
static bool read_pem(struct reading *r, const char *text, size_t n)
{
        struct pem_block block;
        bool any = false;

        pem_start(&r->pem, text, n);
        for (; !r->full && pem_next(&r->pem, &block); any = true)
                read_block(r, &block);
        if (any && r->utf16)
                reading_report_repair(r, "UTF-16 text", 1);
        else if (any && r->pem.repair)
                reading_report_repair(r, r->pem.repair, r->pem.repair_line);
        return any;
}

/* --- everything else -------------------------------------------------------------------------- */

/* DER certificates in a row; false when the bytes do not begin with one. */
static bool read_der(struct reading *r, const uint8_t *der, size_t n)
{
        CLEANUP(cert_unref_at_exit) struct cert *first = NULL;
        const char *reason;

        if (cert_parse(&first, der, der_element_length(der, n), &reason) < 0)
                return false;
        reading_report_converted(r, "DER", "x509 -inform DER");
        while (n > 0 && *der == 0x30 && !r->full) { /* what is not 0x30 was not to be another one */
                size_t len = der_element_length(der, n);

                take_der(r, der, len, 0, NULL);
                der += len;
                n -= len;
        }
        return true;
}

/* A SEQUENCE of a SEQUENCE that nobody could read: it was to be a certificate. */
static void read_broken_der(struct reading *r, const uint8_t *der, size_t n)
{
        if (der_looks_like_cert(der, n))
                take_der(r, der, n, 0, NULL);
}

static void read_binary(struct reading *r, const uint8_t *bytes, size_t n)
{
        enum container_kind kind = container_kind(bytes, n);

        if (kind == CONTAINER_PKCS7)
                read_pkcs7(r, bytes, n, 0);
        else if (kind == CONTAINER_PKCS12)
                read_pkcs12(r, bytes, n);
        else if (!read_der(r, bytes, n) && !(r->other = sniff_der(bytes, n)) &&
                 !read_pem(r, (const char *)bytes, n))
                read_broken_der(r, bytes, n);
}

static void read_text(struct reading *r, const char *text, size_t n)
{
        if (!read_pem(r, text, n))
                r->other = sniff_text(text, n);
}

void reading_run(struct reading *r, const uint8_t *bytes, size_t n)
{
        size_t len = 0;
        char *text = pem_from_utf16(bytes, n, &len);

        if (text) {
                r->utf16 = true;
                read_text(r, text, len);
                OPENSSL_cleanse(text, len);
                free(text);
        } else if (n > 0 && bytes[0] == 0x30) {
                read_binary(r, bytes, n);
        } else {
                read_text(r, (const char *)bytes, n);
        }
}

/* --- the end of a reading --------------------------------------------------------------------- */

/* What is left of the keys, as the certificates of @chain would have them. */
void reading_digest_keys(struct reading *r, struct chain *chain)
{
        uint8_t sha256[32];

        for (size_t i = 0; i < r->n_keys; i++)
                if (r->keys[i].key) {
                        key_digest(r->keys[i].key, chain->certs, chain->n, sha256);
                        chain_add_key(chain, r->name, r->keys[i].line, sha256);
                        EVP_PKEY_free(r->keys[i].key);
                }
}

void reading_conclude(struct reading *r)
{
        const struct finding_list *problems = &r->chain->problems;

        reading_digest_keys(r, r->chain);
        if (r->has_key && r->chain->n > 0)
                reading_report_key_present(r);
        if (r->chain->n == 0 && !finding_find(problems, FINDING_INPUT_UNPARSEABLE) &&
            !finding_find(problems, FINDING_INPUT_UNREADABLE) &&
            !finding_find(problems, FINDING_RESOURCE_LIMIT))
                reading_report_nothing(r);
}
