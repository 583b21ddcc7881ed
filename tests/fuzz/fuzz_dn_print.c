/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A distinguished name of any bytes, and a dNSName: whatever is shown of it is printable. An input
 * is a row of entries: a byte for the type, one for the encoding, one for the length, and the text.
 */
#include "tests/fuzz/fuzz.h"

#include "common/base/mem.h"
#include "common/cert/cert.h"

#include <openssl/x509v3.h>
#include <string.h>

static const struct minted *template(void)
{
        static struct minted *m;

        if (!m)
                m = mint(&(struct mint_spec){
                        .not_before_s = FUZZ_NOW, .not_after_s = FUZZ_NOW + 1,
                }, NULL);
        return m;
}

static X509_NAME *name_of(const uint8_t *data, size_t size)
{
        static const int TYPES[] = {
                NID_commonName, NID_organizationName, NID_organizationalUnitName, NID_countryName,
                NID_pkcs9_emailAddress, NID_domainComponent, NID_serialNumber, NID_netscape_comment,
        };
        static const int ENCODINGS[] = {
                V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING, V_ASN1_IA5STRING, V_ASN1_T61STRING,
                V_ASN1_BMPSTRING, V_ASN1_UNIVERSALSTRING, V_ASN1_OCTET_STRING, V_ASN1_UTCTIME,
        };
        X509_NAME *name = X509_NAME_new();

        while (size > 3) {
                size_t n = data[2] < size - 3 ? data[2] : size - 3;
                X509_NAME_ENTRY *entry = X509_NAME_ENTRY_create_by_NID(
                        NULL, TYPES[data[0] % ARRAY_LEN(TYPES)],
                        ENCODINGS[data[1] % ARRAY_LEN(ENCODINGS)], data + 3, (int)n);

                if (entry) /* the high bit of the type: the entry shares an RDN with the last one */
                        X509_NAME_add_entry(name, entry, -1, data[0] & 0x80 ? -1 : 0);
                X509_NAME_ENTRY_free(entry);
                data += 3 + n;
                size -= 3 + n;
        }
        return name;
}

static void add_dns_name(X509 *x, const uint8_t *data, size_t size)
{
        GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
        GENERAL_NAME *name = GENERAL_NAME_new();
        ASN1_IA5STRING *text = ASN1_IA5STRING_new();

        ASN1_STRING_set(text, data, (int)size);
        GENERAL_NAME_set0_value(name, GEN_DNS, text);
        sk_GENERAL_NAME_push(names, name);
        X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, X509V3_ADD_REPLACE);
        GENERAL_NAMES_free(names);
}

static struct cert *cert_named(const uint8_t *data, size_t size)
{
        X509 *x = X509_dup(template()->cert);
        X509_NAME *name = name_of(data, size), *other = X509_NAME_dup(name);
        struct cert *c = NULL;
        const char *reason;
        uint8_t *der = NULL;

        X509_set_subject_name(x, name);
        /* another one: the signature of who is not self-issued is not looked at */
        X509_NAME_add_entry_by_NID(other, NID_initials, V_ASN1_UTF8STRING,
                                   (const uint8_t *)"other", -1, -1, 0);
        X509_set_issuer_name(x, other);
        add_dns_name(x, data, size);
        i2d_re_X509_tbs(x, NULL); /* forgets the old encoding */

        int n = i2d_X509(x, &der);

        if (n > 0)
                cert_parse(&c, der, (size_t)n, &reason);
        OPENSSL_free(der);
        X509_NAME_free(name);
        X509_NAME_free(other);
        X509_free(x);
        return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_named(data, size);

        if (!c)
                return 0;
        AUTO_FREE char *names = cert_names_str(c, 8);
        const char *const shown[] = {
                c->subject, c->issuer, c->label, c->issuer_label, c->serial, names,
        };

        for (size_t i = 0; i < ARRAY_LEN(shown); i++)
                fuzz_check(shown[i] && fuzz_is_printable(shown[i]));
        fuzz_check(*c->label && *c->issuer_label);
        if (c->cn)
                fuzz_check(fuzz_is_printable(c->cn));
        return 0;
}

void fuzz_seeds(void)
{
        static const char PLAIN[] = "\0\0\5a.com\1\1\4Corp\3\1\2DE";
        static const char WIDE[] = "\0\4\4\x20\x2e\0A\1\5\4\0\1\xf6\0";
        static const char EVIL[] = "\0\0\7\x1b[2J\n\r\t\x81\3\3\x9b\x85\xff\0\0\4\0a\xc2\x85";

        fuzz_seed(PLAIN, sizeof(PLAIN) - 1);
        fuzz_seed(WIDE, sizeof(WIDE) - 1);
        fuzz_seed(EVIL, sizeof(EVIL) - 1);
}
