/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a certificate once: each group of facts has its own reader below, and cert_from_x509() is
 * their table of contents. OpenSSL decodes; what it cannot decode leaves the fact unset, because a
 * strange certificate is something to report and not to refuse.
 */
#include "common/cert/cert.h"

#include "common/base/addr.h"
#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/tls1.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define NAME_MAX_BYTES 4096 /* of one printed distinguished name */
#define SERIAL_MAX_HEX 128  /* RFC 5280 allows 40; longer ones are cut */

/* --- names and numbers ------------------------------------------------------------------------ */

static char *bounded(const char *s, size_t n)
{
        struct buf out = BUF_INIT(NAME_MAX_BYTES);

        text_escape(&out, s, n);
        return buf_steal(&out);
}

static char *name_text(const X509_NAME *name)
{
        BIO *bio = BIO_new(BIO_s_mem());
        char *data = NULL;
        long n = 0;

        if (!bio)
                mem_exhausted();
        if (X509_NAME_print_ex(bio, name, 0,
                               XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
                n = BIO_get_mem_data(bio, &data);
        char *text = bounded(data, n > 0 ? (size_t)n : 0);

        BIO_free(bio);
        return text;
}

/* The last entry of a kind, which is the most specific one; NULL when there is none. */
static char *name_entry(const X509_NAME *name, int nid)
{
        unsigned char *utf8 = NULL;
        int at = -1, next;

        while ((next = X509_NAME_get_index_by_NID(name, nid, at)) >= 0)
                at = next;
        if (at < 0)
                return NULL;
        int n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));

        if (n < 0)
                return NULL;
        char *text = bounded((const char *)utf8, (size_t)n);

        OPENSSL_free(utf8);
        return text;
}

/* The shortest name people know it by, or NULL. */
static char *name_label(const X509_NAME *name)
{
        static const int NIDS[] = { NID_commonName, NID_organizationName,
                                    NID_organizationalUnitName };

        for (size_t i = 0; i < ARRAY_LEN(NIDS); i++) {
                char *text = name_entry(name, NIDS[i]);

                if (text && *text)
                        return text;
                free(text);
        }
        return NULL;
}

static void read_subject(struct cert *c)
{
        const X509_NAME *subject = X509_get_subject_name(c->x509);
        const X509_NAME *issuer = X509_get_issuer_name(c->x509);

        c->subject = name_text(subject);
        c->issuer = name_text(issuer);
        c->cn = name_entry(subject, NID_commonName);
        c->has_cn = c->cn != NULL;
        c->label = name_label(subject);
        if (!c->label && c->n_names > 0 && c->names[0].len > 0)
                c->label = cert_names_str(c, 1);
        if (!c->label)
                c->label = mem_strdup("(no name)");
        c->issuer_label = name_label(issuer);
        if (!c->issuer_label)
                c->issuer_label = mem_strdup(*c->issuer ? c->issuer : "(no name)");
}

static void read_serial(struct cert *c)
{
        BIGNUM *bn = ASN1_INTEGER_to_BN(X509_get0_serialNumber(c->x509), NULL);
        char *hex = bn ? BN_bn2hex(bn) : NULL;

        c->serial = mem_copy(hex ? hex : "", hex ? strnlen(hex, SERIAL_MAX_HEX) : 0);
        OPENSSL_free(hex);
        BN_free(bn);
}

/* --- dates, key, signature -------------------------------------------------------------------- */

static bool read_time(const ASN1_TIME *t, int64_t *ret_s)
{
        struct tm tm;

        if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
                return false;
        *ret_s = (int64_t)timegm(&tm);
        return true;
}

static void read_dates(struct cert *c)
{
        c->dates_ok = read_time(X509_get0_notBefore(c->x509), &c->not_before_s) &&
                      read_time(X509_get0_notAfter(c->x509), &c->not_after_s) &&
                      c->not_before_s <= c->not_after_s;
}

static const char *curve_name(const EVP_PKEY *key)
{
        static const struct {
                const char *group, *name;
        } CURVES[] = {
                { "prime256v1", "EC P-256" },  { "P-256", "EC P-256" },
                { "secp384r1", "EC P-384" },   { "P-384", "EC P-384" },
                { "secp521r1", "EC P-521" },   { "P-521", "EC P-521" },
                { "secp224r1", "EC P-224" },   { "prime192v1", "EC P-192" },
                { "secp256k1", "EC secp256k1" },
        };
        char group[64];

        if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1)
                for (size_t i = 0; i < ARRAY_LEN(CURVES); i++)
                        if (strcmp(group, CURVES[i].group) == 0)
                                return CURVES[i].name;
        return "EC";
}

