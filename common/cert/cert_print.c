/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL prints into memory, and nothing it printed is believed to be fit for a terminal: its line
 * feeds are kept, everything else goes through text_escape().
 */
#include "common/cert/cert_print.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/cert.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

static void free_bio(BIO **bio)
{
        BIO_free(*bio);
}

static void put_lines(struct buf *out, const char *text, size_t n)
{
        for (size_t len; n > 0; text += len, n -= len) {
                const char *end = memchr(text, '\n', n);

                len = end ? (size_t)(end - text) + 1 : n;
                text_escape(out, text, end ? len - 1 : len);
                buf_puts(out, "\n");
        }
}

/* "SHA-256 fingerprint: AB:CD:..." as browsers and CAs write it. */
static void put_fingerprint(struct buf *out, const struct cert *c, const char *name,
                            const EVP_MD *digest)
{
        uint8_t bytes[EVP_MAX_MD_SIZE];
        unsigned n = 0;

        if (!X509_digest(c->x509, digest, bytes, &n))
                return;
        buf_printf(out, "    %s fingerprint: ", name);
        for (unsigned i = 0; i < n; i++)
                buf_printf(out, "%s%02X", i ? ":" : "", bytes[i]);
        buf_puts(out, "\n");
}

char *cert_print(const struct cert *c)
{
        struct buf out = BUF_INIT(CERT_PRINT_MAX_BYTES);
        CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_mem());
        char *text = NULL;

        if (!bio)
                mem_exhausted();
        ERR_clear_error();
        X509_print_ex(bio, c->x509, XN_FLAG_ONELINE & ~(unsigned long)ASN1_STRFLGS_ESC_MSB, 0);
        ERR_clear_error(); /* a printer that gives up leaves what it has printed so far */
        long n = BIO_get_mem_data(bio, &text);

        put_lines(&out, text, n > 0 ? (size_t)n : 0);
        put_fingerprint(&out, c, "SHA-256", EVP_sha256());
        put_fingerprint(&out, c, "SHA-1", EVP_sha1());
        return buf_steal(&out);
}
