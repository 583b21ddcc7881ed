/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in cert_labels.h. Names of the subject that are not known already are read again
 * from OpenSSL's certificate: nobody else asks for them. */
#include "common/cert/cert_labels.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/cert.h"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

/* Appends an entry to a list, whole or not at all. */
static void put_entry(struct buf *list, const void *bytes, size_t n)
{
        AUTO_FREE char *text = text_escaped(bytes, n);

        if (list->len + strlen(text) + 2 > list->max_bytes)
                return;
        buf_printf(list, "%s%s,", list->len ? "" : ",", text);
}

static void put_utf8(struct buf *list, const ASN1_STRING *s)
{
        unsigned char *utf8 = NULL;
        int n = ASN1_STRING_to_UTF8(&utf8, s);

        if (n >= 0)
                put_entry(list, utf8, (size_t)n);
        OPENSSL_free(utf8);
}

/* All entries of @nid, in their order. */
static void put_of(struct buf *list, const X509_NAME *name, int nid)
{
        for (int at = -1; (at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0;)
                put_utf8(list, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

/* The last of them: without what is around it in a list of its own. */
static char *last_of(const X509_NAME *name, int nid)
{
        struct buf one = BUF_INIT(CERT_LABEL_MAX_BYTES);
        int at = -1, next;

        while ((next = X509_NAME_get_index_by_NID(name, nid, at)) >= 0)
                at = next;
        if (at >= 0)
                put_utf8(&one, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
        char *text = one.len > 2 ? mem_copy(one.data + 1, one.len - 2) : mem_strdup("");

        buf_done(&one);
        return text;
}

/* With what has a meaning there escaped (RFC 2253 section 2.4). */
static void put_value(struct buf *out, const ASN1_STRING *s)
{
        unsigned char *utf8 = NULL;
        int n = ASN1_STRING_to_UTF8(&utf8, s);

        for (int i = 0; i < n; i++) {
                bool outer = (utf8[i] == ' ' && (i == 0 || i == n - 1)) ||
                             (utf8[i] == '#' && i == 0);

                if (outer || (utf8[i] && strchr(",+\"\\<>;", utf8[i])))
                        buf_puts(out, "\\");
                buf_append(out, &utf8[i], 1);
        }
        OPENSSL_free(utf8);
}

/* Several of a kind are joined; of Common Names and serial numbers the last one counts. */
static char *name_of(const X509_NAME *name)
{
        static const struct {
                int nid;
                const char *word;
                bool one;
        } KINDS[] = {
                { NID_serialNumber, "SERIALNUMBER", true }, { NID_commonName, "CN", true },
                { NID_postalCode, "POSTALCODE", false }, { NID_streetAddress, "STREET", false },
                { NID_stateOrProvinceName, "ST", false }, { NID_localityName, "L", false },
                { NID_organizationalUnitName, "OU", false }, { NID_organizationName, "O", false },
                { NID_countryName, "C", false },
        };
        struct buf out = BUF_INIT(CERT_LABEL_MAX_BYTES);

        for (size_t k = 0; k < ARRAY_LEN(KINDS); k++) {
                const char *between = out.len ? "," : "";

                for (int at = -1; (at = X509_NAME_get_index_by_NID(name, KINDS[k].nid, at)) >= 0;) {
                        if (KINDS[k].one &&
                            X509_NAME_get_index_by_NID(name, KINDS[k].nid, at) >= 0)
                                continue;
                        buf_printf(&out, "%s%s=", between, KINDS[k].word);
                        put_value(&out, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
                        between = "+";
                }
        }
        char *text = text_escaped(buf_str(&out), out.len);

        buf_done(&out);
        return text;
}

static void put_emails(struct buf *list, const struct cert *c)
{
        GENERAL_NAMES *names = X509_get_ext_d2i(c->x509, NID_subject_alt_name, NULL, NULL);

        for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
                const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

                if (g->type == GEN_EMAIL)
                        put_entry(list, ASN1_STRING_get0_data(g->d.rfc822Name),
                                  (size_t)ASN1_STRING_length(g->d.rfc822Name));
        }
        GENERAL_NAMES_free(names);
}

static void put_names(struct buf *list, const struct cert *c, enum cert_name_kind kind)
{
        char ip[INET6_ADDRSTRLEN];

        for (size_t i = 0; i < c->n_names; i++) {
                const struct cert_name *name = &c->names[i];

                if (name->kind != kind)
                        continue;
                if (kind == CERT_NAME_DNS)
                        put_entry(list, name->bytes, name->len);
                else if (inet_ntop(name->len == 4 ? AF_INET : AF_INET6, name->bytes, ip,
                                   sizeof(ip)))
                        put_entry(list, ip, strlen(ip));
        }
}

static void read_serial(const struct cert *c, struct cert_labels *ret)
{
        BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(c->x509), NULL);
        char *decimal = n ? BN_bn2dec(n) : NULL, *hex;

        if (n)
                BN_set_negative(n, 0);
        hex = n ? BN_bn2hex(n) : NULL;
        if (!decimal || !hex)
                mem_exhausted();
        ret->serial_decimal = mem_strdup(decimal);
        ret->serial_hex = mem_strdup(hex);
        for (char *p = ret->serial_hex; *p; p++)
                *p = text_lower(*p);
        OPENSSL_free(decimal);
        OPENSSL_free(hex);
        BN_free(n);
}

void cert_labels_of(const struct cert *c, struct cert_labels *ret)
{
        struct buf dns = BUF_INIT(CERT_LABEL_MAX_BYTES), ips = BUF_INIT(CERT_LABEL_MAX_BYTES);
        struct buf emails = BUF_INIT(CERT_LABEL_MAX_BYTES), ou = BUF_INIT(CERT_LABEL_MAX_BYTES);

        read_serial(c, ret);
        ret->cn = last_of(X509_get_subject_name(c->x509), NID_commonName);
        ret->issuer_cn = last_of(X509_get_issuer_name(c->x509), NID_commonName);
        ret->subject = name_of(X509_get_subject_name(c->x509));
        ret->issuer = name_of(X509_get_issuer_name(c->x509));
        put_names(&dns, c, CERT_NAME_DNS);
        put_names(&ips, c, CERT_NAME_IP);
        put_emails(&emails, c);
        put_of(&ou, X509_get_subject_name(c->x509), NID_organizationalUnitName);
        ERR_clear_error();
        ret->dns_plain = dns.len ? mem_copy(dns.data + 1, dns.len - 2) : mem_strdup("");
        ret->dns_names = buf_steal(&dns);
        ret->ips = buf_steal(&ips);
        ret->emails = buf_steal(&emails);
        ret->ou = buf_steal(&ou);
}

void cert_labels_done(struct cert_labels *l)
{
        free(l->serial_decimal);
        free(l->serial_hex);
        free(l->cn);
        free(l->issuer_cn);
        free(l->dns_names);
        free(l->ips);
        free(l->emails);
        free(l->ou);
        free(l->dns_plain);
        free(l->subject);
        free(l->issuer);
        *l = (struct cert_labels){ 0 };
}