static void read_key(struct cert *c)
{
        EVP_PKEY *key = X509_get0_pubkey(c->x509);
        const X509_PUBKEY *spki = X509_get_X509_PUBKEY(c->x509);
        uint8_t *der = NULL;
        int n = i2d_X509_PUBKEY(spki, &der);

        if (n > 0)
                SHA256(der, (size_t)n, c->key_sha256);
        OPENSSL_free(der);

        c->key_name = "unknown key";
        if (!key)
                return;
        c->key_bits = EVP_PKEY_get_bits(key);
        switch (EVP_PKEY_get_base_id(key)) {
        case EVP_PKEY_RSA:
        case EVP_PKEY_RSA_PSS: c->key = KEY_RSA;     c->key_name = "RSA"; break;
        case EVP_PKEY_EC:      c->key = KEY_EC;      c->key_name = curve_name(key); break;
        case EVP_PKEY_ED25519: c->key = KEY_ED25519; c->key_name = "Ed25519"; break;
        case EVP_PKEY_ED448:   c->key = KEY_ED448;   c->key_name = "Ed448"; break;
        case EVP_PKEY_DSA:     c->key = KEY_DSA;     c->key_name = "DSA"; break;
        }
}

static void read_signature(struct cert *c)
{
        int nid = X509_get_signature_nid(c->x509), digest = NID_undef;

        c->sig_name = nid == NID_undef ? "unknown algorithm" : OBJ_nid2ln(nid);
        X509_get_signature_info(c->x509, &digest, NULL, NULL, NULL);
        c->sig_weak = digest == NID_md2 || digest == NID_md4 || digest == NID_md5 ||
                      digest == NID_sha1 || digest == NID_mdc2;
}

/* --- extensions ------------------------------------------------------------------------------- */

/* Remembers a flaw; one that is decisive is worth more than the first one. */
static void set_flaw(struct cert_flaw *flaw, const ASN1_OBJECT *type)
{
        int nid = OBJ_obj2nid(type);
        bool decisive = nid == NID_basic_constraints || nid == NID_key_usage ||
                        nid == NID_ext_key_usage || nid == NID_subject_alt_name;
        char oid[128];

        if (flaw->extension && (flaw->decisive || !decisive))
                return;
        OBJ_obj2txt(oid, sizeof(oid), type, 1);
        free(flaw->extension);
        *flaw = (struct cert_flaw){ mem_strdup(nid ? OBJ_nid2sn(nid) : oid), decisive };
}

/* Is the value of @ext one DER element and nothing after it? */
static bool is_one_element(X509_EXTENSION *ext)
{
        const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);
        const unsigned char *p = ASN1_STRING_get0_data(value);
        const unsigned char *end = p + ASN1_STRING_length(value);
        int tag, class;
        long len = 0;

        return (ASN1_get_object(&p, &len, &tag, &class, end - p) & 0x81) == 0 && p + len == end;
}

/* Can the value of @ext be decoded? Of an extension that OpenSSL does not know, nobody can tell. */
static bool is_well_formed(X509_EXTENSION *ext)
{
        const X509V3_EXT_METHOD *method = X509V3_EXT_get(ext);

        if (!method || (!method->it && !method->d2i))
                return true;
        void *value = X509V3_EXT_d2i(ext);

        if (!value)
                return false;
        if (method->it)
                ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
        else
                method->ext_free(value);
        return is_one_element(ext);
}

static int by_type(const void *a, const void *b)
{
        return OBJ_cmp(*(const ASN1_OBJECT *const *)a, *(const ASN1_OBJECT *const *)b);
}

static void read_flaws(struct cert *c)
{
        int n = X509_get_ext_count(c->x509);
        AUTO_FREE const ASN1_OBJECT **types = mem_new0((size_t)(n > 0 ? n : 1), sizeof(*types));

        for (int i = 0; i < n; i++) {
                X509_EXTENSION *ext = X509_get_ext(c->x509, i);

                types[i] = X509_EXTENSION_get_object(ext);
                if (!is_well_formed(ext))
                        set_flaw(&c->malformed_extension, types[i]);
        }
        if (n > 1)
                qsort(types, (size_t)n, sizeof(*types), by_type); /* there may be thousands */
        for (int i = 1; i < n; i++)
                if (OBJ_cmp(types[i - 1], types[i]) == 0)
                        set_flaw(&c->duplicate_extension, types[i]);
}

