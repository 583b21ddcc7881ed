/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in sniff.h. */
#include "common/cert/sniff.h"

#include "common/base/cleanup.h"
#include "common/base/text.h"
#include "common/cert/key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

#define DER_MAX_BYTES (256 * 1024) /* of what is looked at; only lists of revocations are larger */

enum thing {
        THING_KEY, THING_REQUEST, THING_CRL, THING_PUBLIC_KEY, THING_SSH, THING_PUTTY, THING_PGP,
        THING_HTML, THING_XML, THING_JSON, THING_JKS, THING_ZIP, THING_GZIP, THING_PDF, THING_BARE,
        THING_ATTRIBUTES, THING_PARAMETERS, THING_SESSION, THING_PKCS7,
};

#define USE_ISSUED "Use the certificate that your CA issued for it."
#define NOT_TLS "It has nothing to do with TLS: use the certificate that your CA issued."
#define UNPACK "Unpack it and use the certificate in it."

static const struct sniffed THINGS[] = {
        [THING_KEY] = { "a private key", USE_ISSUED },
        [THING_REQUEST] = { "a certificate request",
                            "Send it to your CA and use the certificate that it issues." },
        [THING_CRL] = { "a certificate revocation list",
                        "Use the certificate that your CA issued; the list only says which ones it "
                        "took back." },
        [THING_PUBLIC_KEY] = { "a public key", USE_ISSUED },
        [THING_SSH] = { "an SSH key", NOT_TLS },
        [THING_PUTTY] = { "a PuTTY key", NOT_TLS },
        [THING_PGP] = { "an OpenPGP key or message", NOT_TLS },
        [THING_HTML] = { "an HTML page",
                         "The download gave a page for people: fetch the file itself." },
        [THING_XML] = { "an XML document",
                        "Take the certificate out of it, or fetch the file itself." },
        [THING_JSON] = { "a JSON document",
                         "Take the certificate out of it, with real line ends." },
        [THING_JKS] = { "a Java keystore",
                        "Convert it (keytool -importkeystore -srckeystore FILE -destkeystore "
                        "chain.p12 -deststoretype PKCS12)." },
        [THING_ZIP] = { "a ZIP archive", UNPACK },
        [THING_GZIP] = { "gzip data", UNPACK },
        [THING_PDF] = { "a PDF document", USE_ISSUED },
        [THING_BARE] = { "base64 without BEGIN and END lines",
                         "Put a line -----BEGIN CERTIFICATE----- before it and a line -----END "
                         "CERTIFICATE----- after it." },
        [THING_ATTRIBUTES] = { "an attribute certificate", USE_ISSUED },
        [THING_PARAMETERS] = { "key parameters", USE_ISSUED },
        [THING_SESSION] = { "a TLS session", USE_ISSUED },
        [THING_PKCS7] = { "a PKCS#7 bundle without certificates", USE_ISSUED },
};

const struct sniffed *sniff_label(const char *label)
{
        static const struct {
                const char *end; /* of the label */
                enum thing thing;
        } ROWS[] = {
                { "OPENSSH PRIVATE KEY", THING_SSH },
                { "PRIVATE KEY", THING_KEY },
                { "CERTIFICATE REQUEST", THING_REQUEST },
                { "X509 CRL", THING_CRL },
                { "SSH2 PUBLIC KEY", THING_SSH },
                { "PUBLIC KEY", THING_PUBLIC_KEY },
                { "ATTRIBUTE CERTIFICATE", THING_ATTRIBUTES },
                { "PARAMETERS", THING_PARAMETERS },
                { "SESSION PARAMETERS", THING_SESSION },
                { "PKCS7", THING_PKCS7 },
                { "CMS", THING_PKCS7 },
        };
        size_t n = strlen(label);

        if (strncmp(label, "PGP ", 4) == 0)
                return &THINGS[THING_PGP];
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                size_t m = strlen(ROWS[i].end);

                if (n >= m && strcmp(label + n - m, ROWS[i].end) == 0)
                        return &THINGS[ROWS[i].thing];
        }
        return NULL;
}

static bool begins(const char *text, size_t n, const char *with)
{
        for (; *with; text++, with++, n--)
                if (n == 0 || text_lower(*text) != *with)
                        return false;
        return true;
}

const struct sniffed *sniff_text(const char *text, size_t n)
{
        static const struct {
                const char *begin; /* in lower case */
                enum thing thing;
        } ROWS[] = {
                { "<!doctype html", THING_HTML }, { "<html", THING_HTML },
                { "<head", THING_HTML }, { "<?xml", THING_XML },
                { "{", THING_JSON }, { "[{", THING_JSON }, { "[\"", THING_JSON },
                { "ssh-", THING_SSH }, { "ecdsa-sha2-", THING_SSH }, { "sk-ssh-", THING_SSH },
                { "---- begin ssh2", THING_SSH }, { "putty-user-key-file", THING_PUTTY },
                { "\xfe\xed\xfe\xed", THING_JKS }, { "pk\x03\x04", THING_ZIP },
                { "\x1f\x8b", THING_GZIP }, { "%pdf-", THING_PDF }, { "mii", THING_BARE },
        };

        if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
                text += 3, n -= 3;
        for (; n > 0 && strchr(" \t\r\n", *text) && *text; n--)
                text++;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                if (begins(text, n, ROWS[i].begin))
                        return &THINGS[ROWS[i].thing];
        return NULL;
}

static bool is_key(const uint8_t *der, size_t n)
{
        const unsigned char *p = der;
        EVP_PKEY *key = NULL;
        X509_SIG *sig = NULL;
        bool is = key_from_der(&key, der, n) == KEY_READ ||
                  (n <= KEY_MAX_DER_BYTES && (sig = d2i_X509_SIG(NULL, &p, (long)n)));

        EVP_PKEY_free(key);
        X509_SIG_free(sig);
        return is;
}

const struct sniffed *sniff_der(const uint8_t *der, size_t n)
{
        const unsigned char *p = der, *q = der, *k = der;
        X509_REQ *request = NULL;
        X509_CRL *crl = NULL;
        X509_PUBKEY *public = NULL;
        const struct sniffed *found = NULL;

        if (n > DER_MAX_BYTES)
                return NULL;
        if ((request = d2i_X509_REQ(NULL, &p, (long)n)))
                found = &THINGS[THING_REQUEST];
        else if ((crl = d2i_X509_CRL(NULL, &q, (long)n)))
                found = &THINGS[THING_CRL];
        else if ((public = d2i_X509_PUBKEY(NULL, &k, (long)n)))
                found = &THINGS[THING_PUBLIC_KEY];
        else if (is_key(der, n))
                found = &THINGS[THING_KEY];
        X509_REQ_free(request);
        X509_CRL_free(crl);
        X509_PUBKEY_free(public);
        ERR_clear_error();
        return found;
}
