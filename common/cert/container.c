/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in container.h; PKCS#12 is a room of its own. */
#include "common/cert/container.h"

#include "common/base/mem.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <string.h>

/* --- DER -------------------------------------------------------------------------------------- */

/* Length of the content and in *ret_header of what stands before; false when they are beyond @n. */
static bool der_header(const uint8_t *der, size_t n, size_t *ret_header, size_t *ret_len)
{
        size_t bytes = n > 1 && der[1] & 0x80 ? der[1] & 0x7f : 0, len = 0;

        if (n < 2 || bytes > 4 || n < 2 + bytes)
                return false;
        for (size_t i = 0; i < bytes; i++)
                len = len << 8 | der[2 + i];
        *ret_header = 2 + bytes;
        *ret_len = bytes > 0 ? len : der[1] == 0x80 ? n - 2 : der[1]; /* 0x80: up to an end mark */
        return true;
}

size_t der_element_length(const uint8_t *der, size_t n)
{
        size_t header, len;

        return der_header(der, n, &header, &len) && len < n - header ? header + len : n;
}

size_t der_element_wanted(const uint8_t *der, size_t n)
{
        size_t header, len;

        return der_header(der, n, &header, &len) ? header + len : n;
}

bool der_looks_like_cert(const uint8_t *der, size_t n)
{
        size_t header, len;

        return n > 0 && der[0] == 0x30 && der_header(der, n, &header, &len) && len > 1 &&
               header < n && der[header] == 0x30;
}

enum container_kind container_kind(const uint8_t *der, size_t n)
{
        static const uint8_t PKCS7_OID[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
                                             0x01, 0x07 }; /* 1.2.840.113549.1.7.x */
        size_t header, len;

        if (n < 2 || der[0] != 0x30 || !der_header(der, n, &header, &len))
                return CONTAINER_NONE;
        const uint8_t *inner = der + header;
        size_t left = n - header;

        if (left >= sizeof(PKCS7_OID) && memcmp(inner, PKCS7_OID, sizeof(PKCS7_OID)) == 0)
                return CONTAINER_PKCS7;
        if (left >= 4 && memcmp(inner, "\x02\x01\x03\x30", 4) == 0) /* version 3, authSafe */
                return CONTAINER_PKCS12;
        return CONTAINER_NONE;
}

void container_take(struct container *c, X509 *x509, size_t max_certs)
{
        if (c->n_certs == max_certs) {
                c->more = true;
                X509_free(x509);
                return;
        }
        if ((c->n_certs & (c->n_certs + 1)) == 0) /* room for 1, 3, 7 ... */
                c->certs = mem_resize(c->certs, 2 * c->n_certs + 1, sizeof(X509 *));
        c->certs[c->n_certs++] = x509;
}

void container_done(struct container *c)
{
        for (size_t i = 0; i < c->n_certs; i++)
                X509_free(c->certs[i]);
        free(c->certs);
        for (size_t i = 0; i < c->n_keys; i++)
                EVP_PKEY_free(c->keys[i]);
        *c = (struct container){ 0 };
}

/* --- PKCS#7 and CMS --------------------------------------------------------------------------- */

static void take_all(struct container *c, const STACK_OF(X509) *certs, size_t max_certs)
{
        for (int i = 0; i < sk_X509_num(certs); i++) {
                X509_up_ref(sk_X509_value(certs, i));
                container_take(c, sk_X509_value(certs, i), max_certs);
        }
}

/* Newer signatures than PKCS#7 knows. */
static bool read_cms(struct container *c, const uint8_t *der, size_t n, size_t max_certs)
{
        const unsigned char *p = der;
        CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)n);

        if (!cms)
                return false;
        STACK_OF(X509) *certs = CMS_get1_certs(cms);

        take_all(c, certs, max_certs);
        sk_X509_pop_free(certs, X509_free);
        CMS_ContentInfo_free(cms);
        return true;
}

enum container_problem container_open_pkcs7(struct container *ret, const uint8_t *der, size_t n,
                                            size_t max_certs)
{
        const unsigned char *p = der;

        *ret = (struct container){ 0 };
        if (n > CONTAINER_MAX_BYTES)
                return CONTAINER_TOO_LARGE;
        PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)n);
        bool ok = p7 != NULL;

        if (p7 && PKCS7_type_is_signed(p7) && p7->d.sign)
                take_all(ret, p7->d.sign->cert, max_certs);
        else if (!p7)
                ok = read_cms(ret, der, n, max_certs);
        PKCS7_free(p7);
        ERR_clear_error();
        return ok ? CONTAINER_READ : CONTAINER_DAMAGED;
}