/* Its value; NULL with *ret_there when it is there but malformed, or there twice. */
static void *extension(const struct cert *c, int nid, bool *ret_there)
{
        int critical = -1;
        void *value = X509_get_ext_d2i(c->x509, nid, &critical, NULL);

        *ret_there = critical != -1;
        return value;
}

/* A limit below zero allows nothing, and only a CA has a limit (RFC 5280 section 4.2.1.9). */
static void read_path_length(struct cert *c, const ASN1_INTEGER *limit)
{
        bool negative = ASN1_STRING_type(limit) == V_ASN1_NEG_INTEGER;
        long n = negative ? 0 : ASN1_INTEGER_get(limit);

        c->path_length = n < 0 || n > 1000 ? 1000 : (int)n; /* below zero: too large for a long */
        if (negative || (!c->is_ca && n != 0))
                set_flaw(&c->malformed_extension, OBJ_nid2obj(NID_basic_constraints));
}

static void read_constraints(struct cert *c)
{
        bool there;
        BASIC_CONSTRAINTS *bc = extension(c, NID_basic_constraints, &there);

        c->path_length = -1;
        c->is_ca = bc && bc->ca != 0;
        if (bc && bc->pathlen)
                read_path_length(c, bc->pathlen);
        BASIC_CONSTRAINTS_free(bc);

        c->constraints = extension(c, NID_name_constraints, &c->has_constraints);
        if (c->constraints) {
                int permitted = sk_GENERAL_SUBTREE_num(c->constraints->permittedSubtrees);
                int excluded = sk_GENERAL_SUBTREE_num(c->constraints->excludedSubtrees);

                c->n_constraints = (size_t)((permitted > 0 ? permitted : 0) +
                                            (excluded > 0 ? excluded : 0));
        }
}

/* RFC 5280 section 4.2.1.3: at least one bit is set. OpenSSL's clients insist on it. */
static bool has_any_bit(const ASN1_BIT_STRING *bits)
{
        for (int i = 0; i < ASN1_STRING_length(bits); i++)
                if (ASN1_STRING_get0_data(bits)[i])
                        return true;
        return false;
}

static void read_usages(struct cert *c)
{
        ASN1_BIT_STRING *usage = extension(c, NID_key_usage, &c->has_key_usage);
        EXTENDED_KEY_USAGE *eku = extension(c, NID_ext_key_usage, &c->has_eku);

        if (usage && !has_any_bit(usage))
                set_flaw(&c->malformed_extension, OBJ_nid2obj(NID_key_usage));
        if (usage) { /* bit numbers: RFC 5280 section 4.2.1.3 */
                c->may_sign_data = ASN1_BIT_STRING_get_bit(usage, 0);
                c->may_encipher_keys = ASN1_BIT_STRING_get_bit(usage, 2);
                c->may_sign_certs = ASN1_BIT_STRING_get_bit(usage, 5);
        }
        for (int i = 0; eku && i < sk_ASN1_OBJECT_num(eku); i++) {
                int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, i));

                c->eku_server_auth |= nid == NID_server_auth;
                c->eku_any |= nid == NID_anyExtendedKeyUsage;
        }
        ASN1_BIT_STRING_free(usage);
        sk_ASN1_OBJECT_pop_free(eku, ASN1_OBJECT_free);
}

static void read_critical(struct cert *c)
{
        for (int i = 0; i < X509_get_ext_count(c->x509); i++) {
                X509_EXTENSION *ext = X509_get_ext(c->x509, i);
                char oid[128];

                if (!X509_EXTENSION_get_critical(ext) || X509_supported_extension(ext))
                        continue;
                OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(ext), 1);
                c->unhandled_critical = mem_strdup(oid);
                return;
        }
}

static void add_name(struct cert *c, enum cert_name_kind kind, const ASN1_STRING *s)
{
        size_t len = (size_t)ASN1_STRING_length(s);

        if (kind == CERT_NAME_IP && len != 4 && len != 16)
                return;
        c->names[c->n_names++] = (struct cert_name){
                .kind = kind, .bytes = mem_copy(ASN1_STRING_get0_data(s), len), .len = len,
        };
}

static void read_names(struct cert *c)
{
        bool there;
        GENERAL_NAMES *names = extension(c, NID_subject_alt_name, &there);
        int n = names ? sk_GENERAL_NAME_num(names) : 0;

        c->names_unreadable = there && !names;
        c->n_all_names =
                (size_t)(n + X509_NAME_entry_count(X509_get_subject_name(c->x509)));
        if (n > CERT_MAX_NAMES)
                n = CERT_MAX_NAMES;
        if (n > 0)
                c->names = mem_new0((size_t)n, sizeof(*c->names));
        for (int i = 0; i < n; i++) {
                const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

                if (name->type == GEN_DNS)
                        add_name(c, CERT_NAME_DNS, name->d.dNSName);
                else if (name->type == GEN_IPADD)
                        add_name(c, CERT_NAME_IP, name->d.iPAddress);
        }
        GENERAL_NAMES_free(names);
}

static void read_ca_issuers(struct cert *c)
{
        AUTHORITY_INFO_ACCESS *aia = X509_get_ext_d2i(c->x509, NID_info_access, NULL, NULL);

        for (int i = 0; aia && i < sk_ACCESS_DESCRIPTION_num(aia); i++) {
                const ACCESS_DESCRIPTION *ad = sk_ACCESS_DESCRIPTION_value(aia, i);

                if (OBJ_obj2nid(ad->method) != NID_ad_ca_issuers || ad->location->type != GEN_URI)
                        continue;
                const ASN1_STRING *uri = ad->location->d.uniformResourceIdentifier;
                const char *s = (const char *)ASN1_STRING_get0_data(uri);
                size_t n = (size_t)ASN1_STRING_length(uri);

                if (strncasecmp(s, "http://", 7) != 0 && strncasecmp(s, "https://", 8) != 0)
                        continue;
                if (n > CERT_MAX_URL_BYTES || c->n_ca_issuers == CERT_MAX_URLS)
                        continue;
                c->ca_issuers =
                        mem_resize(c->ca_issuers, c->n_ca_issuers + 1, sizeof(*c->ca_issuers));
                c->ca_issuers[c->n_ca_issuers++] = bounded(s, n);
        }
        AUTHORITY_INFO_ACCESS_free(aia);
}

/* RFC 7633: a client must reject a handshake without a staple. */
static void read_tls_feature(struct cert *c)
{
        TLS_FEATURE *features = X509_get_ext_d2i(c->x509, NID_tlsfeature, NULL, NULL);

        for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
                c->must_staple |= ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) ==
                                  TLSEXT_TYPE_status_request;
        TLS_FEATURE_free(features);
}

/* --- life ------------------------------------------------------------------------------------- */

static void read_encoding(struct cert *c)
{
        int n = i2d_X509(c->x509, &c->der); /* allocates */

        if (n <= 0)
                mem_exhausted();
        c->der_len = (size_t)n;
        SHA256(c->der, c->der_len, c->sha256);
        for (size_t i = 0; i < sizeof(c->sha256); i++)
                snprintf(c->fingerprint + 2 * i, 3, "%02x", c->sha256[i]);
}

int cert_from_x509(struct cert **ret, X509 *x509, const char **ret_reason)
{
        if (i2d_X509(x509, NULL) > CERT_MAX_DER_BYTES) {
                *ret_reason = "larger than 256 KiB";
                return -E2BIG;
        }
        struct cert *c = mem_new0(1, sizeof(*c));

        c->refs = 1;
        X509_up_ref(x509);
        c->x509 = x509;
        c->version = (int)X509_get_version(x509) + 1;
        X509_get_extension_flags(x509); /* fills OpenSSL's own cache before threads share it */
        read_encoding(c);
        read_names(c);
        read_subject(c);
        read_serial(c);
        read_dates(c);
        read_key(c);
        read_signature(c);
        read_flaws(c);
        read_constraints(c);
        read_usages(c);
        read_critical(c);
        read_ca_issuers(c);
        read_tls_feature(c);
        c->self_issued =
                X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0;
        c->self_signed = c->self_issued && cert_verify_signature(c, c);
        ERR_clear_error(); /* what could not be decoded was found out by the facts */
        *ret = c;
        return 0;
}

int cert_parse(struct cert **ret, const uint8_t *der, size_t len, const char **ret_reason)
{
        const unsigned char *p = der;

        if (len > CERT_MAX_DER_BYTES) {
                *ret_reason = "larger than 256 KiB";
                return -E2BIG;
        }
        X509 *x509 = d2i_X509(NULL, &p, (long)len);

        ERR_clear_error();
        if (!x509 || p != der + len) {
                *ret_reason = x509 ? "bytes after the certificate" : "not a DER certificate";
                X509_free(x509);
                return -EINVAL;
        }
        int r = cert_from_x509(ret, x509, ret_reason);

        X509_free(x509);
        return r;
}

struct cert *cert_ref(struct cert *c)
{
        __atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
        return c;
}

void cert_unref(struct cert *c)
{
        if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) > 0)
                return;
        for (size_t i = 0; i < c->n_names; i++)
                free(c->names[i].bytes);
        free(c->names);
        free(c->subject);
        free(c->issuer);
        free(c->label);
        free(c->issuer_label);
        free(c->serial);
        free(c->cn);
        free(c->malformed_extension.extension);
        free(c->duplicate_extension.extension);
        free(c->unhandled_critical);
        NAME_CONSTRAINTS_free(c->constraints);
        for (size_t i = 0; i < c->n_ca_issuers; i++)
                free(c->ca_issuers[i]);
        free(c->ca_issuers);
        OPENSSL_free(c->der);
        X509_free(c->x509);
        free(c);
}

/* --- questions -------------------------------------------------------------------------------- */

bool cert_same(const struct cert *a, const struct cert *b)
{
        return a == b || memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0;
}

bool cert_names_issuer(const struct cert *child, const struct cert *issuer)
{
        if (X509_NAME_cmp(X509_get_issuer_name(child->x509),
                          X509_get_subject_name(issuer->x509)) != 0)
                return false;
        const ASN1_OCTET_STRING *wanted = X509_get0_authority_key_id(child->x509);
        const ASN1_OCTET_STRING *has = X509_get0_subject_key_id(issuer->x509);

        return !wanted || !has || ASN1_OCTET_STRING_cmp(wanted, has) == 0;
}

bool cert_verify_signature(const struct cert *child, const struct cert *issuer)
{
        EVP_PKEY *key = X509_get0_pubkey(issuer->x509);
        bool ok = key && X509_verify(child->x509, key) == 1;

        ERR_clear_error();
        return ok;
}

size_t cert_constraints_cost(const struct cert *ca, const struct cert *c)
{
        return ca->n_constraints * c->n_all_names;
}

bool cert_may_issue_for(const struct cert *ca, const struct cert *c)
{
        if (!ca->has_constraints)
                return true;
        int r = ca->constraints ? NAME_CONSTRAINTS_check(c->x509, ca->constraints)
                                : X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX;

        if (r == X509_V_ERR_OUT_OF_MEM)
                mem_exhausted();
        ERR_clear_error();
        return r == X509_V_OK;
}

bool cert_covers_host(const struct cert *c, const char *host)
{
        struct addr ip;
        size_t ip_len = 0;
        const uint8_t *ip_bytes = addr_parse_ip(host, 0, &ip) ? addr_ip_bytes(&ip, &ip_len) : NULL;

        for (size_t i = 0; i < c->n_names; i++) {
                const struct cert_name *n = &c->names[i];

                if (ip_bytes ? n->kind == CERT_NAME_IP && n->len == ip_len &&
                                       memcmp(n->bytes, ip_bytes, ip_len) == 0
                             : n->kind == CERT_NAME_DNS && name_covers(n->bytes, n->len, host))
                        return true;
        }
        return false;
}

char *cert_pem(const struct cert *c)
{
        struct buf out = BUF_INIT(2 * CERT_MAX_DER_BYTES);
        unsigned char line[80];

        buf_puts(&out, "-----BEGIN CERTIFICATE-----\n");
        for (size_t at = 0; at < c->der_len; at += 48) { /* 64 characters a line (RFC 7468) */
                size_t n = c->der_len - at < 48 ? c->der_len - at : 48;

                EVP_EncodeBlock(line, c->der + at, (int)n);
                buf_printf(&out, "%s\n", (const char *)line);
        }
        buf_puts(&out, "-----END CERTIFICATE-----\n");
        return buf_steal(&out);
}

static void put_name(struct buf *out, const struct cert_name *n)
{
        char ip[INET6_ADDRSTRLEN];

        if (n->kind == CERT_NAME_DNS)
                text_escape(out, n->bytes, n->len);
        else if (inet_ntop(n->len == 4 ? AF_INET : AF_INET6, n->bytes, ip, sizeof(ip)))
                buf_puts(out, ip);
}

char *cert_names_str(const struct cert *c, size_t max)
{
        struct buf out = BUF_INIT(NAME_MAX_BYTES);

        for (size_t i = 0; i < c->n_names && i < max; i++) {
                buf_puts(&out, i ? ", " : "");
                put_name(&out, &c->names[i]);
        }
        if (c->n_names > max && max > 1)
                buf_printf(&out, " and %zu more", c->n_names - max);
        return buf_steal(&out);
}
